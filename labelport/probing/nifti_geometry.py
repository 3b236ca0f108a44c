"""Where the voxels of a NIfTI volume lie: its affine out of sform and qform (nifti1.h, methods 1 to 3)."""

import math
from collections.abc import Sequence

_SAME = 1e-3
"""Entries of two affines that differ by more than this part of the voxel size differ."""


def affines(
    pixdim: Sequence[float],
    *,
    quaternion: Sequence[float],
    rows: Sequence[float],
    qform_code: int,
    sform_code: int,
) -> tuple[list[float] | None, list[str]]:
    """Return the affine (16 numbers, row-major, voxel index to RAS millimetres) and what is odd about it.

    The sform where its code is above 0, else the qform, else voxel sizes alone (``no_orientation``).
    Null where numbers of it are not finite (``bad_number``).
    """
    sform = [*rows, 0.0, 0.0, 0.0, 1.0] if sform_code > 0 else None
    qform = _from_quaternion(quaternion, pixdim) if qform_code > 0 else None
    flags = []
    if sform is not None and qform is not None and not _alike(sform, qform):
        flags.append("sform_qform_differ")
    chosen = sform if sform is not None else qform
    if chosen is None:
        flags.append("no_orientation")
        x, y, z = pixdim[1:4]
        chosen = [x, 0.0, 0.0, 0.0, 0.0, y, 0.0, 0.0, 0.0, 0.0, z, 0.0, 0.0, 0.0, 0.0, 1.0]
    if not all(map(math.isfinite, chosen)):
        return None, [*flags, "bad_number"]
    return chosen, flags


def _from_quaternion(quaternion: Sequence[float], pixdim: Sequence[float]) -> list[float]:
    """Return the affine of a unit quaternion (b, c, d; a is positive), an offset, and the voxel sizes."""
    b, c, d, x, y, z = quaternion
    square = 1.0 - (b * b + c * c + d * d)
    if square < 1e-7:  # a is 0 but for rounding: the others are made a unit
        length = math.sqrt(b * b + c * c + d * d) or 1.0
        a, b, c, d = 0.0, b / length, c / length, d / length
    else:
        a = math.sqrt(square)
    i, j, k = pixdim[1], pixdim[2], pixdim[3] * (-1.0 if pixdim[0] < 0 else 1.0)
    return [
        (a * a + b * b - c * c - d * d) * i, 2 * (b * c - a * d) * j, 2 * (b * d + a * c) * k, x,
        2 * (b * c + a * d) * i, (a * a + c * c - b * b - d * d) * j, 2 * (c * d - a * b) * k, y,
        2 * (b * d - a * c) * i, 2 * (c * d + a * b) * j, (a * a + d * d - b * b - c * c) * k, z,
        0.0, 0.0, 0.0, 1.0,
    ]  # fmt: skip


def _alike(one: Sequence[float], other: Sequence[float]) -> bool:
    if not all(map(math.isfinite, [*one, *other])):
        return False
    scale = max(max(abs(one[row * 4 + column]) for row in range(3)) for column in range(3)) or 1.0
    # Offsets are stored as float32, far from the origin: a part of the voxel is what matters.
    return all(abs(a - b) <= _SAME * scale + 1e-5 * abs(a) for a, b in zip(one, other, strict=True))
