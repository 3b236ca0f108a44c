"""An annotation file as a file object that reads ahead: archives are read in many small steps."""

import io
from collections.abc import Callable

BUFFER = 4 << 20
"""Bytes that are fetched at once."""


class _Ranges(io.RawIOBase):
    """Bytes that are read by ranges."""

    def __init__(self, read: Callable[[int, int], bytes], size: int) -> None:
        super().__init__()
        self._read = read
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(start + offset, 0)
        return self._at

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]  # typeshed names the protocol
        wanted = min(len(buffer), max(self._size - self._at, 0))
        body = self._read(self._at, wanted) if wanted else b""
        buffer[: len(body)] = body
        self._at += len(body)
        return len(body)


def file_object(read: Callable[[int, int], bytes], size: int) -> io.BufferedReader:
    """Return a file object over ``read(start, length)`` of an object of that many bytes."""
    return io.BufferedReader(_Ranges(read, size), BUFFER)
