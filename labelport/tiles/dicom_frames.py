"""Small pictures of DICOM frames: the window of the file, else percentiles; PS3.3 C.11.1, C.11.2, C.7.6.3."""

from typing import Any

import numpy as np
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.pixels.processing import apply_color_lut, apply_modality_lut

from labelport.probing.contract import RangeRead
from labelport.tiles.dicom_pixels import Frame, frame_of
from labelport.tiles.picture import SIDE, Picture, Pixels, shrunk
from labelport.tiles.windowing import bytes_of, range_of, stretched, windowed


def frame_picture(read: RangeRead, size: int, *, frame: int = 0, side: int = SIDE) -> Picture:
    """Return the small picture of a frame, 0-based, as stored: a mosaic is not taken apart, overlays are left out.

    Raises ``NoPicture``, and whatever hostile bytes make a parser raise: call it in a worker.
    """
    found = frame_of(read, size, frame)
    high, wide = found.values.shape[:2]
    if found.photometric == "PALETTE COLOR":
        colours = apply_color_lut(found.values, found.header)
        return Picture(wide, high, _coloured(colours, 8 * colours.dtype.itemsize, side))
    if found.values.ndim == 3:
        return Picture(wide, high, _coloured(found.values, int(found.header.get("BitsStored") or 8), side))
    return Picture(wide, high, _grey(found, side))


def _coloured(values: np.ndarray[Any, Any], bits: int, side: int) -> Pixels:
    """Return colours of 8 bits: the high byte of larger ones."""
    eight = values[..., :3] >> (bits - 8) if bits > 8 else values[..., :3]
    return np.asarray(shrunk(np.ascontiguousarray(eight, np.uint8), side), np.uint8)


def _grey(found: Frame, side: int) -> Pixels:
    header = found.header
    padding = padding_of(header, found.values)
    values, slope, intercept = modality_values(found)
    # Made small before it is rescaled: rescaling is linear, and a large image in float64 is half a gigabyte.
    small = np.asarray(shrunk(values, side), np.float64) * slope + intercept
    shares = _through(window_of(found), small)
    if shares is None:
        inside = values[~padding] if padding is not None else values
        low, high = (each * slope + intercept for each in range_of(inside))
        shares = stretched(small, min(low, high), max(low, high))
    if found.photometric == "MONOCHROME1" or header.get("PresentationLUTShape") == "INVERSE":
        shares = 1 - shares
    if padding is not None:
        shares = shares * (1 - shrunk(padding.astype(np.float32), side))
    return bytes_of(shares)


def _through(window: tuple[float, float, str] | None, values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any] | None:
    """Return values through a window; null where there is none, or all that there is lies outside of it."""
    if window is None:
        return None
    center, width, function = window
    try:
        shares = windowed(values, center=center, width=width, function=function)
    except ValueError:
        return None
    return None if shares.min() == shares.max() and values.min() < values.max() else shares


def modality_values(found: Frame) -> tuple[np.ndarray[Any, Any], float, float]:
    """Return values, slope and intercept: modality values are the product and the sum; those of a LUT are values."""
    header = found.header
    if "ModalityLUTSequence" in header:
        return apply_modality_lut(found.values, header), 1.0, 0.0
    group = _group(found, "PixelValueTransformationSequence") or header
    slope, intercept = _first(group, "RescaleSlope"), _first(group, "RescaleIntercept")
    return found.values, slope or 1.0, intercept or 0.0


def window_of(found: Frame) -> tuple[float, float, str] | None:
    """Return centre, width and function of the first window, of the frame where it has one of its own."""
    group = _group(found, "FrameVOILUTSequence") or found.header
    center, width = _first(group, "WindowCenter"), _first(group, "WindowWidth")
    if center is None or width is None:
        return None
    return center, width, str(group.get("VOILUTFunction") or "LINEAR").strip()


def _group(found: Frame, name: str) -> Dataset | None:
    """Return the functional group of the frame, else the shared one (PS3.3 C.7.6.16); null where there is none."""
    for sequence, number in (("PerFrameFunctionalGroupsSequence", found.number), ("SharedFunctionalGroupsSequence", 0)):
        try:
            items = found.header.get(sequence) or ()
        except OSError:  # it was too long to be read
            continue
        held = items[number].get(name) if number < len(items) else None
        if held:
            first: Dataset = held[0]
            return first
    return None


def _first(group: Dataset, name: str) -> float | None:
    """Return the first number of an element; null where there is none."""
    value = group.get(name)
    try:
        number = float(value[0] if isinstance(value, MultiValue) else value)
    except (TypeError, ValueError, IndexError):
        return None
    return number if np.isfinite(number) else None


def padding_of(header: Dataset, stored: np.ndarray[Any, Any]) -> np.ndarray[Any, np.dtype[np.bool_]] | None:
    """Return which pixels are padding: from PixelPaddingValue to the limit of its range; null where none is."""
    value = header.get("PixelPaddingValue")
    limit = header.get("PixelPaddingRangeLimit", value)
    if not isinstance(value, int) or not isinstance(limit, int):
        return None
    there = (stored >= min(value, limit)) & (stored <= max(value, limit))
    return there if there.any() and not there.all() else None
