"""Files that are still being written: in a folder of their own until a rename makes them objects.

No listing shows them. What a killed process left is deleted by the next bucket that writes: an unfinished
file is locked while its writer lives, so neither clocks nor process ids are asked.
"""

# Paths are made of opaque keys: pathlib would fold them, and costs more than the calls.
# ruff: noqa: PTH102, PTH108, PTH118

import os
import secrets
from contextlib import suppress

from labelport.storage.keys import RESERVED
from labelport.storage.locks import held_by_nobody, hold

PREFIX = "unfinished-"


def reserved_folder(root: str) -> str:
    """Return the folder of lock and unfinished files, made where it is absent."""
    folder = os.path.join(root, RESERVED)
    with suppress(FileExistsError):
        os.mkdir(folder)  # never with parents: an absent root is an unmounted disk
    return folder


def new_name(folder: str) -> str:
    """Return a path for an unfinished file."""
    return os.path.join(folder, PREFIX + secrets.token_hex(8))


def written(folder: str, body: bytes) -> tuple[str, int]:
    """Write and sync an unfinished file; return its path and its descriptor, which holds the lock."""
    while True:
        path = new_name(folder)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        try:
            hold(descriptor)
            # A sweep between open and lock may have deleted it: then it has no name any more.
            if os.fstat(descriptor).st_nlink:
                _write_all(descriptor, body)
                os.fsync(descriptor)
                return path, descriptor
        except BaseException:
            os.close(descriptor)
            with suppress(FileNotFoundError):
                os.unlink(path)
            raise
        os.close(descriptor)


def _write_all(descriptor: int, body: bytes) -> None:
    rest = memoryview(body)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def sweep(folder: str) -> int:
    """Delete the unfinished files of writers that are no more; return how many.

    The caller holds the bucket's lock exclusively: links of a copy are not locked by their writer.
    """
    swept = 0
    with os.scandir(folder) as entries:
        left = [entry.path for entry in entries if entry.name.startswith(PREFIX)]
    for path in left:
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        try:
            if held_by_nobody(descriptor):
                os.unlink(path)
                swept += 1
        except FileNotFoundError:
            continue
        finally:
            os.close(descriptor)
    return swept
