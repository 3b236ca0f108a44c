"""Tables of the user's own from their bytes: CSV as spreadsheets and programs write it, or Parquet.

CSV: UTF-8 with or without a byte order mark; comma, semicolon or tab, whichever splits the header into
most cells; quoted cells may hold line breaks (RFC 4180); any line ends.
"""

import csv
import io
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from labelport.series.user_table import Numbers, TableUnusable, UserTable
from labelport.series.user_table_parquet import Limits, read_parquet

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
    limits = Limits(rows=MOST_ROWS, values=MOST_VALUES, bytes=MOST_BYTES)
    return UserTable(file.path, read_parquet(file, wanted, limits))
