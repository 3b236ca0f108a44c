"""The files of an export as one zip archive (APPNOTE 6.3, zip64), equal bytes for equal files."""

import io
import shutil
import struct
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import IO, Any, Self

from labelport.annotations.written_once import WrittenOnce

LEVEL = 1
"""Of deflate: text of numbers grows little smaller by more, and takes much longer."""

COPY_BYTES = 1 << 20
SPOOL_BYTES = 16 << 20

STORED, DEFLATED = 0, 8
UTF8_NAME = 0x800
PLAIN, ZIP64 = 20, 45
"""Versions needed to extract."""

FULL16, FULL32 = 0xFFFF, 0xFFFFFFFF
DATE, TIME = 0x21, 0
"""1980-01-01 00:00, the first of zip's days."""

UNIX_FILE = 0o100644 << 16
MADE_BY_UNIX = 3 << 8

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_END64 = struct.Struct("<4sQ2H2I4Q")
_LOCATOR64 = struct.Struct("<4sIQI")


class ZipOutput:
    """Writes the files as members of a zip archive into a file object, which need not seek and is not closed.

    A member is deflated, or stored where that is no longer; members stand in the order in which they were finished.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._names = WrittenOnce()
        self._central: list[bytes] = []
        self._offset = 0
        self._closed = False

    def put(self, name: str, body: bytes) -> None:
        """Write a small member; raises ``ValueError`` for an unsafe name or one that was written."""
        self._take(name)
        packer = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
        packed = packer.compress(body) + packer.flush()
        method = DEFLATED
        if len(packed) >= len(body):
            packed, method = body, STORED
        start = self._begin(name, method, zlib.crc32(body), len(packed), len(body))
        self._file.write(start + packed)

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """Open a member for writing; it is in the archive where it was left without an error."""
        self._take(name)
        with tempfile.SpooledTemporaryFile(SPOOL_BYTES) as spool:
            packing = _Packing(spool)
            file: Any = io.BufferedWriter(packing)
            yield file
            file.flush()
            packing.finish()
            packed = spool.tell()
            spool.seek(0)
            self._file.write(self._begin(name, DEFLATED, packing.crc, packed, packing.size))
            shutil.copyfileobj(spool, self._file, COPY_BYTES)

    def close(self) -> None:
        """Write the list of the members, without which the archive is none."""
        if self._closed:
            return
        self._closed = True
        size = 0
        for each in self._central:
            self._file.write(each)
            size += len(each)
        count, start = len(self._central), self._offset
        if count >= FULL16 or size >= FULL32 or start >= FULL32:
            made = MADE_BY_UNIX | ZIP64
            self._file.write(_END64.pack(b"PK\x06\x06", 44, made, ZIP64, 0, 0, count, count, size, start))
            self._file.write(_LOCATOR64.pack(b"PK\x06\x07", 0, start + size, 1))
        count, size, start = min(count, FULL16), min(size, FULL32), min(start, FULL32)
        self._file.write(_END.pack(b"PK\x05\x06", 0, 0, count, count, size, start, 0))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # After an error there is no list of members: no reader takes the archive for whole.
        if error is None:
            self.close()

    def _take(self, name: str) -> None:
        if self._closed:
            raise ValueError("the output is closed")
        self._names.take(name)

    def _begin(self, name: str, method: int, crc: int, packed: int, size: int) -> bytes:
        """Return the local header of a member, and remember its line of the list at the end."""
        raw = name.encode()
        flags = 0 if name.isascii() else UTF8_NAME
        large = packed >= FULL32 or size >= FULL32
        far = self._offset >= FULL32
        version = ZIP64 if large or far else PLAIN
        sizes = (FULL32, FULL32) if large else (packed, size)
        both = struct.pack("<2Q", size, packed) if large else b""
        extra = struct.pack("<2H", 1, len(both)) + both if large else b""
        local = _LOCAL.pack(b"PK\x03\x04", version, flags, method, TIME, DATE, crc, *sizes, len(raw), len(extra))
        beyond = both + (struct.pack("<Q", self._offset) if far else b"")
        listed = struct.pack("<2H", 1, len(beyond)) + beyond if beyond else b""
        self._central.append(
            _CENTRAL.pack(
                b"PK\x01\x02",
                MADE_BY_UNIX | version,
                version,
                flags,
                method,
                TIME,
                DATE,
                crc,
                *sizes,
                len(raw),
                len(listed),
                0,
                0,
                0,
                UNIX_FILE,
                min(self._offset, FULL32),
            )
            + raw
            + listed
        )
        self._offset += len(local) + len(raw) + len(extra) + packed
        return local + raw + extra


class _Packing(io.RawIOBase):
    """Deflates what is written into another file."""

    def __init__(self, target: Any) -> None:
        super().__init__()
        self.crc = 0
        self.size = 0
        self._target = target
        self._packer = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)

    def writable(self) -> bool:
        return True

    def write(self, given: Any, /) -> int:
        self.crc = zlib.crc32(given, self.crc)
        self.size += len(given)
        self._target.write(self._packer.compress(given))
        return len(given)

    def finish(self) -> None:
        self._target.write(self._packer.flush())
