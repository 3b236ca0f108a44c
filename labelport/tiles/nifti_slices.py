"""Small pictures of NIfTI volumes: one slice of the first volume, turned as radiologists look at it.

Of an uncompressed file only the slice is read; a compressed one is inflated to the end of the slice, under a cap.
"""

from typing import Any

import numpy as np

from labelport.probing.contract import RangeRead
from labelport.tiles.nifti_voxels import Voxels, inflated, real_numbers, stretches, voxels_of
from labelport.tiles.picture import CUT_SHORT, MOST_BYTES, SIDE, NoPicture, Picture, refuse_too_large, shrunk
from labelport.tiles.windowing import bytes_of, range_of, stretched

MOST_INFLATED = 1 << 29
"""Bytes that a compressed volume is inflated to: zlib makes some 300 MB a second, and all but the slice is dropped."""


def slice_picture(
    read: RangeRead,
    size: int,
    *,
    index: int | None = None,
    axis: int = 2,
    side: int = SIDE,
    other: tuple[RangeRead, int] | None = None,
) -> Picture:
    """Return the small picture of one slice: ``index`` along the stored ``axis`` 0 to 2, the middle one by default.

    ``other``: how the ``.img`` of a pair is read, and its bytes. Grey from percentile 1 to 99 of the slice; colours
    as they are; the magnitude of complex voxels. Raises ``NoPicture``, ``zlib.error``.
    """
    voxels = voxels_of(read, size, other)
    chosen = voxels.shape[axis] // 2 if index is None else index
    if not 0 <= chosen < voxels.shape[axis]:
        raise NoPicture("has no such slice")
    plane = _turned(_plane(voxels, axis, chosen), voxels.header["affine"], axis)
    high, wide = plane.shape[:2]
    return Picture(wide, high, _shown(plane, slope=voxels.header["slope"], side=side))


def _plane(voxels: Voxels, axis: int, index: int) -> np.ndarray[Any, Any]:
    """Return the slice, shape (first other axis, second other axis[, colours])."""
    sides = [length for each, length in enumerate(voxels.shape) if each != axis]
    refuse_too_large(sides[0], sides[1])
    length = voxels.slice_bytes if axis == 2 else voxels.slice_bytes * voxels.shape[2]
    if length > MOST_BYTES:
        raise NoPicture("too many bytes")
    start = voxels.offset + (voxels.slice_bytes * index if axis == 2 else 0)
    body = _stretch(voxels, start, length)
    if len(body) < length:
        raise NoPicture(CUT_SHORT)
    flat = np.frombuffer(body, voxels.dtype)
    if axis == 2:
        return np.moveaxis(flat.reshape(sides[1], sides[0], voxels.colours), 0, 1)
    x, y, z = voxels.shape
    block = flat.reshape(z, y, x, voxels.colours)
    return np.moveaxis(block[:, :, index] if axis == 0 else block[:, index], 0, 1)


def _stretch(voxels: Voxels, start: int, length: int) -> bytes:
    if not voxels.compressed:
        return voxels.read(start, length)
    if start + length > MOST_INFLATED:
        raise NoPicture("too many bytes")
    return next(stretches(inflated(voxels.read, voxels.size), [(start, length)]))


def _turned(plane: np.ndarray[Any, Any], affine: list[float] | None, axis: int) -> np.ndarray[Any, Any]:
    """Return a slice as rows and columns: head or front on top, the patient's right or front at the left.

    Without an affine: the second axis upwards, as nearly all files are stored.
    """
    columns = [each for each in range(3) if each != axis]
    matrix = np.array(affine, np.float64).reshape(4, 4)[:3, :3] if affine else np.eye(3)
    lengths = np.linalg.norm(matrix, axis=0)
    if not (lengths[columns] > 0).all():
        matrix, lengths = np.eye(3), np.ones(3)
    toward = [matrix[:, each] / lengths[each] for each in columns]  # RAS directions of the two axes
    # The axis that goes rather up (or, in an axial slice, rather to the front) becomes the rows.
    upright = [max(abs(way[2]) * 2, abs(way[1])) if abs(way[0]) < 0.8 else 0.0 for way in toward]
    up = 0 if upright[0] > upright[1] else 1
    rows, across = toward[up], toward[1 - up]
    plane = plane if up == 0 else np.moveaxis(plane, 0, 1)
    goes_up = rows[2] if abs(rows[2]) >= abs(rows[1]) else rows[1]
    if goes_up >= 0:
        plane = plane[::-1]
    # In RAS x grows to the patient's right and y to the front: both are shown at the left.
    if (across[0] if abs(across[0]) >= abs(across[1]) else across[1]) > 0:
        plane = plane[:, ::-1]
    return plane


def _shown(plane: np.ndarray[Any, Any], *, slope: float | None, side: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    if plane.shape[2] > 1:
        return np.asarray(shrunk(np.ascontiguousarray(plane[..., :3], np.uint8), side), np.uint8)
    values = real_numbers(plane[..., 0])
    low, high = range_of(values)
    shares = stretched(shrunk(values, side), low, high)
    return bytes_of(1 - shares if slope is not None and slope < 0 and high > low else shares)
