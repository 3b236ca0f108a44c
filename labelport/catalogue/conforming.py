"""Rows brought to the schema of their table: on writing checked, on reading filled."""

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from labelport.catalogue.keys import Rows, key_values
from labelport.tables import Table


def written_form(rows: Rows, table: Table) -> pa.Table:
    """Return rows as they are written: all columns in order, one chunk each, words encoded anew.

    Absent columns become null. Dictionaries are made of the rows at hand, in the order in which values
    appear, so that equal rows give equal bytes. Raises ``ValueError`` for a column that the table does
    not have, a value that does not fit its type, and a null where none may be; each names the column.
    """
    stray = [name for name in rows.schema.names if name not in table.schema.names]
    if stray:
        raise ValueError(f"{table.name} has no column {', '.join(stray)}: add it to labelport/tables.py")
    arrays = [_array(rows, field, table) for field in table.schema]
    return pa.Table.from_arrays(arrays, schema=table.schema)


def read_form(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """Return a batch with exactly this schema; columns that the file does not have yet are null."""
    present = set(batch.schema.names)
    arrays = [
        _cast(batch.column(field.name), field.type) if field.name in present else pa.nulls(batch.num_rows, field.type)
        for field in schema
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def selected(table: Table, columns: Sequence[str] | None) -> pa.Schema:
    """Return the schema of these columns in this order (null: all); raises ``KeyError`` for one that is none."""
    if columns is None:
        return table.schema
    unknown = [name for name in columns if name not in table.schema.names]
    if unknown:
        raise KeyError(f"{table.name} has no column {', '.join(unknown)}")
    return pa.schema([table.schema.field(name) for name in columns])


def _array(rows: Rows, field: pa.Field, table: Table) -> pa.Array:
    if field.name not in rows.schema.names:
        if not field.nullable and rows.num_rows:
            raise ValueError(f"{table.name}.{field.name} may not be null, and the rows have no such column")
        return pa.nulls(rows.num_rows, field.type)
    column = rows.column(field.name)
    if isinstance(column, pa.ChunkedArray):
        column = column.unify_dictionaries() if pa.types.is_dictionary(column.type) else column
        column = pa.array([], column.type) if column.num_chunks == 0 else column.combine_chunks()
    try:
        array = _cast(column, field.type)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise ValueError(f"{table.name}.{field.name} must be {field.type}, not {column.type}: {error}") from error
    if array.null_count and not field.nullable:
        row = pc.index(pc.is_null(array), True).as_py()
        named = key_values(rows, [name for name in table.key if name in rows.schema.names], row)
        raise ValueError(f"{table.name}.{field.name} may not be null, and is at the key {named}")
    return array


def _read(column: pa.Array, kind: pa.DataType) -> pa.Array:
    # Words keep the dictionary of their row group: making a new one is for files, not for readers.
    return column if column.type.equals(kind) else _cast(column, kind)


def _cast(column: pa.Array, kind: pa.DataType) -> pa.Array:
    if pa.types.is_dictionary(kind):
        plain = column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
        return plain.cast(kind.value_type).dictionary_encode().cast(kind)
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    return column if column.type.equals(kind) else column.cast(kind)
