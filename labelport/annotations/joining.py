"""Several sets as one: rows in the order of the sets, ids given anew, nothing merged."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.annotations.annotation_set import AnnotationSet


def joined(sets: Sequence[AnnotationSet]) -> AnnotationSet:
    """Return one set of the rows of all; images and categories of equal name stay rows of their own."""
    if len(sets) == 1:
        return sets[0]
    if not sets:
        return AnnotationSet()
    images, categories, annotations = [], [], []
    documents: dict[str, bytes] = {}
    at_image = at_category = 0
    for each in sets:
        images.append(each.images)
        categories.append(each.categories)
        annotations.append(_shifted(_shifted(each.annotations, "image_id", at_image), "category_id", at_category))
        at_image += each.images.num_rows
        at_category += each.categories.num_rows
        documents |= each.documents
    return AnnotationSet(
        numbered(pa.concat_tables(images)),
        numbered(pa.concat_tables(categories)),
        numbered(pa.concat_tables(annotations)),
        numbered(pa.concat_tables([each.skeletons for each in sets])),
        documents,
    )


def numbered(table: pa.Table) -> pa.Table:
    """Return a table with row numbers in its first column."""
    field = table.schema.field(0)
    return table.set_column(0, field, pa.array(np.arange(table.num_rows)).cast(field.type))


def _shifted(table: pa.Table, column: str, by: int) -> pa.Table:
    at = table.schema.get_field_index(column)
    field = table.schema.field(at)
    return table if not by else table.set_column(at, field, pc.add(table.column(column), pa.scalar(by, field.type)))
