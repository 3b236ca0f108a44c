"""The rows of results files as columns of text, all files one below the other."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.annotations.contract import MOST_BYTES, ReadContext, bodies
from labelport.annotations.files import AnnotationFile
from labelport.annotations.formats.centaur_results.claiming import LABELS, NAMES
from labelport.annotations.formats.centaur_results.extras import extras_of
from labelport.annotations.formats.csv.headers import plain
from labelport.annotations.formats.csv.rows import Rows, read_rows

Numbers = np.ndarray[Any, np.dtype[np.int64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]
Floats = np.ndarray[Any, np.dtype[np.float64]]

READ = (
    "origin",
    "contentid",
    "correctlabel",
    "majoritylabel",
    "patch",
    "labelingstate",
    "series",
    "seriesindex",
    "qualifiedreads",
    "topreads",
    "caseid",
    "origincreatedat",
)
"""Columns that are read, as their names are compared."""

_OWN_COLUMN = frozenset(("origin", "contentid", "correctlabel", "patch", "caseid", "origincreatedat"))
"""Columns that need no place in the extras."""

_UID = re.compile(r"(?:^|[^a-z])uids?(?:$|[^a-z])|(?:study|series|instance|class|reference)uid")
_SPREADSHEET_TEXT = r'^="(.*)"$'
"""How spreadsheets are told that a cell of digits is text."""


@dataclass(frozen=True)
class Sheet:
    """All rows."""

    names: list[str]
    """Of the files."""

    files: Numbers
    """By row: number of its file."""

    lines: Numbers
    """By row: physical line in which it starts, from 1."""

    cells: dict[str, pa.Array]
    """Columns of ``READ``: texts without blanks around them, empty where there is no cell."""

    absent: dict[str, Flags]
    """By column: rows of files that do not have it."""

    fields: dict[str, dict[int, int]]
    """By column and number of the file: which of its cells it is, from 1."""

    extras: pa.Array
    """JSON objects as text, null where there are none."""

    def at(self, row: int, column: str | None = None) -> tuple[str, str]:
        """Return file and pointer of a row, or of its cell in a column."""
        file = int(self.files[row])
        field = self.fields.get(column or "", {}).get(file)
        line = str(self.lines[row])
        return self.names[file], line if field is None else f"{line}:{field}"


def sheet_of(files: Sequence[AnnotationFile], context: ReadContext) -> Sheet:
    """Return the rows of files. Findings: those of every CSV, and ``csv.no_header``."""
    names: list[str] = []
    found: list[Rows] = []
    for file, body in bodies(files, context, most=MOST_BYTES):
        rows = read_rows(body, file.name, context.said, _why_not)
        if rows is not None:
            names.append(file.name)
            found.append(rows)
    places = [_places(rows.header) for rows in found]
    counts = [len(rows.lines) for rows in found]
    return Sheet(
        names,
        np.repeat(np.arange(len(found)), counts),
        np.concatenate([np.zeros(0, np.int64), *(rows.lines for rows in found)]),
        {
            name: _joined([_column(rows, own.get(name)) for rows, own in zip(found, places, strict=True)])
            for name in READ
        },
        {name: np.repeat([name not in own for own in places], counts).astype(bool) for name in READ},
        {name: {n: own[name] + 1 for n, own in enumerate(places) if name in own} for name in READ},
        _joined([_extras(rows, own) for rows, own in zip(found, places, strict=True)]),
    )


def _why_not(header: Sequence[str]) -> str:
    """Return why a header is none of results; empty where it is one."""
    names = {plain(cell.strip()) for cell in header}
    if names & NAMES and names & LABELS:
        return ""
    return "a header names Origin or Content ID, and one of Correct Label, Majority Label, Patch"


def _places(header: Sequence[str]) -> dict[str, int]:
    """Return where each column stands; the first of several of one name."""
    made: dict[str, int] = {}
    for place, cell in enumerate(header):
        made.setdefault(plain(cell.strip()), place)
    return made


def _column(rows: Rows, place: int | None) -> pa.Array:
    if place is None:
        return pa.repeat(pa.scalar(""), len(rows.lines))
    cells = pc.utf8_trim_whitespace(rows.columns[place])
    if not pc.any(pc.starts_with(cells, '="')).as_py():
        return cells
    return pc.replace_substring_regex(cells, _SPREADSHEET_TEXT, r"\1")


def _extras(rows: Rows, places: dict[str, int]) -> pa.Array:
    """Return what stands in the columns that are read into no column of the table; identifiers of DICOM never."""
    taken = {places[name] for name in _OWN_COLUMN if name in places}
    if "correctlabel" not in places:
        taken.add(places.get("majoritylabel", -1))
    kept = [
        (cell.strip(), rows.columns[place])
        for place, cell in enumerate(rows.header)
        if place not in taken and not _UID.search(_words(cell))
    ]
    return extras_of(kept, len(rows.lines))


def _words(header: str) -> str:
    return re.sub(r"(?<=[a-z])(?=UID)", " ", header).lower()


def _joined(parts: Sequence[pa.Array]) -> pa.Array:
    return pa.concat_arrays([pa.array([], pa.string()), *parts])
