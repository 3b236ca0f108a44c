"""The outside of a DICOM file of segments: its class and its sizes, by a walk over its bytes, before a library may read.

What highdicom reads is a file made anew around the data set: with a preamble, and a transfer syntax that is that of the
bytes. So files without a preamble, deflated ones, and ones whose meta group errs are read like any other.
"""

import io
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labelport.annotations.files import AnnotationFile
from labelport.probing.dicom import values
from labelport.probing.dicom.opening import DEFLATED, NATIVE, NotDicom, open_file
from labelport.probing.dicom.tags import PIXELS
from labelport.probing.dicom.walker import Coding, elements
from labelport.probing.dicom.window import OverCap, Window

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

SEGMENTATION, LABEL_MAP = "1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7"

MOST_INFLATED = 1 << 29
"""Bytes that a deflated data set is inflated to."""

MOST_HEADER = 256 << 20
"""Bytes that are looked at for the sizes: all that stands before the pixels, less what can be jumped over."""

_NATIVE_SYNTAX = {
    Coding(explicit=True, little=True): "1.2.840.10008.1.2.1",
    Coding(explicit=False, little=True): "1.2.840.10008.1.2",
    Coding(explicit=True, little=False): "1.2.840.10008.1.2.2",
}
_IN_ITEMS = "1.2.840.10008.1.2.5"
_SIZES = {
    0x00280002: "samples",
    0x00280008: "frames",
    0x00280010: "rows",
    0x00280011: "columns",
    0x00280100: "bits",
}

_WANTED = frozenset({*_SIZES, *PIXELS})

Read = Callable[[int, int], bytes]


@dataclass(frozen=True)
class Source:
    """A data set that can be read, and how it is written."""

    read: Read
    """Returns ``length`` bytes from ``start``."""

    size: int
    at: int
    """Offset of the data set."""

    coding: Coding

    syntax: str
    """The transfer syntax of the pixels: by the bytes where these are not compressed."""

    @property
    def native(self) -> bool:
        """Return whether pixels are not compressed."""
        return self.syntax in _NATIVE_SYNTAX.values()

    def stream(self) -> io.BufferedReader:
        """Return it as a DICOM file with a preamble and a meta group, of which a MiB is in memory."""
        # Of compressed pixels only that they are in items is told: they are not decoded by who reads this.
        told = (self.syntax if self.native else _IN_ITEMS).encode()
        told += b"\0" * (len(told) % 2)
        element = struct.pack("<HH2sH", 2, 0x10, b"UI", len(told)) + told
        head = bytes(128) + b"DICM" + struct.pack("<HH2sHI", 2, 0, b"UL", 4, len(element)) + element
        return io.BufferedReader(_Ranges(head, self.read, self.at, self.size), 1 << 20)


@dataclass(frozen=True)
class Sizes:
    """What the header says of the pixels; null where it says nothing."""

    rows: int | None = None
    columns: int | None = None
    frames: int | None = None
    bits: int | None = None
    samples: int | None = None


def opened_source(file: AnnotationFile) -> Source:
    """Return the data set of a file, inflated where it is deflated; raises one of ``FAULTS``, or what reading raises."""
    window = Window(file.head(), file.size, file.read, most=1 << 20)
    opened = open_file(window)
    if opened.transfer_syntax == DEFLATED:
        packed = file.read(opened.at, file.size - opened.at)
        unpacker = zlib.decompressobj(-15)
        body = unpacker.decompress(packed, MOST_INFLATED)
        if unpacker.unconsumed_tail:
            raise OverCap
        return Source(_whole_read(body), len(body), 0, opened.coding, _NATIVE_SYNTAX[opened.coding])
    syntax = opened.transfer_syntax
    if syntax is None or syntax in NATIVE:
        syntax = _NATIVE_SYNTAX.get(opened.coding)
        if syntax is None:
            raise NotDicom
    return Source(file.read, file.size, opened.at, opened.coding, syntax)


def sizes_of(source: Source) -> Sizes:
    """Return what group 0028 says; raises one of ``FAULTS``, or what reading raises.

    The walk goes on to the pixels: of an element that stands twice parsers take the last.
    """
    head = source.read(0, min(1 << 16, source.size))
    window = Window(head, source.size, source.read, most=MOST_HEADER)
    found: dict[str, int | None] = {}
    for element in elements(window, source.at, source.size, source.coding, wanted=_WANTED):
        if element.tag in PIXELS:
            break
        if (name := _SIZES.get(element.tag)) and element.length <= 64:
            vr = element.vr or (b"IS" if name == "frames" else b"US")
            found[name] = values.integer(
                window.bytes(element.value_at, element.length), vr, little=source.coding.little
            )
    return Sizes(**found)


def _whole_read(body: bytes) -> Read:
    return lambda start, length: body[start : start + length]


class _Ranges(io.RawIOBase):
    """A head, and behind it what stands from a place on in a file."""

    def __init__(self, head: bytes, read: Read, start: int, size: int) -> None:
        super().__init__()
        self._head = head
        self._read = read
        self._start = start
        self._end = len(head) + size - start
        self._at = 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move."""
        self._at = offset + (0, self._at, self._end)[whence]
        return self._at

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """Fill the buffer from the position; return how many bytes there were."""
        view = memoryview(buffer).cast("B")
        if self._at < len(self._head):
            piece = self._head[self._at : self._at + len(view)]
        else:
            length = min(len(view), self._end - self._at)
            piece = self._read(self._start + self._at - len(self._head), length) if length > 0 else b""
        view[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)
