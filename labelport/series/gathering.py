"""The media rows of the groups that are to be built, group by group.

Members of a group lie anywhere in the order of keys. They are read once, in that order, and sorted by
group in bounded runs: memory is a run of media and the largest group, whatever the bucket holds. Rows that
were read to find out what changed are handed over then (``add``); only the other members are looked up.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.catalogue.keys import key_bytes
from labelport.catalogue.merge import Run, merge_sorted, overlay
from labelport.series.changes import KEY, PLAIN_CLAIMS, Groups, group_hashes
from labelport.series.hashes import Hashes, union
from labelport.series.plain import LOOKUP_ROWS, Tables, plain_batches, plain_schema
from labelport.storage.runs import Runs
from labelport.tables import MEDIA

SORTED_ROWS = 65_536
"""Rows of media sorted at once: some 60 MB where they are DICOM."""

READ_ROWS = 2_048
"""Rows of each run that a merge holds."""

HANDED_OVER = "handed_over"
"""Column of new claims: the media row of the object was given to ``add``."""

ORDER = ("rule", "group_key", *KEY)
CLAIMS_HANDED_OVER = PLAIN_CLAIMS.append(pa.field(HANDED_OVER, pa.bool_()))


BLOCK_ROWS = 16_384
"""Rows of whole groups that are handed on together."""


@dataclass(frozen=True)
class Group:
    """One group and the media rows of its members, sorted by key."""

    rule: str
    """The rule that claimed it, as ``<position>:<name>``."""

    group_key: str
    rows: pa.Table


@dataclass(frozen=True)
class Block:
    """Whole groups of one rule, one after another."""

    rule: str
    group_keys: tuple[str, ...]
    starts: tuple[int, ...]
    """First row of each group; one more at the end."""

    rows: pa.Table
    """Media rows, one chunk a column."""

    def groups(self) -> Iterator[Group]:
        """Yield the groups one by one."""
        for key, (start, end) in zip(self.group_keys, pairwise(self.starts), strict=True):
            yield Group(self.rule, key, self.rows.slice(start, end - start))


class Gatherer:
    """Reads the members of dirty groups, and counts all groups on the way."""

    def __init__(self, media: Tables, columns: tuple[str, ...], runs: Runs) -> None:
        """``runs``: of ``rows_schema(columns)`` by ``ORDER``."""
        self._media = media
        self._columns = tuple(dict.fromkeys([*KEY, *columns]))
        self._media_schema = plain_schema(MEDIA, self._columns)
        self._schema = rows_schema(columns)
        self._runs = runs
        self._dirty = Groups(np.zeros(0, np.int64))
        self._groups: list[Hashes] = []

    def add(self, media: pa.Table, claims: pa.Table, mine: pa.Array) -> None:
        """Take over some media rows; ``mine``: which, all of them members of dirty groups."""
        rows = pa.Table.from_batches(plain_batches(media, self._media_schema), schema=self._media_schema)
        for name in ("rule", "group_key"):
            rows = rows.append_column(self._schema.field(name), claims[name])
        self._runs.add(rows if pc.all(mine).as_py() else rows.filter(mine))

    def blocks(
        self, dirty: Groups, old: Iterable[pa.RecordBatch], upserts: Iterable[pa.RecordBatch]
    ) -> Iterator[Block]:
        """Yield each dirty group that has members now; ``old`` and ``upserts`` are claims in key order.

        ``upserts`` have the column ``HANDED_OVER``.
        """
        self._dirty = dirty
        if not dirty.everything:  # else all of them were handed over
            claims = overlay(Run(_not_handed_over(old), KEY), Run(upserts, KEY))
            for rows in self._rows_of(claims):
                self._runs.add(rows)
        yield from _blocks(merge_sorted(self._runs.sorted(), ORDER), self._media_schema)

    @property
    def kept(self) -> int:
        """Return how many groups are not dirty; after ``blocks`` was read to its end."""
        every = union(self._groups)
        return int((~self._dirty.mask(every)).sum())

    def _rows_of(self, claims: Iterator[pa.Table]) -> Iterator[pa.RecordBatch]:
        held: list[pa.Table] = []
        count = 0
        for table in claims:
            mine = self._dirty_rows(table)
            if mine.num_rows:
                held.append(mine)
                count += mine.num_rows
            if count >= LOOKUP_ROWS:
                yield from self._looked_up(pa.concat_tables(held))
                held, count = [], 0
        if held:
            yield from self._looked_up(pa.concat_tables(held))

    def _dirty_rows(self, claims: pa.Table) -> pa.Table:
        claimed = claims.filter(pc.not_equal(claims["rule"], ""))
        hashes = group_hashes(claimed["rule"], claimed["group_key"])
        self._groups.append(np.unique(hashes))
        wanted = pc.and_(pa.array(self._dirty.mask(hashes)), pc.invert(claimed[HANDED_OVER]))
        return claimed.filter(wanted).select(["rule", "group_key", *KEY])

    def _looked_up(self, members: pa.Table) -> Iterator[pa.RecordBatch]:
        for start in range(0, members.num_rows, LOOKUP_ROWS):
            part = members.slice(start, LOOKUP_ROWS).combine_chunks()
            found = self._media.lookup("media", part.select(list(KEY)), columns=self._columns)
            if found.num_rows < part.num_rows:  # claims of the last run whose objects are gone
                there = pc.is_in(key_bytes(part, KEY), value_set=key_bytes(found, KEY))
                part = part.filter(there)
            rows = pa.Table.from_batches(plain_batches(found, self._media_schema), schema=self._media_schema)
            for name in ("rule", "group_key"):
                rows = rows.append_column(self._schema.field(name), part[name])
            yield from rows.combine_chunks().to_batches()


def rows_schema(columns: Sequence[str]) -> pa.Schema:
    """Return the schema of media rows of these columns with their rule and group."""
    media = plain_schema(MEDIA, tuple(dict.fromkeys([*KEY, *columns])))
    return media.append(pa.field("rule", pa.string())).append(pa.field("group_key", pa.string()))


def handed_over(claims: pa.Table, mine: pa.Array) -> pa.Table:
    """Return claims with the column that says of which objects ``Gatherer.add`` has the media rows."""
    return claims.append_column(CLAIMS_HANDED_OVER.field(HANDED_OVER), mine)


def _not_handed_over(claims: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in claims:
        yield from handed_over(pa.Table.from_batches([batch]), pa.repeat(False, batch.num_rows)).to_batches()


def _blocks(batches: Iterator[pa.RecordBatch], schema: pa.Schema) -> Iterator[Block]:
    """Yield the groups of rows that are sorted by rule and group, some thousand rows at a time."""
    held = _Held(schema)
    for batch in batches:
        for rule, group_key, rows in _stretches(batch):
            if held.is_full_before(rule, group_key):
                yield held.taken()
            held.add(rule, group_key, rows)
    if held.rows:
        yield held.taken()


class _Held:
    """Groups that are gathered into a block; the last of them may grow yet."""

    def __init__(self, schema: pa.Schema) -> None:
        self.rows = 0
        self._schema = schema
        self._rule = ""
        self._keys: list[str] = []
        self._starts: list[int] = []
        self._parts: list[pa.RecordBatch] = []

    def is_full_before(self, rule: str, group_key: str) -> bool:
        """Return whether a group is of another block than those that are held."""
        if not self.rows or (rule == self._rule and group_key == self._keys[-1]):
            return False
        return rule != self._rule or self.rows >= BLOCK_ROWS

    def add(self, rule: str, group_key: str, rows: pa.RecordBatch) -> None:
        """Add rows of a group: of the last one, or of a new one."""
        if not self._keys or group_key != self._keys[-1]:
            self._keys.append(group_key)
            self._starts.append(self.rows)
        self._rule = rule
        self.rows += rows.num_rows
        self._parts.append(rows.select(self._schema.names))

    def taken(self) -> Block:
        """Return what is held and hold nothing."""
        rows = pa.Table.from_batches(self._parts, schema=self._schema).combine_chunks()
        block = Block(self._rule, tuple(self._keys), (*self._starts, self.rows), rows)
        self.rows, self._keys, self._starts, self._parts = 0, [], [], []
        return block


def _stretches(batch: pa.RecordBatch) -> Iterator[tuple[str, str, pa.RecordBatch]]:
    """Yield rule, group and rows of each run of rows of one group."""
    if not batch.num_rows:
        return
    before, after = batch.slice(0, batch.num_rows - 1), batch.slice(1)
    other = pc.or_(
        pc.not_equal(before.column("rule"), after.column("rule")),
        pc.not_equal(before.column("group_key"), after.column("group_key")),
    )
    cuts = [0, *(np.flatnonzero(other.to_numpy(zero_copy_only=False)) + 1).tolist(), batch.num_rows]
    firsts = pa.array(cuts[:-1], pa.int64())
    rules, keys = (batch.column(name).take(firsts).to_pylist() for name in ("rule", "group_key"))
    for rule, key, (start, end) in zip(rules, keys, pairwise(cuts), strict=True):
        yield rule, key, batch.slice(start, end - start)
