"""Soft splits: several planes at each position are echoes, b-values, components (volumes of their own) or time."""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

from labelport.series.dicom.instances import Slice

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
    Facet("acquisition_time_s", "AcquisitionTime", False),
    Facet("content_time_s", "ContentTime", False),
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
    return [_ranked(levels)]


def _value(plane: Slice, facet: Facet) -> Hashable:
    value = plane.facets.get(facet.name)
    if isinstance(value, float):
        return round(value, 6)
    return tuple(value) if isinstance(value, list) else value


def _split(levels: Levels, facet: Facet, *, even: bool) -> list[Volume]:
    """Return the volumes of each value, or nothing where the tag does not tell volumes apart."""
    counted = [Counter(_value(plane, facet) for plane in level) for level in levels]
    values = set().union(*counted)
    if len(values) < 2 or (even and any(count != counted[0] for count in counted)):
        return []
    if not even:  # a plane is absent: what differs from position to position is no volume
        most = max(len(level) for level in levels)
        present = Counter(value for count in counted for value in count)
        if len(values) > most or any(times * 2 < len(levels) for times in present.values()):
            return []
    volumes = []
    for value in sorted(values, key=_sortable):
        chosen = [[plane for plane in level if _value(plane, facet) == value] for level in levels]
        named = f"{facet.label}={_shown(value)}"
        for volume in volumes_of([level for level in chosen if level]):
            volumes.append(replace(volume, channel=(named, *volume.channel)))
    return volumes


def _time_points(levels: Levels, facet: Facet, *, even: bool) -> list[Volume]:
    """Return one volume over the values of a tag, or nothing where these are no time points."""
    tables = []
    for level in levels:
        table = {_value(plane, facet): plane for plane in level}
        if None in table or len(table) != len(level):
            return []
        tables.append(table)
    everywhere = set.intersection(*(set(table) for table in tables))
    if not everywhere or (even and len(everywhere) != len(tables[0])):
        return []
    times = sorted(everywhere, key=_sortable)
    points = [[table[time] for table in tables] for time in times]
    rest = sorted(set().union(*tables) - everywhere, key=_sortable)
    return [Volume(points, [table[time] for time in rest for table in tables if time in table])]


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
