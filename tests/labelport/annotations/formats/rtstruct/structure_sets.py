"""Structure sets and the series that they are drawn on, made with pydicom."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import Any

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from labelport.annotations.formats.rtstruct.structure_set import read_structure_set
from labelport.annotations.said import Said
from labelport.annotations.volumes.image_volume import ImageVolume, Volumes
from labelport.annotations.volumes.known_volumes import FRAME_OF_REFERENCE, SERIES, SOP, STUDY, known_volumes
from labelport.annotations.volumes.rows import VolumeFile
from labelport.findings import Finding
from labelport.geometry.stacks import Stack
from labelport.options import AnnotationOptions
from labelport.privacy import pseudonym

CT_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.2"
RT_STRUCTURE_SET_STORAGE = "1.2.840.10008.5.1.4.1.1.481.3"

CLOSED, XOR, OPEN, POINT = "CLOSED_PLANAR", "CLOSEDPLANAR_XOR", "OPEN_PLANAR", "POINT"

Point = tuple[float, float, float]
"""Column, row, slice, as centres: (0, 0, 0) is the centre of the first pixel. The slice may be a fraction."""


@dataclass(frozen=True)
class Scan:
    """A series of images."""

    number: int = 1
    rows: int = 24
    columns: int = 32
    positions: tuple[float, ...] = tuple(3.0 * k for k in range(10))
    """Of the slices along the normal, millimetres."""

    matrix: Any = field(default_factory=lambda: np.eye(3))
    """Along a row, along a column, normal, as its columns."""

    frames: bool = False
    """One object has all slices as its frames."""

    study_number: int | None = None
    frame_of_reference: int | None = None
    row_mm: float = 2.0
    column_mm: float = 1.5

    @property
    def study_uid(self) -> str:
        return f"2.25.77{self.study_number or self.number}.1"

    @property
    def series_uid(self) -> str:
        return f"2.25.77{self.number}.2"

    @property
    def frame_uid(self) -> str:
        return f"2.25.77{self.frame_of_reference or self.number}.3"

    def sop_uid(self, plane: int) -> str:
        return f"2.25.77{self.number}.4.{0 if self.frames else plane}"

    def origin(self, plane: float) -> Any:
        along = float(np.interp(plane, range(len(self.positions)), self.positions))
        if plane < 0 or plane > len(self.positions) - 1:
            end = self.positions[0] if plane < 0 else self.positions[-1]
            along = end + (plane - np.clip(plane, 0, len(self.positions) - 1)) * 3.0
        return self.matrix @ np.array([-40.0, -30.0, 100.0 + along])

    def patient(self, point: Point) -> list[float]:
        x, y, plane = point
        moved = self.origin(plane) + self.matrix @ np.array([x * self.column_mm, y * self.row_mm, 0.0])
        return [float(value) for value in moved]

    def image(self, *, series_id: str = "", key: bytes | None = None) -> ImageVolume:
        def known(uid: str, tag: str) -> str:
            return uid if key is None else pseudonym(uid, tag=tag, key=key)

        planes = range(len(self.positions))
        stack = Stack(
            np.array([self.origin(plane) for plane in planes]),
            self.matrix[:, 0],
            self.matrix[:, 1],
            self.row_mm,
            self.column_mm,
            rows=self.rows,
            columns=self.columns,
        )
        return ImageVolume(
            series_id or f"dicom-{self.number}",
            "dicom",
            stack,
            stack.affine(),
            [f"scan{self.number}/{0 if self.frames else plane}.dcm" for plane in planes],
            [plane if self.frames else None for plane in planes],
            list(planes),
            [known(self.sop_uid(plane), SOP) for plane in planes],
            known(self.study_uid, STUDY),
            known(self.series_uid, SERIES),
            known(self.frame_uid, FRAME_OF_REFERENCE),
        )


@dataclass(frozen=True)
class Roi:
    """A structure of a made file."""

    contours: Sequence[tuple[str, Sequence[Point]]]
    name: str = "R"
    refers: int | None = 0
    """Slices beyond the one of its first point that a contour refers to; null: it refers to none."""

    of: Scan | None = None
    """The series that its contours are drawn on, where it is not the file's first."""


def square(x0: float, y0: float, x1: float, y1: float, plane: float) -> list[Point]:
    return [(x0, y0, plane), (x1, y0, plane), (x1, y1, plane), (x0, y1, plane)]


def structure_set(
    scan: Scan,
    rois: Sequence[Roi],
    *,
    also: Sequence[Scan] = (),
    edit: Callable[[Any], None] | None = None,
    syntax: str = ExplicitVRLittleEndian,
) -> bytes:
    """Return the bytes of a file; ``also``: further series that it refers to; ``edit`` changes its data set."""
    made = Dataset()
    made.SpecificCharacterSet = "ISO_IR 192"
    made.SOPClassUID, made.SOPInstanceUID = RT_STRUCTURE_SET_STORAGE, "2.25.77.9"
    made.StudyInstanceUID, made.SeriesInstanceUID, made.Modality = scan.study_uid, "2.25.77.8", "RTSTRUCT"
    made.PatientName, made.PatientID = "Secret^Name", "SECRET"
    by_frame: dict[str, list[Scan]] = {}
    for each in (scan, *also):
        by_frame.setdefault(each.frame_uid, []).append(each)
    made.ReferencedFrameOfReferenceSequence = [_referred(uid, scans) for uid, scans in by_frame.items()]
    made.StructureSetROISequence, made.ROIContourSequence, made.RTROIObservationsSequence = [], [], []
    for number, roi in enumerate(rois, 1):
        of = roi.of or scan
        declared = Dataset()
        declared.ROINumber, declared.ROIName = number, roi.name
        declared.ReferencedFrameOfReferenceUID, declared.ROIGenerationAlgorithm = of.frame_uid, ""
        made.StructureSetROISequence.append(declared)
        drawn = Dataset()
        drawn.ROIDisplayColor, drawn.ReferencedROINumber = [255, 128, number], number
        if roi.contours:
            drawn.ContourSequence = [_contour(of, kind, points, roi.refers) for kind, points in roi.contours]
        made.ROIContourSequence.append(drawn)
        observed = Dataset()
        observed.ObservationNumber, observed.ReferencedROINumber = number, number
        observed.RTROIInterpretedType, observed.ROIInterpreter = "ORGAN", "Secret^Reader"
        made.RTROIObservationsSequence.append(observed)
    if edit is not None:
        edit(made)
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = UID(syntax)
    made.file_meta.MediaStorageSOPClassUID = made.SOPClassUID
    made.file_meta.MediaStorageSOPInstanceUID = UID("2.25.77.9")
    into = BytesIO()
    made.save_as(into, enforce_file_format=True)
    return into.getvalue()


def _referred(frame_uid: str, scans: Sequence[Scan]) -> Dataset:
    study = Dataset()
    study.ReferencedSOPClassUID, study.ReferencedSOPInstanceUID = "1.2.840.10008.3.1.2.3.1", scans[0].study_uid
    study.RTReferencedSeriesSequence = []
    for each in scans:
        series = Dataset()
        series.SeriesInstanceUID, series.ContourImageSequence = each.series_uid, [_image(each, 0)]
        study.RTReferencedSeriesSequence.append(series)
    made = Dataset()
    made.FrameOfReferenceUID, made.RTReferencedStudySequence = frame_uid, [study]
    return made


def _contour(scan: Scan, kind: str, points: Sequence[Point], refers: int | None) -> Dataset:
    made = Dataset()
    made.ContourGeometricType, made.NumberOfContourPoints = kind, len(points)
    made.ContourData = [f"{value:.6f}" for point in points for value in scan.patient(point)]
    if refers is not None and points:
        plane = int(np.floor(points[0][2] + 0.5)) + refers
        if 0 <= plane < len(scan.positions):
            made.ContourImageSequence = [_image(scan, plane)]
    return made


def _image(scan: Scan, plane: int) -> Dataset:
    made = Dataset()
    made.ReferencedSOPClassUID, made.ReferencedSOPInstanceUID = CT_IMAGE_STORAGE, scan.sop_uid(plane)
    if scan.frames:
        made.ReferencedFrameNumber = plane + 1
    return made


SCAN = Scan()
KNOWN = known_volumes([SCAN.image()])

READ = dict[str, dict[int, Any]]


def read(
    body: bytes, volumes: Volumes = KNOWN, options: AnnotationOptions | None = None
) -> tuple[VolumeFile | None, list[Finding]]:
    """Return what is read of a file, and all that is said."""
    said = Said()
    made = read_structure_set(body, "s.dcm", volumes, options or AnnotationOptions(), said)
    return made, said.findings()


def codes(body: bytes, volumes: Volumes = KNOWN, options: AnnotationOptions | None = None) -> list[str]:
    return [each.code for each in read(body, volumes, options)[1]]


def pixels(made: VolumeFile | None, number: int = 1, *, series: int = 0) -> dict[int, int]:
    """Return how many voxels a structure has on each slice."""
    assert made is not None
    found = [each for each in made.labelled[series].structures if each.number == str(number)]
    assert len(found) == 1
    return {plane: int(patch.mask.sum()) for plane, patch in found[0].patches.items()}


def whole(made: VolumeFile | None, number: int = 1) -> Any:
    """Return a structure of the first series as one array of slices, rows, columns."""
    assert made is not None
    columns, rows, planes = made.labelled[0].image.shape
    array = np.zeros((planes, rows, columns), bool)
    for each in made.labelled[0].structures:
        if each.number == str(number):
            for plane, patch in each.patches.items():
                array[plane] = patch.onto(rows, columns)
    return array


def changed(scan: Scan, **changes: Any) -> Scan:
    return replace(scan, **changes)
