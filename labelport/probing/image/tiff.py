"""TIFF and BigTIFF: the first directory, the number of pages, and whether the pixels fit into the file."""

from collections.abc import Mapping
from typing import Any

from labelport.probing.contract import BudgetSpent
from labelport.probing.image.header import ImageFault, ImageHeader
from labelport.probing.image.ifd import Directory, IfdFault, read_directory, read_structure
from labelport.probing.reader import RangeReader

__all__ = ["header"]

_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC, _FILL = 256, 257, 258, 259, 262, 266
_STRIPS, _ORIENTATION, _SAMPLES, _STRIP_BYTES, _PLANAR = 273, 274, 277, 279, 284
_TILES, _TILE_BYTES, _EXTRA, _FORMAT = 324, 325, 338, 339
_JPEG_OLD, _UNCOMPRESSED = 6, 1

_MOST_PAGES = 10_000
_MOST_HOPS = 24
"""Requests that counting pages may cost."""


def header(reader: RangeReader) -> ImageHeader:
    """Return the header of a TIFF's first page; raises ``ImageFault``.

    Sizes are those stored: Pillow itself shows a TIFF turned already, labelport keeps both.
    """
    try:
        structure = read_structure(reader.at)
        if structure.first >= reader.size:
            raise ImageFault("truncated", "The directory lies behind the end of the file.")
        first = read_directory(reader.at, structure, structure.first)
        width, height = (first.number(tag, reader.at, 0) for tag in (_WIDTH, _HEIGHT))
        orientation = first.number(_ORIENTATION, reader.at, 0)
        depths = first.numbers(_BITS, reader.at) or (1,)
    except IfdFault as error:
        raise ImageFault("unreadable", f"The directory cannot be read: {error}.") from error
    spent = None
    frames: int | None = None
    cut = False
    mode = _mode(first, reader, depths)
    try:
        cut = _cut(first, reader)
        frames = _pages(first, reader)
    except BudgetSpent as error:
        spent = f"The budget was spent before the pages were counted: {error}."
    return ImageHeader(
        width=width,
        height=height,
        mode=mode,
        bit_depth=max(depths),
        orientation=orientation if 1 <= orientation <= 8 else None,
        frames=frames,
        frames_method="index" if frames and frames > 1 else None,
        frames_exact=frames is not None,
        status="truncated" if cut else "partial" if spent else "ok" if mode else "unsupported",
        error=("The pixels end before the last row." if cut else spent)
        or (None if mode else "The combination of photometric interpretation, bits and samples is not read."),
    )


def _mode(first: Directory, reader: RangeReader, depths: tuple[int, ...]) -> str | None:
    """Return Pillow's mode, by Pillow's own table; None where it reads no such combination."""
    from PIL.TiffImagePlugin import COMPRESSION_INFO, OPEN_INFO  # noqa: PLC0415  -- only where there are TIFFs

    try:
        compression = first.number(_COMPRESSION, reader.at, 1)
        photometric = first.number(_PHOTOMETRIC, reader.at, 0)
        fill = first.number(_FILL, reader.at, 1)
        samples = first.number(_SAMPLES, reader.at, 1)
        extra = first.numbers(_EXTRA, reader.at)
        formats = first.numbers(_FORMAT, reader.at) or (1,)
        planar = first.number(_PLANAR, reader.at, 1)
    except IfdFault:
        return None
    if compression not in COMPRESSION_INFO or samples > 16:
        return None
    if compression == _JPEG_OLD:
        photometric = 6
        samples = samples if first.count(_SAMPLES) else 3
    if len(set(formats)) == 1:
        formats = formats[:1]
    if planar == 2 and extra and max(extra) == 0:
        depths, samples, extra = depths[: -len(extra)], samples - len(extra), ()
    depths = depths[:samples] if len(depths) >= samples else depths * samples if len(depths) == 1 else depths
    prefix = b"II" if first.structure.order == "<" else b"MM"
    modes: Mapping[Any, tuple[str, str]] = OPEN_INFO
    found = modes.get((prefix, photometric, formats, fill, depths, extra))
    if found is None:
        return None
    return "RGB" if photometric == 6 and compression != _UNCOMPRESSED else found[0]  # libtiff converts


def _cut(first: Directory, reader: RangeReader) -> bool:
    """Return whether the first or last strip (or tile) ends behind the file."""
    for places, lengths in ((_STRIPS, _STRIP_BYTES), (_TILES, _TILE_BYTES)):
        for last in (False, True):
            try:
                at = first.numbers(places, reader.at, most=1, last=last)
                length = first.numbers(lengths, reader.at, most=1, last=last)
            except IfdFault:
                return True
            if at and length and at[0] + length[0] > reader.size:
                return True
    return False


def _pages(first: Directory, reader: RangeReader) -> int | None:
    """Return the number of directories in the chain; None where counting costs too much or the chain loops."""
    seen = {first.structure.first}
    following = first.next
    allowed = reader.requests + _MOST_HOPS
    while following:
        if following in seen or len(seen) >= _MOST_PAGES or reader.requests >= allowed:
            return None
        seen.add(following)
        try:
            following = read_directory(reader.at, first.structure, following).next
        except IfdFault:
            return len(seen) - 1 or None
    return len(seen)
