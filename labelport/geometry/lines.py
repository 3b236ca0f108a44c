"""Lines and points as pixels: what has no area is drawn one pixel wide, and nothing is filled.

Coordinates are edges (pixel i covers i to i + 1), so a point lies in the pixel that holds it; a point on an edge is of
the pixel right of it, or below it.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from labelport.geometry.rings import FARTHEST, Mask, Patch, RingFault

MOST_STEPS = 1 << 24
"""Pixels along a line: more are not drawn."""


def drawn(points: np.ndarray[Any, Any] | Sequence[Sequence[float]], height: int, width: int) -> Patch:
    """Return the pixels of a line through some points, of one point its pixel; those outside of the image are left out.

    Points, shape (n, 2), x and y, are brought to their pixels first; between two of them the line takes as many steps
    as the longer of both distances, so it is 8-connected and each of its pixels touches the next. Raises ``RingFault``
    for coordinates that are not finite or far beyond every image, and for a line of too many pixels.

    >>> drawn([[0.5, 0.5], [3.5, 1.5]], 2, 4).onto(2, 4).tolist()
    [[1, 1, 0, 0], [0, 0, 1, 1]]
    """
    given = np.asarray(points, np.float64).reshape(-1, 2)
    if not (np.abs(given) <= FARTHEST).all():
        raise RingFault("a coordinate is not finite, or far beyond every image")
    pixels = np.floor(given).astype(np.int64)
    x, y = _between(pixels)
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    x, y = x[inside], y[inside]
    if not len(x):
        return Patch.empty()
    top, left = int(y.min()), int(x.min())
    mask: Mask = np.zeros((int(y.max()) - top + 1, int(x.max()) - left + 1), np.uint8)
    mask[y - top, x - left] = 1
    return Patch(top, left, mask)


def _between(pixels: np.ndarray[Any, np.dtype[np.int64]]) -> Any:
    """Return x and y of all pixels from each to the next."""
    if len(pixels) < 2:
        return pixels.T
    steps = np.diff(pixels, axis=0)
    counts = np.maximum(np.abs(steps).max(axis=1), 1)
    if counts.sum() > MOST_STEPS:
        raise RingFault(f"a line of {counts.sum():,} pixels is not drawn")
    segment = np.repeat(np.arange(len(counts)), counts)
    along = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    # In whole numbers: half a pixel goes right, or down, wherever it comes along the line.
    longer = counts[segment][:, None]
    passed = pixels[segment] + (2 * along[:, None] * steps[segment] + longer) // (2 * longer)
    return np.concatenate([passed, pixels[-1:]]).T
