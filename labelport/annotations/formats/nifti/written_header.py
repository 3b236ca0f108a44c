"""Headers of NIfTI-1 and NIfTI-2 single files (nifti1.h, nifti2.h; NIfTI Data Format Working Group)."""

import struct
from collections.abc import Sequence
from itertools import product

import numpy as np

from labelport.geometry.stacks import Floats

UINT8, UINT16, UINT32 = 2, 512, 768
"""Codes of types of voxels."""

BITS = {UINT8: 8, UINT16: 16, UINT32: 32}

MOST_SIDE_1 = 32_767
"""Voxels along an axis that NIfTI-1 can say."""

NEAR_VOXELS = 0.01
"""A quaternion says the affine where no corner of the volume moves farther."""

LEAST_SQUARE = 1e-7
"""Below it readers take the first number of a quaternion, whose square it is, for 0."""

_MILLIMETRES = 2
_SCANNER = 1
"""Code of an affine: where the scanner placed the voxels."""

_FORM_1 = struct.Struct("<i10s18sihcb8h3f4h8f3fhbb4f2i80s24s2h6f12f16s4s")
_FORM_2 = struct.Struct("<i8s2h8q3d8dq6d2q80s24s2i6d12d3i16sb15s")
_NO_EXTENSION = bytes(4)


def header(shape: Sequence[int], affine: Floats, *, kind: int = UINT8, oriented: bool = True) -> bytes:
    """Return all that stands before the voxels, little endian: 352 bytes, or 544 where an axis is too long for NIfTI-1.

    ``shape``: x, y, z, and channels where there are some; ``affine``: (4, 4), RAS, millimetres, from voxels to their
    centres. sform and qform both say it, with the code 1; a sheared one has no qform. ``oriented`` false: neither, and
    the voxel sizes alone. Values are stored as they are: slope 1, intercept 0.
    """
    sizes = np.linalg.norm(affine[:3, :3], axis=0)
    turned = _quaternion(affine, sizes) if oriented else None
    if turned is not None and _moves(turned, sizes, affine, shape) > NEAR_VOXELS:
        turned = None
    handed, *quaternion = turned or (1.0, 0.0, 0.0, 0.0)
    dims = [len(shape), *shape, *[1] * (7 - len(shape))]
    pixdim = [handed, *(float(size) for size in sizes), *[1.0] * 4]
    codes = (_SCANNER if turned is not None else 0, _SCANNER if oriented else 0)
    offset = affine[:3, 3].tolist() if turned is not None else [0.0] * 3
    rows = affine[:3].ravel().tolist() if oriented else [0.0] * 12
    voxels = (1.0, 0.0)  # slope, intercept
    if max(shape) <= MOST_SIDE_1:
        made = _FORM_1.pack(
            348, b"", b"", 0, 0, b"r", 0, *dims, 0.0, 0.0, 0.0, 0, kind, BITS[kind], 0, *pixdim, 352.0, *voxels,
            0, 0, _MILLIMETRES, 0.0, 0.0, 0.0, 0.0, 0, 0, b"", b"", *codes, *quaternion, *offset, *rows, b"", b"n+1",
        )  # fmt: skip
    else:
        made = _FORM_2.pack(
            540, b"n+2\0\r\n\x1a\n", kind, BITS[kind], *dims, 0.0, 0.0, 0.0, *pixdim, 544, *voxels, 0.0, 0.0, 0.0, 0.0,
            0, 0, b"", b"", *codes, *quaternion, *offset, *rows, 0, _MILLIMETRES, 0, b"", 0, b"",
        )  # fmt: skip
    return made + _NO_EXTENSION


def _quaternion(affine: Floats, sizes: Floats) -> tuple[float, float, float, float] | None:
    """Return qfac and b, c, d of the turn of an affine (a is not negative); null where an axis has no extent."""
    if not (sizes > 0).all():
        return None
    turn = affine[:3, :3] / sizes
    handed = -1.0 if np.linalg.det(turn) < 0 else 1.0
    turn = turn * [1.0, 1.0, handed]
    # The largest of the four squares divides: the others come of sums without loss.
    (xx, xy, xz), (yx, yy, yz), (zx, zy, zz) = turn.tolist()
    quarters = np.array(
        [
            [1 + xx + yy + zz, zy - yz, xz - zx, yx - xy],
            [zy - yz, 1 + xx - yy - zz, xy + yx, xz + zx],
            [xz - zx, xy + yx, 1 - xx + yy - zz, yz + zy],
            [yx - xy, xz + zx, yz + zy, 1 - xx - yy + zz],
        ]
    )
    row = quarters[int(np.argmax(quarters.diagonal()))]
    a, b, c, d = (row / np.linalg.norm(row) * (-1.0 if row[0] < 0 else 1.0)).tolist()
    del a
    return handed, b, c, d


def _moves(turned: tuple[float, float, float, float], sizes: Floats, affine: Floats, shape: Sequence[int]) -> float:
    """Return how far the farthest corner of a volume lies from where its affine says, in voxels, by its quaternion.

    As a reader has it: of numbers of 32 bits. Where the first number is near 0 they say little of it.
    """
    handed, b, c, d = (float(np.float32(each)) for each in turned)
    left = 1.0 - (b * b + c * c + d * d)
    a = left**0.5 if left >= LEAST_SQUARE else 0.0
    turn = np.array(
        [
            [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
            [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
            [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c],
        ]
    )
    away = turn * sizes * [1.0, 1.0, handed] - affine[:3, :3]
    corners = np.array(list(product(*((0, size - 1) for size in shape[:3]))), np.float64)
    return float(np.linalg.norm(corners @ away.T, axis=1).max() / sizes.min())
