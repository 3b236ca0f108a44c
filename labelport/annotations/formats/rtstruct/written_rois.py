"""Numbers, names and colours of ROIs: those of the structures, where DICOM can hold them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from labelport.annotations.said import Said
from labelport.annotations.volumes.structures import Structure

MOST_CHARACTERS = 64
"""Of a Long String (PS3.5 section 6.2)."""

HIGHEST = 2**31 - 1
"""Of an Integer String."""

_NUMBER = re.compile(r"[0-9]{1,10}")

PALETTE = (
    *((230, 50, 50), (40, 160, 60), (50, 90, 230), (240, 200, 0), (0, 180, 200), (220, 60, 200)),
    *((250, 130, 0), (130, 70, 200), (150, 210, 40), (150, 90, 40), (0, 130, 130), (255, 150, 170)),
)
"""Red, green, blue of structures that have none, by ROI number."""


@dataclass(frozen=True)
class Roi:
    """How a structure is called."""

    number: int
    """ROI Number (3006,0022)."""

    name: str
    """ROI Name (3006,0026), at most 64 characters."""

    colour: tuple[int, int, int]
    """ROI Display Color (3006,002A)."""


def rois_of(structures: Sequence[Structure], said: Said, file: str) -> list[Roi]:
    """Return the ROIs of structures, in their order; what of a name is lost is said of ``file``."""
    numbers = _numbers(structures)
    names = _names(structures, numbers, said, file)
    return [
        Roi(number, name, each.colour or PALETTE[(number - 1) % len(PALETTE)])
        for each, number, name in zip(structures, numbers, names, strict=True)
    ]


def _numbers(structures: Sequence[Structure]) -> list[int]:
    """Return the structures' own numbers; where one is no ROI number, or not the first of its kind, a free one."""
    own = [int(each.number) if _NUMBER.fullmatch(each.number) else 0 for each in structures]
    taken = {number for number in own if 0 < number <= HIGHEST}
    free = (number for number in range(1, len(structures) + len(taken) + 1) if number not in taken)
    used: set[int] = set()
    found = []
    for number in own:
        chosen = number if number in taken and number not in used else next(free)
        used.add(chosen)
        found.append(chosen)
    return found


def _names(structures: Sequence[Structure], numbers: Sequence[int], said: Said, file: str) -> list[str]:
    """Return names that a Long String can hold; different names stay different."""
    held = {each.name for each in structures if _holds(each.name)}
    made: dict[str, str] = {}
    for place, (each, number) in enumerate(zip(structures, numbers, strict=True)):
        for code, words in _losses(each.name):
            said.say(code, file, f"(3006,0020)[{place}].(3006,0026)", f"the name of structure {number} {words}")
        if each.name not in made:
            made[each.name] = each.name if each.name in held else _distinct(_plain(each.name), {*held, *made.values()})
    return [made[each.name] for each in structures]


def _losses(name: str) -> Iterator[tuple[str, str]]:
    """Yield what a Long String does not hold of a name: codes, and words that do not say it."""
    if len(name) > MOST_CHARACTERS:
        yield "loss.roi_name", f"has {len(name):,} characters"
    if not name:
        yield "loss.names", "is empty; readers call it by its number"
    if _plain(name) != name:
        yield "loss.names", "has characters that are not allowed; others stand for them"
    if name != name.strip(" "):
        yield "loss.blanks", "begins or ends with blanks"


def _holds(name: str) -> bool:
    return len(name) <= MOST_CHARACTERS and name == _plain(name)


def _plain(name: str) -> str:
    """Return a name without what separates values or controls terminals."""
    return "".join(" " if ord(each) < 32 or 127 <= ord(each) < 160 else each for each in name).replace("\\", "/")


def _distinct(name: str, taken: set[str]) -> str:
    """Return the beginning of a name; where it is taken, with a number at its end."""
    cut, number = name[:MOST_CHARACTERS], 1
    while cut in taken:
        number += 1
        ending = f"~{number}"
        cut = name[: MOST_CHARACTERS - len(ending)] + ending
    return cut
