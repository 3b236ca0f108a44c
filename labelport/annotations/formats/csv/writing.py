"""The bytes of CSV exports, made by whole columns."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.boxes import as_shares, cut_to, image_sizes, in_pixels
from labelport.annotations.contract import Output, WriteContext
from labelport.annotations.formats.csv.cells import Flags, Floats, is_empty
from labelport.annotations.formats.csv.part import Places
from labelport.annotations.naming import written_names
from labelport.annotations.said import MOST_PLACES

FILE = "annotations.csv"

_BLOCK = 1 << 16
"""Rows that are made at one time."""

_TO_QUOTE = r'[",\r\n]|^\s|\s$'
"""Blanks at the ends too: readers take them away where no quotes stand."""

_DECIMALS = (6, 9, 12)


@dataclass(frozen=True)
class _Labels:
    """The names of the categories of annotations."""

    names: pa.Array
    """Of the categories; null where one is blank: no reader takes it for a label."""

    ids: pa.Array
    """Category of each annotation, null where it has none."""

    @property
    def known(self) -> Flags:
        """Return which annotations have a label."""
        # A row more: what the category is of annotations that have none.
        valid = np.append(pc.is_valid(self.names).to_numpy(zero_copy_only=False), False)
        return np.asarray(valid[pc.fill_null(self.ids, len(self.names)).to_numpy()], bool)

    def take(self, annotations: pa.Array) -> pa.Array:
        """Return the labels of some annotations; null gives null."""
        return self.names.take(self.ids.take(annotations))


@dataclass(frozen=True)
class _Order:
    """The rows of the file: one an annotation, and one for each negative image."""

    annotations: Places
    """-1 where the row is that of a negative image."""

    images: Places

    def blocks(self) -> Iterator[tuple[Places, Places]]:
        for start in range(0, len(self.images), _BLOCK):
            yield self.annotations[start : start + _BLOCK], self.images[start : start + _BLOCK]


def write_boxes(
    given: AnnotationSet, output: Output, context: WriteContext, *, shapes: Sequence[str], widths: bool
) -> None:
    """Write a row for each annotation of one of ``shapes`` that has a box and a category.

    ``widths``: width and height in place of the second corner. All rows are in one unit: the option ``normalised``
    says which; else that of the set, and pixels where it has both.
    """
    names, labels = _names(given, context), _labels(given)
    boxes, chosen = _boxes(given, context, shapes, labels)
    if widths:
        corners, boxes = boxes, with_widths(boxes)
        rounded = chosen & (boxes[:, :2] + boxes[:, 2:] != corners[:, 2:]).any(axis=1)
        _tell_loss(
            context,
            "loss.precision",
            "the second corner is off in its last digit: no width or height leads to it",
            rounded,
        )
    order = _ordered(given, chosen, names, context)
    columns = ["filename", "xmin", "ymin", *(("width", "height") if widths else ("xmax", "ymax")), "label"]
    with output.open(FILE) as file:
        file.write((",".join(columns) + "\n").encode())
        for annotations, images in order.blocks():
            absent = annotations < 0
            values = np.full((len(images), 4), np.nan)
            values[~absent] = boxes[annotations[~absent]]
            sides = [_texts(values[:, side]) for side in range(4)]
            rows = pa.array(annotations, mask=absent)
            file.write(_lines([_quoted(names.take(pa.array(images))), *sides, _quoted(labels.take(rows))]))


def write_classes(given: AnnotationSet, output: Output, context: WriteContext, *, shapes: Sequence[str]) -> None:
    """Write a row for each class that an image has, once."""
    names, labels = _names(given, context), _labels(given)
    chosen = _of_kinds(given, shapes) & labels.known
    _tell_loss(
        context, "loss.kind", "annotations without a category are not written", _of_kinds(given, shapes) & ~chosen
    )
    order = _ordered(given, _once(given, chosen, labels), names, context)
    with output.open(FILE) as file:
        file.write(b"filename,label\n")
        for annotations, images in order.blocks():
            rows = pa.array(annotations, mask=annotations < 0)
            file.write(_lines([_quoted(names.take(pa.array(images))), _quoted(labels.take(rows))]))


def with_widths(boxes: Floats) -> Floats:
    """Return x, y, width, height of corners: the shortest decimals whose sum is the second corner again.

    >>> with_widths(np.array([[0.1, 0.0, 0.1 + 0.2, 4.0]])).tolist()
    [[0.1, 0.0, 0.2, 4.0]]
    """
    low, high = boxes[:, :2], boxes[:, 2:]
    sides = high - low
    found = low + sides == high
    made = sides.copy()
    # Beside the difference, which may be one step of the last digit off: x1 - x0 + x0 is not always x1.
    for other in (np.nextafter(sides, np.inf), np.nextafter(sides, -np.inf)):
        better = ~found & (low + other == high)
        made = np.where(better, other, made)
        found |= better
    for decimals in reversed(_DECIMALS):
        rounded = np.round(sides, decimals)
        made = np.where(low + rounded == high, rounded, made)
    return np.concatenate([low, made], axis=1)


def _names(given: AnnotationSet, context: WriteContext) -> pa.Array:
    return pa.array(list(context.names if context.names is not None else written_names(given)), pa.string())


def _labels(given: AnnotationSet) -> _Labels:
    names = given.categories.column("name").cast(pa.string()).combine_chunks()
    ids = given.annotations.column("category_id").combine_chunks()
    return _Labels(pc.if_else(pa.array(is_empty(names)), None, names), ids)


def _of_kinds(given: AnnotationSet, shapes: Sequence[str]) -> Flags:
    kinds = given.annotations.column("kind").cast(pa.string())
    return np.asarray(pc.is_in(kinds, pa.array(list(shapes), pa.string())).to_numpy(zero_copy_only=False), bool)


def _boxes(given: AnnotationSet, context: WriteContext, shapes: Sequence[str], labels: _Labels) -> tuple[Floats, Flags]:
    """Return the boxes as they are written, and which annotations are."""
    wanted = _of_kinds(given, shapes)
    boxed = np.asarray(pc.is_valid(given.annotations.column("x0")).to_numpy(), bool)
    chosen = wanted & boxed & labels.known
    _tell_loss(
        context, "loss.kind", "annotations without a box or without a category are not written", wanted & ~chosen
    )
    shares = _as_shares(given, context, chosen)
    boxes = as_shares(given) if shares else in_pixels(given)
    if context.options.clip:
        limits = np.ones((len(boxes), 2)) if shares else image_sizes(given)
        boxes = cut_to(boxes, limits)
    unknown = chosen & np.isnan(boxes).any(axis=1)
    _tell_loss(context, "loss.size_unknown", "boxes of images whose size is not known are not written", unknown)
    return boxes, chosen & ~unknown


def _as_shares(given: AnnotationSet, context: WriteContext, chosen: Flags) -> bool:
    if context.options.normalised != "auto":
        return context.options.normalised == "yes"
    units = given.annotations.column("unit").cast(pa.string()).filter(pa.array(chosen))
    return bool(pc.unique(units).to_pylist() == ["normalised"])


def _once(given: AnnotationSet, chosen: Flags, labels: _Labels) -> Flags:
    """Return the chosen annotations without those whose image has the same class from an earlier one."""
    at = np.flatnonzero(chosen)
    codes = labels.take(pa.array(at)).dictionary_encode()
    images = given.annotations.column("image_id").to_numpy()[at]
    _, first = np.unique(images * max(len(codes.dictionary), 1) + codes.indices.to_numpy(), return_index=True)
    made = np.zeros(len(chosen), bool)
    made[at[first]] = True
    return made


def _ordered(given: AnnotationSet, chosen: Flags, names: pa.Array, context: WriteContext) -> _Order:
    """Return the rows in the order of the annotations; a negative image stands before those of later images."""
    at = np.flatnonzero(chosen)
    image_of = given.annotations.column("image_id").to_numpy()[at]
    negatives = _negatives(given, context)
    images = np.concatenate([image_of, negatives])
    ranks = np.concatenate([np.maximum.accumulate(image_of) if len(at) else image_of, negatives])
    order = np.argsort(ranks, kind="stable")
    nameless = is_empty(names)
    for image in np.unique(images[nameless[images]])[:MOST_PLACES].tolist():
        context.said.say("name.unsafe", FILE, "", "an image without a name cannot be written", value=image)
    order = order[~nameless[images[order]]]
    return _Order(np.concatenate([at, np.full(len(negatives), -1)])[order], images[order])


def _negatives(given: AnnotationSet, context: WriteContext) -> Places:
    """Return the negative images that get a row; the others are told as a loss."""
    states = given.images.column("state").cast(pa.string())
    negative = np.flatnonzero(pc.equal(states, "negative").to_numpy())
    if context.options.empty_images == "write" or not len(negative):
        return negative
    names = given.images.column("name_given").take(pa.array(negative[:MOST_PLACES])).to_pylist()
    words = "negative images: `empty_images: write` writes them as rows with a name and empty cells"
    context.said.say("loss.negative_images", "", "", words, value=", ".join(names), count=len(negative))
    return negative[:0]


def _tell_loss(context: WriteContext, code: str, words: str, rows: Flags) -> None:
    found = np.flatnonzero(rows)
    if len(found):
        shown = ", ".join(map(str, found[:MOST_PLACES].tolist()))
        context.said.say(code, "", "", words, value=shown, count=len(found))


def _texts(values: Floats) -> pa.Array:
    """Return numbers as the shortest texts that read back equal, empty where there is none."""
    # 0.0 makes of the negative zero an ordinary one.
    return pc.fill_null(pc.cast(pa.array(values + 0.0, from_pandas=True), pa.string()), "")


def _quoted(texts: pa.Array) -> pa.Array:
    """Return texts as cells: empty for null, in quotes where a reader would take them apart."""
    filled = pc.fill_null(texts, "")
    quoted = pc.binary_join_element_wise('"', pc.replace_substring(filled, '"', '""'), '"', "")
    return pc.if_else(pc.match_substring_regex(filled, _TO_QUOTE), quoted, filled)


def _lines(columns: Sequence[pa.Array]) -> bytes:
    rows = pc.binary_join_element_wise(*columns, ",").to_pylist()
    return "".join(row + "\n" for row in rows).encode()
