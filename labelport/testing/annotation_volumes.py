"""Small image volumes, who their images are, and sets of structures on them: what formats of volumes are judged by."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.volumes.identities import Identities
from labelport.annotations.volumes.image_volume import ImageVolume
from labelport.annotations.volumes.known_volumes import known_volumes
from labelport.annotations.volumes.rows import VolumeFile, annotation_set
from labelport.annotations.volumes.structures import Labelled, Structure, cropped
from labelport.annotations.writing import Grids
from labelport.geometry.rings import Patch
from labelport.geometry.stacks import Stack

FILE = "volumes"
UID = "1.2.826.0.1.3680043.8.498"
"""Root of the UIDs here."""

CT_STORAGE = "1.2.840.10008.5.1.4.1.1.2"
COLUMNS, ROWS, PLANES = 9, 7, 4

Voxels = np.ndarray[Any, np.dtype[np.uint8]]
"""Shape (planes, rows, columns), 1 inside."""


def dicom_volume(series_id: str = "dicom-made", *, number: int = 1) -> ImageVolume:
    """Return an oblique stack of 9 x 7 x 4 voxels of 0.75 x 1.5 x 2.5 mm; ``number`` tells its UIDs from others'."""
    along_row, along_column = np.array([0.8, 0.6, 0.0]), np.array([-0.36, 0.48, 0.8])
    normal = np.cross(along_row, along_column)
    origins = np.array([-30.5, 12.25, 100.0 * number]) + 2.5 * np.arange(PLANES)[:, None] * normal
    stack = Stack(origins, along_row, along_column, row_mm=1.5, column_mm=0.75, rows=ROWS, columns=COLUMNS)
    return ImageVolume(
        series_id,
        "dicom",
        stack,
        stack.affine(),
        [f"scans/{series_id}/{plane}.dcm" for plane in range(PLANES)],
        [None] * PLANES,
        list(range(PLANES)),
        [f"{UID}.{number}.3.{plane}" for plane in range(PLANES)],
        f"{UID}.{number}.1",
        f"{UID}.{number}.2",
        f"{UID}.{number}.4",
    )


def nifti_volume(series_id: str = "nifti-made", *, key: str = "scans/made.nii.gz") -> ImageVolume:
    """Return a volume of 9 x 7 x 4 voxels with x from right to left; an empty series id: an unknown image."""
    affine = np.array([[-1.5, 0, 0, 40], [0, 0.75, 0, -20], [0, 0, 3, 5.5], [0, 0, 0, 1]], np.float64)
    stack = Stack.of_affine(affine, (COLUMNS, ROWS, PLANES))
    planes = list(range(PLANES))
    return ImageVolume(series_id, "nifti" if series_id else "none", stack, affine, [key] * PLANES, planes, [0] * PLANES)


def structure(name: str, number: str, voxels: Voxels) -> Structure:
    """Return a structure of voxels."""
    patches: dict[int, Patch] = {}
    for plane, mask in enumerate(voxels):
        patch = cropped(mask)
        if patch is not None:
            patches[plane] = patch
    return Structure(name, number, patches, pointer=number)


def bands(count: int, *, shape: tuple[int, int, int] = (PLANES, ROWS, COLUMNS)) -> list[Voxels]:
    """Return voxels of several structures, none shared: rings with holes, some planes empty."""
    planes, rows, columns = shape
    made = []
    for number in range(count):
        whole = np.zeros(shape, np.uint8)
        plane = number % planes
        whole[plane, 1 : rows - 1, 1 : columns - 1] = 1
        whole[plane, 2 : rows - 2, 2 : columns - 2] = 0
        if number < planes:
            whole[(plane + 1) % planes, 3, 3 : 3 + number + 1] = 1
        made.append(whole * (number < planes))
    return made


def labelled(image: ImageVolume, names: Sequence[str]) -> Labelled:
    """Return a structure of each name on a volume, numbered from 1; beyond the planes of the volume they are empty."""
    voxels = bands(len(names))
    return Labelled(image, [structure(name, str(n), voxels[n - 1]) for n, name in enumerate(names, 1)])


def volume_set(
    images: Sequence[ImageVolume], names: Sequence[str] = ("liver", "kidney"), *, file: str = FILE
) -> AnnotationSet:
    """Return a set of a structure of each name on each image volume, as a reader of volumes makes it."""
    return annotation_set([VolumeFile(file, [labelled(image, names) for image in images])])


def uneven(image: ImageVolume) -> ImageVolume:
    """Return a volume whose last plane lies twice as far."""
    stack = image.stack
    origins = stack.origins.copy()
    origins[-1] += origins[-1] - origins[-2]
    moved = replace(stack, origins=origins)
    return replace(image, stack=moved, affine=moved.affine())


class MadeIdentities:
    """Gives the UIDs that ``dicom_volume`` has. Implements ``Identifying``."""

    def of(self, image: ImageVolume, *, pseudonyms: bool = False) -> Identities:
        """Return them; raises ``ValueError`` for pseudonyms: there is no key."""
        if pseudonyms:
            raise ValueError("there is no key")
        return Identities(
            image.study_uid or "",
            image.series_uid or "",
            image.frame_of_reference_uid or "",
            [CT_STORAGE] * len(image.keys),
            [uid or "" for uid in image.sop_uids],
        )

    def own_uid(self, purpose: str, content: bytes) -> str:
        """Return a UID of content."""
        digest = hashlib.sha256(purpose.encode() + b"\0" + content).digest()
        return f"2.25.{int.from_bytes(digest[:16], 'big')}"


def grids_of(images: Sequence[ImageVolume]) -> Grids:
    """Return what a writer and a reader may look up, where these are the series of a dataset."""
    return Grids(known_volumes([image for image in images if image.known]), MadeIdentities())
