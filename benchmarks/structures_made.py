"""A CT and an RT Structure Set on it, as a planning system would write them: made by numpy and pydicom, always the same.

100 slices of 512 x 512, and ten structures of 441 closed contours and some 88,000 points: smooth outlines with a little
noise, of a body, organs that wander from slice to slice, and two shells with a hole on each slice.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import UID, ExplicitVRLittleEndian

from benchmarks.mediaset import CACHE

VERSION = 1
SEED = 20171
SIZE, SLICES = 512, 100
SPACING_MM, STEP_MM = 0.9765625, 3.0
# No point with two decimals lies on a pixel's centre: every rule of edges gives the same pixels.
ORIGIN = (-249.51171875, -249.51171875, -150.5)

CT, STRUCTURES = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.481.3"
ROOT_UID = "1.2.826.0.1.3680043.10.1234.7"
STUDY, SERIES, FRAME = (f"{ROOT_UID}.{number}" for number in (1, 2, 3))

Holes = Literal["nested", "xor", "keyhole"]
HOLES: tuple[Holes, ...] = ("nested", "xor", "keyhole")
"""How a hole is said: a closed contour inside of another, two exclusive ones, or one contour with a seam."""


@dataclass(frozen=True)
class Organ:
    """A structure of the set: an outline on each of some slices."""

    name: str
    first: int
    slices: int
    points: int
    """On each outline."""

    centre: tuple[float, float]
    radii: tuple[float, float]
    """Pixels."""

    hole: float = 0.0
    """Share of the radii; 0: none."""


ORGANS = (
    Organ("Body", 0, 100, 340, (256, 250), (190, 125)),
    Organ("Lung left", 20, 70, 170, (345, 240), (52, 78)),
    Organ("Lung right", 20, 70, 170, (165, 242), (55, 80)),
    Organ("Heart", 22, 36, 150, (275, 215), (45, 40)),
    Organ("Liver", 2, 40, 220, (200, 225), (78, 60)),
    Organ("Cord", 60, 30, 60, (256, 325), (9, 8)),
    Organ("Oesophagus", 65, 29, 60, (262, 285), (8, 10)),
    Organ("Kidney", 1, 16, 100, (330, 290), (24, 28)),
    Organ("Bladder wall", 0, 20, 200, (256, 180), (42, 34), hole=0.8),
    Organ("Target shell", 40, 5, 300, (345, 240), (38, 40), hole=0.5),
)


@dataclass(frozen=True)
class Made:
    """Where the files are."""

    series: Path
    """A folder of slices."""

    structures: dict[Holes, Path]
    contours: int
    points: int
    """Of the file with nested holes."""


def made(*, slices: int = SLICES, say: Callable[[str], None] = print) -> Made:
    """Return the files; made where they are not there yet (a few seconds, 55 MB). Fewer ``slices``: a smaller set."""
    folder = CACHE / f"structures-{VERSION}-{slices}"
    paths: dict[Holes, Path] = {holes: folder / f"{holes}.dcm" for holes in HOLES}
    if not (folder / "done").exists():
        say(f"making a CT of {slices} slices and its structures in {folder} (once)")
        write_series(folder / "ct", slices)
        for holes, path in paths.items():
            structure_set(slices, holes).save_as(path, enforce_file_format=True)
        (folder / "done").touch()
    counts = [len(ring) for organ in ORGANS for _, rings in outlines(organ, slices) for ring in rings]
    return Made(folder / "ct", paths, len(counts), sum(counts))


def write_series(folder: Path, slices: int) -> None:
    """Write the slices of the CT."""
    folder.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(SEED).integers(-40, 40, (SIZE, SIZE), np.int16)
    rows, columns = np.mgrid[:SIZE, :SIZE]
    body = np.hypot((columns - 256) / 190, (rows - 250) / 125) < 1
    for number in range(slices):
        one = _file(CT, _sop(number))
        one.Modality, one.PatientID, one.PatientName = "CT", "MADE", "Made"
        one.StudyInstanceUID, one.SeriesInstanceUID, one.FrameOfReferenceUID = STUDY, SERIES, FRAME
        one.SeriesNumber, one.InstanceNumber = 1, number + 1
        one.ImagePositionPatient = [*ORIGIN[:2], ORIGIN[2] + number * STEP_MM]
        one.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        one.PixelSpacing, one.SliceThickness = [SPACING_MM, SPACING_MM], STEP_MM
        one.Rows, one.Columns, one.SamplesPerPixel, one.PhotometricInterpretation = SIZE, SIZE, 1, "MONOCHROME2"
        one.BitsAllocated, one.BitsStored, one.HighBit, one.PixelRepresentation = 16, 16, 15, 1
        one.RescaleSlope, one.RescaleIntercept = 1, 0
        pixels = np.where(body, np.int16(30), np.int16(-1000)) + np.roll(noise, number, axis=1)
        one.PixelData = pixels.astype("<i2").tobytes()
        one.save_as(folder / f"slice_{number:03d}.dcm", enforce_file_format=True)


def structure_set(slices: int, holes: Holes) -> FileDataset:
    """Return the structure set."""
    one = _file(STRUCTURES, f"{ROOT_UID}.9.{HOLES.index(holes)}")
    one.Modality, one.PatientID, one.PatientName = "RTSTRUCT", "MADE", "Made"
    one.StudyInstanceUID, one.SeriesInstanceUID = STUDY, f"{ROOT_UID}.4"
    one.StructureSetLabel, one.StructureSetDate, one.StructureSetTime = "MADE", "20260101", "120000"
    images = [_reference(number) for number in range(slices)]
    series = _items(SeriesInstanceUID=SERIES, ContourImageSequence=Sequence(images))
    study = _items(
        ReferencedSOPClassUID="1.2.840.10008.3.1.2.3.1",
        ReferencedSOPInstanceUID=STUDY,
        RTReferencedSeriesSequence=series,
    )
    one.ReferencedFrameOfReferenceSequence = _items(FrameOfReferenceUID=FRAME, RTReferencedStudySequence=study)
    declared, drawn, observed = Sequence(), Sequence(), Sequence()
    for number, organ in enumerate(ORGANS, start=1):
        declared += _items(
            ROINumber=number, ReferencedFrameOfReferenceUID=FRAME, ROIName=organ.name, ROIGenerationAlgorithm="MANUAL"
        )
        contours = [
            _contour(points, plane, exclusive=holes == "xor" and organ.hole > 0)
            for plane, rings in outlines(organ, slices)
            for points in ([_keyhole(*rings)] if holes == "keyhole" and len(rings) > 1 else rings)
        ]
        drawn += _items(
            ROIDisplayColor=[255, 20 * number, 0], ContourSequence=Sequence(contours), ReferencedROINumber=number
        )
        observed += _items(
            ObservationNumber=number, ReferencedROINumber=number, RTROIInterpretedType="ORGAN", ROIInterpreter=""
        )
    one.StructureSetROISequence, one.ROIContourSequence, one.RTROIObservationsSequence = declared, drawn, observed
    return one


def outlines(organ: Organ, slices: int) -> Iterator[tuple[int, list[Any]]]:
    """Yield planes with their rings, shape (points, 2), millimetres with two decimals: the outer one, then its hole."""
    chance = np.random.default_rng([SEED, *organ.name.encode()])
    waves = np.arange(2, 8)
    heights, phases = chance.normal(0, 0.12, len(waves)) / waves, chance.uniform(0, math.tau, len(waves))
    angles = np.linspace(0, math.tau, organ.points, endpoint=False)
    for place in range(organ.slices):
        along = place / max(organ.slices - 1, 1)
        # Ends are smaller; the outline turns and wanders from slice to slice.
        swell = 0.55 + 0.45 * math.sin(math.pi * (0.1 + 0.8 * along))
        shape = 1 + (heights[:, None] * np.cos(waves[:, None] * angles + phases[:, None] + along)).sum(axis=0)
        away = chance.normal(0, 1.0, 2)
        rings = []
        for share in (1.0, organ.hole)[: 1 + (organ.hole > 0)]:
            radius = swell * share * (shape + chance.normal(0, 0.004, organ.points))
            x = organ.centre[0] + away[0] + organ.radii[0] * radius * np.cos(angles)
            y = organ.centre[1] + away[1] + organ.radii[1] * radius * np.sin(angles)
            rings.append(np.round(np.stack([x, y], axis=1) * SPACING_MM + ORIGIN[:2], 2))
        if organ.first + place < slices:
            yield organ.first + place, rings


def _keyhole(outer: Any, hole: Any) -> Any:
    """Return one ring that runs around, in along a seam, around the hole the other way, and out along the seam."""
    return np.concatenate([outer, outer[:1], hole[:1], hole[:0:-1], hole[:1]])


def _contour(points: Any, plane: int, *, exclusive: bool) -> Dataset:
    one = Dataset()
    one.ContourImageSequence = Sequence([_reference(plane)])
    one.ContourGeometricType = "CLOSEDPLANAR_XOR" if exclusive else "CLOSED_PLANAR"
    one.NumberOfContourPoints = len(points)
    z = ORIGIN[2] + plane * STEP_MM
    one.ContourData = [text for x, y in points.tolist() for text in (f"{x:.2f}", f"{y:.2f}", f"{z:.2f}")]
    return one


def _reference(plane: int) -> Dataset:
    return _items(ReferencedSOPClassUID=CT, ReferencedSOPInstanceUID=_sop(plane))[0]


def _sop(plane: int) -> str:
    return f"{ROOT_UID}.5.{plane + 1}"


def _items(**values: Any) -> Sequence:
    """Return a sequence of one item."""
    one = Dataset()
    for name, value in values.items():
        setattr(one, name, value)
    return Sequence([one])


def _file(sop_class: str, sop: str) -> FileDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = UID(sop_class), UID(sop)
    meta.TransferSyntaxUID, meta.ImplementationClassUID = ExplicitVRLittleEndian, UID(f"{ROOT_UID}.6")
    one = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    one.SOPClassUID, one.SOPInstanceUID = UID(sop_class), UID(sop)
    return one
