"""The four tables of annotations, and how rows of them are made.

``tables.ANNOTATION_IMAGES``, ``CATEGORIES``, ``ANNOTATIONS`` and ``SKELETONS``: ids are row numbers, and the
rows stand in the order of the source.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.tables import ANNOTATION_IMAGES, ANNOTATIONS, CATEGORIES, SKELETONS, Table


@dataclass(frozen=True)
class AnnotationSet:
    """Annotations with their images and categories."""

    images: pa.Table = field(default_factory=ANNOTATION_IMAGES.empty)
    """``tables.ANNOTATION_IMAGES``."""

    categories: pa.Table = field(default_factory=CATEGORIES.empty)
    """``tables.CATEGORIES``."""

    annotations: pa.Table = field(default_factory=ANNOTATIONS.empty)
    """``tables.ANNOTATIONS``."""

    skeletons: pa.Table = field(default_factory=SKELETONS.empty)
    """``tables.SKELETONS``."""

    documents: Mapping[str, bytes] = field(default_factory=dict)
    """What a format keeps of a whole file (members beside the lists), by source file."""


def rows_of(table: Table, count: int, **columns: Any) -> pa.Table:
    """Return ``count`` rows of a table.

    Each column is a list, numpy array or Arrow array of that length, or one value for all rows; the columns
    that are not given are null, and ids that are not given are the row numbers. Raises ``KeyError`` for an
    unknown column, ``ValueError`` where a length or a type does not fit.
    """
    unknown = set(columns) - set(table.schema.names)
    if unknown:
        raise KeyError(f"{table.name} has no column {', '.join(sorted(unknown))}")
    own_id = table.key[0]
    if own_id not in columns and pa.types.is_integer(table.schema.field(own_id).type):
        columns[own_id] = np.arange(count)
    made = [_column(columns.get(each.name), each, count) for each in table.schema]
    return pa.Table.from_arrays(made, schema=table.schema)


def _column(given: Any, field: pa.Field, count: int) -> pa.Array | pa.ChunkedArray:
    kind = field.type
    if isinstance(given, np.ndarray):
        given = pa.array(given)
    if isinstance(given, pa.Array | pa.ChunkedArray):
        made = given if given.type == kind else given.cast(kind)
    elif isinstance(given, list | tuple):
        made = _from_list(list(given), kind)
    elif given is None:
        made = pa.nulls(count, kind)
    elif pa.types.is_dictionary(kind):
        made = pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, np.int32)), pa.array([given], kind.value_type))
    else:
        made = pa.repeat(pa.scalar(given, kind), count)
    if len(made) != count:
        raise ValueError(f"column {field.name} has {len(made)} values for {count} rows")
    if made.null_count and not field.nullable:
        raise ValueError(f"column {field.name} may not be null")
    return made


def _from_list(given: list[Any], kind: pa.DataType) -> pa.Array:
    if pa.types.is_dictionary(kind):
        return pc.dictionary_encode(pa.array(given, kind.value_type)).cast(kind)
    return pa.array(given, kind)


def floats(table: pa.Table, *names: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return columns of numbers as an array of shape (rows, columns), float64; null is NaN."""
    made = [table.column(name).cast(pa.float64()).to_numpy(zero_copy_only=False) for name in names]
    return np.column_stack(made) if made else np.zeros((table.num_rows, 0))


def by_image(given: AnnotationSet) -> tuple[np.ndarray[Any, np.dtype[np.int64]], np.ndarray[Any, np.dtype[np.int64]]]:
    """Return (order, starts): rows ``order[starts[i]:starts[i + 1]]`` are those of image row ``i``, in their order.

    ``image_id`` of annotations is the row number of the image.
    """
    ids = given.annotations.column("image_id").to_numpy()
    order = np.argsort(ids, kind="stable")
    starts = np.searchsorted(ids[order], np.arange(given.images.num_rows + 1))
    return order, starts
