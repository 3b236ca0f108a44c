"""Sorted streams side by side."""

from collections.abc import Iterator

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from labelport.probing.windows import Window, without

KEYS = st.sets(st.text("abcé😀", max_size=3), max_size=30).map(sorted)
SCHEMA = pa.schema([("key", pa.string())])


def stream(keys: list[str], size: int) -> Iterator[pa.RecordBatch]:
    for start in range(0, len(keys), size):
        yield pa.record_batch([pa.array(keys[start : start + size], pa.string())], schema=SCHEMA)


def keys_of(batches: Iterator[pa.RecordBatch]) -> list[str]:
    return [key for batch in batches for key in batch.column("key").to_pylist()]


@given(KEYS, KEYS, st.integers(1, 7), st.integers(1, 7))
def test_without_leaves_out_exactly_the_other_keys(some: list[str], other: list[str], size: int, step: int) -> None:
    assert keys_of(without(stream(some, size), stream(other, step))) == [key for key in some if key not in set(other)]


@given(KEYS, KEYS, st.integers(1, 7))
def test_a_window_gives_every_row_once_and_none_too_early(keys: list[str], stops: list[str], size: int) -> None:
    window = Window(stream(keys, size), SCHEMA)
    seen: list[str] = []
    for stop in stops:
        seen += window.upto(stop)["key"].to_pylist()
        assert seen == [key for key in keys if key <= stop]
