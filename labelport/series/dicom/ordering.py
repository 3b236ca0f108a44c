"""The order of images that have no place in space."""

from collections.abc import Sequence
from typing import Any

from labelport.series.dicom.instances import Slice
from labelport.series.natural import natural_key

_BASES = (("instance_number", "instance"), ("slice_location", "location"), ("acquisition_time_s", "time"))


def ordered(stack: Sequence[Slice]) -> tuple[list[Slice], str]:
    """Return the planes in order and what ordered them.

    InstanceNumber where each has one of its own, else SliceLocation, else AcquisitionTime, else the
    natural order of the keys.
    """
    for column, basis in _BASES:
        values: list[Any] = [plane.instance.dicom.get(column) for plane in stack]
        if None not in values and len(set(values)) == len(values):
            return sorted(stack, key=lambda plane, column=column: plane.instance.dicom[column]), basis  # type: ignore[misc]
    return sorted(stack, key=lambda plane: (natural_key(plane.instance.key), plane.frame or 0)), "natural"
