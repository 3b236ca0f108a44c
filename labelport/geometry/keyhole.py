"""Holes joined to the rings around them by cuts along the edges of pixels: for readers that know no other holes.

A cut leaves a ring, goes around the hole, and comes back on the same line. Filled by even-odd at the centres of pixels
the ring gives the same pixels as the rings without cuts do, since no cut meets a centre. It is the "keyhole technique"
of RT Structure Sets (PS3.3 C.8.8.6.3).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from labelport.geometry.rings import Ring

Corner = tuple[float, float]
Cut = tuple[float, int]
"""Where it meets an upright edge (y), and the ring that it comes from."""

_Places = np.ndarray[Any, np.dtype[np.int64]]


def joined(outer: Sequence[Ring], holes: Sequence[Ring]) -> list[Ring]:
    """Return the outer rings of a mask, each with its holes joined to it; both are those of ``tracing.traced``.

    An island in a hole is an outer ring, and stays one. From the uppermost, then leftmost corner of each hole a cut
    runs to the left until it meets a ring: the one around the hole, or a hole that begins above it or left of it. So
    all cuts lead to outer rings in the end, and none leaves the shape or crosses another one.

    >>> frame = np.array([[0.0, 0], [3, 0], [3, 3], [0, 3]])
    >>> joined([frame], [np.array([[1.0, 1], [1, 2], [2, 2], [2, 1]])])[0].astype(int).tolist()
    [[0, 0], [3, 0], [3, 3], [0, 3], [0, 1], [1, 1], [1, 2], [2, 2], [2, 1], [1, 1], [0, 1]]
    """
    if not holes:
        return list(outer)
    rings = [*(_closed(ring, 0) for ring in outer), *(_closed(hole, _first(hole)) for hole in holes)]
    cuts = _cuts(rings, len(outer))
    corners = [[(x, y) for x, y in ring.tolist()] for ring in rings]
    return [np.array(_around(number, corners, cuts)[:-1]) for number in range(len(outer))]


def _first(hole: Ring) -> int:
    """Return the uppermost, then leftmost corner."""
    return int(np.lexsort((hole[:, 0], hole[:, 1]))[0])


def _closed(ring: Ring, first: int) -> Ring:
    """Return a ring from one of its corners around to the same corner."""
    return np.concatenate([ring[first:], ring[: first + 1]])


def _cuts(rings: Sequence[Ring], outer: int) -> dict[tuple[int, int], list[Cut]]:
    """Return the cuts that meet each upright edge, in its direction; an edge is its ring and its first corner.

    Of a ring of ``rings`` the last corner is the first one again; the first ones of holes are where cuts begin.
    """
    sizes = np.array([len(ring) for ring in rings])
    starts = np.cumsum(sizes) - sizes
    points = np.concatenate(rings).astype(np.int64)
    is_upright = points[:-1, 0] == points[1:, 0]
    is_upright[starts[1:] - 1] = False  # from the last corner of a ring to the first of the next one
    upright = np.flatnonzero(is_upright)
    width = int(points[:, 0].max()) + 1
    touched, edges = _touched(points, upright, width)
    firsts = starts[outer:]
    met = np.searchsorted(touched, points[firsts, 1] * width + points[firsts, 0]) - 1
    cuts: dict[tuple[int, int], list[Cut]] = {}
    for hole, edge in enumerate(edges[met].tolist(), start=outer):
        ring = int(np.searchsorted(starts, edge, side="right")) - 1
        cuts.setdefault((ring, edge - int(starts[ring])), []).append((float(rings[hole][0, 1]), hole))
    for several in cuts.values():
        several.sort(reverse=True)  # the shape lies to the right of the edge, so that it runs upwards
    return cuts


def _touched(points: _Places, upright: _Places, width: int) -> tuple[_Places, _Places]:
    """Return all places on upright edges, their ends too, as y * width + x in rising order, and the edge of each."""
    top = np.minimum(points[upright, 1], points[upright + 1, 1])
    lengths = np.abs(points[upright, 1] - points[upright + 1, 1]) + 1
    edges = np.repeat(upright, lengths)
    along = np.arange(len(edges)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    places = (np.repeat(top, lengths) + along) * width + points[edges, 0]
    order = np.argsort(places, kind="stable")
    return places[order], edges[order]


def _around(
    first: int, corners: Sequence[Sequence[Corner]], cuts: Mapping[tuple[int, int], Sequence[Cut]]
) -> list[Corner]:
    """Return the corners of a ring with the holes that are cut to it, and to them, from its first to its first."""

    def steps(ring: int) -> Iterator[Corner | int]:
        for number, corner in enumerate(corners[ring]):
            yield corner
            for y, hole in cuts.get((ring, number), ()):
                yield corner[0], y
                yield hole
                yield corner[0], y

    found: list[Corner] = []
    # Not by recursion: holes in a row hang on each other, thousands of them.
    open_rings = [steps(first)]
    while open_rings:
        step = next(open_rings[-1], None)
        if step is None:
            open_rings.pop()
        elif isinstance(step, int):
            open_rings.append(steps(step))
        elif not found or found[-1] != step:
            found.append(step)
    return found
