"""What is wrong with boxes, whatever format they came in, and boxes in pixels or as shares of their image."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.annotations.annotation_set import AnnotationSet, floats
from labelport.annotations.said import MOST_PLACES, Said
from labelport.codes import Severity
from labelport.tables import ANNOTATIONS

Floats = np.ndarray[Any, np.dtype[np.float64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]

CORNERS = ("x0", "y0", "x1", "y1")
TOLERANCE_PIXELS = 0.5
TOLERANCE_SHARE = 1e-3
"""Of normalised values whose image's size is not known."""

FLAT = ("point", "line", "keypoints", "class")
"""Kinds that may have no width or no height."""


def same_pointer(pointer: str, side: str) -> str:
    """Return the pointer of the annotation itself: for formats whose pointers lead no further."""
    del side
    return pointer


def image_sizes(given: AnnotationSet) -> Floats:
    """Return (width, height) of the image of each annotation, shape (annotations, 2); NaN where unknown."""
    sizes = floats(given.images, "width", "height")
    if not len(sizes):
        return np.zeros((given.annotations.num_rows, 2))
    return np.asarray(sizes[given.annotations.column("image_id").to_numpy()])


def in_pixels(given: AnnotationSet) -> Floats:
    """Return x0, y0, x1, y1 of each annotation in pixels, shape (annotations, 4).

    NaN where there is no box, or one as shares of an image of unknown size.
    """
    boxes = floats(given.annotations, *CORNERS)
    shares = _is_share(given)
    if not shares.any():
        return boxes
    sizes = image_sizes(given)
    return np.where(shares[:, None], boxes * np.concatenate([sizes, sizes], axis=1), boxes)


def as_shares(given: AnnotationSet) -> Floats:
    """Return x0, y0, x1, y1 of each annotation as shares of its image, shape (annotations, 4).

    NaN where there is no box, or one in pixels of an image of unknown size.
    """
    boxes = floats(given.annotations, *CORNERS)
    shares = _is_share(given)
    if shares.all():
        return boxes
    sizes = image_sizes(given)
    return np.where(shares[:, None], boxes, boxes / np.concatenate([sizes, sizes], axis=1))


def cut_to(boxes: Floats, limits: Floats) -> Floats:
    """Return boxes cut to 0 .. limits (shape (boxes, 2)) corner by corner; unknown limits (NaN) cut nothing."""
    upper = np.where(np.isnan(limits), np.inf, limits)
    lower = np.where(np.isnan(limits), -np.inf, 0.0)
    return np.clip(boxes, np.concatenate([lower, lower], axis=1), np.concatenate([upper, upper], axis=1))


def _is_share(given: AnnotationSet) -> Flags:
    return np.asarray(pc.fill_null(pc.equal(given.annotations.column("unit"), "normalised"), False))


@dataclass(frozen=True)
class _Judged:
    """What is true of each box."""

    infinite: Flags
    negative: Flags
    flat: Flags
    partly: Flags
    wholly: Flags


def checked(
    given: AnnotationSet,
    said: Said,
    *,
    clip: bool = False,
    box_pointer: Callable[[str, str], str] = same_pointer,
    told: Collection[str] = (),
) -> AnnotationSet:
    """Return the set without the boxes that cannot be: every one of them is a finding at its place.

    ``clip`` cuts boxes to their image; of files in ``told`` nothing is said of boxes that reach outside and stay. Findings: ``box.not_finite``, ``box.negative_size`` and, wholly outside,
    ``box.outside_image`` drop the annotation; ``box.zero_size`` and, partly outside, ``box.outside_image`` warn.
    An image that lost all of its annotations becomes ``unlabelled``: it is no example of an empty one.
    """
    table = given.annotations
    if not table.num_rows:
        return given
    boxes = floats(table, *CORNERS)
    shares, sizes = _is_share(given), image_sizes(given)
    limits = np.where(shares[:, None], 1.0, sizes) if shares.any() else sizes
    judged = _judge(table, boxes, limits, _slack(shares, sizes))
    shown = judged
    if told:
        silent = np.asarray(pc.is_in(table.column("source_file"), pa.array(list(told), pa.string())), bool)
        shown = replace(judged, partly=judged.partly & ~silent)
    _tell(table, boxes, shown, said, box_pointer, clip=clip)
    drop = judged.infinite | judged.negative | judged.wholly
    if clip and judged.partly.any():
        table = _with_boxes(table, np.where(judged.partly[:, None], cut_to(boxes, limits), boxes))
    return without(replace(given, annotations=table), drop)


def without(given: AnnotationSet, drop: Flags) -> AnnotationSet:
    """Return the set without some annotations; images that lost all of theirs become ``unlabelled``."""
    if not drop.any():
        return given
    ids = given.annotations.column("image_id").to_numpy()
    kept = given.annotations.filter(pa.array(~drop))
    kept = kept.set_column(0, ANNOTATIONS.schema.field(0), pa.array(np.arange(kept.num_rows)))
    emptied = set(ids[drop].tolist()) - set(ids[~drop].tolist())
    images = given.images
    states = [
        "unlabelled" if number in emptied else state for number, state in enumerate(images.column("state").to_pylist())
    ]
    at = images.schema.get_field_index("state")
    field = images.schema.field(at)
    images = images.set_column(at, field, pa.array(states, pa.string()).dictionary_encode().cast(field.type))
    return replace(given, annotations=kept, images=images)


def _judge(table: pa.Table, boxes: Floats, limits: Floats, slack: Floats) -> _Judged:
    present = np.asarray(pc.is_valid(table.column("x0")))
    infinite = present & ~np.isfinite(boxes).all(axis=1)
    good = present & ~infinite
    x0, y0, x1, y1 = boxes.T
    width, height = limits.T
    with np.errstate(invalid="ignore"):
        negative = good & ((x1 < x0) | (y1 < y0))
        good &= ~negative
        flat = good & ((x1 == x0) | (y1 == y0))
        if flat.any():
            flat &= ~pc.is_in(table.column("kind"), pa.array(FLAT)).to_numpy(zero_copy_only=False)
        outside = good & (
            (x0 < -slack[:, 0]) | (y0 < -slack[:, 1]) | (x1 > width + slack[:, 0]) | (y1 > height + slack[:, 1])
        )
        wholly = outside & ((x1 <= 0) | (y1 <= 0) | (x0 >= width) | (y0 >= height))
    return _Judged(infinite, negative, flat, outside & ~wholly, wholly)


def _slack(shares: Flags, sizes: Floats) -> Floats:
    """Return how far a box may reach outside, in its own unit, shape (annotations, 2), or (1, 2) for all alike."""
    if not shares.any():
        return np.full((1, 2), TOLERANCE_PIXELS)
    slack = np.where(np.isnan(sizes) | (sizes <= 0), TOLERANCE_SHARE, TOLERANCE_PIXELS / np.maximum(sizes, 1))
    return np.where(shares[:, None], slack, TOLERANCE_PIXELS)


def _tell(
    table: pa.Table,
    boxes: Floats,
    judged: _Judged,
    said: Said,
    box_pointer: Callable[[str, str], str],
    *,
    clip: bool,
) -> None:
    if not any(flags.any() for flags in vars(judged).values()):
        return
    partly = "the box was cut to its image" if clip else "the box reaches outside of its image; it is kept as given"
    tell = _Telling(table, boxes, said, box_pointer)
    tell.rows(judged.infinite, "box.not_finite", "a coordinate is no finite number", "error")
    tell.rows(judged.negative, "box.negative_size", "the box ends before it begins", "error")
    tell.rows(judged.flat, "box.zero_size", "the box has no width or no height", "warning")
    tell.rows(judged.wholly, "box.outside_image", "the box lies wholly outside of its image", "error")
    tell.rows(judged.partly, "box.outside_image", partly, "warning")


@dataclass(frozen=True)
class _Telling:
    """Says the same of several rows."""

    table: pa.Table
    boxes: Floats
    said: Said
    box_pointer: Callable[[str, str], str]

    def rows(self, flags: Flags, code: str, words: str, severity: Severity) -> None:
        """Say it of each flagged row at its place, as long as places are listed."""
        _tell_rows(self, np.flatnonzero(flags), code, words, severity)


def _tell_rows(tell: _Telling, rows: Any, code: str, words: str, severity: Severity) -> None:
    table, boxes, said, box_pointer = tell.table, tell.boxes, tell.said, tell.box_pointer
    files = table.column("source_file").take(pa.array(rows)).to_pylist()
    told: dict[str, int] = {}
    for row, file in zip(rows.tolist(), files, strict=True):
        told[file] = told.get(file, 0) + 1
        if told[file] > MOST_PLACES and not said.lists(code, file):
            said.count(code, file, 1)
            continue
        x0, y0, x1, y1 = boxes[row].tolist()
        side = "box"
        if code == "box.negative_size":
            side = "width" if x1 < x0 else "height"
        pointer = box_pointer(table.column("pointer")[row].as_py(), side)
        said.say(code, file, pointer, words, value=f"{x0:g}, {y0:g}, {x1:g}, {y1:g}", severity=severity)


def _with_boxes(table: pa.Table, boxes: Floats) -> pa.Table:
    for number, name in enumerate(CORNERS):
        at = table.schema.get_field_index(name)
        values = pa.array(boxes[:, number], mask=np.asarray(pc.is_null(table.column(name))))
        table = table.set_column(at, table.schema.field(at), values)
    return table


def box_columns(boxes: Floats | Sequence[Sequence[float]]) -> dict[str, Any]:
    """Return the four columns of boxes of shape (n, 4); NaN rows are null."""
    corners = np.asarray(boxes, np.float64).reshape(-1, 4)
    absent = np.isnan(corners).all(axis=1)
    return {name: pa.array(corners[:, i], mask=absent, from_pandas=False) for i, name in enumerate(CORNERS)}
