"""The file that pypdf reads. ``io.BytesIO`` is the judge."""

import io
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelport.probing.contract import BudgetSpent
from labelport.probing.document.tape import Stopped, Tape
from labelport.probing.reader import RangeReader

CONTENT = bytes(range(256)) * 400
LATER = 1e9


def tape(*, start: int = 0, until: float = LATER, max_bytes: int = 1 << 20) -> Tape:
    reader = RangeReader(lambda at, length: CONTENT[at : at + length], len(CONTENT), max_bytes=max_bytes)
    return Tape(reader, start=start, until=until)


MOVES = st.tuples(st.integers(-300, 110_000), st.sampled_from([0, 1, 2]), st.integers(-1, 5000))


@given(st.integers(0, 2000), st.lists(MOVES, max_size=20))
def test_it_reads_like_a_file_in_memory(start: int, moves: list[tuple[int, int, int]]) -> None:
    ours, judge = tape(start=start), io.BytesIO(CONTENT[start:])
    for offset, whence, length in moves:
        try:
            expected = judge.seek(offset, whence)
        except ValueError:
            with pytest.raises(ValueError, match="negative"):
                ours.seek(offset, whence)
            continue
        if judge.tell() == 0 > offset and whence:  # BytesIO stops at the start, other files raise
            with pytest.raises(ValueError, match="negative"):
                ours.seek(offset, whence)
            ours.seek(0)
        else:
            assert ours.seek(offset, whence) == expected
        assert ours.read(length) == judge.read(length)
        assert ours.tell() == judge.tell()


def test_no_whole_number_is_no_place() -> None:
    with pytest.raises(TypeError):
        tape().seek(1.5)  # type: ignore[arg-type]


def test_a_spent_budget_goes_through_every_except_exception() -> None:
    with pytest.raises(Stopped) as stop:
        tape(max_bytes=1000).read()
    assert isinstance(stop.value.reason, BudgetSpent)
    assert not isinstance(stop.value, Exception)


def test_the_clock_of_the_processor_stops_small_reads_too() -> None:
    slow = tape(until=time.thread_time() + 0.02)

    def read_on() -> None:
        for _ in range(10_000_000):
            slow.seek(0)
            slow.read(1)

    with pytest.raises(Stopped):
        read_on()


def test_a_parser_too_deep_in_its_recursion_is_not_at_the_end_of_its_budget() -> None:
    def deep(levels: int) -> bytes:
        return deep(levels - 1) if levels else tape().read(1)

    limit, raised = sys.getrecursionlimit(), 0
    for levels in range(limit - 150, limit):
        try:
            deep(levels)
        except RecursionError:
            raised += 1
    assert 0 < raised < 150
