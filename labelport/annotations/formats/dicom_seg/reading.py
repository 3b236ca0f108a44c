"""Segmentation objects become rows: a category a segment, a mask a segment and slice.

Sizes are looked at before anything is decoded, frames are decoded one at a time, and of each only the box around its
voxels is kept. One segment or frame that is wrong costs no other.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from labelport.annotations.contract import Claim, Parsed, ReadContext
from labelport.annotations.dicom_class import FAULTS
from labelport.annotations.files import AnnotationFile
from labelport.annotations.formats.dicom_seg import sizes
from labelport.annotations.formats.dicom_seg.elements import text_of
from labelport.annotations.formats.dicom_seg.frames import frames_of
from labelport.annotations.formats.dicom_seg.highdicom_reader import (
    EXTRA,
    HighdicomAbsent,
    NoFrame,
    SegmentationFile,
    opened_segmentation,
)
from labelport.annotations.formats.dicom_seg.opening import LABEL_MAP, SEGMENTATION, opened_source, sizes_of
from labelport.annotations.formats.dicom_seg.placing import SAME_VOXEL, Placed
from labelport.annotations.formats.dicom_seg.resolving import Lying, lying_on
from labelport.annotations.formats.dicom_seg.segments import Kind, Segment, kind_of, segments_of
from labelport.annotations.said import Said
from labelport.annotations.volumes.rows import VolumeFile, annotation_set
from labelport.annotations.volumes.structures import Labelled, Structure, cropped, united
from labelport.errors import ObjectAbsent, ObjectChanged
from labelport.geometry.rings import Patch
from labelport.tiles.dicom_pixels import decoder_missing
from labelport.tiles.dicom_quiet import quiet
from labelport.tiles.picture import NoPicture

MOST_KEPT = 1 << 30
"""Pixels of the boxes around voxels, all slices and segments of an object together."""


def read(files: Mapping[str, AnnotationFile], claim: Claim, context: ReadContext) -> Parsed:
    """Return the rows of all objects that can be read."""
    found = []
    for name in claim.parts:
        try:
            with quiet():
                one = _object(files[name], context)
        except (ObjectAbsent, ObjectChanged, OSError) as error:
            words = f"the file could not be read: {type(error).__name__}"
            context.said.say("format.unreadable", name, "", words)
            continue
        if one is not None:
            found.append(one)
    return Parsed(annotation_set(found))


def _object(file: AnnotationFile, context: ReadContext) -> VolumeFile | None:
    said = context.said
    opened = _opened(file, said)
    if opened is None:
        return None
    header = opened.header
    if text_of(header, "SOPClassUID") not in (SEGMENTATION, LABEL_MAP):
        said.say("seg.unreadable", file.name, "(0008,0016)", "the object is no segmentation")
        return None
    kind = kind_of(header, file.name, said)
    if kind is None:
        return None
    frames = list(frames_of(header, opened.frames))
    lying = lying_on(header, frames, opened.size, file=file.name, volumes=context.volumes, said=said)
    if lying is None:
        return None
    _tell_placing(lying, file.name, said)
    voxels = _Voxels(segments_of(header, kind, file.name, said), kind, file.name, said)
    for placed in lying.placed:
        if not voxels.wants(placed):
            continue
        values = _decoded(opened, placed, file.name, said)
        if values is not None:
            voxels.take(placed, placed.turn.of(values))
        if voxels.kept > MOST_KEPT:
            words = f"boxes around the voxels have more than {MOST_KEPT:,} pixels together"
            said.say("seg.too_large", file.name, "(7FE0,0010)", words)
            return None
    uid = text_of(header, "SOPInstanceUID")
    same = context.volumes.same_object(uid) if uid else ""
    return VolumeFile(file.name, [Labelled(lying.image, voxels.structures())], same)


def _opened(file: AnnotationFile, said: Said) -> SegmentationFile | None:
    """Return the object where it can be read at all; else null, with a finding."""
    try:
        source = opened_source(file)
        told = sizes_of(source)
    except (*FAULTS, MemoryError) as error:
        said.say("seg.unreadable", file.name, "", f"the file is no whole DICOM object: {type(error).__name__}")
        return None
    if not sizes.sound(told, source, file.name, said):
        return None
    if (words := decoder_missing(source.syntax)) is not None:
        said.say("seg.no_decoder", file.name, "(0002,0010)", words)
        return None
    try:
        return opened_segmentation(source)
    except HighdicomAbsent:
        said.say("seg.no_reader", file.name, "", f"highdicom is not installed: install {EXTRA}")
    except (ObjectAbsent, ObjectChanged):
        raise
    except Exception as error:  # parsers raise many kinds, and some quote the file
        words = str(error) if isinstance(error, NoFrame) else f"its elements cannot be read: {type(error).__name__}"
        said.say("seg.unreadable", file.name, "", words)
    return None


def _decoded(opened: SegmentationFile, placed: Placed, file: str, said: Said) -> np.ndarray[Any, Any] | None:
    try:
        return opened.frame(placed.frame.number)
    except (ObjectAbsent, ObjectChanged, MemoryError):
        raise
    except Exception as error:  # decoders raise many kinds
        own = isinstance(error, NoPicture | NoFrame)
        words = f"the frame {error}" if isinstance(error, NoPicture) else str(error)
        said.say(
            "seg.bad_frame", file, placed.frame.pointer, words if own else f"cannot be decoded: {type(error).__name__}"
        )
        return None


def _tell_placing(lying: Lying, file: str, said: Said) -> None:
    """Say what was done to frames as they were placed."""
    turned = [each for each in lying.placed if each.turn.any]
    if turned:
        words = f"{len(turned):,} frames have other axes than the images; their pixels were turned, none resampled"
        said.say("seg.reoriented", file, turned[0].frame.pointer, words, count=len(turned))
    beside = [each for each in lying.placed if each.away > SAME_VOXEL]
    if beside:
        worst = max(beside, key=lambda each: each.away)
        words = f"{len(beside):,} frames lie between slices, at most {worst.away:.3g} of the gap beside one"
        said.say("seg.shifted", file, worst.frame.pointer, words, count=len(beside))


@dataclass
class _Voxels:
    """The patches of segments, as frames come in."""

    segments: Sequence[Segment]
    kind: Kind
    file: str
    said: Said
    kept: int = 0
    patches: dict[int, dict[int, Patch]] = field(default_factory=dict)
    pointers: dict[int, dict[int, str]] = field(default_factory=dict)
    unknown: Counter[int] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        for segment in self.segments:
            self.patches[segment.number], self.pointers[segment.number] = {}, {}

    def wants(self, placed: Placed) -> bool:
        """Return whether a frame is of a segment that is declared; else say that it is not."""
        number = placed.frame.segment
        if self.kind.type == "LABELMAP" or number in self.patches:
            return True
        if number is None:
            self.said.say(
                "seg.bad_frame", self.file, placed.frame.pointer, "the frame does not say of which segment it is"
            )
        else:
            words = f"the frame is of segment {number}, which is not declared"
            self.said.say("seg.unknown_segment", self.file, placed.frame.pointer, words, value=number)
        return False

    def take(self, placed: Placed, values: np.ndarray[Any, Any]) -> None:
        """Add the voxels of a frame, in the axes of the image."""
        if self.kind.type != "LABELMAP":
            inside = values >= self.kind.half if self.kind.type == "FRACTIONAL" else values != 0
            self._add(placed, int(placed.frame.segment or 0), inside)
            return
        for number in np.unique(values).tolist():
            if number == self.kind.background:
                continue
            inside = values == number
            if number in self.patches:
                self._add(placed, number, inside)
            else:
                self.unknown[number] += int(inside.sum())

    def _add(self, placed: Placed, number: int, inside: np.ndarray[Any, Any]) -> None:
        patch = cropped(inside)
        if patch is None:
            return
        here = self.patches[number]
        if placed.plane in here:
            words = f"segment {number} has another frame on slice {placed.plane}"
            self.said.say("seg.frames_united", self.file, placed.frame.pointer, words)
            self.kept -= here[placed.plane].mask.size
            patch = united([here[placed.plane], patch])
        self.kept += patch.mask.size
        here[placed.plane] = patch
        self.pointers[number].setdefault(placed.plane, placed.frame.pointer)

    def structures(self) -> list[Structure]:
        """Return the segments; those without voxels are told."""
        for number, count in sorted(self.unknown.items()):
            words = f"{count:,} voxels have the number {number}, which no segment has"
            self.said.say("seg.unknown_segment", self.file, "(0062,0002)", words, value=number)
        for segment in self.segments:
            if not self.patches[segment.number]:
                words = f"segment {segment.number} has no voxel"
                self.said.say("seg.empty_segment", self.file, segment.pointer, words)
        return [
            Structure(
                segment.label,
                str(segment.number),
                dict(sorted(self.patches[segment.number].items())),
                segment.colour,
                segment.pointer,
                self.pointers[segment.number],
            )
            for segment in self.segments
        ]
