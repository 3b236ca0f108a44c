"""Polygons as rings of points: area, bounds, and the one rule by which they become masks.

A ring is an array of shape (points, 2), x and y in pixels as edges (pixel i covers i to i + 1); it closes by
itself. A pixel is inside where its centre is inside by the even-odd rule, half open on rows and columns: an edge
belongs to what lies right of it and below it, so that two shapes that share an edge share no pixel. Rings of one
shape are united, and its holes taken away.
"""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

Ring = np.ndarray[Any, np.dtype[np.float64]]
Mask = np.ndarray[Any, np.dtype[np.uint8]]
Rule = Literal["even_odd", "coco"]

MOST_PIXELS = 1 << 28
"""Pixels of a mask: no more are drawn."""

MOST_CROSSINGS = 1 << 28
"""Rows that the edges of a ring cross, all together: some ten seconds of work."""

CROSSINGS_AT_ONCE = 1 << 20

FARTHEST = 2.0**40
"""Coordinates beyond it are refused: halves of pixels fade away there."""

COCO_FARTHEST = 2.0**26
"""For pycocotools, which counts fifths of a pixel in 32 bits."""

COCO_LONGEST = 2.0**24
"""Pixels along a ring for pycocotools, which keeps two numbers for every fifth of a pixel."""


class RingFault(ValueError):
    """A ring, or a size, of which no mask is made."""


def area(ring: Ring) -> float:
    """Return the area that a ring encloses, in square pixels: the shoelace formula, never negative.

    >>> area(np.array([[0, 0], [4, 0], [4, 3]]))
    6.0
    """
    if len(ring) < 3:
        return 0.0
    # From the first point: far from the origin the products would lose what the difference needs.
    x, y = (np.asarray(ring, np.float64) - ring[0]).T
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)


def bounds(ring: Ring) -> tuple[float, float, float, float]:
    """Return x0, y0, x1, y1 of a ring's points; four zeros where it has none.

    >>> bounds(np.array([[1, 5], [4, 2.5]]))
    (1.0, 2.5, 4.0, 5.0)
    """
    if not len(ring):
        return 0.0, 0.0, 0.0, 0.0
    (x0, y0), (x1, y1) = np.min(ring, axis=0).tolist(), np.max(ring, axis=0).tolist()
    return float(x0), float(y0), float(x1), float(y1)


def rasterise(
    rings: Sequence[Ring], height: int, width: int, *, holes: Sequence[Ring] = (), rule: Rule = "even_odd"
) -> Mask:
    """Return the mask of a shape, uint8 of shape (height, width), 1 inside.

    ``rule="coco"`` gives the pixels that pycocotools gives (its ``frPyObjects``), for numbers that must equal
    others'; the two rules differ on every boundary and are never mixed in one dataset. A ring of fewer than three
    points is nothing. Raises ``RingFault`` for coordinates that are not finite or far beyond every image, and for
    a size or a ring that would take unbounded memory or time.

    >>> rasterise([np.array([[1, 0], [3, 0], [3, 2], [1, 2]])], 2, 4).tolist()
    [[0, 1, 1, 0], [0, 1, 1, 0]]
    """
    if height < 0 or width < 0 or height * width > MOST_PIXELS:
        raise RingFault(f"a mask of {height} x {width} pixels is not drawn")
    mask = np.zeros((height, width), np.uint8)
    draw = _draw if rule == "even_odd" else _draw_as_coco
    for ring in rings:
        draw(mask, ring, inside=1)
    for hole in holes:
        draw(mask, hole, inside=0)
    return mask


def _draw(mask: Mask, ring: Ring, *, inside: int) -> None:
    """Set the pixels of a ring."""
    points = _points(ring, FARTHEST)
    height, width = mask.shape
    if len(points) < 3 or not mask.size:
        return
    x0, y0, x1, y1 = bounds(points)
    left, right = (int(np.clip(np.ceil(x - 0.5), 0, width)) for x in (x0, x1))
    top, bottom = (int(np.clip(np.ceil(y - 0.5), 0, height)) for y in (y0, y1))
    if left >= right or top >= bottom:
        return
    turns = np.zeros((bottom - top, right - left + 1), np.uint8)
    for rows, columns in _crossings(points, top, bottom):
        at = rows * turns.shape[1] + np.clip(columns - left, 0, right - left)
        np.add.at(turns.reshape(-1), at, np.uint8(1))
    # Only whether a count is odd matters, so that it may wrap around.
    filled = np.cumsum(turns[:, :-1], axis=1, dtype=np.uint8) & 1
    mask[top:bottom, left:right][filled == 1] = inside


def _crossings(points: Ring, top: int, bottom: int) -> Any:
    """Yield (rows from ``top``, columns): the first column whose centre lies right of an edge, of each row it crosses."""
    ends = np.stack([points, np.roll(points, -1, axis=0)], axis=1)
    # From the upper end to the lower one: two shapes that share an edge compute the same numbers.
    upward = ends[:, 0, 1] > ends[:, 1, 1]
    ends[upward] = ends[upward][:, ::-1]
    (xa, ya), (xb, yb) = ends[:, 0].T, ends[:, 1].T
    first = np.clip(np.ceil(ya - 0.5), top, bottom).astype(np.int64)
    last = np.clip(np.ceil(yb - 0.5), top, bottom).astype(np.int64)
    counts = last - first
    if counts.sum() > MOST_CROSSINGS:
        raise RingFault(f"a ring of {len(points):,} points is not drawn over {bottom - top:,} rows")
    crossing = np.flatnonzero(counts)
    pieces = np.cumsum(counts[crossing]) // CROSSINGS_AT_ONCE
    for edges in np.split(crossing, np.flatnonzero(np.diff(pieces)) + 1):
        each = counts[edges]
        edge = np.repeat(edges, each)
        row = np.arange(each.sum()) - np.repeat(np.cumsum(each) - each, each) + np.repeat(first[edges], each)
        share = (row + 0.5 - ya[edge]) / (yb[edge] - ya[edge])
        x = xa[edge] + share * (xb[edge] - xa[edge])
        yield row - top, np.ceil(x - 0.5).astype(np.int64)


def _draw_as_coco(mask: Mask, ring: Ring, *, inside: int) -> None:
    """Set the pixels of a ring as pycocotools does."""
    from pycocotools import mask as coco  # noqa: PLC0415  -- only where somebody asks for it

    points = _points(ring, COCO_FARTHEST)
    if len(points) < 3 or not mask.size:
        # Two points would be taken for the x, y, width and height of a box.
        return
    length = np.abs(np.diff(points, axis=0, append=points[:1])).max(axis=1).sum()
    if length > COCO_LONGEST:
        raise RingFault(f"a ring of {length:,.0f} pixels is not drawn")
    runs = coco.frPyObjects([points.ravel().tolist()], *mask.shape)
    mask[coco.decode(coco.merge(runs)) == 1] = inside


def _points(ring: Ring, farthest: float) -> Ring:
    points = np.asarray(ring, np.float64).reshape(-1, 2)
    if not (np.abs(points) <= farthest).all():
        raise RingFault("a coordinate is not finite, or far beyond every image")
    return points
