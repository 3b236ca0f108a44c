"""The levels of ``lookup.py`` for many names at once: column by column, for those that one image fits or none.

What several images fit is left to the look-up of single names.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.annotations.matching.endings import Rows

NONE, UNSETTLED = -1, -2
"""No row; several rows, or a name that has to be looked up by itself."""

MOST_DEPTH = 16
"""Segments of paths that are looked up together: each depth passes over all keys."""


@dataclass(frozen=True)
class Column:
    """Paths with the rows that they lead to."""

    paths: pa.Array
    """``large_string``, no null."""

    rows: Rows

    @cached_property
    def distinct(self) -> tuple[pa.Array, Rows]:
        """Return the distinct paths, and the row of each; ``UNSETTLED`` where several rows have it."""
        encoded = pc.dictionary_encode(self.paths)
        codes = encoded.indices.to_numpy()
        row_of = np.zeros(len(encoded.dictionary), np.int64)
        row_of[codes] = self.rows
        row_of[np.bincount(codes, minlength=len(row_of)) > 1] = UNSETTLED
        return encoded.dictionary, row_of

    @cached_property
    def depth(self) -> int:
        """Most segments of a path."""
        return int(pc.max(pc.count_substring(self.paths, "/")).as_py() or 0) + 1 if len(self.paths) else 0


def equal(column: Column, wanted: pa.Array) -> Rows:
    """Return the row of the one path that equals each wanted one; ``NONE``, or ``UNSETTLED`` where several do."""
    if not len(column.paths) or not len(wanted):
        return np.full(len(wanted), NONE, np.int64)
    paths, row_of = column.distinct
    found = np.asarray(pc.fill_null(pc.index_in(wanted, paths), -1))
    return np.where(found >= 0, row_of[found], NONE)


def settled(column: Column, wanted: pa.Array, own_place: np.ndarray[Any, np.dtype[np.bool_]], *, ends: bool) -> Rows:
    """Return for each wanted path the one row that equals it, or ends with it where none equals it.

    ``own_place``: paths that begin elsewhere: without their first folders they may equal a row's, and then that
    must be one only. ``ends``: whether a path may be the end of a row's.
    """
    found = equal(column, wanted)
    depths = np.asarray(pc.count_substring(wanted, "/")) + 1
    if own_place.any():
        places = np.flatnonzero(own_place)
        found[places] = _one_tail(column, wanted.take(pa.array(places)), depths[places])
    if not ends:
        return found
    for depth in np.unique(depths[found == NONE]).tolist():
        places = np.flatnonzero((found == NONE) & (depths == depth))
        if depth > MOST_DEPTH:
            found[places] = UNSETTLED
            continue
        found[places] = equal(Column(tail(column.paths, depth), column.rows), wanted.take(pa.array(places)))
    return found


def _one_tail(column: Column, wanted: pa.Array, depths: Any) -> Rows:
    """Return the one row that equals a path or the rest of it behind some folders."""
    if column.depth > MOST_DEPTH:
        return np.full(len(wanted), UNSETTLED, np.int64)
    found = np.full(len(wanted), NONE, np.int64)
    for depth in range(1, column.depth + 1):
        rows = equal(column, tail(wanted, depth))
        rows[depths < depth] = NONE
        found = np.where(rows == NONE, found, np.where(found == NONE, rows, UNSETTLED))
    return found


def tail(paths: pa.Array, depth: int) -> pa.Array:
    """Return the last segments of paths; those of fewer segments as they are.

    >>> tail(pa.array(["a/b/c", "c"]), 2).to_pylist()
    ['b/c', 'c']
    """
    return pc.replace_substring_regex(paths, rf"(?s)^.*/((?:[^/]*/){{{depth - 1}}}[^/]*)$", r"\1")
