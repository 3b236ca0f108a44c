"""Shapes in well-known text: POINT, LINESTRING, POLYGON and MULTIPOLYGON of two coordinates.

The grammar is that of OGC 06-103r4, section 7, without Z and M, without empty shapes, and without the other
geometries. The four kinds have fixed depths, so nothing here is recursive.
"""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

Points = np.ndarray[Any, np.dtype[np.float64]]
"""Shape (points, 2): x and y."""

MOST_CHARACTERS = 1 << 24
LEAST_RING = 4
"""Points of a ring, the repeated first one included."""

_NUMBER = r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
_PAIR = re.compile(rf"\s*{_NUMBER}\s+{_NUMBER}\s*", re.ASCII)
_PAIRS = re.compile(rf"\s*{_NUMBER}\s+{_NUMBER}\s*(?:,\s*{_NUMBER}\s+{_NUMBER}\s*)*", re.ASCII)
_WORD = re.compile(r"\s*([A-Za-z]*)\s*", re.ASCII)
_NO_BLANK = re.compile(r"\S", re.ASCII)
_END_OF_LIST = re.compile(r"[()]")


class WktFault(ValueError):
    """The text is none of the shapes; ``column`` counts its characters from 1."""

    def __init__(self, words: str, column: int) -> None:
        super().__init__(words)
        self.column = column


@dataclass(frozen=True)
class WktShape:
    """A shape as its text says it, in the unit of the text."""

    kind: str
    """POINT, LINESTRING, POLYGON or MULTIPOLYGON."""

    outer: tuple[Points, ...]
    """The outer ring of each polygon, its first point repeated at the end; of a POINT or LINESTRING its points."""

    inner: tuple[Points, ...] = ()
    """The inner rings of all polygons: holes."""


def parse(text: str) -> WktShape:
    """Return the shape of a text; keywords in any case. Raises ``WktFault`` with the column.

    >>> parse("POLYGON ((0 0, 4 0, 4 2, 0 0))").outer[0].shape
    (4, 2)
    """
    if len(text) > MOST_CHARACTERS:
        raise WktFault(f"the text has more than {MOST_CHARACTERS:,} characters", MOST_CHARACTERS)
    at, kind = _word(text, 0)
    if kind not in ("POINT", "LINESTRING", "POLYGON", "MULTIPOLYGON"):
        raise WktFault("no shape that is known begins here", at - len(kind) + 1)
    at = _skip(text, at)
    after, word = _word(text, at)
    if word:
        reason = "the shape is empty" if word == "EMPTY" else "only x and y are read"
        raise WktFault(reason, after - len(word) + 1)
    outer, inner, at = _shape(text, at, kind)
    end = _skip(text, at)
    if end != len(text):
        raise WktFault("there is text after the end of the shape", end + 1)
    return WktShape(kind, tuple(outer), tuple(inner))


def _word(text: str, at: int) -> tuple[int, str]:
    """Return where the word ends that stands here, and the word in capitals."""
    found = _WORD.match(text, at)
    return (found.end(1), found[1].upper()) if found else (at, "")


def _shape(text: str, at: int, kind: str) -> tuple[list[Points], list[Points], int]:
    if kind == "MULTIPOLYGON":
        return _polygons(text, at)
    if kind == "POLYGON":
        rings, at = _rings(text, at)
        return rings[:1], rings[1:], at
    start = at
    points, at = _points(text, at)
    if kind == "POINT" and len(points) != 1:
        raise WktFault("a point has one pair of numbers", start + 1)
    if kind == "LINESTRING" and len(points) == 1:
        raise WktFault("a line has two points or more", start + 1)
    return [points], [], at


def _polygons(text: str, at: int) -> tuple[list[Points], list[Points], int]:
    outer: list[Points] = []
    inner: list[Points] = []
    at = _expect(text, at, "(")
    while True:
        rings, at = _rings(text, at)
        outer.append(rings[0])
        inner += rings[1:]
        at, ended = _next(text, at)
        if ended:
            return outer, inner, at


def _rings(text: str, at: int) -> tuple[list[Points], int]:
    made: list[Points] = []
    at = _expect(text, at, "(")
    while True:
        start = _skip(text, at)
        ring, at = _points(text, start)
        if len(ring) < LEAST_RING:
            raise WktFault(f"a ring has {LEAST_RING} points or more", start + 1)
        if (ring[0] != ring[-1]).any():
            raise WktFault("a ring ends where it begins", at)
        made.append(ring)
        at, ended = _next(text, at)
        if ended:
            return made, at


def _points(text: str, at: int) -> tuple[Points, int]:
    """Return the points of a list in brackets, and where the text goes on."""
    at = _expect(text, at, "(")
    end = _END_OF_LIST.search(text, at)
    if end is None or end[0] == "(":
        raise WktFault("a list of points does not end", (end.start() if end else len(text)) + 1)
    if not _PAIRS.fullmatch(text, at, end.start()):
        raise _bad_pair(text, at, end.start())
    points = np.array(text[at : end.start()].replace(",", " ").split(), np.float64).reshape(-1, 2)
    if not np.isfinite(points).all():
        raise WktFault("a number is beyond every type", at + 1)
    return points, end.end()


def _bad_pair(text: str, at: int, end: int) -> WktFault:
    """Return the fault of the first pair between two places that is none."""
    while True:
        comma = text.find(",", at, end)
        pair_end = end if comma < 0 else comma
        if not _PAIR.fullmatch(text, at, pair_end) or comma < 0:
            place = min(_skip(text, at), pair_end)
            return WktFault("two numbers with a blank between them are missing", place + 1)
        at = comma + 1


def _expect(text: str, at: int, mark: str) -> int:
    at = _skip(text, at)
    if text[at : at + 1] != mark:
        raise WktFault(f"{mark} is missing", at + 1)
    return at + 1


def _next(text: str, at: int) -> tuple[int, bool]:
    """Step over a comma or a closing bracket; return whether it was the bracket."""
    at = _skip(text, at)
    if text[at : at + 1] not in (",", ")"):
        raise WktFault("a comma or ) is missing", at + 1)
    return at + 1, text[at] == ")"


def _skip(text: str, at: int) -> int:
    """Return where the next character stands that is no blank."""
    found = _NO_BLANK.search(text, at)
    return found.start() if found else len(text)
