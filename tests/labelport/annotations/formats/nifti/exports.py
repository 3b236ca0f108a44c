"""Exports of NIfTI in memory, as nibabel and json see them."""

import gzip
import json
import struct
from collections.abc import Sequence
from typing import Any

import nibabel
import numpy as np

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.contract import Format
from labelport.annotations.formats.nifti import NIFTI_INDEX, NIFTI_ONEHOT
from labelport.annotations.outputs import MemoryOutput
from labelport.annotations.volumes.image_volume import ImageVolume
from labelport.annotations.volumes.rows import VolumeFile, annotation_set
from labelport.annotations.volumes.structures import Labelled
from labelport.annotations.writing import write_annotations
from labelport.findings import Finding
from labelport.testing.annotation_volumes import (
    PLANES,
    Voxels,
    grids_of,
    structure,
)

BOTH = (NIFTI_ONEHOT, NIFTI_INDEX)
nib: Any = nibabel
"""Untyped."""

FILE = "segmentations/dicom-made.nii.gz"


def written(
    chosen: Format, given: AnnotationSet, images: Sequence[ImageVolume] = ()
) -> tuple[dict[str, bytes], list[Finding]]:
    output = MemoryOutput()
    found = write_annotations(given, chosen, output, options=chosen.Options(), grids=grids_of(images))
    return output.files, found


def loaded(body: bytes) -> Any:
    """Return a volume as nibabel sees it."""
    plain = gzip.decompress(body)
    [size] = struct.unpack("<i", plain[:4])
    return (nib.Nifti1Image if size == 348 else nib.Nifti2Image).from_bytes(plain)


def stored(body: bytes) -> Any:
    """Return the voxels as they are stored: x, y, z and channel where there is one."""
    return np.asanyarray(loaded(body).dataobj)


def labels(files: dict[str, bytes]) -> Any:
    return [(each["id"], each["name"]) for each in json.loads(files["labels.json"])]


def codes(found: Sequence[Finding]) -> list[str]:
    return [each.code for each in found]


def of(image: ImageVolume, *named: tuple[str, str, Voxels]) -> AnnotationSet:
    """Return a set of structures: name, number, voxels."""
    return annotation_set([VolumeFile("source", [Labelled(image, [structure(*each) for each in named])])])


def box(plane: int, top: int, left: int, *, rows: int = 2, columns: int = 3) -> Voxels:
    made = np.zeros((PLANES, 7, 9), np.uint8)
    made[plane, top : top + rows, left : left + columns] = 1
    return made
