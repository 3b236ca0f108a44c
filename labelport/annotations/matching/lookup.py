"""The levels on which a name leads to an image, within one way of folding."""

from collections.abc import Callable, Sequence
from functools import cached_property, partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.annotations.matching.endings import NOTHING, Endings, Rows
from labelport.annotations.matching.spelling import (
    MOST_NAME,
    STEM_PATTERN,
    Root,
    cleaned,
    folded,
    has_extension,
    stem_of,
    tails,
)
from labelport.annotations.matching.together import NONE, UNSETTLED, Column, equal, settled, tail

FEW = 100
"""Paths that are all compared to find the nearest one; of more only neighbours are."""


class Lookup:
    """Rows of an index of images by the names that lead to them.

    On each level that gives any row the search ends; several rows are ambiguous.
    """

    def __init__(
        self,
        keys: Callable[[], Column],
        *,
        foldings: Sequence[str] = (),
        roots: Sequence[Root] = (),
        ends: bool = True,
    ) -> None:
        """``keys``: called when a name is looked up. ``ends``: a name may be the end of a path, else it is all of it."""
        self._fold: Callable[[str], str] = partial(folded, foldings=tuple(foldings)) if foldings else str
        self._folds = bool(foldings)
        self._keys = keys
        self._roots = roots
        self._ends = ends

    def rows(self, name: str) -> Rows:
        """Return the rows to which a name leads: by its path, then by its stem where it has no extension."""
        given, (path, own_place) = self._fold(name), cleaned(name)
        path = self._fold(path)
        if given != path or self._roots:
            found = self._paths.equal(given)
            if len(found):
                return found
        found = self._below(self._paths, name, path, own_place=own_place)
        if len(found) or has_extension(path):
            return found
        return self._below(self._stems, name, path, own_place=own_place)

    def rows_of_stem(self, name: str) -> Rows:
        """Return the rows to which the stem of a name leads, of whatever extension."""
        path, own_place = cleaned(name)
        return self._below(self._stems, stem_of(name), stem_of(self._fold(path)), own_place=own_place)

    def rows_together(self, names: Sequence[str]) -> Rows:
        """Return the one row of ``rows`` for each name; ``NONE``, or ``UNSETTLED``: look the name up by itself."""
        paths, own_place, apart = self._cleaned(names)
        found = settled(self._column, paths, own_place, ends=self._ends)
        given = pa.array([self._fold(name) for name in names], pa.large_string())
        differs = np.asarray(pc.not_equal(given, paths)).nonzero()[0]
        exact = equal(self._column, given.take(pa.array(differs)))
        found[differs] = np.where(exact == NONE, found[differs], exact)
        rest = np.flatnonzero((found == NONE) & ~np.asarray(pc.match_substring_regex(paths, STEM_PATTERN)))
        if len(rest):
            wanted = paths.take(pa.array(rest))
            found[rest] = settled(self._stem_column, wanted, own_place[rest], ends=self._ends)
        return np.where(apart, UNSETTLED, found)

    def rows_of_stem_together(self, names: Sequence[str]) -> Rows:
        """Return the same for ``rows_of_stem``."""
        paths, own_place, apart = self._cleaned(names)
        stems = pc.replace_substring_regex(paths, STEM_PATTERN, r"\1")
        return np.where(apart, UNSETTLED, settled(self._stem_column, stems, own_place, ends=self._ends))

    def near(self, name: str, count: int) -> Rows:
        """Return some rows whose paths may be meant: a bounded number, the same at any order of the index."""
        if len(self._paths) <= FEW:
            return self._column.rows
        path = self._fold(cleaned(name)[0])
        by_start = self._starts.beside(path.rsplit("/", 1)[-1][::-1], count)
        return np.unique(np.concatenate([self._paths.beside(path, count), by_start]))

    @cached_property
    def _column(self) -> Column:
        """All paths, folded."""
        given = self._keys()
        if not self._folds:
            return given
        return Column(pa.array([self._fold(path) for path in given.paths.to_pylist()], given.paths.type), given.rows)

    @cached_property
    def _paths(self) -> Endings:
        return Endings(self._column.paths, self._column.rows)

    @cached_property
    def _stem_column(self) -> Column:
        """Paths that have an extension, without it."""
        stems = pc.replace_substring_regex(self._column.paths, STEM_PATTERN, r"\1")
        shorter = pc.not_equal(stems, self._column.paths)
        return Column(stems.filter(shorter), self._column.rows[np.asarray(shorter)])

    @cached_property
    def _stems(self) -> Endings:
        return Endings(self._stem_column.paths, self._stem_column.rows)

    @cached_property
    def _starts(self) -> Endings:
        """Last parts of paths by how they start."""
        return Endings(pc.utf8_reverse(tail(self._column.paths, 1)), self._column.rows)

    def _cleaned(self, names: Sequence[str]) -> tuple[pa.Array, Any, Any]:
        """Return the paths of names, which of them begin at a place of their own, and which are looked up apart."""
        made = [cleaned(name) if len(name) <= MOST_NAME else ("", False) for name in names]
        paths = [self._fold(path) for path, _ in made]
        wholes, prefixes = tuple(root.whole for root in self._roots), tuple(self._prefixes)
        apart = [
            not path or name.startswith(wholes) or path.startswith(prefixes)
            for name, path in zip(names, paths, strict=True)
        ]
        own_place = np.array([own_place for _, own_place in made], bool)
        return pa.array(paths, pa.large_string()), own_place, np.array(apart, bool)

    def _below(self, paths: Endings, name: str, path: str, *, own_place: bool) -> Rows:
        """Return the rows whose path is ``path``, or this without what leads to the dataset; then those that end with it."""
        for root in self._roots:
            if name.startswith(root.whole):
                found = paths.equal(self._fold(name[len(root.whole) :]))
                if len(found):
                    return found
        found, equal = paths.ending(path)
        shorter = tails(path, self._column.depth) if own_place else []
        shorter += [path.removeprefix(prefix) for prefix in self._prefixes if path.startswith(prefix)]
        if shorter:
            several = [found if equal else NOTHING, *(paths.equal(each) for each in shorter)]
            without = np.unique(np.concatenate(several))
            if len(without):
                return without
        return found if equal or self._ends else NOTHING

    @cached_property
    def _prefixes(self) -> list[str]:
        """Paths of the roots, folded."""
        return [self._fold(root.path) for root in self._roots if root.path]
