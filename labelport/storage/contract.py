"""What a bucket is: the one interface over a folder, memory and S3.

Keys are opaque: relative to the bucket's prefix, never split with ``pathlib``, never normalised.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol, runtime_checkable

import pyarrow as pa


@dataclass(frozen=True)
class ListedObject:
    """One object as a listing or a HEAD gives it."""

    key: str
    """Key below the prefix."""

    size: int
    """Bytes."""

    etag: str | None
    """As the server gives it, quotes removed; null where it gives none. Never an MD5."""

    last_modified: datetime | None
    """UTC. Shown to people; no rule depends on it."""

    version_id: str | None
    """Versioned buckets: the current version."""

    token: str
    """What says "changed": see ``token_of``."""


class Got(NamedTuple):
    """A whole small object and the ETag to name in the next conditional put."""

    body: bytes
    etag: str


def token_of(*, etag: str | None, version_id: str | None, size: int, mtime_ns: int) -> str:
    """Return the change token: the ETag (and version) where there is one, else size and mtime in hex.

    ``last_modified`` is never in it: an event does not carry the listing's value, and an event and a
    listing of one object must give one token.
    """
    if etag is not None:
        return f"{etag}+{version_id}" if version_id else etag
    return f"{size:x}-{mtime_ns:x}"


@runtime_checkable
class Bucket(Protocol):
    """Objects by key. Every bucket passes ``labelport.testing.bucket.BucketContract``."""

    uri: str
    """What opens it again in another process (``open_bucket(uri)``)."""

    def list(self, prefix: str = "") -> Iterator[pa.RecordBatch]:
        """Yield batches of ``tables.INVENTORY.schema``, at most 10,000 rows each, in any order.

        Raises ``BucketError`` where a part of the bucket cannot be listed: a failed listing is never
        an empty one.
        """
        ...

    def head(self, key: str) -> ListedObject:
        """Return what a listing would say of one object; raises ``ObjectAbsent``."""
        ...

    def read_range(self, key: str, start: int, length: int, *, token: str | None = None) -> bytes:
        """Return bytes, fewer at the object's end (none beyond it).

        Raises ``ObjectAbsent``; with a token, ``ObjectChanged`` where the object is another one now.
        """
        ...

    def get(self, key: str) -> Got:
        """Return a whole (small) object; raises ``ObjectAbsent``."""
        ...

    def put(self, key: str, body: bytes, *, if_match: str | None = None, if_none_match: bool = False) -> str:
        """Write an object atomically and durably; return its ETag.

        ``if_match``: only over the object of that ETag; ``if_none_match``: only where there is none.
        Raises ``PreconditionFailed`` and has changed nothing.
        """
        ...

    def copy(self, source: str, target: str) -> None:
        """Make ``target`` equal to ``source`` without moving bytes where that is possible."""
        ...

    def delete(self, key: str) -> None:
        """Delete an object; an absent one is no error."""
        ...

    def url(self, key: str) -> str:
        """Return how the object is called in manifests. Never changes between runs; never signed."""
        ...
