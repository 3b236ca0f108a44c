"""Which of the dataset's series a structure set is drawn on (PS3.3 C.8.8.5, Referenced Frame of Reference).

Series are named by their ids of the catalogue alone: no UID leaves this module.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from labelport.annotations.formats.rtstruct import tags
from labelport.annotations.formats.rtstruct.items import Item
from labelport.annotations.said import Said
from labelport.annotations.volumes.image_volume import ImageVolume, Volumes
from labelport.probing.dicom.walker import Element

_FRAME = frozenset((tags.FRAME_OF_REFERENCE, tags.REFERENCED_STUDIES))
_STUDY = frozenset((tags.REFERENCED_SOP_INSTANCE, tags.REFERENCED_SERIES))
_SERIES = frozenset((tags.SERIES,))

SHOWN = 3
"""Series ids that a finding names; the rest are counted."""


@dataclass(frozen=True)
class Referred:
    """A frame of reference with the studies and series that the file names in it: raw UIDs."""

    frame_uid: str = field(repr=False)
    studies: Sequence[str] = field(repr=False)
    series: Sequence[tuple[str, str]] = field(repr=False)
    """UID and pointer."""

    pointer: str


@dataclass(frozen=True)
class Candidates:
    """The image volumes of one frame of reference that contours may lie on."""

    frame_uid: str = field(repr=False)
    images: Sequence[ImageVolume]
    named: bool
    """The file names their series; false: they share its frame of reference, and their planes must show the rest."""

    pointer: str


def referred(top: Item, found: Mapping[int, Element]) -> list[Referred]:
    """Return what the file refers to, in its order."""
    return [_referred(item) for item in top.below(found.get(tags.REFERENCED_FRAMES_OF_REFERENCE))]


def _referred(item: Item) -> Referred:
    held = item.leaves(_FRAME)
    studies: list[str] = []
    series: list[tuple[str, str]] = []
    for study in item.below(held.get(tags.REFERENCED_STUDIES)):
        leaves = study.leaves(_STUDY)
        studies.append(study.uid(leaves.get(tags.REFERENCED_SOP_INSTANCE)))
        for each in study.below(leaves.get(tags.REFERENCED_SERIES)):
            series.append((each.uid(each.leaves(_SERIES).get(tags.SERIES)), each.pointer))
    return Referred(item.uid(held.get(tags.FRAME_OF_REFERENCE)), studies, series, item.pointer)


def candidates(
    given: Sequence[Referred], own_study: str, volumes: Volumes, file: str, said: Said
) -> list[Candidates] | None:
    """Return the image volumes that contours may lie on, by frame of reference; null where the file is refused.

    ``own_study``: raw Study Instance UID of the structure set itself.
    """
    studies = {uid for each in given for uid in each.studies if uid}
    if len(studies) != 1:
        words = f"it refers to {len(studies)} studies" if studies else "it refers to no study"
        said.say("rtstruct.not_one_study", file, "(3006,0010)", words)
        return None
    (study,) = studies
    if own_study != study:
        words = f"it belongs to {_study_of(own_study, volumes)}, and refers to {_study_of(study, volumes)}"
        said.say("rtstruct.study_differs", file, "(0020,000D)", words)
        return None
    if not volumes.asked:
        said.say(
            "rtstruct.unresolved_series", file, "(3006,0010)", "no images were named", hint="Name them: `--images`."
        )
        return None
    found = [_candidates(each, volumes) for each in given]
    within = set(volumes.of_study(study))
    others = _unique(
        image for each in found for image in each.images if image.series_id not in within and (each.named or not within)
    )
    if others:
        words = f"it refers to {_listed(other.series_id for other in others)}, of another study than its own"
        said.say("rtstruct.study_differs", file, "(3006,0010)", words)
        return None
    left = [
        Candidates(
            each.frame_uid, [image for image in each.images if image.series_id in within], each.named, each.pointer
        )
        for each in found
    ]
    if not any(each.images for each in left):
        said.say("rtstruct.unresolved_series", file, "(3006,0010)", "none of its series is in the dataset")
        return None
    _tell_absent(given, left, volumes, file, said)
    _tell_frames(left, volumes, file, said)
    return [each for each in left if each.images]


def _candidates(given: Referred, volumes: Volumes) -> Candidates:
    named = _unique(image for uid, _ in given.series if uid for image in volumes.of_series_uid(uid))
    if named:
        return Candidates(given.frame_uid, named, named=True, pointer=given.pointer)
    sharing = volumes.of_frame_of_reference(given.frame_uid) if given.frame_uid else []
    return Candidates(given.frame_uid, _unique(sharing), named=False, pointer=given.pointer)


def _tell_absent(
    given: Sequence[Referred], left: Sequence[Candidates], volumes: Volumes, file: str, said: Said
) -> None:
    """Tell series that are not in the dataset where others are."""
    for each, found in zip(given, left, strict=True):
        if found.images and not found.named:
            ids = _listed(image.series_id for image in found.images)
            words = f"its series is not in the dataset; contours are placed by their frame of reference, on {ids}"
            said.say("rtstruct.by_frame_of_reference", file, each.pointer, words)
            continue
        for uid, pointer in each.series:
            if not uid or not volumes.of_series_uid(uid):
                words = "one of the series that it refers to is not in the dataset"
                said.say("rtstruct.unresolved_series", file, pointer, words, severity="warning")


def _tell_frames(left: Sequence[Candidates], volumes: Volumes, file: str, said: Said) -> None:
    """Tell named series that lie in another frame of reference than the file says of them."""
    for each in left:
        if not each.named or not each.frame_uid:
            continue
        sharing = {image.series_id for image in volumes.of_frame_of_reference(each.frame_uid)}
        others = [
            image.series_id for image in each.images if image.frame_of_reference_uid and image.series_id not in sharing
        ]
        if others:
            words = f"it says another frame of reference than that of {_listed(others)}"
            said.say("rtstruct.frame_differs", file, each.pointer, words)


def _study_of(uid: str, volumes: Volumes) -> str:
    known = volumes.of_study(uid) if uid else []
    return f"the study of {_listed(known)}" if known else "a study that is not in the dataset"


def _listed(ids: Iterable[str]) -> str:
    every = list(ids)
    rest = f" and {len(every) - SHOWN:,} more" if len(every) > SHOWN else ""
    return ", ".join(every[:SHOWN]) + rest


def _unique(images: Iterable[ImageVolume]) -> list[ImageVolume]:
    return list(_first_of_each(images))


def _first_of_each(images: Iterable[ImageVolume]) -> Iterator[ImageVolume]:
    seen: set[str] = set()
    for image in images:
        if image.series_id not in seen:
            seen.add(image.series_id)
            yield image
