"""The uploads of one run, written down while the series go by: nothing of it is kept in memory.

The rows go to a file of Arrow batches, the ids of what is due to a file of lines; what is counted tells how
this manifest differs from the last one.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from labelport.manifests.contract import Series, SeriesReader
from labelport.manifests.kinds import Counted
from labelport.manifests.ordering import SortedRows
from labelport.manifests.uploads import DUE, Delivery, upload_rows, what_changed
from labelport.tables import UPLOADS

BATCH_ROWS = 10_000
EXAMPLES = 5


@dataclass
class Story:
    """How a manifest differs from the last one, in series."""

    added: int = 0
    changed: int = 0
    removed: int = 0

    examples: dict[str, list[str]] = field(default_factory=dict)
    """The first few ids of each."""

    def tell(self, what: str, series_id: str) -> None:
        """Count one series as added, changed or removed."""
        setattr(self, what, getattr(self, what) + 1)
        examples = self.examples.setdefault(what, [])
        if len(examples) < EXAMPLES:
            examples.append(series_id)


@dataclass
class Ledger:
    """What ``write_ledger`` wrote down."""

    rows: Path
    """Arrow file of ``tables.UPLOADS``."""

    due: Path
    """Ids of the series that the platform does not have as they are, one a line, in key order."""

    story: Story = field(default_factory=Story)
    waiting: int = 0
    """Series that are due."""

    new: int = 0
    """Of those, series that the platform never had."""

    changed: dict[str, Counted] = field(default_factory=dict)
    """The others by what is changed: addresses, bytes, values; the codes are the words themselves."""

    withdrawn: int = 0
    """Series that the platform has and that are gone."""

    def batches(self) -> Iterator[pa.Table]:
        """Yield the rows in key order."""
        with pa.OSFile(str(self.rows)) as file, pa.ipc.open_stream(file) as stream:
            for batch in stream:
                yield pa.Table.from_batches([batch])

    def due_series(self, series: SeriesReader) -> "DueSeries":
        """Return the series of a reader that are due."""
        return DueSeries(series, self.due)


class DueSeries:
    """A reader over those series of another one whose ids stand in a file, both in key order."""

    def __init__(self, series: SeriesReader, ids: Path) -> None:
        self._series = series
        self._ids = ids

    def __iter__(self) -> Iterator[Series]:
        with self._ids.open(encoding="utf-8") as lines:
            wanted = next(lines, "").rstrip("\n")
            for one in self._series:
                if not wanted:
                    return
                if one.row["series_id"] == wanted:
                    yield one
                    wanted = next(lines, "").rstrip("\n")


class WrittenSeries:
    """The ids of the series that have an entry, told in any order; then a reader over those."""

    def __init__(self) -> None:
        self._ids = SortedRows(lambda row: row[0].encode())

    def tell(self, series_id: str) -> None:
        """Remember one."""
        self._ids.add([series_id])

    @property
    def any(self) -> bool:
        """Return whether any was told: a platform that tells none has written all that it was given."""
        return self._ids.count > 0

    def of(self, series: SeriesReader, folder: Path) -> SeriesReader:
        """Return the series of a reader that were told; all of them where none was."""
        if not self.any:
            return series
        path = folder / "written"
        with path.open("w", encoding="utf-8") as file:
            last = ""
            for (identity,) in self._ids:
                if identity != last:
                    file.write(f"{identity}\n")
                last = identity
        return DueSeries(series, path)

    def close(self) -> None:
        """Let go of the temporary files."""
        self._ids.__exit__(None, None, None)


def write_ledger(series: SeriesReader, before: Iterator[Mapping[str, Any]], delivery: Delivery, folder: Path) -> Ledger:
    """Write the uploads of a run into a folder; ``series``: those that have an entry, in key order."""
    ledger = Ledger(folder / "uploads", folder / "due")
    with (
        ledger.due.open("w", encoding="utf-8") as due,
        pa.OSFile(str(ledger.rows), "wb") as file,
        pa.ipc.new_stream(file, UPLOADS.schema) as stream,
    ):
        rows: list[dict[str, Any]] = []

        def flush() -> None:
            if rows:
                stream.write_table(pa.Table.from_pylist(rows, schema=UPLOADS.schema))
                rows.clear()

        for row, known in upload_rows(series, before, delivery):
            _count(ledger, row, known, due.write)
            if row:
                rows.append(row)
            if len(rows) == BATCH_ROWS:
                flush()
        flush()
    return ledger


def _count(ledger: Ledger, row: Mapping[str, Any], known: Mapping[str, Any] | None, due: Callable[[str], Any]) -> None:
    there = known is not None and known["state"] != "withdrawn"
    if not row or row["state"] == "withdrawn":
        ledger.withdrawn += bool(row)
        if there and known is not None:
            ledger.story.tell("removed", known["series_id"])
        return
    identity = row["series_id"]
    if not there:
        ledger.story.tell("added", identity)
    elif known is not None and known["content_hash"] != row["content_hash"]:
        ledger.story.tell("changed", identity)
    if row["state"] in DUE:
        ledger.waiting += 1
        due(f"{identity}\n")
        if row["state"] == "new":
            ledger.new += 1
        else:
            what = what_changed(row)
            ledger.changed.setdefault(what, Counted(what)).add(identity)
