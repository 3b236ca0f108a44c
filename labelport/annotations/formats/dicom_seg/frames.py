"""What the functional groups say of each frame (PS3.3 C.7.6.16 and C.8.20.3)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from labelport.annotations.formats.dicom_seg.elements import floats_of, item_of, items_of, text_of, whole_of
from labelport.geometry.stacks import Floats

MOST_SOURCES = 1000
"""Source images of a frame that are looked at."""


@dataclass(frozen=True)
class Framed:
    """A frame, of which no pixel is read yet."""

    number: int
    """0-based."""

    segment: int | None
    """Referenced Segment Number."""

    position: Floats | None
    """Shape (3,): centre of its first pixel, LPS, millimetres."""

    orientation: Floats | None
    """Shape (6,): along the row, along the column."""

    spacing: Floats | None
    """Shape (2,): millimetres between rows, between columns."""

    sources: Sequence[tuple[str, int | None]]
    """SOP Instance UID of images that it is made from, raw, and their frame, 0-based."""

    @property
    def pointer(self) -> str:
        """Return its tag path."""
        return f"(5200,9230)[{self.number}]"


def frames_of(header: Any, count: int) -> Iterator[Framed]:
    """Yield the frames; a group of the frame wins over the shared one."""
    shared = item_of(header, "SharedFunctionalGroupsSequence")
    each = items_of(header, "PerFrameFunctionalGroupsSequence")
    for number in range(count):
        own = each[number] if number < len(each) else None

        def group(name: str, own: Any = own) -> Any:
            return item_of(own, name) or item_of(shared, name)

        yield Framed(
            number,
            whole_of(group("SegmentIdentificationSequence"), "ReferencedSegmentNumber"),
            floats_of(group("PlanePositionSequence"), "ImagePositionPatient", 3),
            floats_of(group("PlaneOrientationSequence"), "ImageOrientationPatient", 6),
            floats_of(group("PixelMeasuresSequence"), "PixelSpacing", 2),
            list(islice(_sources(own, shared), MOST_SOURCES)),
        )


def _sources(own: Any, shared: Any) -> Iterator[tuple[str, int | None]]:
    for held in (own, shared):
        derivations = items_of(held, "DerivationImageSequence")
        for source in (one for derivation in derivations for one in items_of(derivation, "SourceImageSequence")):
            uid, frame = text_of(source, "ReferencedSOPInstanceUID"), whole_of(source, "ReferencedFrameNumber")
            if uid:
                yield uid, None if frame is None else frame - 1
        if derivations:
            return
