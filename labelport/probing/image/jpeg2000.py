"""JPEG 2000: the boxes of a JP2 file, or the SIZ segment of a bare codestream."""

import struct

from labelport.probing.image.header import ImageFault, ImageHeader, exactly
from labelport.probing.reader import RangeReader

__all__ = ["header_of_codestream", "header_of_file"]

_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
_MOST_BOXES = 64


def header_of_codestream(reader: RangeReader) -> ImageHeader:
    """Return what SIZ says (ISO 15444-1, A.5.1); raises ``ImageFault``."""
    body = exactly(reader, 2, 41)
    right, bottom, left, top = struct.unpack_from(">IIII", body, 6)
    components = int.from_bytes(body[38:40], "big")
    return _header(right - left, bottom - top, components=components, depth=(body[40] & 0x7F) + 1)


def header_of_file(reader: RangeReader) -> ImageHeader:
    """Return what the boxes ``ihdr`` and ``colr`` say (ISO 15444-1, I.5.3); raises ``ImageFault``."""
    at = 12
    for _ in range(_MOST_BOXES):
        name, body, end = _box(reader, at)
        if name == b"jp2h":
            return _of_header_box(reader, body, end)
        at = end
    raise ImageFault("unreadable", "There is no header box (jp2h).")


def _of_header_box(reader: RangeReader, at: int, end: int) -> ImageHeader:
    found: ImageHeader | None = None
    cmyk = palette = False
    for _ in range(_MOST_BOXES):
        if at >= end:
            break
        name, body, at = _box(reader, at)
        if name == b"ihdr":
            height, width, components, bits = struct.unpack(">IIHB", exactly(reader, body, 11))
            found = _header(width, height, components=components, depth=(bits & 0x7F) + 1)
        elif name == b"colr":
            cmyk = cmyk or exactly(reader, body, 7) == b"\x01\x00\x00\x00\x00\x00\x0c"
        elif name == b"pclr":
            palette = True
    if found is None:
        raise ImageFault("unreadable", "There is no image header (ihdr).")
    mode = "CMYK" if cmyk and found.mode == "RGBA" else "P" if palette and found.mode == "L" else found.mode
    return ImageHeader(width=found.width, height=found.height, mode=mode, bit_depth=found.bit_depth)


def _box(reader: RangeReader, at: int) -> tuple[bytes, int, int]:
    """Return name, start of the body, and end of the box at a place."""
    start = reader.at(at, 16)
    if len(start) < 8:
        raise ImageFault("truncated", "The file ends within its header.")
    length, name, body = int.from_bytes(start[:4], "big"), start[4:8], at + 8
    if length == 1:
        length, body = int.from_bytes(start[8:16], "big"), at + 16
    elif length == 0:
        length = reader.size - at
    if at + length < body:
        raise ImageFault("unreadable", "A box has an impossible length.")
    return name, body, at + length


def _header(width: int, height: int, *, components: int, depth: int) -> ImageHeader:
    mode = "I;16" if components == 1 and depth > 8 else _MODES.get(components)
    return ImageHeader(
        width=width,
        height=height,
        mode=mode,
        bit_depth=depth,
        status="ok" if mode else "unsupported",
        error=None if mode else f"A JPEG 2000 of {components} components is not read.",
    )
