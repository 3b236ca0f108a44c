"""Series, items, claims and findings of a dataset: the groups that changed are built, all others left alone.

Pure but for temporary files: media and the tables of the last run come in, what differs goes out. Findings
of a group carry its name (``of_group``), so they stay while the group is not built; findings about the
whole stage are made anew each time, from counts over the claims. The findings table is therefore read
through once a run; it is small, and outside the content version.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.catalogue.merge import merge_sorted
from labelport.errors import LabelportError
from labelport.findings import findings_table
from labelport.privacy import plain, shown_key
from labelport.progress import Progress, silent
from labelport.series.building import PLAIN_FINDINGS, built_groups, named_findings
from labelport.series.changes import KEYS, PLAIN_CLAIMS, Changes, ClaimChanges
from labelport.series.gathering import (
    CLAIMS_HANDED_OVER,
    ORDER,
    READ_ROWS,
    SORTED_ROWS,
    Gatherer,
    handed_over,
    rows_schema,
)
from labelport.series.grouping import Grouper, group_name
from labelport.series.hashes import Mask, hashes_of
from labelport.series.plain import Tables, plain_batches, plain_schema, plain_table
from labelport.series.whole import whole_findings
from labelport.storage.runs import Runs, SetAside, set_aside, sorted_runs
from labelport.tables import FINDINGS, ITEMS, SERIES

HELD_ROWS = 65_536
"""Rows of each table held in memory before they go to a temporary file."""

BATCH_ROWS = 2_000
"""Rows turned into Arrow at once."""

PLAIN_SERIES, PLAIN_ITEMS = plain_schema(SERIES), plain_schema(ITEMS)
IDS = plain_schema(SERIES, SERIES.key)
IDS_AND_GROUPS = plain_schema(SERIES, ("series_id", "rule", "group_key"))
NEWEST = 5


class SeriesIdTaken(LabelportError, ValueError):
    """Two groups make one series id."""


@dataclass(frozen=True)
class _Made:
    """Rows of the groups that were built, in the order of the groups."""

    series: SetAside
    items: SetAside
    findings: SetAside
    names: SetAside
    """Ids and groups of the series, where values are joined by them."""


@dataclass(kw_only=True)
class Rebuilt:
    """What differs from the last run. What is set aside can be read once."""

    changes: Changes
    claims: SetAside
    """New and changed claims, in key order."""

    lost: SetAside
    """Keys of claims whose objects are gone."""

    gone: SetAside
    """Ids of all series that the built and the removed groups had; they go before new ones come."""

    gone_too: SetAside
    """The same once more, for items."""

    made: "_Made"
    media: Tables
    old: Tables | None
    """The last run."""

    grouper: Grouper
    stack: ExitStack
    """Temporary files end with it."""

    groups_built: int = 0
    groups_kept: int = 0
    groups_removed: int = 0
    new_ids: list[str] = field(default_factory=list)
    """Some series that were not there before; known once ``series`` was read."""

    def series(self) -> Iterator[pa.RecordBatch]:
        """Yield new rows of series, sorted; raises ``SeriesIdTaken``."""
        last: dict[str, Any] | None = None
        for batch in self._sorted(self.made.series, PLAIN_SERIES, SERIES.key):
            for row in batch.select(["series_id", "rule", "group_key"]).to_pylist():
                if last is not None and row["series_id"] == last["series_id"]:
                    raise _taken(last, row)
                last = row
            self._meet(batch)
            yield batch

    def items(self) -> Iterator[pa.RecordBatch]:
        """Yield new rows of items, sorted."""
        yield from self._sorted(self.made.items, PLAIN_ITEMS, ITEMS.key)

    def findings(self) -> Iterator[pa.RecordBatch]:
        """Yield all findings, sorted: of built groups, of groups left alone, and of the whole."""
        about_all = whole_findings(self.grouper, self.changes.said, self.media)
        about_values = self.grouper.joiner.survey(self.grouper.joiner.met(self._series_now()))
        whole = plain_table(findings_table([*about_all, *about_values]), PLAIN_FINDINGS)
        made = self._sorted(self.made.findings, PLAIN_FINDINGS, FINDINGS.key)
        yield from merge_sorted([self._carried(), made, iter(whole.to_batches())], FINDINGS.key)

    def _series_now(self) -> Iterator[list[dict[str, Any]]]:
        """Yield ids and group keys of all series: those of groups left alone, and those that were built."""
        if self.old is not None:
            for batch in plain_batches(self.old.batches("series", columns=IDS_AND_GROUPS.names), IDS_AND_GROUPS):
                rows = batch.to_pylist()
                dirty = self.changes.dirty.mask(hashes_of(f"{row['rule']}:{row['group_key']}" for row in rows))
                yield [row for row, is_dirty in zip(rows, dirty.tolist(), strict=True) if not is_dirty]
        for batch in self.made.names.batches():
            yield batch.to_pylist()

    def _carried(self) -> Iterator[pa.RecordBatch]:
        if self.old is None:
            return
        for batch in plain_batches(self.old.batches("findings"), PLAIN_FINDINGS):
            groups = batch.column("of_group").to_pylist()
            hashes = hashes_of(groups)
            of_group = np.array([group is not None for group in groups], bool)
            yield batch.filter(pa.array(of_group & ~self.changes.dirty.mask(hashes)))

    def _sorted(self, place: SetAside, schema: pa.Schema, key: Sequence[str]) -> Iterator[pa.RecordBatch]:
        runs = self.stack.enter_context(sorted_runs(place.batches(), schema=schema, key=key, rows=HELD_ROWS))
        yield from merge_sorted(runs, key)

    def _meet(self, batch: pa.RecordBatch) -> None:
        """Refuse ids that a series of a group left alone has; remember a few that no series had."""
        known: dict[str, Any] = {}
        if self.old is not None:
            ids = pa.table({"series_id": batch.column("series_id")})
            found = self.old.lookup("series", ids, columns=["series_id", "rule", "group_key"]).to_pylist()
            known = {row["series_id"]: row for row in found}
            hashes = hashes_of(f"{row['rule']}:{row['group_key']}" for row in found)
            for row, is_dirty in zip(found, self.changes.dirty.mask(hashes), strict=True):
                if not is_dirty:
                    raise _taken(row, row)
        for one in batch.column("series_id").to_pylist():
            if len(self.new_ids) < NEWEST and one not in known:
                self.new_ids.append(one)


@contextmanager
def rebuilt(
    media: Tables, old: Tables | None, grouper: Grouper, *, everything: bool = False, progress: Progress = silent
) -> Iterator[Rebuilt]:
    """Give what differs from the last run (``old``: its series, items, claims and findings; null: there was none).

    ``everything``: settings, code or the project's key are others than then, so each row is grouped again.
    A group whose members' keys, tokens and row hashes are the same is not built even so.
    """
    with ExitStack() as stack:

        def place(schema: pa.Schema) -> SetAside:
            return stack.enter_context(set_aside(schema=schema, rows=HELD_ROWS))

        runs = stack.enter_context(
            Runs(schema=rows_schema(grouper.columns), key=ORDER, rows=SORTED_ROWS, batch=READ_ROWS, aside=True)
        )
        gatherer = Gatherer(media, grouper.columns, runs)
        finds = _Finds(gatherer, place(PLAIN_CLAIMS), place(CLAIMS_HANDED_OVER) if old else None, place(KEYS))
        progress("grouping", 0, None)
        changes = ClaimChanges(media, old, grouper, finds, everything=everything).find()
        result = Rebuilt(
            changes=changes,
            claims=finds.claims,
            lost=finds.lost,
            gone=place(IDS),
            gone_too=place(IDS),
            made=_Made(place(PLAIN_SERIES), place(PLAIN_ITEMS), place(PLAIN_FINDINGS), place(IDS_AND_GROUPS)),
            media=media,
            old=old,
            grouper=grouper,
            stack=stack,
        )
        _build(result, gatherer, finds.claims_too, progress)
        _find_gone(result)
        yield result


@dataclass(frozen=True)
class _Finds:
    """What differs, put where it is needed."""

    gatherer: Gatherer
    claims: SetAside
    """For the table of claims."""

    claims_too: SetAside | None
    """For the members of groups; null where there was no last run."""

    lost: SetAside

    def take(self, media: pa.Table, claims: pa.Table, members: Mask) -> None:
        """Take media rows with their claims; ``members``: which are other members of groups now."""
        mine = pc.and_(pa.array(members), pc.not_equal(claims["rule"], "").combine_chunks())
        self.gatherer.add(media, claims, mine)
        self.claims.add(claims)
        if self.claims_too is not None:
            self.claims_too.add(handed_over(claims, mine))


def _build(result: Rebuilt, gatherer: Gatherer, claims: SetAside | None, progress: Progress) -> None:
    old, dirty = result.old, result.changes.dirty
    before: Iterable[pa.RecordBatch] = ()
    if old is not None:
        before = plain_batches(old.batches("claims"), PLAIN_CLAIMS)
    series, items = _Rows(result.made.series, PLAIN_SERIES), _Rows(result.made.items, PLAIN_ITEMS)
    named = _Rows(result.made.names, IDS_AND_GROUPS)
    names: set[int] = set()
    blocks = gatherer.blocks(dirty, before, claims.batches() if claims is not None else ())
    for group, built in built_groups(blocks, result.media, result.grouper):
        series.add(built.series)
        items.add(built.items, built.more_items)
        if result.grouper.joiner.by_series:
            named.add(built.series)
        result.made.findings.add(named_findings(group, built))
        result.groups_built += 1
        if not dirty.everything:
            names.add(hash(group_name(group.rule, group.group_key)))
        if result.groups_built % 1_000 == 0:
            progress("building", result.groups_built, None)
    series.close()
    items.close()
    named.close()
    result.groups_kept = gatherer.kept
    result.groups_removed = 0 if dirty.everything else len(set(dirty.hashes.tolist()) - names)


def _find_gone(result: Rebuilt) -> None:
    if result.old is None or not len(result.changes.dirty.hashes):
        return
    for batch in plain_batches(result.old.batches("series", columns=IDS_AND_GROUPS.names), IDS_AND_GROUPS):
        names = zip(batch.column("rule").to_pylist(), batch.column("group_key").to_pylist(), strict=True)
        hashes = hashes_of(f"{rule}:{key}" for rule, key in names)
        gone = pa.Table.from_batches([batch.filter(pa.array(result.changes.dirty.mask(hashes)))]).select(IDS.names)
        result.gone.add(gone.cast(IDS))
        result.gone_too.add(gone.cast(IDS))


class _Rows:
    """Rows as dictionaries or tables, handed on some thousand at a time."""

    def __init__(self, place: SetAside, schema: pa.Schema) -> None:
        self._place = place
        self._schema = schema
        self._held: list[dict[str, Any]] = []
        self._tables: list[pa.Table] = []
        self._count = 0

    def add(self, rows: Sequence[dict[str, Any]], tables: Sequence[pa.Table] = ()) -> None:
        """Add rows, and tables that have all columns; what rows lack is null."""
        self._held += rows
        self._tables += tables
        self._count += len(rows) + sum(table.num_rows for table in tables)
        if self._count >= BATCH_ROWS:
            self.close()

    def close(self) -> None:
        """Hand over what is held."""
        if self._held:
            self._tables.append(pa.Table.from_pylist(self._held, schema=self._schema))
        if self._tables:
            self._place.add(pa.concat_tables(self._tables).combine_chunks())
        self._held, self._tables, self._count = [], [], 0


def _taken(one: dict[str, Any], two: dict[str, Any]) -> SeriesIdTaken:
    first, second = (f"{row['rule']} {plain(shown_key(row['group_key'], 'auto'))}" for row in (one, two))
    return SeriesIdTaken(
        f"two groups make the series {one['series_id']}: {first} and {second}. Where two rules of one name have equal groups, let the expressions put "
        "something that differs into the group `series`, or make one rule of them"
    )
