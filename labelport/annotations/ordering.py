"""The order of rows in the stage's tables: by file, then as in the file, whatever was read in which run."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.joining import numbered

Rows = np.ndarray[Any, np.dtype[np.int64]]


def in_file_order(given: AnnotationSet, files: Sequence[str], claims: Mapping[str, str]) -> AnnotationSet:
    """Return the set with images and annotations in the order of ``files``.

    Categories stand in the order of their claims; ``claims`` gives the first file of the claim of each file.
    """
    order = pa.array(list(files), pa.string())
    images = _sorted_rows(_ranks(given.images, order))
    categories = _sorted_rows(_ranks(given.categories, order, claims))
    made = replace(
        given,
        images=numbered(given.images.take(pa.array(images))),
        categories=numbered(given.categories.take(pa.array(categories))),
        annotations=given.annotations.take(pa.array(_sorted_rows(_ranks(given.annotations, order)))),
        skeletons=numbered(given.skeletons.take(pa.array(_sorted_rows(_ranks(given.skeletons, order))))),
    )
    return renamed(made, image_of=_inverse(images), category_of=_inverse(categories))


def renamed(given: AnnotationSet, *, image_of: Rows, category_of: Rows) -> AnnotationSet:
    """Return the set with ids of annotations that point to other rows: ``new = image_of[old]``; numbered anew."""
    table = given.annotations
    for column, rows in (("image_id", image_of), ("category_id", category_of)):
        at = table.schema.get_field_index(column)
        field = table.schema.field(at)
        # Of no category: null stays null.
        new = pa.array(rows).take(table.column(column).cast(pa.int64())) if len(rows) else table.column(column)
        table = table.set_column(at, field, new.cast(field.type))
    return replace(given, annotations=numbered(table))


def by_first_use(given: AnnotationSet) -> AnnotationSet:
    """Return the set with one category a name, in the order in which annotations first have them, unused ones left out.

    For files that have no list of categories: the same rows give the same categories, however they came together.
    """
    texts: list[str] = given.categories.column("name").to_pylist()
    used = pc.fill_null(given.annotations.column("category_id").cast(pa.int64()), -1).to_numpy()
    first: dict[str, tuple[int, int]] = {}
    for row in np.sort(np.unique(used, return_index=True)[1]).tolist():
        category = int(used[row])
        if category >= 0:
            first.setdefault(texts[category], (category, row))
    place = {name: number for number, name in enumerate(first)}
    category_of = np.array([place.get(name, -1) for name in texts], np.int64)
    kept = given.categories.take(pa.array([category for category, _ in first.values()], pa.int64()))
    files = given.annotations.column("source_file").take(pa.array([row for _, row in first.values()], pa.int64()))
    at = kept.schema.get_field_index("source_file")
    made = replace(given, categories=numbered(kept.set_column(at, kept.schema.field(at), files)))
    return renamed(made, image_of=np.arange(given.images.num_rows), category_of=category_of)


def _ranks(table: pa.Table, order: pa.Array, claims: Mapping[str, str] | None = None) -> Rows:
    files = table.column("source_file").combine_chunks()
    if claims is not None:
        files = pa.array([claims.get(name, name) for name in files.to_pylist()], pa.string())
    found = pc.fill_null(pc.index_in(files, order), len(order))
    return np.asarray(found).astype(np.int64)


def _sorted_rows(ranks: Rows) -> Rows:
    return np.argsort(ranks, kind="stable").astype(np.int64)


def _inverse(rows: Rows) -> Rows:
    made = np.empty(len(rows), np.int64)
    made[rows] = np.arange(len(rows))
    return made
