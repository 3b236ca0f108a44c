"""A CT-like stack whose files, numbers and positions disagree, and a NIfTI volume with its labels."""

import gzip
import io
from collections.abc import Iterator

import nibabel as nib
import numpy as np
from pydicom import dcmwrite
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

from labelport.demo.scenes import chest

FILE_NUMBERS = (8, 3, 11, 1, 6, 12, 4, 9, 2, 7, 10, 5)
"""Number in the file name of the slice at each position, from the feet up."""

STUDY = "labelport demo"
SPACING_MM = 5.0
SIZE = 128


def stack() -> Iterator[tuple[str, bytes]]:
    """Yield twelve slices. The order of names is none, instance numbers count down: only positions tell."""
    for place, number in enumerate(FILE_NUMBERS):
        yield f"dicom/ct_phantom/IM{number:04d}.dcm", slice_file(place)


def demo_uid(*parts: str, study: str = STUDY) -> str:
    """Return the UID of a part of a study of the demo: the same one each time."""
    return generate_uid(entropy_srcs=[study, *parts])


def slice_file(place: int, *, study: str = STUDY) -> bytes:
    """Return the slice at a position (0: nearest to the feet) as a DICOM file; UIDs are made of ``study``."""
    count = len(FILE_NUMBERS)
    dataset = Dataset()
    dataset.SOPClassUID = CTImageStorage
    dataset.SOPInstanceUID = demo_uid("slice", str(place), study=study)
    dataset.StudyInstanceUID = demo_uid("study", study=study)
    dataset.SeriesInstanceUID = demo_uid("series", study=study)
    dataset.FrameOfReferenceUID = demo_uid("frame of reference", study=study)
    dataset.PatientName, dataset.PatientID = "Phantom^Demo", "DEMO-0001"
    dataset.PatientBirthDate, dataset.PatientSex = "", "O"
    dataset.StudyDate, dataset.StudyTime, dataset.AccessionNumber = "20200101", "120000", ""
    dataset.ReferringPhysicianName, dataset.StudyID = "", "1"
    dataset.Modality, dataset.Manufacturer, dataset.BodyPartExamined = "CT", "Labelport", "CHEST"
    dataset.ImageType = ["DERIVED", "SECONDARY", "AXIAL"]
    dataset.PatientPosition, dataset.PositionReferenceIndicator = "HFS", ""
    dataset.SeriesNumber, dataset.AcquisitionNumber = 1, 1
    dataset.InstanceNumber = count - place
    dataset.SeriesDescription = "drawn chest"
    dataset.ImagePositionPatient = [-160.0, -160.0, -30.0 + SPACING_MM * place]
    dataset.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    dataset.PixelSpacing, dataset.SliceThickness = [2.5, 2.5], SPACING_MM
    dataset.SliceLocation = -30.0 + SPACING_MM * place
    dataset.Rows = dataset.Columns = SIZE
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 16, 15, 1
    dataset.RescaleIntercept, dataset.RescaleSlope, dataset.RescaleType = 0, 1, "HU"
    dataset.KVP, dataset.WindowCenter, dataset.WindowWidth = 120, 40, 400
    dataset.PixelData = chest(SIZE, level=1 - place / (count - 1), seed=1).astype("<i2").tobytes()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    out = io.BytesIO()
    dcmwrite(out, dataset, enforce_file_format=True)
    return out.getvalue()


def nifti() -> Iterator[tuple[str, bytes]]:
    """Yield a drawn chest as NIfTI, and the lungs in it as a label volume of the same shape and affine."""
    slices = [chest(64, level=level, seed=2) for level in nifti_levels()]
    volume = np.stack(slices, axis=-1).transpose(1, 0, 2)
    affine = nifti_affine()
    lungs = ((volume > -950) & (volume < -700)).astype(np.uint8)
    yield "nifti/chest.nii.gz", _compressed(volume, affine)
    yield "nifti/chest_seg.nii.gz", _compressed(lungs, affine)


def nifti_levels() -> list[float]:
    """Return the level of the chest on each plane, from the feet up."""
    return [1 - z / 23 for z in range(24)]


def nifti_affine() -> np.ndarray:
    """Return the affine (4, 4), RAS: 5 x 5 x 8 mm."""
    affine = np.diag([-5.0, -5.0, 8.0, 1.0])
    affine[:3, 3] = [160.0, 160.0, -90.0]
    return affine


def _compressed(voxels: np.ndarray, affine: np.ndarray) -> bytes:
    """Return voxels as .nii.gz; no time and no name in the gzip header, or the bytes would change."""
    image = nib.Nifti1Image(voxels, affine)  # type: ignore[no-untyped-call]
    image.header.set_xyzt_units("mm")  # type: ignore[no-untyped-call]
    return gzip.compress(image.to_bytes(), mtime=0)
