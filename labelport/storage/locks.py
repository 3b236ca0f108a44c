"""Exclusive and shared locks on a file, between processes and between threads of one."""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from labelport.errors import BucketError

REFUSALS = {errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL}
"""How file systems without locks answer: NFS without its lock daemon, some FUSE mounts."""


@contextmanager
def locked(path: str, *, exclusive: bool) -> Iterator[None]:
    """Hold a lock on the file at ``path``, which is made where it is absent; waits for it.

    Raises ``BucketError`` where the file system has no locks and the lock must be exclusive. A shared
    one is then not held: it only keeps order between writers, and there can be one writer only.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        if not hold(descriptor, exclusive=exclusive) and exclusive:
            raise BucketError(
                f"the file system of {path} has no locks, so two runs could publish over each other. "
                "Put `publish` on a disk that has them (a local one, NFS 4), or on S3."
            )
        yield
    finally:
        os.close(descriptor)  # closing unlocks, and so does the end of a killed process


def hold(descriptor: int, *, exclusive: bool = True) -> bool:
    """Wait for a lock until the descriptor is closed; return false where the file system has no locks."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH)
    except OSError as error:
        if error.errno in REFUSALS:
            return False
        raise
    return True


def held_by_nobody(descriptor: int) -> bool:
    """Take an exclusive lock without waiting; return whether that worked."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # somebody holds it, or the file system has no locks: then nobody knows
        return False
    return True
