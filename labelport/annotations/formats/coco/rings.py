"""Segmentations that are lists of rings, judged by counting commas: only odd ones are decoded.

A ring of x, y, x, y, … has an odd count of commas, and one of too few points has too few of them. The counts are
taken between brackets, modulo 256: what looks right there is right, because evenness survives and a small count
cannot look like a large one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Raw

from labelport.annotations.formats.coco.values import LIST, LIST_END, first_bytes, numbers_of

Flags = np.ndarray[Any, np.dtype[np.bool_]]
Rows = np.ndarray[Any, np.dtype[np.int64]]

COMMA, QUOTE = b',"'
MOST_COUNTED = 200
"""Commas that fit into the count; rings that must have more are decoded."""


@dataclass
class Rings:
    """What was found in the rows whose segmentation is a list."""

    none: Flags = field(default_factory=lambda: np.zeros(0, np.bool_))
    """Rows of ``[]``."""

    kept: dict[int, bytes | None] = field(default_factory=dict)
    """Rows whose text is replaced: rings were left out; null where none is left, or none was there."""

    short: list[tuple[int, int | None]] = field(default_factory=list)
    """(row, ring) of rings with too few points; ring null: the list itself is the ring."""

    odd: list[tuple[int, int | None]] = field(default_factory=list)
    bad: list[int] = field(default_factory=list)
    """Rows whose list is no list of rings."""


def judged_rings(column: pa.BinaryArray, *, least_points: int) -> Rings:
    """Return which lists of a column are not rings of at least ``least_points`` points."""
    made = Rings()
    lists = first_bytes(column) == LIST
    made.none = np.asarray(lists & (np.asarray(pc.fill_null(pc.binary_length(column), 0)) == len(b"[]")))
    for row in np.flatnonzero(lists & ~made.none & ~_look_right(column, least_points)).tolist():
        _judge(made, row, column[row].as_py(), least_points)
    return made


def _look_right(column: pa.BinaryArray, least_points: int) -> Flags:
    """Return which texts are surely lists of rings, or one ring: the others may be."""
    right = np.zeros(len(column), np.bool_)
    least = max(2 * least_points - 1, 1)
    if least > MOST_COUNTED or not len(column):
        return right
    _, offset_buffer, body = column.buffers()
    offsets = np.frombuffer(offset_buffer, np.int32)[column.offset : column.offset + len(column) + 1]
    base = int(offsets[0])
    text = np.frombuffer(body, np.uint8)[base : int(offsets[-1])]
    # Brackets, and letters, which no ring has but in an exponent.
    stops = np.flatnonzero(text >= LIST)
    if not len(stops):
        return right
    edges = np.searchsorted(stops, offsets - base)
    counts = np.diff(edges)
    commas = np.add.reduceat((text == COMMA).view(np.uint8), stops, dtype=np.uint8)
    gaps = np.diff(stops, append=len(text))
    first, last = edges[:-1], edges[1:] - 1
    opens = text[stops] == LIST
    good = _alternate(opens, text[stops] == LIST_END, edges, counts)
    within = opens.copy()
    # The outer bracket of a list of rings opens a gap without commas; that of one flat ring opens the ring.
    several = counts >= 4
    within[first[several]] = False
    between = ~opens
    between[last[counts > 0]] = False
    outer = np.zeros(len(stops), np.bool_)
    outer[first[several]] = True
    before_end = np.zeros(len(stops), np.bool_)
    before_end[last[several] - 1] = True
    between &= ~before_end
    short_gap = gaps < MOST_COUNTED
    good &= ~within | ((commas % 2 == 1) & (commas >= least))
    good &= ~between | ((commas == 1) & short_gap)
    good &= ~(outer | before_end) | ((commas == 0) & short_gap)
    bad_before = np.concatenate([[0], np.cumsum(~good)])
    right = (counts >= 2) & (bad_before[edges[1:]] == bad_before[edges[:-1]])
    return np.asarray(right & ~_quoted(text, offsets - base))


def _alternate(opens: Flags, closes: Flags, edges: Rows, counts: Rows) -> Flags:
    """Return which stops are what they must be: ``[`` twice, then ``]`` and ``[`` in turn, ``]`` twice; or ``[ ]``."""
    nth = np.arange(len(opens)) - np.repeat(edges[:-1], counts)
    of = np.repeat(counts, counts)
    opening = (nth == 0) | ((nth % 2 == 1) & (nth < of - 1))
    even = of % 2 == 0
    return np.asarray(np.where(opening, opens, closes) & even)


def _quoted(text: np.ndarray[Any, Any], offsets: np.ndarray[Any, Any]) -> Flags:
    marks = np.flatnonzero(text == QUOTE)
    return np.asarray(np.diff(np.searchsorted(marks, offsets)) > 0)


def _judge(made: Rings, row: int, text: bytes, least_points: int) -> None:
    flat = numbers_of(text)
    if flat:
        fault = _fault(made, len(flat), least_points)
        if fault is not None:
            fault.append((row, None))
            made.kept[row] = None
        return
    try:
        rings: Sequence[Raw] = msgspec.json.decode(text, type=list[Raw])
        sizes = [None if numbers is None else len(numbers) for numbers in (numbers_of(bytes(ring)) for ring in rings)]
    except msgspec.MsgspecError:
        sizes = [None]
    if any(size is None for size in sizes):
        made.bad.append(row)
        made.kept[row] = None
        return
    kept = []
    for number, size in enumerate(sizes):
        fault = _fault(made, size or 0, least_points)
        if fault is None:
            kept.append(rings[number])
        elif size or len(sizes) > 1:
            fault.append((row, number))
    if not kept:
        made.kept[row] = None
    elif len(kept) < len(rings):
        made.kept[row] = b"[" + b", ".join(kept) + b"]"


def _fault(made: Rings, size: int, least_points: int) -> list[tuple[int, int | None]] | None:
    if size % 2:
        return made.odd
    return made.short if size < 2 * least_points else None
