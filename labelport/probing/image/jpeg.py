"""JPEG: a walk over the markers up to the first scan (ITU-T T.81, B.1), long segments jumped over."""

from dataclasses import dataclass, field

from labelport.probing.contract import BudgetSpent
from labelport.probing.image.header import ImageFault, ImageHeader, exactly
from labelport.probing.image.ifd import At
from labelport.probing.image.orientation import turn
from labelport.probing.reader import RangeReader

__all__ = ["header"]

_MODES = {1: "L", 3: "RGB", 4: "CMYK"}
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""SOFn; the three others are tables and an extension."""

_DECODABLE = frozenset({0xC0, 0xC1, 0xC2, 0xC9, 0xCA})
"""Baseline, extended, progressive, and both with arithmetic coding; not lossless, not hierarchical."""

_ALONE = frozenset({0x00, 0x01, 0xFF, *range(0xD0, 0xD9)})
"""Markers (and stuffing) without a length."""

_EXIF, _XMP, _PICTURES = b"Exif\x00\x00", b"http://ns.adobe.com/xap/1.0/\x00", b"MPF\x00"
_MOST_MARKERS = 4096
_MOST_XMP = 64 << 10


@dataclass
class _Walk:
    """What was met so far."""

    frame: tuple[int, int, int, int, int] | None = None
    """SOF marker, precision, rows, columns, components."""

    exif: At | None = None
    xmp: bytes | None = None
    flags: list[str] = field(default_factory=list)


def header(reader: RangeReader) -> ImageHeader:
    """Return the header of a JPEG; raises ``ImageFault``. A budget that ends after SOF gives ``partial``."""
    walk, spent = _Walk(), None
    try:
        _walk(reader, walk)
    except BudgetSpent as error:
        if walk.frame is None:
            raise
        spent = f"The budget was spent before the end of the header: {error}."
    if walk.frame is None:
        raise ImageFault("unreadable", "There is no frame header (SOF).")
    marker, precision, rows, columns, components = walk.frame
    orientation, flags = turn(walk.exif, walk.xmp)
    decodable = marker in _DECODABLE and precision == 8 and components in _MODES
    return ImageHeader(
        width=columns,
        height=rows,
        mode=_MODES[components] if decodable else None,
        bit_depth=precision,
        orientation=orientation,
        status="partial" if spent else "ok" if decodable else "unsupported",
        error=spent or (None if decodable else _not_decodable(marker, precision, components)),
        flags=(*walk.flags, *flags),
    )


def _not_decodable(marker: int, precision: int, components: int) -> str:
    return f"A JPEG of {precision} bits, {components} components and process SOF{marker - 0xC0} is not read."


def _walk(reader: RangeReader, walk: _Walk) -> None:
    at, skipped = 2, 0
    for _ in range(_MOST_MARKERS):
        mark = reader.at(at, 4)
        if len(mark) < 2:
            raise ImageFault("truncated", "The file ends before its pixels.")
        if mark[0] != 0xFF or mark[1] in _ALONE:
            # Fill bytes and rubbish between segments: libjpeg goes on to the next marker.
            lone = mark[0] == 0xFF and mark[1] not in {0xFF, 0x00}
            at, skipped = at + (2 if lone else 1), skipped + 1
            if skipped > 1024:
                raise ImageFault("unreadable", "There is no marker where one must be.")
            continue
        if mark[1] in {0xDA, 0xD9}:  # start of scan, end of image
            return
        length = int.from_bytes(mark[2:4], "big")
        if len(mark) < 4 or at + 2 + length > reader.size:
            if walk.frame is not None:
                return
            raise ImageFault("truncated", "A segment is longer than the file.")
        if length < 2:
            raise ImageFault("unreadable", "A segment has an impossible length.")
        _segment(reader, walk, mark[1], start=at + 4, length=length - 2)
        at += 2 + length
    raise ImageFault("unreadable", f"There are more than {_MOST_MARKERS} segments.")


def _segment(reader: RangeReader, walk: _Walk, marker: int, *, start: int, length: int) -> None:
    if marker in _FRAMES and walk.frame is None:
        body = exactly(reader, start, 6)
        walk.frame = (marker, body[0], int.from_bytes(body[1:3], "big"), int.from_bytes(body[3:5], "big"), body[5])
    elif marker == 0xE1:
        name = reader.at(start, min(len(_XMP), length))
        if name.startswith(_EXIF) and walk.exif is None:
            walk.exif = lambda offset, wanted: reader.at(start + offset, max(min(wanted, length - offset), 0))
        elif name == _XMP:
            walk.xmp = reader.at(start + len(_XMP), min(length - len(_XMP), _MOST_XMP))
    elif marker == 0xE2 and reader.at(start, 4) == _PICTURES:
        walk.flags.append("multi_picture")  # the first picture is an ordinary JPEG, and the one that is shown
