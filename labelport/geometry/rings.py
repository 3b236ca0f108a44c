"""Polygons as rings of points: area, bounds, and the one rule by which they become masks.

A ring is an array of shape (points, 2), x and y in pixels as edges (pixel i covers i to i + 1); it closes by
itself. A pixel is inside where its centre is inside by the even-odd rule, half open on rows and columns: an edge
belongs to what lies right of it and below it, so that two shapes that share an edge share no pixel. Rings of one
shape are united, and its holes taken away.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Literal

import numpy as np

Ring = np.ndarray[Any, np.dtype[np.float64]]
Mask = np.ndarray[Any, np.dtype[np.uint8]]
Crossings = tuple[np.ndarray[Any, np.dtype[np.int64]], np.ndarray[Any, np.dtype[np.int64]]]
"""Rows and columns."""

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


@dataclass(frozen=True)
class Patch:
    """A mask that knows where in its image it lies: nothing is outside of it."""

    top: int
    left: int
    mask: Mask
    """uint8 of shape (rows, columns), 1 inside."""

    def onto(self, height: int, width: int) -> Mask:
        """Return the mask of the whole image."""
        whole = np.zeros((height, width), np.uint8)
        rows, columns = self.mask.shape
        whole[self.top : self.top + rows, self.left : self.left + columns] = self.mask
        return whole


def filled(rings: Sequence[Ring], height: int, width: int) -> Patch:
    """Return what an odd number of rings covers, by the rule ``even_odd``, in one pass over all their edges.

    So rings inside of rings are holes, and those in holes islands, whatever their directions. Only the rows and
    columns that the rings reach are held. Raises ``RingFault`` as ``rasterise`` does.
    """
    if height < 0 or width < 0 or height * width > MOST_PIXELS:
        raise RingFault(f"a mask of {height} x {width} pixels is not drawn")
    whole = [points for points in (_points(ring, FARTHEST) for ring in rings) if len(points) > 2]
    nothing = Patch(0, 0, np.zeros((0, 0), np.uint8))
    if not whole:
        return nothing
    x0, y0, x1, y1 = bounds(np.concatenate(whole))
    left, right = (int(np.clip(np.ceil(x - 0.5), 0, width)) for x in (x0, x1))
    top, bottom = (int(np.clip(np.ceil(y - 0.5), 0, height)) for y in (y0, y1))
    if left >= right or top >= bottom:
        return nothing
    across = right - left + 1
    turns = np.zeros((bottom - top) * across, np.uint8)
    for crossings in _together(_crossings(points, top, bottom) for points in whole):
        rows, columns = (np.concatenate(each) for each in zip(*crossings, strict=True))
        at = rows * across + np.clip(columns - left, 0, right - left)
        # Only whether a count is odd matters, so that it may wrap around.
        turns += np.bincount(at, minlength=len(turns)).astype(np.uint8)
    odd = (turns & 1).view(bool)
    inside = np.logical_xor.accumulate(odd.reshape(-1, across)[:, :-1], axis=1)
    return Patch(top, left, inside.view(np.uint8))


def _together(pieces: Iterable[Iterable[Crossings]]) -> Iterator[list[Crossings]]:
    """Yield crossings of many rings, about ``CROSSINGS_AT_ONCE`` at a time."""
    held: list[Crossings] = []
    count = 0
    for crossings in chain.from_iterable(pieces):
        held.append(crossings)
        count += len(crossings[0])
        if count >= CROSSINGS_AT_ONCE:
            yield held
            held, count = [], 0
    if held:
        yield held


def _draw(mask: Mask, ring: Ring, *, inside: int) -> None:
    """Set the pixels of a ring."""
    patch = filled([ring], *mask.shape)
    rows, columns = patch.mask.shape
    mask[patch.top : patch.top + rows, patch.left : patch.left + columns][patch.mask == 1] = inside


def _crossings(points: Ring, top: int, bottom: int) -> Iterator[Crossings]:
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
