"""Whether the sizes that a header says can be: against caps, and against the bytes that are there."""

from labelport.annotations.formats.dicom_seg.opening import Sizes, Source
from labelport.annotations.said import Said

MOST_VOXELS = 1 << 35
"""Rows x columns x frames: 400 segments of 320 slices of 512 x 512."""

MOST_PIXELS = 1 << 28
"""Pixels of a frame: masks have no more (``geometry.rings``)."""

MOST_FRAMES = 1 << 20
"""Frames: each is described by some 300 bytes, and by some objects in memory."""

_ITEM = 8
"""Bytes that a compressed frame takes at least: the head of its item."""


def sound(told: Sizes, source: Source, file: str, said: Said) -> bool:
    """Return whether frames may be read; else say ``seg.too_large`` or ``seg.unreadable``."""
    frames = 1 if told.frames is None else told.frames
    rows, columns, bits = told.rows, told.columns, told.bits
    if rows is None or columns is None or bits is None or min(rows, columns, frames) < 1:
        said.say("seg.unreadable", file, "(0028,0010)", "rows, columns, frames or bits are not said, or are none")
        return False
    if bits not in (1, 8, 16) or told.samples not in (None, 1):
        said.say("seg.unreadable", file, "(0028,0100)", f"pixels have {told.samples} samples of {bits} bits")
        return False
    voxels = rows * columns * frames
    if voxels > MOST_VOXELS or rows * columns > MOST_PIXELS or frames > MOST_FRAMES:
        words = f"{columns} x {rows} pixels and {frames:,} frames are promised"
        said.say("seg.too_large", file, "(0028,0008)", words, value=voxels)
        return False
    least = (voxels * bits + 7) // 8 if source.native else frames * _ITEM
    there = source.size - source.at
    if least > there:
        words = f"{frames:,} frames take {least:,} bytes at least, and {there:,} are there"
        said.say("seg.unreadable", file, "(7FE0,0010)", words)
        return False
    return True
