"""Where the planes of a stack lie along its normal, and what is odd about that. Nothing is repaired."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from labelport.series.dicom.instances import Slice, Vector

SAME_POSITION_MM = 1e-3
SAME_POSITION_SHARE = 0.01
"""Positions within the larger of both (of the median gap) are one."""

UNEVEN_MM = 0.01
UNEVEN_SHARE = 0.01
TILT_DEG = 0.5
_AXES = ("R>L", "A>P", "I>S")
"""Directions of the patient's axes x, y, z (LPS)."""


def normal_of(iop: Vector) -> Vector:
    """Return row x column direction, of length 1; zeros where they are parallel."""
    (a, b, c), (d, e, f) = iop[:3], iop[3:]
    cross = (b * f - c * e, c * d - a * f, a * e - b * d)
    length = math.sqrt(sum(value * value for value in cross))
    return tuple(value / length for value in cross) if length else (0.0, 0.0, 0.0)


def along(ipp: Vector, normal: Vector) -> float:
    """Return how far a position lies along the normal, in millimetres."""
    return sum(a * b for a, b in zip(ipp, normal, strict=True))


def levels_of(stack: Sequence[Slice]) -> tuple[list[list[Slice]], list[float]]:
    """Return the planes by position, ascending, and the positions in millimetres.

    The normal is that of the first member: all are parallel to it.
    """
    assert stack[0].iop is not None
    normal = normal_of(stack[0].iop)
    placed = sorted(
        ((along(plane.ipp, normal), plane) for plane in stack if plane.ipp is not None),
        key=lambda pair: (pair[0], pair[1].order),
    )
    gaps = [b[0] - a[0] for a, b in pairwise(placed)]
    distinct = [gap for gap in gaps if gap > SAME_POSITION_MM]
    nearest = max(SAME_POSITION_MM, SAME_POSITION_SHARE * median(distinct)) if distinct else SAME_POSITION_MM
    levels: list[list[Slice]] = []
    positions: list[float] = []
    for position, plane in placed:
        if positions and position - positions[-1] <= nearest:
            levels[-1].append(plane)
        else:
            levels.append([plane])
            positions.append(position)
    return levels, positions


@dataclass(frozen=True)
class Spacing:
    """Distances between neighbouring planes."""

    median_mm: float
    min_mm: float
    max_mm: float
    irregular: bool
    """Some distance differs from the median, and no missing planes explain it."""

    missing: tuple[tuple[int, int], ...]
    """Runs of absent planes: number of the first, counted from 0 as if none were, and how many."""

    @property
    def missing_count(self) -> int:
        """Return how many planes are absent."""
        return sum(count for _, count in self.missing)


def spacing_of(positions: Sequence[float]) -> Spacing | None:
    """Return what the distances are like; null for fewer than two positions."""
    gaps = [b - a for a, b in pairwise(positions)]
    if not gaps:
        return None
    middle = median(gaps)
    tolerance = max(UNEVEN_MM, UNEVEN_SHARE * middle)
    irregular = False
    missing: list[tuple[int, int]] = []
    number = 0
    for gap in gaps:
        steps = round(gap / middle)
        if abs(gap - middle) <= tolerance:
            steps = 1
        elif gap >= 1.5 * middle and steps >= 2 and abs(gap - steps * middle) <= tolerance:
            missing.append((number + 1, steps - 1))
        else:
            irregular = True
            steps = max(steps, 1)
        number += steps
    return Spacing(middle, min(gaps), max(gaps), irregular, tuple(missing))


def tilt_deg(first: Slice, last: Slice, normal: Vector) -> float:
    """Return the angle between the way from the first plane to the last and the normal, in degrees."""
    assert first.ipp is not None
    assert last.ipp is not None
    step = tuple(b - a for a, b in zip(first.ipp, last.ipp, strict=True))
    length = math.sqrt(sum(value * value for value in step))
    if not length:
        return 0.0
    return math.degrees(math.acos(min(1.0, abs(along(step, normal)) / length)))


def direction_of(normal: Vector) -> str:
    """Return the patient's axis that ascending positions follow best, as ``I>S``."""
    axis = max(range(3), key=lambda place: abs(normal[place]))
    return _AXES[axis] if normal[axis] >= 0 else _AXES[axis][::-1]


def number_list(runs: Sequence[tuple[int, int]], *, most: int = 50) -> str:
    """Return runs (first, count) of numbers as ``3-5, 9``; past ``most`` numbers how many there are.

    >>> number_list([(3, 3), (9, 1)])
    '3-5, 9'
    """
    shown = []
    left = most
    for first, count in runs:
        taken = min(count, left)
        if not taken:
            break
        shown.append(f"{first}-{first + taken - 1}" if taken > 1 else str(first))
        left -= taken
    total = sum(count for _, count in runs)
    return ", ".join(shown) if total <= most else f"{', '.join(shown)} … ({total:,} in all)"
