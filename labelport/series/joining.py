"""The user's own values, joined to what the rules built: by object to items, by series to series.

Pure but for the table that it was made with. What is joined by object is in the row hash of the object's
claim; what is joined by series stands in ``series.metadata`` itself, and is compared with that.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pyarrow as pa

from labelport.findings import Finding, finding
from labelport.series.contract import Built, MediaRows
from labelport.series.hashes import Mask
from labelport.series.joined_table import (
    UNKNOWN,
    BadValue,
    JoinedTable,
    Values,
    frame_limit,
    refuse_frames,
)
from labelport.series.members import COUNTED
from labelport.series.notes import Pairs, is_joined
from labelport.series.table_findings import STAGE, table_findings
from labelport.series.user_table_reading import read_user_table

if TYPE_CHECKING:
    from labelport.dataset import UserFile
    from labelport.settings import Metadata

Row = dict[str, Any]


@dataclass(frozen=True)
class Joiner:
    """What ``metadata`` of a dataset joins; without a table nothing."""

    table: JoinedTable | None = field(default=None, repr=False)

    @property
    def files(self) -> tuple[str, ...]:
        """Return the paths of what is joined."""
        return () if self.table is None else (self.table.options.path,)

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the media columns that the joining by series reads of members."""
        return ("frames", "frames_exact") if self.by_series and self._options.keyframes else ()

    @property
    def _options(self) -> "Metadata":
        assert self.table is not None
        return self.table.options

    @property
    def _by_key(self) -> bool:
        return self.table is not None and self._options.key == "key"

    @property
    def by_series(self) -> bool:
        """Return whether values are joined by series."""
        return self.table is not None and self._options.key == "series"

    def said_of(self, keys: Sequence[str]) -> list[bytes]:
        """Return a digest of what is joined to each object; empty where there is nothing."""
        if self.table is None or not self._by_key:
            return [b""] * len(keys)
        said = [b""] * len(keys)
        places = {place: row for place, row in enumerate(self.table.rows_of(keys)) if row is not None}
        for place, values in zip(places, self.table.values(list(places.values())), strict=True):
            body = msgspec.msgpack.encode([values.entries, values.label])
            said[place] = hashlib.blake2b(body, digest_size=8).digest()
        return said

    def joined(self, built: Built, rows: pa.Table) -> Built:
        """Return what a rule built with the values; ``rows``: media of the group's members."""
        if self.table is None or not built.series:
            return built
        return self._to_series(built, rows) if self.by_series else self._to_items(built)

    def entries_of(self, series: Sequence[Mapping[str, Any]]) -> list[list[tuple[str, str]]]:
        """Return what ``series.metadata`` should hold of the table, for rows of ``series_id`` and ``group_key``."""
        if self.table is None or not self.by_series:
            return [[] for _ in series]
        return [sorted(dict(values.entries).items()) for values in self._of_series(series)]

    def survey(self, present: Mask | None = None) -> Iterable[Finding]:
        """Yield what is wrong with the table; ``present``: from ``met``, where it is joined by series."""
        if self.table is None:
            return ()
        return table_findings(self.table.table, self.table.problems(present if self.by_series else None))

    def met(self, batches: Iterable[Sequence[Mapping[str, Any]]]) -> Mask | None:
        """Return which rows of the table are of one of these series; null where it is not joined by series."""
        if self.table is None or not self.by_series:
            return None
        mask = np.zeros(self.table.table.num_rows, bool)
        for series in batches:
            for name in ("series_id", "group_key"):
                mask[[row for row in self.table.rows_of([str(one[name]) for one in series]) if row is not None]] = True
        return mask

    def _of_series(self, series: Sequence[Mapping[str, Any]]) -> list[Values]:
        """Return what is said of each series: by its group key, and what is said by its id over that."""
        assert self.table is not None
        by_name = []
        for name in ("group_key", "series_id"):
            rows = self.table.rows_of([str(one[name]) for one in series])
            known = iter(self.table.values([row for row in rows if row is not None]))
            by_name.append([Values() if row is None else next(known) for row in rows])
        return [_over(one, two) for one, two in zip(*by_name, strict=True)]

    def _to_items(self, built: Built) -> Built:
        assert self.table is not None
        keys = sorted({str(item["key"]) for item in built.items if item["store"] == "raw"})
        places = {key: row for key, row in zip(keys, self.table.rows_of(keys), strict=True) if row is not None}
        said = dict(zip(places, self.table.values(list(places.values())), strict=True))
        labels = _labels(built.items, said)
        targets = {name for (name, _), label in labels.items() if label}
        items = [
            _labelled(item, said.get(_raw_key(item) or "", Values()), labels, has_target=item["series_id"] in targets)
            for item in built.items
        ]
        return replace(built, items=items)

    def _to_series(self, built: Built, rows: pa.Table) -> Built:
        known = _of_series(built.series, self._of_series(built.series))
        counted: dict[str, list[Row]] = {}
        for item in built.items:
            if item["role"] in COUNTED:
                counted.setdefault(item["series_id"], []).append(item)
        found = list(built.findings)
        series = []
        for row in built.series:
            values = known[row["series_id"]]
            if values.keyframes:
                try:
                    refuse_frames(values.keyframes, _frames_of(counted.get(row["series_id"], []), rows))
                except BadValue as error:
                    found.append(self._out_of_range(row, error))
                    values = _without(values, "keyframes")
            series.append({**row, "metadata": sorted([*row["metadata"], *values.entries])})
        items = [
            {**item, "label_this": known[item["series_id"]].label}
            if item["role"] in COUNTED and known[item["series_id"]].label is not None
            else item
            for item in built.items
        ]
        return Built(series, items, found)

    def _out_of_range(self, series: Row, error: BadValue) -> Finding:
        # No line: a line above it may come and go while this group is not built.
        return finding(
            error.code,
            stage=STAGE,
            file=self._options.path,
            pointer=f"{series['series_id']}:{self._options.keyframes}",
            series_id=series["series_id"],
            message=f"The value is left out: {error}.",
        )


NO_VALUES = Joiner()


def joiner_of(options: "Metadata | None", file: "UserFile | None", media: MediaRows) -> Joiner:
    """Return what a dataset's ``metadata`` joins; raises ``TableUnusable``."""
    if options is None or file is None:
        return NO_VALUES
    named = [options.key, *options.columns, *filter(None, (options.label, options.keyframes))]
    return Joiner(JoinedTable(options, read_user_table(file, columns=named), media))


def own_entries(pairs: Pairs) -> list[tuple[str, str]]:
    """Return the joined values of a map as they stand, in the order of their names."""
    given = pairs.items() if isinstance(pairs, Mapping) else pairs or ()
    return sorted((name, text) for name, text in given if is_joined(name))


def _of_series(series: Sequence[Mapping[str, Any]], values: Sequence[Values]) -> dict[str, Values]:
    return {row["series_id"]: said for row, said in zip(series, values, strict=True)}


def _over(under: Values, over: Values) -> Values:
    entries = tuple(sorted({**dict(under.entries), **dict(over.entries)}.items()))
    label = under.label if over.label is None else over.label
    return Values(entries, label, over.keyframes or under.keyframes)


def _without(values: Values, kind: str) -> Values:
    return replace(values, entries=tuple(pair for pair in values.entries if not pair[0].startswith(f"{kind}:")))


def _raw_key(item: Mapping[str, Any]) -> str | None:
    return str(item["key"]) if item["store"] == "raw" else None


def _labels(items: Sequence[Row], said: Mapping[str, Values]) -> dict[tuple[str, int], bool]:
    """Return what the table says of items by series and index, where it says anything.

    Of an image that is here twice the rule shows one, and the table may well name the other: what is said of a
    copy is said of what it is a copy of, unless the table speaks of that itself.
    """
    own: dict[tuple[str, int], bool] = {}
    of_copies: dict[tuple[str, int], bool] = {}
    for item in items:
        label = said.get(_raw_key(item) or "", Values()).label
        if label is None:
            continue
        if item["role"] in COUNTED:
            own[item["series_id"], item["index"]] = label
        elif item["role"] == "duplicate" and item["of_index"] is not None:
            place = (item["series_id"], item["of_index"])
            of_copies[place] = label or of_copies.get(place, False)
    return {**of_copies, **own}


def _labelled(item: Row, values: Values, labels: Mapping[tuple[str, int], bool], *, has_target: bool) -> Row:
    """Return an item with its values; one that no row speaks of is shown only, once its series has a target."""
    notes = sorted([*item["notes"], *values.entries]) if values.entries else item["notes"]
    label = item["label_this"]
    if item["role"] in COUNTED:
        label = labels.get((item["series_id"], item["index"]), label and not has_target)
    return {**item, "notes": notes, "label_this": label}


def _frames_of(items: Sequence[Row], rows: pa.Table) -> int:
    """Return how many frames a series has: its items, or the frames of the one object that it is; -1: not known."""
    if len(items) != 1:
        return len(items)
    key = items[0]["key"]
    found = [row for row in rows.select(["key", "frames", "frames_exact"]).to_pylist() if row["key"] == key]
    return frame_limit(found[0]) if found else UNKNOWN
