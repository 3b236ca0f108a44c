"""Images: size, orientation, mode and frames from the header, by walkers of our own.

Pillow reads pixels for some of these values (WebP and PNG EXIF whole), so it is the judge in the
tests and not the reader.
"""

import struct
from collections.abc import Callable, Mapping
from types import MappingProxyType

from labelport.probing.contract import BudgetSpent, Limits, MediaRow, ProbeContext, RangeRead
from labelport.probing.image import bmp, gif, ico, jpeg, jpeg2000, netpbm, png, tiff, webp
from labelport.probing.image.header import ImageFault, ImageHeader
from labelport.probing.reader import FewerBytes, reader_over
from labelport.probing.reader import RangeReader as Reader
from labelport.probing.sniff import sniff

__all__ = ["PROBE", "ImageProbe"]

_HEADERS: Mapping[str, Callable[[Reader], ImageHeader]] = {
    "jpeg": jpeg.header,
    "png": png.header,
    "webp": webp.header,
    "gif": gif.header,
    "bmp": bmp.header,
    "tiff": tiff.header,
    "pbm": netpbm.header,
    "pgm": netpbm.header,
    "ppm": netpbm.header,
    "jp2": jpeg2000.header_of_file,
    "j2k": jpeg2000.header_of_codestream,
    "ico": ico.header,
}

_MIME_TYPES = {
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "gif": "image/gif",
    "bmp": "image/bmp",
    "tiff": "image/tiff",
    "pbm": "image/x-portable-bitmap",
    "pgm": "image/x-portable-graymap",
    "ppm": "image/x-portable-pixmap",
    "jp2": "image/jp2",
    "j2k": "image/x-jp2-codestream",
    "ico": "image/x-icon",
}

_MOST_SIDE = 2**31 - 1
_MOST_BITS = 64
_FAULTS = (struct.error, IndexError, KeyError, ValueError, OverflowError)
"""What a walker may stumble over in bytes that lie."""


class ImageProbe:
    """The probe of images."""

    kind = "image"
    version = "image-1"
    formats: Mapping[str, str] = MappingProxyType(_MIME_TYPES)
    limits = Limits()

    def probe(self, head: bytes, size: int, read: RangeRead, limits: Limits, context: ProbeContext) -> MediaRow:
        """Return size, orientation, mode and frames; faults of the file are its ``status``."""
        reader = reader_over(read, size, head=head, limits=limits)
        walker = _HEADERS.get(sniff(head, size, context.key).format)
        if walker is None:
            return {"status": "unsupported", "error": "This format of images is not read yet."}
        try:
            found = walker(reader)
        except ImageFault as fault:
            return {"status": fault.status, "error": str(fault)}
        except BudgetSpent as spent:
            return {"status": "partial", "error": f"The budget was spent before the size was found: {spent}."}
        except FewerBytes:
            return {"status": "changed", "error": "The object has fewer bytes than were listed."}
        except _FAULTS as error:
            return {"status": "unreadable", "error": f"The header cannot be read ({type(error).__name__})."}
        return _row(found, limits)


def _row(found: ImageHeader, limits: Limits) -> MediaRow:
    if not (found.width > 0 and found.height > 0):
        return {"status": "unreadable", "error": "The header says an image without pixels."}
    if max(found.width, found.height) > _MOST_SIDE:
        return {"status": "too_large", "error": "The header says more pixels a side than any image has."}
    turned = found.orientation is not None and found.orientation >= 5
    row: MediaRow = {
        "width": found.height if turned else found.width,
        "height": found.width if turned else found.height,
        "stored_width": found.width,
        "stored_height": found.height,
        "orientation": found.orientation,
        "mode": found.mode,
        "bit_depth": found.bit_depth if 0 < (found.bit_depth or 0) <= _MOST_BITS else None,
        "frames": found.frames,
        "frames_method": found.frames_method,
        "frames_exact": found.frames_exact,
        "status": found.status,
        "error": found.error,
        "flags": list(dict.fromkeys(found.flags)) or None,
    }
    if found.width * found.height > limits.max_pixels:
        row["status"] = "too_large"
        row["error"] = f"{found.width * found.height:,} pixels are more than the limit of {limits.max_pixels:,}."
    return row


PROBE = ImageProbe()
"""The probe, as the entry point names it."""
