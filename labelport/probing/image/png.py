"""PNG and APNG: a walk over the chunks; what stands behind the pixels is looked for at the file's end."""

import struct
import zlib
from dataclasses import dataclass

from labelport.probing.contract import BudgetSpent
from labelport.probing.image.header import ImageFault, ImageHeader, exactly
from labelport.probing.image.ifd import IfdFault
from labelport.probing.image.orientation import raw_profile, turn
from labelport.probing.reader import RangeReader

__all__ = ["header"]

_MODES = {
    (1, 0): "1",
    (2, 0): "L",
    (4, 0): "L",
    (8, 0): "L",
    (16, 0): "I;16",
    (8, 2): "RGB",
    (16, 2): "RGB",
    (1, 3): "P",
    (2, 3): "P",
    (4, 3): "P",
    (8, 3): "P",
    (8, 4): "LA",
    (16, 4): "RGBA",
    (8, 6): "RGBA",
    (16, 6): "RGBA",
}
"""Pillow's mode by (bit depth, colour type)."""

_END = b"\x00\x00\x00\x00IEND\xae\x42\x60\x82"
_WANTED = frozenset({b"eXIf", b"iTXt", b"tEXt", b"zTXt", b"acTL"})
_XMP, _PROFILE = b"XML:com.adobe.xmp", b"Raw profile type exif"
_MOST_TEXT = 1 << 20
"""Longest text or EXIF chunk that is read, and the most that one is inflated to."""

_TAIL = 32 << 10
_MOST_CHUNKS = 4096


@dataclass
class _Walk:
    """What was met so far."""

    exif: bytes | None = None
    profile: bytes | None = None
    xmp: bytes | None = None
    frames: int = 0
    cut: bool = False
    flags: tuple[str, ...] = ()


def header(reader: RangeReader) -> ImageHeader:
    """Return the header of a PNG; raises ``ImageFault``. ``truncated`` where its end chunk is missing."""
    width, height, depth, colour = _first_chunk(reader)
    walk, spent = _Walk(), None
    try:
        _walk(reader, walk)
    except BudgetSpent as error:
        spent = f"The budget was spent before the end of the header: {error}."
    orientation, flags = turn(walk.exif or walk.profile, walk.xmp)
    return ImageHeader(
        width=width,
        height=height,
        mode=_MODES[depth, colour],
        bit_depth=depth,
        orientation=orientation,
        frames=walk.frames or 1,
        frames_method="header" if walk.frames else None,
        frames_exact=not walk.frames,
        status="truncated" if walk.cut else "partial" if spent else "ok",
        error="The file ends before its end chunk (IEND)." if walk.cut else spent,
        flags=(*walk.flags, *flags),
    )


def _first_chunk(reader: RangeReader) -> tuple[int, int, int, int]:
    chunk = exactly(reader, 8, 25)
    if chunk[4:8] != b"IHDR":
        raise ImageFault("unreadable", "The first chunk is not IHDR.")
    if zlib.crc32(chunk[4:21]) != int.from_bytes(chunk[21:25], "big"):
        raise ImageFault("unreadable", "The checksum of the header is wrong.")
    width, height, depth, colour = struct.unpack_from(">IIBB", chunk, 8)
    if (depth, colour) not in _MODES:
        raise ImageFault("unreadable", f"There is no PNG of {depth} bits and colour type {colour}.")
    return width, height, depth, colour


def _walk(reader: RangeReader, walk: _Walk) -> None:
    """Go over the chunks up to the pixels, and behind them: chunk by chunk in a small file, else at its end."""
    at, pixels = 33, False
    for _ in range(_MOST_CHUNKS):
        if pixels and at + 8 > len(reader.head):
            _behind_pixels(reader, walk, at)
            return
        start = reader.at(at, 8)
        length = int.from_bytes(start[:4], "big")
        if len(start) < 8 or at + 12 + length > reader.size:
            walk.cut = True
            return
        if start[4:8] == b"IEND":
            return
        pixels = pixels or start[4:8] == b"IDAT"
        if start[4:8] in _WANTED:
            _chunk(walk, start[4:8], reader.at(at + 8, min(length, _MOST_TEXT)))
        at += 12 + length
    raise ImageFault("unreadable", f"There are more than {_MOST_CHUNKS} chunks.")


def _behind_pixels(reader: RangeReader, walk: _Walk, at: int) -> None:
    """Look for EXIF, XMP and the end chunk in the last bytes: following the IDATs would read the whole file.

    A chunk found by its name counts only where its checksum agrees: compressed pixels hold any bytes.
    """
    start = max(at, reader.size - _TAIL)
    tail = reader.at(start, reader.size - start)
    walk.cut = _END not in tail
    for name in (b"eXIf", b"iTXt", b"tEXt", b"zTXt"):
        place = tail.find(name, 4)
        while place >= 0:
            length = int.from_bytes(tail[place - 4 : place], "big")
            body = tail[place : place + 4 + length]
            check = tail[place + 4 + length : place + 8 + length]
            if len(check) == 4 and zlib.crc32(body) == int.from_bytes(check, "big"):
                _chunk(walk, name, body[4:])
            place = tail.find(name, place + 4)


def _chunk(walk: _Walk, name: bytes, body: bytes) -> None:
    if name == b"acTL" and len(body) >= 8:
        walk.frames = int.from_bytes(body[:4], "big") & 0x7FFFFFFF
    elif name == b"eXIf":
        walk.exif = body
    elif name == b"iTXt" and body.startswith(_XMP + b"\x00"):
        walk.xmp = _international(body[len(_XMP) + 1 :])
    elif name in {b"tEXt", b"zTXt"} and body.startswith(_PROFILE + b"\x00"):
        text = body[len(_PROFILE) + 1 :]
        try:
            walk.profile = raw_profile((_inflated(text[1:]) or b"") if name == b"zTXt" else text)
        except IfdFault:
            walk.flags = (*walk.flags, "exif_unreadable")


def _international(rest: bytes) -> bytes | None:
    """Return the text of an iTXt chunk behind its keyword: flag, method, language, translated keyword, text."""
    parts = rest[2:].split(b"\x00", 2)
    if len(rest) < 2 or len(parts) < 3:
        return None
    return _inflated(parts[2]) if rest[0] else parts[2]


def _inflated(text: bytes) -> bytes | None:
    """Return the first 1 MiB of a compressed text; None where it is none."""
    try:
        return zlib.decompressobj().decompress(text, _MOST_TEXT)
    except zlib.error:
        return None
