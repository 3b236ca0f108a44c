"""Small sets to write, and the index of images that leads them back."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from labelport.annotations.annotation_set import AnnotationSet, rows_of
from labelport.annotations.boxes import box_columns
from labelport.annotations.places import PLACE_SCHEMA, image_rows, placed_nowhere
from labelport.tables import ANNOTATIONS
from labelport.tables import CATEGORIES as CATEGORY_ROWS

WIDTH, HEIGHT = 100, 80
FILE = "source"
IMAGES = ("tray/x.jpg", "y.png")
CATEGORIES = ("bolt", "nut")


def plain_set(
    *, images: Sequence[str] = IMAGES, categories: Sequence[str] = CATEGORIES, **columns: Any
) -> AnnotationSet:
    """Return a set of one box of each category on each image of 100 x 80 pixels, in whole pixels."""
    count, each = len(images), len(categories)
    numbers = np.arange(count * each)
    x0, y0 = numbers % 7 * 10, numbers % 5 * 10
    made = {"kind": "box", "unit": "pixel", "segmentation_kind": "none"} | columns
    return AnnotationSet(
        image_rows(
            list(images),
            placed_nowhere(images),
            source_file=FILE,
            pointer=[f"/images/{number}" for number in range(count)],
            state="labelled",
            width=np.full(count, float(WIDTH)),
            height=np.full(count, float(HEIGHT)),
        ),
        rows_of(CATEGORY_ROWS, each, name=list(categories), source_file=FILE),
        rows_of(
            ANNOTATIONS,
            count * each,
            image_id=np.repeat(np.arange(count), each),
            category_id=np.tile(np.arange(each), count),
            source_file=FILE,
            pointer=[f"/annotations/{number}" for number in range(count * each)],
            **box_columns(np.column_stack([x0, y0, x0 + 20, y0 + 15.0])),
            **made,
        ),
    )


def index_of(given: AnnotationSet, names: Sequence[str]) -> pa.Table:
    """Return an index of images (``places.PLACE_SCHEMA``): the images of a set, as objects of these keys."""
    rows: dict[str, dict[str, Any]] = {}
    for name, image in zip(names, given.images.to_pylist(), strict=True):
        rows[name] = {"store": "raw", "key": name, "width": image["width"], "height": image["height"]}
    return pa.Table.from_pylist([rows[name] for name in sorted(rows)], schema=PLACE_SCHEMA)
