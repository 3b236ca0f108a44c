"""Atomic and durable writes into a folder: unfinished file, sync, lock, rename, sync of the folder."""

# Paths are made of opaque keys: pathlib would fold them, and costs more than the calls.
# ruff: noqa: PTH102, PTH104, PTH108, PTH106, PTH110, PTH112, PTH114, PTH116, PTH118, PTH120

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress

from labelport.errors import BucketError, LabelportError, PreconditionFailed
from labelport.storage.locks import locked
from labelport.storage.unfinished import new_name, reserved_folder, sweep, written

ATTEMPTS = 20
"""A deletion may take a folder away between making it and using it; each time one is made anew."""


class FolderWrites:
    """Writes below one root."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._swept = False

    def put(self, path: str, body: bytes, *, only_if: Callable[[], bool] | None = None) -> None:
        """Write a file whole or not at all; ``only_if`` is asked under an exclusive lock.

        Raises ``PreconditionFailed``, ``BucketError``.
        """
        with self._errors(path):
            reserved = self._reserved()
            unfinished, descriptor = written(reserved, body)
            try:
                with self._locked(exclusive=only_if is not None):
                    if only_if is not None and not only_if():
                        raise PreconditionFailed(f"{path} is not what it was: somebody else wrote it")
                    _give_another_time(descriptor, path)
                    self._rename(unfinished, path)
            finally:
                os.close(descriptor)
                with suppress(FileNotFoundError):
                    os.unlink(unfinished)

    def copy(self, source: str, target: str) -> None:
        """Make a second name for a file, or copy it with its times where the file system refuses."""
        if source == target:
            return
        with self._errors(target):
            reserved = self._reserved()
            with self._locked(exclusive=False):
                unfinished = new_name(reserved)
                try:
                    try:
                        os.link(source, unfinished)
                    except OSError as error:
                        if isinstance(error, FileNotFoundError):
                            raise
                        _copy_bytes(source, unfinished)
                    self._rename(unfinished, target)
                finally:
                    # Renaming onto another name of the same file does nothing and keeps both (POSIX).
                    with suppress(FileNotFoundError):
                        os.unlink(unfinished)

    def delete(self, path: str) -> None:
        """Delete a file and the folders that are empty then; an absent one is no error."""
        with self._errors(path):
            try:
                if not os.path.isdir(path) or os.path.islink(path):
                    with self._locked(exclusive=False):
                        os.unlink(path)
            except (FileNotFoundError, NotADirectoryError):
                return
            folder = os.path.dirname(path)
            while len(folder) > len(self._root):
                try:
                    os.rmdir(folder)
                except OSError:  # it holds something, or is gone: either way there is no more to tidy
                    break
                folder = os.path.dirname(folder)

    def _reserved(self) -> str:
        folder = reserved_folder(self._root)
        if not self._swept:
            self._swept = True
            try:
                with self._locked(exclusive=True):
                    sweep(folder)
            except BucketError:  # no locks here: nobody can know which writers still live
                pass
        return folder

    def _locked(self, *, exclusive: bool) -> AbstractContextManager[None]:
        return locked(os.path.join(reserved_folder(self._root), "lock"), exclusive=exclusive)

    def _rename(self, unfinished: str, path: str) -> None:
        folder = os.path.dirname(path)
        for attempt in range(ATTEMPTS):
            try:
                _make_folders(folder)
                os.rename(unfinished, path)
                break
            except FileNotFoundError:
                if attempt == ATTEMPTS - 1 or not os.path.exists(unfinished):
                    raise
        _sync_folder(folder)

    @contextmanager
    def _errors(self, path: str) -> Iterator[None]:
        try:
            yield
        except LabelportError:
            raise
        except OSError as error:
            raise BucketError(f"{path} cannot be written ({_reason(error, self._root)})") from error


def _reason(error: OSError, root: str) -> str:
    if error.errno in (errno.EISDIR, errno.ENOTDIR, errno.EEXIST):
        return "a file and a folder cannot have one name: a folder cannot hold the key `a` beside `a/1`"
    if error.errno == errno.EXDEV:
        return f"another disk is mounted inside {root}: a bucket lies on one"
    if error.errno == errno.ENOENT and not os.path.isdir(root):
        return f"the folder {root} is not there: is its disk mounted?"
    return error.strerror or type(error).__name__


def _give_another_time(descriptor: int, path: str) -> None:
    """Set the new file's time apart from the old one's where size and time would be equal.

    The clock of a file system ticks every few milliseconds: two writes of equal length within a tick
    would have one token, and the second would never be read.
    """
    try:
        old = os.stat(path)
    except OSError:
        return
    new = os.fstat(descriptor)
    if (old.st_size, old.st_mtime_ns) == (new.st_size, new.st_mtime_ns):
        later = new.st_mtime_ns + 1000  # some file systems keep microseconds only
        os.utime(descriptor, ns=(later, later))


def _copy_bytes(source: str, target: str) -> None:
    shutil.copyfile(source, target)
    status = os.stat(source)
    os.utime(target, ns=(status.st_mtime_ns, status.st_mtime_ns))
    descriptor = os.open(target, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _make_folders(folder: str) -> None:
    """Make a folder and its parents, each synced into its own parent."""
    if os.path.isdir(folder):
        return
    _make_folders(os.path.dirname(folder))
    with suppress(FileExistsError):
        os.mkdir(folder)
        _sync_folder(os.path.dirname(folder))


def _sync_folder(folder: str) -> None:
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except FileNotFoundError:  # a deletion took it away again: there is no entry to keep
        return
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some mounts cannot sync a folder
            raise
    finally:
        os.close(descriptor)
