"""Small pictures of still images, by Pillow: turned as EXIF says, as the catalogue's sizes are."""

import io
import warnings
from typing import Any

import numpy as np

from labelport.tiles.picture import SIDE, NoPicture, Picture, Pixels, refuse_too_large, small_size
from labelport.tiles.windowing import bytes_of, range_of, stretched

FORMATS = ("JPEG", "PNG", "BMP", "DIB", "GIF", "TIFF", "PPM", "WEBP", "JPEG2000", "MPO")
"""Pillow's readers that may touch an object: no EPS, which starts Ghostscript."""

MOST_FRAMES = 2000
"""A later frame of an animation is not looked for: those before it have to be decoded."""


def still(body: bytes, *, side: int = SIDE, grey: bool = False, frame: int = 0) -> Picture:
    """Return the small picture of an image file.

    ``grey``: without colours, and spread from the darkest to the lightest, as a ground to draw on. Else colours
    are as they are, and pixels of more than 8 bits are spread: they seldom use them all. Raises ``NoPicture``,
    and what Pillow raises for a file that it cannot decode. It decodes: call it in a worker.
    """
    from PIL import Image, ImageOps  # noqa: PLC0415  -- only workers decode

    Image.init()
    known = [name for name in FORMATS if name in Image.OPEN]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Image.open(io.BytesIO(body), formats=known) as image:
            refuse_too_large(*image.size)
            if frame:
                _seek(image, frame)
            width, height = image.size
            image.draft("L" if grey else None, (side, side))
            turned = ImageOps.exif_transpose(image)
            if (turned.width > turned.height) != (image.width > image.height):
                width, height = height, width
            size = small_size(turned.width, turned.height, side)
            plain = _plain(turned, grey=grey).resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
    values = np.asarray(plain)
    return Picture(width, height, _spread(values) if grey or plain.mode == "F" else np.asarray(values, np.uint8))


def _seek(image: Any, frame: int) -> None:
    if frame > MOST_FRAMES:
        raise NoPicture("too many frames")
    try:
        image.seek(frame)
    except EOFError:
        raise NoPicture("has no such frame") from None
    refuse_too_large(*image.size)


def _plain(image: Any, *, grey: bool) -> Any:
    """Return an image of 8-bit grey or RGB, or of floats where it had more than 8 bits; on white."""
    if image.mode.startswith(("I", "F")):
        return image.convert("F")
    if "A" in image.getbands() or "transparency" in image.info:
        image = image.convert("RGBA")
        under = image.copy()
        under.paste((255, 255, 255, 255), (0, 0, *image.size))
        under.alpha_composite(image)
        image = under
    return image.convert("L" if grey or image.mode in ("1", "L") else "RGB")


def _spread(values: np.ndarray[Any, Any]) -> Pixels:
    """Return values from black to white; a picture of one value is grey."""
    return bytes_of(stretched(np.nan_to_num(values), *range_of(values, low=0.5, high=99.5)))
