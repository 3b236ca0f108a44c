"""A structure of a volume: which voxels are of it. Held as a box of pixels a plane, never as a whole volume."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from labelport.annotations.volumes.image_volume import ImageVolume
from labelport.geometry.rings import Mask, Patch

Places = Mapping[int, Patch]
"""Patches by plane of the image volume; a plane without voxels has none."""


@dataclass(frozen=True)
class Structure:
    """One ROI, segment or class on one image volume."""

    name: str
    """The category."""

    number: str
    """What tells it from others of its file: ROI number, segment number, label id. Becomes ``track_id``."""

    patches: Places
    """uint8 masks, 1 inside, each with at least one voxel."""

    colour: tuple[int, int, int] | None = None
    """Red, green, blue, 0 to 255, where the file says it."""

    pointer: str = ""
    """Its place in its file."""

    pointers: Mapping[int, str] = field(default_factory=dict)
    """Place in the file of what is on a plane, where it is narrower than ``pointer``."""

    @property
    def voxels(self) -> int:
        """Return how many voxels are of it."""
        return sum(int(patch.mask.sum()) for patch in self.patches.values())


@dataclass(frozen=True)
class Labelled:
    """An image volume with the structures on it."""

    image: ImageVolume
    structures: Sequence[Structure]


def cropped(mask: np.ndarray[Any, Any], *, top: int = 0, left: int = 0) -> Patch | None:
    """Return the box of a mask that holds all its pixels, uint8; null where it has none. ``top``, ``left``: its place.

    >>> cropped(np.array([[0, 0, 0], [0, 1, 0]]))
    Patch(top=1, left=1, mask=array([[1]], dtype=uint8))
    """
    inside = np.asarray(mask) != 0
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    if not len(rows):
        return None
    box = inside[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return Patch(top + int(rows[0]), left + int(columns[0]), np.ascontiguousarray(box, np.uint8))


def united(patches: Iterable[Patch]) -> Patch:
    """Return what any of some patches covers, in one box around all of them."""
    return _together(list(patches), np.bitwise_or)


def exclusive(patches: Iterable[Patch]) -> Patch:
    """Return what an odd number of some patches covers, in one box around all of them."""
    return _together(list(patches), np.bitwise_xor)


def _together(patches: list[Patch], how: np.ufunc) -> Patch:
    some = [each for each in patches if each.mask.size]
    if not some:
        return Patch.empty()
    top, left = min(each.top for each in some), min(each.left for each in some)
    bottom = max(each.top + each.mask.shape[0] for each in some)
    right = max(each.left + each.mask.shape[1] for each in some)
    whole: Mask = np.zeros((bottom - top, right - left), np.uint8)
    for each in some:
        rows, columns = each.mask.shape
        part = whole[each.top - top : each.top - top + rows, each.left - left : each.left - left + columns]
        how(part, each.mask, out=part)
    return Patch(top, left, whole)


def overlap(structures: Sequence[Structure]) -> int:
    """Return how many voxels are of more than one structure (of those of one image volume)."""
    count = 0
    for plane in sorted({plane for each in structures for plane in each.patches}):
        here = [each.patches[plane] for each in structures if plane in each.patches]
        if len(here) < 2:
            continue
        box = united(here)
        times = np.zeros(box.mask.shape, np.int64)
        for each in here:
            rows, columns = each.mask.shape
            times[each.top - box.top :, each.left - box.left :][:rows, :columns] += each.mask
        count += int((times > 1).sum())
    return count
