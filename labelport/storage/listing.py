"""What a listing gives besides objects: notes of what was left out, and rows gathered into batches."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pyarrow as pa

from labelport.storage.contract import ListedObject
from labelport.tables import INVENTORY

BATCH_ROWS = 10_000
"""Rows of a batch at most."""

EXAMPLES = 5
"""Names kept of each kind of thing that was left out."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST_US = (datetime(1, 1, 1, tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)
_LATEST_US = (datetime(9999, 12, 31, tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)


@dataclass
class ListingNotes:
    """What a listing left out, by finding code; it fills while the listing is read."""

    counts: dict[str, int] = field(default_factory=dict)
    """How many, by code of ``labelport.codes``."""

    examples: dict[str, list[str]] = field(default_factory=dict)
    """The first few names, by code."""

    def note(self, code: str, name: str) -> None:
        """Count one thing that was left out."""
        self.counts[code] = self.counts.get(code, 0) + 1
        shown = self.examples.setdefault(code, [])
        if len(shown) < EXAMPLES:
            shown.append(name)


class Listing(Iterator[pa.RecordBatch]):
    """Batches of a listing; ``notes`` is complete when the last one has been read."""

    def __init__(self, batches: Iterator[pa.RecordBatch], notes: ListingNotes) -> None:
        self.notes = notes
        self._batches = batches

    def __next__(self) -> pa.RecordBatch:
        return next(self._batches)


def notes_of(listing: Iterator[pa.RecordBatch]) -> ListingNotes:
    """Return the notes of a listing; empty ones for a bucket that takes none."""
    return listing.notes if isinstance(listing, Listing) else ListingNotes()


def microseconds(mtime_ns: int) -> int | None:
    """Return microseconds since 1970, or null for a time that no calendar shows.

    A broken clock or archive sets times beyond the year 9999, and Python cannot hold those.
    """
    us = mtime_ns // 1000
    return us if _EARLIEST_US <= us <= _LATEST_US else None


def moment(mtime_ns: int) -> datetime | None:
    """Return the time in UTC, as a listing shows it."""
    us = microseconds(mtime_ns)
    return None if us is None else EPOCH + timedelta(microseconds=us)


def batch_of(objects: list[ListedObject]) -> pa.RecordBatch:
    """Return listed objects as a batch of ``tables.INVENTORY.schema``."""
    columns = [[getattr(listed, name) for listed in objects] for name in INVENTORY.schema.names]
    arrays = [pa.array(column, kind.type) for column, kind in zip(columns, INVENTORY.schema, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=INVENTORY.schema)


def batches_of_files(files: Iterator[tuple[str, int, int]], *, rows: int = BATCH_ROWS) -> Iterator[pa.RecordBatch]:
    """Yield batches of files given as (key, bytes, mtime in ns): no ETag, no version."""
    keys: list[str] = []
    sizes: list[int] = []
    times: list[int | None] = []
    tokens: list[str] = []
    for key, size, mtime_ns in files:
        keys.append(key)
        sizes.append(size)
        times.append(microseconds(mtime_ns))
        tokens.append(f"{size:x}-{mtime_ns:x}")  # token_of, inlined: this line runs for every file
        if len(keys) == rows:
            yield _file_batch(keys, sizes, times, tokens)
            keys, sizes, times, tokens = [], [], [], []
    if keys:
        yield _file_batch(keys, sizes, times, tokens)


def _file_batch(keys: list[str], sizes: list[int], times: list[int | None], tokens: list[str]) -> pa.RecordBatch:
    schema = INVENTORY.schema
    nothing = pa.nulls(len(keys), pa.string())
    modified = pa.array(times, pa.int64()).cast(schema.field("last_modified").type)
    arrays = [pa.array(keys), pa.array(sizes, pa.int64()), nothing, modified, nothing, pa.array(tokens)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
