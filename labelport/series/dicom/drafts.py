"""From the images of one series to drafts: stacks, volumes over time, clips, single images."""

from collections import defaultdict
from collections.abc import Sequence

from labelport.probing.dicom.classes import is_projection
from labelport.probing.dicom.values import INT32
from labelport.series.dicom.concatenations import Parts, parts_of
from labelport.series.dicom.dimensions import Volume, volumes_of
from labelport.series.dicom.geometry import (
    TILT_DEG,
    UNEVEN_MM,
    UNEVEN_SHARE,
    along,
    direction_of,
    levels_of,
    normal_of,
    number_list,
    spacing_of,
    tilt_deg,
)
from labelport.series.dicom.instances import Instance, Slice, Vector, slices_of
from labelport.series.dicom.naming import attributes_of, channel_of, part_of
from labelport.series.dicom.ordering import ordered
from labelport.series.dicom.rows import Draft, Entry, Note, entries_of
from labelport.series.dicom.stacks import has_geometry, is_localizer, right_angled, stacks_of

PASSED_ON = frozenset({"variable_frame_time", "frame_times_differ", "per_frame_differs"})
"""Flags of an object that are flags of its series."""


def drafts_of(series: str, instances: Sequence[Instance]) -> list[Draft]:
    """Return the series that the images under one SeriesInstanceUID make up."""
    alone: dict[str, list[Slice]] = defaultdict(list)
    planes: list[Slice] = []
    parts = parts_of(instances)
    for instance in parts.used:
        made = slices_of(instance)
        if _stands_alone(instance, made):
            whole = instance.dicom.get("concatenation_uid") or instance.sop_uid or instance.key
            alone[whole].append(made[0])
        else:
            planes += made
    drafts = [_alone(series, whole, parts) for whole, parts in sorted(alone.items())]
    stacks = stacks_of(planes)
    largest = max(map(len, stacks), default=0)
    crossing = largest == 1 and right_angled(stacks)
    for stack in stacks:
        for draft in _stacked(series, stack):
            if is_localizer(stack):
                draft.flags.add("localizer")
            elif len(stack) == 1 and (largest > 1 or crossing):
                draft.flags.add("orphan")
            drafts.append(draft)
    for draft in drafts:
        draft.flags |= {flag for one in draft.instances for flag in one.media["flags"] or () if flag in PASSED_ON}
    _judge_parts(drafts, parts)
    return drafts


def _judge_parts(drafts: Sequence[Draft], parts: Parts) -> None:
    """Say of concatenations which parts are absent, and put those that are here twice beside the others."""
    if not (parts.absent or parts.twice):
        return
    left = dict(parts.twice)
    for draft in drafts:
        members = [*draft.instances, *(entry.instance for entry in draft.partial)]
        for uid in dict.fromkeys(one.dicom.get("concatenation_uid", "") for one in members):
            absent, twice = parts.absent.get(uid), left.pop(uid, [])
            if absent:
                draft.flags.add("incomplete")
                words = "Parts of a concatenation are missing; their numbers stand in value."
                draft.notes.append(Note("series.concatenation", words, number_list(absent)))
            if twice:
                draft.flags.add("duplicate_parts")
                draft.partial += [Entry(instance) for instance in twice]
                words = "Parts of a concatenation are here more than once; the first of each is used."
                draft.notes.append(
                    Note("series.concatenation", words, ", ".join(one.key for one in twice[:5]), len(twice), twice[0])
                )


def _stands_alone(instance: Instance, made: Sequence[Slice]) -> bool:
    """Return whether an object is a series by itself: clips, slides, projections, frames without places."""
    dicom = instance.dicom
    if dicom.get("class") in ("cine", "wsi") or is_projection(dicom.get("sop_class")):
        return True
    return instance.frames > 1 and made[0].frame is None


def _alone(series: str, whole: str, planes: list[Slice]) -> Draft:
    """Return the series of one object, or of the parts of one (a concatenation), in the order of their numbers."""
    parts = sorted(planes, key=lambda plane: (plane.instance.dicom.get("in_concatenation_number") or 0, plane.order))
    instances = [plane.instance for plane in parts]
    frames = sum(instance.frames for instance in instances)
    dicom, media = instances[0].dicom, instances[0].media
    cine = dicom.get("class") == "cine"
    draft = Draft(
        series_key=series,
        kind="cine" if cine else "single",
        order_basis="instance" if "instance_number" in dicom else "natural",
        part=part_of(series, parts, (), alone=whole),
        entries=[Entry(instance) for instance in instances],
        dims=[("time" if cine else "frame", frames)] if 1 < frames <= INT32 else [],
        attributes=attributes_of(instances),
    )
    if dicom.get("class") == "wsi":
        draft.flags.add("wsi")
    if cine and media["fps"] is not None:
        draft.attributes["fps"] = f"{media['fps']:g}"
    return draft


def _stacked(series: str, stack: list[Slice]) -> list[Draft]:
    if not has_geometry(stack[0]):
        return [_without_places(series, stack)]
    assert stack[0].iop is not None
    normal = normal_of(stack[0].iop)
    levels, _ = levels_of(stack)
    return [_volume(series, volume, normal) for volume in volumes_of(levels)]


def _without_places(series: str, stack: list[Slice]) -> Draft:
    planes, basis = ordered(stack)
    draft = Draft(
        series_key=series,
        kind="stack" if len(planes) > 1 else "single",
        order_basis=basis,
        part=part_of(series, planes, ()),
        entries=entries_of([planes], [None] * len(planes)),
        dims=[("slice", len(planes))] if len(planes) > 1 else [],
        channel=channel_of(planes, ()),
        attributes=attributes_of([plane.instance for plane in planes]),
    )
    if len(planes) > 1:
        draft.flags.add("no_geometry")
        words = f"{len(planes):,} images have no position; {basis} orders them."
        draft.notes.append(Note("series.no_geometry", words, basis, len(planes)))
    if (
        basis == "time"
        and planes[0].instance.dicom["acquisition_time_s"] > planes[-1].instance.dicom["acquisition_time_s"]
    ):
        _past_midnight(draft)
    return draft


def _past_midnight(draft: Draft) -> None:
    draft.flags.add("past_midnight")
    words = "Times of the day lie more than 12 hours apart: it is taken that midnight was between them."
    draft.notes.append(Note("series.past_midnight", words, "time"))


def _volume(series: str, volume: Volume, normal: Vector) -> Draft:
    """Return the series of a volume; ``normal``: of the whole stack, so positions ascend as planes were ordered."""
    first = volume.points[0]
    positions = [along(plane.ipp or (0.0, 0.0, 0.0), normal) for plane in first]
    planes = [plane for point in volume.points for plane in point]
    mosaic = "MOSAIC" in (first[0].instance.dicom.get("image_type") or ())
    over_time = len(volume.points) > 1
    dims = [] if mosaic else [("slice", len(first))]
    draft = Draft(
        series_key=series,
        kind="volume4d" if over_time else "stack" if len(first) > 1 or mosaic else "single",
        order_basis="ipp",
        part=part_of(series, planes, volume.channel),
        entries=entries_of(volume.points, positions),
        dims=[*dims, ("time", len(volume.points))] if over_time else dims if len(first) > 1 else [],
        channel=channel_of(planes, volume.channel),
        partial=[
            Entry(plane.instance, plane.frame, None, along(plane.ipp or (0.0, 0.0, 0.0), normal))
            for plane in volume.partial
        ],
        attributes=attributes_of([plane.instance for plane in planes]),
    )
    if mosaic:
        draft.flags.add("mosaic")
    if volume.partial:
        draft.flags.add("incomplete")
        words = f"{len(volume.partial):,} images are of time points that lack others; they are left out as partial."
        draft.notes.append(Note("series.incomplete", words, str(len(volume.partial)), len(volume.partial)))
    if volume.past_midnight:
        _past_midnight(draft)
    judge_places(draft, first, positions, normal)
    return draft


def judge_places(draft: Draft, planes: Sequence[Slice], positions: Sequence[float], normal: Vector) -> None:
    """Say how evenly the planes lie, and whether the stack leans; of ``planes`` the first and the last are looked at."""
    spacing = spacing_of(positions)
    if spacing is None:
        return
    draft.attributes |= {
        "spacing_mm": f"{spacing.median_mm:.4g}",
        "spacing_min_mm": f"{spacing.min_mm:.4g}",
        "spacing_max_mm": f"{spacing.max_mm:.4g}",
        "direction": direction_of(normal),
    }
    if spacing.missing:
        draft.flags.add("missing_slices")
        shown = number_list(spacing.missing)
        words = f"Missing slices: {spacing.missing_count:,}. The others are {spacing.median_mm:.4g} mm apart."
        draft.notes.append(Note("series.missing_slices", words, shown))
    if spacing.irregular:
        draft.flags.add("irregular")
        between = f"{spacing.min_mm:.4g} to {spacing.max_mm:.4g} mm"
        words = f"Slices are {between} apart; the median is {spacing.median_mm:.4g} mm."
        draft.notes.append(Note("series.irregular", words, between))
    tilt = tilt_deg(planes[0], planes[-1], normal)
    if tilt > TILT_DEG:
        draft.flags.add("tilt")
        draft.attributes["tilt_deg"] = f"{tilt:.1f}"
        words = f"The slices are shifted against each other: {tilt:.1f} degrees off their normal."
        draft.notes.append(Note("series.tilt", words, f"{tilt:.1f}"))
    dicom = planes[0].instance.dicom
    gantry = dicom.get("gantry_tilt")
    if gantry:
        draft.attributes["gantry_tilt_deg"] = f"{gantry:.4g}"
    if gantry is not None and abs(abs(gantry) - tilt) > TILT_DEG:
        draft.flags.add("gantry_tilt_differs")
    said = dicom.get("spacing_between_slices") or dicom.get("slice_thickness")
    if said and abs(abs(said) - spacing.median_mm) > max(UNEVEN_MM, UNEVEN_SHARE * spacing.median_mm):
        draft.flags.add("thickness_differs")
