"""Where the data set of a file begins and how it is written: preamble, meta group, transfer syntax.

What stands in the bytes wins over what the transfer syntax says: files with a wrong one, or with none,
are read all the same.
"""

import struct
import zlib
from dataclasses import dataclass

from labelport.probing.dicom import values
from labelport.probing.dicom.walker import LONG, SHORT, Coding, elements
from labelport.probing.dicom.window import OverCap, Window

DEFLATED = "1.2.840.10008.1.2.1.99"
NATIVE = frozenset({"1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.113619.5.2"})
"""Transfer syntaxes whose pixels are not compressed."""

INFLATED = 1 << 20
"""Most bytes that a deflated data set is inflated to: 292 KB can be 300 MB."""

_MAGIC = b"DICM"
_META_LONGEST = 1 << 20
_FIRST_GROUPS = (0x0004, 0x0008)


class NotDicom(Exception):
    """The bytes are no DICOM."""


@dataclass(frozen=True)
class Opened:
    """The beginning of a data set."""

    at: int
    """Offset of its first element."""

    coding: Coding
    """How it is written."""

    transfer_syntax: str | None
    """As the meta group says."""

    sop_class: str | None
    """As the meta group says."""

    first_group: int = 0x0008
    """Group of the first element; 0004 is that of a DICOMDIR."""


def open_file(window: Window) -> Opened:
    """Return where the data set begins; raises ``NotDicom``, and what ``Window.need`` raises."""
    window.need(0, min(132, window.size))
    at = 132 if window.buffer[128:132] == _MAGIC else 0
    if at + 8 > window.size:
        raise NotDicom
    meta: dict[int, str] = {}
    at = _after_meta(window, at, meta)
    if at + 8 > window.size:
        raise NotDicom
    syntax = meta.get(0x00020010)
    if syntax == DEFLATED:
        return Opened(at, Coding(explicit=True, little=True), syntax, meta.get(0x00020002))
    coding = coding_at(window, at)
    group = int.from_bytes(window.bytes(at, 2), "little" if coding.little else "big")
    return Opened(at, coding, syntax, meta.get(0x00020002), group)


def _after_meta(window: Window, at: int, meta: dict[int, str]) -> int:
    """Return the offset behind group 0002, which is always little endian; its group length is not trusted."""
    start = window.bytes(at, 8)
    if start[:2] != b"\x02\x00":
        return at
    coding = Coding(explicit=start[4:6] in SHORT or start[4:6] in LONG, little=True)
    for element in elements(window, at, window.size, coding):
        if element.tag >> 16 != 2:
            return element.at
        if element.tag in (0x00020002, 0x00020010):
            try:
                meta[element.tag] = values.uid(window.bytes(element.value_at, min(element.length, 128))) or ""
            except values.BadValue:
                meta[element.tag] = ""
        at = element.value_at + element.length
        if element.length > _META_LONGEST:
            raise NotDicom
    return at


def coding_at(window: Window, at: int) -> Coding:
    """Return how the element at ``at`` is written; raises ``NotDicom`` where none stands there."""
    start = window.bytes(at, 8)
    vr = start[4:6]
    explicit = vr in SHORT or vr in LONG
    for little in (True, False):
        group, number = struct.unpack_from("<HH" if little else ">HH", start)
        (length,) = struct.unpack_from("<I" if little else ">I", start, 4)
        if group not in _FIRST_GROUPS and not (explicit and 0x0008 < group <= 0x0040):
            continue
        if explicit or (number == 0 and length == 4) or (length <= window.size - at - 8 and length < 1 << 16):
            return Coding(explicit=explicit, little=little)
    raise NotDicom


def inflated(window: Window, at: int) -> tuple[bytes, bool]:
    """Return the first bytes of a deflated data set, and whether they are all; never above ``INFLATED``.

    Raises ``OverCap`` where the budget is spent, ``zlib.error`` for what is no deflate stream.
    """
    stream = zlib.decompressobj(-15)
    made = bytearray()
    while at < window.size and not stream.eof and len(made) < INFLATED:
        length = min(16 << 10, window.size - at)
        made += stream.decompress(window.bytes(at, length), INFLATED - len(made))
        at += length
    if not made:
        raise OverCap if window.size > INFLATED else zlib.error("nothing inflates")
    return bytes(made), stream.eof or at >= window.size
