import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelport.catalogue.keys import KeysUnsorted, encoded, key_bytes, refuse_disorder, rows_below, sorted_by_key
from tests.labelport.catalogue.rows import WORDS, inventory, words

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=4) | st.sampled_from(
    ["", "\0", "\0\1", "\x01", "a", "a\0", "a\0b", "a\x01", "\uffff", "\U00010000", "é", "e\u0301"]
)
NUMBER = st.integers(-(2**31), 2**31 - 1)
KEYS = st.lists(st.tuples(TEXT, NUMBER), unique=True, max_size=12)


@given(KEYS)
def test_one_binary_value_sorts_as_text_by_utf8_bytes_and_then_number(keys: list[tuple[str, int]]) -> None:
    table = pa.table(
        {"word": pa.array([w for w, _ in keys], pa.string()), "number": pa.array([n for _, n in keys], pa.int32())}
    )
    values = key_bytes(table, WORDS.key).to_pylist()
    by_value = [key for _, key in sorted(zip(values, keys, strict=True))]
    assert by_value == sorted(keys, key=lambda key: (key[0].encode(), key[1]))
    assert len(set(values)) == len(keys)


@given(st.tuples(TEXT, NUMBER), TEXT)
def test_the_value_of_leading_columns_is_a_prefix_of_their_rows_and_of_no_others(
    key: tuple[str, int], other: str
) -> None:
    whole = encoded(key)
    assert whole.startswith(encoded([key[0]], of=2))
    if other != key[0]:
        assert not whole.startswith(encoded([other], of=2))


def test_text_beyond_the_basic_plane_sorts_by_bytes_and_not_by_utf16() -> None:
    rows = sorted_by_key(inventory({"\U00010000": "t", "\uffff": "t"}), ("key",))
    assert rows["key"].to_pylist() == ["\uffff", "\U00010000"]


def test_words_of_a_dictionary_sort_by_their_text() -> None:
    rows = pa.table({"role": pa.array(["video", "audio", "image"]).dictionary_encode()})
    assert sorted_by_key(rows, ("role",))["role"].to_pylist() == ["audio", "image", "video"]


def test_a_null_in_a_key_is_refused_by_the_name_of_its_column() -> None:
    with pytest.raises(ValueError, match="'word'"):
        key_bytes(pa.table({"word": pa.array(["a", None]), "number": [1, 2]}), WORDS.key)


@pytest.mark.parametrize(
    ("order", "words_said"), [([0, 2, 1], "comes after a greater one"), ([0, 1, 1], "comes twice")]
)
def test_disorder_names_table_and_key(order: list[int], words_said: str) -> None:
    rows = words({("a", 1): 0, ("b", 2): 0, ("c", 3): 0}).take(order)
    with pytest.raises(KeysUnsorted, match=rf"words: the key \(word='b', number=2\) {words_said}"):
        refuse_disorder(key_bytes(rows, WORDS.key), rows, WORDS.key, after=None, table="words")


def test_the_first_key_of_a_batch_must_be_above_the_last_of_the_one_before() -> None:
    rows = words([("b", 2)])
    keys = key_bytes(rows, WORDS.key)
    refuse_disorder(keys, rows, WORDS.key, after=encoded(["b", 1]), table="words")
    with pytest.raises(KeysUnsorted, match="comes twice"):
        refuse_disorder(keys, rows, WORDS.key, after=encoded(["b", 2]), table="words")


def test_rows_below_a_bound_are_counted_with_and_without_it() -> None:
    keys = pc.cast(pa.array(["a", "b", "c"]), pa.binary())
    assert [rows_below(keys, b"b"), rows_below(keys, b"b", inclusive=True), rows_below(keys, b"")] == [1, 2, 0]
