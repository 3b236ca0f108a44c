"""The rows of a CSV file as columns of text, each with the physical line in which it starts.

RFC 4180, and what is met beside it: byte order marks, UTF-16, other delimiters, blanks before cells, line ends of
any system, quotes that nobody closes.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from labelport.annotations.formats.csv.headers import delimiter_of
from labelport.annotations.formats.csv.lines import PhysicalLines, RowByRow, blocks
from labelport.annotations.json_text import position
from labelport.annotations.said import Said

MOST_COLUMNS = 20_000

Numbers = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Rows:
    """The rows of a file below its header."""

    file: str
    header: list[str]
    delimiter: str
    lines: Numbers
    """Physical line, from 1, in which each row starts."""

    columns: list[pa.Array]
    """One of text a column of the header, each as long as ``lines``."""


def encoding_of(body: bytes) -> str:
    """Return the encoding that a byte order mark says; UTF-8 where there is none.

    >>> encoding_of(b"\\xff\\xfea\\x00"), encoding_of(b"a")
    ('utf-16', 'utf-8-sig')
    """
    return "utf-16" if body[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"


def header_of(lines: PhysicalLines) -> tuple[list[str], str] | None:
    """Return the cells of the first row and the delimiter, or null where there is no row."""
    first = next((line for line in lines if line.strip()), None)
    if first is None:
        return None
    lines.again([first])
    delimiter = delimiter_of(first)
    _, rows = RowByRow(lines, delimiter, None, lambda *_: None).until(lines.number + 1)
    return (rows[0], delimiter) if rows else None


def read_rows(body: bytes, file: str, said: Said, why_not: Callable[[list[str]], str]) -> Rows | None:
    """Return the rows of a file, or null where it is no text or has no header.

    ``why_not`` says why a header is none; empty where it is one. Findings: ``csv.not_text``; ``csv.no_header``;
    ``csv.field_count`` for rows of another count of cells than the header, which are left out. Empty lines are no
    rows.
    """
    encoding = encoding_of(body)
    lines = PhysicalLines(io.TextIOWrapper(io.BytesIO(body), encoding, newline=""))
    try:
        found = header_of(lines)
        why = "the file has no line that can be a header" if found is None else _too_many(found[0]) or why_not(found[0])
        if found is None or why:
            said.say("csv.no_header", file, "1:1", why)
            return None
        return _below(lines, file, said, *found)
    except UnicodeError:
        said.say("csv.not_text", file, _undecodable(body, encoding), f"this is no text in {encoding[:6].upper()}")
        return None


def _too_many(header: list[str]) -> str:
    count = len(header)
    return f"the header has {count:,} columns; {MOST_COLUMNS:,} are the most" if count > MOST_COLUMNS else ""


def _below(lines: PhysicalLines, file: str, said: Said, header: list[str], delimiter: str) -> Rows:
    starts: list[Numbers] = [np.zeros(0, np.int64)]
    columns: list[list[pa.Array]] = [[pa.array([], pa.string())] for _ in header]
    for at, rows in blocks(lines, delimiter, len(header), _FieldCounts(file, said, len(header))):
        starts.append(at)
        if rows:
            for chunks, cells in zip(columns, zip(*rows, strict=True), strict=True):
                chunks.append(pa.array(cells, pa.string()))
    return Rows(file, header, delimiter, np.concatenate(starts), [pa.concat_arrays(chunks) for chunks in columns])


class _FieldCounts:
    """Says rows of another count of cells than the header."""

    def __init__(self, file: str, said: Said, expected: int) -> None:
        self._file = file
        self._said = said
        self._expected = expected

    def __call__(self, line: int, last: int, count: int) -> None:
        if not self._said.lists("csv.field_count", self._file):
            self._said.count("csv.field_count", self._file, 1)
            return
        field = min(count, self._expected) + 1
        words = f"the row has {count:,} cells and the header {self._expected:,}"
        if last > line or count in (0, self._expected):
            field = min(max(count, 1), self._expected)
            words = "a quote is not closed, it seems"
            words += f": the row goes on to line {last:,}, and does not fit the header" if last > line else ""
        self._said.say("csv.field_count", self._file, f"{line}:{field}", words)


def _undecodable(body: bytes, encoding: str) -> str:
    """Return the place of the first byte that is no text; none in UTF-16, where lines are no bytes."""
    if encoding == "utf-16":
        return ""
    try:
        body.decode(encoding)
    except UnicodeDecodeError as error:
        line, column = position(body, error.start)
        return f"{line}:{column}"
    return ""
