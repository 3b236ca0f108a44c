"""The series of a catalogue with their items and media, one batch in memory.

Series and items are both sorted by series id, so reading is a merge of two streams; the media rows
of a batch of items are looked up together. A reader can be iterated again.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import pyarrow as pa

from labelport.manifests.contract import Item, Platform, Series
from labelport.options import ManifestOptions

MEDIA_COLUMNS = (
    "store",
    "key",
    "token",
    "size",
    "kind",
    "format",
    "mime_type",
    "extension",
    "extension_mismatch",
    "status",
    "error",
    "width",
    "height",
    "stored_width",
    "stored_height",
    "orientation",
    "frames",
    "frames_exact",
    "duration_s",
    "fps",
    "phi_risk",
)
"""Media columns that every emitter gets; more where a platform names them (``columns_for``): the structs
of headers are wide, and turning them into rows costs more than all the rest."""


def columns_for(platform: Platform, options: ManifestOptions) -> tuple[str, ...]:
    """Return the media columns that a platform reads: ``MEDIA_COLUMNS`` and those of its ``media_columns(options)``."""
    more: Callable[[ManifestOptions], Sequence[str]] = getattr(platform, "media_columns", lambda _: ())
    return tuple(dict.fromkeys((*MEDIA_COLUMNS, *more(options))))


class Tables(Protocol):
    """The part of a catalogue's generation that is read here."""

    def batches(self, table: str, *, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """Yield a table in key order."""
        ...

    def lookup(self, table: str, keys: pa.Table, *, columns: Sequence[str] | None = None) -> pa.Table:
        """Return the rows of these keys."""
        ...


def rows_of(batch: pa.RecordBatch | pa.Table) -> Iterator[dict[str, Any]]:
    """Yield the rows of a batch as dictionaries; maps become pairs, dictionaries their values."""
    names = batch.schema.names
    columns = [batch.column(name).to_pylist() for name in names]
    return (dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True))


class StageSeries:
    """All series of a series generation, with the media rows of a media generation."""

    def __init__(self, series: Tables, media: Tables, *, columns: Sequence[str] = MEDIA_COLUMNS) -> None:
        self._series = series
        self._media = media
        self._columns = [*dict.fromkeys(("store", "key", *columns))]

    def __iter__(self) -> Iterator[Series]:
        """Yield series in key order; items by (index, role), each with its media row."""
        rows = (row for batch in self._series.batches("series") for row in rows_of(batch))
        return joined(rows, self._items())

    def _items(self) -> Iterator[Item]:
        for batch in self._series.batches("items"):
            yield from with_media(batch, self._lookup)

    def _lookup(self, keys: pa.Table) -> pa.Table:
        return self._media.lookup("media", keys, columns=self._columns)


class TableSeries:
    """Series out of tables in memory (rows of the three tables), at any order of their rows."""

    def __init__(
        self,
        series: Iterable[Mapping[str, Any]],
        items: Iterable[Mapping[str, Any]],
        media: Iterable[Mapping[str, Any]],
    ) -> None:
        by_object = {(row["store"], row["key"]): row for row in media}
        self._rows = sorted(series, key=lambda row: row["series_id"].encode())
        ordered = sorted(items, key=lambda row: (row["series_id"].encode(), row["index"], row["role"]))
        self._items = [Item(row, by_object.get((row["store"], row["key"]), absent(row))) for row in ordered]

    def __iter__(self) -> Iterator[Series]:
        """Yield series in key order."""
        return joined(iter(self._rows), iter(self._items))


def absent(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return what stands for the media row of an object that has none."""
    return {
        "store": item["store"],
        "key": item["key"],
        "kind": "unknown",
        "status": "unreadable",
        "error": "the object was not probed",
    }


def with_media(items: pa.RecordBatch, lookup: Callable[[pa.Table], pa.Table]) -> Iterator[Item]:
    """Yield the items of a batch with their media rows."""
    references = pa.Table.from_batches([items.select(["store", "key"])])
    distinct = (
        references.group_by(["store", "key"]).aggregate([]).sort_by([("store", "ascending"), ("key", "ascending")])
    )
    by_object = {(row["store"], row["key"]): row for row in rows_of(lookup(distinct))}
    for row in rows_of(items):
        yield Item(row, by_object.get((row["store"], row["key"])) or absent(row))


def joined(series: Iterator[Mapping[str, Any]], items: Iterator[Item]) -> Iterator[Series]:
    """Merge series and items, both in key order; raises ``ValueError`` for items of no series."""
    item = next(items, None)
    for row in series:
        members: list[Item] = []
        while item is not None and item.row["series_id"] == row["series_id"]:
            members.append(item)
            item = next(items, None)
        yield Series(row, tuple(members))
    if item is not None:
        raise ValueError(f"items of the series {item.row['series_id']!r} stand outside the order of the series table")


def media_rows(media: Tables, *, columns: Sequence[str] = MEDIA_COLUMNS) -> Iterator[Mapping[str, Any]]:
    """Yield all media rows in key order."""
    for batch in media.batches("media", columns=[*dict.fromkeys(("store", "key", *columns))]):
        yield from rows_of(batch)
