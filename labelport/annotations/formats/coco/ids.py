"""Ids of a COCO file: compared by JSON type and value, so that ``"1"`` is not ``1``.

A whole number that is written as a decimal one (``1.0``) is that whole number, and is told.
"""

from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.annotations.formats.coco.values import is_long_number, whole_numbers

Flags = np.ndarray[Any, np.dtype[np.bool_]]
Rows = np.ndarray[Any, np.dtype[np.int64]]

WIDEST_RANGE = 1 << 24
"""Ids that lie no further apart than this are looked up in an array."""


@dataclass(frozen=True)
class Ids:
    """Ids or references of a column."""

    texts: pa.BinaryArray
    """As they are written."""

    numbers: np.ndarray[Any, np.dtype[np.int64]] | None
    """All of them, where all are 64-bit whole numbers."""

    keys: pa.StringArray | None
    """Else one text each, equal where type and value are equal; null for what is no id."""

    decimal: Rows
    """Rows of whole numbers that are written as decimal ones."""

    def as_keys(self) -> pa.StringArray:
        """Return a text for each id: a whole number's digits, a string behind a quotation mark."""
        return pa.array(self.numbers).cast(pa.string()) if self.keys is None else self.keys

    def valid(self) -> Flags:
        """Return which rows have an id."""
        if self.keys is None:
            return np.ones(len(self.texts), np.bool_)
        return np.asarray(pc.is_valid(self.keys))


def ids_of(texts: pa.BinaryArray) -> Ids:
    """Return the ids of a column of JSON texts."""
    nothing = np.zeros(0, np.int64)
    numbers = whole_numbers(texts)
    if numbers is not None:
        return Ids(texts, numbers, None, nothing)
    coded = texts.dictionary_encode()
    found = [_key(text) for text in coded.dictionary.to_pylist()]
    codes = coded.indices
    keys = pa.array([key for key, _ in found], pa.string()).take(codes)
    decimal = pa.array([is_decimal for _, is_decimal in found], pa.bool_()).take(codes)
    return Ids(texts, None, keys, np.flatnonzero(np.asarray(pc.fill_null(decimal, False))))


def _key(text: bytes | None) -> tuple[str | None, bool]:
    """Return the key of an id, and whether it is a whole number written as a decimal one."""
    if not text or (is_long_number(text) and text[:1] != b'"'):
        return None, False
    try:
        value = msgspec.json.decode(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return None, False
    if isinstance(value, str):
        return f'"{value}', False
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None, False
    if isinstance(value, float):
        return (str(int(value)), True) if value.is_integer() else (None, False)
    return str(value), False


def second_ones(given: Ids) -> Rows:
    """Return the rows whose id stood before."""
    keys: Any = given.numbers
    if given.numbers is None:
        coded = given.as_keys().dictionary_encode()
        keys = np.asarray(pc.fill_null(coded.indices, -1))
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    same = (ordered[1:] == ordered[:-1]) & given.valid()[order[1:]]
    return np.sort(order[1:][same])


def has_doubles(given: Ids) -> bool:
    """Return whether any id stands twice, at less cost than finding which."""
    numbers = given.numbers
    if numbers is None or len(numbers) < 2 or int(numbers.max()) - int(numbers.min()) > 4 * WIDEST_RANGE:
        return True
    seen = np.zeros(int(numbers.max()) - int(numbers.min()) + 1, np.bool_)
    seen[numbers - numbers.min()] = True
    return int(np.count_nonzero(seen)) < len(numbers)


def rows_of_references(references: Ids, ids: Ids) -> Rows:
    """Return the row that each reference leads to, the first of equal ids; -1 where there is none."""
    if not len(ids.texts):
        return np.full(len(references.texts), -1, np.int64)
    if references.numbers is None or ids.numbers is None:
        found = pc.index_in(references.as_keys(), ids.as_keys(), skip_nulls=True)
        return np.asarray(pc.fill_null(found, -1)).astype(np.int64)
    return _numbers_in(references.numbers, ids.numbers)


def rows_as_text(references: Ids, ids: Ids) -> Rows:
    """Return the rows that references lead to where ``"1"`` is ``1``."""
    plain = [pc.utf8_ltrim(each.as_keys(), characters='"') for each in (references, ids)]
    found = pc.index_in(plain[0], plain[1], skip_nulls=True)
    return np.asarray(pc.fill_null(found, -1)).astype(np.int64)


def _numbers_in(given: np.ndarray[Any, Any], ids: np.ndarray[Any, Any]) -> Rows:
    least, most = int(ids.min()), int(ids.max())
    if most - least > WIDEST_RANGE:
        order = np.argsort(ids, kind="stable")
        place = np.minimum(np.searchsorted(ids[order], given), len(ids) - 1)
        return np.asarray(np.where(ids[order][place] == given, order[place], -1))
    rows = np.full(most - least + 1, -1, np.int64)
    rows[ids[::-1] - least] = np.arange(len(ids))[::-1]
    inside = (given >= least) & (given <= most)
    return np.asarray(np.where(inside, rows[np.where(inside, given - least, 0)], -1))
