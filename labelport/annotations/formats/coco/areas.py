"""Whether areas are those of their shapes: looked at in a bounded sample, for a polygon has to be decoded."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from labelport.annotations.formats.coco.annotation_piece import KINDS, NO_KIND, POLYGONS, AnnotationPiece
from labelport.annotations.formats.coco.telling import Teller
from labelport.annotations.formats.coco.values import Flags, Floats
from labelport.annotations.shapes import shape_of
from labelport.geometry.rings import area

MOST_POLYGONS = 250
"""Annotations with rings that are looked at, spread over the file."""

TOLERANCE = 0.05
"""Relative; that of one square pixel besides."""


def tell_areas(pieces: Sequence[AnnotationPiece], looked_at: Sequence[Flags], tell: Teller) -> None:
    """Say once how many areas differ from their shape by more than 5 %, and how many were looked at.

    ``looked_at`` says which annotations may be: boxes and run lengths all are. Annotations with keypoints and no segmentation are not: their area is
    that of a figure which the file does not have.
    """
    polygons = sum(int((piece.kinds == POLYGONS).sum()) for piece in pieces)
    step = max(1, -(-polygons // MOST_POLYGONS))
    looked = differing = base = seen = 0
    first: tuple[int, float, float] | None = None
    for piece, keep in zip(pieces, looked_at, strict=True):
        shapes, seen = _areas(piece, keep & ~np.isnan(piece.area), step, seen)
        with np.errstate(invalid="ignore"):
            differ = np.abs(piece.area - shapes) > np.maximum(TOLERANCE * shapes, 1)
        looked += int((~np.isnan(shapes)).sum())
        rows = np.flatnonzero(differ)
        differing += len(rows)
        if len(rows) and first is None:
            row = int(rows[0])
            first = (base + row, float(piece.area[row]), float(shapes[row]))
        base += piece.count
    if first is not None:
        row, given, right = first
        words = f"{differing:,} of {looked:,} areas that were looked at differ; the first is {given:g}, its shape has {right:g}"
        pointer = f"{tell.place}/{row}/area"
        tell.said.say("coco.area_differs", tell.file, pointer, words, value=f"{given:g}", count=differing)


def _areas(piece: AnnotationPiece, rows: Flags, step: int, seen: int) -> tuple[Floats, int]:
    """Return the area of each shape that is looked at, NaN elsewhere; and how many polygons were seen so far."""
    made = np.full(piece.count, np.nan)
    boxes = rows & (piece.kinds == NO_KIND) & (piece.keypoints.counts == 0)
    table = piece.boxes.table(4)
    with np.errstate(invalid="ignore", over="ignore"):
        made[boxes] = np.where((table[:, 2:] > 0).all(axis=1), table[:, 2] * table[:, 3], np.nan)[boxes]
    made[piece.runs.rows] = piece.runs.areas
    made[~rows] = np.nan
    polygons = np.flatnonzero(piece.kinds == POLYGONS)
    for row in polygons[-seen % step :: step].tolist():
        if rows[row]:
            made[row] = _ring_area(piece.segmentation[row].as_py())
    return made, seen + len(polygons)


def _ring_area(text: bytes) -> float:
    shape: Any = shape_of(text, KINDS[POLYGONS])
    return sum(area(ring) for ring in shape.rings) if shape is not None else float("nan")
