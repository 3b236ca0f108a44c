"""The series of a manifest as its renditions show them: ``use: <name>`` (specification 1.9).

The table of renditions is sorted by key, the series by their id. So the rows of one name are sorted by
series on disk, and both streams are merged: memory is one series, and one run of the sorting.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from types import TracebackType
from typing import Any, Self

from labelport.findings import Finding, finding
from labelport.manifests.contract import Series, SeriesReader
from labelport.manifests.kinds import Counted
from labelport.manifests.ordering import SortedRows
from labelport.manifests.reading import Tables, rows_of
from labelport.manifests.rendered import Rendition
from labelport.manifests.replacing import Lack, replaced

COLUMNS = (*Rendition._fields, "name", "gone_since")
"""Columns of ``tables.RENDITIONS`` that are read here."""

RUN_ROWS = 50_000
"""Rows in memory while they are sorted: about 900 bytes each."""

MOST_LISTED = 100
"""Series left out that are named one by one; the others are counted."""

EXAMPLES = 5

_REPEATED = ("series_id", "source_store", "source_key", "source_token", "kind", "status", "version")
"""Texts that many rows share: held once."""


def rendition_rows(renditions: Tables) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of a renditions generation with the columns that are read here."""
    for batch in renditions.batches("renditions", columns=COLUMNS):
        yield from rows_of(batch)


class SortedRenditions:
    """The live renditions of one name by series: sorted once, read as often as a manifest asks.

    Rows whose source is gone (tombstones) and rows of no series are not live.
    """

    def __init__(self, rows: Iterable[Mapping[str, Any]], name: str, *, run_rows: int = RUN_ROWS) -> None:
        self._rows = SortedRows(lambda row: row[0], run_rows=run_rows)
        self.kinds: set[str] = set()
        for row in rows:
            if row["name"] == name and row["series_id"] is not None and _is_live(row):
                self.kinds.add(row["kind"])
                self._rows.add([_shared(field, row[field]) for field in Rendition._fields])

    def by_series(self) -> Iterator[tuple[str, Iterator[Rendition]]]:
        """Yield the id of each series with its rows, by id. One iteration at a time."""
        for identity, rows in groupby(self._rows, key=lambda row: str(row[0])):
            yield identity, (Rendition(*row) for row in rows)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._rows.__exit__(kind, error, trace)


def _is_live(row: Mapping[str, Any]) -> bool:
    return row["status"] != "tombstone" and row.get("gone_since") is None


def _shared(field: str, value: Any) -> Any:
    return sys.intern(value) if field in _REPEATED and value is not None else value


@dataclass
class _Said:
    """What is said of one pass over the series."""

    name: str
    stage: str
    listed: list[Finding] = field(default_factory=list)
    further: Counted = field(default_factory=lambda: Counted("manifest.rendition_missing"))
    unshown: Counted = field(default_factory=lambda: Counted("manifest.key_frame_not_shown"))

    def left_out(self, series: Series, lacks: list[Lack]) -> None:
        identity = series.row["series_id"]
        if len(self.listed) >= MOST_LISTED:
            self.further.add(identity)
            return
        first, more = lacks[0], len(lacks) - 1
        words = f"item {first.item.row['index']} has no usable rendition {self.name!r}: {first.why}"
        words += (f"; {more:,} more of its items have none either" if more else "") + "; the whole series is left out"
        numbers = [f"{lack.item.row['role']} {lack.item.row['index']}" for lack in lacks[:EXAMPLES]]
        self.listed.append(
            finding(
                "manifest.rendition_missing",
                stage=self.stage,
                file=first.item.row["key"],
                store=first.item.row["store"],
                series_id=identity,
                message=words,
                value=", ".join(numbers) + (" …" if len(lacks) > EXAMPLES else ""),
            )
        )

    def findings(self) -> list[Finding]:
        further = f"{{count}} more series are left out: they lack the rendition {self.name!r}"
        unshown = f"{{count}} key frames are not among the frames of the rendition {self.name!r}"
        return [
            *self.listed,
            *self.further.findings(stage=self.stage, message=further),
            *self.unshown.findings(stage=self.stage, message=unshown),
        ]


class RenditionSeries:
    """A reader over the series of another one with renditions in place of their objects.

    Both are in the order of the series ids. A series that lacks a rendition is left out whole.
    """

    def __init__(self, series: SeriesReader, renditions: SortedRenditions, *, name: str, stage: str) -> None:
        self._series = series
        self._renditions = renditions
        self._name = name
        self._stage = stage
        self._said = _Said(name, stage)

    def __iter__(self) -> Iterator[Series]:
        """Yield the series with their renditions, in the order of the reader."""
        said = _Said(self._name, self._stage)
        sounds = "spectrogram" in self._renditions.kinds
        groups = self._renditions.by_series()
        group = next(groups, None)
        for one in self._series:
            identity = one.row["series_id"]
            while group is not None and group[0] < identity:
                group = next(groups, None)
            rows = list(group[1]) if group is not None and group[0] == identity else []
            found = replaced(one, rows, sounds_have_pictures=sounds)
            if isinstance(found, list):
                said.left_out(one, found)
                continue
            if found.unshown:
                said.unshown.add(identity, found.unshown)
            yield found.series
        self._said = said

    def findings(self) -> list[Finding]:
        """Return what was left out in the last whole pass: each series by its first item, up to a bound."""
        return self._said.findings()


@contextmanager
def as_shown(
    series: SeriesReader, use: str, renditions: Callable[[], Iterator[Mapping[str, Any]]] | None, *, stage: str
) -> Iterator[SeriesReader]:
    """Give the series as a manifest with this ``use`` sees them, and as its uploads have to be compared.

    ``renditions``: ``EmitContext.renditions``. Series that lack a rendition are left out. The series are given
    as they are for ``original``, and where no rendition was ever made.
    """
    if use == "original" or renditions is None:
        yield series
        return
    with SortedRenditions(renditions(), use) as rows:
        yield RenditionSeries(series, rows, name=use, stage=stage)
