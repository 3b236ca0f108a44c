"""One generation of a stage: an immutable folder of Parquet tables, read in the order of their keys."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from labelport.catalogue.conforming import selected
from labelport.catalogue.contents import Contents, FileEntry, Shard, Stamp, TableContents
from labelport.catalogue.keys import encoded, key_bytes, rows_below
from labelport.catalogue.places import file_key, generation_folder, shard_key
from labelport.catalogue.shards import ShardFile, ranges_of
from labelport.errors import GenerationGone, ObjectAbsent
from labelport.storage.contract import Bucket
from labelport.tables import TABLES, Table

__all__ = ["FileEntry", "Generation", "Stamp"]


class Generation:
    """What a stage published at once. Every method raises ``GenerationGone`` once it was collected."""

    def __init__(
        self, bucket: Bucket, contents: Contents, *, etag: str | None = None, schemas: Mapping[str, Table] = TABLES
    ) -> None:
        """``etag``: of the pointer that named it; a draft replaces this pointer and no other."""
        self.id = contents.generation
        self.uri = f"{bucket.uri.rstrip('/')}/{generation_folder(contents.stage, contents.generation)}"
        self.stamp = contents.stamp
        self.extras: Mapping[str, Any] = contents.extras
        self.contents = contents
        self.etag = etag
        self._bucket = bucket
        self._schemas = schemas

    def __repr__(self) -> str:
        return f"Generation({self.uri!r})"

    def tables(self) -> list[str]:
        """Return the names of the tables."""
        return sorted(self.contents.tables)

    def batches(self, table: str, *, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """Yield a table in the order of its keys, at most 32,768 rows a batch.

        Columns are those of ``labelport.tables`` (or ``columns``, in that order); what the generation
        does not have yet is null. Raises ``KeyError`` for an unknown table or column.
        """
        schema = self._schemas[table]
        selected(schema, columns)  # an unknown column is refused here, not at the first batch
        return self._batches(self.shards(table).shards, schema, columns)

    def table(self, table: str, *, columns: Sequence[str] | None = None) -> pa.Table:
        """Return a whole table; for small ones."""
        schema = selected(self._schemas[table], columns)
        return pa.Table.from_batches(self.batches(table, columns=columns), schema=schema).unify_dictionaries()

    def lookup(self, table: str, keys: pa.Table, *, columns: Sequence[str] | None = None) -> pa.Table:
        """Return the rows whose key, or its leading columns, are in ``keys``; in the order of the table.

        Opens only the shards and row groups that can hold them. Keys may come in any order and twice.
        """
        schema = self._schemas[table]
        leading = _leading(keys, schema)
        encodings = key_bytes(keys, leading, of=len(schema.key))
        order = pc.sort_indices(encodings)
        wanted, wanted_rows = encodings.take(order), keys.select(leading).take(order)
        result = selected(schema, columns)
        read = [*result.names, *(name for name in leading if name not in result.names)]
        found: list[pa.RecordBatch] = []
        for shard in self.shards(table).shards:
            if not shard.rows:
                continue
            # The value of leading columns is a prefix of the whole key's: compare with that of the first key.
            start = rows_below(wanted, encoded((shard.first_key or [])[: len(leading)], of=len(schema.key)))
            inside = slice(start, rows_below(wanted, shard.last, inclusive=True))
            if inside.start >= inside.stop:
                continue
            for batch in self._shard_batches(table, shard, read, wanted_rows[inside]):
                hit = pc.is_in(key_bytes(batch, leading, of=len(schema.key)), value_set=wanted[inside])
                found.append(batch.filter(hit).select(result.names))
        return pa.Table.from_batches([batch for batch in found if batch.num_rows], schema=result).unify_dictionaries()

    def files(self) -> Mapping[str, FileEntry]:
        """Return the files beside the tables by name."""
        return self.contents.files

    def read_file(self, name: str) -> bytes:
        """Return the bytes of a file; raises ``KeyError`` where there is none of that name."""
        if name not in self.contents.files:
            raise KeyError(f"{self.uri} has no file {name!r}")
        with self._still_there():
            return self._bucket.get(file_key(self.contents.stage, self.id, name)).body

    def shards(self, table: str) -> TableContents:
        """Return where the rows of a table lie; raises ``KeyError``."""
        try:
            return self.contents.tables[table]
        except KeyError:
            raise KeyError(f"{self.uri} has no table {table!r}; it has {', '.join(self.tables())}") from None

    def shard_key(self, table: str, shard: Shard) -> str:
        """Return the key of a shard's file in the publish bucket."""
        return shard_key(self.contents.stage, self.id, table, shard.name)

    def shard_rows(self, table: str, shard: Shard) -> Iterator[pa.RecordBatch]:
        """Yield the rows of one shard."""
        return self._batches([shard], self._schemas[table], None)

    def _batches(
        self, shards: Sequence[Shard], table: Table, columns: Sequence[str] | None
    ) -> Iterator[pa.RecordBatch]:
        for shard in shards:
            if shard.rows:
                with self._still_there():
                    file = self._open(table.name, shard)
                    yield from file.batches(table, columns=columns)

    def _shard_batches(
        self, table: str, shard: Shard, columns: Sequence[str], wanted: pa.Table
    ) -> Iterator[pa.RecordBatch]:
        """Yield the row groups of a shard that can hold one of the wanted keys."""
        schema = self._schemas[table]
        with self._still_there():
            file = self._open(table, shard)
            for group in range(file.groups):
                if file.can_hold(group, wanted):
                    yield from file.group(group, schema, columns=columns)

    def _open(self, table: str, shard: Shard) -> ShardFile:
        return ShardFile(ranges_of(self._bucket, self.shard_key(table, shard), size=shard.size))

    @contextmanager
    def _still_there(self) -> Iterator[None]:
        try:
            yield
        except ObjectAbsent as error:
            raise GenerationGone(
                f"generation {self.id} of {self.contents.stage} was collected while it was read: open the stage again"
            ) from error


def _leading(keys: pa.Table, table: Table) -> list[str]:
    names = list(table.key[: len(keys.column_names)])
    if set(names) != set(keys.column_names):
        raise ValueError(
            f"{table.name} is looked up by {', '.join(table.key)} or its first columns, not by {', '.join(keys.column_names)}"
        )
    return names
