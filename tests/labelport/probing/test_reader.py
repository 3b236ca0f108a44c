import io
import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelport.probing.contract import BudgetSpent
from labelport.probing.reader import FewerBytes, RangeReader

CONTENT = random.Random(1).randbytes(300_000)


class Recorded:
    """An object in memory that remembers which ranges were asked for."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.ranges: list[tuple[int, int]] = []

    def __call__(self, start: int, length: int, /) -> bytes:
        self.ranges.append((start, length))
        return self.content[start : start + length]


def reader_of(content: bytes, *, head: int = 1000, **options: int) -> tuple[RangeReader, Recorded]:
    source = Recorded(content)
    return RangeReader(source, len(content), head=content[:head], **options), source


def test_what_lies_in_the_head_costs_no_request() -> None:
    reader, source = reader_of(CONTENT, head=1000)
    assert reader.read(1000) == CONTENT[:1000]
    assert source.ranges == []
    assert (reader.requests, reader.bytes_read) == (1, 1000)


def test_neighbouring_misses_are_one_request_that_leaves_the_head_out() -> None:
    reader, source = reader_of(CONTENT, head=1000, block_bytes=4096, ahead_bytes=4096)
    assert reader.at(0, 10_000) == CONTENT[:10_000]
    assert source.ranges == [(1000, 3 * 4096 - 1000)]


def test_seeking_from_the_end_uses_the_listed_size() -> None:
    reader, source = reader_of(CONTENT, block_bytes=4096)
    assert reader.seek(-10, io.SEEK_END) == len(CONTENT) - 10
    assert reader.read() == CONTENT[-10:]
    assert len(source.ranges) == 1


def test_reads_beyond_the_end_give_fewer_bytes() -> None:
    reader, _ = reader_of(CONTENT)
    assert reader.at(len(CONTENT) - 5, 100) == CONTENT[-5:]
    assert reader.at(len(CONTENT) + 5, 100) == b""
    reader.seek(len(CONTENT) + 1)
    assert reader.read(1) == b""


def test_a_sequential_run_asks_for_more_each_time() -> None:
    reader, source = reader_of(CONTENT, head=4096, block_bytes=4096, ahead_bytes=65536)
    while reader.read(1024):
        pass
    lengths = [length for _, length in source.ranges]
    assert lengths[:5] == [8192, 16384, 32768, 65536, 65536]
    assert reader.bytes_read == len(CONTENT)


def test_a_buffered_reader_can_stand_on_it() -> None:
    reader, _ = reader_of(CONTENT)
    assert io.BufferedReader(reader).read() == CONTENT


def test_the_request_that_would_be_too_many_is_not_made() -> None:
    reader, source = reader_of(CONTENT, block_bytes=4096, max_requests=3)
    reader.at(50_000, 1)
    reader.at(100_000, 1)
    with pytest.raises(BudgetSpent, match="3 requests"):
        reader.at(200_000, 1)
    assert len(source.ranges) == 2
    assert isinstance(reader.failure, BudgetSpent)


def test_the_budget_of_bytes_is_kept_and_used_to_its_end() -> None:
    reader, _ = reader_of(CONTENT, head=4096, block_bytes=4096, max_bytes=40_960)
    with pytest.raises(BudgetSpent, match="40960 bytes"):
        io.BufferedReader(reader).read()
    assert reader.bytes_read == 40_960


def test_an_object_that_shrank_is_told_from_one_that_ends() -> None:
    source = Recorded(CONTENT[:150_000])
    reader = RangeReader(source, len(CONTENT), head=CONTENT[:100])
    with pytest.raises(FewerBytes):
        reader.at(200_000, 10)


def test_the_failure_of_a_store_is_kept_for_who_asks_later() -> None:
    def broken(start: int, length: int, /) -> bytes:
        raise TimeoutError("the store is gone")

    reader = RangeReader(broken, 100)
    with pytest.raises(TimeoutError):
        reader.read(1)
    assert isinstance(reader.failure, TimeoutError)


@given(
    st.integers(0, 5000),
    st.integers(1, 700),
    st.integers(1, 2000),
    st.lists(st.tuples(st.integers(0, 6000), st.integers(0, 3000)), max_size=12),
)
def test_any_reads_give_the_bytes_and_none_twice(
    head: int, block: int, ahead: int, reads: list[tuple[int, int]]
) -> None:
    content = CONTENT[:5000]
    source = Recorded(content)
    reader = RangeReader(
        source, len(content), head=content[:head], block_bytes=block, ahead_bytes=ahead, max_requests=10_000
    )
    for start, length in reads:
        assert reader.at(start, length) == content[start : start + length]
    asked = sorted((start, start + length) for start, length in source.ranges)
    assert all(left[1] <= right[0] for left, right in itertools.pairwise(asked)), "a byte was read twice"
    assert all(start >= min(head, len(content)) for start, _ in asked)
    assert reader.bytes_read == min(head, len(content)) + sum(stop - start for start, stop in asked)
