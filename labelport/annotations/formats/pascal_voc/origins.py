"""How Pascal VOC counts pixels: three ways are in use, and the files do not say which.

``voc_origin`` says it. The edges of a box are counted from 0, so that it covers ``x0`` up to ``x1``:

=================  ==========  ==========  =================================================
option             x0, y0      x1, y1      who writes so
=================  ==========  ==========  =================================================
zero_exclusive     min         max         LabelImg, Roboflow, CVAT: edges
one_inclusive      min - 1     max         the devkit of 2007 to 2012: pixels, from 1
zero_inclusive     min         max + 1     pixels, from 0
=================  ==========  ==========  =================================================
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]

SHIFTS = {
    "zero_exclusive": (0.0, 0.0),
    "one_inclusive": (-1.0, 0.0),
    "zero_inclusive": (0.0, 1.0),
}
"""What is added to the minima and to the maxima of a file to get edges."""


@dataclass(frozen=True)
class Contradiction:
    """Numbers that cannot be in a file that counts as the option says."""

    flags: Flags
    """Which boxes have one, shape (boxes,)."""

    words: str


def to_edges(corners: Floats, origin: str) -> Floats:
    """Return xmin, ymin, xmax, ymax, shape (boxes, 4), as edges."""
    low, high = SHIFTS[origin]
    return np.asarray(corners + np.array([low, low, high, high]))


def from_edges(boxes: Floats, origin: str) -> Floats:
    """Return edges, shape (boxes, 4), as xmin, ymin, xmax, ymax."""
    low, high = SHIFTS[origin]
    # 0.0 is added so that there is no minus zero.
    return np.asarray(boxes - np.array([low, low, high, high]) + 0.0)


def contradiction(corners: Floats, sizes: Floats, origin: str) -> Contradiction:
    """Return which numbers speak against an option; sizes of the images, shape (boxes, 2), NaN where unknown.

    A minimum of 0 is no pixel where they are counted from 1. A maximum of width + 1 is no edge of the image, and
    one of the width is no pixel where they are counted from 0. A maximum of the width decides nothing else.
    """
    if origin == "one_inclusive":
        return Contradiction((corners[:, :2] == 0).any(axis=1), "a minimum of 0: pixels are not counted from 1")
    if origin == "zero_inclusive":
        return Contradiction((corners[:, 2:] == sizes).any(axis=1), "a maximum equals the image's size: it is an edge")
    return Contradiction(
        (corners[:, 2:] == sizes + 1).any(axis=1), "a maximum is the image's size and 1: it is no edge"
    )
