"""A table of the user's own: columns by name, cells as text, and the place of each cell.

Columns are found by name, upper and lower case alike. A cell is empty where it is null, NaN, or text of
no characters.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa

from labelport.errors import SettingsError
from labelport.series.hashes import hashes_of, is_among
from labelport.series.pattern.numbers import number_of

FLAGS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
MOST_NUMBER = 2**31 - 1
"""Most of a whole number of a table: columns of items have 32 bits."""

_NOUGHTS = re.compile(r"\.0*$")

Numbers: TypeAlias = np.ndarray[Any, np.dtype[np.int64]]


class TableUnusable(SettingsError):
    """A table that the settings name cannot be read, or lacks what it must have."""


@dataclass(frozen=True)
class UserTable:
    """One table, read whole."""

    path: str
    """As the settings name it."""

    columns: pa.Table
    """Text where it comes from CSV, its own types from Parquet; names as written."""

    lines: Numbers | None = field(default=None, repr=False)
    """First line of each row, from 1; null where it is no text (Parquet)."""

    uneven: tuple[int, ...] = ()
    """Lines that have more or fewer cells than the header; they are no rows."""

    @property
    def num_rows(self) -> int:
        """Return how many rows there are."""
        return int(self.columns.num_rows)

    def find(self, name: str) -> str | None:
        """Return a column's name as written, or null where there is none.

        Raises ``TableUnusable`` where there are two of that name.
        """
        found = self._places.get(_folded(name), [])
        if len(found) > 1:
            raise TableUnusable(f"{self.path} has the column {name} twice: leave one")
        return self._names[found[0]] if found else None

    def require(self, name: str) -> str:
        """Return a column's name as written; raises ``TableUnusable`` where there is none."""
        found = self.find(name)
        if found is None:
            raise TableUnusable(f"{self.path} has no column {name}, and without it no row can be used")
        return found

    def texts(self, name: str, rows: Sequence[int] | Numbers | None = None) -> list[str | None]:
        """Return the cells of a column as text, null where they are empty; ``rows``: of these only."""
        values = self.values(name, rows)
        if pa.types.is_string(self._column(name).type):
            return [value or None for value in values]
        return [text_of(value) for value in values]

    def values(self, name: str, rows: Sequence[int] | Numbers | None = None) -> list[Any]:
        """Return the cells of a column as Python values; 32-bit floats with the digits that they are written with."""
        column = self._column(name)
        taken = column if rows is None else column.take(pa.array(rows, pa.int64()))
        is_single = _has_singles(column.type)
        return [_shortened(value) if is_single else value for value in taken.to_pylist()]

    @cached_property
    def _names(self) -> list[str]:
        return list(self.columns.column_names)  # Arrow makes a new list each time

    @cached_property
    def _places(self) -> dict[str, list[int]]:
        """Numbers of the columns by their folded names: two may have one name, as long as nobody asks for it."""
        places: dict[str, list[int]] = {}
        for number, name in enumerate(self._names):
            places.setdefault(_folded(name), []).append(number)
        return places

    def _column(self, name: str) -> pa.ChunkedArray:
        return self.columns.column(self._places[_folded(name)][0])

    def pointer(self, row: int, column: str) -> str:
        """Return the place of a cell: ``line:number of the cell``, or ``row:column`` where there are no lines."""
        if self.lines is None:
            return f"{row + 1}:{column}"
        return f"{self.lines[row]}:{self._places[_folded(column)][0] + 1}"


class RowsByText:
    """Finds the rows that have a text in a column: 16 bytes a row, whatever the texts.

    Hashes are those of this process; what they find is compared.
    """

    def __init__(self, texts: pa.Array, rows: Numbers | None = None) -> None:
        """``rows``: the numbers of these texts' rows where they are not 0, 1, 2 …"""
        hashes = hashes_of(texts.to_pylist())
        order = np.argsort(hashes, kind="stable")
        self._texts = texts
        self._hashes = hashes[order]
        self._order = order
        self._rows = rows

    def rows(self, text: str) -> list[int]:
        """Return the rows of a text, in their order."""
        hashed = hash(text)
        start, end = (int(np.searchsorted(self._hashes, hashed, side)) for side in ("left", "right"))
        places = [int(place) for place in self._order[start:end] if self._texts[int(place)].as_py() == text]
        return places if self._rows is None else [int(self._rows[place]) for place in places]

    def first_rows(self, texts: Sequence[str]) -> list[int | None]:
        """Return for each text its first row, null where it has none."""
        hashes = hashes_of(texts)
        met = np.flatnonzero(is_among(hashes, self._hashes))
        places = self._order[np.searchsorted(self._hashes, hashes[met])]
        there = self._texts.take(pa.array(places)).to_pylist()
        found: list[int | None] = [None] * len(texts)
        for at, place, text in zip(met.tolist(), places.tolist(), there, strict=True):
            if text == texts[at]:
                found[at] = place if self._rows is None else int(self._rows[place])
            else:  # two texts of one hash
                found[at] = next(iter(self.rows(texts[at])), None)
        return found


def text_of(value: Any) -> str | None:
    """Return a cell as text, null where it is empty.

    Whole numbers have no decimal point: a column of them with holes comes as floats. Times are ISO 8601.

    >>> text_of(3.0), text_of(True), text_of(""), text_of(float("nan"))
    ('3', 'true', None, None)
    """
    if value is None or value in ("", b"") or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    try:
        # Some writers of Parquet do not say that their bytes are text.
        return value.decode() if isinstance(value, bytes) else str(plain_value(value))
    except ValueError:
        return str(value)


def flag_of(text: str) -> bool:
    """Return true or false of a cell (true, false, 1, 0, yes, no); raises ``ValueError`` for another word."""
    try:
        return FLAGS[text.strip().casefold()]
    except KeyError:
        raise ValueError("it is none of true, false, 1, 0, yes, no") from None


def whole_number_of(text: str) -> int:
    """Return the whole number of a cell, a sign and zeros behind the point allowed; raises ``ValueError``.

    >>> whole_number_of("007"), whole_number_of("3.0"), whole_number_of("-2")
    (7, 3, -2)
    """
    if text.isascii() and text.isdigit() and len(text) < 10:
        return int(text)
    number = number_of(_NOUGHTS.sub("", text.strip()))
    if number is None or abs(number) > MOST_NUMBER:
        raise ValueError("it is no whole number")
    return number


def plain_value(value: Any) -> Any:
    """Return a cell of Parquet as JSON has it; raises ``ValueError`` for bytes and for what is no finite number."""
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("it is no finite number")
    if isinstance(value, datetime):
        return (value.astimezone(UTC) if value.tzinfo else value).isoformat().replace("+00:00", "Z")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, list):
        pairs = bool(value) and all(isinstance(one, tuple) for one in value)
        return {str(k): plain_value(v) for k, v in value} if pairs else [plain_value(one) for one in value]
    if isinstance(value, Mapping):
        return {str(name): plain_value(one) for name, one in value.items()}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise ValueError(f"it is a {type(value).__name__}")


def _folded(name: str) -> str:
    return name.strip().casefold()


def _has_singles(kind: pa.DataType) -> bool:
    if pa.types.is_float32(kind) or pa.types.is_float16(kind):
        return True
    is_list = pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    return bool(is_list and _has_singles(kind.value_type))


def _shortened(value: Any) -> Any:
    """Return a 32-bit float as the 64-bit one of the fewest digits that reads back to it: 0.1, not 0.10000000149."""
    if isinstance(value, list):
        return [_shortened(one) for one in value]
    return value if value is None else float(str(np.float32(value)))
