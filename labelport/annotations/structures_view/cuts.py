"""Where the three slices of a volume lie, and what of its structures is on them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from labelport.annotations.structures_view.layout import Indices, Layout
from labelport.annotations.structures_view.views import View
from labelport.annotations.volumes.structures import Structure
from labelport.geometry.rings import Mask, Patch

SIDE = 240
"""Pixels of the longer side of a slice as it is kept: it is drawn that large, or smaller."""

Flags = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True)
class Crossing:
    """Where a volume is cut: a column, a row and a plane of its ``Layout``."""

    column: int
    row: int
    plane: int

    def of(self, axis: int) -> int:
        """Return the place along an axis of the stack."""
        return (self.column, self.row, self.plane)[axis]


def crossing_of(layout: Layout, structures: Sequence[Structure]) -> Crossing:
    """Return where most of the structures are seen, along each axis by itself.

    Each structure has one vote, parted among the planes by how much of it they show: a plane through the middle of
    many wins over one through a large one. Of equal planes the middle one is taken.
    """
    votes = [np.zeros(size) for size in layout.sizes]
    for structure in structures:
        counts = _counts(layout, structure)
        votes = [vote + count / max(count.max(), 1) for vote, count in zip(votes, counts, strict=True)]
    column, row, plane = (_middle_of_best(vote) for vote in votes)
    return Crossing(column, row, plane)


def mask_on(layout: Layout, view: View, place: int, structure: Structure) -> Mask | None:
    """Return the voxels of a structure on a cut, of the box of the layout; null where it has none there.

    Across planes: shape (rows, columns); across rows: (planes, columns); across columns: (planes, rows).
    """
    if view.axis == 2:
        patch = structure.patches.get(place)
        made = np.zeros((layout.sizes[1], layout.sizes[0]), np.uint8)
        if patch is not None:
            _placed(made, patch, layout.shifts[place])
    else:
        kept = 1 - view.axis
        made = np.zeros((layout.sizes[2], layout.sizes[kept]), np.uint8)
        for plane, patch in structure.patches.items():
            line, start = _line(patch, view.axis, place - int(layout.shifts[plane, view.axis]))
            start += int(layout.shifts[plane, kept])
            made[plane, start : start + len(line)] = line
    return made if made.any() else None


def size_of(layout: Layout, view: View, side: int = SIDE) -> tuple[int, int]:
    """Return width and height in pixels in the true proportions, at most ``side``.

    The views of a volume have one scale; one that would be less than half as large as it may (the axial slice of a
    whole body) has its own.
    """
    across, down = layout.lengths_mm[view.across], layout.lengths_mm[view.down]
    longer = max(across, down)
    longest = max(layout.lengths_mm) if layout.sizes[2] > 1 else longer
    scale = side / (longest if 2 * longer >= longest else longer)
    return max(1, round(across * scale)), max(1, round(down * scale))


def voxels_at(layout: Layout, view: View, size: tuple[int, int]) -> tuple[Indices, Indices]:
    """Return the voxels along ``across`` of each column of a picture, and along ``down`` of each row."""
    return (
        layout.voxel_at(view.across, length=size[0], flipped=view.flip_across),
        layout.voxel_at(view.down, length=size[1], flipped=view.flip_down),
    )


def pictured(layout: Layout, view: View, mask: Mask, size: tuple[int, int]) -> Flags:
    """Return a mask of ``mask_on`` as pixels of a picture, shape (height, width).

    A pixel is inside where its centre lies in a voxel that is, or a voxel that is has its centre in the pixel: what is
    smaller than a pixel is not lost.
    """
    across, down = voxels_at(layout, view, size)
    upright = _upright(view, mask)
    made = upright[np.ix_(down, across)] != 0
    rows, columns = np.nonzero(upright)
    to_row = layout.pixel_of(view.down, length=size[1], flipped=view.flip_down)
    to_column = layout.pixel_of(view.across, length=size[0], flipped=view.flip_across)
    made[to_row[rows], to_column[columns]] = True
    return np.asarray(made, np.bool_)


def _upright(view: View, mask: Mask) -> Mask:
    """Return a mask with ``down`` as its rows. As cut, its rows are the later axis of the stack."""
    return mask if view.down > view.across else mask.T


def _counts(layout: Layout, structure: Structure) -> list[Indices]:
    """Return how many voxels of a structure lie at each place along each axis of the box."""
    found = [np.zeros(size, np.int64) for size in layout.sizes]
    for plane, patch in structure.patches.items():
        left, top = (int(shift) for shift in layout.shifts[plane])
        height, width = patch.mask.shape
        found[0][left + patch.left : left + patch.left + width] += patch.mask.sum(axis=0, dtype=np.int64)
        found[1][top + patch.top : top + patch.top + height] += patch.mask.sum(axis=1, dtype=np.int64)
        found[2][plane] += int(patch.mask.sum())
    return found


def _middle_of_best(votes: Any) -> int:
    best = np.flatnonzero(votes >= votes.max() - 1e-9)
    return int(best[len(best) // 2])


def _placed(made: Mask, patch: Patch, shift: Indices) -> None:
    top, left = patch.top + int(shift[1]), patch.left + int(shift[0])
    height, width = patch.mask.shape
    made[top : top + height, left : left + width] = patch.mask


def _line(patch: Patch, axis: int, at: int) -> tuple[Mask, int]:
    """Return the row (axis 1) or column (axis 0) of a patch at a place of its plane, and where it begins."""
    first, begins = (patch.top, patch.left) if axis == 1 else (patch.left, patch.top)
    length = patch.mask.shape[0 if axis == 1 else 1]
    if not first <= at < first + length:
        return np.zeros(0, np.uint8), 0
    return (patch.mask[at - first] if axis == 1 else patch.mask[:, at - first]), begins
