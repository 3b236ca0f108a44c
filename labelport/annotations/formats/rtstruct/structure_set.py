"""One RT Structure Set as structures on the image volumes that it refers to."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from labelport.annotations.formats.rtstruct import tags
from labelport.annotations.formats.rtstruct.contours import Contour, contours
from labelport.annotations.formats.rtstruct.declared import Roi, colour_of, declared, interpreted_types
from labelport.annotations.formats.rtstruct.items import Broken, Item, opened
from labelport.annotations.formats.rtstruct.placing import Outline, Slices, nearest
from labelport.annotations.formats.rtstruct.regions import Drawing, Region, is_near
from labelport.annotations.formats.rtstruct.series import SHOWN, Candidates, candidates, referred
from labelport.annotations.said import Said
from labelport.annotations.volumes.image_volume import Volumes
from labelport.annotations.volumes.rows import VolumeFile
from labelport.annotations.volumes.structures import Labelled, Structure
from labelport.options import AnnotationOptions
from labelport.probing.dicom.walker import Element

MOST_BYTES = 1 << 30
"""Bytes of a structure set, inflated."""

_ROI_CONTOUR = frozenset((tags.REFERENCED_ROI, tags.COLOUR, tags.CONTOURS))


def read_structure_set(
    body: bytes, file: str, volumes: Volumes, options: AnnotationOptions, said: Said
) -> VolumeFile | None:
    """Return the structures of a file on each image volume that they lie on, or null where it is refused.

    ``file``: its name in findings. Never raises for content. A structure that is left out stays listed, without
    voxels.
    """
    try:
        top = opened(body, MOST_BYTES)
        return _read(top, file, volumes, options, said)
    except Broken as broken:
        said.say("rtstruct.unreadable", file, broken.pointer, str(broken))
        return None


@dataclass(frozen=True)
class _Given:
    """What the file draws of a declared structure."""

    roi: Roi
    contours: Sequence[Contour]
    refused: bool
    colour: tuple[int, int, int] | None
    pointer: str


@dataclass(frozen=True)
class _Drawn:
    """An item of contours."""

    contours: Sequence[Contour] | None
    """Null: it refuses its structure."""

    colour: tuple[int, int, int] | None
    pointer: str


def _read(top: Item, file: str, volumes: Volumes, options: AnnotationOptions, said: Said) -> VolumeFile | None:
    found = top.leaves(tags.TOP, last=tags.OBSERVATIONS)
    if top.uid(found.get(tags.SOP_CLASS)) != tags.RT_STRUCTURE_SET_STORAGE:
        said.say("rtstruct.unreadable", file, "(0008,0016)", "the object is of another class")
        return None
    refers = referred(top, found)
    places = candidates(refers, top.uid(found.get(tags.STUDY)), volumes, file, said)
    if places is None:
        return None
    given = _given(top, found, file, said)
    every = [contour for one in given for contour in one.contours]
    grids = [grid for grid in (_grids(each, every, volumes, file, said) for each in places) if grid.slices]
    if not grids:
        said.say("rtstruct.unresolved_series", file, "(3006,0010)", "its contours lie on no series of the dataset")
        return None
    drawing = Drawing(volumes, options.closed_planar, file, said)
    frames = {each.frame_uid for each in refers}
    given = [_in_frame(one, {grid.frame_uid for grid in grids}, frames, file, said) for one in given]
    labelled = _labelled(given, grids, drawing)
    sop_uid = top.uid(found.get(tags.SOP_INSTANCE))
    types = interpreted_types(top, found)
    extras: dict[str, Any] = {"interpreted_types": types} if types else {}
    return VolumeFile(file, labelled, volumes.same_object(sop_uid) if sop_uid else "", extras)


def _given(top: Item, found: Mapping[int, Element], file: str, said: Said) -> list[_Given]:
    """Return the declared structures with their contours."""
    rois = declared(top, found, file, said)
    drawn: dict[int, list[_Drawn]] = {roi.number: [] for roi in rois}
    for item in top.below(found.get(tags.ROI_CONTOURS)):
        held = item.leaves(_ROI_CONTOUR)
        number = item.whole(held.get(tags.REFERENCED_ROI))
        if number is None or number not in drawn:
            words = "contours say no structure" if number is None else f"structure {number} is not declared"
            said.say("rtstruct.unknown_roi", file, item.pointer, words)
            continue
        read = contours(item, held.get(tags.CONTOURS), file, said)
        drawn[number].append(_Drawn(read, colour_of(item, held.get(tags.COLOUR)), item.pointer))
    given = [_joined(roi, drawn[roi.number]) for roi in rois]
    uncounted = [contour for one in given for contour in one.contours if not contour.counted]
    if uncounted:
        words = f"{len(uncounted):,} contours do not say how many points they have; they were counted"
        said.say("rtstruct.point_count", file, uncounted[0].pointer, words, severity="info", count=len(uncounted))
    return given


def _joined(roi: Roi, drawn: Sequence[_Drawn]) -> _Given:
    """Return a structure with all items of contours that name it; mostly there is one."""
    return _Given(
        roi,
        [contour for each in drawn for contour in each.contours or ()],
        any(each.contours is None for each in drawn),
        next((each.colour for each in drawn if each.colour is not None), None),
        drawn[0].pointer if drawn else roi.pointer,
    )


@dataclass(frozen=True)
class _Grids:
    """The image volumes of a frame of reference."""

    frame_uid: str
    slices: Sequence[Slices]
    named: bool


def _grids(place: Candidates, contours: Sequence[Contour], volumes: Volumes, file: str, said: Said) -> _Grids:
    """Return the image volumes of a place; where the file does not name them, those on which contours lie."""
    slices = [Slices(image) for image in place.images]
    near = [each for each in contours if is_near(each)]
    if place.named or not near:
        return _Grids(place.frame_uid, slices, place.named)
    outline = Outline.of(near)
    near_each = nearest([each.fit(outline, volumes) for each in slices])
    counts = near_each.sum(axis=1).tolist()
    most_first = sorted(range(len(counts)), key=lambda number: -counts[number])
    first = near_each[most_first[0]]
    alike = [number for number in most_first if counts[number] and (near_each[number] == first).all()]
    if len(alike) > 1:
        ids = ", ".join(slices[number].image.series_id for number in alike[:SHOWN])
        words = f"its contours lie on {len(alike):,} series alike ({ids}); they were placed on the first"
        said.say("rtstruct.ambiguous_series", file, place.pointer, words, count=len(alike))
    return _Grids(place.frame_uid, [slices[number] for number in most_first if counts[number]], place.named)


def _in_frame(one: _Given, there: Collection[str], frames: Collection[str], file: str, said: Said) -> _Given:
    """Return a structure, refused where it lies in a frame of reference that no series of the dataset has.

    ``frames``: all that the file refers to; ``there``: those with series. Coordinates of one frame say nothing in
    another (PS3.3 C.7.4.1).
    """
    frame, number = one.roi.frame_of_reference, one.roi.number
    if not frame or frame in there or one.refused:
        return one
    if frame in frames:
        words = f"structure {number} lies in a frame of reference of which no series is in the dataset; it was left out"
        said.say("rtstruct.unresolved_series", file, one.roi.pointer, words)
        return replace(one, refused=True)
    if "" not in frames:
        words = f"structure {number} lies in a frame of reference that the file does not refer to"
        said.say("rtstruct.frame_differs", file, one.roi.pointer, words)
    return one


def _labelled(given: Sequence[_Given], grids: Sequence[_Grids], drawing: Drawing) -> list[Labelled]:
    """Return the structures by image volume; one without voxels on the first of its frame of reference."""
    on: dict[str, list[Structure]] = {}
    images = {each.image.series_id: each.image for grid in grids for each in grid.slices}
    for one in given:
        own = [grid for grid in grids if grid.frame_uid == one.roi.frame_of_reference] or grids
        slices = [each for grid in own for each in grid.slices]
        regions: dict[int, Region] = {}
        if not one.refused:
            named = any(grid.named for grid in own)
            regions = drawing.regions(one.contours, slices, one.roi.number, expected=named)
            regions = {index: region for index, region in regions.items() if region.patches}
            if not regions:
                words = f"structure {one.roi.number} has no voxel"
                drawing.said.say("rtstruct.empty_roi", drawing.file, one.roi.pointer, words)
        for index, region in (regions or {0: Region()}).items():
            structure = Structure(
                one.roi.name, str(one.roi.number), region.patches, one.colour, one.pointer, region.pointers
            )
            on.setdefault(slices[index].image.series_id, []).append(structure)
    return [Labelled(image, on[series]) for series, image in images.items() if series in on]
