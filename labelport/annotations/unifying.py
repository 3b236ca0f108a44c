"""Rows of several files as one dataset: an image that two files name is one image, a category of one name one category."""

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.joining import numbered
from labelport.annotations.ordering import renamed
from labelport.annotations.said import Said

STATES = ("labelled", "negative", "unlabelled")
"""The strongest first: what one file knows of an image outweighs what another does not."""


def unified(given: AnnotationSet) -> AnnotationSet:
    """Return the set with one row an image and one row a category over all files.

    Images are one where they lead to the same object and frame, and come from different files: one file may name
    an image twice. Categories are one where their names and keypoints are equal, and they come from different
    files. The first row of each stays.
    """
    images = _firsts(_image_keys(given.images), given.images.column("source_file").to_pylist())
    categories = _firsts(_category_keys(given.categories), given.categories.column("source_file").to_pylist())
    kept_images, image_of = _kept(images)
    kept_categories, category_of = _kept(categories)
    made = replace(
        given,
        images=numbered(_with_states(given.images, images).take(pa.array(kept_images))),
        categories=numbered(given.categories.take(pa.array(kept_categories))),
    )
    return renamed(made, image_of=image_of, category_of=category_of)


def matched_only(given: AnnotationSet, said: Said) -> AnnotationSet:
    """Return the set without images that led to no object of the dataset, and their annotations: told as a loss."""
    found = np.asarray(pc.is_valid(given.images.column("key")))
    if found.all():
        return given
    names = given.images.column("name_given").filter(pa.array(~found))
    shown = ", ".join(names.slice(0, 3).to_pylist())
    said.say("loss.unmatched", "", "", "images that are not in the dataset are left out", value=shown, count=len(names))
    image_of = np.cumsum(found) - 1
    keep = pa.array(found[given.annotations.column("image_id").to_numpy()])
    made = replace(
        given,
        images=numbered(given.images.filter(pa.array(found))),
        annotations=given.annotations.filter(keep),
    )
    return renamed(made, image_of=image_of, category_of=np.arange(given.categories.num_rows))


def _image_keys(images: pa.Table) -> list[Any]:
    columns = [images.column(name).to_pylist() for name in ("store", "key", "frame")]
    return [(store, key, frame) if key is not None else None for store, key, frame in zip(*columns, strict=True)]


def _category_keys(categories: pa.Table) -> list[Any]:
    names = categories.column("name").to_pylist()
    keypoints = categories.column("keypoints").to_pylist()
    return [(name, tuple(points or ())) for name, points in zip(names, keypoints, strict=True)]


def _firsts(keys: list[Any], files: list[str]) -> list[int]:
    """Return for each row the row that stands for it: the first of its key; rows of one file stay apart."""
    first: dict[Any, int] = {}
    made = []
    for row, (key, file) in enumerate(zip(keys, files, strict=True)):
        owner = row if key is None else first.setdefault(key, row)
        made.append(owner if owner == row or files[owner] != file else row)
    return made


def _kept(firsts: list[int]) -> tuple[np.ndarray[Any, np.dtype[np.int64]], np.ndarray[Any, np.dtype[np.int64]]]:
    """Return the rows that stay, and for each row its new number."""
    owners = np.array(firsts, np.int64)
    kept = np.unique(owners)
    return kept, np.searchsorted(kept, owners).astype(np.int64)


def _with_states(images: pa.Table, firsts: list[int]) -> pa.Table:
    """Return the images with the strongest state of all rows that become one."""
    states = images.column("state").to_pylist()
    best = list(states)
    for row, owner in enumerate(firsts):
        best[owner] = min(best[owner], states[row], key=STATES.index)
    at = images.schema.get_field_index("state")
    field = images.schema.field(at)
    return images.set_column(at, field, pa.array(best, pa.string()).dictionary_encode().cast(field.type))
