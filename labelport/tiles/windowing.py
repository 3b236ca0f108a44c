"""From values of any range to 256 greys: the VOI windows of DICOM, and ranges by percentiles.

Source: PS3.3 C.11.2.1.2 (LINEAR, LINEAR_EXACT, SIGMOID).
"""

from typing import Any

import numpy as np

Values = np.ndarray[Any, Any]
MOST_SAMPLES = 1_000_000
"""Values that a percentile is taken over: of more, evenly spread ones are."""


def windowed(values: Values, *, center: float, width: float, function: str = "LINEAR") -> Values:
    """Return values through a window: float64 from 0 (black) to 1 (white).

    Raises ``ValueError`` for a width that is no width: below 1 for LINEAR, else not above 0.
    """
    x = np.asarray(values, np.float64)
    if function == "SIGMOID" and width > 0:
        return np.asarray(1 / (1 + np.exp(np.clip(-4 * (x - center) / width, -700, 700))))
    exact = function == "LINEAR_EXACT"
    if not np.isfinite([center, width]).all() or (width <= 0 if exact else width < 1):
        raise ValueError(f"a window of width {width:g} shows nothing")
    if exact:
        return np.clip((x - center) / width + 0.5, 0, 1)
    if width == 1:  # a step: the slope's divisor is 0
        return np.asarray(x > center - 0.5, np.float64)
    return np.clip((x - (center - 0.5)) / (width - 1) + 0.5, 0, 1)


def stretched(values: Values, low: float, high: float) -> Values:
    """Return values with ``low`` as 0 and ``high`` as 1, float64; all 0.5 where there is no range."""
    x = np.asarray(values, np.float64)
    return np.clip((x - low) / (high - low), 0, 1) if high > low else np.full(x.shape, 0.5)


def range_of(values: Values, *, low: float = 1, high: float = 99) -> tuple[float, float]:
    """Return two percentiles of the finite values; the least and the greatest where these two are one.

    A label map is mostly one value: its percentiles are one.
    """
    flat = np.asarray(values).ravel()
    flat = flat[:: max(1, flat.size // MOST_SAMPLES)].astype(np.float64)
    flat = flat[np.isfinite(flat)]
    if not flat.size:
        return 0.0, 0.0
    least, most = np.percentile(flat, [low, high])
    return (float(least), float(most)) if most > least else (float(flat.min()), float(flat.max()))


def bytes_of(shares: Values) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Return shares of 0 to 1 as 0 to 255, rounded half up; what is no number is black."""
    return np.asarray(np.floor(np.nan_to_num(np.clip(shares, 0, 1)) * 255 + 0.5), np.uint8)
