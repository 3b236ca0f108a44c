"""A series in the making, and its rows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from labelport.series.dicom.instances import Instance, Slice
from labelport.series.members import DAMAGED, common_size, highest_risk


@dataclass(frozen=True)
class Entry:
    """One item: a file, or a frame of one."""

    instance: Instance
    frame: int | None = None
    time_index: int | None = None
    position_mm: float | None = None
    of_index: int | None = None


@dataclass(frozen=True)
class Note:
    """A finding to make of a series."""

    code: str
    message: str
    value: str
    count: int = 1
    at: Instance | None = None
    """The file that it is about; null: the first of the series."""


@dataclass
class Draft:
    """What is known of a series before it has an id."""

    series_key: str
    """SeriesInstanceUID as the catalogue has it, or ``folder:<folder>``."""

    kind: str
    order_basis: str
    part: str
    entries: list[Entry]
    dims: list[tuple[str, int]] = field(default_factory=list)
    channel: str | None = None
    partial: list[Entry] = field(default_factory=list)
    duplicates: list[Entry] = field(default_factory=list)
    labels: list[Entry] = field(default_factory=list)
    flags: set[str] = field(default_factory=set)
    attributes: dict[str, str] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)

    @property
    def instances(self) -> list[Instance]:
        """Return files that stand for all of the items; each once."""
        return list(dict.fromkeys(entry.instance for entry in self.entries))

    @property
    def first(self) -> Instance:
        """Return the file of the first item."""
        return self.entries[0].instance

    @property
    def frame_of_reference(self) -> str | None:
        """Return the frame of reference, equal in all members of a stack."""
        return self.first.dicom.get("frame_of_reference_uid")

    @property
    def items(self) -> int:
        """Return how many items there are."""
        return len(self.entries)

    @property
    def damaged(self) -> bool:
        """Return whether a member is cut short."""
        return any(instance.media["status"] in DAMAGED for instance in self.instances)

    @property
    def phi_risk(self) -> str | None:
        """Return the highest risk of the members."""
        return highest_risk(instance.media["phi_risk"] for instance in self.instances)


def entries_of(points: Sequence[Sequence[Slice]], positions: Sequence[float | None]) -> list[Entry]:
    """Return the items of a volume, time-major.

    A file all of whose frames stand one after another, as in the file, is one item with no frame.
    """
    over_time = len(points) > 1
    rows = [
        (plane, time if over_time else None, position)
        for time, point in enumerate(points)
        for plane, position in zip(point, positions, strict=True)
    ]
    runs: list[list[tuple[Slice, int | None, float | None]]] = []
    for row in rows:
        if runs and runs[-1][0][0].instance is row[0].instance:
            runs[-1].append(row)
        else:
            runs.append([row])
    whole = len({run[0][0].instance for run in runs}) == len(runs) and all(
        [plane.frame for plane, _, _ in run] in ([None], list(range(run[0][0].instance.frames))) for run in runs
    )
    if not whole:
        return [Entry(plane.instance, plane.frame, time, position) for plane, time, position in rows]
    entries = []
    for run in runs:
        plane, time, position = run[0]
        same_time = len({one_time for _, one_time, _ in run}) == 1
        entries.append(Entry(plane.instance, None, time if same_time else None, position if len(run) == 1 else None))
    return entries


def series_row(draft: Draft, series_id: str, group_key: str, parent_id: str | None) -> dict[str, Any]:
    """Return the row of ``tables.SERIES``."""
    width, height, mixed = common_size(instance.media for instance in draft.instances)
    flags = set(draft.flags)
    if mixed:
        flags.add("mixed_size")
    if draft.damaged:
        flags.add("damaged")
    return {
        "series_id": series_id,
        "rule": "dicom",
        "kind": draft.kind,
        "group_key": group_key,
        "parent_id": parent_id,
        "order_basis": draft.order_basis,
        "items": draft.items,
        "width": width,
        "height": height,
        "dims": [{"name": name, "size": size} for name, size in draft.dims],
        "flags": sorted(flags),
        "attributes": sorted(draft.attributes.items()),
        "metadata": [],
        "phi_risk": draft.phi_risk,
    }


def item_rows(draft: Draft, series_id: str) -> list[dict[str, Any]]:
    """Return the rows of ``tables.ITEMS``; each role counts its own index."""
    roles = (
        ("duplicate", draft.duplicates),
        ("image", draft.entries),
        ("label", draft.labels),
        ("partial", draft.partial),
    )
    return [
        {
            "series_id": series_id,
            "index": index,
            "role": role,
            "store": entry.instance.store,
            "key": entry.instance.key,
            "frame": entry.frame,
            "time_index": entry.time_index,
            "channel": draft.channel,
            "version": None,
            "position_mm": entry.position_mm,
            "pts_s": None,
            "of_index": entry.of_index,
            "label_this": role == "image",
            "notes": [],
        }
        for role, entries in roles
        for index, entry in enumerate(entries)
    ]
