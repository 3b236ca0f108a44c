"""Soft splits: several planes at each position are echoes, b-values, components (volumes of their own) or time."""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace

from labelport.series.dicom.instances import Slice
from labelport.series.dicom.ordering import after_midnight

Levels = Sequence[Sequence[Slice]]
"""Planes by position."""


@dataclass(frozen=True)
class Facet:
    """A tag that may tell planes at one position apart."""

    name: str
    """Field of ``tables.DICOM``."""

    label: str
    """How ``channel`` and ``part`` name it."""

    splits: bool
    """Its values are volumes of their own; else they are time points of one."""

    clock: bool = False
    """Its values are seconds of the day, and begin anew at midnight."""


LADDER = (
    Facet("complex_component", "component", True),
    Facet("temporal_position", "TemporalPositionIdentifier", False),
    Facet("b_value", "b", True),
    Facet("b_vector", "gradient", False),
    Facet("te", "EchoTime", True),
    Facet("echo_number", "EchoNumbers", True),
    Facet("ti", "InversionTime", False),
    Facet("trigger_time", "TriggerTime", False),
    Facet("cardiac_phase_percent", "NominalPercentageOfCardiacPhase", False),
    Facet("frame_reference_time", "FrameReferenceTime", False),
    Facet("acquisition_number", "AcquisitionNumber", False),
    Facet("acquisition_time_s", "AcquisitionTime", False, clock=True),
    Facet("content_time_s", "ContentTime", False, clock=True),
)
"""The order in which tags are tried."""


@dataclass(frozen=True)
class Volume:
    """One volume over time: ``points[t][z]``."""

    points: list[list[Slice]]
    partial: list[Slice]
    """Planes of time points that are not whole."""

    channel: tuple[str, ...] = ()
    """What split it from others, as ``EchoTime=4.92``."""

    past_midnight: bool = False
    """Times of the day ordered it, and those after midnight were taken to come last."""


def volumes_of(levels: Levels) -> list[Volume]:
    """Return the volumes that the planes at all positions make up, each with its time points in order."""
    counts = {len(level) for level in levels}
    if counts == {1}:
        return [Volume([[level[0] for level in levels]], [])]
    even = len(counts) == 1
    for facet in LADDER:
        told = _split if facet.splits else _time_points
        found = told(levels, facet, even=even)
        if found:
            return found
    return _by_dimension_index(levels, even=even) or [_ranked(levels)]


def own_split(plane: Slice) -> list[str]:
    """Return the values of a plane that make volumes of their own wherever they differ, as ``EchoTime=4.92``.

    A b-value only where the plane has no TemporalPositionIdentifier: else it may differ from one time point to the
    next.
    """
    named = []
    for facet in LADDER:
        value = _value(plane, facet)
        over_time = facet.name == "b_value" and plane.facets.get("temporal_position") is not None
        if facet.splits and value is not None and not over_time:
            named.append(f"{facet.label}={_shown(value)}")
    return named


def _value(plane: Slice, facet: Facet) -> Hashable:
    value = plane.facets.get(facet.name)
    if isinstance(value, float):
        return round(value, 6)
    return tuple(round(each, 6) for each in value) if isinstance(value, list) else value


def _split(levels: Levels, facet: Facet, *, even: bool) -> list[Volume]:
    """Return the volumes of each value, or nothing where the tag does not tell volumes apart."""
    counted = [Counter(_value(plane, facet) for plane in level) for level in levels]
    values = set().union(*counted)
    if len(values) < 2 or (even and any(count != counted[0] for count in counted)):
        return []
    if not even:  # a plane is absent: what differs from position to position is no volume
        most = max(len(level) for level in levels)
        present = Counter(value for count in counted for value in count)
        is_whole = len(levels) in present.values()  # one volume has all its planes: the others are on their way
        if len(values) > most or (not is_whole and any(times * 2 < len(levels) for times in present.values())):
            return []
    volumes = []
    chosen: dict[Hashable, list[list[Slice]]] = defaultdict(list)
    for level in levels:
        here: dict[Hashable, list[Slice]] = defaultdict(list)
        for plane in level:
            here[_value(plane, facet)].append(plane)
        for value, planes in here.items():
            chosen[value].append(planes)
    for value in sorted(values, key=_sortable):
        named = f"{facet.label}={_shown(value)}"
        for volume in volumes_of(chosen[value]):
            volumes.append(replace(volume, channel=(named, *volume.channel)))
    return volumes


def _time_points(levels: Levels, facet: Facet, *, even: bool) -> list[Volume]:
    """Return one volume over the values of a tag, or nothing where these are no time points."""
    return _over_time(levels, lambda plane: _value(plane, facet), even=even, clock=facet.clock)


def _over_time(
    levels: Levels, value_of: Callable[[Slice], Hashable], *, even: bool, clock: bool = False
) -> list[Volume]:
    tables = []
    for level in levels:
        table = {value_of(plane): plane for plane in level}
        if None in table or len(table) != len(level):
            return []
        tables.append(table)
    everywhere = set.intersection(*(set(table) for table in tables))
    if not everywhere or (even and len(everywhere) != len(tables[0])):
        return []
    times = sorted(everywhere, key=_sortable)
    first_day = after_midnight(times, tables) if clock else 0
    times = [*times[first_day:], *times[:first_day]]
    points = [[table[time] for table in tables] for time in times]
    rest = [
        (_sortable(time), place, plane)
        for place, table in enumerate(tables)
        for time, plane in table.items()
        if time not in everywhere
    ]
    partial = [plane for *_, plane in sorted(rest, key=lambda each: each[:2])]
    return [Volume(points, partial, past_midnight=first_day > 0)]


def _by_dimension_index(levels: Levels, *, even: bool) -> list[Volume]:
    """Return one volume over what DimensionIndexValues count at one position (PS3.3 C.7.6.17), or nothing.

    What the numbers stand for is not asked: those that differ at some position are time, in their own order.
    """
    indices = [[plane.facets.get("dimension_index") or () for plane in level] for level in levels]
    widths = {len(index) for level in indices for index in level}
    if len(widths) != 1:
        return []
    moving = [place for place in range(widths.pop()) if any(len({i[place] for i in level}) > 1 for level in indices)]
    if not moving:
        return []
    return _over_time(levels, lambda plane: tuple(plane.facets["dimension_index"][at] for at in moving), even=even)


def _ranked(levels: Levels) -> Volume:
    """Return time points by rank inside the position: GE's 4-D series have no tag that is constant a volume."""
    ranked = [sorted(level, key=lambda plane: plane.order) for level in levels]
    whole = min(len(level) for level in ranked)
    points = [[level[time] for level in ranked] for time in range(whole)]
    partial = [plane for level in ranked for plane in level[whole:]]
    return Volume(points, partial)


def _sortable(value: Hashable) -> tuple[bool, bool, object]:
    return value is not None, isinstance(value, str), value if value is not None else 0


def _shown(value: Hashable) -> str:
    return f"{value:g}" if isinstance(value, float) else "none" if value is None else str(value).lower()
