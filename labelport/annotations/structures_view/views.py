"""The three views of a volume as radiologists look at them: which axis goes where, and what stands at the sides.

Axial: the patient's right at the left, the front on top; coronal: the right at the left, head up; sagittal: the front
at the left, head up. Sources: the LPS coordinates of PS3.3 C.7.6.2.1.1, and its letters for directions (C.7.6.1.1.1).
"""

from dataclasses import dataclass
from itertools import permutations

import numpy as np

from labelport.annotations.structures_view.layout import Layout
from labelport.geometry.stacks import Floats

OBLIQUE = float(np.cos(np.deg2rad(20)))
"""An axis whose cosine with the patient's is less is oblique: a tilted gantry, 18.5 degrees, still gives axial slices."""

BESIDE = float(np.sin(np.deg2rad(20)))
"""A direction has a second letter where it leans by more."""

_LETTERS = (("R", "L"), ("A", "P"), ("F", "H"))
_WAYS = {2: (0, 1.0, 1, 1.0), 1: (0, 1.0, 2, -1.0), 0: (1, 1.0, 2, -1.0)}
"""By the patient's axis that a view looks along: what goes to the right, in which sense, and what goes down."""

_NAMES = {2: "axial", 1: "coronal", 0: "sagittal"}
_AXES = ("column", "row", "slice")


@dataclass(frozen=True)
class View:
    """One of the three planes."""

    axis: int
    """Axis of the stack that it is a cut across: 0 columns, 1 rows, 2 planes."""

    across: int
    """Axis of the stack that goes to the right, or to the left where ``flip_across``."""

    down: int
    flip_across: bool
    flip_down: bool
    name: str
    """axial, coronal, sagittal; empty where it is oblique, or the volume has no orientation."""

    letters: tuple[str, str, str, str]
    """At the left, the right, the top and the bottom; empty where the volume has no orientation."""

    def title(self, index: int) -> str:
        """Return what stands above it; ``index``: 0-based slice, row or column."""
        place = f"{_AXES[self.axis]} {index}"
        if self.name:
            return f"{self.name}, {place}"
        return f"{place}, oblique" if any(self.letters) else place


def views_of(layout: Layout, *, oriented: bool) -> list[View]:
    """Return axial, coronal and sagittal view, or what is nearest to them; of a single plane that one alone."""
    directions = layout.directions
    order = max(permutations(range(3)), key=lambda axes: sum(abs(directions[i][axes[i]]) for i in range(3)))
    oblique = any(abs(directions[i][order[i]]) < OBLIQUE for i in range(3))
    found = []
    for patient in (2, 1, 0):
        right, right_sense, under, under_sense = _WAYS[patient]
        axis, across, down = (order.index(each) for each in (patient, right, under))
        if layout.sizes[2] == 1 and axis != 2:
            continue
        flips = [
            bool(directions[own][of] * sense < 0)
            for own, of, sense in ((across, right, right_sense), (down, under, under_sense))
        ]
        ways = [directions[own] * (-1 if flip else 1) for own, flip in zip((across, down), flips, strict=True)]
        left, top = (letters(-way) for way in ways)
        sides = (left, letters(ways[0]), top, letters(ways[1])) if oriented else ("", "", "", "")
        name = _NAMES[patient] if oriented and not oblique else ""
        found.append(View(axis, across, down, flips[0], flips[1], name, sides))
    return found


def letters(direction: Floats) -> str:
    """Return where a direction (LPS, length 1) leads: R or L, A or P, H or F; two or three where it is oblique.

    >>> letters(np.array([0.0, -1.0, 0.0])), letters(np.array([0.8, 0.0, 0.6]))
    ('A', 'LH')
    """
    by_size = sorted(range(3), key=lambda axis: -abs(direction[axis]))
    leading = [axis for number, axis in enumerate(by_size) if not number or abs(direction[axis]) > BESIDE]
    return "".join(_LETTERS[axis][int(direction[axis] > 0)] for axis in leading)
