"""A table changed by upserts and deletes: shards that they touch are rewritten, the others carried over."""

from collections.abc import Callable, Iterable, Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from labelport.catalogue.conforming import written_form
from labelport.catalogue.contents import Shard
from labelport.catalogue.keys import Rows, chunks, encoded, key_bytes, refuse_disorder
from labelport.catalogue.merge import Run, overlay
from labelport.catalogue.shards import GROUP_ROWS, ShardWriter
from labelport.tables import Table

ReadShard = Callable[[Shard], Iterator[pa.RecordBatch]]


def write_update(
    shards: Sequence[Shard],
    writer: ShardWriter,
    *,
    table: Table,
    aim: int,
    read: ReadShard,
    carry: Callable[[Shard], None],
    upserts: Iterable[Rows],
    deletes: Iterable[pa.Table],
) -> None:
    """Write the rows of ``shards`` without ``deletes`` and with ``upserts``; holds a batch of each.

    A shard owns the keys from its first one to the next shard's: the first also what is below, the last
    what is above. It is rewritten where an upsert falls into that range or a delete between its first and
    last key; one that shrinks below a quarter of ``aim`` takes its neighbour's rows in.
    Raises ``KeysUnsorted`` for upserts or deletes out of order, ``ValueError`` for other key columns.
    """
    full = [shard for shard in shards if shard.rows]
    new = Run(_rising(upserts, table), table.key)
    gone = Deletes(deletes, table)
    for number, shard in enumerate(full):
        bound = full[number + 1].first if number + 1 < len(full) else None
        is_small = 0 < writer.open_rows < aim // 4
        if not (is_small or gone.touches(shard) or (not new.done and (bound is None or new.first < bound))):
            carry(shard)
            continue
        if not is_small:
            writer.close()
        stays = Run(gone.left_of(read(shard)), table.key)
        for rows in overlay(stays, Run(new.below(bound), table.key)):
            writer.add(rows, slack=aim)
    for rows in new.below(None):  # only where there was no shard
        writer.add(rows, slack=aim // 4)


class Deletes:
    """Sorted keys, or leading key columns, whose rows go."""

    def __init__(self, deletes: Iterable[pa.Table], table: Table) -> None:
        self._table = table
        self._leading: tuple[str, ...] = table.key
        tables = iter(deletes)
        first = next((part for part in tables if part.num_rows), None)
        if first is not None:
            self._leading = _leading(first, table)
            tables = _then(first, tables)
        self._run = Run(self._in_order(tables), self._leading, of=len(table.key))

    def touches(self, shard: Shard) -> bool:
        """Return whether a delete lies between the first and last key of a shard."""
        assert shard.first_key is not None
        assert shard.last_key is not None
        count, of = len(self._leading), len(self._table.key)
        self._run.skip_below(encoded(shard.first_key[:count], of=of))
        return not self._run.done and self._run.first <= encoded(shard.last_key[:count], of=of)

    def left_of(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield the rows that no delete names."""
        for batch in batches:
            leads = key_bytes(batch, self._leading, of=len(self._table.key))
            self._run.skip_below(leads[0].as_py())
            named = [keys for keys in self._up_to(leads[-1].as_py()) if len(keys)]
            if named:
                batch = batch.filter(pc.invert(pc.is_in(leads, value_set=pa.concat_arrays(named))))  # noqa: PLW2901
            yield batch

    def _up_to(self, bound: bytes) -> Iterator[pa.Array]:
        """Yield the deletes up to a bound; one equal to it stays, for it may name rows of the next batch."""
        while not self._run.done and self._run.first < bound:
            yield self._run.take(bound, inclusive=False)[1]
        if not self._run.done and self._run.first == bound:
            yield pa.array([bound], pa.binary())

    def _in_order(self, tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
        last: bytes | None = None
        for part in tables:
            if not part.num_rows:
                continue
            if _leading(part, self._table) != self._leading:
                raise ValueError(f"{self._table.name}: deletes must all have the same columns")
            chosen = part.select(list(self._leading))
            keys = key_bytes(chosen, self._leading, of=len(self._table.key))
            place = f"deletes of {self._table.name}"
            refuse_disorder(keys, chosen, self._leading, after=last, table=place, repeats=True)
            last = keys[-1].as_py()
            yield chosen


def _leading(part: pa.Table, table: Table) -> tuple[str, ...]:
    columns = tuple(part.column_names)
    if not columns or columns != table.key[: len(columns)]:
        raise ValueError(
            f"rows of {table.name} are deleted by {', '.join(table.key)} or its first columns, not by {', '.join(columns)}"
        )
    return columns


def _then(first: pa.Table, rest: Iterator[pa.Table]) -> Iterator[pa.Table]:
    yield first
    yield from rest


def _rising(upserts: Iterable[Rows], table: Table) -> Iterator[pa.Table]:
    """Yield the upserts as they are written, refusing those out of order: they would miss their shard."""
    last: bytes | None = None
    for rows in upserts:
        for part in chunks(rows, GROUP_ROWS):
            conformed = written_form(part, table)
            keys = key_bytes(conformed, table.key)
            refuse_disorder(keys, conformed, table.key, after=last, table=f"upserts of {table.name}")
            last = keys[-1].as_py()
            yield conformed
