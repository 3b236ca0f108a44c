"""Segmentations of an export: the source's bytes where they are COCO's, else made from what the row has."""

from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from labelport.annotations.shapes import Shape, shape_of
from labelport.geometry import rle
from labelport.geometry.rings import RingFault, area, rasterise

OWN = ("polygons", "rle_counts", "rle_text")
"""Kinds of segmentations that COCO has; polygons as they are only where they are pixels."""


@dataclass(frozen=True)
class Row:
    """What a segmentation is made from."""

    kind: str
    segmentation: bytes | None
    segmentation_kind: str
    normalised: bool
    box: tuple[float, float, float, float]
    """x0, y0, x1, y1 in pixels."""

    size: tuple[float, float]
    """Width and height of the image; NaN where unknown."""


@dataclass(frozen=True)
class Written:
    """A segmentation of an export."""

    text: bytes
    area: float | None = None
    """Of what is written, in pixels; null: the box's."""

    loss: str = ""
    """Code of what was lost."""


def written_segmentation(row: Row) -> Written:
    """Return a segmentation that COCO has; ``[]`` where the row has none, or only a box."""
    if row.segmentation is None or row.kind in ("box", "circle"):
        return Written(b"[]")
    width, height = row.size
    scale = (1.0, 1.0)
    if row.segmentation_kind == "wkt":
        scale = (width / 100, height / 100)
    elif row.normalised:
        scale = (width, height)
    shape = shape_of(row.segmentation, row.segmentation_kind, scale)
    if shape is None:
        return Written(b"[]", loss="loss.geometry")
    if shape.counts is not None:
        return _of_runs(shape, row)
    rings = [ring for ring in shape.rings if len(ring) >= 3]
    if not rings:
        return Written(b"[]", loss="loss.geometry")
    if shape.holes:
        return _with_holes(shape, row)
    return _of_rings(rings)


def _of_rings(rings: list[Any], loss: str = "") -> Written:
    flat = [[_number(each) for each in ring.reshape(-1).tolist()] for ring in rings]
    return Written(msgspec.json.encode(flat).replace(b",", b", "), sum(area(ring) for ring in rings), loss)


def _number(value: float) -> float | int:
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def _with_holes(shape: Shape, row: Row) -> Written:
    """Return run lengths: rings cannot say holes."""
    width, height = row.size
    outer = [ring for ring in shape.rings if len(ring) >= 3]
    if np.isnan(width) or np.isnan(height):
        return _of_rings(outer, "loss.holes")
    try:
        mask = rasterise(outer, int(height), int(width), holes=shape.holes)
    except RingFault:
        return _of_rings(outer, "loss.holes")
    return _runs(rle.encode(mask), int(height), int(width))


def _of_runs(shape: Shape, row: Row) -> Written:
    if shape.size is None or shape.counts is None:
        return Written(b"[]", loss="loss.geometry")
    if row.segmentation_kind != "png":
        return _runs(shape.counts, *shape.size)
    width, height = row.size
    x, y = (round(each) for each in row.box[:2])
    if np.isnan(width) or np.isnan(height) or width * height > rle.MOST_PIXELS or min(x, y) < 0:
        return Written(b"[]", loss="loss.geometry")
    cropped = rle.decode(shape.counts, *shape.size)[: max(int(height) - y, 0), : max(int(width) - x, 0)]
    mask = np.zeros((int(height), int(width)), np.uint8)
    mask[y : y + cropped.shape[0], x : x + cropped.shape[1]] = cropped
    return _runs(rle.encode(mask), int(height), int(width))


def _runs(counts: Any, height: int, width: int) -> Written:
    text = msgspec.json.encode({"size": [height, width], "counts": [int(each) for each in counts]})
    return Written(text.replace(b",", b", ").replace(b":", b": "), float(rle.area_of(counts)))
