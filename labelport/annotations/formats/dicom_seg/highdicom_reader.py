"""The one door to highdicom: elements, frames and colours of a segmentation object."""

import struct
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from labelport.annotations.formats.dicom_seg.opening import Source
from labelport.tiles.dicom_decoders import decoded

EXTRA = "labelport[highdicom]"

Values = np.ndarray[Any, Any]


class HighdicomAbsent(Exception):
    """The extra is not installed."""


class NoFrame(ValueError):
    """The pixels of an object, or of a frame, are not there."""


@dataclass(frozen=True)
class SegmentationFile:
    """A segmentation object whose frames are read one at a time."""

    header: Any
    """The elements before the pixels: pydicom's ``Dataset``."""

    _reader: Any
    _stream: Any
    _source: Source
    _options: dict[str, Any]

    _pixels_at: int
    """Offset of pixels that are not compressed."""

    _pixels_end: int
    _words: bool
    """Big endian, written as words: bytes are swapped by twos."""

    @property
    def size(self) -> tuple[int, int]:
        """Return rows and columns of a frame."""
        return self._options["rows"], self._options["columns"]

    @property
    def frames(self) -> int:
        """Return how many frames there are."""
        return int(self._reader.number_of_frames)

    def frame(self, number: int) -> Values:
        """Return the stored values of a frame, 0-based, shape (rows, columns).

        Raises ``NoFrame`` and ``tiles.picture.NoPicture``, and whatever damaged bytes make a decoder raise.
        """
        if self._source.native:
            return self._native(number)
        body = self._reader.read_frame_raw(number)
        values, _ = decoded(body, self._source.syntax, self._options)
        return self._shaped(values)

    def _native(self, number: int) -> Values:
        # highdicom 0.28 gives a byte too few of a frame that begins and ends inside of bytes: 15 pixels at bit 7.
        bits = self._options["bits_allocated"]
        count = self._options["rows"] * self._options["columns"] * bits
        start, stop = number * count, (number + 1) * count
        first, last = start // 8, (stop + 7) // 8
        if self._words:
            first, last = first // 2 * 2, (last + 1) // 2 * 2
        if self._pixels_at + (stop + 7) // 8 > self._pixels_end:
            raise NoFrame("the frame is cut short")
        self._stream.seek(self._pixels_at + first)
        raw = np.frombuffer(self._stream.read(last - first), np.uint8)
        if self._words:
            raw = np.pad(raw, (0, len(raw) % 2)).reshape(-1, 2)[:, ::-1].ravel()
        if bits == 1:
            return self._shaped(np.unpackbits(raw, bitorder="little")[start - 8 * first :][:count])
        return self._shaped(raw[start // 8 - first :][: count // 8].view("<u2" if bits == 16 else "u1"))

    def _shaped(self, values: Values) -> Values:
        rows, columns = self._options["rows"], self._options["columns"]
        if values.size != rows * columns:
            raise NoFrame("the frame has another size than the header says")
        return values.reshape(rows, columns)


def opened_segmentation(source: Source) -> SegmentationFile:
    """Return the object; its sizes are known to be sound. Raises ``HighdicomAbsent``, ``NoFrame``, and what parsers raise."""
    try:
        reading, io_of = import_module("highdicom.io"), import_module("pydicom.filebase").DicomIO
    except ImportError:
        raise HighdicomAbsent from None
    stream = source.stream()
    reader = reading.ImageFileReader(io_of(stream))
    reader.open()
    header = reader.metadata
    at, end, words = _pixels(stream, source) if source.native else (0, 0, False)
    options = {
        "rows": int(header.Rows),
        "columns": int(header.Columns),
        "number_of_frames": 1,
        "samples_per_pixel": 1,
        "photometric_interpretation": str(header.get("PhotometricInterpretation") or "MONOCHROME2").strip(),
        "bits_allocated": int(header.BitsAllocated),
        "bits_stored": int(header.get("BitsStored") or header.BitsAllocated),
        "pixel_representation": 0,
        "pixel_keyword": "PixelData",
        "pixel_vr": "OB" if int(header.BitsAllocated) <= 8 else "OW",
    }
    return SegmentationFile(header, reader, stream, source, options, at, end, words)


def _pixels(stream: Any, source: Source) -> tuple[int, int, bool]:
    """Return where pixels that are not compressed begin and end, and whether they are words in big endian.

    highdicom leaves the stream at the element of the pixels.
    """
    start, order = stream.tell(), "<" if source.coding.little else ">"
    raw = stream.read(12)
    if len(raw) < 12 or struct.unpack_from(order + "HH", raw) != (0x7FE0, 0x0010):
        raise NoFrame("there are no pixels")
    if source.coding.explicit:
        at, (length,) = start + 12, struct.unpack_from(order + "I", raw, 8)
    else:
        at, (length,) = start + 8, struct.unpack_from(order + "I", raw, 4)
    stop = stream.seek(0, 2)
    return at, min(at + length, stop), not source.coding.little and raw[4:6] == b"OW"


def rgb_of(lab: Any) -> tuple[int, int, int] | None:
    """Return red, green, blue of a Recommended Display CIELab Value (PS3.3 C.10.7.1.1); null for what is none."""
    try:
        colour = import_module("highdicom.color").CIELabColor.from_dicom_value([int(each) for each in lab])
        red, green, blue = (int(each) for each in colour.to_rgb(clip=True))
    except (ImportError, AttributeError, TypeError, ValueError):
        return None
    return red, green, blue
