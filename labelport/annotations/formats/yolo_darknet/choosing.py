"""Which annotations and images go into an export that has boxes only, in the order of the export."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.boxes import Floats, cut_to, image_sizes
from labelport.annotations.holds import LOST
from labelport.annotations.said import MOST_PLACES, Said
from labelport.options import AnnotationOptions

BOM = "\ufeff"
"""Byte order mark: readers take it away at the head of a file."""

Ints = np.ndarray[Any, np.dtype[np.int64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True)
class Chosen:
    """What is written: the rows of target ``i`` are ``rows[starts[i]:starts[i + 1]]``."""

    targets: list[str]
    """Files or names of images; one that has no rows is an image with nothing on it."""

    rows: Ints
    starts: Ints


@dataclass(frozen=True)
class ClassList:
    """The names of the classes of an export."""

    names: list[str]
    of_category: Ints
    """Shape (categories,): class number of each category row."""


def class_list(categories: pa.Table, said: Said) -> ClassList:
    """Return the classes: categories in their order, those of several sources under one name as one.

    Two categories of one name in one source stay two. A name that is no line of text is written as one
    (``loss.names``).
    """
    numbers: dict[tuple[str, int], int] = {}
    seen: dict[tuple[str, str], int] = {}
    of_category = []
    changed = 0
    columns = (categories.column(name).to_pylist() for name in ("name", "source_file"))
    for row, (name, source) in enumerate(zip(*columns, strict=True)):
        line = name if _is_line(name) else " ".join(name.lstrip(BOM).split()) or f"class {row}"
        changed += line != name
        nth = seen[line, source] = seen.get((line, source), -1) + 1
        of_category.append(numbers.setdefault((line, nth), len(numbers)))
    if changed:
        said.say("loss.names", "", "", "names with line breaks, or none: written as one line", count=changed)
    return ClassList([name for name, _ in numbers], np.asarray(of_category, np.int64))


def _is_line(name: str) -> bool:
    return name == name.strip() and name[:1] not in {"", BOM} and "\n" not in name and "\r" not in name


def choose(
    given: AnnotationSet,
    targets: Sequence[str | None],
    boxes: Floats,
    *,
    shapes: Mapping[str, str],
    options: AnnotationOptions,
    said: Said,
) -> Chosen:
    """Return what is written of a set: ``targets`` by image row, null where an image cannot be written.

    Image rows of one target are one image. An image that has annotations, of which none can be written, is left
    out: written empty it would say that nothing is on it.
    """
    table = given.annotations
    groups, names = _groups(given, targets)
    image = table.column("image_id").to_numpy()
    of_row = groups[image] if len(image) else np.zeros(0, np.int64)
    kept = _can_be_written(given, boxes, shapes, said) & (of_row >= 0)
    full = np.bincount(of_row[kept], minlength=len(names)) > 0
    touched = np.bincount(of_row[of_row >= 0], minlength=len(names)) > 0
    states = np.asarray(given.images.column("state").cast(pa.string()).to_numpy(zero_copy_only=False), object)
    touched[groups[(groups >= 0) & (states == "labelled")]] = True
    _tell_left_out(names, touched & ~full, "loss.kind", "images of which no annotation can be written", said)
    empty = ~touched
    if options.empty_images == "skip":
        _tell_left_out(names, empty, "loss.negative_images", "images with nothing on them: left out", said)
        empty[:] = False
    written = full | empty
    renumbered = np.cumsum(written) - 1
    rows = np.flatnonzero(kept)
    at = renumbered[of_row[rows]]
    order = np.argsort(at, kind="stable")
    starts = np.searchsorted(at[order], np.arange(int(written.sum()) + 1))
    return Chosen([names[i] for i in np.flatnonzero(written).tolist()], rows[order], starts)


def cut(boxes: Floats, given: AnnotationSet, options: AnnotationOptions, *, shares: bool) -> Floats:
    """Return boxes cut to their images where ``clip`` asks for it."""
    if not options.clip:
        return boxes
    return cut_to(boxes, np.ones((len(boxes), 2)) if shares else image_sizes(given))


def _groups(given: AnnotationSet, targets: Sequence[str | None]) -> tuple[Ints, list[str]]:
    """Return the number of each image row's target, -1 where it is not written, and the targets."""
    labelled = pc.not_equal(given.images.column("state").cast(pa.string()), "unlabelled")
    wanted = pc.if_else(labelled, pa.array(list(targets), pa.string()), None)
    coded = pc.dictionary_encode(wanted.combine_chunks() if isinstance(wanted, pa.ChunkedArray) else wanted)
    groups = np.asarray(pc.fill_null(coded.indices, -1)).astype(np.int64)
    return groups, coded.dictionary.to_pylist()


def _can_be_written(given: AnnotationSet, boxes: Floats, shapes: Mapping[str, str], said: Said) -> Flags:
    table = given.annotations
    held = [kind for kind, becomes in shapes.items() if becomes != LOST]
    kinds = pc.is_in(table.column("kind").cast(pa.string()), pa.array(held, pa.string()))
    good = np.asarray(kinds).astype(bool) & ~np.asarray(pc.fill_null(table.column("iscrowd"), False)).astype(bool)
    unnamed = good & np.asarray(pc.is_null(table.column("category_id")))
    bare = good & ~unnamed & np.asarray(pc.is_null(table.column("x0")))
    unsized = good & ~unnamed & ~bare & ~np.isfinite(boxes).all(axis=1)
    for flags, code, words in (
        (unnamed, "loss.kind", "annotations without a category"),
        (bare, "loss.kind", "annotations without a box"),
        (unsized, "loss.size_unknown", "boxes of images whose size is not known"),
    ):
        if flags.any():
            first = ", ".join(map(str, np.flatnonzero(flags)[:MOST_PLACES].tolist()))
            said.say(code, "", "", f"{words}: left out", value=first, count=int(flags.sum()))
    return np.asarray(good & ~unnamed & ~bare & ~unsized)


def _tell_left_out(names: Sequence[str], flags: Flags, code: str, words: str, said: Said) -> None:
    found = np.flatnonzero(flags).tolist()
    if found:
        said.say(code, "", "", words, value=", ".join(names[i] for i in found[:MOST_PLACES]), count=len(found))
