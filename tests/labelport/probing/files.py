"""Small media files made here."""

import io
import struct
import zlib

from PIL import Image


def png(width: int = 8, height: int = 6, *, seed: int = 0) -> bytes:
    """Return a PNG; another seed gives another file of equal size in pixels."""
    sink = io.BytesIO()
    Image.new("RGB", (width, height), (seed % 256, seed // 256 % 256, 0)).save(sink, "PNG")
    return sink.getvalue()


def jpeg(width: int = 8, height: int = 6) -> bytes:
    """Return a JPEG."""
    sink = io.BytesIO()
    Image.new("RGB", (width, height)).save(sink, "JPEG")
    return sink.getvalue()


def png_header(width: int, height: int) -> bytes:
    """Return a PNG that says it has this size, and has no pixels."""
    body = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + body
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", len(body)) + chunk + struct.pack(">I", zlib.crc32(chunk))
