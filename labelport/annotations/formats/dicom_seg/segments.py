"""The segments that an object declares (PS3.3 C.8.20.4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from labelport.annotations.formats.dicom_seg.elements import items_of, text_of, value_of, whole_of
from labelport.annotations.formats.dicom_seg.highdicom_reader import rgb_of
from labelport.annotations.said import Said


@dataclass(frozen=True)
class Segment:
    """One segment: a category."""

    number: int
    label: str
    colour: tuple[int, int, int] | None

    place: int
    """Its item in the Segment Sequence, 0-based."""

    @property
    def pointer(self) -> str:
        """Return its tag path."""
        return f"(0062,0002)[{self.place}]"


@dataclass(frozen=True)
class Kind:
    """How the pixels say what is of a segment."""

    type: str
    """BINARY, FRACTIONAL or LABELMAP."""

    half: float = 1
    """FRACTIONAL: the least value that is of the segment."""

    background: int | None = None
    """LABELMAP: the value that is of no segment."""


def kind_of(header: Any, file: str, said: Said) -> Kind | None:
    """Return how pixels are meant; null, with ``seg.unreadable``, where the header does not say it."""
    name = text_of(header, "SegmentationType")
    if name == "BINARY":
        return Kind(name)
    if name == "LABELMAP":
        padding = whole_of(header, "PixelPaddingValue")
        return Kind(name, background=0 if padding is None else padding)
    if name != "FRACTIONAL":
        said.say("seg.unreadable", file, "(0062,0001)", "the type is none of BINARY, FRACTIONAL and LABELMAP")
        return None
    most = whole_of(header, "MaximumFractionalValue")
    if most is None or most < 1:
        said.say("seg.unreadable", file, "(0062,000E)", "the type is FRACTIONAL, and the greatest value is not said")
        return None
    what = text_of(header, "SegmentationFractionalType")
    value = what if what in ("PROBABILITY", "OCCUPANCY") else None
    said.say("seg.fractional", file, "(0062,0001)", f"voxels from {most / 2:g} of {most} on were taken", value=value)
    return Kind(name, half=most / 2)


def segments_of(header: Any, kind: Kind, file: str, said: Said) -> Sequence[Segment]:
    """Return the segments in the order of the file; what is wrong with one costs no other."""
    found: dict[int, Segment] = {}
    for place, item in enumerate(items_of(header, "SegmentSequence")):
        pointer = f"(0062,0002)[{place}]"
        number = whole_of(item, "SegmentNumber")
        if number is not None and number == kind.background:
            continue
        if number is None or not 0 <= number <= 65535 or number in found:
            words = "the segment has no number" if number not in found else "another segment has this number"
            said.say("seg.bad_segment", file, f"{pointer}.(0062,0004)", words, value=number)
            continue
        label = text_of(item, "SegmentLabel")
        if not label:
            said.say("seg.no_name", file, f"{pointer}.(0062,0005)", f"it is called Segment {number}")
        colour = rgb_of(value_of(item, "RecommendedDisplayCIELabValue"))
        found[number] = Segment(number, label or f"Segment {number}", colour, place)
    return list(found.values())
