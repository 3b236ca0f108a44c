"""Many shapes on planes of one size as masks at once: small ones cost what their pixels cost, and not a call each."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from labelport.geometry.rings import MOST_PIXELS, Floats, Patch, Ring, RingFault, between, filled, finite_points

POINTS_AT_ONCE = 1 << 17
PIXELS_AT_ONCE = 1 << 22
CROSSINGS_AT_ONCE = 1 << 20

Integers = np.ndarray[Any, np.dtype[np.int64]]


def filled_each(shapes: Sequence[Sequence[Ring]], height: int, width: int) -> list[Patch]:
    """Return what ``rings.filled`` returns for each shape, to the last pixel. Raises ``RingFault`` as it does."""
    if height < 0 or width < 0 or height * width > MOST_PIXELS:
        raise RingFault(f"a mask of {height} x {width} pixels is not drawn")
    whole = [[ring for ring in map(finite_points, rings) if len(ring) > 2] for rings in shapes]
    found = [Patch.empty()] * len(whole)
    for numbers in _batches([sum(map(len, rings)) for rings in whole]):
        patches = _filled([whole[number] for number in numbers], height, width)
        for number, patch in zip(numbers, patches, strict=True):
            found[number] = patch
    return found


def _batches(points: Sequence[int]) -> Iterator[list[int]]:
    """Yield the numbers of shapes that have points, about ``POINTS_AT_ONCE`` of them at a time."""
    held: list[int] = []
    count = 0
    for number, several in enumerate(points):
        if several:
            held.append(number)
            count += several
        if count >= POINTS_AT_ONCE:
            yield held
            held, count = [], 0
    if held:
        yield held


def _filled(shapes: list[list[Ring]], height: int, width: int) -> list[Patch]:
    if len(shapes) < 2:
        return [filled(rings, height, width) for rings in shapes]
    x, y = np.ascontiguousarray(np.concatenate([ring for rings in shapes for ring in rings]).T)
    lengths = np.array([len(ring) for rings in shapes for ring in rings])
    owners = np.repeat(np.arange(len(shapes)), [sum(map(len, rings)) for rings in shapes])
    begins = np.flatnonzero(np.diff(owners, prepend=-1))
    left, right = (_edges(how.reduceat(x, begins), width) for how in (np.minimum, np.maximum))
    top, bottom = (_edges(how.reduceat(y, begins), height) for how in (np.minimum, np.maximum))
    across, down = right - left, bottom - top
    last = np.cumsum(lengths) - 1
    following = np.arange(1, len(x) + 1)
    following[last] = last - lengths + 1
    row = _edges(y, height)
    counts = np.abs(row[following] - row)
    if across @ down > PIXELS_AT_ONCE or counts.sum() > CROSSINGS_AT_ONCE:
        half = len(shapes) // 2
        return _filled(shapes[:half], height, width) + _filled(shapes[half:], height, width)
    ends = np.cumsum(across * down)
    # Where a crossing lies among the pixels of all boxes, one after the other, is a sum of what its edge knows: in the
    # same numbers as in ``rings``, so that it is the same pixel.
    upward = y > y[following]
    edges = np.stack(
        [
            np.minimum(row, row[following]) - (np.cumsum(counts) - counts),
            np.minimum(y, y[following]),
            np.abs(y[following] - y),
            np.where(upward, x[following], x),
            np.where(upward, x - x[following], x[following] - x),
            left[owners],
            right[owners],
            across[owners],
            (ends - across * down - top * across - left)[owners],
        ],
        axis=1,
    )
    each = np.repeat(edges, counts, axis=0)
    rows = each[:, 0] + np.arange(len(each))
    share = (rows + 0.5 - each[:, 1]) / each[:, 2]
    columns = np.ceil(each[:, 3] + share * each[:, 4] - 0.5)
    columns = np.minimum(np.maximum(columns, each[:, 5]), each[:, 6])
    pixels = between(rows * each[:, 7] + columns + each[:, 8], int(ends[-1]))
    parts = np.split(pixels, ends[:-1])
    return [
        Patch(int(y0), int(x0), part.reshape(rows, columns)) if len(part) else Patch.empty()
        for y0, x0, rows, columns, part in zip(top, left, down, across, parts, strict=True)
    ]


def _edges(numbers: Floats, size: int) -> Integers:
    """Return the first pixel whose centre lies right of each number, or below it, within the plane."""
    return np.minimum(np.maximum(np.ceil(numbers - 0.5), 0), size).astype(np.int64)
