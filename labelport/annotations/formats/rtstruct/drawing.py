"""Contours of a structure on one slice as voxels, by their types (PS3.3 C.8.8.6.1)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from labelport.annotations.formats.rtstruct.contours import CLOSED, CLOSED_PLANAR, EXCLUSIVE, POINT
from labelport.annotations.volumes.structures import united
from labelport.geometry import lines
from labelport.geometry.batches import filled_each
from labelport.geometry.nesting import Combining, combined_each
from labelport.geometry.rings import Patch, Ring, RingFault


@dataclass(frozen=True)
class Flat:
    """A contour on its slice."""

    kind: str
    points: Ring
    """Shape (n, 2), x and y in pixels as edges."""

    pointer: str

    beyond: float = 0.0
    """Pixels that it reaches beyond the image; negative: inside."""

    @property
    def degenerate(self) -> bool:
        """Return whether it is closed, and has too few points to enclose anything."""
        return self.kind in CLOSED and len(self.points) < 3


@dataclass(frozen=True)
class DrawnSlice:
    """What contours of a slice became."""

    patch: Patch
    overlapping: bool = False
    faults: Sequence[tuple[str, str]] = ()
    """Pointer and words of contours that cannot be drawn; the others are."""


def drawn_each(slices: Sequence[Sequence[Flat]], height: int, width: int, rule: Combining) -> list[DrawnSlice]:
    """Return the voxels of a structure on each of some slices.

    Exclusive contours first, then plain closed ones by ``rule``; points and open contours, and closed ones of one or
    two points, are not filled. All that is united; under ``xor`` all closed ones are exclusive.
    """
    try:
        return _drawn(slices, height, width, rule)
    except RingFault:
        return [_drawn_in_part(contours, height, width, rule) for contours in slices]


def _drawn_in_part(contours: Sequence[Flat], height: int, width: int, rule: Combining) -> DrawnSlice:
    """Return what can be drawn of a slice."""
    good, faults = [], []
    for each in contours:
        try:
            _drawn([[each]], height, width, rule)
            good.append(each)
        except RingFault as fault:
            faults.append((each.pointer, str(fault)))
    try:
        (made,) = _drawn([good], height, width, rule)
    except RingFault as fault:  # each of them can be drawn, and not all together
        return DrawnSlice(united([]), faults=[*faults, (good[0].pointer, str(fault))])
    return DrawnSlice(made.patch, made.overlapping, faults)


def _drawn(slices: Sequence[Sequence[Flat]], height: int, width: int, rule: Combining) -> list[DrawnSlice]:
    exclusive = [_rings(contours, EXCLUSIVE) for contours in slices]
    plain = [_rings(contours, CLOSED_PLANAR) for contours in slices]
    if rule == "xor":
        exclusive = [[*one, *other] for one, other in zip(exclusive, plain, strict=True)]
        plain = [[] for _ in slices]
    first = filled_each(exclusive, height, width)
    then = combined_each(plain, height, width, rule=rule)
    found = []
    for contours, patch, (other, overlapping) in zip(slices, first, then, strict=True):
        parts = [part for part in (patch, other, *_lines(contours, height, width)) if part.mask.size]
        found.append(DrawnSlice(parts[0] if len(parts) == 1 else united(parts), overlapping))
    return found


def _rings(contours: Sequence[Flat], kind: str) -> list[Ring]:
    return [each.points for each in contours if each.kind == kind]  # those of two points fill nothing


def _lines(contours: Sequence[Flat], height: int, width: int) -> Iterator[Patch]:
    """Yield what is not filled."""
    for each in contours:
        if each.kind == POINT:
            yield from (lines.drawn([point], height, width) for point in each.points)
        elif each.kind not in CLOSED or each.degenerate:
            yield lines.drawn(each.points, height, width)
