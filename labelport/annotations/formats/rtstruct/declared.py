"""The structures that a file declares: numbers, names, colours, what they are (PS3.3 C.8.8.5, C.8.8.8)."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from labelport.annotations.formats.rtstruct import tags
from labelport.annotations.formats.rtstruct.items import Item
from labelport.annotations.said import Said
from labelport.probing.dicom.texts import decoded
from labelport.probing.dicom.walker import Element

_WANTED = frozenset((tags.ROI_NUMBER, tags.ROI_FRAME_OF_REFERENCE, tags.ROI_NAME))
_OBSERVED = frozenset((tags.REFERENCED_ROI, tags.INTERPRETED_TYPE))

# fmt: off
INTERPRETED_TYPES = frozenset((
    "AVOIDANCE", "BOLUS", "BRACHY_ACCESSORY", "BRACHY_CHANNEL", "BRACHY_CHNL_SHLD", "BRACHY_SRC_APP", "CAVITY",
    "CONTRAST_AGENT", "CONTROL", "CTV", "DEVICE", "DOSE_MEASUREMENT", "DOSE_REGION", "EXTERNAL", "FIXATION", "GTV",
    "IRRAD_VOLUME", "ISOCENTER", "MARKER", "OAR", "ORGAN", "PTV", "REGISTRATION", "SUPPORT", "TREATED_VOLUME",
))
# fmt: on
"""Terms of the standard; others are not kept: they could be anything."""


LONGEST_NAME = 1 << 16
"""Characters: the standard has 64, and longer names are kept whole."""


@dataclass(frozen=True)
class Roi:
    """A structure as it is declared."""

    number: int
    name: str
    frame_of_reference: str
    """Raw UID; empty where it says none."""

    pointer: str


def declared(top: Item, found: Mapping[int, Element], file: str, said: Said) -> list[Roi]:
    """Return the structures in their order; those without a number of their own are told and left out."""
    charset = top.text(found.get(tags.CHARACTER_SET))
    rois: list[Roi] = []
    taken: set[int] = set()
    names: Counter[str] = Counter()
    for item in top.below(found.get(tags.STRUCTURES)):
        held = item.leaves(_WANTED)
        number = item.whole(held.get(tags.ROI_NUMBER))
        if number is None or number in taken:
            words = "the structure has no number" if number is None else f"structure {number} is declared before"
            said.say("rtstruct.roi_number", file, item.pointer, words)
            continue
        taken.add(number)
        name, strange = decoded(item.raw(held.get(tags.ROI_NAME)), charset, most=LONGEST_NAME)
        if strange:
            words = f"the name of structure {number} is not in the character set of the file"
            said.say("rtstruct.charset", file, item.pointer, words)
        if not name:
            said.say("rtstruct.no_name", file, item.pointer, f"structure {number} has no name")
            name = str(number)
        if names[name]:
            said.say("rtstruct.duplicate_roi_name", file, item.pointer, f"structure {number} has the name of another")
        names[name] += 1
        rois.append(Roi(number, name, item.uid(held.get(tags.ROI_FRAME_OF_REFERENCE)), item.pointer))
    return rois


def interpreted_types(top: Item, found: Mapping[int, Element]) -> dict[str, str]:
    """Return what structures are said to be, by number: terms of the standard alone."""
    types: dict[str, str] = {}
    for item in top.below(found.get(tags.OBSERVATIONS)):
        held = item.leaves(_OBSERVED)
        number = item.whole(held.get(tags.REFERENCED_ROI))
        term = item.text(held.get(tags.INTERPRETED_TYPE))
        if number is not None and term in INTERPRETED_TYPES:
            types.setdefault(str(number), term)
    return types


def colour_of(item: Item, element: Element | None) -> tuple[int, int, int] | None:
    """Return red, green, blue of an item of contours; null where it does not say three numbers of 0 to 255."""
    parts = [part.strip() for part in item.text(element).split("\\")]
    if len(parts) != 3 or not all(part.isdecimal() and len(part) < 4 and int(part) < 256 for part in parts):
        return None
    red, green, blue = map(int, parts)
    return red, green, blue
