"""Taking shards apart: whatever kills, all others come back."""

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from labelport.runners.contract import Death, Shard, ShardResult
from labelport.runners.salvage import Piece, Salvage


def shard(rows: int) -> Shard:
    return Shard(7, pa.record_batch({"row": pa.array(range(rows), pa.int64())}))


def run(rows: int, poison: set[int], *, known: bool = True) -> tuple[ShardResult, dict[int, int]]:
    """Run a shard in which some rows kill; return the result, and how often each row was begun."""
    salvage = Salvage(shard(rows))
    waiting = [salvage.whole()]
    begun: dict[int, int] = {}
    while not salvage.finished:
        piece = waiting.pop(0)
        dead = next((row for row in range(piece.start, piece.stop) if row in poison), None)
        for row in range(piece.start, piece.stop if dead is None else dead + 1):
            begun[row] = begun.get(row, 0) + 1
        if dead is None:
            salvage.done(piece, salvage.shard.rows.slice(piece.start, len(piece)))
        else:
            waiting += salvage.died(piece, dead - piece.start if known else None, reason="crashed", detail="boom")
    assert not waiting
    return salvage.result(), begun


@given(st.integers(1, 40).flatmap(lambda n: st.tuples(st.just(n), st.sets(st.integers(0, n - 1)))), st.booleans())
def test_exactly_the_poisonous_rows_are_lost(case: tuple[int, set[int]], known: bool) -> None:
    rows, poison = case
    result, _ = run(rows, poison, known=known)
    good = [row for row in range(rows) if row not in poison]
    assert list(result.survivors) == good
    assert (result.rows.column("row").to_pylist() if good else []) == good
    assert {death.row for death in result.deaths} == poison


@given(st.integers(1, 60).flatmap(lambda n: st.tuples(st.just(n), st.sets(st.integers(0, n - 1)))))
def test_a_row_runs_at_most_twice_and_a_culprit_three_times(case: tuple[int, set[int]]) -> None:
    rows, poison = case
    _, begun = run(rows, poison)
    assert all(times <= (3 if row in poison else 2) for row, times in begun.items())


@given(st.integers(1, 300), st.integers(0, 10_000))
def test_an_unknown_culprit_is_found_by_halving(rows: int, seed: int) -> None:
    poison = seed % rows
    _, begun = run(rows, {poison}, known=False)
    assert begun[poison] <= rows.bit_length() + 2


def test_a_row_is_condemned_only_when_it_died_twice_the_last_time_alone() -> None:
    salvage = Salvage(shard(3))
    again = salvage.died(salvage.whole(), 1, reason="crashed", detail="boom")
    assert again == (Piece(1, 2), Piece(0, 1), Piece(2, 3))
    assert salvage.died(again[0], 0, reason="deadline", detail="late") == ()
    for piece in again[1:]:
        salvage.done(piece, salvage.shard.rows.slice(piece.start, 1))
    assert salvage.finished
    assert salvage.result().deaths == (Death(1, "deadline", "late"),)


def test_a_culprit_that_lives_alone_is_no_culprit() -> None:
    salvage = Salvage(shard(2))
    for piece in salvage.died(salvage.whole(), 0, reason="crashed", detail="memory"):
        salvage.done(piece, salvage.shard.rows.slice(piece.start, 1))
    assert salvage.result().survivors == (0, 1)
    assert salvage.result().deaths == ()
