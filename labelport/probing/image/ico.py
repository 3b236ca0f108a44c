"""ICO: the largest of its pictures, which is the one that Pillow opens."""

import struct

from labelport.probing.image.header import ImageFault, ImageHeader, exactly
from labelport.probing.reader import RangeReader

__all__ = ["header"]

_PNG_MODES = {0: "L", 2: "RGB", 3: "P", 4: "LA", 6: "RGBA"}
_MOST = 256


def header(reader: RangeReader) -> ImageHeader:
    """Return the header of an icon; raises ``ImageFault``."""
    count = int.from_bytes(exactly(reader, 4, 2), "little")
    if not 0 < count <= _MOST:
        raise ImageFault("unreadable", f"An icon of {count} pictures.")
    raw = exactly(reader, 6, 16 * count)
    entries = []
    for at in range(0, len(raw), 16):
        across, down, _, _, _, bits, length, offset = struct.unpack_from("<BBBBHHII", raw, at)
        entries.append(((across or 256) * (down or 256), bits, length, offset, across or 256, down or 256))
    _, bits, length, offset, width, height = max(entries, key=lambda entry: entry[:2])
    start = reader.at(offset, 33)
    cut = offset + length > reader.size or len(start) < 33
    mode = "RGBA"
    if start.startswith(b"\x89PNG"):
        width, height, bits, colour = struct.unpack_from(">IIBB", start, 16) if len(start) >= 26 else (0, 0, 0, 0)
        mode = _PNG_MODES.get(colour, "RGBA")
        bits *= {0: 1, 2: 3, 3: 1, 4: 2}.get(colour, 4)
    return ImageHeader(
        width=width,
        height=height,
        mode=mode,
        bit_depth=8 if bits >= 24 or bits == 0 else bits,
        status="truncated" if cut else "ok",
        error="A picture ends behind the file." if cut else None,
    )
