"""Every file below a folder, each once: never out of the folder, never in a circle."""

# Paths are made of opaque keys: pathlib would fold them, and costs more than the calls.
# ruff: noqa: PTH116, PTH118

import os
import stat
from collections.abc import Collection, Iterator

from labelport.errors import BucketError
from labelport.storage.keys import RESERVED, folder_segments
from labelport.storage.listing import ListingNotes


def walk(
    root: str, *, prefix: str = "", notes: ListingNotes, without: Collection[str] = ()
) -> Iterator[tuple[str, int, int]]:
    """Yield (key, bytes, mtime in ns) of every file whose key begins with ``prefix``, in any order.

    A symbolic link to a file inside the folder is a file; one that leads outside is noted. Links to
    folders are not entered: outside they are not ours, inside their files are listed under their own
    names, and so no circle is possible. ``without``: keys of folders (``derived/``) that are not
    entered. One folder is open at a time, and no folder is held in memory.

    Raises ``BucketError`` where the root or any folder cannot be listed: a failed listing is never an
    empty one.
    """
    before = _identity(root)
    real_root = os.path.realpath(root)
    start = folder_segments(prefix)
    if start is None or not _is_plain_folder(root, start):
        return
    pending = ["".join(f"{segment}/" for segment in start)]
    while pending:
        folder = pending.pop()
        for entry in _entries(root, folder, notes):
            name, key = entry.name, folder + entry.name
            if not key.startswith(prefix):
                continue
            if not is_utf8(name):
                notes.note("inventory.name_not_utf8", folder + printable(name))
                continue
            try:
                if entry.is_dir(follow_symlinks=False):
                    if name != RESERVED and f"{key}/" not in without:
                        pending.append(f"{key}/")
                    continue
                status = _file_status(entry, key, real_root, notes)
            except FileNotFoundError:
                notes.note("inventory.vanished", key)
                continue
            except OSError as error:
                raise _unlistable(key, error) from error
            if status is not None:
                yield key, status.st_size, status.st_mtime_ns
    if _identity(root) != before:
        raise BucketError(f"{root} became another folder while it was listed (a mount came or went): list it again")


def is_utf8(name: str) -> bool:
    """Return whether a name that the system gave is text; Python marks other bytes by surrogates."""
    if name.isascii():
        return True
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def printable(name: str) -> str:
    """Return a name that is no text, its odd bytes written as ``\\xff``."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _identity(root: str) -> tuple[int, int]:
    try:
        found = os.stat(root)
    except FileNotFoundError as error:
        raise BucketError(
            f"the folder {root} is not there: check the path, and whether its disk is mounted; "
            "an absent folder is never taken for an empty one"
        ) from error
    except OSError as error:
        raise _unlistable(root, error) from error
    if not stat.S_ISDIR(found.st_mode):
        raise BucketError(f"{root} is a file, and a bucket is a folder: name the folder that it lies in")
    return found.st_dev, found.st_ino


def _is_plain_folder(root: str, segments: list[str]) -> bool:
    path = root
    for segment in segments:
        path = os.path.join(path, segment)
        try:
            mode = os.lstat(path).st_mode
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError as error:
            raise _unlistable(path, error) from error
        if not stat.S_ISDIR(mode) or segment == RESERVED:
            return False
    return True


def _entries(root: str, folder: str, notes: ListingNotes) -> Iterator["os.DirEntry[str]"]:
    try:
        with os.scandir(os.path.join(root, folder)) as entries:
            yield from entries
    except (FileNotFoundError, NotADirectoryError) as error:
        if not folder:
            raise _unlistable(root, error) from error
        notes.note("inventory.vanished", folder)
    except OSError as error:
        raise _unlistable(folder or root, error) from error


def _file_status(entry: "os.DirEntry[str]", key: str, real_root: str, notes: ListingNotes) -> os.stat_result | None:
    """Return the status of a file, or null for what was noted and is left out."""
    if entry.is_symlink():
        return _linked(entry.path, key, real_root, notes)
    status = entry.stat(follow_symlinks=False)
    if stat.S_ISREG(status.st_mode):
        return status
    notes.note("inventory.not_a_file", key)
    return None


def _linked(path: str, key: str, real_root: str, notes: ListingNotes) -> os.stat_result | None:
    if not is_inside(os.path.realpath(path), real_root):
        notes.note("inventory.link_outside", key)
        return None
    try:
        status = os.stat(path)
    except OSError:  # it names nothing, or itself: nothing of the folder is lost by leaving it out
        notes.note("inventory.link_broken", key)
        return None
    if stat.S_ISREG(status.st_mode):
        return status
    notes.note("inventory.link_to_folder" if stat.S_ISDIR(status.st_mode) else "inventory.not_a_file", key)
    return None


def is_inside(path: str, root: str) -> bool:
    """Return whether a resolved path is the resolved root or lies below it."""
    return path == root or path.startswith(root.rstrip("/") + "/")


def _unlistable(place: str, error: OSError) -> BucketError:
    return BucketError(
        f"{place} cannot be listed ({error.strerror}): a part that is missing would look like deleted objects. "
        "Give the user who runs Labelport the right to read it, or see to the disk."
    )
