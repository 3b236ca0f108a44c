"""Hard splits: planes that can be one volume at all (shape, pixels, frame of reference, orientation)."""

import math
from collections.abc import Iterable, Sequence
from itertools import combinations, product
from operator import add
from typing import Any

from labelport.series.dicom.geometry import normal_of
from labelport.series.dicom.instances import Slice, Vector

PARALLEL = 1 - 1e-4
"""Least |dot| of two row, and of two column directions that count as one."""

SAME_SPACING = 1e-4
"""Relative difference of pixel spacings that count as one."""

FARTHEST_MM = 1e9
"""A position with a number beyond this is none."""

LENGTHS = (1e-6, 1e6)
"""A direction shorter or longer than this is none."""

_PIXELS = ("rows", "columns", "samples_per_pixel", "photometric", "bits_allocated", "pixel_representation")

StackKey = tuple[Any, ...]
Cell = tuple[int, ...]


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
    if plane.ipp is None or plane.iop is None:
        return False
    if max(map(abs, plane.ipp)) > FARTHEST_MM or max(map(abs, plane.iop)) > LENGTHS[1]:
        return False
    shortest = min(_square(plane.iop[:3]), _square(plane.iop[3:]))
    return shortest >= LENGTHS[0] ** 2 and any(normal_of(plane.iop))


def stacks_of(slices: Iterable[Slice]) -> list[list[Slice]]:
    """Return the stacks; each is sorted by SOPInstanceUID, and so are they by their first member.

    Orientation and spacing are compared with the first member of each stack, never as text: ``-0`` is 0.
    """
    by_key: dict[StackKey, _Stacks] = {}
    for plane in sorted(slices, key=lambda one: (*one.instance.order, one.frame or 0)):
        by_key.setdefault(stack_key(plane), _Stacks()).add(plane)
    return [stack for stacks in by_key.values() for stack in stacks.found]


class _Stacks:
    """Stacks of one key. Each plane goes to the first whose representative it equals."""

    def __init__(self) -> None:
        self.found: list[list[Slice]] = []
        self._known: dict[tuple[Vector | None, Vector | None], list[Slice]] = {}
        self._cells: dict[Cell, list[int]] = {}

    def add(self, plane: Slice) -> None:
        """Put a plane where it belongs; equal numbers belong where they did before."""
        stack = self._known.get((plane.iop, plane.spacing))
        if stack is None:
            cell = _cell(plane)
            near = (self.found[at] for at in self._near(cell) if same_plane(self.found[at][0], plane))
            stack = next(near, None)
            if stack is None:
                stack = []
                self._cells.setdefault(cell, []).append(len(self.found))
                self.found.append(stack)
            self._known[plane.iop, plane.spacing] = stack
        stack.append(plane)

    def _near(self, cell: Cell) -> Iterable[int]:
        """Return the places of the stacks that a plane may belong to, ascending: the others are too far to compare."""
        if len(self.found) <= _FEW:
            return range(len(self.found))
        around = (tuple(map(add, cell, step)) for step in _AROUND)
        return sorted(place for other in around for place in self._cells.get(other, ()))


def _cell(plane: Slice) -> Cell:
    """Return where a plane lies among all orientations and spacings; what counts as one is at most one cell apart.

    The squares of a direction's numbers are the same whichever way it points. Two directions of |dot| d differ in
    them by at most sqrt(2 - 2 d^2).
    """
    squares = (0.0, 0.0, 0.0, 0.0)
    if plane.iop is not None and has_geometry(plane):
        (a, b, _, c, d, _), row, column = plane.iop, _square(plane.iop[:3]), _square(plane.iop[3:])
        squares = (a * a / row, b * b / row, c * c / column, d * d / column)
    spacing = abs(plane.spacing[0]) if plane.spacing else 0.0
    return (*(int(square / _WIDE) for square in squares), math.floor(math.log(spacing) / _FINE) if spacing else 0)


_WIDE = 1.01 * math.sqrt(2 - 2 * PARALLEL**2)
_FINE = 1.01 * SAME_SPACING
_FEW = 24
_AROUND = tuple(product((-1, 0, 1), repeat=5))


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


RIGHT_ANGLE = 0.1
"""Greatest |cosine| between the normals of planes that cross at right angles: 6 degrees."""


def right_angled(stacks: Sequence[Sequence[Slice]]) -> bool:
    """Return whether there are three stacks, and they cross at right angles: a scout in three planes."""
    if len(stacks) != 3 or not all(has_geometry(stack[0]) for stack in stacks):
        return False
    normals = [normal_of(stack[0].iop) for stack in stacks if stack[0].iop]
    return all(
        abs(sum(a * b for a, b in zip(one, other, strict=True))) <= RIGHT_ANGLE
        for one, other in combinations(normals, 2)
    )


def is_localizer(stack: Sequence[Slice]) -> bool:
    """Return whether the images say that they are localizers."""
    first = stack[0]
    return "LOCALIZER" in (*first.image_type, *(first.instance.dicom.get("image_type") or ()))
