"""Grey planes of a DICOM object, in the values that its window is said in (PS3.3 C.11.1)."""

from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np
from pydicom.pixels.processing import apply_color_lut

from labelport.annotations.structures_view.work import Grey
from labelport.errors import ObjectAbsent, ObjectChanged
from labelport.probing.contract import BudgetSpent, RangeRead
from labelport.probing.reader import FewerBytes
from labelport.tiles.dicom_frames import modality_values, padding_of, window_of
from labelport.tiles.dicom_pixels import Frame, frame_of
from labelport.tiles.picture import NoPicture

HELD, MOST_HELD = 16, 2 << 20
"""Stretches of an object that are remembered, and bytes of each at most."""

_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def dicom_planes(read: RangeRead, size: int, frames: Sequence[int]) -> Iterator[Grey | str]:
    """Yield each frame, 0-based, or a few words why it cannot be drawn.

    Raises what reading raises. It decodes: call it in a worker.
    """
    again = _remembering(read)
    for number in frames:
        try:
            yield grey_of(frame_of(again, size, number))
        except NoPicture as words:
            yield str(words)
        except (ObjectAbsent, ObjectChanged, FewerBytes, BudgetSpent):
            raise  # of no use to ask for the next one
        except Exception:  # whatever a decoder raises is the fault of this frame
            yield "cannot be decoded"


def _remembering(read: RangeRead) -> RangeRead:
    """Return a way to read that asks once for what stands before the pixels: each frame begins with it."""
    kept = lru_cache(maxsize=HELD)(read)
    return lambda start, length: kept(start, length) if length <= MOST_HELD else read(start, length)


def grey_of(found: Frame) -> Grey:
    """Return a frame as grey: colours become their luma (ITU-R BT.601), and what is inverse is turned."""
    header = found.header
    if found.photometric == "PALETTE COLOR":
        colours = apply_color_lut(found.values, header)
        return Grey(colours[..., :3].astype(np.float32) @ _LUMA)
    if found.values.ndim == 3:
        return Grey(found.values[..., :3].astype(np.float32) @ _LUMA)
    padding = padding_of(header, found.values)
    values, slope, intercept = modality_values(found)
    window = window_of(found)
    if found.photometric != "MONOCHROME1" and header.get("PresentationLUTShape") != "INVERSE":
        return Grey(values, slope, intercept, padding, window)
    if window is not None:
        center, width, function = window
        # LINEAR counts from half a value below its centre (C.11.2.1.2): turned, from half a value above it.
        window = (-center if function in ("LINEAR_EXACT", "SIGMOID") else 1 - center), width, function
    return Grey(values, -slope, -intercept, padding, window)
