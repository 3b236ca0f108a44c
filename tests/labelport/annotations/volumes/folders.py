"""Image volumes of folders, read by independent libraries: what readers and writers of labels are tested on."""

from pathlib import Path

import nibabel as nib
import numpy as np
import pydicom

from labelport.annotations.volumes.image_volume import ImageVolume
from labelport.geometry.stacks import Stack


def dicom_volume(folder: Path, *, series_id: str = "", below: Path | None = None) -> ImageVolume:
    """Return the volume of a folder of DICOM slices of one series; keys are relative to ``below``, or names."""
    found = [(path, pydicom.dcmread(path, stop_before_pixels=True)) for path in sorted(folder.iterdir())]
    iop = np.array(found[0][1].ImageOrientationPatient, float)
    normal = np.cross(iop[:3], iop[3:])
    found.sort(key=lambda each: float(np.dot(each[1].ImagePositionPatient, normal)))
    first = found[0][1]
    stack = Stack(
        np.array([each.ImagePositionPatient for _, each in found], float),
        iop[:3],
        iop[3:],
        float(first.PixelSpacing[0]),
        float(first.PixelSpacing[1]),
        rows=int(first.Rows),
        columns=int(first.Columns),
    )
    return ImageVolume(
        series_id or f"dicom-{folder.name}",
        "dicom",
        stack,
        stack.affine(),
        [path.relative_to(below).as_posix() if below else path.name for path, _ in found],
        [None] * len(found),
        list(range(len(found))),
        [str(each.SOPInstanceUID) for _, each in found],
        str(first.StudyInstanceUID),
        str(first.SeriesInstanceUID),
        str(first.FrameOfReferenceUID),
    )


def nifti_volume(path: Path, *, series_id: str = "", key: str = "") -> ImageVolume:
    """Return the volume of a NIfTI file of three dimensions."""
    image = nib.Nifti1Image.from_filename(path)
    x, y, z = (int(size) for size in image.shape[:3])
    affine = np.array(image.affine, np.float64)
    planes = range(z)
    return ImageVolume(
        series_id or f"single-{path.name}",
        "nifti",
        Stack.of_affine(affine, (x, y, z)),
        affine,
        [key or path.name] * z,
        list(planes),
        [0] * z,
    )
