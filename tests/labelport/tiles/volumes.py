"""NIfTI volumes for the tests of tiles, as nibabel writes them."""

import io
import zlib
from typing import Any

import nibabel
import numpy as np

nib: Any = nibabel
"""nibabel, whose functions have no types."""

SHAPE = (12, 9, 7)
VOXELS = np.arange(np.prod(SHAPE), dtype=np.int16).reshape(SHAPE, order="F")


def volume(values: Any = VOXELS, affine: Any = None, *, kind: Any = nibabel.Nifti1Image) -> bytes:
    """Return a volume as one file."""
    return bytes(kind(values, np.eye(4) if affine is None else affine).to_bytes())


def halves() -> tuple[bytes, bytes]:
    """Return header and voxels of a pair."""
    made = {"header": io.BytesIO(), "image": io.BytesIO()}
    nib.Nifti1Pair(VOXELS, np.eye(4)).to_file_map(nib.Nifti1Pair.make_file_map(made))
    return made["header"].getvalue(), made["image"].getvalue()


def bomb(shape: tuple[int, ...], *, megabytes: int) -> bytes:
    """Return a compressed volume that says it has this shape, and so many megabytes of zeros."""
    header = nib.Nifti1Image(np.zeros((2, 2, 2), np.uint8), np.eye(4)).header
    header.set_data_shape(shape)
    header["vox_offset"] = 352
    sink = io.BytesIO()
    header.write_to(sink)
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = [packer.compress(sink.getvalue().ljust(352, b"\0"))]
    packed += [packer.compress(bytes(1 << 20)) for _ in range(megabytes)]
    return b"".join([*packed, packer.flush()])
