"""Outlines of masks along the edges of their pixels: filled again, they give exactly the same pixels.

A ring is an array of shape (points, 2), x and y as edges (pixel i covers i to i + 1), so its numbers are whole; it
closes by itself, and only corners are kept. Pixels that touch at a corner alone are two shapes (4-connected). Outer
rings run clockwise as the image is seen (x to the right, y down), rings around holes the other way.
"""

from typing import Any

import numpy as np

from labelport.geometry.rings import Ring

Places = np.ndarray[Any, np.dtype[np.int64]]

_STEPS = np.array([[1, 0], [0, 1], [-1, 0], [0, -1]], np.int64)
"""East, south, west, north: each is a turn to the right of the one before it."""


def traced(mask: np.ndarray[Any, Any]) -> tuple[list[Ring], list[Ring]]:
    """Return the outer rings of a mask, and the rings around its holes; shape (height, width), true inside.

    Rings come in the order of their uppermost, then leftmost corner. ``rings.filled`` of all of them together gives
    the mask again.

    >>> outer, holes = traced(np.array([[1, 1, 1], [1, 0, 1], [1, 1, 1]]))
    >>> outer[0].tolist(), holes[0].tolist()
    ([[0.0, 0.0], [3.0, 0.0], [3.0, 3.0], [0.0, 3.0]], [[1.0, 1.0], [1.0, 2.0], [2.0, 2.0], [2.0, 1.0]])
    """
    inside = np.asarray(mask, bool)
    if not inside.any():
        return [], []
    at, heading = _edges(inside)
    rings = _rings(at, heading, width=inside.shape[1] + 1)
    outer: list[Ring] = []
    holes: list[Ring] = []
    for ring, area in rings:
        (outer if area > 0 else holes).append(ring)
    return outer, holes


def _edges(inside: np.ndarray[Any, np.dtype[np.bool_]]) -> tuple[Places, Places]:
    """Return where each edge between inside and outside starts (x, y), and its heading; inside lies to its right."""
    padded = np.pad(inside, 1)
    at, heading = [], []
    sides = (
        (padded[:-2, 1:-1], (0, 0)),  # what lies above: the edge runs east from the upper left corner
        (padded[1:-1, 2:], (1, 0)),
        (padded[2:, 1:-1], (1, 1)),
        (padded[1:-1, :-2], (0, 1)),
    )
    for number, (beside, corner) in enumerate(sides):
        y, x = np.nonzero(inside & ~beside)
        at.append(np.stack([x + corner[0], y + corner[1]], axis=1))
        heading.append(np.full(len(x), number))
    return np.concatenate(at).astype(np.int64), np.concatenate(heading).astype(np.int64)


def _rings(at: Places, heading: Places, *, width: int) -> list[tuple[Ring, float]]:
    """Return rings of corners with twice their signed area, in the order of their first corners."""
    following = _following(at, heading, width)
    # A corner begins where the heading changes; straight stretches are passed over at once.
    before = np.empty_like(following)
    before[following] = np.arange(len(following))
    is_corner = heading[before] != heading
    corners = np.flatnonzero(is_corner)
    order = corners[np.lexsort((at[corners, 0], at[corners, 1]))]
    next_corner = _next_corner(following, is_corner)
    found = []
    seen = np.zeros(len(following), bool)
    for start in order.tolist():
        if seen[start]:
            continue
        ring = []
        edge = start
        while not seen[edge]:
            seen[edge] = True
            ring.append(edge)
            edge = int(next_corner[edge])
        points = at[ring].astype(np.float64)
        x, y = (points - points[0]).T
        found.append((points, float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))))
    return found


def _following(at: Places, heading: Places, width: int) -> Places:
    """Return for each edge the one that goes on where it ends.

    Two edges start where pixels touch at a corner alone: the one that turns right belongs to the same pixel.
    """
    ends = at + _STEPS[heading]
    starts_at = at[:, 1] * width + at[:, 0]
    ends_at = ends[:, 1] * width + ends[:, 0]
    key = starts_at * 4 + heading
    order = np.argsort(key)
    found = np.full(len(at), -1, np.int64)
    for turn in (1, 0, 3):  # right, straight on, left
        wanted = ends_at * 4 + (heading + turn) % 4
        place = np.minimum(np.searchsorted(key, wanted, sorter=order), len(key) - 1)
        hit = key[order[place]] == wanted
        found = np.where((found < 0) & hit, order[place], found)
    return found


def _next_corner(following: Places, is_corner: np.ndarray[Any, np.dtype[np.bool_]]) -> Places:
    """Return for each edge the next one that begins at a corner, by doubling the steps."""
    jump = following.copy()
    while True:
        short = ~is_corner[jump]
        if not short.any():
            return jump
        jump = np.where(short, jump[jump], jump)
