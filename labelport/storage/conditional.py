"""Whether a store keeps its word about conditions: a catalogue is published by them."""

import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache

from labelport.errors import BucketError, PreconditionFailed, StoreUnfit
from labelport.storage.contract import Bucket
from labelport.storage.keys import RESERVED


@dataclass(frozen=True)
class _Store:
    """A store by its place; any bucket in it serves to try it."""

    place: str
    bucket: Bucket = field(compare=False)


def require_conditional_put(bucket: Bucket) -> None:
    """Try whether a store writes only where there is nothing, and only over what was read; once a process and store.

    Some S3-compatible stores take the conditions and overwrite all the same: of two runs that publish at
    once both would win. Folders and memory are ours and are not tried. Raises ``StoreUnfit`` with the remedy,
    ``BucketError`` where nothing can be written at all.
    """
    if not bucket.uri.startswith("s3://"):
        return
    from labelport.storage.s3.bucket import S3Bucket  # noqa: PLC0415  -- folders need not pay for its imports

    if isinstance(bucket, S3Bucket):
        _try(_Store(bucket.place, bucket))


@cache
def _try(store: _Store) -> None:
    """Write a key of its own under conditions that hold and that do not; what raises is tried again next time."""
    bucket, key = store.bucket, f"{RESERVED}/conditional-{secrets.token_hex(8)}"
    try:
        etag = _first(store, key)
        if not etag:
            raise _unfit(store, "it gives no ETag for what was written, by which a write could be compared")
        if _writes(bucket, key, if_none_match=True):
            raise _unfit(store, "it overwrites an object where it was told to write only if there is none")
        if not _writes(bucket, key, if_match=etag):
            raise _unfit(store, "it does not write over the very object that it was told to write over")
        if _writes(bucket, key, if_match=etag):
            raise _unfit(store, "it overwrites an object that is not the one that was read")
    finally:
        with suppress(OSError):
            bucket.delete(key)


def _first(store: _Store, key: str) -> str:
    """Write where there is nothing; return the ETag."""
    bucket = store.bucket
    try:
        return bucket.put(key, b"first", if_none_match=True)
    except PreconditionFailed:  # the client asked twice, because the first answer was lost
        return bucket.get(key).etag
    except BucketError:
        bucket.put(key, b"first")  # raises where the condition was not what the store refused
    raise _unfit(store, "it refuses to write under a condition")


def _writes(bucket: Bucket, key: str, *, if_match: str | None = None, if_none_match: bool = False) -> bool:
    try:
        bucket.put(key, secrets.token_bytes(8), if_match=if_match, if_none_match=if_none_match)
    except PreconditionFailed:
        return False
    return True


def _unfit(store: _Store, why: str) -> StoreUnfit:
    return StoreUnfit(
        f"{store.place} cannot hold a catalogue: {why}, so two runs at once could both publish. "
        "Media may stay there; give the dataset a `publish` in another store, or in a folder."
    )
