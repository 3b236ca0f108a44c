"""Volumes whose voxels are a function of where they lie in the patient, with structures that are one too."""

import io
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pydicom
from PIL import Image

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.volumes.image_volume import ImageVolume
from labelport.annotations.volumes.rows import VolumeFile, annotation_set
from labelport.annotations.volumes.structures import Labelled, Structure, cropped
from labelport.geometry.stacks import Stack
from tests.labelport.probing.dicom_files import data_set, saved
from tests.labelport.tiles.volumes import volume

Inside = Callable[[Any, Any, Any], Any]
"""Of x, y, z in LPS millimetres: a number, or whether it is inside, each of their shape."""


def stack_of(
    *,
    planes: int = 20,
    rows: int = 48,
    columns: int = 64,
    gap: float = 3.0,
    row_mm: float = 2.0,
    column_mm: float = 1.5,
    along_row: Sequence[float] = (1, 0, 0),
    along_column: Sequence[float] = (0, 1, 0),
    lean: Sequence[float] = (0, 0, 0),
) -> Stack:
    """Return planes around the origin of the patient; ``lean``: by how much more each lies beside the one before."""
    row, column = (np.array(each, float) / np.linalg.norm(each) for each in (along_row, along_column))
    step = np.cross(row, column) * gap + np.array(lean, float)
    middle = step * (planes - 1) / 2 + row * (columns - 1) * column_mm / 2 + column * (rows - 1) * row_mm / 2
    origins = -middle + np.arange(planes)[:, None] * step
    return Stack(origins, row, column, row_mm, column_mm, rows=rows, columns=columns)


def image_of(stack: Stack, *, series_id: str = "dicom-x", kind: Any = "dicom", keys: Sequence[str] = ()) -> ImageVolume:
    """Return the volume of a stack, an object a plane."""
    planes = range(stack.planes)
    return ImageVolume(
        series_id,
        kind,
        stack,
        stack.affine(),
        list(keys) or [f"s{plane:03}.dcm" for plane in planes],
        [None] * len(planes),
        list(planes),
    )


def values_of(stack: Stack, at: Inside) -> Any:
    """Return a function of places at the centre of each voxel, shape (planes, rows, columns)."""
    columns, rows = np.meshgrid(np.arange(stack.columns) + 0.5, np.arange(stack.rows) + 0.5)
    pixels = np.stack([columns.ravel(), rows.ravel()], axis=1)
    made = [at(*stack.points(pixels, plane).T) for plane in range(stack.planes)]
    return np.array(made).reshape(stack.planes, stack.rows, stack.columns)


def structure_of(stack: Stack, inside: Inside, name: str, **words: Any) -> Structure:
    """Return the voxels whose centres are inside."""
    patches = {plane: cropped(mask) for plane, mask in enumerate(values_of(stack, inside))}
    return Structure(name, words.pop("number", name), {p: each for p, each in patches.items() if each}, **words)


def labels(*labelled: Labelled, file: str = "labels.dcm") -> AnnotationSet:
    """Return the rows of structures on volumes."""
    return annotation_set([VolumeFile(file, labelled)])


def slices_of(stack: Stack, values: Any, *, series: int = 1, folder: str = "", **tags: Any) -> dict[str, bytes]:
    """Return DICOM slices by key, whose names and numbers run against the geometry."""
    made = {}
    for plane, pixels in enumerate(values):
        one: pydicom.Dataset = data_set(series * 1000 + plane, at=tuple(stack.origins[plane]))
        one.StudyInstanceUID, one.SeriesInstanceUID = f"2.25.7{series}", f"2.25.7{series}.1"
        one.FrameOfReferenceUID = f"2.25.7{series}.2"
        one.InstanceNumber = stack.planes - plane
        one.ImageOrientationPatient = [f"{each:.9f}" for each in (*stack.along_row, *stack.along_column)]
        one.PixelSpacing = [stack.row_mm, stack.column_mm]
        one.Rows, one.Columns = pixels.shape
        one.BitsAllocated, one.BitsStored, one.HighBit, one.PixelRepresentation = 16, 16, 15, 1
        for keyword, value in tags.items():
            setattr(one, keyword, value[plane] if isinstance(value, list) else value)
        one.PixelData = pixels.astype("<i2").tobytes()
        made[f"{folder}s{stack.planes - 1 - plane:03}.dcm"] = saved(one)
    return made


def nifti_of(stack: Stack, values: Any) -> bytes:
    """Return the values of a stack as a NIfTI volume."""
    return volume(np.ascontiguousarray(values.transpose(2, 1, 0)), stack.affine())


def coloured(png: bytes, colour: Sequence[int]) -> Any:
    """Return which pixels of a picture have a colour."""
    return (rgb(png) == np.array(colour)).all(axis=2)


def rgb(png: bytes) -> Any:
    """Return the pixels of a picture, shape (height, width, 3)."""
    with Image.open(io.BytesIO(png)) as picture:
        return np.asarray(picture.convert("RGB"))
