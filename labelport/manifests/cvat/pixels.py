"""Size and checksum of images, decoded: what exact mode runs in the workers.

The checksum is the md5 of ``Image.open(f).tobytes()``: the decoded pixels in the file's own mode, with
no orientation applied. A TIFF is the exception: Pillow shows it already turned, so its pixels are the
turned ones, and CVAT's tool swaps its sides a second time (specification 2.7, observed).
"""

import hashlib
import io
import warnings
from collections.abc import Mapping
from functools import cache
from typing import Any

import pyarrow as pa

from labelport.errors import ObjectAbsent, ObjectChanged
from labelport.runners.contract import Begin
from labelport.storage.access import reopened

WORK = "labelport.manifests.cvat.pixels:checksums"
"""Name of the work for the runner."""

FORMATS = ("JPEG", "PNG", "BMP", "DIB", "GIF", "TIFF", "PPM", "WEBP", "JPEG2000", "ICO", "TGA", "AVIF", "PCX")
"""Pillow's readers that may touch an object, the frequent first: no EPS, which starts Ghostscript. An MPO
is opened as its first JPEG."""

MOST_PIXELS = 250_000_000
"""More is refused, as the probe does."""

TAG_ORIENTATION = 274

GONE = "the object changed or vanished while the manifest was written"

RESULT = pa.schema([("width", pa.int32()), ("height", pa.int32()), ("checksum", pa.string()), ("error", pa.string())])
"""One row an image: size in pixels as the manifest says it, md5 hex; or why there is none."""


def image_facts(body: bytes) -> tuple[int, int, str]:
    """Return width, height and checksum of an image file as CVAT's manifest holds them.

    Raises what Pillow raises for a file that it cannot decode.
    """
    from PIL import Image  # noqa: PLC0415  -- only workers decode

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS // 2  # Pillow raises above twice this number
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Image.open(io.BytesIO(body), formats=_built_in()) as image:
            width, height = image.size
            if image.getexif().get(TAG_ORIENTATION, 1) > 4:
                width, height = height, width
            return width, height, hashlib.md5(image.tobytes()).hexdigest()


@cache
def _built_in() -> tuple[str, ...]:
    """Return those of ``FORMATS`` that this Pillow was built with."""
    from PIL import Image  # noqa: PLC0415  -- only workers decode

    Image.init()
    return tuple(name for name in FORMATS if name in Image.OPEN)


def checksums(rows: pa.RecordBatch, options: Mapping[str, Any], begin: Begin) -> pa.RecordBatch:
    """Decode the images of a shard: columns ``key``, ``size``, ``token`` in, ``RESULT`` out.

    ``options``: what ``access_of`` gives of the bucket; ``tokens: md5`` where a token is the md5 of the file, as
    that of a rendition is, and not what the bucket says of it.
    """
    bucket = reopened(options)
    by_md5 = options.get("tokens") == "md5"
    found: list[dict[str, Any]] = []
    for number, row in enumerate(rows.to_pylist()):
        begin(number)
        try:
            body = bucket.read_range(row["key"], 0, row["size"], token=None if by_md5 else row["token"])
            if by_md5 and hashlib.md5(body).hexdigest() != row["token"]:
                raise ObjectChanged(row["key"])
            width, height, checksum = image_facts(body)
        except (ObjectAbsent, ObjectChanged):
            found.append({"error": GONE})
        except Exception as error:  # the edge of one object: whatever a decoder raises is this object's fault
            found.append({"error": f"its pixels cannot be decoded ({type(error).__name__})"})
        else:
            found.append({"width": width, "height": height, "checksum": checksum})
    return pa.RecordBatch.from_pylist(found, schema=RESULT)
