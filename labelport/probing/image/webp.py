"""WebP: the size in the first chunk, EXIF and XMP behind the pixels by a walk over the RIFF chunks."""

from labelport.probing.contract import BudgetSpent
from labelport.probing.image.header import ImageFault, ImageHeader, exactly
from labelport.probing.image.orientation import turn
from labelport.probing.reader import RangeReader

__all__ = ["header"]

_MOST_METADATA = 1 << 20
_MOST_CHUNKS = 100_000
_MOST_HOPS = 24
"""Requests that a walk over the frames of an animation may cost; then they are not counted."""


def header(reader: RangeReader) -> ImageHeader:
    """Return the header of a WebP; raises ``ImageFault``. ``truncated`` where RIFF says more bytes than there are."""
    start = exactly(reader, 0, 30)
    name, body = start[12:16], start[20:30]
    if name == b"VP8X":
        width, height = int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
        return _extended(reader, width, height, body[0])
    if name == b"VP8L":
        if body[0] != 0x2F:
            raise ImageFault("unreadable", "The lossless stream has no signature.")
        bits = int.from_bytes(body[1:5], "little")
        return _still(reader, (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, alpha=bool(bits >> 28 & 1))
    if name == b"VP8 ":
        if body[3:6] != b"\x9d\x01\x2a":
            raise ImageFault("unreadable", "The stream does not begin with a key frame.")
        width, height = int.from_bytes(body[6:8], "little"), int.from_bytes(body[8:10], "little")
        return _still(reader, width & 0x3FFF, height & 0x3FFF, alpha=False)
    raise ImageFault("unreadable", "The first chunk is none of VP8, VP8L and VP8X.")


def _cut(reader: RangeReader) -> bool:
    return int.from_bytes(reader.at(4, 4), "little") + 8 > reader.size


def _still(reader: RangeReader, width: int, height: int, *, alpha: bool) -> ImageHeader:
    cut = _cut(reader)
    return ImageHeader(
        width=width,
        height=height,
        mode="RGBA" if alpha else "RGB",
        bit_depth=8,
        status="truncated" if cut else "ok",
        error="The file is shorter than its header says." if cut else None,
    )


def _extended(reader: RangeReader, width: int, height: int, flags: int) -> ImageHeader:
    base = _still(reader, width, height, alpha=bool(flags & 0x10))
    animated, described = bool(flags & 0x02), bool(flags & 0x0C)
    metadata: dict[bytes, bytes] = {}
    frames: int | None = 0
    error = base.error
    status = base.status
    if animated or described:
        try:
            frames, metadata = _walk(reader, described=described)
        except BudgetSpent as spent:
            frames = None
            if status == "ok":
                status, error = "partial", f"The budget was spent before the end of the header: {spent}."
    orientation, odd = turn(metadata.get(b"EXIF"), metadata.get(b"XMP "))
    return ImageHeader(
        width=width,
        height=height,
        mode=base.mode,
        bit_depth=8,
        orientation=orientation,
        frames=frames if animated else 1,
        frames_method="index" if animated and frames else None,
        frames_exact=not animated or bool(frames),
        status=status,
        error=error,
        flags=odd,
    )


def _walk(reader: RangeReader, *, described: bool) -> tuple[int | None, dict[bytes, bytes]]:
    """Return how many frames there are (None: not counted), and the chunks EXIF and XMP."""
    at, frames = 12, 0
    metadata: dict[bytes, bytes] = {}
    allowed = reader.requests + _MOST_HOPS
    for _ in range(_MOST_CHUNKS):
        start = reader.at(at, 8)
        if len(start) < 8:
            return frames, metadata
        length = int.from_bytes(start[4:8], "little")
        if start[:4] == b"ANMF":
            frames += 1
        elif start[:4] in {b"EXIF", b"XMP "}:
            metadata[start[:4]] = reader.at(at + 8, min(length, _MOST_METADATA))
        at += 8 + length + length % 2
        if reader.requests >= allowed and not described:
            return None, metadata
    return None, metadata
