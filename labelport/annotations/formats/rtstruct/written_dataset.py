"""A structure set as a file: the modules of PS3.3 A.19, and its references to the images."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from labelport.annotations.formats.rtstruct.written_contours import Contour, Contours
from labelport.annotations.formats.rtstruct.written_elements import (
    EXPLICIT_VR,
    IMPLICIT_VR,
    DataSet,
    encoded,
    file_head,
    fits,
)
from labelport.annotations.formats.rtstruct.written_rois import Roi
from labelport.annotations.volumes.identities import Identities
from labelport.annotations.volumes.image_volume import ImageVolume

SOP_CLASS = "1.2.840.10008.5.1.4.1.1.481.3"
"""RT Structure Set Storage."""

STUDY_CLASS = "1.2.840.10008.3.1.2.3.1"
"""Detached Study Management: what studies are referred to by, though it is retired (PS3.3 C.8.8.5)."""

OwnUid = Callable[[str, bytes], str]
"""Gives a UID for (purpose, content): ``Identifying.own_uid``."""


@dataclass(frozen=True)
class StructureSet:
    """What a file holds."""

    image: ImageVolume
    identities: Identities
    rois: Sequence[Roi]
    contours: Sequence[Contours]
    """Of each ROI."""


def file_of(given: StructureSet, own_uid: OwnUid) -> bytes:
    """Return the bytes of a structure set. Its own UIDs come of its content: equal input gives equal bytes.

    Explicit VR little endian; implicit where a contour is too long for it.
    """
    head, body = _head(given), _body(given)
    explicit = fits(body)
    after = encoded(body, explicit=explicit)
    content = encoded(head, explicit=explicit) + after
    own = {
        "SOPInstanceUID": own_uid("structure set", content),
        "SeriesInstanceUID": own_uid("series of a structure set", content),
    }
    del content
    syntax = EXPLICIT_VR if explicit else IMPLICIT_VR
    before = encoded({**head, **own}, explicit=explicit)
    return b"".join((file_head(SOP_CLASS, own["SOPInstanceUID"], syntax), before, after))


def _head(given: StructureSet) -> DataSet:
    """Return what stands below group 3006, but for the UIDs of its own. Nothing is known of patient and times."""
    plain = all(roi.name.isascii() for roi in given.rois)
    return {
        **({} if plain else {"SpecificCharacterSet": "ISO_IR 192"}),
        "SOPClassUID": SOP_CLASS,
        "StudyDate": "",
        "StudyTime": "",
        "AccessionNumber": "",
        "Modality": "RTSTRUCT",
        "Manufacturer": "Labelport",
        "ReferringPhysicianName": "",
        "OperatorsName": "",
        "PatientName": "",
        "PatientID": "",
        "PatientBirthDate": "",
        "PatientSex": "",
        "StudyInstanceUID": given.identities.study_uid,
        "StudyID": "",
        "SeriesNumber": "",
        "FrameOfReferenceUID": given.identities.frame_of_reference_uid,
        "PositionReferenceIndicator": "",
    }


def _body(given: StructureSet) -> DataSet:
    frame_of_reference = given.identities.frame_of_reference_uid
    images = [_plane_reference(given, plane) for plane in range(given.image.stack.planes)]
    return {
        "StructureSetLabel": "Labelport",
        "StructureSetDate": "",
        "StructureSetTime": "",
        "ReferencedFrameOfReferenceSequence": [_frame_of_reference(given)],
        "StructureSetROISequence": [
            {
                "ROINumber": str(roi.number),
                "ReferencedFrameOfReferenceUID": frame_of_reference,
                "ROIName": roi.name,
                "ROIGenerationAlgorithm": "",
            }
            for roi in given.rois
        ],
        "ROIContourSequence": [
            _roi_contour(roi, contours, images) for roi, contours in zip(given.rois, given.contours, strict=True)
        ],
        "RTROIObservationsSequence": [
            {
                "ObservationNumber": str(number),
                "ReferencedROINumber": str(roi.number),
                "RTROIInterpretedType": "",
                "ROIInterpreter": "",
            }
            for number, roi in enumerate(given.rois, start=1)
        ],
        "ApprovalStatus": "UNAPPROVED",
    }


def _frame_of_reference(given: StructureSet) -> DataSet:
    identities = given.identities
    series: DataSet = {"SeriesInstanceUID": identities.series_uid, "ContourImageSequence": _objects(given)}
    study: DataSet = {
        "ReferencedSOPClassUID": STUDY_CLASS,
        "ReferencedSOPInstanceUID": identities.study_uid,
        "RTReferencedSeriesSequence": [series],
    }
    return {"FrameOfReferenceUID": identities.frame_of_reference_uid, "RTReferencedStudySequence": [study]}


def _objects(given: StructureSet) -> list[DataSet]:
    """Return a reference to each object of the images; to its frames where they are not the first ones on."""
    frames: dict[tuple[str, str], list[int]] = {}
    identities = given.identities
    for plane, both in enumerate(zip(identities.sop_class_uids, identities.sop_uids, strict=True)):
        frame = given.image.frames[plane]
        frames.setdefault(both, []).extend([] if frame is None else [frame])
    return [_reference(*both, sorted(several)) for both, several in frames.items()]


def _reference(sop_class: str, sop_uid: str, frames: Sequence[int]) -> DataSet:
    """Return a reference to an object, or to some of its frames; all of them are not named (PS3.3 10.3)."""
    named = {} if list(frames) == list(range(len(frames))) else {"ReferencedFrameNumber": _frame_numbers(frames)}
    return {"ReferencedSOPClassUID": sop_class, "ReferencedSOPInstanceUID": sop_uid, **named}


def _frame_numbers(frames: Sequence[int]) -> str:
    return "\\".join(str(frame + 1) for frame in frames)


def _plane_reference(given: StructureSet, plane: int) -> DataSet:
    """Return a reference to the image of a plane."""
    identities, frame = given.identities, given.image.frames[plane]
    made = {
        "ReferencedSOPClassUID": identities.sop_class_uids[plane],
        "ReferencedSOPInstanceUID": identities.sop_uids[plane],
    }
    return made if frame is None else {**made, "ReferencedFrameNumber": _frame_numbers([frame])}


def _roi_contour(roi: Roi, contours: Contours, images: Sequence[DataSet]) -> DataSet:
    made: Mapping[str, str] = {
        "ROIDisplayColor": "\\".join(map(str, roi.colour)),
        "ReferencedROINumber": str(roi.number),
    }
    if not contours.contours:
        return made
    return {
        **made,
        "ContourSequence": [_contour(each, contours.kind, images[each.plane]) for each in contours.contours],
    }


def _contour(contour: Contour, kind: str, image: DataSet) -> DataSet:
    return {
        "ContourImageSequence": [image],
        "ContourGeometricType": kind,
        "NumberOfContourPoints": str(contour.points),
        "ContourData": contour.text,
    }
