"""The grid of a volume of labels against that of the image that it lies on."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from labelport.annotations.said import Said
from labelport.annotations.volumes.image_volume import ImageVolume
from labelport.geometry.affines import Shape, Turn, apart, turn_between
from labelport.geometry.stacks import Floats, GeometryFault, Stack

EQUAL = 0.01
"""Voxels that the corners of two grids may lie apart, and both are one."""

SHIFTED = 0.5
"""Voxels up to which labels are taken for those of the image's voxels all the same."""

_SIDES = ("x", "y", "z")


@dataclass(frozen=True, eq=False)
class Grid:
    """Where the voxels of a label volume lie."""

    file: str
    affine: Floats
    shape: Shape
    oriented: bool


@dataclass(frozen=True, eq=False)
class Placed:
    """An image volume, and how labels are turned to lie on its voxels."""

    image: ImageVolume
    turn: Turn


@dataclass(frozen=True)
class _Fit:
    turn: Turn
    apart: float
    """Voxels of the image; infinite where the shapes differ."""

    why: str = ""
    """What differs, where it is more than a distance."""


def can_lie_on(affine: Floats, shape: Shape, images: Sequence[ImageVolume], *, oriented: bool) -> bool:
    """Return whether a grid has as many voxels along each axis as one of some images, after turning."""
    return any(
        image.affine is not None and _turn(affine, image, oriented=oriented).shape(shape) == image.shape
        for image in images
    )


def own_grid(grid: Grid, said: Said) -> Placed | None:
    """Return the grid of labels whose images are not known; null with a finding where its planes lie nowhere."""
    try:
        stack = Stack.of_affine(grid.affine, grid.shape)
    except GeometryFault as error:
        said.say("nifti.affine_not_finite", grid.file, "srow_x", str(error))
        return None
    if not grid.oriented:
        words = "neither sform nor qform says which side is left; voxel sizes alone are known"
        said.say("nifti.no_orientation", grid.file, "qform_code", words)
    planes = range(grid.shape[2])
    keys = [grid.file] * len(planes)
    frames, items = list(planes), list(planes)
    image = ImageVolume("", "none", stack, grid.affine, keys, frames, items, oriented=grid.oriented)
    return Placed(image, Turn())


def placed(grid: Grid, images: Sequence[ImageVolume], said: Said) -> Placed | None:
    """Return which of one or several images labels lie on, and how; null with a finding where they lie on none.

    Findings: ``nifti.geometry_mismatch``, ``nifti.shifted``, ``nifti.reoriented``, ``nifti.no_orientation``;
    ``name.ambiguous`` where several images have the grid.
    """
    fits = [(_fit(grid, image), image) for image in images]
    fit, image = min(fits, key=lambda each: each[0].apart)
    if fit.apart > SHIFTED:
        said.say("nifti.geometry_mismatch", grid.file, "dim", _differs(fit), value=image.series_id)
        return None
    same = [each.series_id for other, each in fits if other.apart <= max(fit.apart, EQUAL)]
    if len(same) > 1:
        words = f"{len(same):,} series of the image have this grid: {', '.join(same[:5])}"
        said.say("name.ambiguous", grid.file, "", words, value=grid.file)
        return None
    if not _told_orientation(grid, image, said):
        return None
    if fit.apart > EQUAL:
        words = f"the labels lie {fit.apart:.3g} voxels beside the image at their farthest corner"
        said.say("nifti.shifted", grid.file, "srow_x", words, value=f"{fit.apart:.3g}")
    if not fit.turn.is_none:
        signs = zip(fit.turn.axes, fit.turn.flips, strict=True)
        axes = " ".join(f"{'-' if flip else '+'}{_SIDES[axis]}" for axis, flip in signs)
        said.say(
            "nifti.reoriented",
            grid.file,
            "srow_x",
            "the axes of the image are those of the labels as named",
            value=axes,
        )
    return Placed(image, fit.turn)


def _told_orientation(grid: Grid, image: ImageVolume, said: Said) -> bool:
    """Say where nothing tells how the axes of labels and image go together; return whether they are used even so."""
    if grid.oriented and image.oriented:
        return True
    whose = "the labels" if not grid.oriented else "the image"
    if image.kind == "dicom":
        words = "nothing says how the axes of the labels lie in the patient; DICOM images have many orders: not read"
        said.say("nifti.no_orientation", grid.file, "qform_code", words, severity="error")
        return False
    words = f"nothing says which side of {whose} is left; both have the same sizes and were taken voxel by voxel"
    said.say("nifti.no_orientation", grid.file, "qform_code", words)
    return True


def _differs(fit: _Fit) -> str:
    return fit.why or f"the labels lie {fit.apart:.3g} voxels beside the image at their farthest corner"


def _fit(grid: Grid, image: ImageVolume) -> _Fit:
    if image.affine is None:
        words = "the slices of the series are not evenly spaced, so that the grid of a NIfTI volume is never theirs"
        return _Fit(Turn(), math.inf, words)
    turn = _turn(grid.affine, image, oriented=grid.oriented)
    shape = turn.shape(grid.shape)
    if shape != image.shape:
        words = (
            f"the labels have {_sizes(shape)} voxels, along the axes of the image, and the image {_sizes(image.shape)}"
        )
        return _Fit(turn, math.inf, words)
    if grid.oriented and image.oriented:
        return _Fit(turn, apart(turn.affine(grid.affine, grid.shape), image.affine, shape))
    return _Fit(turn, apart(_sizes_only(grid.affine), _sizes_only(image.affine), shape))


def _turn(affine: Floats, image: ImageVolume, *, oriented: bool) -> Turn:
    if image.affine is None or not (oriented and image.oriented):
        return Turn()
    try:
        return turn_between(affine, image.affine)
    except GeometryFault:
        return Turn()


def _sizes_only(affine: Floats) -> Floats:
    """Return an affine of the same voxel sizes, without directions and place."""
    made = np.eye(4)
    made[range(3), range(3)] = np.linalg.norm(affine[:3, :3], axis=0)
    return made


def _sizes(shape: Shape) -> str:
    return " x ".join(map(str, shape))
