"""The files of an export as one tar archive: POSIX.1-2001 (pax), written in order, equal bytes for equal files."""

import io
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import IO, Self

from labelport.annotations.written_once import WrittenOnce

BLOCK = 512
RECORD = 20 * BLOCK
"""An archive ends at a multiple of it."""

MOST_NAME = 100
MOST_PREFIX = 155
MOST_OCTAL = 8**11
"""Sizes from here on do not fit the eleven octal digits of a header."""

COPY_BYTES = 1 << 20
SPOOL_BYTES = 16 << 20
"""A file that is written in pieces lies in memory up to this, and then in a temporary file: its size comes first."""

_MODE_AND_OWNER = b"0000644\0" + b"0000000\0" * 2
_AFTER_SIZE = b"00000000000\0"  # time of change: 1970
_MAGIC = b"ustar\x0000" + bytes(64) + b"0000000\0" * 2


class TarOutput:
    """Writes the files as members of a tar archive into a file object, which need not seek and is not closed.

    Members are regular files of mode 0644, owner 0, time 0, in the order in which they were finished.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._names = WrittenOnce()
        self._length = 0
        self._closed = False

    def put(self, name: str, body: bytes) -> None:
        """Write a small member; raises ``ValueError`` for an unsafe name or one that was written."""
        self._take(name)
        whole = header(name, len(body)) + body + bytes(-len(body) % BLOCK)
        self._file.write(whole)
        self._length += len(whole)

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """Open a member for writing; it is in the archive where it was left without an error."""
        self._take(name)
        with tempfile.SpooledTemporaryFile(SPOOL_BYTES) as spool:
            yield spool
            size = spool.seek(0, io.SEEK_END)
            spool.seek(0)
            start = header(name, size)
            self._file.write(start)
            shutil.copyfileobj(spool, self._file, COPY_BYTES)
            self._file.write(bytes(-size % BLOCK))
            self._length += len(start) + size + -size % BLOCK

    def close(self) -> None:
        """Write the end of the archive."""
        if not self._closed:
            self._closed = True
            end = 2 * BLOCK
            self._file.write(bytes(end + -(self._length + end) % RECORD))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # After an error the end is not written: the archive is told from a whole one.
        if error is None:
            self.close()

    def _take(self, name: str) -> None:
        if self._closed:
            raise ValueError("the output is closed")
        self._names.take(name)


def header(name: str, size: int) -> bytes:
    """Return the header of a member: one block, with two or more before it where the name or the size is beyond it.

    A name that is not ASCII, or of more than 100 bytes and not to be split at a slash, stands in an extended header.
    """
    if name.isascii() and len(name) <= MOST_NAME and size < MOST_OCTAL:
        return _block(name.encode(), size)
    raw = name.encode()
    parts = _split(raw) if name.isascii() else None
    if parts and size < MOST_OCTAL:
        return _block(parts[1], size, prefix=parts[0])
    said = b"" if parts else _pax(b"path", raw)
    if size >= MOST_OCTAL:
        said += _pax(b"size", str(size).encode())
    prefix, short = parts or (b"", _short(raw))
    extended = _block(b"././@PaxHeader", len(said), kind=b"x") + said + bytes(-len(said) % BLOCK)
    return extended + _block(short, size if size < MOST_OCTAL else 0, prefix=prefix)


def _block(name: bytes, size: int, *, kind: bytes = b"0", prefix: bytes = b"") -> bytes:
    """Return one header block (POSIX.1-1988 ustar)."""
    start = name.ljust(MOST_NAME, b"\0") + _MODE_AND_OWNER + b"%011o\0" % size + _AFTER_SIZE
    end = kind + bytes(100) + _MAGIC + prefix
    # The sum counts its own eight bytes as blanks; the padding of the block adds nothing.
    return (start + b"%06o\0 " % (sum(start) + 256 + sum(end)) + end).ljust(BLOCK, b"\0")


def _split(raw: bytes) -> tuple[bytes, bytes] | None:
    """Return (prefix, name) of a path of more than 100 bytes, or null where no slash lies right."""
    at = raw.rfind(b"/", 0, MOST_PREFIX + 1)
    if at <= 0 or len(raw) - at - 1 > MOST_NAME:
        return None
    return raw[:at], raw[at + 1 :]


def _short(raw: bytes) -> bytes:
    """Return what stands in the plain header beside an extended one: for readers that do not know those."""
    return raw.decode("ascii", "replace").replace("\ufffd", "_").encode()[-MOST_NAME:].lstrip(b"/")


def _pax(key: bytes, value: bytes) -> bytes:
    """Return a record ``length key=value`` of an extended header; the length counts itself."""
    rest = len(key) + len(value) + 3
    length = rest + len(str(rest))
    if len(str(length)) > len(str(rest)):
        length = rest + len(str(length))
    return b"%d %s=%s\n" % (length, key, value)
