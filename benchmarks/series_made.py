"""Series that are made up while they are read: as many as wanted, none of them in memory."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from labelport.manifests.contract import Item, Series
from labelport.tables import ITEMS, MEDIA, SERIES, Table

FRAMES = 100
"""Members of a series of frames."""

BATCH_ROWS = 32_768
STRIDE = 618_034_721
"""Prime: series in the order of their ids lie all over the order of the keys, as hashes do."""

Row = dict[str, Any]


def _template(table: Table, **given: Any) -> Row:
    return {**dict.fromkeys(table.schema.names), **given}


_SERIES = _template(SERIES, flags=[], attributes=[("modality", "US")], metadata=[("notes:site", "north")])
_ITEM = _template(ITEMS, role="image", store="raw", label_this=True, notes=[("notes:view", "A4C")])
_MEDIA = _template(
    MEDIA,
    store="raw",
    size=20_480,
    kind="image",
    format="png",
    mime_type="image/png",
    extension=".png",
    extension_mismatch=False,
    status="ok",
    width=640,
    height=480,
    stored_width=640,
    stored_height=480,
    orientation=1,
    frames=1,
    frames_exact=True,
    probe_version="image-1",
)


@dataclass(frozen=True)
class MadeSeries:
    """A reader over so many pictures: in series of 100 frames, or each a series of its own."""

    items: int
    single: bool = False

    def __iter__(self) -> Iterator[Series]:
        """Yield series in key order."""
        for number in range(self.series):
            row, items = self.series_row(number), tuple(self.item(number, index) for index in range(self.length))
            yield Series(row, items)

    @property
    def length(self) -> int:
        """Return the members of a series."""
        return 1 if self.single else FRAMES

    @property
    def series(self) -> int:
        """Return how many series there are."""
        return self.items // self.length

    def series_row(self, number: int) -> Row:
        """Return the row of a series."""
        kind, rule = ("single", "single") if self.single else ("frames", "pattern")
        return {
            **_SERIES,
            "series_id": f"{rule}-{number:026d}",
            "rule": rule,
            "kind": kind,
            "group_key": f"{self._folder(number):07d}",
            "items": self.length,
        }

    def item(self, number: int, index: int) -> Item:
        """Return one member of a series."""
        media = self._media_row(self._folder(number), index)
        rule = "single" if self.single else "pattern"
        return Item({**_ITEM, "series_id": f"{rule}-{number:026d}", "index": index, "key": media["key"]}, media)

    def media(self) -> Iterator[Mapping[str, Any]]:
        """Yield all media rows in key order."""
        for folder in range(self.series):
            for index in range(self.length):
                yield self._media_row(folder, index)

    def _folder(self, number: int) -> int:
        return number * STRIDE % self.series

    def _media_row(self, folder: int, index: int) -> Row:
        key = f"{folder // 1000:04d}/{folder % 1000:03d}/frame_{index:04d}.png"  # no number as long as a patient's
        return {**_MEDIA, "key": key, "token": f"{folder:016x}{index:016x}"}

    def tables(self) -> Mapping[str, Iterator[pa.RecordBatch]]:
        """Return the batches of the tables series, items and media."""
        items = (self.item(number, index).row for number in range(self.series) for index in range(self.length))
        return {
            "series": _batches(SERIES, map(self.series_row, range(self.series))),
            "items": _batches(ITEMS, items),
            "media": _batches(MEDIA, self.media()),
        }


def _batches(table: Table, rows: Iterator[Mapping[str, Any]]) -> Iterator[pa.RecordBatch]:
    waiting: list[Mapping[str, Any]] = []
    for row in rows:
        waiting.append(row)
        if len(waiting) == BATCH_ROWS:
            yield pa.RecordBatch.from_pylist(waiting, schema=table.schema)
            waiting = []
    if waiting:
        yield pa.RecordBatch.from_pylist(waiting, schema=table.schema)
