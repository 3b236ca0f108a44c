"""Planes of the first volume of a NIfTI file along its third stored axis, one after the other as they are inflated.

A compressed file is inflated once, and no more than a plane is held.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from labelport.annotations.structures_view.work import Grey
from labelport.probing.contract import RangeRead
from labelport.tiles.nifti_voxels import Voxels, inflated, real_numbers, stretches, voxels_of
from labelport.tiles.picture import CUT_SHORT, MOST_BYTES, NoPicture, refuse_too_large

MOST_INFLATED = 1 << 30
"""Bytes that are read, or inflated, of one volume."""


def nifti_planes(
    read: RangeRead, size: int, planes: Sequence[int], *, other: tuple[RangeRead, int] | None = None
) -> Iterator[Grey | str]:
    """Yield planes, 0-based and ascending, shape (y, x), or a few words why one cannot be drawn.

    ``other``: how the ``.img`` of a pair is read, and its bytes. Colours become their mean, complex voxels their
    magnitude. Raises ``NoPicture``, ``zlib.error``, and what reading raises.
    """
    voxels = voxels_of(read, size, other)
    x, y, z = voxels.shape
    refuse_too_large(x, y)
    length = voxels.slice_bytes
    if length > MOST_BYTES:
        raise NoPicture("too many bytes")
    for body in _bodies(voxels, [voxels.offset + plane * length for plane in planes if plane < z]):
        if body is None:
            yield "too many bytes"
        elif len(body) < length:
            yield CUT_SHORT
        else:
            values = np.frombuffer(body, voxels.dtype).reshape(y, x, voxels.colours)
            yield _grey(values, voxels.header["slope"], voxels.header["intercept"])


def _bodies(voxels: Voxels, starts: Sequence[int]) -> Iterator[bytes | None]:
    """Yield the bytes of planes, fewer where the file ends, null for all beyond ``MOST_INFLATED``."""
    length = voxels.slice_bytes
    if voxels.compressed:
        near = [start for start in starts if start + length <= MOST_INFLATED]
        yield from stretches(inflated(voxels.read, voxels.size), [(start, length) for start in near])
    else:
        near = list(starts[: MOST_INFLATED // length])
        for start in near:
            yield voxels.read(start, max(0, min(length, voxels.size - start)))
    yield from [None] * (len(starts) - len(near))


def _grey(values: np.ndarray[Any, Any], slope: float | None, intercept: float | None) -> Grey:
    if values.shape[2] > 1:
        return Grey(values[..., :3].astype(np.float32).mean(axis=2))
    plane = real_numbers(values[..., 0])
    return Grey(plane, slope, intercept or 0.0) if slope else Grey(plane)
