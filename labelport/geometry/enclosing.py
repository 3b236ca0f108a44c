"""Whether one outline encloses another: by their points, not by their pixels."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from labelport.geometry.rings import Ring

SAME = 1e-2
"""Pixels: a point as near as that to an outline lies on it. Coordinates come from rounded texts."""

_AT_ONCE = 1 << 18

Booleans = np.ndarray[Any, np.dtype[np.bool_]]


def within(inner: Ring, outer: Ring) -> bool:
    """Return whether no point of ``inner`` is outside of ``outer``, and none of ``outer`` inside of ``inner``.

    Points that lie on the other outline (``SAME``) are neither, so that outlines which lie on each other are within
    each other. The rings overlap, and are not empty. Points are pixels, shape (n, 2).
    """
    outside = inner[~enclosed(inner, outer)]
    if len(outside) and not near(outside, outer).all():
        return False
    about = outer[((outer >= inner.min(axis=0)) & (outer <= inner.max(axis=0))).all(axis=1)]
    inside = about[enclosed(about, inner)]
    return not len(inside) or bool(near(inside, inner).all())


def enclosed(points: Ring, ring: Ring) -> Booleans:
    """Return which points a ring encloses, by the rule ``even_odd``; of points on it nothing certain."""
    found = [np.zeros(0, bool)]
    (xa, ya), (xb, yb) = ring.T, np.roll(ring, -1, axis=0).T
    if len(points):
        beside = (np.maximum(ya, yb) >= points[:, 1].min()) & (np.minimum(ya, yb) <= points[:, 1].max())
        xa, ya, xb, yb = (each[beside] for each in (xa, ya, xb, yb))
    for x, y in _pieces(points, len(xa)):
        crosses = (ya > y) != (yb > y)
        with np.errstate(divide="ignore", invalid="ignore"):
            at = xa + (y - ya) / (yb - ya) * (xb - xa)
        found.append(np.bitwise_xor.reduce(crosses & (x < at), axis=1))
    return np.concatenate(found)


def near(points: Ring, ring: Ring) -> Booleans:
    """Return which points lie on the edges of a ring, or are not farther than ``SAME`` from one."""
    found = [np.zeros(0, bool)]
    start, edges = ring.T, (np.roll(ring, -1, axis=0) - ring).T
    lengths = np.maximum((edges**2).sum(axis=0), np.finfo(np.float64).tiny)
    for x, y in _pieces(points, len(ring)):
        away_x, away_y = x - start[0], y - start[1]
        along = np.clip((away_x * edges[0] + away_y * edges[1]) / lengths, 0, 1)
        distance = np.hypot(away_x - along * edges[0], away_y - along * edges[1])
        found.append(distance.min(axis=1) <= SAME)
    return np.concatenate(found)


def _pieces(points: Ring, edges: int) -> Iterator[tuple[Any, Any]]:
    """Yield x and y of some points at a time, shape (n, 1)."""
    step = max(_AT_ONCE // max(edges, 1), 1)
    for at in range(0, len(points), step):
        yield points[at : at + step, :1], points[at : at + step, 1:]
