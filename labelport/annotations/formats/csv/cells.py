"""Columns of text as numbers, and what is wrong with their cells."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.annotations.formats.csv.rows import Rows
from labelport.annotations.said import MOST_PLACES, Said

Floats = np.ndarray[Any, np.dtype[np.float64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]

_POINT = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
_POINT_OR_COMMA = r"^[+-]?(\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d+)?$"
_WORD = r"[^\s,;\[\]()]+"
_FOUR_WORDS = rf"^[\s\[(]*(?P<x0>{_WORD})[\s,;]+(?P<y0>{_WORD})[\s,;]+(?P<x1>{_WORD})[\s,;]+(?P<y1>{_WORD})[\s\])]*$"


@dataclass(frozen=True)
class Numbers:
    """Columns of text as numbers."""

    values: Floats
    """Shape (rows, columns); NaN where a cell is empty or no number."""

    empty: Flags
    """Shape (rows, columns)."""

    bad: Flags
    """Shape (rows, columns): neither empty nor a finite number."""


def is_empty(cells: pa.Array) -> Flags:
    """Return which cells have nothing but blanks."""
    return _flags(pc.equal(pc.binary_length(pc.utf8_trim_whitespace(cells)), 0))


def numbers(columns: Sequence[pa.Array], *, comma: bool) -> Numbers:
    """Return columns of text as numbers; ``comma``: a comma may stand for the decimal point.

    A number is what JSON calls one, or has a plus sign or no digit on one side of the point. ``nan`` and ``inf`` are
    none, nor is one that is beyond the range of double precision.
    """
    trimmed = [pc.utf8_trim_whitespace(cells) for cells in columns]
    values = np.column_stack([_numbers(cells, comma=comma) for cells in trimmed])
    empty = np.column_stack([_flags(pc.equal(pc.binary_length(cells), 0)) for cells in trimmed])
    return Numbers(values, empty, np.isnan(values) & ~empty)


def four_numbers(cells: pa.Array) -> Numbers:
    """Return cells like ``[0, 1, 1, 2]`` or ``0 1 1 2`` as numbers: values of shape (rows, 4), flags of (rows, 1)."""
    words = pc.extract_regex(cells, _FOUR_WORDS)
    parts = [pc.fill_null(pc.struct_field(words, [at]), "") for at in range(4)]
    empty = is_empty(cells).reshape(-1, 1)
    values = numbers(parts, comma=False).values
    return Numbers(values, empty, np.isnan(values).any(axis=1, keepdims=True) & ~empty)


def tell_cells(rows: Rows, places: Sequence[int], flags: Flags, said: Said, *, code: str, words: str) -> None:
    """Say the flagged cells, row by row: ``flags`` has a column for each of ``places``."""
    found = np.argwhere(flags)
    for row, column in found[:MOST_PLACES].tolist():
        place = places[column]
        said.say(
            code,
            rows.file,
            f"{rows.lines[row]}:{place + 1}",
            words,
            value=rows.columns[place][row].as_py() or None,
        )
    said.count(code, rows.file, max(len(found) - MOST_PLACES, 0))


def _numbers(cells: pa.Array, *, comma: bool) -> Floats:
    """Return trimmed cells as float64; NaN where they are no numbers."""
    try:
        values = _floats(cells)
    except pa.ArrowInvalid:
        good = pc.match_substring_regex(cells, _POINT_OR_COMMA if comma else _POINT)
        cells = pc.if_else(good, cells, None)
        values = _floats(pc.replace_substring(cells, ",", ".") if comma else cells)
    return np.where(np.isfinite(values), values, np.nan)


def _floats(cells: pa.Array) -> Floats:
    return np.asarray(pc.cast(cells, pa.float64()).to_numpy(zero_copy_only=False))


def _flags(made: pa.Array) -> Flags:
    return np.asarray(made.to_numpy(zero_copy_only=False), bool)
