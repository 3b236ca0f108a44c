"""An object as a file that can be sought: only what is read of it is fetched."""

import io
from collections.abc import Callable

BUFFER = 4 << 20
"""Bytes that ``file_object`` fetches at once."""


class RangedFile(io.RawIOBase):
    """A file over ``read(start, length)`` of an object of ``size`` bytes; read only, and nothing is kept."""

    def __init__(self, read: Callable[[int, int], bytes], size: int) -> None:
        super().__init__()
        self._read = read
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def tell(self) -> int:
        """Return the position."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move; nothing is asked for."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(start + offset, 0)
        return self._at

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]  # typeshed names the protocol
        """Fill a buffer; fewer bytes at the end."""
        wanted = min(len(buffer), max(self._size - self._at, 0))
        body = self._read(self._at, wanted) if wanted else b""
        buffer[: len(body)] = body
        self._at += len(body)
        return len(body)


def file_object(read: Callable[[int, int], bytes], size: int) -> io.BufferedReader:
    """Return such a file that reads ahead, for whoever reads in many small steps."""
    return io.BufferedReader(RangedFile(read, size), BUFFER)
