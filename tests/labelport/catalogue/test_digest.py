import time
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelport.catalogue.digest import added, content_version, rows_digest
from tests.labelport.catalogue.rows import media, numbered

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=3) | st.none() | st.sampled_from(["", "\0", "null"])
ROWS = st.lists(st.tuples(TEXT, TEXT), max_size=8)


def table(rows: list[tuple[Any, Any]], kind: pa.DataType | None = None) -> pa.Table:
    kind = kind or pa.string()
    return pa.table({"a": pa.array([a for a, _ in rows], kind), "b": pa.array([b for _, b in rows], kind)})


@given(ROWS, st.integers(0, 8), st.randoms())
def test_neither_order_nor_boundaries_matter(rows: list[tuple[Any, Any]], cut: int, random: Any) -> None:
    whole = rows_digest(table(rows), ["a", "b"])
    assert added(rows_digest(table(part), ["a", "b"]) for part in (rows[:cut], rows[cut:])) == whole
    shuffled = rows.copy()
    random.shuffle(shuffled)
    assert rows_digest(table(shuffled), ["a", "b"]) == whole


@given(ROWS, ROWS)
def test_other_rows_have_another_digest(one: list[tuple[Any, Any]], two: list[tuple[Any, Any]]) -> None:
    equal = sorted(map(repr, one)) == sorted(map(repr, two))
    assert (rows_digest(table(one), ["a", "b"]) == rows_digest(table(two), ["a", "b"])) == equal


@pytest.mark.parametrize(
    ("kind", "one", "two"),
    [
        (pa.int64(), 1, 2),
        (pa.float64(), 0.1, 0.1 + 2**-56),
        (pa.bool_(), True, None),
        (pa.binary(), b"\xfe", b"\xff"),
        (pa.list_(pa.string()), ["a", "b"], ["a,b"]),
        (pa.map_(pa.string(), pa.string()), [("a", "b")], []),
        (pa.struct([("x", pa.float64())]), {"x": None}, None),
        (pa.timestamp("us", tz="UTC"), 1, 2),
    ],
)
def test_every_type_of_column_counts(kind: pa.DataType, one: Any, two: Any) -> None:
    first, second = (table([(value, value)], kind) for value in (one, two))
    assert rows_digest(first, ["a"]) != rows_digest(second, ["a"])
    assert rows_digest(first, ["a"]) == rows_digest(table([(one, None)], kind), ["a"])


def test_how_words_are_encoded_does_not_matter() -> None:
    plain = table([("x", "y"), ("y", "y")])
    encoded = pa.table({"a": plain["a"].dictionary_encode(), "b": plain["b"]})
    assert rows_digest(plain, ["a", "b"]) == rows_digest(encoded, ["a", "b"])


def test_columns_that_do_not_count_do_not_matter() -> None:
    assert rows_digest(media(["a"], width=1), ["key"]) == rows_digest(media(["a"], width=2), ["key"])


def test_digests_are_frozen() -> None:
    """Published generations carry them: another encoding would make everything look changed."""
    rows = media(["a", "é"], width=3, fps=0.1, face_risk=True, video={"codec": "h264", "keyframes": [1]})
    columns = ["store", "key", "kind", "width", "fps", "face_risk", "video", "error"]
    assert f"{rows_digest(rows, columns):032x}" == "636c1e31b4220ae7fb5205443c1449c7"
    assert content_version({"media": (2, 1)}, {"a.csv": "00"}) == "d99e320b913005be5fc009de78b13233"


@pytest.mark.slow
def test_plain_rows_cost_about_a_microsecond() -> None:
    rows = numbered(range(100_000))
    start = time.process_time()
    rows_digest(rows, ["key", "token"])
    assert time.process_time() - start < 1.0
