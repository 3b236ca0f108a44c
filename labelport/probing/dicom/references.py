"""Which series an object refers to: what structure sets, segmentations, reports and presentation states are about."""

from collections.abc import Iterator

from labelport.probing.dicom import tags, values
from labelport.probing.dicom.walker import Coding, Element, elements, inner, items
from labelport.probing.dicom.window import Window

MOST = 1000
"""Series that are kept of one object; beyond that the row says that there are more."""

SEQUENCES = frozenset({
    tags.REFERENCED_SERIES,  # Common Instance Reference: SEG, presentation states, registrations, fiducials, annotations
    0x00081200,  # Studies Containing Other Referenced Instances
    tags.EVIDENCE,  # Current Requested Procedure Evidence: SR, key objects
    0x0040A385,  # Pertinent Other Evidence
    0x00700402,  # Blending: presentation states
    tags.REFERENCED_FRAMES_OF_REFERENCE,  # RTSTRUCT
})  # fmt: skip
"""Sequences at the top of an object that lead to the series that it refers to."""

_STEPS = frozenset({tags.REFERENCED_SERIES, 0x30060012, 0x30060014})
_DEEPEST = 8
_SERIES_UID = 0x0020000E
_FRAME_OF_REFERENCE_UID = 0x00200052


def referred_to(window: Window, element: Element, end: int, coding: Coding) -> Iterator[tuple[str, str]]:
    """Yield ``series_uid`` or ``frame_of_reference_uid`` and its value, in file order, again where it stands again.

    Raises what ``Window.need`` raises: what was yielded before that is good.
    """
    return _inside(window, element, end, coding, depth=0)


def _inside(window: Window, element: Element, end: int, coding: Coding, *, depth: int) -> Iterator[tuple[str, str]]:
    within = inner(element.vr, coding)
    for start, stop in items(window, element, end, coding, depth=depth):
        for leaf in elements(window, start, stop, within, depth=depth + 1):
            if leaf.tag in (_SERIES_UID, _FRAME_OF_REFERENCE_UID) and leaf.length <= 128:
                try:
                    found = values.uid(window.bytes(leaf.value_at, leaf.length))
                except values.BadValue:
                    continue
                if found:
                    yield ("series_uid" if leaf.tag == _SERIES_UID else "frame_of_reference_uid"), found
            elif leaf.tag in _STEPS and depth < _DEEPEST:
                yield from _inside(window, leaf, stop, within, depth=depth + 1)
