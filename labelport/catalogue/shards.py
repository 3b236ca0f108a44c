"""Shards: ranges of key-sorted rows as Parquet files, written in bounded memory and read by row group."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from labelport.catalogue.conforming import read_form, selected, written_form
from labelport.catalogue.contents import Shard
from labelport.catalogue.digest import added, rows_digest
from labelport.catalogue.keys import KeyValues, Rows, chunks, key_bytes, key_values, refuse_disorder
from labelport.storage.contract import Bucket
from labelport.storage.ranged_file import RangedFile
from labelport.tables import Table

SHARD_ROWS = 250_000
"""Rows that a shard aims at."""

GROUP_ROWS = 32_768
"""Most rows of a row group, and of a batch that is read."""

Put = Callable[[str, bytes], None]


def digest_columns(table: Table) -> tuple[str, ...]:
    """Return the columns that make up the content version of a table."""
    return table.version_columns or tuple(table.schema.names)


class ShardWriter:
    """Cuts sorted rows into shards; holds one row group and the rows beyond the aim.

    A shard is closed at ``aim`` rows once more than ``slack`` rows follow; fewer are taken in. So no last
    shard is tiny, and a shard that is rewritten is split only where it grew past ``aim + slack``.
    """

    def __init__(self, put: Put, table: Table, *, aim: int = SHARD_ROWS) -> None:
        """``put(name, body)`` writes a shard's file."""
        self.shards: list[Shard] = []
        self._put = put
        self._table = table
        self._aim = aim
        self._open: _OpenShard | None = None
        self._beyond: list[pa.Table] = []
        self._beyond_rows = 0
        self._last: bytes | None = None

    @property
    def open_rows(self) -> int:
        """Return the rows of the shard that is not closed yet."""
        return (self._open.rows if self._open else 0) + self._beyond_rows

    def add(self, rows: Rows, *, slack: int) -> None:
        """Add rows; raises ``KeysUnsorted`` naming the key, and ``ValueError`` naming the column."""
        for part in chunks(rows, min(GROUP_ROWS, self._aim)):
            conformed = written_form(part, self._table)
            keys = key_bytes(conformed, self._table.key)
            refuse_disorder(keys, conformed, self._table.key, after=self._last, table=self._table.name)
            self._last = keys[-1].as_py()
            self._take(conformed)
            while self._beyond_rows > slack:
                self.close(beyond=False)

    def close(self, *, beyond: bool = True) -> None:
        """Close the shard that is open, if there is one; ``beyond``: with the rows beyond the aim."""
        held, self._beyond, self._beyond_rows = self._beyond, [], 0
        if beyond and self._open is not None:
            for part in held:
                self._open.add(part)
            held = []
        if self._open is not None:
            body, shard = self._open.finished(f"part-{len(self.shards):05d}.parquet")
            self._open = None
            self._put(shard.name, body)
            self.shards.append(shard)
        for part in held:
            self._take(part)

    def carry(self, shard: Shard) -> Shard:
        """Take in a shard that exists already, under the next name; the caller copies its file."""
        self.close()
        carried = replace(shard, name=f"part-{len(self.shards):05d}.parquet")
        assert self._last is None or self._last < carried.first, f"{self._table.name}: shards overlap"
        self._last = carried.last
        self.shards.append(carried)
        return carried

    def finish(self) -> None:
        """Close what is open. A table of no rows gets one empty shard, so that plain readers see its columns."""
        self.close()
        if not self.shards:
            self._open = _OpenShard(self._table, min(GROUP_ROWS, self._aim))
            self.close()

    def _take(self, rows: pa.Table) -> None:
        if self._open is None:
            self._open = _OpenShard(self._table, min(GROUP_ROWS, self._aim))
        room = self._aim - self._open.rows
        if room > 0:
            self._open.add(rows.slice(0, room))
            rows = rows.slice(room)
        if rows.num_rows:
            self._beyond.append(rows)
            self._beyond_rows += rows.num_rows


class _OpenShard:
    """A Parquet file in memory that grows by whole row groups."""

    def __init__(self, table: Table, group_rows: int) -> None:
        self.rows = 0
        self._table = table
        self._group_rows = group_rows
        self._sink = pa.BufferOutputStream()
        # Fixed options, so that equal rows give equal bytes.
        self._writer = pq.ParquetWriter(
            self._sink, table.schema, compression="zstd", compression_level=3, version="2.6", write_statistics=True
        )
        self._pending: list[pa.Table] = []
        self._pending_rows = 0
        self._digests: list[int] = []
        self._first: KeyValues | None = None
        self._last: KeyValues | None = None

    def add(self, rows: pa.Table) -> None:
        while rows.num_rows:
            part = rows.slice(0, self._group_rows - self._pending_rows)
            rows = rows.slice(part.num_rows)
            self._pending.append(part)
            self._pending_rows += part.num_rows
            self.rows += part.num_rows
            if self._pending_rows == self._group_rows:
                self._flush()

    def finished(self, name: str) -> tuple[bytes, Shard]:
        self._flush()
        self._writer.close()
        body = self._sink.getvalue().to_pybytes()
        return body, Shard(
            name=name,
            first_key=self._first,
            last_key=self._last,
            rows=self.rows,
            size=len(body),
            sha256=hashlib.sha256(body).hexdigest(),
            digest=added(self._digests),
        )

    def _flush(self) -> None:
        if not self._pending_rows:
            return
        group = written_form(pa.concat_tables(self._pending), self._table)
        self._pending, self._pending_rows = [], 0
        if self._first is None:
            self._first = key_values(group, self._table.key, 0)
        self._last = key_values(group, self._table.key, group.num_rows - 1)
        self._digests.append(rows_digest(group, digest_columns(self._table)))
        self._writer.write_table(group, row_group_size=self._group_rows)


class ShardFile:
    """One shard, read through ``read_range``: only the columns and row groups that are asked for.

    Raises ``ObjectAbsent`` where it is gone, now or later.
    """

    def __init__(self, source: pa.NativeFile) -> None:
        self._file = pq.ParquetFile(source, pre_buffer=True)

    @property
    def groups(self) -> int:
        """Return the number of row groups."""
        return int(self._file.num_row_groups)

    def batches(self, table: Table, *, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """Yield all rows in the order of their keys, at most 32,768 a batch."""
        for group in range(self.groups):
            yield from self.group(group, table, columns=columns)

    def group(self, number: int, table: Table, *, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """Yield the rows of one row group."""
        schema = selected(table, columns)
        there = set(self._file.schema_arrow.names)
        wanted = [name for name in schema.names if name in there]
        # One row group after the other: pre-buffering keeps what it read until the iterator ends.
        read = self._file.iter_batches(GROUP_ROWS, row_groups=[number], columns=wanted, use_threads=False)
        yield from map(partial(read_form, schema=schema), read)

    def can_hold(self, number: int, keys: pa.Table) -> bool:
        """Return whether a row group can hold one of the keys, by the statistics of each key column."""
        possible = pa.repeat(True, keys.num_rows)
        for name in keys.column_names:
            chunk = self._file.metadata.row_group(number).column(self._file.schema_arrow.names.index(name))
            if chunk.path_in_schema != name:  # an older file with a nested column before it: read it, then
                return True
            if chunk.statistics is not None and chunk.statistics.has_min_max:
                values = keys.column(name)
                least, most = chunk.statistics.min, chunk.statistics.max
                inside = pc.and_(pc.greater_equal(values, least), pc.less_equal(values, most))
                possible = pc.and_(possible, inside)
        return bool(pc.any(possible).as_py())


def ranges_of(bucket: Bucket, key: str, *, size: int) -> pa.NativeFile:
    """Return an object as a file for ``ShardFile``; only what is read of it is fetched."""
    return pa.PythonFile(RangedFile(partial(bucket.read_range, key), size), mode="r")
