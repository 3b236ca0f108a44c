"""Structures as contours: the edges of their pixels in the patient's millimetres, as decimals of 16 characters."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec
import numpy as np

from labelport.annotations.volumes.structures import Structure
from labelport.geometry.keyhole import joined
from labelport.geometry.rings import Ring
from labelport.geometry.stacks import Floats, Stack
from labelport.geometry.tracing import traced

Holes = Literal["xor", "keyhole"]

MOST_CHARACTERS = 16
"""Of a Decimal String (PS3.5 section 6.2)."""

FARTHEST = 1e13
"""Millimetres from the origin of the patient: beyond it no decimal is left."""

MOST_PIXELS_OFF = 0.25
"""Of a corner in its plane: at 0.5 a centre changes sides."""

MOST_MM_OFF = 1e-3
"""Of a corner from its plane: readers take contours for planar up to 1e-2 mm."""

PLAIN = "CLOSED_PLANAR"
EXCLUSIVE = "CLOSEDPLANAR_XOR"


@dataclass(frozen=True)
class Contour:
    """One closed contour."""

    plane: int
    """Of the image volume."""

    points: int

    text: bytes
    """Contour Data (3006,0050): x, y, z of each point, LPS, between backslashes. The first point is not repeated."""


@dataclass(frozen=True)
class Contours:
    """The contours of a structure, by plane."""

    kind: str
    """Contour Geometric Type (3006,0042) of all of them."""

    contours: Sequence[Contour]


def contours_of(structure: Structure, stack: Stack, holes: Holes) -> Contours:
    """Return the outlines of a structure's voxels.

    Filled by even-odd at the centres of pixels they give the voxels again. A structure that has a hole anywhere has
    exclusive contours alone (PS3.3 C.8.8.6.3), or with ``holes="keyhole"`` cuts from its holes to its outlines.
    """
    contours: list[Contour] = []
    exclusive = False
    for plane in sorted(structure.patches):
        patch = structure.patches[plane]
        outer, inner = traced(patch.mask)
        exclusive |= bool(inner) and holes == "xor"
        rings = joined(outer, inner) if holes == "keyhole" else [*outer, *inner]
        corner = np.array([patch.left, patch.top])
        contours += [_contour(ring + corner, stack, plane) for ring in rings]
    return Contours(EXCLUSIVE if exclusive else PLAIN, contours)


def _contour(ring: Ring, stack: Stack, plane: int) -> Contour:
    return Contour(plane, len(ring), decimal_strings(stack.points(ring, plane).ravel()))


def decimal_strings(numbers: Floats) -> bytes:
    """Return numbers as the shortest decimals of 16 characters, between backslashes.

    All have as many decimals at most as fit behind the largest of them and a sign: for coordinates of five digits they
    err by half a billionth. ``numbers``: shape (n,), finite, below ``FARTHEST``.

    >>> decimal_strings(np.array([-40.0, 0.1 + 0.2, 21.25, -12345.67890123456]))
    b'-40\\\\0.3\\\\21.25\\\\-12345.678901235'
    """
    before = len(str(int(np.abs(numbers).max())))
    # A whole number below 2^53 over a power of ten: the nearest number to a decimal that short, which is what is shown.
    rounded = np.round(numbers, MOST_CHARACTERS - len("-.") - before) + 0.0
    text = msgspec.json.encode(rounded.tolist())[1:-1] + b","
    return text.replace(b".0,", b",").replace(b",", b"\\")[:-1]


def is_exact(stack: Stack) -> bool:
    """Return whether the corners of all planes come to lie where they are when they are written and read again.

    Nothing lies farther off than they do, since both ways are linear. Decimals are too short where an image lies
    absurdly far from its origin; rows and columns that are not at right angles are read as if they were (medical,
    section 6, rule 3).
    """
    columns, rows, planes = stack.shape
    corners = np.array([[0, 0], [columns, 0], [columns, rows], [0, rows]], np.float64)
    return all(_stays(stack, corners, plane) for plane in range(planes))


def _stays(stack: Stack, corners: Floats, plane: int) -> bool:
    points = stack.points(corners, plane)
    if not np.abs(points).max() < FARTHEST:
        return False
    written = np.array(decimal_strings(points.ravel()).split(b"\\"), np.float64).reshape(points.shape)
    beside = np.abs(stack.pixels(written, plane) - corners).max()
    above = np.abs((written - points) @ stack.normal).max()
    return bool(beside <= MOST_PIXELS_OFF and above <= MOST_MM_OFF)
