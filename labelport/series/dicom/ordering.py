"""The order of images that have no place in space."""

from collections.abc import Hashable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from labelport.series.dicom.instances import Slice
from labelport.series.natural import natural_key

HALF_DAY_S = 43_200
"""A gap between times of the day above this is midnight between them, sooner than a pause."""

_BASES = (("instance_number", "instance"), ("slice_location", "location"), ("acquisition_time_s", "time"))


def after_midnight(times: Sequence[Any], positions: Sequence[Mapping[Hashable, Slice]] = ()) -> int:
    """Return how many of the ascending times of the day come after midnight, and so last; 0 where none seem to.

    Dates are not kept, so it is a guess: a gap of more than 12 hours. ``positions``: planes by time. Where at each
    position the InstanceNumbers before the gap are below those behind it, the times stand as they are.
    """
    place, gap = max(
        ((n, b - a) for n, (a, b) in enumerate(pairwise(times), 1)), key=lambda each: each[1], default=(0, 0)
    )
    if gap <= HALF_DAY_S:
        return 0
    early, late = set(times[:place]), set(times[place:])
    return 0 if positions and all(_rising(table, early, late) for table in positions) else place


def _rising(table: Mapping[Hashable, Slice], early: set[Any], late: set[Any]) -> bool:
    before: list[Any] = [table[time].instance.dicom.get("instance_number") for time in early]
    after: list[Any] = [table[time].instance.dicom.get("instance_number") for time in late]
    return None not in before and None not in after and bool(max(before) < min(after))


def ordered(stack: Sequence[Slice]) -> tuple[list[Slice], str]:
    """Return the planes in order and what ordered them.

    InstanceNumber where each has one of its own, else SliceLocation, else AcquisitionTime (past midnight, see
    ``after_midnight``), else the natural order of the keys.
    """
    for column, basis in _BASES:
        values: list[Any] = [plane.instance.dicom.get(column) for plane in stack]
        if None not in values and len(set(values)) == len(values):
            planes = sorted(stack, key=lambda plane, column=column: plane.instance.dicom[column])  # type: ignore[misc]
            last = after_midnight(sorted(values)) if basis == "time" else 0
            return [*planes[last:], *planes[:last]], basis
    return sorted(stack, key=lambda plane: (natural_key(plane.instance.key), plane.frame or 0)), "natural"
