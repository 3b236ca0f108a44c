"""Sorted streams: joined into one, laid over each other, and compared, a batch of each in memory."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import pyarrow as pa
import pyarrow.compute as pc

from labelport.catalogue.keys import Rows, chunks, key_bytes, rows_below

BATCH_ROWS = 32_768
"""Most rows of a batch that is yielded."""


@dataclass(frozen=True)
class Difference:
    """What differs in one range of keys. Each part is sorted by key."""

    added: pa.Table
    """Rows of the new side whose key the old side lacks."""

    changed: pa.Table
    """Rows of the new side that differ from the old ones."""

    deleted: pa.Table
    """Rows of the old side whose key the new side lacks."""

    same: int
    """Rows that are equal."""


class Run:
    """A sorted stream of which one batch is in memory: the head, which is empty only at the end."""

    def __init__(self, batches: Iterable[Rows], key: Sequence[str], *, of: int | None = None) -> None:
        """``of``: how many columns the whole key has, where ``key`` is only the leading ones."""
        self._batches = iter(batches)
        self._key = tuple(key)
        self._of = of
        self._pending: Iterator[pa.Table] = iter(())
        self.rows = pa.table({})
        self.keys = pa.array([], pa.binary())
        self._fill()

    @property
    def done(self) -> bool:
        """Return whether nothing is left."""
        return len(self.keys) == 0

    @property
    def first(self) -> bytes:
        """Return the least key of the head."""
        value: bytes = self.keys[0].as_py()
        return value

    @property
    def last(self) -> bytes:
        """Return the greatest key of the head; later batches may hold it again, but nothing less."""
        value: bytes = self.keys[-1].as_py()
        return value

    def take(self, bound: bytes | None, *, inclusive: bool = True) -> tuple[pa.Table, pa.Array]:
        """Take the rows of the head up to a bound (null: all of them)."""
        count = len(self.keys) if bound is None else rows_below(self.keys, bound, inclusive=inclusive)
        rows, keys = self.rows.slice(0, count), self.keys.slice(0, count)
        self.rows, self.keys = self.rows.slice(count), self.keys.slice(count)
        if self.done:
            self._fill()
        return rows, keys

    def below(self, bound: bytes | None) -> Iterator[pa.Table]:
        """Yield all rows whose keys are below a bound (null: all), and leave the rest."""
        while not self.done and (bound is None or self.first < bound):
            yield self.take(bound, inclusive=False)[0]

    def skip_below(self, bound: bytes) -> None:
        """Drop the rows whose keys are below a bound."""
        for _ in self.below(bound):
            pass

    def _fill(self) -> None:
        while True:
            head = next(self._pending, None)
            if head is not None:
                self.rows, self.keys = head, key_bytes(head, self._key, of=self._of)
                return
            rows = next(self._batches, None)
            if rows is None:
                return
            self._pending = chunks(rows, BATCH_ROWS)


def merge_sorted(runs: Sequence[Iterator[pa.RecordBatch]], key: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """Yield the rows of all runs in the order of their keys; holds one batch of each run.

    Each run must be sorted by ``key`` (text by its UTF-8 bytes). Rows of equal keys all come, those of an
    earlier run first where they meet in one step.
    """
    open_runs = [run for run in (Run(batches, key) for batches in runs) if not run.done]
    while len(open_runs) > 1:
        bound = min(run.last for run in open_runs)
        taken = [run.take(bound) for run in open_runs]
        open_runs = [run for run in open_runs if not run.done]
        yield from _sorted([part for part in taken if part[0].num_rows]).to_batches(max_chunksize=BATCH_ROWS)
    for run in open_runs:
        for rows in run.below(None):
            yield from rows.to_batches(max_chunksize=BATCH_ROWS)


def overlay(under: Run, over: Run) -> Iterator[pa.Table]:
    """Yield the rows of both in the order of their keys; of one key, the row of ``over``."""
    while not under.done and not over.done:
        bound = min(under.last, over.last)
        old, old_keys = under.take(bound)
        new, new_keys = over.take(bound)
        stays = pc.invert(pc.is_in(old_keys, value_set=new_keys))
        yield _sorted([(old.filter(stays), old_keys.filter(stays)), (new, new_keys)])
    yield from under.below(None)
    yield from over.below(None)


def diff(
    old: Iterator[pa.RecordBatch], new: Iterator[pa.RecordBatch], *, key: Sequence[str], compare: Sequence[str]
) -> Iterator[Difference]:
    """Compare two sorted streams, each with strictly increasing keys; holds one batch of each.

    Rows of equal key are the same where all columns of ``compare`` are equal (null equals null). One
    ``Difference`` comes for each range of keys, in their order.
    """
    one, two = Run(old, key), Run(new, key)
    none_old, none_new = one.rows.slice(0, 0), two.rows.slice(0, 0)
    if one.done:
        none_old = none_new
    if two.done:
        none_new = none_old
    while not one.done or not two.done:
        bound = min(run.last for run in (one, two) if not run.done)
        before, before_keys = one.take(bound) if not one.done else (none_old, pa.array([], pa.binary()))
        after, after_keys = two.take(bound) if not two.done else (none_new, pa.array([], pa.binary()))
        if before_keys.equals(after_keys):
            unequal = _unequal(before, after, compare)
            changed = after.filter(unequal)
            yield Difference(none_new, changed, none_old, after.num_rows - changed.num_rows)
            continue
        met = pc.index_in(after_keys, value_set=before_keys)
        is_new = pc.is_null(met)
        pairs = after.filter(pc.invert(is_new))
        changed = pairs.filter(_unequal(before.take(met.drop_null()), pairs, compare))
        gone = pc.invert(pc.is_in(before_keys, value_set=after_keys))
        same = pairs.num_rows - changed.num_rows
        yield Difference(after.filter(is_new), changed, before.filter(gone), same)


def _unequal(before: pa.Table, after: pa.Table, compare: Sequence[str]) -> pa.Array:
    """Return for each pair of rows whether one of the columns differs."""
    unequal = pa.array([False]) if not len(before) else pa.repeat(False, len(before))
    if not len(before):
        return unequal.slice(1)
    for name in compare:
        unequal = pc.or_(unequal, _column_unequal(before.column(name), after.column(name)))
    return unequal


def _column_unequal(before: pa.ChunkedArray, after: pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    if pa.types.is_nested(before.type):
        # Arrow compares no nested values.
        return pa.array([a != b for a, b in zip(before.to_pylist(), after.to_pylist(), strict=True)])
    one, two = (c.cast(c.type.value_type) if pa.types.is_dictionary(c.type) else c for c in (before, after))
    differ = pc.fill_null(pc.not_equal(one, two), False)
    return pc.or_(differ, pc.xor(pc.is_null(one), pc.is_null(two)))


def _sorted(parts: Sequence[tuple[pa.Table, pa.Array]]) -> pa.Table:
    """Return parts, each sorted, as one sorted table."""
    if not parts:
        return pa.table({})
    rows = parts[0][0] if len(parts) == 1 else pa.concat_tables([rows for rows, _ in parts]).unify_dictionaries()
    if all(one[-1].as_py() <= two[0].as_py() for one, two in pairwise([keys for _, keys in parts if len(keys)])):
        return rows
    keys = pa.concat_arrays([keys for _, keys in parts])
    return rows.combine_chunks().take(pc.sort_indices(keys))
