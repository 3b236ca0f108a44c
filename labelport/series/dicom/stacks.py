"""Hard splits: planes that can be one volume at all (shape, pixels, frame of reference, orientation)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from labelport.series.dicom.geometry import normal_of
from labelport.series.dicom.instances import Slice, Vector

PARALLEL = 1 - 1e-4
"""Least |dot| of two row, and of two column directions that count as one."""

SAME_SPACING = 1e-4
"""Relative difference of pixel spacings that count as one."""

_PIXELS = ("rows", "columns", "samples_per_pixel", "photometric", "bits_allocated", "pixel_representation")

StackKey = tuple[Any, ...]


def stack_key(plane: Slice) -> StackKey:
    """Return what members of a stack have exactly in common."""
    dicom = plane.instance.dicom
    return (
        *(dicom.get(name) for name in _PIXELS),
        dicom.get("frame_of_reference_uid"),
        plane.image_type,
        plane.stack_id,
        has_geometry(plane),
    )


def has_geometry(plane: Slice) -> bool:
    """Return whether the plane has a place in space."""
    return plane.ipp is not None and plane.iop is not None and any(normal_of(plane.iop))


def stacks_of(slices: Iterable[Slice]) -> list[list[Slice]]:
    """Return the stacks; each is sorted by SOPInstanceUID, and so are they by their first member.

    Orientation and spacing are compared with the first member of each stack, never as text: ``-0`` is 0.
    """
    by_key: dict[StackKey, list[list[Slice]]] = defaultdict(list)
    for plane in sorted(slices, key=lambda one: (*one.instance.order, one.frame or 0)):
        stacks = by_key[stack_key(plane)]
        for stack in stacks:
            if same_plane(stack[0], plane):
                stack.append(plane)
                break
        else:
            stacks.append([plane])
    return [stack for stacks in by_key.values() for stack in stacks]


def same_plane(one: Slice, other: Slice) -> bool:
    """Return whether two planes have the same orientation and pixel spacing."""
    if (one.spacing is None) != (other.spacing is None):
        return False
    if one.spacing is not None and other.spacing is not None:
        for a, b in zip(one.spacing, other.spacing, strict=True):
            if abs(a - b) > SAME_SPACING * max(abs(a), abs(b)):
                return False
    if one.iop is None or other.iop is None or not has_geometry(one):
        return True
    return _parallel(one.iop[:3], other.iop[:3]) and _parallel(one.iop[3:], other.iop[3:])


def _parallel(one: Vector, other: Vector) -> bool:
    dot = sum(a * b for a, b in zip(one, other, strict=True))
    lengths = _square(one) * _square(other)
    return lengths > 0 and dot * dot >= PARALLEL * PARALLEL * lengths


def _square(vector: Sequence[float]) -> float:
    return sum(a * a for a in vector)


def is_localizer(stack: Sequence[Slice]) -> bool:
    """Return whether the images say that they are localizers."""
    first = stack[0]
    return "LOCALIZER" in (*first.image_type, *(first.instance.dicom.get("image_type") or ()))
