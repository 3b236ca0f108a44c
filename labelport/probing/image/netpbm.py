"""PBM, PGM and PPM: three numbers in plain text."""

import re

from labelport.probing.image.header import ImageFault, ImageHeader
from labelport.probing.reader import RangeReader

__all__ = ["header"]

_TOKEN = re.compile(rb"(?:\s+|#[^\r\n]*[\r\n])*([0-9]{1,10})(?=[\s#])")
_MOST = 4096


def header(reader: RangeReader) -> ImageHeader:
    """Return the header of a Netpbm image; raises ``ImageFault``."""
    start = reader.at(0, _MOST)
    kind = start[1] - 0x30
    at, numbers = 2, []
    for _ in range(2 if kind in {1, 4} else 3):
        token = _TOKEN.match(start, at)
        if token is None:
            raise ImageFault("unreadable", "The header has no width, height and greatest value.")
        numbers.append(int(token[1]))
        at = token.end()
    width, height, most = (*numbers, 1)[:3]
    if not 0 < most < 65536:
        raise ImageFault("unreadable", f"The greatest value is {most}.")
    depth = max(most.bit_length(), 1)
    channels = 3 if kind in {3, 6} else 1
    mode = "1" if kind in {1, 4} else "RGB" if channels == 3 else "I" if most > 255 else "L"
    row = (width + 7) // 8 if kind == 4 else width * channels * (2 if most > 255 else 1)
    cut = kind >= 4 and at + 1 + row * height > reader.size
    return ImageHeader(
        width=width,
        height=height,
        mode=mode,
        bit_depth=depth,
        status="truncated" if cut else "ok",
        error="The pixels end before the last row." if cut else None,
    )
