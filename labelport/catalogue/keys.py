"""Primary keys as single byte strings whose order is the order of the table.

A key of several columns becomes one binary value: so merging, comparing, looking up and cutting shards
are one algorithm for every table. Text sorts by its UTF-8 bytes, numbers by value, and the value of
leading key columns is a prefix of the value of the whole key.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.errors import LabelportError

NUL, ESCAPED, END = b"\0", b"\0\xff", b"\0\1"
"""A NUL inside a text, and the end of a text: below every other continuation, so prefixes sort first."""

KeyValues = list[str | int]
"""One key as plain values, one a column."""

Rows: TypeAlias = pa.RecordBatch | pa.Table


class KeysUnsorted(LabelportError, ValueError):
    """Rows came out of order, or with one key twice; the message names the key."""


def key_bytes(rows: Rows, key: Sequence[str], *, of: int | None = None) -> pa.Array:
    """Return one binary value a row for the key columns ``key``.

    ``of``: how many columns the whole key of the table has, where ``key`` is only the leading ones.
    Raises ``ValueError`` for a null.
    """
    several = (of or len(key)) > 1
    parts = [_part(_flat(rows.column(name)), name, ends=several) for name in key]
    if len(parts) == 1:
        return parts[0]
    return pc.binary_join_element_wise(*parts, b"")


def key_values(rows: Rows, key: Sequence[str], row: int) -> KeyValues:
    """Return the key of one row as plain values."""
    return [rows.column(name)[row].as_py() for name in key]


def encoded(values: Sequence[str | int], *, of: int | None = None) -> bytes:
    """Return what ``key_bytes`` gives for one key of these values (text or whole numbers)."""
    one = pa.table({str(number): [value] for number, value in enumerate(values)})
    value: bytes = key_bytes(one, one.column_names, of=of)[0].as_py()
    return value


def rows_below(keys: pa.Array, bound: bytes, *, inclusive: bool = False) -> int:
    """Return how many of the sorted keys are below a bound (or equal, where inclusive)."""
    found = bisect_right if inclusive else bisect_left
    return found(range(len(keys)), bound, key=lambda row: keys[row].as_py())


def sorted_by_key(rows: pa.Table, key: Sequence[str]) -> pa.Table:
    """Return the rows in the order of their keys; rows of one key stay in the order in which they came."""
    if rows.num_rows < 2:
        return rows
    return rows.take(pc.sort_indices(key_bytes(rows, key)))


def refuse_disorder(
    keys: pa.Array, rows: Rows, key: Sequence[str], *, after: bytes | None, table: str, repeats: bool = False
) -> None:
    """Raise ``KeysUnsorted`` where keys do not strictly increase, or the first is not above ``after``.

    ``repeats``: a key may come again right after itself.
    """
    if not len(keys):
        return
    if after is not None:
        keys = pa.concat_arrays([pa.array([after], pa.binary()), keys])
    rising = (pc.less_equal if repeats else pc.less)(keys.slice(0, len(keys) - 1), keys.slice(1))
    fall = pc.index(rising, False).as_py()
    if fall < 0:
        return
    before, found = keys[fall].as_py(), keys[fall + 1].as_py()
    at = fall + (1 if after is None else 0)
    words = "comes twice" if found == before else "comes after a greater one"
    named = ", ".join(f"{name}={value!r}" for name, value in zip(key, key_values(rows, key, at), strict=True))
    raise KeysUnsorted(f"{table}: the key ({named}) {words}: rows must come sorted by key, each key once")


def chunks(rows: Rows, most: int) -> Iterator[pa.Table]:
    """Yield the rows as tables of at most ``most`` rows."""
    for start in range(0, rows.num_rows, most):
        part = rows.slice(start, most)
        yield part if isinstance(part, pa.Table) else pa.Table.from_batches([part])


def _flat(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)  # before joining chunks: each has a dictionary of its own
    if not isinstance(column, pa.ChunkedArray):
        return column
    return column.combine_chunks() if column.num_chunks else pa.array([], column.type)


def _part(column: pa.Array, name: str, *, ends: bool) -> pa.Array:
    if column.null_count:
        raise ValueError(f"the key column {name!r} holds a null: nothing could find that row again")
    if pa.types.is_integer(column.type):
        shifted = column.cast(pa.int64()).to_numpy(zero_copy_only=False).view(np.uint64) ^ np.uint64(1 << 63)
        buffers = [None, pa.py_buffer(shifted.astype(">u8").tobytes())]
        return pa.FixedSizeBinaryArray.from_buffers(pa.binary(8), len(column), buffers).cast(pa.binary())
    text = column.cast(pa.string()).cast(pa.binary())
    if not ends:
        return text
    if pc.any(pc.match_substring(text, NUL)).as_py():
        text = pc.replace_substring(text, NUL, ESCAPED)
    return pc.binary_join_element_wise(text, END, b"")
