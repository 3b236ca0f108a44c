"""JSON texts of a column as numbers, lists of numbers, and words: what a reader takes them for, and a writer compares.

Texts are known to be JSON. A column that is all of one kind is cast by Arrow; any other is looked at one by one.
"""

from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.annotations.json_text import MOST_DIGITS

Floats = np.ndarray[Any, np.dtype[np.float64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]
Rows = np.ndarray[Any, np.dtype[np.int64]]

BLANKS = b" \t\r\n"
MINUS, ZERO, NINE, QUOTE, LIST, OBJECT, NULL, COMMA, LIST_END = b'-09"[{n,]'


@dataclass(frozen=True)
class NumberLists:
    """Lists of numbers of different lengths."""

    values: Floats
    """All numbers, one list after the other."""

    counts: Rows
    """Shape (rows,): numbers of each; 0 where there is none."""

    wrong: Flags
    """Shape (rows,): something else stands there."""

    def table(self, width: int) -> Floats:
        """Return the lists of exactly ``width`` numbers, shape (rows, width); the others are NaN."""
        made = np.full((len(self.counts), width), np.nan)
        right = self.counts == width
        made[right] = self.values[np.repeat(right, self.counts)].reshape(-1, width)
        return made


def first_bytes(column: pa.BinaryArray) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Return the first byte of each text, 0 where there is none."""
    buffers = column.buffers()
    offsets = np.frombuffer(buffers[1], np.int32)[column.offset : column.offset + len(column) + 1]
    made = np.zeros(len(column), np.uint8)
    given = offsets[1:] > offsets[:-1]
    if buffers[2] is not None and given.any():
        made[given] = np.frombuffer(buffers[2], np.uint8)[offsets[:-1][given]]
    if column.null_count:
        made[np.asarray(pc.is_null(column))] = 0
    return made


def floats_of(column: pa.BinaryArray) -> tuple[Floats, Flags]:
    """Return numbers, NaN where there is none, and which texts are neither a number nor null."""
    if column.null_count == len(column):
        return np.full(len(column), np.nan), np.zeros(len(column), np.bool_)
    if not column.null_count:
        try:
            cast = column.cast(pa.string()).cast(pa.float64())
            return cast.to_numpy(zero_copy_only=False), np.zeros(len(column), np.bool_)
        except pa.ArrowInvalid:
            pass
    first = first_bytes(column)
    numeric = is_number(first)
    if not numeric.all():
        column = pc.if_else(pa.array(numeric), column, None)
    values = column.cast(pa.string()).cast(pa.float64()).to_numpy(zero_copy_only=False)
    return values, ~numeric & (first != 0) & (first != NULL)


def is_number(first: np.ndarray[Any, Any]) -> Flags:
    """Return whether a text of this first byte is a number."""
    return np.asarray(((first >= ZERO) & (first <= NINE)) | (first == MINUS))


def whole_numbers(column: pa.BinaryArray) -> np.ndarray[Any, np.dtype[np.int64]] | None:
    """Return a column as 64-bit whole numbers, or null where any text is none, or is absent."""
    if column.null_count:
        return None
    try:
        return np.asarray(column.cast(pa.string()).cast(pa.int64()))
    except pa.ArrowInvalid:
        return None


def strings_of(column: pa.BinaryArray) -> list[str | None]:
    """Return the words of a column; null where a text is no JSON string."""
    texts = column.to_pylist()
    quoted = [text if text is not None and text[:1] == b'"' else b"null" for text in texts]
    try:
        return msgspec.json.decode(b"[" + b",".join(quoted) + b"]", type=list[str | None])
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return [_string(text) for text in quoted]


def _string(text: bytes) -> str | None:
    try:
        return msgspec.json.decode(text, type=str | None)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def value_of(text: bytes) -> Any:
    """Return a small JSON text as a value; null where it is beyond every type."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return None


def is_long_number(text: bytes) -> bool:
    """Return whether a whole number has so many digits that work on it is not worth it."""
    return len(text) > MOST_DIGITS


def number_lists(column: pa.BinaryArray) -> NumberLists:
    """Return the numbers of lists like ``[40, 25.5, 120, 60]``; null and absent ones are empty."""
    if column.null_count == len(column):
        nothing = np.zeros(len(column), np.int64)
        return NumberLists(np.zeros(0), nothing, nothing.astype(np.bool_))
    first = first_bytes(column)
    rows = np.flatnonzero(first == LIST)
    wrong = (first != LIST) & (first != 0) & (first != NULL)
    counts = np.zeros(len(column), np.int64)
    if not len(rows):
        return NumberLists(np.zeros(0), counts, wrong)
    some = column if len(rows) == len(column) else column.take(pa.array(rows))
    found = _flat(_text(some), len(rows))
    if found is None:
        return _one_by_one(some.to_pylist(), rows, counts, wrong)
    values, counts[rows] = found
    return NumberLists(values, counts, wrong)


def _text(column: pa.BinaryArray) -> bytes:
    """Return the texts of a column without null, one behind the other."""
    _, offsets, body = column.buffers()
    edges = np.frombuffer(offsets, np.int32)[[column.offset, column.offset + len(column)]].tolist()
    return memoryview(body)[edges[0] : edges[1]].tobytes()


def _flat(text: bytes, rows: int) -> tuple[Floats, Rows] | None:
    """Return (numbers, count of each list) of lists that stand one behind the other; null where one is no such list."""
    packed = text.translate(None, BLANKS)
    buffer = np.frombuffer(packed, np.uint8)
    starts = np.flatnonzero(buffer == LIST)
    ends = np.flatnonzero(buffer == LIST_END)
    if len(starts) != rows or len(ends) != rows or starts[0] != 0 or ends[-1] != len(packed) - 1:
        return None
    if (starts[1:] != ends[:-1] + 1).any() or (ends == starts + 1).any():
        return None
    stops = np.flatnonzero((buffer == COMMA) | (buffer == LIST_END))
    closing = buffer[stops] == LIST_END
    # Each number ends at a comma or bracket; those before it, and the opening brackets, go.
    lists_before = np.cumsum(closing) - closing
    offsets = np.zeros(len(stops) + 1, np.int32)
    offsets[1:] = stops - np.arange(len(stops)) - lists_before - 1
    numbers = pa.py_buffer(packed.translate(None, b"[],"))
    cells = pa.Array.from_buffers(pa.string(), len(stops), [None, pa.py_buffer(offsets), numbers])
    try:
        values = cells.cast(pa.float64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        return None
    return values, np.diff(np.flatnonzero(closing), prepend=-1)


def _one_by_one(texts: list[bytes], rows: Rows, counts: Rows, wrong: Flags) -> NumberLists:
    values: list[float] = []
    for row, text in zip(rows.tolist(), texts, strict=True):
        numbers = numbers_of(text)
        if numbers is None:
            wrong[row] = True
        else:
            counts[row] = len(numbers)
            values += numbers
    return NumberLists(np.array(values, np.float64), counts, wrong)


def numbers_of(text: bytes) -> list[float] | None:
    """Return a list of numbers, infinite ones where they are beyond every type; null where it is anything else."""
    value = value_of(text)
    if value is None:
        cells = pa.array(text[1:-1].decode(errors="replace").split(","))
        try:
            return [float(each) for each in pc.utf8_trim_whitespace(cells).cast(pa.float64()).to_pylist()]
        except pa.ArrowInvalid:
            return None
    if not isinstance(value, list) or any(
        isinstance(each, bool) or not isinstance(each, int | float) for each in value
    ):
        return None
    return [float(each) for each in value]
