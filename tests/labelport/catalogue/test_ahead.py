"""Batches read ahead are the same batches."""

import threading
from collections.abc import Iterator

import pyarrow as pa
import pytest

from labelport.catalogue.ahead import read_ahead


def batches(count: int, *, fault: int = -1) -> Iterator[pa.RecordBatch]:
    for number in range(count):
        if number == fault:
            raise OSError("the disk is gone")
        yield pa.RecordBatch.from_pydict({"n": [number]})


@pytest.mark.parametrize("count", [0, 1, 5])
def test_all_come_in_their_order(count: int) -> None:
    assert [batch["n"][0].as_py() for batch in read_ahead(batches(count))] == list(range(count))


def test_what_reading_raises_comes_after_what_was_read() -> None:
    reading = read_ahead(batches(5, fault=2))
    assert [next(reading)["n"][0].as_py() for _ in range(2)] == [0, 1]
    with pytest.raises(OSError, match="the disk is gone"):
        next(reading)


def test_whoever_stops_early_leaves_no_thread() -> None:
    reading = read_ahead(batches(5))
    next(reading)
    reading.close()  # type: ignore[attr-defined]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("read-ahead")]
