"""Masks of LabelMe: a PNG in base64, cropped to the box of its two points, whose last pixels are inside."""

import base64
import binascii
import io
import struct
from typing import Any

import numpy as np

from labelport.geometry.rle import Mask

MOST_PIXELS = 1 << 26
"""Pixels of one mask."""

OVERHEAD = 1 << 16
"""Bytes of a PNG beside a byte a pixel: chunks, and what deflate adds to what it cannot pack."""

_SIGNATURE = b"\x89PNG\r\n\x1a\n"


class BadMask(ValueError):
    """The mask cannot be read."""


def checked_mask(text: object, width: int, height: int) -> bytes:
    """Return the base64 text of a mask that is of the size of its box, not decoded.

    The length of the text and the header of the PNG are looked at before anything is unpacked, then the checksums
    of its chunks. Raises ``BadMask``.
    """
    if not isinstance(text, str):
        raise BadMask("it is no text")
    if width < 1 or height < 1 or width * height > MOST_PIXELS:
        raise BadMask(f"its box has {width} x {height} pixels")
    if len(text) * 3 // 4 > width * height + height + OVERHEAD:
        raise BadMask(f"its text of {len(text):,} characters is too long for {width} x {height} pixels")
    try:
        png = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadMask("its text is no base64") from None
    if png[:8] != _SIGNATURE or png[12:16] != b"IHDR" or len(png) < 33:
        raise BadMask("it is no PNG")
    size = struct.unpack(">II", png[16:24])
    if size != (width, height):
        raise BadMask(f"it has {size[0]} x {size[1]} pixels, its box {width} x {height}")
    _verify(png)
    return text.encode()


def _verify(png: bytes) -> None:
    from PIL import Image  # noqa: PLC0415  -- few files have masks

    try:
        with Image.open(io.BytesIO(png), formats=["PNG"]) as image:
            image.verify()
    except Exception:  # whatever the decoder raises is this picture's fault
        raise BadMask("its PNG is broken") from None


def mask_text(mask: Mask) -> bytes:
    """Return a mask, uint8 of shape (height, width), as LabelMe writes it: 0 and 1 in a grey PNG, in base64."""
    from PIL import Image  # noqa: PLC0415  -- few files have masks

    target = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(mask, np.uint8)).save(target, "PNG")
    return base64.b64encode(target.getvalue())


def cropped(mask: Mask) -> tuple[Mask, int, int] | None:
    """Return a mask cropped to what is inside, with x and y of its upper left pixel; null where nothing is."""
    rows: Any = np.flatnonzero(mask.any(axis=1))
    columns: Any = np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return None
    top, left = int(rows[0]), int(columns[0])
    return mask[top : int(rows[-1]) + 1, left : int(columns[-1]) + 1], left, top
