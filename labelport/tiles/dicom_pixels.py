"""The pixels of one frame of a DICOM object: of native ones only that frame's bytes are read.

Where the data set begins and how it is written our own scanner says, as in probing; elements are read by pydicom
up to the pixels, and the frame is decoded by pydicom; compressed ones as ``dicom_decoders`` says.
"""

import io
import math
import struct
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydicom.dataset import Dataset
from pydicom.encaps import get_frame
from pydicom.filereader import read_dataset
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import UID

from labelport.probing.contract import RangeRead
from labelport.probing.dicom.opening import DEFLATED, Opened, open_file
from labelport.probing.dicom.window import Window
from labelport.probing.reader import RangeReader
from labelport.tiles.dicom_decoders import decoded, decoder_missing
from labelport.tiles.dicom_quiet import quiet
from labelport.tiles.picture import CUT_SHORT, MOST_BYTES, NoPicture, refuse_too_large

MOST_INFLATED = 1 << 28
"""Bytes that a deflated data set is inflated to."""

MOST_REQUESTS = 512
HEAD = 16 << 10
LONG_VALUE = 8 << 20
"""A value before the pixels that is longer is passed over: the groups of some 5,000 frames are shorter."""

_KEYWORDS = {0x7FE00008: "FloatPixelData", 0x7FE00009: "DoubleFloatPixelData", 0x7FE00010: "PixelData"}
_UNDEFINED = 0xFFFFFFFF
_LONG = (b"OB", b"OW", b"OF", b"OD", b"OL", b"OV", b"UN")
_NATIVE = {
    (True, True): "1.2.840.10008.1.2.1",
    (False, True): "1.2.840.10008.1.2",
    (True, False): "1.2.840.10008.1.2.2",
}

__all__ = ["Frame", "decoder_missing", "frame_of"]


@dataclass(frozen=True)
class Frame:
    """One decoded frame."""

    header: Dataset
    """The elements before the pixels."""

    values: np.ndarray[Any, Any]
    """Stored values, shape (rows, columns); or (rows, columns, 3) RGB, or of a palette its indices."""

    photometric: str
    """Photometric interpretation after decoding: YBR has become RGB."""

    number: int


@dataclass(frozen=True)
class _Placed:
    """Where the pixels of an object stand."""

    file: Any
    header: Dataset
    keyword: str
    vr: str
    value_at: int
    length: int
    syntax: str


def frame_of(read: RangeRead, size: int, number: int) -> Frame:
    """Return a frame, 0-based. Raises ``NoPicture``, and whatever hostile bytes make a parser raise."""
    with quiet():
        placed = _placed(read, size)
        header = placed.header
        rows, columns = int(header.get("Rows") or 0), int(header.get("Columns") or 0)
        refuse_too_large(columns, rows)
        frames = int(header.get("NumberOfFrames") or 1)
        if not 0 <= number < max(frames, 1):
            raise NoPicture("has no such frame")
        return _decoded(placed, number, frames)


def _placed(read: RangeRead, size: int) -> _Placed:
    head = read(0, min(HEAD, size))
    opened = open_file(Window(head, size, read, most=1 << 20))
    file: Any
    if opened.transfer_syntax == DEFLATED:
        if size > MOST_BYTES:
            raise NoPicture("too many bytes")
        body = zlib.decompressobj(-15).decompress(read(opened.at, size - opened.at), MOST_INFLATED)
        file = io.BytesIO(body)
    else:
        file = RangeReader(read, size, head=head, max_bytes=MOST_BYTES, max_requests=MOST_REQUESTS, ahead_bytes=1 << 20)
        file.seek(opened.at)
    header = read_dataset(
        file, not opened.coding.explicit, opened.coding.little, stop_when=_at_pixels, defer_size=LONG_VALUE
    )
    return _element(file, header, opened)


def _at_pixels(tag: Any, vr: str | None, length: int) -> bool:
    del vr, length
    return int(tag) in _KEYWORDS


def _element(file: Any, header: Dataset, opened: Opened) -> _Placed:
    """Return where the pixels stand: pydicom has stopped before their element."""
    explicit, little = opened.coding
    order = "<" if little else ">"
    start = file.tell()
    raw = file.read(12)
    if len(raw) < 8:
        raise NoPicture("has no pixels")
    group, element = struct.unpack_from(order + "HH", raw)
    keyword = _KEYWORDS.get(group << 16 | element)
    if keyword is None:
        raise NoPicture("has no pixels")
    vr = raw[4:6] if explicit else b"OW"
    if explicit and vr in _LONG:
        value_at, (length,) = start + 12, struct.unpack_from(order + "I", raw, 8)
    elif explicit and vr.isalpha():
        raise NoPicture("has no pixels")
    else:
        value_at, (length,) = start + 8, struct.unpack_from(order + "I", raw, 4)
    native = _NATIVE.get((explicit, little), "")
    syntax = opened.transfer_syntax or native
    if length != _UNDEFINED and (syntax in {*_NATIVE.values(), DEFLATED}):
        syntax = native  # what stands in the bytes wins over what the meta group says
    return _Placed(file, header, keyword, "OB" if vr == b"OB" else "OW", value_at, length, syntax)


def _decoded(placed: _Placed, number: int, frames: int) -> Frame:
    header = placed.header
    options: dict[str, Any] = {
        "rows": int(header.Rows),
        "columns": int(header.Columns),
        "number_of_frames": 1,
        "samples_per_pixel": int(header.get("SamplesPerPixel") or 1),
        "photometric_interpretation": str(header.get("PhotometricInterpretation") or "MONOCHROME2").strip(),
        "bits_allocated": int(header.get("BitsAllocated") or 8),
        "bits_stored": int(header.get("BitsStored") or header.get("BitsAllocated") or 8),
        "pixel_representation": int(header.get("PixelRepresentation") or 0),
        "pixel_keyword": placed.keyword,
        "pixel_vr": placed.vr,
    }
    if options["samples_per_pixel"] > 1:
        options["planar_configuration"] = int(header.get("PlanarConfiguration") or 0)
    if placed.length == _UNDEFINED:
        values, photometric = decoded(_encoded(placed, number, frames), placed.syntax, options)
        return Frame(header, values, photometric, number)
    if placed.syntax not in _NATIVE.values():
        raise NoPicture("is not compressed as it says")
    source = _native(placed, number, options)
    values, told = get_decoder(UID(placed.syntax)).as_array(source, index=0, raw=False, **options)
    return Frame(header, values, str(told["photometric_interpretation"]), number)


def _native(placed: _Placed, number: int, options: dict[str, Any]) -> bytes:
    """Return the bytes of one frame that is not compressed."""
    pixels = options["rows"] * options["columns"] * options["samples_per_pixel"]
    if options["photometric_interpretation"] == "YBR_FULL_422" and options["samples_per_pixel"] == 3:
        pixels = pixels // 3 * 2  # two chroma samples for two pixels
    bits = pixels * options["bits_allocated"]
    if bits > MOST_BYTES * 8:
        raise NoPicture("too many bytes")
    if bits % 8 and number:
        raise NoPicture("frames inside bytes")
    length = math.ceil(bits / 8)
    placed.file.seek(placed.value_at + number * length)
    even = length + length % 2  # of words in big endian the last byte of an odd frame stands behind the next
    body: bytes = placed.file.read(even)
    if len(body) < length or (number + 1) * length > placed.length + 1:
        raise NoPicture(CUT_SHORT)
    return body.ljust(even, b"\0")


def _encoded(placed: _Placed, number: int, frames: int) -> bytes:
    """Return one compressed frame."""
    placed.file.seek(placed.value_at)
    extended = None
    if "ExtendedOffsetTable" in placed.header and "ExtendedOffsetTableLengths" in placed.header:
        extended = (placed.header.ExtendedOffsetTable, placed.header.ExtendedOffsetTableLengths)
    frame: bytes = get_frame(placed.file, number, extended_offsets=extended, number_of_frames=frames)
    if not frame:
        raise NoPicture(CUT_SHORT)
    return frame
