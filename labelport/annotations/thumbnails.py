"""Small grey pictures of images, for people: decoded in workers alone, as strangers' pictures are.

A picture is turned as EXIF says, as the catalogue's sizes are, and its pixels are spread from the darkest to the
lightest: pictures of 16 bits seldom use them all.
"""

import hashlib
import io
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from labelport.errors import ObjectAbsent, ObjectChanged
from labelport.runners.contract import Begin
from labelport.storage.access import reopened

WORK = "labelport.annotations.thumbnails:thumbnails"
"""Name of the work for the runner."""

FORMATS = ("JPEG", "PNG", "BMP", "DIB", "GIF", "TIFF", "PPM", "WEBP", "JPEG2000", "MPO")
"""Pillow's readers that may touch an object: no EPS, which starts Ghostscript."""

MOST_PIXELS = 100_000_000
"""Pixels of an image, by its header: more are not decoded for a small picture."""

MOST_BYTES = 200_000_000
SIDE = 240
"""Pixels of the longer side of a small picture."""

RESULT = pa.schema(
    [
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("columns", pa.int32()),
        ("rows", pa.int32()),
        ("grey", pa.binary()),
        ("error", pa.string()),
    ]
)
"""One row an image: its size, and the small picture's, row by row; or why there is none."""


@dataclass(frozen=True)
class Thumbnail:
    """A small grey picture of an image."""

    width: int
    """Of the image, as displayed."""

    height: int
    grey: np.ndarray[Any, np.dtype[np.uint8]]
    """Shape (rows, columns), 0 black."""


def thumbnail(body: bytes, *, side: int = SIDE) -> Thumbnail:
    """Return the small picture of an image file, its longer side at most ``side`` pixels.

    Raises ``ValueError`` for one of too many pixels, and what Pillow raises for a file that it cannot decode. It
    decodes: call it in a worker.
    """
    from PIL import Image, ImageOps  # noqa: PLC0415  -- only workers decode

    Image.init()
    known = [name for name in FORMATS if name in Image.OPEN]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Image.open(io.BytesIO(body), formats=known) as image:
            width, height = image.size
            if width * height > MOST_PIXELS:
                raise ValueError(f"{width} x {height} pixels are not decoded for a small picture")
            image.draft("L", (side, side))
            turned = ImageOps.exif_transpose(image)
            if (turned.width > turned.height) != (image.width > image.height):
                width, height = height, width
            share = side / max(turned.size)
            small = tuple(max(1, round(each * min(share, 1.0))) for each in turned.size)
            grey = _grey(turned).resize((small[0], small[1]), Image.Resampling.BILINEAR, reducing_gap=2.0)
    return Thumbnail(width, height, _spread(np.asarray(grey, np.float32)))


def _grey(image: Any) -> Any:
    """Return an image with one number a pixel: 8 bits, or floats where it had more."""
    if image.mode.startswith(("I", "F")):
        return image.convert("F")
    if "A" in image.getbands() or "transparency" in image.info:
        image = image.convert("RGBA")
        under = image.copy()
        under.paste((255, 255, 255, 255), (0, 0, *image.size))
        under.alpha_composite(image)
        image = under
    return image.convert("L")


def _spread(values: np.ndarray[Any, np.dtype[np.float32]]) -> np.ndarray[Any, np.dtype[np.uint8]]:
    values = np.nan_to_num(values)
    low, high = np.percentile(values, [0.5, 99.5])
    if high <= low:
        return np.full(values.shape, 128, np.uint8)
    return np.asarray(np.clip((values - low) / (high - low), 0, 1) * 255, np.uint8)


def thumbnails(rows: pa.RecordBatch, options: Mapping[str, Any], begin: Begin) -> pa.RecordBatch:
    """Make the small pictures of a shard: columns ``key``, ``size``, ``token`` in, ``RESULT`` out.

    ``options``: what ``access_of`` gives of the bucket; ``tokens: md5`` where a token is the md5 of the file, as
    that of a rendition is, and not what the bucket says of it; ``side``.
    """
    bucket = reopened(options)
    by_md5 = options.get("tokens") == "md5"
    found: list[dict[str, Any]] = []
    for number, row in enumerate(rows.to_pylist()):
        begin(number)
        try:
            if row["size"] > MOST_BYTES:
                raise ValueError("too many bytes")
            body = bucket.read_range(row["key"], 0, row["size"], token=None if by_md5 else row["token"])
            if by_md5 and hashlib.md5(body).hexdigest() != row["token"]:
                raise ObjectChanged(row["key"])
            made = thumbnail(body, side=int(options.get("side", SIDE)))
        except (ObjectAbsent, ObjectChanged):
            found.append({"error": "the object changed or vanished"})
        except Exception as error:  # the edge of one object: whatever a decoder raises is this object's fault
            found.append({"error": f"its pixels cannot be shown ({type(error).__name__})"})
        else:
            high, wide = made.grey.shape
            sizes = {"width": made.width, "height": made.height, "columns": wide, "rows": high}
            found.append({**sizes, "grey": made.grey.tobytes()})
    return pa.RecordBatch.from_pylist(found, schema=RESULT)


def thumbnail_of(row: Mapping[str, Any]) -> Thumbnail | None:
    """Return the small picture of a row of ``RESULT``; null where there is none."""
    if row["grey"] is None:
        return None
    grey = np.frombuffer(row["grey"], np.uint8).reshape(row["rows"], row["columns"])
    return Thumbnail(row["width"], row["height"], grey)
