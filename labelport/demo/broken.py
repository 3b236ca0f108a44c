"""Files that are cut, empty, misnamed or hostile, as every real bucket holds some.

None may cost more than its own row: see the defences of the probes.
"""

import gzip
import io
import struct
import zipfile
import zlib
from collections.abc import Iterator

import numpy as np
from PIL import Image

from labelport.demo.clips import encoded_clip
from labelport.demo.pictures import encoded
from labelport.demo.scenes import landscape
from labelport.demo.volumes import slice_file

BOMB_BYTES = 64 << 20
"""What the deflated DICOM becomes when somebody inflates it."""

DEPTH = 5000
"""Sequences inside each other: a reader that recurses falls over."""

_DEFLATED = b"1.2.840.10008.1.2.1.99"
_EXPLICIT = b"1.2.840.10008.1.2.1\0"
_ENDLESS = b"\xff\xff\xff\xff"


def broken_files() -> Iterator[tuple[str, bytes]]:
    """Yield the bad files."""
    picture = Image.fromarray(landscape(320, 200, light=3, moment=0.6))
    jpeg, png = encoded(picture, "JPEG", quality=85), encoded(picture, "PNG")
    clip = encoded_clip([landscape(320, 240, light=3, moment=n / 23) for n in range(24)], container="mp4")
    yield "bad/cut.jpg", jpeg[: len(jpeg) // 2]
    yield "bad/cut.png", png[: len(png) // 2]
    yield "bad/cut.mp4", clip[: len(clip) // 2]
    tiff = encoded(picture, "TIFF")
    yield "bad/cut.tiff", tiff[: len(tiff) // 2]  # its directory is whole, its rows are not
    yield "bad/cut_header.jpg", jpeg[:100]
    whole = slice_file(5, study="cut short")
    yield "bad/cut.dcm", whole[: len(whole) // 2]
    yield "bad/empty.dcm", b""
    yield "bad/really_a_png.jpg", encoded(picture.resize((64, 40)), "PNG")
    yield "bad/notes.dcm", b"Ask the scanner room for the real file.\n"
    yield "bad/neighbour.mp4", clip
    yield "bad/playlist.mp4", b"ffconcat version 1.0\nfile neighbour.mp4\n"
    yield "bad/playlist_hls.avi", b"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nneighbour.mp4\n#EXT-X-ENDLIST\n"
    yield "bad/bomb.png", png_of(100_000, 100_000)
    yield "bad/bomb_deflated.dcm", deflate_bomb()
    yield "bad/bomb_nested.dcm", nested_sequences()
    yield "bad/random.jpg", np.random.default_rng(11).bytes(4096)
    volume = gzip.compress(_nifti_of_noise(), mtime=0)
    yield "bad/half.nii.gz", volume[: len(volume) // 2]
    yield "bad/photos.zip", _zip({"one.jpg": jpeg})


def png_of(width: int, height: int) -> bytes:
    """Return a PNG whose header claims that size; there is next to nothing behind it."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(bytes(64))), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    )


def deflate_bomb() -> bytes:
    """Return a deflated DICOM of some 64 KB whose header is a private element of 64 MiB of zeros."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = squeeze.compress(_element(0x0008, 0x0060, b"CS", b"CT") + _element(0x0009, 0x0010, b"LO", b"BOMB"))
    body += squeeze.compress(struct.pack("<HH2sHI", 0x0009, 0x1000, b"OB", 0, BOMB_BYTES))
    for _ in range(BOMB_BYTES >> 20):
        body += squeeze.compress(bytes(1 << 20))
    return _preamble(_DEFLATED) + body + squeeze.flush()


def nested_sequences() -> bytes:
    """Return a DICOM of 5,000 sequences, each inside the one before; none is ever closed."""
    opening = struct.pack("<HH2sH4s", 0x0040, 0xA730, b"SQ", 0, _ENDLESS) + struct.pack(
        "<HH4s", 0xFFFE, 0xE000, _ENDLESS
    )
    return _preamble(_EXPLICIT) + _element(0x0008, 0x0060, b"CS", b"SR") + opening * DEPTH


def _preamble(transfer_syntax: bytes) -> bytes:
    meta = _element(0x0002, 0x0010, b"UI", transfer_syntax + b"\0" * (len(transfer_syntax) % 2))
    return bytes(128) + b"DICM" + _element(0x0002, 0x0000, b"UL", struct.pack("<I", len(meta))) + meta


def _element(group: int, element: int, kind: bytes, value: bytes) -> bytes:
    return struct.pack("<HH2sH", group, element, kind, len(value)) + value


def _nifti_of_noise() -> bytes:
    """Return a NIfTI-1 of 16 x 16 x 16 bytes that do not compress."""
    header = bytearray(352)
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<8h", header, 40, 3, 16, 16, 16, 1, 1, 1, 1)
    struct.pack_into("<hh", header, 70, 2, 8)
    struct.pack_into("<8f", header, 76, 1, 1, 1, 1, 1, 1, 1, 1)
    struct.pack_into("<f", header, 108, 352)
    header[344:348] = b"n+1\0"
    return bytes(header) + np.random.default_rng(5).bytes(16**3)


def _zip(members: dict[str, bytes]) -> bytes:
    """Return a zip with the time of its first day in each entry, so that the bytes stay."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, body in members.items():
            archive.writestr(zipfile.ZipInfo(name), body)
    return out.getvalue()
