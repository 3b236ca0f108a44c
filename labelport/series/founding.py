"""Groups that exist only once an object founded them: a recording, to which pictures are joined.

Whether a picture belongs to such a group cannot be said of the picture alone. So the names of all founded
groups are known before any claim is made: from the claims of the last run, whose founding objects carry a
remark, and from the founding objects that are new or changed. Objects that seek a name which came or went
since the last run are looked at again, changed or not. Claims therefore are what they would be had there
been no last run.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.catalogue.merge import diff
from labelport.series.contract import Founding
from labelport.series.grouping import FOUNDS, Founded, Grouper, PlacedRule
from labelport.series.hashes import Hashes, Mask, hashes_of, is_among
from labelport.series.plain import LOOKUP_ROWS, Tables, plain_batches, plain_schema, plain_table
from labelport.tables import CLAIMS, MEDIA

KEY = ("store", "key")
SEEN = ("token", "status", "probe_version")
"""A media row with these unchanged is unchanged (they are among ``MEDIA.version_columns``)."""

CLAIMED = ("rule", "remarks")
_NARROW = plain_schema(CLAIMS, (*KEY, *CLAIMED))


@dataclass(frozen=True)
class Foundation:
    """Which groups can be joined, and which names of them came or went since the last run."""

    founded: Founded = field(default_factory=dict)
    moved: Mapping[str, Hashes] = field(default_factory=dict)
    """Sorted hashes by place of the rule; rules without any are not in it."""

    def mask(self, grouper: Grouper, media: pa.RecordBatch) -> Mask | None:
        """Return which rows seek a name that came or went; null: none does."""
        if not self.moved:
            return None
        mask = np.zeros(media.num_rows, bool)
        for placed in grouper.rules:
            moved = self.moved.get(placed.place)
            if moved is None or not isinstance(placed.rule, Founding):
                continue
            sought = [(row, name) for row, names in enumerate(placed.rule.sought(media)) for name in names]
            hit = is_among(hashes_of(name for _, name in sought), moved)
            mask[[sought[place][0] for place in np.flatnonzero(hit)]] = True
        return mask


class Founders:
    """Finds the founding objects of each rule that has such, in the order of the rules."""

    def __init__(self, media: Tables, old: Tables | None, grouper: Grouper, *, everything: bool) -> None:
        self._media = media
        self._old = None if everything else old
        self._grouper = grouper

    def find(self) -> Foundation:
        """Return the foundation of this run; reads nothing where no rule has founding objects."""
        founded: dict[str, Hashes] = {}
        moved: dict[str, Hashes] = {}
        for placed in self._grouper.rules:
            if not isinstance(placed.rule, Founding):
                continue
            before = self._remembered(placed, placed.rule)
            gone, come = self._changes(placed, placed.rule, founded)
            founded[placed.place] = _left(before, gone, come)
            # Without a last run every object is looked at anyway.
            names = np.setxor1d(before, founded[placed.place])
            if self._old is not None and len(names):
                moved[placed.place] = names
        return Foundation(founded, moved)

    def _remembered(self, placed: PlacedRule, rule: Founding) -> Hashes:
        """Return the names of all groups of the last run, as often as they were announced."""
        if self._old is None:
            return np.zeros(0, np.int64)
        batches = plain_batches(self._old.batches("claims", columns=_NARROW.names), _NARROW)
        return _together(_announced(placed, rule, batch) for batch in batches)

    def _changes(self, placed: PlacedRule, rule: Founding, founded: Founded) -> tuple[Hashes, Hashes]:
        """Return the names that changed or vanished objects announced, and those that new and changed ones do."""
        gone: list[Hashes] = []
        come: list[Hashes] = []
        for part in diff(self._seen(), self._given(), key=KEY, compare=SEEN):
            touched = pa.concat_tables([part.changed.select(list(KEY)), part.deleted.select(list(KEY))])
            if self._old is not None and touched.num_rows:
                claims = self._old.lookup("claims", touched, columns=_NARROW.names)
                gone.append(_announced(placed, rule, claims))
            fresh = pa.concat_tables([part.added.select([*KEY, "kind"]), part.changed.select([*KEY, "kind"])])
            may = fresh.filter(pc.is_in(fresh["kind"], value_set=pa.array(sorted(rule.founding), pa.string())))
            for start in range(0, may.num_rows, LOOKUP_ROWS):
                keys = may.slice(start, LOOKUP_ROWS).select(list(KEY))
                rows = self._media.lookup("media", keys, columns=self._grouper.columns)
                come.append(_announced(placed, rule, self._grouper.claims(rows, founded)))
        return _together(gone), _together(come)

    def _seen(self) -> Iterator[pa.RecordBatch]:
        if self._old is None:
            return iter(())
        columns = (*KEY, *SEEN)
        return plain_batches(self._old.batches("claims", columns=columns), plain_schema(CLAIMS, columns))

    def _given(self) -> Iterator[pa.RecordBatch]:
        columns = (*KEY, *SEEN, "kind")
        return plain_batches(self._media.batches("media", columns=columns), plain_schema(MEDIA, columns))


def _announced(placed: PlacedRule, rule: Founding, claims: pa.Table | pa.RecordBatch) -> Hashes:
    """Return the names that the founding objects among some claims announce."""
    rows = plain_table(claims.to_batches() if isinstance(claims, pa.Table) else [claims], _NARROW)
    mine = rows.filter(pc.equal(rows["rule"], placed.place))
    word = f"{placed.position}:{FOUNDS}"
    pairs = zip(mine["key"].to_pylist(), mine["remarks"].to_pylist(), strict=True)
    return hashes_of(name for key, said in pairs if word in (said or "").split() for name in rule.announced(key))


def _left(before: Hashes, gone: Hashes, come: Hashes) -> Hashes:
    """Return, sorted, what is left of names that were announced so often, less those gone, and those that came."""
    names, counts = np.unique(np.concatenate([before, gone, come]), return_inverse=True)
    signs = np.concatenate([np.ones(len(before)), -np.ones(len(gone)), np.ones(len(come))])
    return np.asarray(names[np.bincount(counts, weights=signs, minlength=len(names)) > 0], np.int64)


def _together(parts: Iterable[Hashes]) -> Hashes:
    return np.concatenate([*parts, np.zeros(0, np.int64)])
