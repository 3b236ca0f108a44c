"""Small annotation sets for tests."""

from typing import Any

import numpy as np

from labelport.annotations.annotation_set import AnnotationSet, rows_of
from labelport.annotations.boxes import box_columns
from labelport.annotations.places import image_rows, placed_nowhere
from labelport.tables import ANNOTATIONS, CATEGORIES


def a_set(
    boxes: list[list[float]],
    *,
    image: list[int] | None = None,
    names: tuple[str, ...] = ("x.jpg",),
    size: tuple[float, float] | None = (100, 80),
    categories: tuple[str, ...] = ("a",),
    category: list[int | None] | None = None,
    file: str = "f.csv",
    unit: str = "pixel",
    **columns: Any,
) -> AnnotationSet:
    """Return a set of boxes (x0, y0, x1, y1), all of one file."""
    count = len(boxes)
    images = image if image is not None else [0] * count
    sizes = {} if size is None else {"width": np.full(len(names), size[0]), "height": np.full(len(names), size[1])}
    defaults: dict[str, Any] = {"kind": "box", "unit": unit, "segmentation_kind": "none"}
    return AnnotationSet(
        image_rows(
            list(names),
            placed_nowhere(names),
            source_file=file,
            pointer=[f"i{number}" for number in range(len(names))],
            state=["labelled" if number in images else "negative" for number in range(len(names))],
            **sizes,
        ),
        rows_of(CATEGORIES, len(categories), name=list(categories), source_file=file),
        rows_of(
            ANNOTATIONS,
            count,
            image_id=images,
            category_id=category if category is not None else [0] * count,
            source_file=file,
            pointer=[str(number) for number in range(count)],
            **box_columns(boxes),
            **(defaults | columns),
        ),
    )
