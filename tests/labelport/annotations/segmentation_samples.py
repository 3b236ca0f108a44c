"""Segmentation objects on the series of the contract, made by highdicom."""

import io
from functools import cache
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from labelport.annotations.volumes.image_volume import ImageVolume
from labelport.testing.annotation_exchange import Sample
from labelport.testing.annotation_volume_format import IMAGES
from labelport.testing.annotation_volumes import CT_STORAGE, UID, bands
from tests.labelport.annotations.volume_samples import dataset

NOT_SAID = {
    "PatientID": "1", "PatientName": "A^B", "PatientBirthDate": "", "PatientSex": "", "AccessionNumber": "", "StudyID": "1",
    "StudyDate": "20260101", "StudyTime": "000000", "ReferringPhysicianName": "", "PositionReferenceIndicator": "",
}  # fmt: skip
"""What every image must have, and nothing here looks at."""


@cache
def segmentation_samples() -> list[Sample]:
    """Return folders of segmentations; the test is skipped where highdicom is not installed."""
    highdicom = pytest.importorskip("highdicom", reason="the extra labelport[highdicom] is not installed")
    first, other, _ = IMAGES
    return [
        {"seg.dcm": segmentation(highdicom, first, "liver", "kidney")},
        {"a/one.dcm": segmentation(highdicom, first, "liver"), "b/no ending": segmentation(highdicom, other, "a", "b")},
    ]


def segmentation(highdicom: Any, image: ImageVolume, *names: str) -> bytes:
    """Return a binary segmentation of a segment of each name."""
    seg = highdicom.seg
    liver = highdicom.sr.CodedConcept("10200004", "SCT", "Liver")
    descriptions = [
        seg.SegmentDescription(number, name, liver, liver, seg.SegmentAlgorithmTypeValues.MANUAL)
        for number, name in enumerate(names, 1)
    ]
    made = seg.Segmentation(
        source_images=[slice_of(image, plane) for plane in range(image.stack.planes)],
        pixel_array=np.stack(bands(len(names)), axis=-1),
        segmentation_type=seg.SegmentationTypeValues.BINARY,
        segment_descriptions=descriptions,
        series_instance_uid=f"{UID}.8.1",
        series_number=1,
        sop_instance_uid=f"{UID}.8.2.{len(names)}",
        instance_number=1,
        manufacturer="made",
        manufacturer_model_name="made",
        software_versions="1",
        device_serial_number="1",
    )
    stream = io.BytesIO()
    made.save_as(stream)
    return stream.getvalue()


def slice_of(image: ImageVolume, plane: int) -> Dataset:
    """Return the header of a slice."""
    stack = image.stack
    made = dataset(
        SOPClassUID=CT_STORAGE,
        SOPInstanceUID=image.sop_uids[plane],
        StudyInstanceUID=image.study_uid,
        SeriesInstanceUID=image.series_uid,
        FrameOfReferenceUID=image.frame_of_reference_uid,
        Modality="CT",
        Rows=stack.rows,
        Columns=stack.columns,
        PixelSpacing=[stack.row_mm, stack.column_mm],
        SliceThickness=2.5,
        ImageOrientationPatient=[*stack.along_row.tolist(), *stack.along_column.tolist()],
        ImagePositionPatient=[round(value, 8) for value in stack.origins[plane].tolist()],
        InstanceNumber=plane + 1,
        SamplesPerPixel=1,
        PhotometricInterpretation="MONOCHROME2",
        BitsAllocated=16,
        BitsStored=16,
        HighBit=15,
        PixelRepresentation=0,
        **NOT_SAID,
    )
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return made
