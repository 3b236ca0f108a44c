"""DICOM files made here, and probing them from memory."""

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import (
    CTImageStorage,
    EnhancedMRImageStorage,
    ExplicitVRLittleEndian,
    RTStructureSetStorage,
    UltrasoundMultiFrameImageStorage,
)

from labelport.probing.contract import MediaRow, ProbeContext
from labelport.probing.dicom import PROBE

CT, ENHANCED, STRUCTURES, CLIP = (
    str(each)
    for each in (CTImageStorage, EnhancedMRImageStorage, RTStructureSetStorage, UltrasoundMultiFrameImageStorage)
)
AXIAL = (1, 0, 0, 0, 1, 0)
SAGITTAL = (0, 1, 0, 0, 0, -1)


def data_set(
    number: int = 1,
    *,
    at: Sequence[float] | None = (0, 0, 0),
    iop: Sequence[float] = AXIAL,
    sop_class: str = CT,
    frames: int | None = None,
    **tags: Any,
) -> Dataset:
    """Return an image of 4 x 6 pixels of value ``number``; ``tags`` by keyword, null removes one."""
    made = Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made.SOPClassUID, made.SOPInstanceUID = sop_class, f"2.25.1.{number}"
    made.Modality, made.StudyInstanceUID, made.SeriesInstanceUID = "CT", "2.25.2", "2.25.3"
    made.FrameOfReferenceUID, made.SeriesNumber, made.InstanceNumber = "2.25.4", 1, number
    made.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    if at is not None:
        made.ImagePositionPatient = [f"{value:.4f}" for value in at]
        made.ImageOrientationPatient, made.PixelSpacing = list(iop), [1, 1]
    made.Rows, made.Columns, made.SamplesPerPixel, made.PhotometricInterpretation = 4, 6, 1, "MONOCHROME2"
    made.BitsAllocated, made.BitsStored, made.HighBit, made.PixelRepresentation = 8, 8, 7, 0
    if frames:
        made.NumberOfFrames = frames
    for keyword, value in tags.items():
        setattr(made, keyword, value)
        if value is None:
            delattr(made, keyword)
    if "Rows" in made:
        made.PixelData = bytes([number % 256]) * (made.Rows * made.Columns * made.SamplesPerPixel * (frames or 1))
    return made


def enhanced(number: int, planes: Sequence[tuple[str, int, Sequence[float]]], **tags: Any) -> Dataset:
    """Return an enhanced image; ``planes``: stack, number in it, orientation of each frame, 4 mm apart."""
    frames = []
    for stack, place, iop in planes:
        content, position, orientation, measures, frame = (Dataset() for _ in range(5))
        content.StackID, content.InStackPositionNumber = stack, place + 1
        normal = np.cross(iop[:3], iop[3:])
        position.ImagePositionPatient = [f"{value:.4f}" for value in 4.0 * place * normal]
        orientation.ImageOrientationPatient = list(iop)
        measures.PixelSpacing, measures.SliceThickness = [1, 1], 4
        frame.FrameContentSequence, frame.PlanePositionSequence = Items([content]), Items([position])
        frame.PlaneOrientationSequence, frame.PixelMeasuresSequence = Items([orientation]), Items([measures])
        frames.append(frame)
    groups: dict[str, Any] = {"PerFrameFunctionalGroupsSequence": Items(frames)}
    return data_set(number, at=None, sop_class=ENHANCED, frames=len(planes), **groups, **tags)


def structures(series: str | None, *, number: int = 900, reference: str = "2.25.4") -> Dataset:
    """Return a structure set that refers to a series."""
    made = data_set(number, at=None, sop_class=STRUCTURES, FrameOfReferenceUID=reference, SeriesInstanceUID="2.25.99")
    for keyword in ("Rows", "Columns", "PixelData", "BitsAllocated", "BitsStored", "HighBit", "ImageType"):
        delattr(made, keyword)
    if series:
        inner, study, frame = Dataset(), Dataset(), Dataset()
        inner.SeriesInstanceUID = series
        study.RTReferencedSeriesSequence = Items([inner])
        frame.RTReferencedStudySequence, frame.FrameOfReferenceUID = Items([study]), reference
        made.ReferencedFrameOfReferenceSequence = Items([frame])
    return made


def saved(made: Dataset) -> bytes:
    """Return the bytes of a file."""
    sink = io.BytesIO()
    made.save_as(sink, enforce_file_format=True)
    return sink.getvalue()


class Reads:
    """Range reads of bytes in memory, counted."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.calls: list[tuple[int, int]] = []

    def __call__(self, start: int, length: int, /) -> bytes:
        self.calls.append((start, length))
        return self.content[start : start + length]


def probed(content: bytes, *, head: int = 16 << 10, reads: Reads | None = None, **context: Any) -> MediaRow:
    """Return the row of a file that lies in memory."""
    known = ProbeContext(key="a.dcm", **context)
    return PROBE.probe(content[:head], len(content), reads or Reads(content), PROBE.limits, known)
