"""The series of a catalogue with their items and media, in bounded memory.

Series and items are both sorted by series id, so reading is a merge of two streams; the media rows
of a batch of items are looked up together. What waits is Arrow's; rows of Python, ten times as large, are made
few at a time. A reader can be iterated again.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from labelport.catalogue.keys import Rows, chunks, key_bytes
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

PYTHON_ROWS = 2048
"""Rows that are dictionaries at one time; a media row takes about 2 kB so, and 200 bytes in Arrow."""

OBJECT = ("store", "key")


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


def rows_of(batch: Rows) -> Iterator[dict[str, Any]]:
    """Yield the rows of a batch as dictionaries; maps become pairs, dictionaries their values."""
    names = batch.schema.names
    for part in chunks(batch, PYTHON_ROWS):
        columns = [_values(column) for column in part.columns]
        yield from (dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True))


def _values(column: pa.ChunkedArray) -> list[Any]:
    """Return a column's values; the words of a dictionary are made once, which ``to_pylist`` does for each row."""
    values: list[Any] = []
    if not pa.types.is_dictionary(column.type):
        values = column.to_pylist()
    else:
        for chunk in column.chunks:
            words = chunk.dictionary.to_pylist()
            values += [None if place is None else words[place] for place in chunk.indices.to_pylist()]
    return values


class StageSeries:
    """All series of a series generation, with the media rows of a media generation."""

    def __init__(self, series: Tables, media: Tables, *, columns: Sequence[str] = MEDIA_COLUMNS) -> None:
        self._series = series
        self._media = media
        self._columns = [*dict.fromkeys((*OBJECT, *columns))]

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


def with_media(items: Rows, lookup: Callable[[pa.Table], pa.Table]) -> Iterator[Item]:
    """Yield the items of a batch with their media rows."""
    objects = pa.table({name: items.column(name) for name in OBJECT})
    # One thread: each has a heap of its own, and together they cost 30 MiB.
    distinct = objects.group_by(list(OBJECT), use_threads=False).aggregate([])
    found = lookup(distinct.sort_by([(name, "ascending") for name in OBJECT]))
    places = pc.index_in(key_bytes(objects, OBJECT), value_set=key_bytes(found, OBJECT))
    start = 0
    for part in chunks(items, PYTHON_ROWS):
        media = found.take(places.slice(start, part.num_rows))
        for row, its in zip(rows_of(part), rows_of(media), strict=True):
            yield Item(row, absent(row) if its["key"] is None else its)
        start += part.num_rows


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
    for batch in media.batches("media", columns=[*dict.fromkeys((*OBJECT, *columns))]):
        yield from rows_of(batch)
