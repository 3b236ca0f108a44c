"""What is drawn of annotations: boxes, outlines, masks and points, in pixels of their image."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.boxes import in_pixels
from labelport.annotations.shapes import shape_of

MOST_MARKS = 60
"""Annotations of one image that are drawn: more hide each other."""

Array = np.ndarray[Any, np.dtype[np.float64]]
Counts = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Mark:
    """One annotation as it is drawn. Coordinates are pixels of the image, as edges."""

    name: str
    """Category."""

    colour: int = 0
    """Number of the category: equal numbers have equal colours."""

    box: tuple[float, float, float, float] | None = None
    """x0, y0, x1, y1."""

    rings: tuple[Array, ...] = ()
    """Each of shape (points, 2)."""

    closed: bool = True
    """Rings; false: a path or points."""

    runs: Counts | None = None
    """Run lengths of a mask, as ``shapes.Shape``."""

    mask_size: tuple[int, int] | None = None
    """Height and width of it."""

    mask_at: tuple[float, float] = (0.0, 0.0)
    """Where its upper left corner lies."""

    points: Array | None = None
    """Keypoints that are labelled, shape (points, 2)."""


def marks_of(given: AnnotationSet, image: int, *, most: int = MOST_MARKS) -> list[Mark]:
    """Return what is drawn on an image row: its first annotations, in their order.

    What lies as shares of an image of unknown size is left out.
    """
    table = given.annotations
    rows = np.flatnonzero(table.column("image_id").to_numpy() == image)[:most]
    names = given.categories.column("name").to_pylist()
    width, height = (given.images.column(side)[image].as_py() for side in ("width", "height"))
    few = table.take(rows)
    few = few.set_column(
        few.schema.get_field_index("image_id"), few.schema.field("image_id"), [np.zeros(few.num_rows, np.int64)]
    )
    one = AnnotationSet(given.images.slice(image, 1), given.categories, few)
    return [
        _mark(row, box, names, (width, height))
        for row, box in zip(few.to_pylist(), in_pixels(one).tolist(), strict=True)
    ]


def _mark(row: dict[str, Any], box: list[float], names: list[str], size: tuple[int | None, int | None]) -> Mark:
    scale = (1.0, 1.0)
    if row["unit"] == "normalised":
        scale = (float(size[0] or "nan"), float(size[1] or "nan"))
    if row["segmentation_kind"] == "wkt":
        scale = (float(size[0] or "nan") / 100, float(size[1] or "nan") / 100)
    shape = shape_of(row["segmentation"], row["segmentation_kind"] or "none", scale)
    corners = (box[0], box[1], box[2], box[3]) if np.isfinite(box).all() else None
    category = row["category_id"]
    cropped = row["segmentation_kind"] == "png" and corners is not None
    return Mark(
        name="" if category is None else names[category],
        colour=category or 0,
        box=corners if row["kind"] != "class" else None,
        rings=shape.rings + shape.holes if shape else (),
        closed=row["kind"] not in ("point", "line", "circle"),
        runs=shape.counts if shape else None,
        mask_size=shape.size if shape else None,
        mask_at=corners[:2] if cropped and corners else (0.0, 0.0),
        points=_labelled(row["keypoints"], scale),
    )


def _labelled(keypoints: list[float] | None, scale: tuple[float, float]) -> Array | None:
    if not keypoints or len(keypoints) % 3:
        return None
    points = np.array(keypoints, np.float64).reshape(-1, 3)
    points = points[points[:, 2] > 0, :2] * scale
    return points if np.isfinite(points).all() and len(points) else None
