"""Slices of CT made here, segmentation objects that highdicom makes of them, and reading these from memory."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.util import find_spec
from typing import Any

import numpy as np
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, JPEG2000Lossless

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.contract import Claim, ReadContext
from labelport.annotations.files import in_memory
from labelport.annotations.formats.dicom_seg import DICOM_SEG
from labelport.annotations.said import Said
from labelport.annotations.volumes.gathering import drawn_volumes
from labelport.annotations.volumes.image_volume import ImageVolume, Volumes
from labelport.annotations.volumes.known_volumes import known_volumes
from labelport.annotations.volumes.structures import Structure
from labelport.findings import Finding
from labelport.geometry.stacks import Stack
from tests.labelport.probing.dicom_files import AXIAL, data_set
from tests.needs import absent

Mask = np.ndarray[Any, Any]
OBLIQUE = (0.8, 0.6, 0, -0.36, 0.48, 0.8)
FILE = "seg.dcm"


def needs_highdicom() -> None:
    """Skip the test where the extra is not installed."""
    if find_spec("highdicom") is None:
        absent("highdicom", "highdicom is not installed: labelport[highdicom]")


def slices(planes: int = 5, *, rows: int = 12, columns: int = 16, iop: Sequence[float] = AXIAL) -> list[Dataset]:
    """Return CT slices 3 mm apart, pixels 2 mm from row to row and 1.5 from column to column."""
    normal = np.cross(iop[:3], iop[3:])
    found = []
    for number in range(planes):
        made = data_set(number + 1, at=(np.array([-30.0, 20, 100]) + 3.0 * number * normal).tolist(), iop=iop)
        made.Rows, made.Columns, made.PixelSpacing, made.SliceThickness = rows, columns, [2, 1.5], 3
        made.PixelData = bytes(rows * columns)
        made.PatientID, made.PatientName, made.PatientBirthDate, made.PatientSex = "1", "A^B", "", ""
        made.AccessionNumber, made.StudyID, made.StudyDate, made.StudyTime = "", "", "20200101", "000000"
        made.file_meta.MediaStorageSOPClassUID = made.SOPClassUID
        found.append(made)
    return found


def volume(images: Sequence[Dataset], *, series_id: str = "dicom-ct") -> ImageVolume:
    """Return the image volume of slices that stand in order."""
    first = images[0]
    iop = np.array(first.ImageOrientationPatient, float)
    origins = np.array([each.ImagePositionPatient for each in images], float)
    down, along = (float(each) for each in first.PixelSpacing)
    stack = Stack(origins, iop[:3], iop[3:], down, along, rows=first.Rows, columns=first.Columns)
    count = range(len(images))
    return ImageVolume(
        series_id,
        "dicom",
        stack,
        stack.affine(),
        [f"ct/{number}.dcm" for number in count],
        [None] * len(images),
        list(count),
        [str(each.SOPInstanceUID) for each in images],
        str(first.StudyInstanceUID),
        str(first.SeriesInstanceUID),
        str(first.FrameOfReferenceUID),
    )


def segmentation(
    images: Sequence[Dataset],
    masks: Mask,
    *,
    kind: str = "BINARY",
    syntax: str = ExplicitVRLittleEndian,
    labels: Sequence[str] | None = None,
    colours: Mapping[int, tuple[int, int, int]] | None = None,
    **options: Any,
) -> Dataset:
    """Return highdicom's object of masks, shape (planes, rows, columns, segments); LABELMAP and FRACTIONAL too."""
    needs_highdicom()
    if syntax == JPEG2000Lossless and find_spec("openjpeg") is None:
        absent("dicom-codecs", "pylibjpeg-openjpeg is not installed: labelport[dicom-codecs]")
    import highdicom as hd

    count = masks.shape[3]
    described = [
        hd.seg.SegmentDescription(
            number,
            (labels or [f"part {each}" for each in range(1, count + 1)])[number - 1],
            hd.sr.coding.CodedConcept("85756007", "SCT", "Tissue"),
            hd.sr.coding.CodedConcept("85756007", "SCT", "Tissue"),
            hd.seg.SegmentAlgorithmTypeValues.MANUAL,
            display_color=hd.color.CIELabColor.from_rgb(*colours[number]) if colours and number in colours else None,
        )
        for number in range(1, count + 1)
    ]
    made = hd.seg.Segmentation(
        source_images=list(images),
        pixel_array=masks,
        segmentation_type=kind,
        segment_descriptions=described,
        series_instance_uid="2.25.500",
        series_number=7,
        sop_instance_uid="2.25.501",
        instance_number=1,
        manufacturer="m",
        manufacturer_model_name="m",
        software_versions="1",
        device_serial_number="1",
        transfer_syntax_uid=syntax,
        **options,
    )
    return dcmread(io.BytesIO(saved(made)))  # in highdicom's object frames share their items


def saved(made: Dataset) -> bytes:
    """Return the bytes of a file."""
    sink = io.BytesIO()
    made.save_as(sink)
    return sink.getvalue()


def read_set(
    body: bytes, *images: ImageVolume, volumes: Volumes | None = None, name: str = FILE
) -> tuple[AnnotationSet, list[Finding], ReadContext]:
    """Return what is read of an object, what is said, and the context."""
    said = Said()
    context = ReadContext(said=said)
    if images or volumes is not None:
        context = replace(context, volumes=volumes or known_volumes(images))
    file = in_memory(name, body)
    parsed = DICOM_SEG.read({name: file}, Claim((name,)), context)
    return parsed.annotations, said.findings(), context


def codes(findings: Sequence[Finding]) -> list[tuple[str, str]]:
    """Return code and pointer of findings."""
    return [(each.code, each.pointer) for each in findings]


def masks_of(found: AnnotationSet, context: ReadContext) -> dict[str, tuple[str, Mask]]:
    """Return name and mask (planes, rows, columns) by number, of a set on one volume."""
    made: dict[str, tuple[str, Mask]] = {}
    for drawn in drawn_volumes(found, context.volumes, context.said):
        for each in drawn.structures:
            made[each.number] = (each.name, dense(each, drawn.image.shape))
    return made


def dense(structure: Structure, shape: tuple[int, int, int]) -> Mask:
    """Return the whole mask of a structure, shape (planes, rows, columns)."""
    columns, rows, planes = shape
    whole = np.zeros((planes, rows, columns), bool)
    for plane, patch in structure.patches.items():
        whole[plane] = patch.onto(rows, columns) > 0
    return whole


def blobs(images: Sequence[Dataset], segments: int = 2, *, seed: int = 1, share: float = 0.3) -> Mask:
    """Return random masks, shape (planes, rows, columns, segments); they overlap."""
    shape = (len(images), images[0].Rows, images[0].Columns, segments)
    return np.random.default_rng(seed).random(shape) < share
