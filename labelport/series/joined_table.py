"""The table of a dataset's ``metadata``: whose row is whose, and the values of a row, judged.

A value that cannot be used is left out and is a problem with its place; the rest of its row counts.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from labelport.series.contract import MediaRows
from labelport.series.hashes import Mask
from labelport.series.notes import Kind, entry
from labelport.series.table_findings import Problem, absent, uneven_rows
from labelport.series.user_table import (
    Numbers,
    RowsByText,
    UserTable,
    flag_of,
    plain_value,
    text_of,
    whole_number_of,
)

if TYPE_CHECKING:
    from labelport.settings import Metadata

EMBEDDING_LENGTHS = range(1, 4097)
"""Lengths of an embedding in the metadata schema of Encord's SDK."""

CHUNK = 1_000
"""Rows judged at once."""

UNKNOWN = -1


class BadValue(ValueError):
    """A cell that cannot be what its column is for; ``code`` says how."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code


@dataclass(frozen=True)
class Values:
    """What one row says."""

    entries: tuple[tuple[str, str], ...] = ()
    """Names and texts as ``labelport.series.notes`` writes them."""

    label: bool | None = None
    """Whether it is to be labelled; null: the row does not say."""

    keyframes: tuple[int, ...] = ()
    """Frame numbers, which are among the entries as well."""


class JoinedTable:
    """The rows of one table by whose they are; of two rows of one key the first counts."""

    def __init__(self, options: "Metadata", table: UserTable, media: MediaRows) -> None:
        """``media``: looked into for the keys of the table, where it is joined by key.

        Raises ``TableUnusable`` where the table has no column that says whose a row is.
        """
        self.table = table
        self.options = options
        self._key = table.require(options.key)
        self._keys = pa.array(table.texts(self._key), pa.string())
        self._rows = RowsByText(self._keys)
        kinds: list[tuple[Kind, str]] = [(kind, name) for name, kind in options.columns.items()]
        kinds += [("label", options.label)] if options.label else []
        kinds += [("keyframes", options.keyframes)] if options.keyframes else []
        self._asked = kinds
        self._kinds = [(kind, name, column) for kind, name in kinds if (column := table.find(name)) is not None]
        self._lengths = {name: self._length(column) for kind, name, column in self._kinds if kind == "embedding"}
        self._frames: Numbers = np.full(table.num_rows, UNKNOWN, np.int64)
        self._present: Mask = np.zeros(table.num_rows, bool)
        if options.key == "key":
            self._look_into(media)

    def rows_of(self, keys: Sequence[str]) -> list[int | None]:
        """Return the row that counts for each key, null where there is none."""
        return self._rows.first_rows(keys)

    def values(self, rows: Sequence[int]) -> list[Values]:
        """Return what some rows say, without what cannot be used."""
        found = []
        for judged in self._judged(rows):
            good = {(kind, name): value for kind, name, value in judged if not isinstance(value, BadValue)}
            entries = [entry(kind, name, value) for (kind, name), value in good.items() if kind != "label"]
            if self.options.key == "series":
                entries += [entry(kind, name, value) for (kind, name), value in good.items() if kind == "label"]
            labels = [value for (kind, _), value in good.items() if kind == "label"]
            frames = [number for (kind, _), value in good.items() if kind == "keyframes" for number in value]
            label = labels[0] if labels else None
            found.append(Values(tuple(sorted(entries)), label, tuple(frames)))
        return found

    def problems(self, present: Mask | None = None) -> Iterator[Problem]:
        """Yield what is wrong with the table; ``present``: rows of series that are there, where it is joined by series."""
        there = self._present if present is None else present
        yield from uneven_rows(self.table, "metadata.row_length")
        given = {name for _, name, _ in self._kinds}
        for _, name in self._asked:
            if name not in given:
                words = f"There is no column {name}: none of its values is joined."
                yield Problem("metadata.column_absent", words, column=name)
        for start in range(0, self.table.num_rows, CHUNK):
            rows = range(start, min(start + CHUNK, self.table.num_rows))
            yield from self._problems_of(rows, there)

    def _problems_of(self, rows: range, there: Mask) -> Iterator[Problem]:
        keys = self._keys.slice(rows.start, len(rows)).to_pylist()
        firsts = self._rows.first_rows([key or "" for key in keys])
        for row, key, first, judged in zip(rows, keys, firsts, self._judged(rows), strict=True):
            if key is None:
                yield Problem("metadata.bad_value", f"The {self._key} is empty.", row, self._key)
                continue
            if first != row:
                assert first is not None
                where = self.table.pointer(first, self._key)
                yield Problem(
                    "metadata.double_key", f"It stands at {where} already, and that row counts.", row, self._key
                )
                continue
            if not there[row]:
                yield Problem("metadata.key_absent", self._absent(key), row, self._key)
                continue
            for _, name, value in judged:
                if isinstance(value, BadValue):
                    yield Problem(value.code, f"The value is left out: {value}.", row, self.table.find(name))

    def _absent(self, key: str) -> str:
        return f"{absent(key)}." if self.options.key == "key" else "There is no series of this id or group key."

    def _judged(self, rows: Sequence[int]) -> list[list[tuple[Kind, str, Any]]]:
        """Return kind, name and value of each row's cells that are not empty; a bad value is a ``BadValue``."""
        judged: list[list[tuple[Kind, str, Any]]] = [[] for _ in rows]
        for kind, name, column in self._kinds:
            for place, (row, cell) in enumerate(zip(rows, self.table.values(column, rows), strict=True)):
                if text_of(cell) is None:
                    continue
                try:
                    value = self._value(kind, name, cell, int(self._frames[row]))
                except BadValue as error:
                    value = error
                judged[place].append((kind, name, value))
        return judged

    def _value(self, kind: Kind, name: str, cell: Any, frames: int) -> Any:
        if kind == "embedding":
            vector = _vector(cell)
            if len(vector) != self._lengths[name]:
                words = f"its length is {len(vector):,}, and that of the first of the column is {self._lengths[name]:,}"
                raise BadValue("metadata.embedding_length", words)
            return vector
        try:
            if kind == "label":
                return flag_of(text_of(cell) or "")
            if kind == "client_metadata":
                return plain_value(cell)
            if kind == "notes":
                return text_of(plain_value(cell))
            numbers = sorted({_frame_number(one) for one in _listed(cell)})
        except ValueError as error:
            raise BadValue("metadata.bad_value", str(error)) from error
        refuse_frames(numbers, frames)
        return numbers

    def _length(self, column: str) -> int:
        """Return the length of the first vector of a column; 0 where it has none."""
        for start in range(0, self.table.num_rows, CHUNK):
            for cell in self.table.values(column, range(start, min(start + CHUNK, self.table.num_rows))):
                if text_of(cell) is not None:
                    try:
                        return len(_vector(cell))
                    except BadValue:
                        continue
        return 0

    def _look_into(self, media: MediaRows) -> None:
        for found in media(key for key in self._keys.to_pylist() if key is not None):
            rows = self._rows.rows(found["key"])
            self._present[rows] = True
            self._frames[rows] = frame_limit(found)


def frame_limit(media: Mapping[str, Any]) -> int:
    """Return how many frames an object has, -1 where that is not known or a guess."""
    frames = media.get("frames")
    return UNKNOWN if frames is None or media.get("frames_exact") is False else int(frames)


def refuse_frames(numbers: Sequence[int], frames: int) -> None:
    """Raise ``BadValue`` where a frame number is not one of so many frames (-1: not known)."""
    if numbers and (numbers[0] < 0 or (frames != UNKNOWN and numbers[-1] >= frames)):
        known = "" if frames == UNKNOWN else f" to {frames - 1:,}"
        raise BadValue("metadata.keyframe_range", f"frames are numbered from 0{known}")


def _vector(cell: Any) -> list[float]:
    try:
        numbers = _listed(cell)
        if not all(isinstance(one, int | float) and not isinstance(one, bool) for one in numbers):
            raise ValueError("it is no list of numbers")
        vector = [float(one) for one in numbers]
    except (ValueError, OverflowError) as error:
        raise BadValue("metadata.embedding_invalid", str(error)) from error
    if len(vector) not in EMBEDDING_LENGTHS:
        raise BadValue("metadata.embedding_invalid", f"it has {len(vector):,} numbers, and 1 to 4,096 are allowed")
    if not all(math.isfinite(one) for one in vector):
        raise BadValue("metadata.embedding_invalid", "a number of it is not finite")
    return vector


def _listed(cell: Any) -> list[Any]:
    """Return a list of a cell: that of Parquet, or a JSON array; raises ``ValueError``."""
    if isinstance(cell, str):
        try:
            cell = json.loads(cell)
        except (ValueError, RecursionError):
            raise ValueError("it is no list, as [1,2]") from None
    if not isinstance(cell, list):
        raise ValueError("it is no list, as [1,2]")
    return cell


def _frame_number(value: Any) -> int:
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or (isinstance(value, float) and not value.is_integer())
    ):
        raise ValueError("it is no list of frame numbers")
    return whole_number_of(str(value))
