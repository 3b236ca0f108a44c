"""Names of annotation files led to the dataset's images."""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.annotations.matching.endings import NOTHING, Rows
from labelport.annotations.matching.lookup import Lookup
from labelport.annotations.matching.spelling import FOLDINGS, FRAME_PATTERN, LABEL_FILES, MOST_NAME, root_of
from labelport.annotations.matching.telling import Telling
from labelport.annotations.matching.together import NONE, UNSETTLED, Column, equal
from labelport.annotations.places import Places
from labelport.annotations.said import Said
from labelport.options import AnnotationOptions

MANY = 1000
"""Names from which on they are looked up together: the hash table of all keys costs as much as these."""


class Found(NamedTuple):
    """What came of a name."""

    row: int
    """Row of the index; -1 where there is none, or are several."""

    several: Rows
    """Rows that fit, where there are several."""

    folding: bool = False
    """It was found by folding only."""


class Level(NamedTuple):
    """One way from names to rows."""

    rows_of: Callable[[str], Rows]
    """Rows of one name."""

    together: Callable[[Sequence[str]], Rows]
    """The one row of each of many names, ``NONE`` or ``UNSETTLED``."""

    folding: bool


class Matcher:
    """Leads names to rows of an index of images (``places.PLACE_SCHEMA``). The same at any order of names and rows."""

    def __init__(self, index: pa.Table, options: AnnotationOptions, said: Said, *, roots: Sequence[str] = ()) -> None:
        """``roots``: addresses that the keys lie below (URIs, URLs, paths), where names may begin with them."""
        self.index = index
        self._options = options
        self._roots = [root_of(root) for root in roots if root.strip("/")]
        self._foldings = [each for each in FOLDINGS if each in options.name_fold]
        self._plain = self._lookup(())
        self._folding = self._lookup(self._foldings)
        self._telling = Telling(index.column("key"), self._plain, self._foldings, said)

    def __call__(
        self,
        names: Sequence[str],
        at: Callable[[int], tuple[str, str]],
        alternatives: Sequence[Sequence[str]] = (),
    ) -> Places:
        """Return the places of names; ``at`` gives (file, pointer) of a name for findings.

        ``alternatives``: further spellings of each name. One is used where those before it lead nowhere, or where
        they fit several images of which it fits one. A name may end in ``#frame=12``: a frame, 0-based, of the object
        that the rest leads to.
        """
        given, frames = self._without_frames(texts(names))
        rows = equal(self._column, given) if len(given) >= MANY else np.full(len(given), UNSETTLED, np.int64)
        left = np.flatnonzero(rows < 0).tolist()
        asked = given.take(pa.array(left, pa.int64())).to_pylist()
        spelled = [
            (name, *(alternatives[number] if alternatives else ())) for number, name in zip(left, asked, strict=True)
        ]
        known: dict[tuple[str, ...], Found] = {}
        for number, spellings, settled in zip(left, spelled, self._together(spelled), strict=True):
            found = settled or known.get(spellings) or self._found(spellings)
            if settled is None:
                known[spellings] = found
            rows[number] = found.row
            if len(found.several):
                self._telling.ambiguous(spellings, found.several, *at(number))
            elif found.row < 0:
                self._telling.unmatched(spellings, *at(number))
            elif found.folding:
                self._telling.folded(spellings, found.row, *at(number))
        return Places(rows, self.index, spellings=alternatives, frames=frames)

    def _without_frames(self, given: pa.Array) -> tuple[pa.Array, Rows | None]:
        """Return names without the frame at their end, and the frames; a key that ends so is a key."""
        says = pc.match_substring_regex(given, FRAME_PATTERN)
        if not pc.any(says).as_py():
            return given, None
        says = pc.and_(says, pc.equal(pa.array(equal(self._column, given)), NONE))
        parts = pc.extract_regex(pc.if_else(says, given, None), FRAME_PATTERN)
        number = pc.cast(pc.struct_field(parts, "frame"), pa.int64())
        return pc.coalesce(pc.struct_field(parts, "name"), given), np.asarray(pc.fill_null(number, -1), np.int64)

    def _together(self, spelled: Sequence[tuple[str, ...]]) -> Iterator[Found | None]:
        """Yield what came of names that were looked up together; null: look it up by itself, as all of a few names."""
        if len(spelled) < MANY:
            yield from [None] * len(spelled)
            return
        rows, folding = np.full(len(spelled), NONE, np.int64), np.zeros(len(spelled), bool)
        counts = np.array([len(spellings) for spellings in spelled])
        for level in self._levels():
            for place in range(int(counts.max())):
                left = np.flatnonzero((rows == NONE) & (counts > place))
                if len(left):
                    rows[left] = level.together([spelled[number][place] for number in left.tolist()])
                    folding[left] = level.folding
        for row, folded in zip(rows.tolist(), folding.tolist(), strict=True):
            yield None if row == UNSETTLED else Found(row, NOTHING, folded)

    @cached_property
    def _usable(self) -> Rows:
        """Rows of the index that are images: no row without a key, no file of class names."""
        keys = pc.fill_null(self.index.column("key"), "")
        is_none = pc.equal(keys, "")
        for name in LABEL_FILES:
            is_none = pc.or_(is_none, pc.or_(pc.equal(keys, name), pc.ends_with(keys, f"/{name}")))
        return np.flatnonzero(~np.asarray(is_none, bool)).astype(np.int64)

    @cached_property
    def _column(self) -> Column:
        """Keys of the usable rows."""
        keys = self.index.column("key").cast(pa.large_string()).combine_chunks()
        return Column(keys.take(pa.array(self._usable)), self._usable)

    def _lookup(self, foldings: Sequence[str]) -> Lookup:
        ends = self._options.name_match != "exact"
        return Lookup(lambda: self._column, foldings=foldings, roots=self._roots, ends=ends)

    def _levels(self) -> Iterator[Level]:
        """Yield what is tried, the strictest first."""
        for lookup in (self._plain, self._folding) if self._foldings else (self._plain,):
            folding = lookup is self._folding
            yield Level(lookup.rows, lookup.rows_together, folding=folding)
            if self._options.name_match == "stem":
                yield Level(lookup.rows_of_stem, lookup.rows_of_stem_together, folding=folding)

    def _found(self, spellings: Sequence[str]) -> Found:
        usable = [each for each in dict.fromkeys(spellings) if 0 < len(each) <= MOST_NAME]
        for level in self._levels():
            found = self._settled(usable, level.rows_of)
            if found is not None:
                return Found(*found, level.folding)
        return Found(NONE, NOTHING)

    def _settled(self, spellings: Sequence[str], rows_of: Callable[[str], Rows]) -> tuple[int, Rows] | None:
        """Return the row to which the first spelling leads; where several fit it, a later one may choose among them."""
        among: Rows | None = None
        for spelling in spellings:
            rows = self._whole(rows_of(spelling))
            if among is not None and len(rows):
                rows = among[np.isin(among, rows)] if len(rows) <= MANY else NOTHING
            if len(rows) == 1:
                return int(rows[0]), NOTHING
            among = rows if len(rows) else among
        return None if among is None else (NONE, among)

    def _whole(self, rows: Rows) -> Rows:
        """Return the row of the whole object where all rows are of one object: a name says no frame."""
        if not 1 < len(rows) <= MANY:
            return rows
        given = self.index.select(["store", "key", "frame"]).take(pa.array(rows))
        if any(pc.count_distinct(given.column(name)).as_py() > 1 for name in ("store", "key")):
            return rows
        whole = rows[np.asarray(pc.is_null(given.column("frame")))]
        return whole if len(whole) == 1 else rows


def texts(names: Sequence[Any] | pa.Array | pa.ChunkedArray) -> pa.Array:
    """Return names as Arrow text; empty, which no key is, where one is no text in UTF-8 (a lone surrogate)."""
    if isinstance(names, pa.Array | pa.ChunkedArray):
        whole = names.combine_chunks() if isinstance(names, pa.ChunkedArray) else names
        return pc.fill_null(whole.cast(pa.large_string()), "")
    try:
        return pa.array(list(names), pa.large_string())
    except UnicodeEncodeError:
        return pa.array([name if _is_utf8(name) else "" for name in names], pa.large_string())


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
