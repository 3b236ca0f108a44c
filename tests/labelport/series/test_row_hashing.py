"""Hashes of rows: other values, other hashes; whatever lies beside them."""

from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from labelport.series.row_hashing import row_hashes, with_words
from labelport.tables import MEDIA

ROWS = pa.table(
    {
        "width": pa.array([8, 8, None], pa.int32()),
        "video": pa.array([{"codec": "h264", "keyframes": [1, 2]}, {"codec": "h264", "keyframes": [1]}, None]),
        "phi_risk": pa.array(["none", "none", None]).dictionary_encode(),
    }
)
SCHEMA = pa.schema(
    [
        ("number", pa.int32()),
        ("real", pa.float64()),
        ("text", pa.string()),
        ("word", pa.dictionary(pa.int32(), pa.string())),
        ("list", pa.list_(pa.float64())),
        ("texts", pa.list_(pa.string())),
        ("frames", pa.list_(pa.struct([("at", pa.list_(pa.float64())), ("name", pa.string())]))),
        ("nested", pa.struct([("yes", pa.bool_()), ("deep", pa.struct([("n", pa.int64())]))])),
    ]
)
REALS = st.sampled_from([0.0, 1.0, 0.5])
TEXTS = st.sampled_from(["", "a", "b", "ab"])


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


MADE = st.fixed_dictionaries(
    {
        "number": maybe(st.integers(-2, 2)),
        "real": maybe(REALS),
        "text": maybe(TEXTS),
        "word": maybe(TEXTS),
        "list": maybe(st.lists(REALS, max_size=3)),
        "texts": maybe(st.lists(maybe(TEXTS), max_size=3)),
        "frames": maybe(
            st.lists(
                st.fixed_dictionaries({"at": maybe(st.lists(REALS, max_size=2)), "name": maybe(TEXTS)}), max_size=2
            )
        ),
        "nested": maybe(st.fixed_dictionaries({"yes": maybe(st.booleans()), "deep": st.just({"n": 1}) | st.none()})),
    }
)


def meaning(value: Any) -> Any:
    """A row without what adds nothing to it: a struct of nulls is as none."""
    if isinstance(value, dict):
        kept = {name: inner for name, one in value.items() if (inner := meaning(one)) is not None}
        return kept or None
    return [meaning(one) for one in value] if isinstance(value, list) else value


@settings(max_examples=100, deadline=None)
@given(st.lists(MADE, min_size=1, max_size=8))
def test_hashes_are_equal_where_rows_are_and_nowhere_else(rows: list[dict[str, Any]]) -> None:
    hashes = row_hashes(pa.Table.from_pylist(rows, schema=SCHEMA), seed=b"s").tolist()
    alone = [row_hashes(pa.Table.from_pylist([row], schema=SCHEMA), seed=b"s").tolist()[0] for row in rows]
    assert hashes == alone
    same = {(one, two): meaning(rows[one]) == meaning(rows[two]) for one in range(len(rows)) for two in range(one)}
    assert same == {(one, two): hashes[one] == hashes[two] for one, two in same}


def test_slices_and_chunks_say_nothing() -> None:
    whole = row_hashes(ROWS, seed=b"s").tolist()
    assert [*row_hashes(ROWS[:1], seed=b"s"), *row_hashes(ROWS[1:], seed=b"s")] == whole
    chunked = pa.concat_tables([ROWS[:1], ROWS[1:]]).unify_dictionaries()
    assert row_hashes(chunked, seed=b"s").tolist() == whole


def test_equal_values_of_two_columns_are_two_things() -> None:
    rows = pa.table({"width": [8, 9], "height": [9, 8]})
    one, two = row_hashes(rows, seed=b"s")
    assert one != two


def test_another_seed_gives_other_hashes() -> None:
    assert not set(row_hashes(ROWS, seed=b"s").tolist()) & set(row_hashes(ROWS, seed=b"t").tolist())


def test_every_column_of_media_can_be_hashed() -> None:
    rows = pa.Table.from_pylist([{"store": "raw", "key": "a", "token": "t", "size": 1}], schema=MEDIA.schema)
    assert len(row_hashes(rows, seed=b"s")) == 1
    assert row_hashes(rows[:0], seed=b"s").tolist() == []


def test_the_hash_of_a_row_is_the_same_for_ever() -> None:
    """Another function would build all groups of all datasets again."""
    assert [f"{value:016x}" for value in row_hashes(ROWS, seed=b"seed").tolist()] == GOLDEN


GOLDEN = ["f59092fe87ed93e6", "922acffc3d35c355", "19de4e29b11ca66d"]


def test_what_tables_say_is_in_the_hash_of_its_own_row_only() -> None:
    plain = row_hashes(ROWS, seed=b"seed")
    said = with_words(plain, [(b"x", b""), (b"", b""), (b"", b"")])
    assert (said[0] != plain[0], said[1:].tolist() == plain[1:].tolist()) == (True, True)
    assert said[0] != with_words(plain, [(b"", b"x"), (b"", b""), (b"", b"")])[0]
