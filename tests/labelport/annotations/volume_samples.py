"""Small folders of labels of volumes, made by nibabel and pydicom, on the series of the contract."""

import gzip
import io
import json
from typing import Any

import nibabel
import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID as UID_
from pydicom.uid import ExplicitVRLittleEndian

from labelport.annotations.volumes.image_volume import ImageVolume
from labelport.testing.annotation_exchange import Sample
from labelport.testing.annotation_volume_format import IMAGES
from labelport.testing.annotation_volumes import CT_STORAGE, UID, bands

nib: Any = nibabel
"""Untyped."""

RTSTRUCT = "1.2.840.10008.5.1.4.1.1.481.3"
LABELS = json.dumps([{"id": 1, "name": "liver"}, {"id": 2, "name": "kidney"}]).encode()


def nifti_body(image: ImageVolume, voxels: Any) -> bytes:
    """Return a gzip of a volume; ``voxels`` x, y, z, and channel where there is one."""
    made = nib.Nifti1Image(voxels, image.affine)
    made.header.set_xyzt_units("mm")
    return gzip.compress(made.to_bytes(), mtime=0)


def onehot_voxels() -> Any:
    return np.stack([each.transpose(2, 1, 0) for each in bands(2)], axis=-1)


def index_voxels() -> Any:
    first, second = (each.transpose(2, 1, 0) for each in bands(2))
    return first + 2 * second


def dicom_bytes(given: Dataset, sop_class: str, sop_uid: str) -> bytes:
    """Return a dataset as a file of explicit little endian."""
    given.SOPClassUID, given.SOPInstanceUID = sop_class, sop_uid
    given.file_meta = FileMetaDataset()
    given.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    given.file_meta.MediaStorageSOPClassUID, given.file_meta.MediaStorageSOPInstanceUID = UID_(sop_class), UID_(sop_uid)
    stream = io.BytesIO()
    given.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def dataset(**elements: Any) -> Dataset:
    """Return a dataset of elements by keyword; lists of datasets are sequences."""
    made = Dataset()
    for keyword, value in elements.items():
        setattr(made, keyword, value)
    return made


def structure_set(image: ImageVolume, *names: str) -> bytes:
    """Return a structure set of a square of each name on the planes 1 and 2 of a series."""
    rois, observations, contours = [], [], []
    for number, name in enumerate(names, 1):
        rois.append(dataset(ROINumber=number, ReferencedFrameOfReferenceUID=image.frame_of_reference_uid, ROIName=name))
        observations.append(dataset(ObservationNumber=number, ReferencedROINumber=number))
        corners = np.array([[2, 2], [5, 2], [5, 4 + number], [2, 4 + number]], np.float64)
        items = [
            dataset(
                ContourImageSequence=[
                    dataset(ReferencedSOPClassUID=CT_STORAGE, ReferencedSOPInstanceUID=image.sop_uids[plane])
                ],
                ContourGeometricType="CLOSED_PLANAR",
                NumberOfContourPoints=4,
                ContourData=[f"{value:.10g}" for value in image.stack.points(corners, plane).ravel()],
            )
            for plane in (1, 2)
        ]
        contours.append(dataset(ReferencedROINumber=number, ROIDisplayColor=[255, 0, number], ContourSequence=items))
    series = dataset(SeriesInstanceUID=image.series_uid)
    study = dataset(ReferencedSOPInstanceUID=image.study_uid, RTReferencedSeriesSequence=[series])
    frame = dataset(FrameOfReferenceUID=image.frame_of_reference_uid, RTReferencedStudySequence=[study])
    made = dataset(
        StudyInstanceUID=image.study_uid,
        SeriesInstanceUID=f"{UID}.9.1.{len(names)}",
        Modality="RTSTRUCT",
        StructureSetLabel="made",
        ReferencedFrameOfReferenceSequence=[frame],
        StructureSetROISequence=rois,
        ROIContourSequence=contours,
        RTROIObservationsSequence=observations,
    )
    return dicom_bytes(made, RTSTRUCT, f"{UID}.9.2.{len(names)}")


FIRST, _, NIFTI = IMAGES

VOLUME_SAMPLES: dict[str, list[Sample]] = {
    "nifti_index": [
        {"labels.json": LABELS, f"{NIFTI.series_id}.nii.gz": nifti_body(NIFTI, index_voxels())},
        {
            "labels.json": LABELS,
            f"segmentations/{FIRST.series_id}.nii.gz": nifti_body(FIRST, index_voxels()),
            f"segmentations/{NIFTI.series_id}.nii.gz": nifti_body(NIFTI, index_voxels()),
        },
    ],
    "nifti_onehot": [
        {"labels.json": LABELS, f"{NIFTI.series_id}.nii.gz": nifti_body(NIFTI, onehot_voxels())},
        {
            "labels.json": LABELS,
            f"segmentations/{FIRST.series_id}.nii.gz": nifti_body(FIRST, onehot_voxels()),
            f"segmentations/{NIFTI.series_id}.nii.gz": nifti_body(NIFTI, onehot_voxels()),
        },
    ],
    "rtstruct": [
        {"rs.dcm": structure_set(FIRST, "liver", "kidney")},
        {"a/one.dcm": structure_set(FIRST, "liver"), "b/no ending": structure_set(IMAGES[1], "lung", "spleen", "skin")},
    ],
}
