"""The media rows of the groups that are to be built, group by group.

Members of a group lie anywhere in the order of keys. They are read once, in that order, and sorted by
group in bounded runs: memory is a batch of media and the largest group, whatever the bucket holds.
"""

from collections.abc import Iterable, Iterator
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
from labelport.storage.runs import sorted_runs
from labelport.tables import MEDIA

SORTED_ROWS = 20_000
"""Rows of media sorted at once: some 20 MB where they are DICOM."""

ORDER = ("rule", "group_key", *KEY)


@dataclass(frozen=True)
class Group:
    """One group and the media rows of its members, sorted by key."""

    rule: str
    """The rule that claimed it, as ``<position>:<name>``."""

    group_key: str
    rows: pa.Table


class Gatherer:
    """Reads the members of dirty groups, and counts all groups on the way."""

    def __init__(self, media: Tables, columns: tuple[str, ...], dirty: Groups) -> None:
        self._media = media
        self._dirty = dirty
        self._columns = tuple(dict.fromkeys([*KEY, *columns]))
        self._media_schema = plain_schema(MEDIA, self._columns)
        self._schema = self._media_schema.append(pa.field("rule", pa.string())).append(
            pa.field("group_key", pa.string())
        )
        self._groups: list[Hashes] = []
        self._rows = 0

    def groups(self, old: Iterable[pa.RecordBatch], upserts: Iterable[pa.RecordBatch]) -> Iterator[Group]:
        """Yield each dirty group that has members now; ``old`` and ``upserts`` are claims in key order."""
        claims = overlay(Run(old, KEY), Run(plain_batches(upserts, PLAIN_CLAIMS), KEY))
        with sorted_runs(self._rows_of(claims), schema=self._schema, key=ORDER, rows=SORTED_ROWS) as runs:
            yield from _split(merge_sorted(runs, ORDER), self._media_schema)

    @property
    def kept(self) -> int:
        """Return how many groups are not dirty; after ``groups`` was read to its end."""
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
        if not self._dirty.everything:
            self._groups.append(np.unique(hashes))
        return claimed.filter(pa.array(self._dirty.mask(hashes))).select(["rule", "group_key", *KEY])

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


def _split(batches: Iterator[pa.RecordBatch], schema: pa.Schema) -> Iterator[Group]:
    """Yield the groups of rows that are sorted by rule and group."""
    held: list[pa.RecordBatch] = []
    last: tuple[str, str] | None = None
    for batch in batches:
        for start, end in _stretches(batch):
            here = (batch.column("rule")[start].as_py(), batch.column("group_key")[start].as_py())
            if last is not None and here != last:
                yield Group(*last, rows=pa.Table.from_batches(held, schema=schema).combine_chunks())
                held = []
            last = here
            held.append(batch.slice(start, end - start).select(schema.names))
    if last is not None:
        yield Group(*last, rows=pa.Table.from_batches(held, schema=schema).combine_chunks())


def _stretches(batch: pa.RecordBatch) -> list[tuple[int, int]]:
    """Return where rows of one rule and group begin and end."""
    if not batch.num_rows:
        return []
    before, after = batch.slice(0, batch.num_rows - 1), batch.slice(1)
    other = pc.or_(
        pc.not_equal(before.column("rule"), after.column("rule")),
        pc.not_equal(before.column("group_key"), after.column("group_key")),
    )
    cuts = [0, *(np.flatnonzero(other.to_numpy(zero_copy_only=False)) + 1).tolist(), batch.num_rows]
    return list(pairwise(cuts))
