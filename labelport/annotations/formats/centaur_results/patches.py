"""Shapes in well-known text, a whole column at a time.

Coordinates are shares of the image in hundredths, 0 to 100 in both axes, from the upper left corner, so that a
segmentation of the kind ``wkt`` is decoded with the scale (width / 100, height / 100).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.annotations.shapes import is_axis_box
from labelport.geometry.wkt import WktFault, WktShape, parse

Floats = np.ndarray[Any, np.dtype[np.float64]]
Numbers = np.ndarray[Any, np.dtype[np.int64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]

WHOLE = 100.0
"""What the far edge of the image is."""

LEAST_RING = 4
RECTANGLE = 5
"""Points of a rectangle, the first one repeated."""

_NUMBER = r"-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
_PAIR = rf"\s*{_NUMBER}\s+{_NUMBER}\s*"
_ONE_RING = rf"^\s*(?i:POLYGON)\s*\(\s*\((?P<ring>{_PAIR}(?:,{_PAIR})*)\)\s*\)\s*$"

SHAPE = r"^\s*(?i:(?:MULTI)?(?:POINT|LINESTRING|POLYGON)|GEOMETRYCOLLECTION)\s*(?:(?i:Z|M|ZM)\s*)?(?:\(|(?i:EMPTY))"
"""A text that is meant to be a shape."""

_KINDS = {"POINT": "point", "LINESTRING": "line", "POLYGON": "polygon", "MULTIPOLYGON": "polygon"}


@dataclass(frozen=True)
class Patches:
    """Shapes of texts."""

    kinds: list[str]
    """box, polygon, line or point of each; empty: none."""

    boxes: Floats
    """Bounds x0, y0, x1, y1 in hundredths, shape (texts, 4); NaN where there is no shape."""

    faults: dict[int, WktFault]
    """By number of the text."""


def patches_of(texts: pa.Array) -> Patches:
    """Return the shapes of texts without null; an axis-parallel rectangle is a box."""
    kinds = [""] * len(texts)
    boxes = np.full((len(texts), 4), np.nan)
    faults: dict[int, WktFault] = {}
    done = _one_ring_each(texts, kinds, boxes)
    for row in np.flatnonzero(~done).tolist():
        try:
            shape = parse(texts[row].as_py())
        except WktFault as fault:
            faults[row] = fault
            continue
        kinds[row] = _kind(shape)
        points = np.concatenate(shape.outer)
        boxes[row] = (*points.min(axis=0), *points.max(axis=0))
    return Patches(kinds, boxes, faults)


def _kind(shape: WktShape) -> str:
    alone = shape.kind.endswith("POLYGON") and len(shape.outer) == 1 and not shape.inner
    return "box" if alone and is_axis_box(shape.outer[0]) else _KINDS[shape.kind]


def _one_ring_each(texts: pa.Array, kinds: list[str], boxes: Floats) -> Flags:
    """Fill in the polygons of one ring, by far the most; return which texts are done."""
    done = np.zeros(len(texts), bool)
    found = pc.extract_regex(texts, _ONE_RING)
    rows = np.flatnonzero(np.asarray(pc.is_valid(found)))
    if not len(rows):
        return done
    inside = pc.struct_field(found, "ring").take(pa.array(rows))
    split = pc.ascii_split_whitespace(pc.utf8_trim_whitespace(pc.replace_substring(inside, ",", " ")))
    counts = np.asarray(pc.list_value_length(split), np.int64) // 2
    points = np.asarray(pc.list_flatten(split).cast(pa.float64())).reshape(-1, 2)
    starts = np.cumsum(counts) - counts
    low, high = np.minimum.reduceat(points, starts), np.maximum.reduceat(points, starts)
    closed = (points[starts] == points[starts + counts - 1]).all(axis=1)
    good = closed & (counts >= LEAST_RING) & np.isfinite(low).all(axis=1) & np.isfinite(high).all(axis=1)
    boxes[rows[good]] = np.concatenate([low, high], axis=1)[good]
    done[rows[good]] = True
    straight = good.copy()
    straight[good] = _are_rectangles(points, starts[good], counts[good])
    for row, is_box in zip(rows[good].tolist(), straight[good].tolist(), strict=True):
        kinds[row] = "box" if is_box else "polygon"
    return done


def _are_rectangles(points: Floats, starts: Numbers, counts: Numbers) -> Flags:
    """Return which closed rings have four sides that run along the axes in turn (``shapes.is_axis_box``)."""
    made = np.zeros(len(starts), bool)
    five = np.flatnonzero(counts == RECTANGLE)
    corners = points[starts[five][:, None] + np.arange(4)]
    same = corners == np.roll(corners, -1, axis=1)
    one_axis = (same.sum(axis=2) == 1).all(axis=1)
    made[five] = one_axis & (same[:, :, 0] != np.roll(same[:, :, 0], 1, axis=1)).all(axis=1)
    return made
