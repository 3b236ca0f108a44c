"""What the header of a compressed frame promises: read before a decoder allocates anything.

JPEG (ISO/IEC 10918-1 B.2.2: SOF0 to SOF15), JPEG-LS (ISO/IEC 14495-1 C.2.2: SOF55), JPEG 2000 and its high-throughput
form (ISO/IEC 15444-1 A.5.1: SIZ), bare or in the boxes of a JP2 file. Markers are walked strictly: where one does not
stand where the last one ends, a lenient decoder might find another header than the one that was looked at.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

MOST_TILES = 65535
"""Tiles of a JPEG 2000 picture (ISO/IEC 15444-1 A.4.2: their index has 16 bits)."""

_SOC_SIZ = b"\xff\x4f\xff\x51"
_JP2 = b"\0\0\0\x0cjP  \r\n\x87\n"
_JPEG_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_LS_FRAME = 0xF7
_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})
_ENDS = frozenset({0xD8, 0xD9, 0xDA})


class BadCodestream(ValueError):
    """Bytes that are no picture of this kind, or whose header is damaged."""


@dataclass(frozen=True)
class Codestream:
    """What the header of a compressed picture says."""

    width: int
    height: int
    components: int

    precision: int
    """Bits of a sample; of several components the most."""


def jpeg_header(body: bytes) -> Codestream:
    """Return what the first frame header of a JPEG or JPEG-LS picture says; raises ``BadCodestream``.

    Lines that are counted only at the end of the picture (a height of 0, then DNL) are refused.
    """
    for marker, at, length in _segments(body):
        if marker not in _JPEG_FRAMES and marker != _LS_FRAME:
            continue
        if length < 8:
            raise BadCodestream("a frame header is too short")
        precision, height, width, components = struct.unpack_from(">BHHB", body, at + 2)
        return _sound(Codestream(width, height, components, precision), most_bits=16)
    raise BadCodestream("there is no frame header")


def jpeg2000_header(body: bytes) -> Codestream:
    """Return what the SIZ marker of a JPEG 2000 picture says; raises ``BadCodestream``."""
    at = _codestream_at(body)
    if body[at : at + 4] != _SOC_SIZ or len(body) < at + 42:
        raise BadCodestream("there is no SIZ marker")
    x1, y1, x0, y0, tile_wide, tile_high, tile_x, tile_y, components = struct.unpack_from(">8IH", body, at + 8)
    samples = body[at + 42 : at + 42 + 3 * components : 3]
    if not 0 < components <= len(samples) or not tile_wide or not tile_high or tile_x > x0 or tile_y > y0:
        raise BadCodestream("the SIZ marker is damaged")
    tiles = -((tile_x - x1) // tile_wide) * -((tile_y - y1) // tile_high)
    if tiles > MOST_TILES:
        raise BadCodestream("there are too many tiles")
    precision = max(each & 0x7F for each in samples) + 1
    return _sound(Codestream(x1 - x0, y1 - y0, components, precision), most_bits=38)


def run_length_size(body: bytes, *, enough: int) -> int:
    """Return how many bytes the segments of a RLE frame unpack to (PS3.5 G.3), counted no farther than ``enough``.

    Raises ``BadCodestream`` where its header is none.
    """
    if len(body) < 64:
        raise BadCodestream("a header of RLE is cut short")
    count, *starts = struct.unpack_from("<16I", body)
    starts = starts[:count]
    if not 0 < count <= 15 or sorted(starts) != starts or starts[0] < 64 or starts[-1] > len(body):
        raise BadCodestream("a header of RLE is damaged")
    made = 0
    for start, stop in zip(starts, [*starts[1:], len(body)], strict=True):
        if made + 64 * (stop - start) <= enough:
            made += 64 * (stop - start)  # two bytes unpack to 128 at most: they need not be counted
            continue
        at = start
        while at < stop and made <= enough:
            code = body[at]
            made += code + 1 if code < 128 else 257 - code if code > 128 else 0
            at += code + 2 if code < 128 else 2 if code > 128 else 1
    return made


def _segments(body: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield marker, offset and length of the marker segments before the first scan."""
    if body[:2] != b"\xff\xd8":
        raise BadCodestream("it does not begin with SOI")
    at = 2
    while True:
        if body[at : at + 1] != b"\xff":
            raise BadCodestream("a marker is missing")
        while body[at : at + 1] == b"\xff":
            at += 1
        if at + 3 > len(body) or body[at] in _ENDS:
            raise BadCodestream("there is no frame header")
        marker = body[at]
        at += 1
        if marker in _ALONE:
            continue
        (length,) = struct.unpack_from(">H", body, at)
        if length < 2 or at + length > len(body):
            raise BadCodestream("a segment is cut short")
        yield marker, at, length
        at += length


def _codestream_at(body: bytes) -> int:
    """Return where a codestream begins: at once, or in the first ``jp2c`` box."""
    if not body.startswith(_JP2):
        return 0
    at = 0
    while at + 16 <= len(body):
        length, kind = struct.unpack_from(">I4s", body, at)
        ahead = 8
        if length == 1:
            (length,), ahead = struct.unpack_from(">Q", body, at + 8), 16
        if kind == b"jp2c":
            return at + ahead
        if length < ahead:
            break
        at += length
    raise BadCodestream("there is no codestream box")


def _sound(found: Codestream, *, most_bits: int) -> Codestream:
    if found.width < 1 or found.height < 1 or found.components < 1 or not 0 < found.precision <= most_bits:
        raise BadCodestream("a size is none")
    return found
