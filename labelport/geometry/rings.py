"""Polygons as rings of points: area, bounds, and the one rule by which they become masks.

A ring is an array of shape (points, 2), x and y in pixels as edges (pixel i covers i to i + 1); it closes by
itself. A pixel is inside where its centre is inside by the even-odd rule, half open on rows and columns: an edge
belongs to what lies right of it and below it, so that two shapes that share an edge share no pixel. Rings of one
shape are united, and its holes taken away.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

Ring = np.ndarray[Any, np.dtype[np.float64]]
Mask = np.ndarray[Any, np.dtype[np.uint8]]
Floats = np.ndarray[Any, np.dtype[np.float64]]

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

    @classmethod
    def empty(cls) -> "Patch":
        """Return the patch without a pixel."""
        return cls(0, 0, np.zeros((0, 0), np.uint8))

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
    whole = [points for points in map(finite_points, rings) if len(points) > 2]
    if not whole:
        return Patch.empty()
    x, y = np.ascontiguousarray((whole[0] if len(whole) == 1 else np.concatenate(whole)).T)
    left, right = (min(max(math.ceil(end - 0.5), 0), width) for end in (x.min(), x.max()))
    top, bottom = (min(max(math.ceil(end - 0.5), 0), height) for end in (y.min(), y.max()))
    if left >= right or top >= bottom:
        return Patch.empty()
    shape = (bottom - top, right - left)
    mask: Mask | None = None
    for rows, columns in _crossings(x, y, [len(points) for points in whole], top, bottom):
        turns = (rows - top) * shape[1] + (np.minimum(np.maximum(columns, left), right) - left)
        part = between(turns, shape[0] * shape[1])
        # What all crossings turn an odd number of times is the exclusive or of what some of them do.
        mask = part if mask is None else np.bitwise_xor(mask, part, out=mask)
    # Rings above and below the image reach over it together, and cross none of its rows.
    return Patch(top, left, np.zeros(shape, np.uint8) if mask is None else mask.reshape(shape))


def between(turns: Floats, size: int) -> Mask:
    """Return ``size`` pixels in a row, 1 from the first turn to the second, from the third to the fourth and so on.

    A row of the box ends as it began, outside: each is crossed an even number of times, so that all rows are one.
    """
    ends = np.empty(len(turns) + 2, np.int32)
    ends[0], ends[-1] = 0, size
    ends[1:-1] = turns
    ends[1:-1].sort()
    values = np.zeros(len(turns) + 1, np.uint8)
    values[1::2] = 1
    return np.repeat(values, ends[1:] - ends[:-1])


def _draw(mask: Mask, ring: Ring, *, inside: int) -> None:
    """Set the pixels of a ring."""
    patch = filled([ring], *mask.shape)
    rows, columns = patch.mask.shape
    box = mask[patch.top : patch.top + rows, patch.left : patch.left + columns]
    np.copyto(box, np.uint8(inside), where=patch.mask.view(bool))


def _crossings(x: Floats, y: Floats, lengths: Sequence[int], top: int, bottom: int) -> Iterator[tuple[Floats, Floats]]:
    """Yield (rows, columns), whole numbers: the first column whose centre lies right of an edge, of each row it crosses.

    ``lengths``: how many of the points are of each ring. About ``CROSSINGS_AT_ONCE`` are yielded at a time.
    """
    first = np.cumsum([0, *lengths[:-1]], dtype=np.int64)
    last = np.cumsum(lengths, dtype=np.int64) - 1
    row = np.minimum(np.maximum(np.ceil(y - 0.5), top), bottom)
    next_x, next_y, next_row = (_following(each, first, last) for each in (x, y, row))
    counts = np.abs(next_row - row).astype(np.int64)
    reached = np.cumsum(counts)
    total = int(reached[-1])
    if total > MOST_CROSSINGS and np.add.reduceat(counts, first).max() > MOST_CROSSINGS:
        raise RingFault(f"a ring of {max(lengths):,} points is not drawn over {bottom - top:,} rows")
    # From the upper end to the lower one: two shapes that share an edge compute the same numbers.
    upward = y > next_y
    edges = np.empty((len(x), 5))
    edges[:, 0] = np.minimum(row, next_row) - (reached - counts)
    edges[:, 1] = np.minimum(y, next_y)
    edges[:, 2] = np.abs(next_y - y)
    edges[:, 3] = np.where(upward, next_x, x)
    edges[:, 4] = np.where(upward, x - next_x, next_x - x)
    starts = [0]
    if total > CROSSINGS_AT_ONCE:
        starts += (np.flatnonzero(np.diff(reached // CROSSINGS_AT_ONCE)) + 1).tolist()
    for start, stop in zip(starts, [*starts[1:], len(x)], strict=True):
        each = np.repeat(edges[start:stop], counts[start:stop], axis=0)
        if not len(each):
            continue
        before = int(reached[start] - counts[start])
        rows = each[:, 0] + np.arange(before, before + len(each))
        share = (rows + 0.5 - each[:, 1]) / each[:, 2]
        yield rows, np.ceil(each[:, 3] + share * each[:, 4] - 0.5)


def _following(numbers: Floats, first: Any, last: Any) -> Floats:
    """Return for each point of rings the number of the next one; that of the last point is the first one's."""
    found = np.empty_like(numbers)
    found[:-1] = numbers[1:]
    found[last] = numbers[first]
    return found


def _draw_as_coco(mask: Mask, ring: Ring, *, inside: int) -> None:
    """Set the pixels of a ring as pycocotools does."""
    from pycocotools import mask as coco  # noqa: PLC0415  -- only where somebody asks for it

    points = finite_points(ring, COCO_FARTHEST)
    if len(points) < 3 or not mask.size:
        # Two points would be taken for the x, y, width and height of a box.
        return
    length = np.abs(np.diff(points, axis=0, append=points[:1])).max(axis=1).sum()
    if length > COCO_LONGEST:
        raise RingFault(f"a ring of {length:,.0f} pixels is not drawn")
    runs = coco.frPyObjects([points.ravel().tolist()], *mask.shape)
    mask[coco.decode(coco.merge(runs)) == 1] = inside


def finite_points(ring: Ring, farthest: float = FARTHEST) -> Ring:
    """Return the points of a ring, shape (n, 2); raises ``RingFault`` where one lies beyond ``farthest``, or nowhere."""
    points = np.asarray(ring, np.float64).reshape(-1, 2)
    if len(points) and not (points.min() >= -farthest and points.max() <= farthest):  # not a number is neither
        raise RingFault("a coordinate is not finite, or far beyond every image")
    return points
