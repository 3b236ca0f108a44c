"""Tables of the user's own from their bytes: CSV as spreadsheets and programs write it, or Parquet.

CSV: UTF-8 with or without a byte order mark; comma, semicolon or tab, whichever splits the header into
most cells; quoted cells may hold line breaks (RFC 4180); any line ends.
"""

import csv
import io
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.series.user_table import Numbers, TableUnusable, UserTable

if TYPE_CHECKING:
    from labelport.dataset import UserFile

DELIMITERS = (",", ";", "\t")
MAGIC = b"PAR1"
"""First and last bytes of a Parquet file."""

HEADER_CHARACTERS = 1 << 16
MOST_ROWS = 10_000_000
MOST_BYTES = 1 << 30
"""Most bytes of a table in memory; a small Parquet file can hold a billion equal cells."""

MOST_VALUES = 1 << 27
"""Most values of a Parquet file, those in lists counted."""

BATCH_ROWS = 10_000
PARQUET_ROWS = 256
"""Rows of Parquet decoded at once, before their size is looked at."""


def read_user_table(file: "UserFile", *, columns: Collection[str] | None = None) -> UserTable:
    """Return the table that a file holds; ``columns``: keep no others (upper and lower case alike).

    Raises ``TableUnusable`` with words for what cannot be read as a whole. Rows whose number of cells
    is not the header's are in ``uneven``.
    """
    wanted = None if columns is None else {name.strip().casefold() for name in columns}
    if file.body[:4] == MAGIC:
        return _parquet(file, wanted)
    return _csv(file, wanted)


def _csv(file: "UserFile", wanted: Collection[str] | None) -> UserTable:
    try:
        rows = _records(file)
        _, header = next(rows, (1, []))
        if not any(name.strip() for name in header):
            raise TableUnusable(f"{file.path} has no header: its first line must name the columns")
        return _gathered(file.path, [name.strip() for name in header], rows, wanted)
    except UnicodeDecodeError as error:
        raise TableUnusable(
            f"{file.path} is not UTF-8 (a byte 0x{error.object[error.start]:02x}): save it as UTF-8"
        ) from error


def _records(file: "UserFile") -> Iterator[tuple[int, list[str]]]:
    """Yield the first line and the cells of each record, the header too; lines without a character are none."""
    delimiter = _delimiter(file)
    reader = csv.reader(_text(file), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            if cells:
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise TableUnusable(f"{file.path} is no CSV from line {line} on: {error}") from error


def _text(file: "UserFile") -> io.TextIOWrapper:
    # newline="": a line break within quotes stays what it is
    return io.TextIOWrapper(io.BytesIO(file.body), encoding="utf-8-sig", newline="")


def _delimiter(file: "UserFile") -> str:
    head = _text(file).read(HEADER_CHARACTERS)

    def cells(delimiter: str) -> int:
        try:
            return len(next(csv.reader(io.StringIO(head, newline=""), delimiter=delimiter, strict=True), []))
        except csv.Error:
            return 0

    return max(DELIMITERS, key=cells)


def _gathered(
    path: str, header: list[str], rows: Iterator[tuple[int, list[str]]], wanted: Collection[str] | None
) -> UserTable:
    schema = pa.schema([pa.field(name, pa.string()) for name in header])
    kept = {place for place, name in enumerate(header) if wanted is None or name.casefold() in wanted}
    batches: list[pa.RecordBatch] = []
    held: list[list[str]] = []
    lines: list[Numbers] = []
    starts: list[int] = []
    uneven: list[int] = []

    def close() -> None:
        arrays = [
            pa.array([cells[place] for cells in held], pa.string())
            if place in kept
            else pa.nulls(len(held), pa.string())
            for place in range(len(header))
        ]
        batches.append(pa.RecordBatch.from_arrays(arrays, schema=schema))
        lines.append(np.array(starts, np.int64))
        held.clear()
        starts.clear()

    for line, cells in rows:
        if len(cells) != len(header):
            uneven.append(line)
            continue
        held.append(cells)
        starts.append(line)
        if len(held) >= BATCH_ROWS:
            close()
    close()
    table = pa.Table.from_batches(batches, schema=schema).combine_chunks()
    return UserTable(path, table, np.concatenate(lines), tuple(uneven))


def _parquet(file: "UserFile", wanted: Collection[str] | None) -> UserTable:
    try:
        table = _parquet_columns(file, wanted)
    except TableUnusable:
        raise
    except (pa.ArrowException, OSError, ValueError, OverflowError, NotImplementedError) as error:
        words = f"{file.path} cannot be read as Parquet ({type(error).__name__}): write it again"
        raise TableUnusable(words) from error
    return UserTable(file.path, table)


def _parquet_columns(file: "UserFile", wanted: Collection[str] | None) -> pa.Table:
    import pyarrow.parquet as pq  # noqa: PLC0415  -- most tables are CSV

    with pq.ParquetFile(pa.BufferReader(file.body)) as opened:
        names = list(dict.fromkeys(opened.schema_arrow.names))
        kept = [name for name in names if wanted is None or name.strip().casefold() in wanted]
        texts = [field.name for field in opened.schema_arrow if _is_text(field.type)]
        _refuse_large(file.path, opened.metadata)
    batches: list[pa.RecordBatch] = []
    total = 0
    # Text is read as dictionaries: one long text in a million rows is a small file, and their sum is looked at first.
    with pq.ParquetFile(pa.BufferReader(file.body), read_dictionary=texts) as opened:
        for batch in opened.iter_batches(batch_size=PARQUET_ROWS, columns=kept):
            total += sum(_decoded_bytes(column) for column in batch.columns)
            if total > MOST_BYTES:
                raise TableUnusable(f"{file.path} is larger than it says: more than {MOST_BYTES:,} bytes are not read")
            decoded = [one.dictionary_decode() if pa.types.is_dictionary(one.type) else one for one in batch.columns]
            batches.append(pa.RecordBatch.from_arrays(decoded, names=batch.schema.names))
            batches[-1].validate(full=True)  # text that is not UTF-8 among else
        empty = pa.schema([opened.schema_arrow.field(name) for name in kept])
    return pa.Table.from_batches(batches, schema=batches[0].schema if batches else empty).combine_chunks()


def _refuse_large(path: str, metadata: Any) -> None:
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    size = sum(group.total_byte_size for group in groups)
    values = sum(group.column(at).num_values for group in groups for at in range(group.num_columns))
    for count, most, unit in (
        (metadata.num_rows, MOST_ROWS, "rows"),
        (values, MOST_VALUES, "values"),
        (size, MOST_BYTES, "bytes"),
    ):
        if count > most:
            raise TableUnusable(f"{path} holds {count:,} {unit}, and more than {most:,} are not read")


def _is_text(kind: pa.DataType) -> bool:
    of_text = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
    of_bytes = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_binary_view)
    return any(is_one(kind) for is_one in (*of_text, *of_bytes))


def _decoded_bytes(column: pa.Array) -> int:
    if not pa.types.is_dictionary(column.type):
        return int(column.nbytes)
    lengths = pc.binary_length(column.dictionary).take(column.indices)
    return int(pc.sum(lengths).as_py() or 0)
