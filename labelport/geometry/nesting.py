"""Outlines of one structure on one plane as a mask: inside of each other they are holes and islands.

The standard leaves several plain outlines on a plane undefined (PS3.3 C.8.8.6.3 knows keyholes and exclusive ones), so
that the rule is said: ``nested``, ``union`` or ``xor``. Directions of outlines never matter. Masks are held as boxes
around the outlines, never as whole planes.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, Literal, NamedTuple

import numpy as np

from labelport.geometry.batches import filled_each
from labelport.geometry.enclosing import within
from labelport.geometry.rings import Mask, Patch, Ring, RingFault

Combining = Literal["nested", "union", "xor"]

MOST_PAIRS = 1 << 14
"""Pairs of outlines on a plane that overlap and are compared; of more no mask is made."""


MOST_DISTANCES = 1 << 29
"""Points times points of such pairs: some ten seconds of work. Of the rest their pixels alone tell which are inside."""


class Combined(NamedTuple):
    """Outlines combined."""

    patch: Patch
    overlapping: bool
    """``nested`` alone: some overlap in part."""


def combined(rings: Sequence[Ring], height: int, width: int, *, rule: Combining = "nested") -> Combined:
    """Return the mask of outlines, x and y in pixels as edges, each filled by the rule ``even_odd``.

    ``xor``: what an odd number of them covers; ``union``: what any covers. ``nested``: an outline inside of another is
    a hole, inside of a hole an island; those that overlap in part, or lie on each other, are united. Where both meet,
    the innermost outlines around a pixel decide, and one that fills is enough. Raises ``RingFault`` as ``filled``
    does, and for more overlaps than are looked at.

    >>> outer, hole = ([[x, x], [8 - x, x], [8 - x, 8 - x], [x, 8 - x]] for x in (0, 2))
    >>> [int(combined([outer, hole], 8, 8, rule=rule).patch.mask.sum()) for rule in ("nested", "union", "xor")]
    [48, 64, 48]
    """
    (made,) = combined_each([rings], height, width, rule=rule)
    return made


def combined_each(
    planes: Sequence[Sequence[Ring]], height: int, width: int, *, rule: Combining = "nested"
) -> list[Combined]:
    """Return what ``combined`` returns for the outlines of each of several planes of one size."""
    arrays = [[np.asarray(ring, np.float64).reshape(-1, 2) for ring in rings] for rings in planes]
    together = [rule == "xor" or len(rings) < 2 or (rule == "nested" and not _boxes_meet(rings)) for rings in arrays]
    shapes = [
        shape
        for rings, whole in zip(arrays, together, strict=True)
        for shape in ([rings] if whole else [[ring] for ring in rings])
    ]
    patches = iter(filled_each(shapes, height, width))
    return [
        Combined(next(patches), overlapping=False)
        if whole
        else _combined(rings, list(islice(patches, len(rings))), rule)
        for rings, whole in zip(arrays, together, strict=True)
    ]


def _combined(arrays: Sequence[Ring], patches: Sequence[Patch], rule: Combining) -> Combined:
    """Return outlines combined, of which each has been filled."""
    top, left, times = _times(patches)
    if rule == "union" or not times.size or times.max() < 2:
        return Combined(Patch(top, left, (times > 0).view(np.uint8)), overlapping=False)
    # Only outlines of which a pixel is covered twice have anything to do with others.
    several = Patch(top, left, (times > 1).view(np.uint8))
    involved = [number for number, each in enumerate(patches) if _shared_pixels(each, several)]
    some = [patches[number] for number in involved]
    inner_of, in_part = _relations([arrays[number] for number in involved], some)
    if not in_part:
        return Combined(Patch(top, left, (times & 1).astype(np.uint8)), overlapping=False)
    whole = Patch(top, left, (times == 1).view(np.uint8))
    _fill(whole, some, inner_of)
    return Combined(whole, overlapping=True)


def _fill(whole: Patch, patches: Sequence[Patch], inner_of: dict[int, list[int]]) -> None:
    """Set the pixels of outlines that are no holes, but for what is inside of these."""
    depths = [0] * len(patches)
    # The larger ones first: all that an outline is inside of has its depth by then.
    for outer in sorted(inner_of, key=lambda number: -int(patches[number].mask.sum())):
        for inner in inner_of[outer]:
            depths[inner] = max(depths[inner], depths[outer] + 1)
    for number, depth in enumerate(depths):
        if depth % 2:
            continue
        left = Patch(patches[number].top, patches[number].left, patches[number].mask.copy())
        for inner in inner_of.get(number, ()):
            own, others = _shared(left, patches[inner])
            own &= 1 - others
        own, others = _shared(whole, left)
        own |= others


def _times(patches: Sequence[Patch]) -> tuple[int, int, np.ndarray[Any, np.dtype[np.int32]]]:
    """Return top and left of the box around patches, and how many of them cover each of its pixels."""
    some = [each for each in patches if each.mask.size]
    if not some:
        return 0, 0, np.zeros((0, 0), np.int32)
    top, left = min(each.top for each in some), min(each.left for each in some)
    bottom = max(each.top + each.mask.shape[0] for each in some)
    right = max(each.left + each.mask.shape[1] for each in some)
    times = np.zeros((bottom - top, right - left), np.int32)
    for each in some:
        rows, columns = each.mask.shape
        times[each.top - top :, each.left - left :][:rows, :columns] += each.mask
    return top, left, times


def _relations(rings: Sequence[Ring], patches: Sequence[Patch]) -> tuple[dict[int, list[int]], bool]:
    """Return which outlines are inside of each, and whether any two overlap in part or lie on each other."""
    areas = [int(each.mask.sum()) for each in patches]
    left = MOST_DISTANCES
    inner_of: dict[int, list[int]] = {}
    in_part = False
    for count, (one, other) in enumerate(_pairs(patches)):
        if count >= MOST_PAIRS:
            raise RingFault(f"more than {MOST_PAIRS:,} pairs of outlines overlap on one plane")
        shared = _shared_pixels(patches[one], patches[other])
        if not shared:
            continue
        outer, inner = (one, other) if areas[one] >= areas[other] else (other, one)
        if shared < areas[inner]:
            in_part = True
            continue
        left -= len(rings[one]) * len(rings[other])
        there = left < 0 or within(rings[inner], rings[outer])
        back = areas[inner] == areas[outer] and (left < 0 or within(rings[outer], rings[inner]))
        if there == back:
            in_part = True
        elif there:
            inner_of.setdefault(outer, []).append(inner)
        else:
            inner_of.setdefault(inner, []).append(outer)
    return inner_of, in_part


def _pairs(patches: Sequence[Patch]) -> Iterator[tuple[int, int]]:
    """Yield the pairs of patches whose boxes overlap."""
    boxes = [(each.left, each.top, each.left + each.mask.shape[1], each.top + each.mask.shape[0]) for each in patches]
    return _meetings(np.array(boxes, np.float64))


def _boxes_meet(rings: Sequence[Ring]) -> bool:
    boxes = [[*ring.min(axis=0), *ring.max(axis=0)] for ring in rings if len(ring) > 2]
    return any(True for _ in _meetings(np.array(boxes, np.float64).reshape(-1, 4)))


def _meetings(boxes: np.ndarray[Any, np.dtype[np.float64]]) -> Iterator[tuple[int, int]]:
    """Yield the pairs of boxes (left, top, right, bottom) that overlap: a sweep from left to right."""
    order = np.argsort(boxes[:, 0], kind="stable")
    left, top, right, bottom = boxes[order].T
    for number, stop in enumerate(np.searchsorted(left, right).tolist()):
        later = slice(number + 1, stop)
        meet = (top[later] < bottom[number]) & (bottom[later] > top[number])
        for other in np.flatnonzero(meet).tolist():
            yield int(order[number]), int(order[number + 1 + other])


def _shared(one: Patch, other: Patch) -> tuple[Mask, Mask]:
    """Return the parts of two masks where their boxes overlap."""
    top, left = max(one.top, other.top), max(one.left, other.left)
    bottom = max(min(one.top + one.mask.shape[0], other.top + other.mask.shape[0]), top)
    right = max(min(one.left + one.mask.shape[1], other.left + other.mask.shape[1]), left)
    first, second = (
        each.mask[top - each.top : bottom - each.top, left - each.left : right - each.left] for each in (one, other)
    )
    return first, second


def _shared_pixels(one: Patch, other: Patch) -> int:
    first, second = _shared(one, other)
    return int(np.count_nonzero(first & second))
