"""The rule itself: objects that the table lists, as the series that it says."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa

from labelport.errors import SettingsError
from labelport.findings import Finding, finding
from labelport.privacy import series_id
from labelport.series.contract import Built, MediaRows, RuleContext
from labelport.series.hashes import Mask
from labelport.series.joined_table import UNKNOWN
from labelport.series.members import MEMBER_COLUMNS, highest_risk, item_row, series_row
from labelport.series.pattern.judging import gaps, sizes, twice
from labelport.series.pattern.names import Name
from labelport.series.pattern.numbers import gaps_of, shown_number
from labelport.series.pattern.ordering import Member, doubles_of
from labelport.series.table.cells import Listed
from labelport.series.table.judging import Fact, Judged, fact_of, judged
from labelport.series.table.listing import CHUNK, Listing
from labelport.series.table.options import TableOptions
from labelport.series.table_findings import STAGE, Problem, table_findings
from labelport.series.user_table import RowsByText
from labelport.series.user_table_reading import read_user_table

SEEN, USED = 1, 2
"""An object is there; and can be a member."""

Row = Mapping[str, Any]

ROLES = {"video": "video", "audio": "audio"}
"""Role of an item by kind of media; image for all others."""


class TableRule:
    """Series as a table lists them; rows of the roles context and label claim nothing."""

    name = "table"
    version = "2"
    columns = (*MEMBER_COLUMNS, "frames", "frames_exact")
    Options = TableOptions

    def __init__(self, options: TableOptions, context: RuleContext) -> None:
        """Raise ``SettingsError`` where the table is absent or cannot be used."""
        if context.read is None:
            raise SettingsError(f"{options.path} cannot be read here")
        self._context = context
        self._listing = Listing(options, read_user_table(context.read(options.path)))

    def group(self, media: pa.RecordBatch) -> pa.Array:
        """Return the series that the table claims each object for."""
        return pa.array(self._listing.series_of(media.column("key").to_pylist()), pa.string())

    def refs(self, group_key: str) -> list[str]:
        """Return the objects of a series that are context or labels."""
        return sorted({row.key for row in self._listing.others_of(group_key)})

    def said_of(self, group_key: str) -> bytes:
        """Return a digest of the rows of a series."""
        return self._listing.said_of(group_key)

    def build(self, group_key: str, rows: pa.Table, context: pa.Table) -> Built:
        """Return one series in the order of the table's index, or of its rows."""
        media = {row["key"]: row for row in [*rows.to_pylist(), *context.to_pylist()]}
        listed = self._listing.rows_of(group_key)
        elsewhere = {row.key for row in listed} - set(rows["key"].to_pylist())
        found = judged(listed, {key: fact_of(row) for key, row in media.items()}, elsewhere=elsewhere)
        if not found.items:
            return Built([], [])
        members = [_member(row, media[row.key]) for row in found.items]
        doubles = doubles_of(members) if found.is_numbered else []
        odd = [*gaps(members), *twice(members, doubles)] if found.is_numbered else []
        odd += sizes(members)
        video = _video_of(found.items, media)
        strides = sorted({gaps_of([m.number for m in members if m.number is not None]).stride} - {1})
        series = series_row(
            self._context,
            self.name,
            group_key,
            kind="table" if video is None else "frames",
            members=[media[row.key] for row in found.items],
            items=len(found.items),
            order_basis="index" if found.is_numbered else "table",
            flags=[one.code.partition(".")[2] for one in odd],
            attributes={"stride": ", ".join(map(shown_number, strides))} if strides else {},
        )
        if video is not None:
            series["parent_id"] = series_id(
                dataset=self._context.dataset, rule="video", group_key=video, key=self._context.hmac_key
            )
        seen = [media[row.key]["phi_risk"] for row in (*found.items, *found.others)]
        series["phi_risk"] = highest_risk(seen)  # context is shown as well
        name = series["series_id"]
        return Built([series], _items(name, found, media), [replace(one, series_id=name) for one in odd])

    def finish(self, counts: dict[str, int]) -> Sequence[Finding]:  # noqa: ARG002 -- the contract of rules
        """Return nothing: what there is to say is said of the table."""
        return ()

    def survey(self, media: MediaRows, claimed: int) -> Sequence[Finding]:
        """Return what is wrong with the table, cell by cell, and how many of its objects other rules have."""
        listing = self._listing
        facts = _Facts(listing, media)
        found = list(table_findings(listing.table, [*listing.problems(), *self._problems(facts)]))
        elsewhere = facts.claimable() - claimed
        if elsewhere > 0:
            words = f"Of its objects that are there, {elsewhere:,} are not this rule's."
            found.append(
                finding("table.not_claimed", stage=STAGE, file=listing.table.path, message=words, count=elsewhere)
            )
        return found

    def _problems(self, facts: "_Facts") -> Iterator[Problem]:
        names = self._listing.columns.names
        for rows in self._listing.series_to_judge(facts.usable):
            for fault in judged(rows, facts.of(rows)).faults:
                yield Problem(fault.code, fault.words, fault.row, names[fault.column])


class _Facts:
    """What is known of the objects that the table names: 17 bytes a row."""

    def __init__(self, listing: Listing, media: MediaRows) -> None:
        keys = listing.keys.to_pylist()
        self._listing = listing
        self._named = RowsByText(listing.keys)
        seen = np.zeros(len(keys) + 1, np.int8)
        frames = np.full(len(keys) + 1, UNKNOWN, np.int64)
        found = media(key for key in keys if key is not None)
        while part := list(islice(found, CHUNK)):
            rows = [row for row in self._named.first_rows([row["key"] for row in part]) if row is not None]
            facts = [fact_of(row) for row in part]
            seen[rows] = [USED if fact.usable else SEEN for fact in facts]
            frames[rows] = [fact.frames for fact in facts]
        # What is known stands at the first row of each object; an empty key has none.
        first = np.array([len(keys) if row is None else row for row in self._named.first_rows(keys)], np.int64)
        self._seen, self._frames = seen[first], frames[first]

    def of(self, rows: Sequence[Listed]) -> dict[str, Fact]:
        """Return the facts of the objects of some rows that are there."""
        return {
            row.key: Fact(bool(self._seen[row.row] == USED), int(self._frames[row.row]))
            for row in rows
            if self._seen[row.row]
        }

    @property
    def usable(self) -> Mask:
        """Return which rows name an object that is there and can be a member."""
        return np.equal(self._seen, USED)

    def claimable(self) -> int:
        """Return how many objects the table claims that are there and usable."""
        keys = list(self._listing.claimed())
        rows = [row for row in self._named.first_rows(keys) if row is not None]
        return int(self.usable[rows].sum())


def _member(row: Listed, media: Row) -> Member:
    index = None if row.index is None else str(row.index)
    return Member(media, Name(row.series, index=index, version=row.version, camera=row.camera, folder=""), row.index)


def _video_of(items: Sequence[Listed], media: Mapping[str, Row]) -> str | None:
    """Return the one video of which all items are frames, null where they are something else."""
    keys = {row.key for row in items}
    if len(keys) == 1 and all(row.frame is not None for row in items) and media[items[0].key]["kind"] == "video":
        return keys.pop()
    return None


def _items(series: str, found: Judged, media: Mapping[str, Row]) -> list[dict[str, Any]]:
    items = []
    first_of: dict[object, int] = {}
    for index, row in enumerate(found.items):
        of_index = None if row.of_index is None else found.places[row.of_index]
        if row.version is not None and of_index is None:
            of_index = first_of.setdefault((row.index, row.camera), index)
        role = ROLES.get(media[row.key]["kind"], "image")
        made = item_row(series, index, role, media[row.key], label_this=row.label)
        items.append({**made, **_cells(row), "of_index": None if of_index == index else of_index})
    places: Counter[str] = Counter()
    for row in found.others:
        of_index = None if row.of_index is None else found.places[row.of_index]
        made = item_row(series, places[row.role], row.role, media[row.key], label_this=False)
        items.append({**made, **_cells(row), "of_index": of_index})
        places[row.role] += 1
    return items


def _cells(row: Listed) -> dict[str, Any]:
    return {"channel": row.camera, "version": row.version, "frame": row.frame, "notes": list(row.notes)}
