"""A bucket's objects in the order of their keys, each once: what a listing becomes before it is compared."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from labelport.catalogue.merge import merge_sorted
from labelport.errors import BucketError
from labelport.progress import Progress, silent
from labelport.storage.contract import Bucket
from labelport.storage.globs import KeyFilter
from labelport.storage.listing import EXAMPLES, ListingNotes, notes_of
from labelport.storage.opening import without_folder
from labelport.storage.runs import RUN_ROWS, sorted_runs
from labelport.tables import INVENTORY


@dataclass(frozen=True)
class Listed:
    """A whole listing."""

    num_rows: int
    """Objects of the dataset."""

    batches: Iterator[pa.RecordBatch]
    """Of ``tables.INVENTORY.schema``, keys strictly increasing by their bytes; read once."""

    notes: ListingNotes
    """What was left out."""


@contextmanager
def listed_objects(
    bucket: Bucket,
    *,
    wanted: KeyFilter,
    inside: str | None = None,
    run_rows: int = RUN_ROWS,
    progress: Progress = silent,
) -> Iterator[Listed]:
    """Give all objects that the filter wants, sorted, in memory bounded by a run.

    ``inside``: key of the folder (``derived/``) where Labelport itself publishes; nothing below is an object.
    Raises ``BucketError`` where a part cannot be listed, and while reading where a key comes twice.
    """
    gathering = _Gathering(wanted, inside, progress)
    with sorted_runs(gathering.batches(bucket), schema=INVENTORY.schema, key=INVENTORY.key, rows=run_rows) as runs:
        yield Listed(gathering.num_rows, strictly_increasing(merge_sorted(runs, INVENTORY.key)), gathering.notes)


class _Gathering:
    def __init__(self, wanted: KeyFilter, inside: str | None, progress: Progress) -> None:
        self.notes = ListingNotes()
        self.num_rows = 0
        self._wanted = wanted
        self._inside = inside
        self._progress = progress

    def batches(self, bucket: Bucket) -> Iterator[pa.RecordBatch]:
        source = without_folder(bucket, self._inside) if self._inside else bucket
        for prefix in self._wanted.prefixes:
            listing = source.list(prefix)
            for batch in listing:
                kept = self._kept(batch)
                self.num_rows += kept.num_rows
                self._progress("listing", self.num_rows, None)
                if kept.num_rows:
                    yield kept
            self._join(notes_of(listing))

    def _kept(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        keys = batch.column("key")
        if self._inside:
            batch = batch.filter(pc.invert(pc.starts_with(keys, self._inside)))
        batch = without_folder_markers(batch, self.notes)
        mask = self._wanted.mask(batch.column("key"))
        return batch if mask is None else batch.filter(mask)

    def _join(self, notes: ListingNotes) -> None:
        for code, count in notes.counts.items():
            self.notes.counts[code] = self.notes.counts.get(code, 0) + count
            shown = self.notes.examples.setdefault(code, [])
            shown += notes.examples[code][: EXAMPLES - len(shown)]


def without_folder_markers(batch: pa.RecordBatch, notes: ListingNotes) -> pa.RecordBatch:
    """Return the objects: a zero-byte key that ends in / is how consoles draw a folder; with bytes it is one."""
    marker = pc.and_(pc.ends_with(batch.column("key"), "/"), pc.equal(batch.column("size"), 0))
    if not pc.any(marker).as_py():
        return batch
    for key in batch.filter(marker).column("key").to_pylist():
        notes.note("inventory.folder_marker", key)
    return batch.filter(pc.invert(marker))


def strictly_increasing(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the batches; raises ``BucketError`` with the key that comes twice."""
    last: pa.Array = pa.array([], pa.string())
    for batch in batches:
        keys = pa.concat_arrays([last, batch.column("key")])
        rising = pc.less(keys.slice(0, max(len(keys) - 1, 0)), keys.slice(1))
        if not pc.all(rising, min_count=0).as_py():
            key = keys[pc.index(rising, False).as_py() + 1].as_py()
            raise BucketError(f"the listing gave {key!r} twice: the bucket changed under it, or its server is wrong")
        yield batch
        last = keys.slice(max(len(keys) - 1, 0))
