"""Tables of the catalogue without dictionaries: what is sorted and set aside in Arrow files.

Batches of different dictionaries can neither lie in one file nor be concatenated cheaply.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import pyarrow as pa

from labelport.catalogue.conforming import read_form
from labelport.series.contract import FACTS, MediaRows
from labelport.tables import MEDIA, Table

LOOKUP_ROWS = 16_384
"""Rows of media looked up at once."""


class Tables(Protocol):
    """The part of a catalogue's generation that is read here."""

    def batches(self, table: str, *, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """Yield a table in key order."""
        ...

    def lookup(self, table: str, keys: pa.Table, *, columns: Sequence[str] | None = None) -> pa.Table:
        """Return the rows of these keys, in key order."""
        ...


def plain_schema(table: Table, columns: Sequence[str] | None = None) -> pa.Schema:
    """Return the schema of these columns (null: all) with words as text."""
    fields = [table.schema.field(name) for name in columns or table.schema.names]
    return pa.schema([f.with_type(f.type.value_type) if pa.types.is_dictionary(f.type) else f for f in fields])


def plain_batches(rows: pa.Table | Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Yield rows with exactly this schema."""
    for batch in rows.to_batches() if isinstance(rows, pa.Table) else rows:
        if batch.num_rows:
            yield read_form(batch, schema)


def plain_table(rows: pa.Table | Iterable[pa.RecordBatch], schema: pa.Schema) -> pa.Table:
    """Return rows as a table of exactly this schema."""
    return pa.Table.from_batches(plain_batches(rows, schema), schema=schema)


def media_rows(media: Tables) -> MediaRows:
    """Return what gives facts of objects by key: sorted, so that each shard is opened once or twice."""

    def rows(keys: Iterable[str]) -> Iterator[Mapping[str, Any]]:
        wanted = sorted(set(keys))
        for start in range(0, len(wanted), LOOKUP_ROWS):
            part = pa.array(wanted[start : start + LOOKUP_ROWS], pa.string())
            pairs = pa.table({"store": pa.repeat("raw", len(part)), "key": part})
            found = media.lookup("media", pairs, columns=("key", *FACTS))
            yield from plain_table(found, plain_schema(MEDIA, ("key", *FACTS))).to_pylist()

    return rows
