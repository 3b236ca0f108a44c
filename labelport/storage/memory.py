"""The bucket of tests: objects in this process, with the manners of an object store.

Unlike a folder it holds ``a`` beside ``a/1``, takes any key, and its listing has ETags.
"""

import threading
import time
from dataclasses import dataclass, field

from labelport.errors import BucketError, ObjectAbsent, ObjectChanged, PreconditionFailed
from labelport.storage.contract import Got, ListedObject, token_of
from labelport.storage.folder import content_etag
from labelport.storage.keys import url_of
from labelport.storage.listing import BATCH_ROWS, Listing, ListingNotes, batch_of, moment


@dataclass(frozen=True)
class _Stored:
    body: bytes
    etag: str
    mtime_ns: int


@dataclass
class _Store:
    objects: dict[str, _Stored] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)


_STORES: dict[str, _Store] = {}
_STORES_LOCK = threading.Lock()


class MemoryBucket:
    """All buckets of one name in a process share their objects."""

    def __init__(self, name: str) -> None:
        self.uri = f"memory://{name}"
        with _STORES_LOCK:
            self._store = _STORES.setdefault(name, _Store())

    def __repr__(self) -> str:
        return f"MemoryBucket({self.uri!r})"

    def list(self, prefix: str = "") -> Listing:
        """Yield batches of ``tables.INVENTORY.schema``, in the order of writing."""
        with self._store.lock:
            found = [(key, stored) for key, stored in self._store.objects.items() if key.startswith(prefix)]
        listed = [_listed(key, stored) for key, stored in found]
        batches = (batch_of(listed[at : at + BATCH_ROWS]) for at in range(0, len(listed), BATCH_ROWS))
        return Listing(iter(batches), ListingNotes())

    def head(self, key: str) -> ListedObject:
        """Return what a listing would say of one object; raises ``ObjectAbsent``."""
        return _listed(key, self._stored(key))

    def read_range(self, key: str, start: int, length: int, *, token: str | None = None) -> bytes:
        """Return bytes, fewer at the object's end; raises ``ObjectAbsent``, ``ObjectChanged``."""
        if start < 0 or length < 0:
            raise ValueError(f"a range begins at 0 and has no negative length: {start}, {length}")
        stored = self._stored(key)
        if token is not None and _listed(key, stored).token != token:
            raise ObjectChanged(f"{key!r} changed since it was listed: the next run reads it again")
        return stored.body[start : start + length]

    def get(self, key: str) -> Got:
        """Return a whole object; raises ``ObjectAbsent``."""
        stored = self._stored(key)
        return Got(stored.body, stored.etag)

    def put(self, key: str, body: bytes, *, if_match: str | None = None, if_none_match: bool = False) -> str:
        """Write an object; return its ETag. Raises ``PreconditionFailed``."""
        if if_match is not None and if_none_match:
            raise ValueError("if_match and if_none_match exclude each other")
        if not key:
            raise BucketError("an object needs a key")
        etag = content_etag(body)
        with self._store.lock:
            current = self._store.objects.get(key)
            if (if_none_match and current) or (if_match is not None and (not current or current.etag != if_match)):
                raise PreconditionFailed(f"{key!r} is not what it was: somebody else wrote it")
            self._store.objects[key] = _Stored(bytes(body), etag, time.time_ns())
        return etag

    def copy(self, source: str, target: str) -> None:
        """Make ``target`` equal to ``source``; raises ``ObjectAbsent``."""
        with self._store.lock:
            self._store.objects[target] = self._stored(source)

    def delete(self, key: str) -> None:
        """Delete an object; an absent one is no error."""
        with self._store.lock:
            self._store.objects.pop(key, None)

    def url(self, key: str) -> str:
        """Return the ``memory://`` address of an object."""
        return url_of(self.uri, key)

    def _stored(self, key: str) -> _Stored:
        with self._store.lock:
            stored = self._store.objects.get(key)
        if stored is None:
            raise ObjectAbsent(f"there is no object {key!r} (any more)")
        return stored


def forget(name: str) -> None:
    """Drop a bucket's objects, so that tests do not meet each other's."""
    with _STORES_LOCK:
        _STORES.pop(name, None)


def _listed(key: str, stored: _Stored) -> ListedObject:
    size = len(stored.body)
    token = token_of(etag=stored.etag, version_id=None, size=size, mtime_ns=stored.mtime_ns)
    return ListedObject(key, size, stored.etag, moment(stored.mtime_ns), None, token)
