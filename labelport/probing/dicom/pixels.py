"""What the pixels of an object amount to: bytes, and frames a second."""

import math
from typing import Any


def pixel_bytes_expected(dicom: dict[str, Any]) -> int:
    """Return how many bytes uncompressed pixels take, or 0 where that is not known."""
    numbers = [dicom.get(name) for name in ("rows", "columns", "bits_allocated")]
    if not all(numbers):
        return 0
    rows, columns, bits = numbers
    samples = dicom.get("samples_per_pixel") or 1
    if dicom.get("photometric") == "YBR_FULL_422" and samples == 3:
        samples = 2  # two chroma samples for two pixels
    total: int = rows * columns * samples * max(dicom.get("frames") or 1, 1) * bits  # type: ignore[operator]
    return math.ceil(total / 8)


def frame_times_differ(dicom: dict[str, Any]) -> bool:
    """Return whether a frame time vector has another number of values than there are frames."""
    vector = dicom.get("frame_time_vector")
    return vector is not None and len(vector) != max(dicom.get("frames") or 1, 1)


def clip_rate(dicom: dict[str, Any]) -> tuple[float | None, bool]:
    """Return frames a second of a clip, and whether its frames last unequally long.

    FrameTime, else the mean of FrameTimeVector without its first value, else CineRate, else
    RecommendedDisplayFrameRate, else null. Times are milliseconds (PS3.3 C.7.6.5).
    """
    frame_time = dicom.get("frame_time")
    if frame_time and frame_time > 0:
        return 1000 / frame_time, False
    steps = (dicom.get("frame_time_vector") or ())[1:]
    if steps and sum(steps) > 0:
        return 1000 * len(steps) / sum(steps), max(steps) - min(steps) > 1e-6
    for name in ("cine_rate", "display_rate"):
        rate = dicom.get(name)
        if rate and rate > 0:
            return float(rate), False
    return None, False
