"""Affines of voxel grids against each other: which axes are the same ones, which run backwards, how far both lie apart.

An affine has shape (4, 4) and leads from the indices of voxels to their centres (nifti1.h, method 3). NIfTI counts
towards right, front and head (RAS), DICOM towards left, back and head (LPS).
"""

import itertools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from labelport.geometry.stacks import LPS_RAS, Floats, GeometryFault

FLAT = 1e-4
"""Axes whose unit vectors span less than this part of a cube span no volume."""

Shape = tuple[int, int, int]


@dataclass(frozen=True)
class Turn:
    """How the axes of one grid become those of another: by exchanging them, and running some backwards."""

    axes: tuple[int, int, int] = (0, 1, 2)
    """Which axis of the given grid each axis of the wanted one is."""

    flips: tuple[bool, bool, bool] = (False, False, False)
    """Whether each axis of the wanted grid runs against the given one."""

    @property
    def is_none(self) -> bool:
        """Return whether both grids have the same axes."""
        return self == Turn()

    def shape(self, given: Shape) -> Shape:
        """Return how many voxels the turned grid has along each axis."""
        return given[self.axes[0]], given[self.axes[1]], given[self.axes[2]]

    def turned(self, voxels: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Return a view of voxels of shape (x, y, z) along the wanted axes."""
        backwards = tuple(slice(None, None, -1 if flip else 1) for flip in self.flips)
        return voxels.transpose(self.axes)[backwards]

    def affine(self, given: Floats, shape: Shape) -> Floats:
        """Return the affine of the turned voxels; ``shape`` is that of the given ones."""
        made = np.eye(4)
        made[:, 3] = given[:, 3]
        for wanted, (axis, flip) in enumerate(zip(self.axes, self.flips, strict=True)):
            made[:3, wanted] = -given[:3, axis] if flip else given[:3, axis]
            if flip:
                made[:3, 3] += given[:3, axis] * (shape[axis] - 1)
        return made


def turn_between(given: Floats, wanted: Floats) -> Turn:
    """Return the turn after which the axes of ``given`` run as nearly as possible along those of ``wanted``.

    Raises ``GeometryFault`` where an affine is not finite, or its axes span no volume.
    """
    along = np.linalg.solve(_directions(wanted), _directions(given))
    best = max(
        itertools.permutations(range(3)), key=lambda axes: sum(abs(along[row, axis]) for row, axis in enumerate(axes))
    )
    flips = [bool(along[row, axis] < 0) for row, axis in enumerate(best)]
    return Turn((best[0], best[1], best[2]), (flips[0], flips[1], flips[2]))


def apart(one: Floats, other: Floats, shape: Shape) -> float:
    """Return how far the corners of a grid lie apart under two affines: the farthest one, in voxels of ``other``.

    Corners are those of the outermost voxels, half a voxel beyond their centres. Along an axis of one voxel they are
    the centres: how thick a single plane is, is often a guess. Infinite where numbers are not finite.
    """
    ends = [(-0.5, size - 0.5) if size > 1 else (0.0,) for size in shape]
    corners = np.array([(*corner, 1.0) for corner in itertools.product(*ends)])
    with np.errstate(all="ignore"):
        millimetres = corners @ (np.asarray(one, np.float64) - other)[:3].T
        try:
            voxels = np.linalg.solve(np.asarray(other, np.float64)[:3, :3], millimetres.T)
        except np.linalg.LinAlgError:
            return math.inf
        farthest = float(np.linalg.norm(voxels, axis=0).max())
    return farthest if math.isfinite(farthest) else math.inf


def is_flat(affine: Floats) -> bool:
    """Return whether the axes of a finite affine have no extent, or lie in one plane."""
    try:
        _directions(affine)
    except GeometryFault:
        return True
    return False


def other_side(affine: Floats) -> Floats:
    """Return an affine of LPS as one of RAS, or the way back: x and y change their sign.

    >>> other_side(np.diag([2.0, 3.0, 4.0, 1.0])).diagonal().tolist()
    [-2.0, -3.0, 4.0, 1.0]
    """
    return np.asarray(np.append(LPS_RAS, 1.0)[:, None] * affine, np.float64)


def _directions(affine: Floats) -> Floats:
    """Return the axes of an affine as columns of length 1, shape (3, 3)."""
    axes = np.asarray(affine, np.float64)[:3, :3]
    if not np.isfinite(affine).all():
        raise GeometryFault("an affine is not finite")
    scales = np.abs(axes).max(axis=0)
    if not (scales > 0).all():
        raise GeometryFault("voxels have no extent")
    units = axes / scales  # first by the largest number: squares of 1e200 are no numbers
    units = units / np.linalg.norm(units, axis=0)
    if abs(float(np.linalg.det(units))) <= FLAT:
        raise GeometryFault("the axes span no volume")
    return np.asarray(units, np.float64)
