"""The bucket that is a folder of this machine or of a mounted file server."""

# Paths are made of opaque keys: pathlib would fold them, and costs more than the calls.
# ruff: noqa: PTH114, PTH116, PTH118

import errno
import hashlib
import os
import stat
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from urllib.parse import quote

from labelport.errors import BucketError, ObjectAbsent, ObjectChanged
from labelport.storage.contract import Got, ListedObject, token_of
from labelport.storage.folder_writes import FolderWrites
from labelport.storage.keys import folder_path
from labelport.storage.listing import Listing, ListingNotes, batches_of_files, moment
from labelport.storage.walk import is_inside, walk

ABSENT = (FileNotFoundError, NotADirectoryError)

_READING = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK
"""O_NONBLOCK: a pipe that took the file's name must not hang the reader."""


class FolderBucket:
    """Objects are files; keys are POSIX paths relative to the root.

    Listed objects have no ETag: their token is size and modification time. ``get`` and ``put`` give one,
    the hash of the content, for conditional puts of small control objects.
    """

    def __init__(self, root: str, *, without: Collection[str] = ()) -> None:
        """``root``: absolute path. ``without``: keys of folders (``derived/``) that no listing enters."""
        self.uri = root
        self._root = root
        self._without = frozenset(without)
        self._writes = FolderWrites(root)

    def __repr__(self) -> str:
        return f"FolderBucket({self.uri!r})"

    def list(self, prefix: str = "") -> Listing:
        """Yield batches of ``tables.INVENTORY.schema``; its ``notes`` say what was left out.

        Raises ``BucketError`` where the root or any folder below cannot be listed.
        """
        notes = ListingNotes()
        files = walk(self._root, prefix=prefix, notes=notes, without=self._without)
        return Listing(batches_of_files(files), notes)

    def head(self, key: str) -> ListedObject:
        """Return what a listing would say of one object; raises ``ObjectAbsent``."""
        path = self._path(key)
        with _errors(key):
            status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            raise _absent(key)
        return ListedObject(key, status.st_size, None, moment(status.st_mtime_ns), None, _token(status))

    def read_range(self, key: str, start: int, length: int, *, token: str | None = None) -> bytes:
        """Return bytes, fewer at the object's end (none beyond it).

        Raises ``ObjectAbsent``; with a token, ``ObjectChanged`` where the file is another one now, or
        became another one while it was read.
        """
        # By hand and not by `_open`: two context managers a read are a tenth of what probing an image costs.
        path = self._path(key)
        descriptor = -1
        try:
            descriptor = os.open(path, _READING)
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise _absent(key)
            body = _read(descriptor, start, length)
            status = os.fstat(descriptor)  # after the read, so that a write during it is seen
        except OSError as error:
            raise _translated(key, error) from error
        finally:
            if descriptor >= 0:
                os.close(descriptor)
        if token is not None and (_token(status) != token or len(body) < min(length, status.st_size - start)):
            raise ObjectChanged(f"{key!r} changed since it was listed: the next run reads it again")
        return body

    def get(self, key: str) -> Got:
        """Return a whole (small) object; raises ``ObjectAbsent``."""
        with self._open(key) as descriptor, _errors(key):
            body = _read(descriptor, 0, None)
        return Got(body, content_etag(body))

    def put(self, key: str, body: bytes, *, if_match: str | None = None, if_none_match: bool = False) -> str:
        """Write an object atomically and durably; return its ETag. Raises ``PreconditionFailed``."""
        if if_match is not None and if_none_match:
            raise ValueError("if_match and if_none_match exclude each other")
        etag = content_etag(body)
        path = self._path(key)

        def current() -> str | None:
            try:
                return self.get(key).etag
            except ObjectAbsent:
                return None

        if if_match is not None:
            self._writes.put(path, body, only_if=lambda: current() == if_match)
        elif if_none_match:
            self._writes.put(path, body, only_if=lambda: not os.path.lexists(path))
        else:
            self._writes.put(path, body)
        return etag

    def copy(self, source: str, target: str) -> None:
        """Make ``target`` equal to ``source`` by a hard link, or by bytes where links are refused.

        Raises ``ObjectAbsent``.
        """
        origin = os.path.realpath(self._path(source))
        with _errors(source):
            if not stat.S_ISREG(os.stat(origin).st_mode):
                raise _absent(source)
        self._writes.copy(origin, self._path(target))

    def delete(self, key: str) -> None:
        """Delete an object, and the folders that it leaves empty; an absent one is no error."""
        self._writes.delete(self._path(key))

    def url(self, key: str) -> str:
        """Return the ``file://`` address of an object."""
        return f"file://{quote(os.path.join(self._root, folder_path(key)), safe='/')}"

    def _path(self, key: str) -> str:
        """Return the path of a key; raises ``ObjectAbsent`` where links lead it out of the root."""
        path = os.path.join(self._root, folder_path(key))
        seen = self._root
        for segment in key.split("/"):
            seen = f"{seen}/{segment}"  # os.path.join twice a read is a tenth of what probing an image costs
            if os.path.islink(seen):
                if not is_inside(os.path.realpath(path), os.path.realpath(self._root)):
                    raise ObjectAbsent(f"there is no object {key!r}: a symbolic link leads out of the folder")
                break
        return path

    @contextmanager
    def _open(self, key: str) -> Iterator[int]:
        path = self._path(key)
        with _errors(key):
            descriptor = os.open(path, _READING)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise _absent(key)
            yield descriptor
        finally:
            os.close(descriptor)


def content_etag(body: bytes) -> str:
    """Return the ETag of an object in a folder: 32 hex digits of a hash of its content."""
    return hashlib.sha256(body).hexdigest()[:32]


def _token(status: os.stat_result) -> str:
    return token_of(etag=None, version_id=None, size=status.st_size, mtime_ns=status.st_mtime_ns)


def _read(descriptor: int, start: int, length: int | None) -> bytes:
    """Read up to ``length`` bytes (null: all); a single ``pread`` may give fewer than there are."""
    if start < 0 or (length is not None and length < 0):
        raise ValueError(f"a range begins at 0 and has no negative length: {start}, {length}")
    parts: list[bytes] = []
    while length is None or length > 0:
        part = os.pread(descriptor, min(length, 1 << 30) if length is not None else 1 << 20, start)
        if not part:
            break
        parts.append(part)
        start += len(part)
        length = None if length is None else length - len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _absent(key: str) -> ObjectAbsent:
    return ObjectAbsent(f"there is no object {key!r} (any more)")


def _translated(key: str, error: OSError) -> OSError:
    """Return the system's error about one object as ours."""
    if isinstance(error, ObjectAbsent | ObjectChanged | BucketError):
        return error
    if isinstance(error, ABSENT) or error.errno in (errno.ENAMETOOLONG, errno.ELOOP):
        return _absent(key)
    return BucketError(f"{key!r} cannot be read ({error.strerror})")


@contextmanager
def _errors(key: str) -> Iterator[None]:
    """Turn the system's errors about one object into ours."""
    try:
        yield
    except OSError as error:
        raise _translated(key, error) from error
