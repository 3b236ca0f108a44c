"""The bytes of a volume, one piece after the other: plain, or out of one or several gzip members.

Nothing is held but a piece: a file of a kilobyte can promise gigabytes.
"""

import zlib
from collections.abc import Iterator

from labelport.annotations.files import AnnotationFile

GZIP = b"\x1f\x8b"

PIECES = (64 << 10, 4 << 20)
"""Bytes that are read, and inflated, at once: at first, and at most."""


class CutShort(Exception):
    """The file ends before it should."""


class Damaged(Exception):
    """The compressed bytes are none."""


class Bytes:
    """Bytes of a file in their order."""

    def __init__(self, file: AnnotationFile, *, compressed: bool, start: int = 0, most: int = 0) -> None:
        """``start``: bytes that are left out, of what is inflated. ``most``: bytes that are inflated at once."""
        self._raw = _Raw(file, 0 if compressed else start)
        self._pieces = _inflated(self._raw, most or PIECES[1]) if compressed else iter(self._raw.next, b"")
        self._piece = memoryview(b"")
        if compressed:
            self._skip(start)

    @property
    def behind(self) -> int:
        """Return the bytes behind the last gzip member, when all was taken."""
        return self._raw.behind

    def take(self, length: int) -> memoryview:
        """Return the next bytes; raises ``CutShort``, ``Damaged``, and what the file's ``read`` raises."""
        if len(self._piece) >= length:
            made, self._piece = self._piece[:length], self._piece[length:]
            return made
        kept = bytearray()
        while len(kept) < length:
            if not self._piece and not self._next():
                raise CutShort
            wanted = length - len(kept)
            kept += self._piece[:wanted]
            self._piece = self._piece[wanted:]
        return memoryview(kept)

    def beginning(self, length: int) -> bytes:
        """Return the next bytes, fewer at the end and where the file is cut there; raises as ``take``."""
        kept = bytearray()
        try:
            while len(kept) < length and (self._piece or self._next()):
                kept += self._piece
                self._piece = memoryview(b"")
        except CutShort:
            pass
        return bytes(kept[:length])

    def left(self, most: int) -> int:
        """Return how many bytes are left, more than ``most`` where there are more: they are not all looked at.

        Raises ``CutShort`` where the last gzip member has no end, ``Damaged`` where its checksum is another.
        """
        count = len(self._piece)
        while count <= most and self._next():
            count += len(self._piece)
        self._piece = memoryview(b"")
        return count

    def _skip(self, length: int) -> None:
        while length:
            if not self._piece and not self._next():
                raise CutShort
            step = min(length, len(self._piece))
            self._piece = self._piece[step:]
            length -= step

    def _next(self) -> bool:
        piece = next(self._pieces, b"")
        self._piece = memoryview(piece)
        return bool(piece)


class _Raw:
    """The bytes of a file as they are stored, in pieces. It knows nothing of who takes them: no cycle keeps a piece."""

    def __init__(self, file: AnnotationFile, start: int) -> None:
        self._file = file
        self._at = start
        self._length = PIECES[0]
        self.behind = 0

    def next(self) -> bytes:
        """Return the next piece; none at the end."""
        if self._at >= self._file.size:
            return b""
        body = self._file.read(self._at, min(self._length, self._file.size - self._at))
        self._at += len(body)
        self._length = min(2 * self._length, PIECES[1])
        return body

    @property
    def left(self) -> int:
        """Return how many bytes were not read."""
        return max(self._file.size - self._at, 0)


def _inflated(raw: _Raw, most: int) -> Iterator[bytes]:
    """Yield what the gzip members hold, at most so many bytes at once."""
    stream = zlib.decompressobj(31)
    waiting = b""
    while True:
        waiting = waiting or raw.next()
        at_end = not waiting
        try:
            # Also without further input: what did not fit into the last piece waits inside.
            body = stream.decompress(waiting, most)
        except zlib.error as error:
            raise Damaged from error
        if body:
            yield body
        waiting = stream.unconsumed_tail
        if stream.eof:
            waiting = stream.unused_data
            while len(waiting) < len(GZIP) and (more := raw.next()):
                waiting += more
            if waiting[: len(GZIP)] != GZIP:
                raw.behind = len(waiting) + raw.left
                return
            stream = zlib.decompressobj(31)
        elif at_end and not body:
            raise CutShort
