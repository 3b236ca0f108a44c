"""BMP: the header of Windows or OS/2, and whether its pixels fit into the file."""

import struct

from labelport.probing.image.header import ImageFault, ImageHeader, exactly
from labelport.probing.reader import RangeReader

__all__ = ["header"]

_WITH_ALPHA = frozenset(
    {
        (0xFF000000, 0xFF0000, 0xFF00, 0xFF),
        (0xFF, 0xFF00, 0xFF0000, 0xFF000000),
        (0xFF0000, 0xFF00, 0xFF, 0xFF000000),
        (0xFF000000, 0xFF00, 0xFF, 0xFF0000),
        (0, 0, 0, 0),
    }
)
"""Masks (red, green, blue, alpha) of 32 bits that Pillow reads as RGBA."""

_CHANNEL_BITS = {16: 5, 24: 8, 32: 8}


def header(reader: RangeReader) -> ImageHeader:
    """Return the header of a BMP; raises ``ImageFault``. ``truncated`` where plain pixels end before they should."""
    start = exactly(reader, 0, 26)
    offset, length = struct.unpack_from("<II", start, 10)
    if length == 12:
        width, height, _, bits = struct.unpack_from("<HHHH", start, 18)
        compression, colours, entry = 0, 0, 3
    elif length in {40, 52, 56, 64, 108, 124}:
        body = exactly(reader, 14, 40)
        width, height, _, bits, compression, _, _, _, colours = struct.unpack_from("<iiHHIIiiI", body, 4)
        entry = 4
    else:
        raise ImageFault("unsupported", f"A BMP header of {length} bytes is not read.")
    if bits not in {1, 4, 8, 16, 24, 32} or compression not in {0, 1, 2, 3}:
        raise ImageFault("unsupported", f"A BMP of {bits} bits and compression {compression} is not read.")
    mode = _mode(reader, bits, compression, length, (colours or 1 << bits, entry))
    stride = (width * bits + 31) // 32 * 4
    cut = compression in {0, 3} and offset + stride * abs(height) > reader.size
    return ImageHeader(
        width=width,
        height=abs(height),  # negative: the rows stand from top to bottom
        mode=mode,
        bit_depth=_CHANNEL_BITS.get(bits, bits),
        status="truncated" if cut else "ok",
        error="The pixels end before the last row." if cut else None,
    )


def _mode(reader: RangeReader, bits: int, compression: int, length: int, palette: tuple[int, int]) -> str:
    if bits > 8:
        if bits == 32 and compression == 3 and length >= 56:
            return "RGBA" if struct.unpack("<IIII", exactly(reader, 54, 16)) in _WITH_ALPHA else "RGB"
        return "RGB"
    colours, entry = palette
    if colours > 256:
        return "P"
    entries = reader.at(14 + length, colours * entry)
    greys = (0, 255) if colours == 2 else range(colours)
    if all(entries[i * entry : i * entry + 3] == bytes([grey]) * 3 for i, grey in enumerate(greys)):
        return "1" if colours <= 2 else "L"
    return "P"
