"""The series that a segmentation lies on."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from labelport.annotations.formats.dicom_seg.elements import items_of, text_of
from labelport.annotations.formats.dicom_seg.frames import Framed
from labelport.annotations.formats.dicom_seg.placing import Mismatch, OffPlane, Placed, Slices
from labelport.annotations.said import Said
from labelport.annotations.volumes.image_volume import ImageVolume, Volumes
from labelport.geometry.stacks import GeometryFault, Stack

ONE_POSITION_MM = 1e-3
"""Frames as near as that to each other along the normal are of one plane of a grid of their own."""

SAME_DIRECTION = 1e-4

SHOWN = 3
"""Series ids that a finding names."""


@dataclass
class Lying:
    """Frames of a segmentation on one image volume."""

    image: ImageVolume
    placed: list[Placed] = field(default_factory=list)
    off: list[tuple[Framed, str]] = field(default_factory=list)
    mismatch: tuple[Framed, str] | None = None


def lying_on(
    header: Any, frames: Sequence[Framed], size: tuple[int, int], *, file: str, volumes: Volumes, said: Said
) -> Lying | None:
    """Return where the frames lie; null, with a finding, where they cannot be placed. ``size``: rows, columns.

    The series that the object refers to, else those of its frame of reference; of several the one that most frames
    lie on. Where no images were named, the frames are a grid of their own.
    """
    if not volumes.asked:
        own = _own_grid(frames, size, file)
        if own is None:
            said.say("seg.unresolved_series", file, "(5200,9230)", "no images were named, and frames are no one grid")
        return None if own is None else _judged(_lying(own, frames, size, volumes), file, said)
    within = set(volumes.of_study(text_of(header, "StudyInstanceUID")))
    if not within:
        said.say("seg.study_differs", file, "(0020,000D)", "no series of the dataset is of the study of this object")
        return None
    images = [
        image
        for item in items_of(header, "ReferencedSeriesSequence")
        for image in volumes.of_series_uid(text_of(item, "SeriesInstanceUID"))
    ]
    named = True
    if not images and (uid := text_of(header, "FrameOfReferenceUID")):
        images = volumes.of_frame_of_reference(uid)
        named = False
    images = [image for image in images if image.kind == "dicom"]
    if not images:
        words = "neither the series nor the frame of reference that it refers to is one of the dataset"
        said.say("seg.unresolved_series", file, "(0008,1115)", words)
        return None
    others = [image.series_id for image in images if image.series_id not in within]
    if others:
        words = f"it refers to {', '.join(others[:SHOWN])}, of another study than its own"
        said.say("seg.study_differs", file, "(0008,1115)", words)
        return None
    each = [_lying(image, frames, size, volumes) for image in images]
    best = max(map(_fit, each))
    chosen = _chosen([one for one in each if _fit(one) == best], volumes, file, said)
    judged = _judged(chosen, file, said)
    if judged is not None and named:
        _tell_frame(header, judged.image, volumes, file, said)
    if judged is not None and not named:
        words = f"the series that it refers to is not in the dataset; frames were placed on {judged.image.series_id}"
        said.say("seg.by_frame_of_reference", file, "(0008,1115)", words)
    return judged


def _tell_frame(header: Any, image: ImageVolume, volumes: Volumes, file: str, said: Said) -> None:
    """Say that an object has another frame of reference than its images: equal numbers are other places there."""
    uid = text_of(header, "FrameOfReferenceUID")
    if not uid or image.frame_of_reference_uid is None:
        return
    if image.series_id not in {each.series_id for each in volumes.of_frame_of_reference(uid)}:
        words = f"it says another frame of reference than the images of {image.series_id}"
        said.say("seg.frame_differs", file, "(0020,0052)", words)


def _fit(lying: Lying) -> tuple[bool, int]:
    return lying.mismatch is None, len(lying.placed)


def _chosen(equal: Sequence[Lying], volumes: Volumes, file: str, said: Said) -> Lying:
    """Return that of equally good series whose images the frames are made from; the first, and told, where none is."""
    if len(equal) == 1:
        return equal[0]
    made_from = [_made_from(each, volumes) for each in equal]
    most = max(made_from)
    found = [each for each, count in zip(equal, made_from, strict=True) if count == most]
    if len(found) > 1 and found[0].mismatch is None:
        ids = ", ".join(each.image.series_id for each in found[:SHOWN])
        words = f"its frames lie on {len(found):,} series alike ({ids}); the first was taken"
        said.say("seg.ambiguous_series", file, "(0008,1115)", words, count=len(found))
    return found[0]


def _made_from(lying: Lying, volumes: Volumes) -> int:
    """Return how many frames say that they are made from an image of the series."""
    known = lying.image.sop_uids
    uids = {uid for placed in lying.placed for uid, _ in placed.frame.sources}
    own = {uid for uid in uids if any(volumes.same_uid(uid, each) for each in known)}
    return sum(any(uid in own for uid, _ in placed.frame.sources) for placed in lying.placed)


def _lying(image: ImageVolume, frames: Sequence[Framed], size: tuple[int, int], volumes: Volumes) -> Lying:
    slices, lying = Slices(image, volumes), Lying(image)
    for frame in frames:
        try:
            lying.placed.append(slices.placed(frame, *size))
        except OffPlane as why:
            lying.off.append((frame, str(why)))
        except Mismatch as why:
            lying.mismatch = (frame, str(why))
            break
    return lying


def _judged(lying: Lying, file: str, said: Said) -> Lying | None:
    series = lying.image.series_id or "their own grid"
    if lying.mismatch is not None:
        frame, why = lying.mismatch
        said.say("seg.geometry_mismatch", file, frame.pointer, f"{why} (series {series})")
        return None
    for frame, why in lying.off:
        said.say("seg.off_plane", file, frame.pointer, f"{why} (series {series})")
    return lying


def _own_grid(frames: Sequence[Framed], size: tuple[int, int], file: str) -> ImageVolume | None:
    """Return the grid that the frames span; null where they are not parallel, or do not say where they lie."""
    first = frames[0] if frames else None
    if first is None or first.orientation is None or first.spacing is None:
        return None
    origins = []
    for frame in frames:
        if frame.position is None or frame.orientation is None or frame.spacing is None:
            return None
        if np.abs(frame.orientation - first.orientation).max() > SAME_DIRECTION:
            return None
        origins.append(frame.position)
    normal = np.cross(first.orientation[:3], first.orientation[3:])
    along = np.array(origins) @ normal
    order = np.argsort(along, kind="stable")
    kept = [origins[at] for number, at in enumerate(order)
            if not number or along[at] - along[order[number - 1]] > ONE_POSITION_MM]  # fmt: skip
    try:
        stack = Stack(
            np.array(kept),
            first.orientation[:3],
            first.orientation[3:],
            float(first.spacing[0]),
            float(first.spacing[1]),
            rows=size[0],
            columns=size[1],
        )
    except GeometryFault:
        return None
    planes = list(range(len(kept)))
    return ImageVolume("", "none", stack, stack.affine(), [file] * len(kept), planes, planes)
