"""Which decoder decodes compressed DICOM pixels, and what is looked at before it may.

What always is here decodes first (Pillow: JPEG of 8 bits, JPEG 2000; pydicom: RLE), so that pictures do not depend on
whether the extra ``dicom-codecs`` is installed. The extra adds pyjpegls (JPEG-LS), GDCM (lossless JPEG, JPEG of 12 bits)
and pylibjpeg-openjpeg (JPEG 2000 that Pillow cannot hold, HTJ2K). The order is fixed by the transfer syntax and the
header of the frame; the next one is asked where one fails: Pillow takes no JPEG 2000 that is cut short.
"""

import zlib
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import numpy as np
from pydicom.encaps import encapsulate
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import UID

from labelport.tiles.codestreams import BadCodestream, Codestream, jpeg2000_header, jpeg_header, run_length_size
from labelport.tiles.picture import CUT_SHORT, MOST_BYTES, NoPicture

EXTRA = "labelport[dicom-codecs]"

RLE = "1.2.840.10008.1.2.5"
DEFLATED_FRAMES = "1.2.840.10008.1.2.8.1"
_JPEG_8, _JPEG_12 = "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51"
_LITTLE = "1.2.840.10008.1.2.1"
_VIDEO = "1.2.840.10008.1.2.4.10"

_KINDS = {
    _JPEG_8: ("JPEG", ("pillow",)),
    _JPEG_12: ("JPEG", ("pillow", "gdcm")),
    "1.2.840.10008.1.2.4.57": ("lossless JPEG", ("gdcm",)),
    "1.2.840.10008.1.2.4.70": ("lossless JPEG", ("gdcm",)),
    "1.2.840.10008.1.2.4.80": ("JPEG-LS", ("pyjpegls", "gdcm")),
    "1.2.840.10008.1.2.4.81": ("JPEG-LS", ("pyjpegls", "gdcm")),
    "1.2.840.10008.1.2.4.90": ("JPEG 2000", ("pillow", "pylibjpeg", "gdcm")),
    "1.2.840.10008.1.2.4.91": ("JPEG 2000", ("pillow", "pylibjpeg", "gdcm")),
    "1.2.840.10008.1.2.4.201": ("HTJ2K", ("pylibjpeg",)),
    "1.2.840.10008.1.2.4.202": ("HTJ2K", ("pylibjpeg",)),
    "1.2.840.10008.1.2.4.203": ("HTJ2K", ("pylibjpeg",)),
    RLE: ("RLE", ("pydicom",)),
}
"""By transfer syntax how it is called, and its decoders in the order in which they are asked."""

_NATIVE = frozenset({"1.2.840.10008.1.2", _LITTLE, "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"})


def decoder_missing(transfer_syntax: str) -> str | None:
    """Return the words for a finding where the pixels of a transfer syntax cannot be decoded here; null where they can.

    Single frames may still be beyond it: JPEG of 12 bits and JPEG 2000 of 12 bits in colour need the extra, though
    others of their transfer syntax do not.
    """
    if transfer_syntax in _NATIVE or transfer_syntax == DEFLATED_FRAMES:
        return None
    if transfer_syntax not in _KINDS:
        return f"the pixels are {_called(transfer_syntax)}, which nothing here decodes"
    name, _ = _KINDS[transfer_syntax]
    if _installed(transfer_syntax):
        return None
    return f"the pixels are compressed as {name}, of which no decoder is installed: install {EXTRA}"


def decoded(frame: bytes, syntax: str, options: dict[str, Any]) -> tuple[np.ndarray[Any, Any], str]:
    """Return the values of one compressed frame, and its photometric interpretation after decoding.

    ``options``: the elements that describe the pixels, as pydicom's decoders call them (``rows``, ``columns``,
    ``samples_per_pixel``, ``bits_allocated``, ...). Values have shape (rows, columns), or (rows, columns, samples).
    Raises ``NoPicture`` before anything is decoded where no decoder is installed for it, and where the frame's own
    header promises another picture than ``options``; what damaged bytes make a decoder raise is not caught.
    """
    if syntax == DEFLATED_FRAMES:
        return _inflated(frame, options), str(options["photometric_interpretation"])
    if syntax not in _KINDS:
        raise NoPicture(_called(syntax) if syntax.startswith(_VIDEO) else "no decoder for it")
    if not _installed(syntax):
        raise NoPicture(_none_of(_KINDS[syntax][0]))
    stream = _looked_at(frame, syntax, options)
    plugins = _able(syntax, stream)
    for plugin in plugins[:-1]:
        try:
            return _decoded_by(plugin, frame, syntax, options)
        except MemoryError:
            raise
        except Exception:  # noqa: S112  -- the last one says what is wrong
            continue
    return _decoded_by(plugins[-1], frame, syntax, options)


def _decoded_by(plugin: str, frame: bytes, syntax: str, options: dict[str, Any]) -> tuple[np.ndarray[Any, Any], str]:
    if plugin == "gdcm" and syntax == _JPEG_12:
        return _twelve_bits(frame, options), str(options["photometric_interpretation"])
    source = encapsulate([frame], has_bot=False)
    values, told = get_decoder(UID(syntax)).as_array(source, index=0, raw=False, decoding_plugin=plugin, **options)
    return values, str(told["photometric_interpretation"])


def _installed(syntax: str) -> tuple[str, ...]:
    """Return the decoders of a transfer syntax that are installed, in the order in which they are chosen."""
    there = _available(syntax)
    return tuple(each for each in _KINDS[syntax][1] if each in there)


def _available(syntax: str) -> tuple[str, ...]:
    try:
        return tuple(get_decoder(UID(syntax)).available_plugins)
    except NotImplementedError:
        return ()


def _able(syntax: str, stream: Codestream | None) -> Sequence[str]:
    """Return the decoders that are installed and can hold a frame; raises ``NoPicture`` where there is none."""
    name, decoders = _KINDS[syntax]
    able = [each for each in decoders if stream is None or _holds(each, syntax, stream)]
    there = _installed(syntax)
    if found := [each for each in able if each in there]:
        return found
    bits = "" if stream is None else f"{stream.precision}-bit "
    raise NoPicture(_none_of(bits + name) if able else f"no decoder of {bits}{name}")


def _holds(plugin: str, syntax: str, stream: Codestream) -> bool:
    """Return whether a decoder can hold pictures like this one."""
    if syntax in (_JPEG_8, _JPEG_12):
        return stream.precision == 8 if plugin == "pillow" else stream.precision == 12 and stream.components == 1
    if plugin == "pillow":  # it makes 8 bits of colours that have more
        return stream.precision <= (16 if stream.components == 1 else 8) and stream.components in (1, 3)
    if plugin == "gdcm":
        return stream.precision not in (6, 7) and stream.precision <= 16
    return stream.precision <= 32


def _looked_at(frame: bytes, syntax: str, options: dict[str, Any]) -> Codestream | None:
    """Return the header of a frame, or null for RLE, which has none; raises ``NoPicture`` where it is not as told."""
    pixels = options["rows"] * options["columns"] * options["samples_per_pixel"]
    if pixels > MOST_BYTES:
        raise NoPicture("too many bytes")
    try:
        if syntax == RLE:
            expected = pixels * options["bits_allocated"] // 8
            if run_length_size(frame, enough=max(2 * expected, MOST_BYTES)) > max(2 * expected, MOST_BYTES):
                raise NoPicture("too many bytes")
            return None
        names = _KINDS[syntax][0]
        stream = jpeg2000_header(frame) if names in ("JPEG 2000", "HTJ2K") else jpeg_header(frame)
    except BadCodestream:
        raise NoPicture("has a damaged picture") from None
    if pixels * (1 if stream.precision <= 8 else 2 if stream.precision <= 16 else 4) > 2 * MOST_BYTES:
        raise NoPicture("too many bytes")
    told = (options["columns"], options["rows"], options["samples_per_pixel"])
    if (stream.width, stream.height, stream.components) != told:
        raise NoPicture("is not the size that its header says")
    if "J" in names and "2" not in names and stream.precision > options["bits_allocated"]:
        raise NoPicture("is not the depth that its header says")
    return stream


def _inflated(frame: bytes, options: dict[str, Any]) -> np.ndarray[Any, Any]:
    """Return a frame that is deflated by itself (PS3.5 A.4.13): packed as a native one, never more than it must be."""
    bits = options["rows"] * options["columns"] * options["samples_per_pixel"] * options["bits_allocated"]
    length = (bits + 7) // 8
    if length > MOST_BYTES:
        raise NoPicture("too many bytes")
    body = zlib.decompressobj(-15).decompress(frame, length)
    if len(body) < length:
        raise NoPicture(CUT_SHORT)
    values, _ = get_decoder(UID(_LITTLE)).as_array(body + b"\0" * (length % 2), index=0, raw=False, **options)
    return np.asarray(values)


def _twelve_bits(frame: bytes, options: dict[str, Any]) -> np.ndarray[Any, Any]:
    """Return a grey JPEG of 12 bits (process 4), by GDCM: pydicom's way to it holds 8 bits alone."""
    gdcm: Any = import_module("gdcm")  # an extra
    fragment, fragments = gdcm.Fragment(), gdcm.SequenceOfFragments.New()
    fragment.SetByteStringValue(frame)
    fragments.AddFragment(fragment)
    element = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
    element.SetValue(fragments.__ref__())
    image = gdcm.Image()
    image.SetNumberOfDimensions(2)
    image.SetDimensions((options["columns"], options["rows"], 1))
    image.SetDataElement(element)
    grey = gdcm.PhotometricInterpretation.GetPIType("MONOCHROME2")
    image.SetPhotometricInterpretation(gdcm.PhotometricInterpretation(grey))
    image.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.GetTSType(_JPEG_12)))
    image.SetPixelFormat(gdcm.PixelFormat(1, 16, 12, 11, 0))
    body = image.GetBuffer().encode("utf-8", "surrogateescape")
    if len(body) != options["rows"] * options["columns"] * 2:
        raise NoPicture("has a damaged picture")
    return np.frombuffer(body, "<u2").reshape(options["rows"], options["columns"])


def _none_of(name: str) -> str:
    """Return the words for a tile."""
    return f"no decoder of {name}: install {EXTRA}"


def _called(syntax: str) -> str:
    """Return how pixels that nothing here decodes are called."""
    if syntax.startswith(_VIDEO):
        return "video inside DICOM"
    return "compressed in a way"
