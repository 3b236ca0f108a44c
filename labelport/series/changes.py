"""What changed since the last run: claims that differ, and the groups that are to be built again.

Claims remember status and probe version of every media row beside its token, rows that no rule claims
included. So the comparison reads five narrow columns on both sides, and only rows that differ are
opened, grouped and hashed.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.catalogue.ahead import read_ahead
from labelport.catalogue.keys import key_bytes
from labelport.catalogue.merge import Difference, diff
from labelport.series.founding import SEEN, Foundation, Founders
from labelport.series.grouping import Grouper, group_name
from labelport.series.hashes import Hashes, Mask, hashes_of, is_among, union
from labelport.series.joining import own_entries
from labelport.series.plain import Tables, plain_batches, plain_schema, plain_table
from labelport.storage.runs import SetAside
from labelport.tables import CLAIMS, MEDIA, SERIES

KEY = ("store", "key")
REMEMBERED = (*KEY, *SEEN, "rule", "remarks")
OF_OBJECT = ("token", "row_hash", "status", "probe_version")
"""What claims remember of an object itself; the first two decide whether its group is built again."""

MOVED = ""
"""Token of no object: of those that are looked at again though they did not change."""

KEYS = plain_schema(CLAIMS, KEY)
PLAIN_CLAIMS = plain_schema(CLAIMS)

Said: TypeAlias = tuple[str, str, str]
"""Rule, status and remarks of a claim: what is counted."""


@dataclass(frozen=True)
class Groups:
    """A set of groups as sorted hashes of their names: 8 bytes a group, whatever its name.

    Hashes are those of this process and never leave it. Should two names have one hash, then a group more
    is built, to what it was before.
    """

    hashes: Hashes
    everything: bool = False
    """All groups, those not named too."""

    def mask(self, hashes: Hashes) -> Mask:
        """Return which of some groups are in the set."""
        return np.ones(len(hashes), bool) if self.everything else is_among(hashes, self.hashes)


def group_hashes(rules: pa.ChunkedArray, group_keys: pa.ChunkedArray) -> Hashes:
    """Return the hash of each row's group; ``rules`` as claims name them. A name is hashed once, not once a row."""
    named = [pc.dictionary_encode(column.combine_chunks()) for column in (rules, group_keys)]
    places, keys = (np.asarray(one.indices.to_numpy(zero_copy_only=False), np.int64) for one in named)
    of_rule, of_key = (one.dictionary.to_pylist() for one in named)
    pairs, at = np.unique(places * max(len(of_key), 1) + keys, return_inverse=True)
    names = (group_name(of_rule[pair // len(of_key)], of_key[pair % len(of_key)]) for pair in pairs.tolist())
    return hashes_of(names)[at]


@dataclass
class Changes:
    """What a run has to do."""

    dirty: Groups
    """Groups to be built again, or removed."""

    added: int = 0
    changed: int = 0
    deleted: int = 0

    said: Counter[Said] = field(default_factory=Counter)
    """How many claims there are now of each rule, status and remarks."""


class Finds(Protocol):
    """Where what differs is put."""

    @property
    def lost(self) -> SetAside:
        """Return where keys of claims go whose objects are gone."""
        ...

    def take(self, media: pa.Table, claims: pa.Table, members: Mask) -> None:
        """Take media rows with their claims, in key order; ``members``: which are other members of groups now."""
        ...


class ClaimChanges:
    """Compares media with the claims of the last run, and sets aside what differs."""

    def __init__(
        self, media: Tables, old: Tables | None, grouper: Grouper, found: "Finds", *, everything: bool
    ) -> None:
        """``everything``: settings, code or key are others, so every row is grouped again."""
        self._finds = found
        self._media = media
        self._old = old
        self._grouper = grouper
        self._everything = everything
        self._foundation = Foundation()
        self._dirty: list[Hashes] = []
        self._touched: list[Hashes] = []
        self._found = Changes(Groups(np.zeros(0, np.int64)))

    def find(self) -> Changes:
        """Return what is to be done; claims and rows that differ go to ``found``."""
        founders = Founders(self._media, self._old, self._grouper, everything=self._everything)
        self._foundation = founders.find()
        if self._old is None:
            self._take_all()
            self._found.dirty = Groups(np.zeros(0, np.int64), everything=True)
        else:
            for part in diff(self._remembered(), self._given(), key=KEY, compare=SEEN):
                self._found.added += part.added.num_rows
                self._found.changed += pc.sum(pc.not_equal(part.changed["token"], MOVED)).as_py() or 0
                self._found.deleted += part.deleted.num_rows
                self._take(part)
            self._dirty += [*self._referring(), *self._rejoined()]
            self._found.dirty = Groups(union(self._dirty))
        self._found.said = +self._found.said
        return self._found

    def _take_all(self) -> None:
        """Take all media as new ones: there was no last run."""
        for batch in read_ahead(self._media.batches("media", columns=self._grouper.columns)):
            rows = pa.Table.from_batches([batch])
            after = plain_table(self._grouper.claims(rows, self._foundation.founded), PLAIN_CLAIMS)
            self._found.added += after.num_rows
            self._finds.take(rows, after, np.ones(after.num_rows, bool))
            _count(self._found.said, after, 1)

    def _remembered(self) -> Iterator[pa.RecordBatch]:
        """Yield the claims of the last run, and count what they say."""
        if self._old is None:
            return
        schema = plain_schema(CLAIMS, REMEMBERED)
        for batch in plain_batches(self._old.batches("claims", columns=REMEMBERED), schema):
            _count(self._found.said, batch, 1)
            narrow = batch.select([*KEY, *SEEN])
            if self._everything:  # no object has this token
                narrow = narrow.set_column(2, "token", pa.repeat(MOVED, batch.num_rows))
            yield narrow

    def _given(self) -> Iterator[pa.RecordBatch]:
        """Yield the media of this run; what must be grouped again for a group that came or went has no token."""
        columns = (*KEY, *SEEN, *(["kind"] if self._foundation.moved else []))
        for batch in plain_batches(self._media.batches("media", columns=columns), plain_schema(MEDIA, columns)):
            moves = self._foundation.mask(self._grouper, batch)
            if moves is None:
                yield batch
                continue
            tokens = pc.if_else(pa.array(moves), MOVED, batch.column("token"))
            yield batch.set_column(batch.schema.get_field_index("token"), "token", tokens)

    def _take(self, part: Difference) -> None:
        assert self._old is not None
        gone = part.deleted.select(list(KEY)).cast(KEYS)
        fresh = pa.concat_tables([part.added.select(list(KEY)).cast(KEYS), part.changed.select(list(KEY)).cast(KEYS)])
        before = after = plain_table([], PLAIN_CLAIMS)
        known = pa.concat_tables([part.changed.select(list(KEY)).cast(KEYS), gone])
        if known.num_rows:
            before = plain_table(self._old.lookup("claims", known), PLAIN_CLAIMS)
        if fresh.num_rows:
            rows = self._media.lookup("media", fresh, columns=self._grouper.columns)
            after = plain_table(self._grouper.claims(rows, self._foundation.founded), PLAIN_CLAIMS)
        differing = _differing(before, after)
        self._dirty.append(differing.groups)
        self._touched.append(differing.objects)
        self._finds.lost.add(gone)
        if fresh.num_rows:
            self._finds.take(rows, after, differing.members)
        _count(self._found.said, before, -1)
        _count(self._found.said, after, 1)

    def _referring(self) -> list[Hashes]:
        """Return the groups that show a touched object as context."""
        touched = union(self._touched)
        if self._old is None or not len(touched):
            return []
        rules = {placed.place: placed.rule for placed in self._grouper.rules}
        found: list[Hashes] = []
        columns = ("rule", "group_key")
        for batch in plain_batches(self._old.batches("claims", columns=columns), plain_schema(CLAIMS, columns)):
            groups = dict.fromkeys(zip(batch["rule"].to_pylist(), batch["group_key"].to_pylist(), strict=True))
            pairs = [
                (hash(group_name(rule, key)), hash(("raw", ref)))
                for rule, key in groups
                if rule in rules
                for ref in rules[rule].refs(key)
            ]
            if pairs:
                both = np.array(pairs, np.int64)
                found.append(both[is_among(both[:, 1], touched), 0])
        return found

    def _rejoined(self) -> Iterator[Hashes]:
        """Yield the groups of series to which the table of values joins something else now."""
        if self._old is None or not self._everything:
            return
        columns = ("series_id", "rule", "group_key", "metadata")
        for batch in plain_batches(self._old.batches("series", columns=columns), plain_schema(SERIES, columns)):
            rows = batch.to_pylist()
            pairs = zip(rows, self._grouper.joiner.entries_of(rows), strict=True)
            yield hashes_of(
                f"{row['rule']}:{row['group_key']}" for row, now in pairs if own_entries(row["metadata"]) != now
            )
        # A value that was left out is in no series' metadata: that it is gone now shows in what was said of it alone.
        for batch in self._old.batches("findings", columns=["code", "of_group"]):
            left_out = pc.and_(pc.equal(batch.column("code"), LEFT_OUT), pc.is_valid(batch.column("of_group")))
            yield hashes_of(batch.column("of_group").filter(left_out).to_pylist())


LEFT_OUT = "metadata.keyframe_range"
"""Said of a value of the user's table that a series does not hold."""


@dataclass(frozen=True)
class _Differing:
    """What differs between claims of the last run and of this one."""

    groups: Hashes
    """Groups, old and new, of objects that are other members now."""

    objects: Hashes
    """Objects that are others, whoever shows them."""

    members: Mask
    """Which of the new claims are of other members."""


def _differing(before: pa.Table, after: pa.Table) -> _Differing:
    """Return what differs.

    A member is another one where its token, group or row hash is. An object is another one, for groups that
    show it as context, where anything is that was seen of it.
    """
    keys_before, keys_after = key_bytes(before, KEY), key_bytes(after, KEY)
    met = before.take(pc.index_in(keys_after, value_set=keys_before))
    unequal = {name: _unequal(met[name], after[name]) for name in ("rule", "group_key", *OF_OBJECT)}
    members = np.logical_or.reduce([unequal[name] for name in ("rule", "group_key", "token", "row_hash")])
    others = np.logical_or.reduce([unequal[name] for name in OF_OBJECT])
    gone = pc.invert(pc.is_in(keys_before, value_set=keys_after))
    left = pc.or_(gone, pc.is_in(keys_before, value_set=keys_after.filter(pa.array(members))))
    groups = [
        group_hashes(claims["rule"], claims["group_key"])
        for side, mask in ((before, left), (after, pa.array(members)))
        for claims in [side.filter(pc.and_(mask, pc.not_equal(side["rule"], "").combine_chunks()))]
    ]
    objects = (
        zip(side["store"].to_pylist(), side["key"].to_pylist(), strict=True)
        for side in (before.filter(gone), after.filter(pa.array(others)))
    )
    return _Differing(union(groups), union(hashes_of(named) for named in objects), members)


def _unequal(one: pa.ChunkedArray, two: pa.ChunkedArray) -> Mask:
    """Return where two columns differ; nothing differs from no row."""
    differ = pc.fill_null(pc.not_equal(one, two), True)
    return np.asarray(differ.to_numpy(), bool)


def _count(said: Counter[Said], claims: pa.Table | pa.RecordBatch, sign: int) -> None:
    if not claims.num_rows:
        return
    columns = ["rule", "status", "remarks"]
    table = pa.table({name: claims.column(name) for name in columns})
    for row in table.group_by(columns, use_threads=False).aggregate([([], "count_all")]).to_pylist():
        said[row["rule"], row["status"] or "", row["remarks"] or ""] += sign * row["count_all"]
