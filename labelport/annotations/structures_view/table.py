"""How large the structures of volumes are: voxels, millilitres and slices, a row a series and structure."""

from typing import Any

import numpy as np

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.said import Said
from labelport.annotations.volumes.gathering import drawn_volumes
from labelport.annotations.volumes.image_volume import ImageVolume, Volumes
from labelport.annotations.volumes.structures import Structure
from labelport.geometry.stacks import Floats

DIGITS = 7
"""Significant digits of millilitres: positions are rounded texts, and what that adds behind them is no size."""


def structure_table(given: AnnotationSet, volumes: Volumes, said: Said | None = None) -> list[dict[str, Any]]:
    """Return a row for each series and structure, by series id, category and number; one image volume is held at a time.

    ``series``: its id, null where the images are not known. ``structure``: the category. ``number``: what its file
    tells it apart by. ``voxels``; ``ml``: null where nothing says how thick a slice is. ``slices``: how many have a
    voxel of it; ``first_slice``, ``last_slice``: 0-based, ascending, null of an empty structure, which has 0 of the
    others. ``image``: the object of the first plane, or how an unknown image is called. What cannot be placed or drawn is told to ``said``.
    """
    rows: list[dict[str, Any]] = []
    for drawn in drawn_volumes(given, volumes, Said() if said is None else said):
        mm3 = voxel_mm3(drawn.image)
        rows += [_row(drawn.image, each, mm3) for each in drawn.structures]
    return rows


def voxel_mm3(image: ImageVolume) -> Floats | None:
    """Return the volume of a voxel of each plane in cubic millimetres, shape (planes,); null where it is not known.

    The area of a pixel times the distance between planes along their normal, which a gantry's tilt does not change
    (the determinant of the affine). Where the distances differ, a plane counts with half the gaps to both of its
    neighbours, and an outer one with its only gap; a gap of missing slices counts as one step. A single DICOM slice has no thickness here: Slice Thickness places
    no slice (``medical.md`` 3); that of a single NIfTI plane is its header's.
    """
    stack = image.stack
    area = stack.pixel_mm2 * float(np.linalg.norm(np.cross(stack.along_row, stack.along_column)))
    gaps = np.diff(stack.positions)
    if not len(gaps):
        if image.kind != "nifti" or image.affine is None:
            return None
        whole = abs(float(np.linalg.det(image.affine[:3, :3])))
        return np.array([whole]) if np.isfinite(whole) and whole > 0 else None
    if not ((gaps > 0).all() or (gaps < 0).all()):
        return None
    gaps = _without_missing(np.abs(gaps), stack.thickness_mm)
    if image.affine is not None:
        return np.full(stack.planes, area * gaps.mean())
    return np.asarray(area * (np.append(gaps[0], gaps) + np.append(gaps, gaps[-1])) / 2, np.float64)


def _without_missing(gaps: Floats, usual: float) -> Floats:
    """Return the gaps with those that are whole multiples of the usual one as one step: slices are missing there.

    As the series' flag ``missing_slices``: 1.5 times the median and more, a whole multiple within 0.01 mm or 1 %.
    """
    steps = np.round(gaps / usual)
    missing = (gaps >= 1.5 * usual) & (np.abs(gaps - steps * usual) <= max(0.01, 0.01 * usual))
    return np.where(missing, usual, gaps)


def millilitres(structure: Structure, mm3: Floats | None) -> float | None:
    """Return the volume of a structure; ``mm3``: of a voxel of each plane, as ``voxel_mm3`` gives."""
    if not structure.patches:
        return 0.0
    if mm3 is None:
        return None
    cubic = sum(int(patch.mask.sum()) * float(mm3[plane]) for plane, patch in sorted(structure.patches.items()))
    return float(f"{cubic / 1000:.{DIGITS}g}")


def _row(image: ImageVolume, structure: Structure, mm3: Floats | None) -> dict[str, Any]:
    planes = sorted(structure.patches)
    return {
        "series": image.series_id or None,
        "structure": structure.name,
        "number": structure.number,
        "voxels": structure.voxels,
        "ml": millilitres(structure, mm3),
        "slices": len(planes),
        "first_slice": planes[0] if planes else None,
        "last_slice": planes[-1] if planes else None,
        "image": image.keys[0],
    }
