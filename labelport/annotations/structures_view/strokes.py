"""How outlines of structures are told apart: their colours, and which of them a legend names."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from labelport.annotations.structures_view.cuts import Flags

Colour = tuple[int, int, int]

COLOURS = (
    (230, 159, 0), (86, 180, 233), (0, 158, 115), (240, 228, 66), (213, 94, 0), (204, 121, 167), (0, 114, 178),
)  # fmt: skip
"""Told apart by colour-blind people too: M. Okabe, K. Ito, Color Universal Design (2008), without black."""

REST = (255, 255, 255)
"""Of structures that the legend does not name."""

MOST_NAMED = 12
MOST_NAME = 24
"""Structures of a legend, and characters of a name."""

NEAR, GREY = 100, 40
"""Colours nearer to one another (sum of differences) are taken for one; those whose parts differ less are greys."""


@dataclass(frozen=True)
class Outlined:
    """A structure on the views of its volume."""

    words: str
    """Its name and how large it is: what the legend says."""

    masks: Sequence[Flags | None]
    """By view, of the size of its ground; null where it is not on it."""

    colour: Colour | None = None
    """Of its file."""


@dataclass(frozen=True)
class Stroke:
    """How an outline is drawn."""

    colour: Colour
    dashed: bool = False


def strokes_of(structures: Sequence[Outlined]) -> tuple[list[int], list[Stroke]]:
    """Return which structures the legend names, and how each of all is drawn.

    Named are those with the most pixels on the slices, in their own order. A structure has the colour of its file where
    that is no grey, and no other has it; else the next one of ``COLOURS``, dashed from the eighth on.
    """
    sizes = [sum(int(mask.sum()) for mask in each.masks if mask is not None) for each in structures]
    order = sorted(range(len(structures)), key=lambda number: (-sizes[number], number))
    named = sorted(order[:MOST_NAMED])
    strokes = [Stroke(REST)] * len(structures)
    taken: list[Colour] = []
    for number in named:
        own = structures[number].colour
        if own is not None and max(own) - min(own) >= GREY and all(_apart(own, other) for other in taken):
            strokes[number] = Stroke(own)
            taken.append(own)
    free = [colour for colour in COLOURS if all(_apart(colour, other) for other in taken)] or list(COLOURS)
    for place, number in enumerate(number for number in named if strokes[number].colour == REST):
        strokes[number] = Stroke(free[place % len(free)], dashed=place >= len(free))
    return named, strokes


def _apart(one: Colour, other: Colour) -> bool:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) >= NEAR


def outline_of(mask: Flags) -> Flags:
    """Return the pixels of a mask that touch what is outside of it; the picture's edge is outside."""
    inner = np.pad(mask, 1)
    return np.asarray(mask & ~(inner[:-2, 1:-1] & inner[2:, 1:-1] & inner[1:-1, :-2] & inner[1:-1, 2:]), np.bool_)
