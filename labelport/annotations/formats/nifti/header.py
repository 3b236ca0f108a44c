"""The header of a volume of labels: how its voxels lie in the file, and where they lie in the patient."""

import math
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np

from labelport.annotations.files import AnnotationFile
from labelport.annotations.formats.nifti.inflating import GZIP, Bytes, Damaged
from labelport.annotations.said import Said
from labelport.geometry.affines import is_flat
from labelport.geometry.stacks import Floats
from labelport.probing.nifti import HEADER_BYTES, Layout, NotNifti, is_analyze, layout_of, name_disagrees
from labelport.probing.nifti_geometry import affines

DTYPES = {
    2: "u1", 4: "i2", 8: "i4", 16: "f4", 64: "f8", 256: "i1", 512: "u2", 768: "u4", 1024: "i8", 1280: "u8",
}  # fmt: skip
"""Types of voxels that can be labels, by the header's code (nifti1.h, ``datatype``)."""

MOST_SIDE = 1 << 16
"""Voxels along an axis."""


@dataclass(frozen=True, eq=False)
class Header:
    """What a NIfTI header says that was found to be possible."""

    dims: tuple[int, ...]
    """One to seven sizes, as stored; the first axis runs fastest."""

    dtype: np.dtype[Any]

    offset: int
    """Bytes in front of the voxels, of what is inflated."""

    scale: tuple[float, float] | None
    """Slope and intercept; null: voxels are as they are stored."""

    affine: Floats
    """Of the three axes of space, shape (4, 4), RAS, wherever the channels stand."""

    oriented: bool
    """False: neither sform nor qform says where the voxels lie."""

    pair: bool
    """The voxels lie in another file."""

    compressed: bool

    @property
    def promised(self) -> int:
        """Return how many bytes there must be."""
        return math.prod(self.dims) * self.dtype.itemsize + self.offset


def beginning_of(file: AnnotationFile) -> tuple[bytes, bool]:
    """Return the first bytes of a file, ``HEADER_BYTES`` at most, inflated, and whether they were compressed.

    Raises ``Damaged``, and what the file's ``read`` raises.
    """
    head = file.head(HEADER_BYTES)
    if head[:2] != GZIP:
        return head, False
    return Bytes(file, compressed=True, most=HEADER_BYTES).beginning(HEADER_BYTES), True


def sizes_of(head: bytes) -> tuple[tuple[int, ...], bool] | None:
    """Return the dimensions of a header and whether it is one of a pair; null where it is no NIfTI, or says none."""
    try:
        layout, little, pair = layout_of(head)
    except (NotNifti, ValueError):
        return None
    count, *sizes = _at(head, layout.dim, little=little)
    if not 1 <= count <= 7 or min(sizes[:count]) < 1:
        return None
    return tuple(sizes[:count]), pair


def header_of(file: AnnotationFile, said: Said) -> Header | None:
    """Return the header of a volume, or null with a finding: ``nifti.not_nifti``, ``nifti.truncated``,
    ``nifti.bad_header``, ``nifti.unsupported_type``, ``nifti.affine_not_finite``, ``nifti.affine_singular``.

    Beside it are said: ``nifti.name_disagrees``, ``nifti.sform_qform_differ``. Raises what the file's ``read`` raises.
    """
    try:
        head, compressed = beginning_of(file)
        layout, little, pair = layout_of(head)
    except (NotNifti, Damaged) as error:
        words = "it begins as no NIfTI file does" if isinstance(error, NotNifti) else "it begins as a damaged gzip file"
        if isinstance(error, NotNifti) and is_analyze(head, file.size):
            words = "it is ANALYZE 7.5, which does not say which side is left"
        said.say("nifti.not_nifti", file.name, "", words)
        return None
    except ValueError:
        said.say("nifti.truncated", file.name, "sizeof_hdr", "the file ends inside of its header", severity="error")
        return None
    return _checked(head, layout, file.name, said, little=little, pair=pair, compressed=compressed)


def _checked(
    head: bytes, layout: Layout, file: str, said: Said, *, little: bool, pair: bool, compressed: bool
) -> Header | None:
    count, *sizes = _at(head, layout.dim, little=little)
    if not 1 <= count <= 7 or min(sizes[:count]) < 1:
        words = "the dimensions are none: from 1 to 7 of them, each at least 1"
        said.say("nifti.bad_header", file, "dim", words, value=[count, *sizes])
        return None
    offset = _at(head, layout.vox_offset, little=little)[0]
    # Bytes of a single file in front of the first that can be a voxel: the header and the four that announce more.
    least = 0 if pair else layout.length + 4
    if not math.isfinite(offset) or offset < least or offset != int(offset):
        words = f"the voxels begin at no place in the file, which is a whole number from {least}"
        said.say("nifti.bad_header", file, "vox_offset", words, value=offset)
        return None
    code = _at(head, (layout.datatype, "h"), little=little)[0]
    if code not in DTYPES:
        said.say("nifti.unsupported_type", file, "datatype", "voxels are no whole or real numbers", value=code)
        return None
    placed = _affine(head, layout, sizes[:count], file, said, little=little)
    if placed is None:
        return None
    if name_disagrees(file, compressed=compressed, pair=pair):
        form = f"{'the header of a pair' if pair else 'one file'}, {'compressed' if compressed else 'not compressed'}"
        said.say("nifti.name_disagrees", file, "", f"the content is {form}; it counts, and not the name")
    dtype = np.dtype(DTYPES[code]).newbyteorder("<" if little else ">")
    scale = _scale(*_at(head, layout.slope, little=little))
    return Header(tuple(sizes[:count]), dtype, int(offset), scale, *placed, pair=pair, compressed=compressed)


def _scale(slope: float, intercept: float) -> tuple[float, float] | None:
    """Return slope and intercept where they change anything. A slope of 0 or none says: not scaled (nifti1.h)."""
    if slope == 0 or math.isnan(slope):
        return None
    intercept = 0.0 if math.isnan(intercept) else intercept
    return None if (slope, intercept) == (1, 0) else (slope, intercept)


def _affine(
    head: bytes, layout: Layout, sizes: list[int], file: str, said: Said, *, little: bool
) -> tuple[Floats, bool] | None:
    qform, sform = _at(head, layout.codes, little=little)
    numbers, flags = affines(
        _at(head, layout.pixdim, little=little),
        quaternion=_at(head, layout.quaternion, little=little),
        rows=_at(head, layout.rows, little=little),
        qform_code=qform,
        sform_code=sform,
    )
    field = "srow_x" if sform > 0 else "quatern_b" if qform > 0 else "pixdim"
    if numbers is None:
        said.say("nifti.affine_not_finite", file, field, "the volume lies nowhere")
        return None
    made = _with_thickness(np.array(numbers, np.float64).reshape(4, 4), sizes)
    if is_flat(made):
        said.say("nifti.affine_singular", file, field, "the axes of the volume have no extent, or lie in one plane")
        return None
    if "sform_qform_differ" in flags:
        words = "sform and qform put the labels in different places; the sform counts"
        said.say("nifti.sform_qform_differ", file, "srow_x", words)
    return made, "no_orientation" not in flags


def _with_thickness(affine: Floats, sizes: list[int]) -> Floats:
    """Return an affine whose third axis has an extent: a single plane may say none, and is nowhere else for it."""
    plane = np.cross(affine[:3, 0], affine[:3, 1])
    single = [*sizes, 1, 1, 1][2] == 1
    if affine[:3, 2].any() or not single or not plane.any():
        return affine
    made = affine.copy()
    made[:3, 2] = plane / np.linalg.norm(plane)
    return made


def _at(head: bytes, place: tuple[int, str], *, little: bool) -> tuple[Any, ...]:
    return struct.unpack_from(("<" if little else ">") + place[1], head, place[0])
