"""Contours of structures as points of the patient (PS3.3 C.8.8.6): raw numbers, judged one contour at a time."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from labelport.annotations.formats.rtstruct import tags
from labelport.annotations.formats.rtstruct.decimals import Floats, numbers
from labelport.annotations.formats.rtstruct.items import Item
from labelport.annotations.said import Said
from labelport.probing.dicom.walker import Element

CLOSED_PLANAR = "CLOSED_PLANAR"
EXCLUSIVE = "CLOSEDPLANAR_XOR"
OPEN_PLANAR = "OPEN_PLANAR"
POINT = "POINT"
CLOSED = frozenset((CLOSED_PLANAR, EXCLUSIVE))
READ = frozenset((CLOSED_PLANAR, EXCLUSIVE, OPEN_PLANAR, POINT))
"""Contour Geometric Types that become voxels."""

NAMED = frozenset(("OPEN_NONPLANAR", "OPEN_NON_PLANAR", "INTERPOLATED_PLANAR"))
"""Types that are refused and may be repeated in a finding: another text could be anything."""

_WANTED = frozenset((tags.CONTOUR_IMAGES, tags.GEOMETRIC_TYPE, tags.POINT_COUNT, tags.CONTOUR_DATA))
_REFERENCE = frozenset((tags.REFERENCED_SOP_INSTANCE, tags.REFERENCED_FRAME))


@dataclass(frozen=True)
class Reference:
    """An image that a contour refers to."""

    sop_uid: str = field(repr=False)
    frames: tuple[int, ...] = ()
    """0-based; empty: any frame."""


@dataclass(frozen=True)
class Contour:
    """One contour."""

    kind: str
    points: Floats
    """Shape (n, 3), LPS, millimetres; at least one."""

    references: tuple[Reference, ...]
    pointer: str
    counted: bool = True
    """The file says how many points it has."""


def contours(item: Item, sequence: Element | None, file: str, said: Said) -> list[Contour] | None:
    """Return the contours of a structure that can be read, or null where one is of a type that refuses all of it."""
    held = [(each, each.leaves(_WANTED)) for each in item.below(sequence)]
    for each, found in held:
        kind = each.text(found.get(tags.GEOMETRIC_TYPE))
        if kind not in READ:
            words = "its kind of contour lies in no plane, or is not known" if kind else "a contour says no type"
            value = kind if kind in NAMED else None
            said.say("rtstruct.unsupported_type", file, each.pointer, words, value=value)
            return None
    read = (_contour(each, found, file, said) for each, found in held)
    return [contour for contour in read if contour is not None]


def _contour(item: Item, found: dict[int, Element], file: str, said: Said) -> Contour | None:
    values = numbers(item.raw(found.get(tags.CONTOUR_DATA)))
    if values is None:
        said.say("rtstruct.bad_number", file, item.pointer, "Contour Data holds something that is no number")
        return None
    count = found.get(tags.POINT_COUNT)
    counted, declares = item.whole(count), bool(item.text(count))
    if len(values) % 3 or (declares and counted != len(values) // 3):
        says = "no whole number of points" if counted is None else f"{counted:,} points"
        words = f"the contour says {says if declares else 'nothing'} and holds {len(values):,} numbers"
        said.say("rtstruct.point_count", file, item.pointer, words, severity="error")
        return None
    if not len(values):
        said.say("rtstruct.degenerate_contour", file, item.pointer, "the contour has no point; it was left out")
        return None
    kind = item.text(found.get(tags.GEOMETRIC_TYPE))
    return Contour(kind, values.reshape(-1, 3), tuple(_references(item, found)), item.pointer, counted=declares)


def _references(item: Item, found: dict[int, Element]) -> Iterator[Reference]:
    for image in item.below(found.get(tags.CONTOUR_IMAGES)):
        held = image.leaves(_REFERENCE)
        uid = image.uid(held.get(tags.REFERENCED_SOP_INSTANCE))
        if uid:
            yield Reference(uid, tuple(_frames(image.text(held.get(tags.REFERENCED_FRAME)))))


def _frames(text: str) -> Iterator[int]:
    """Yield 0-based frames of Referenced Frame Number, which counts from 1; what is no number is no frame."""
    for part in text.split("\\"):
        stripped = part.strip()
        if stripped.isascii() and stripped.isdecimal() and len(stripped) < 10:
            yield int(stripped) - 1
