"""What changed since the last run: claims that differ, and the groups that are to be built again.

Claims remember status and probe version of every media row beside its token, rows that no rule claims
included. So the comparison reads five narrow columns on both sides, and only rows that differ are
opened, grouped and hashed.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa

from labelport.catalogue.merge import Difference, diff
from labelport.series.grouping import Grouper, group_name
from labelport.series.plain import Tables, plain_batches, plain_schema, plain_table
from labelport.storage.runs import SetAside
from labelport.tables import CLAIMS, MEDIA

SEEN = ("token", "status", "probe_version")
"""A media row with these unchanged is unchanged (they are among ``MEDIA.version_columns``)."""

KEY = ("store", "key")
REMEMBERED = (*KEY, *SEEN, "rule", "remarks")
KEYS = plain_schema(CLAIMS, KEY)
PLAIN_CLAIMS = plain_schema(CLAIMS)

Hashes: TypeAlias = "np.ndarray[Any, np.dtype[np.int64]]"
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

    def mask(self, hashes: Hashes) -> "np.ndarray[Any, np.dtype[np.bool_]]":
        """Return which of some groups are in the set."""
        if self.everything:
            return np.ones(len(hashes), bool)
        at = np.searchsorted(self.hashes, hashes)
        at[at == len(self.hashes)] = 0
        return self.hashes[at] == hashes if len(self.hashes) else np.zeros(len(hashes), bool)


def group_hashes(rules: pa.Array, group_keys: pa.Array) -> Hashes:
    """Return the hash of each row's group; ``rules`` as claims name them."""
    names = zip(rules.to_pylist(), group_keys.to_pylist(), strict=True)
    return np.fromiter((hash(group_name(rule, key)) for rule, key in names), np.int64, len(rules))


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


class ClaimChanges:
    """Compares media with the claims of the last run, and sets aside what differs."""

    def __init__(self, media: Tables, old: Tables | None, grouper: Grouper, *, everything: bool) -> None:
        """``everything``: settings, code or key are others, so every row is grouped again."""
        self._media = media
        self._old = old
        self._grouper = grouper
        self._everything = everything
        self._dirty: list[Hashes] = []
        self._touched: list[Hashes] = []
        self._found = Changes(Groups(np.zeros(0, np.int64)))

    def find(self, upserts: list[SetAside], deletes: SetAside) -> Changes:
        """Return what is to be done; new claims go to each of ``upserts``, keys of lost objects to ``deletes``."""
        for part in diff(self._remembered(), self._given(), key=KEY, compare=SEEN):
            self._found.added += part.added.num_rows
            self._found.changed += part.changed.num_rows
            self._found.deleted += part.deleted.num_rows
            self._take(part, upserts, deletes)
        if self._old is None:
            self._found.dirty = Groups(np.zeros(0, np.int64), everything=True)
        else:
            self._dirty += self._referring()
            self._found.dirty = Groups(np.unique(np.concatenate([*self._dirty, np.zeros(0, np.int64)])))
        self._found.said = +self._found.said
        return self._found

    def _remembered(self) -> Iterator[pa.RecordBatch]:
        """Yield the claims of the last run, and count what they say."""
        if self._old is None:
            return
        schema = plain_schema(CLAIMS, REMEMBERED)
        for batch in plain_batches(self._old.batches("claims", columns=REMEMBERED), schema):
            _count(self._found.said, batch, 1)
            narrow = batch.select([*KEY, *SEEN])
            if self._everything:  # no object has this token
                narrow = narrow.set_column(2, "token", pa.repeat("", batch.num_rows))
            yield narrow

    def _given(self) -> Iterator[pa.RecordBatch]:
        columns = (*KEY, *SEEN)
        yield from plain_batches(self._media.batches("media", columns=columns), plain_schema(MEDIA, columns))

    def _take(self, part: Difference, upserts: list[SetAside], deletes: SetAside) -> None:
        gone = part.deleted.select(list(KEY)).cast(KEYS)
        fresh = pa.concat_tables([part.added.select(list(KEY)).cast(KEYS), part.changed.select(list(KEY)).cast(KEYS)])
        before = plain_table([], PLAIN_CLAIMS)
        known = pa.concat_tables([part.changed.select(list(KEY)).cast(KEYS), gone])
        if self._old is not None and known.num_rows:
            before = plain_table(self._old.lookup("claims", known), PLAIN_CLAIMS)
        after = plain_table([], PLAIN_CLAIMS)
        if fresh.num_rows:
            rows = self._media.lookup("media", fresh, columns=self._grouper.columns)
            after = plain_table(self._grouper.claims(rows), PLAIN_CLAIMS)
        deletes.add(gone)
        for place in upserts:
            place.add(after)
        _count(self._found.said, before, -1)
        _count(self._found.said, after, 1)
        self._touched.append(_key_hashes(pa.concat_tables([fresh, gone])))
        if self._old is not None:
            self._dirty.append(_differing(before, after))

    def _referring(self) -> list[Hashes]:
        """Return the groups that show a touched object as context."""
        touched = Groups(np.unique(np.concatenate([*self._touched, np.zeros(0, np.int64)])))
        if self._old is None or not len(touched.hashes):
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
                found.append(both[touched.mask(both[:, 1]), 0])
        return found


def _key_hashes(keys: pa.Table) -> Hashes:
    values = zip(keys["store"].to_pylist(), keys["key"].to_pylist(), strict=True)
    return np.fromiter((hash(value) for value in values), np.int64, keys.num_rows)


def _differing(before: pa.Table, after: pa.Table) -> Hashes:
    """Return the old and the new group of each object whose token, group or row hash is another now."""
    compared = ["rule", "group_key", "token", "row_hash"]
    one, two = (
        dict(
            zip(
                zip(side["store"].to_pylist(), side["key"].to_pylist(), strict=True),
                zip(*(side[name].to_pylist() for name in compared), strict=True),
                strict=True,
            )
        )
        for side in (before, after)
    )
    groups = set()
    for key in one.keys() | two.keys():
        old, new = one.get(key), two.get(key)
        if old != new:
            groups |= {hash(group_name(said[0], said[1])) for said in (old, new) if said is not None and said[0]}
    return np.fromiter(groups, np.int64, len(groups))


def _count(said: Counter[Said], claims: pa.Table | pa.RecordBatch, sign: int) -> None:
    if not claims.num_rows:
        return
    columns = ["rule", "status", "remarks"]
    table = pa.table({name: claims.column(name) for name in columns})
    for row in table.group_by(columns, use_threads=False).aggregate([([], "count_all")]).to_pylist():
        said[row["rule"], row["status"] or "", row["remarks"] or ""] += sign * row["count_all"]
