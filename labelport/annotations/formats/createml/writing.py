"""Writing CreateML: one entry an image, whole in one file."""

import json
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.annotations.annotation_set import AnnotationSet, by_image
from labelport.annotations.boxes import cut_to, image_sizes, in_pixels
from labelport.annotations.contract import Output, WriteContext
from labelport.annotations.holds import KEPT, LOST, Holds
from labelport.annotations.naming import written_names
from labelport.annotations.said import Said

NAME = "createml"
FILE = f"{NAME}.json"
ITS_BOX = "its box"
DECIMALS = 9
"""Digits of numbers that lead to the same corners as all digits do."""

HOLDS = Holds(
    shapes={
        "box": KEPT,
        "class": KEPT,
        **dict.fromkeys(("rotated_box", "polygon", "rle", "mask", "keypoints", "circle"), ITS_BOX),
    },
    rings="box of all",
    negatives=KEPT,
    unlabelled=KEPT,
    categories=LOST,
)

Flags = np.ndarray[Any, np.dtype[np.bool_]]
Floats = np.ndarray[Any, np.dtype[np.float64]]


def write_createml(given: AnnotationSet, output: Output, context: WriteContext) -> None:
    """Write ``createml.json``: entries in the order of the images, rows of one name in one entry.

    Images that nobody labelled, and those whose annotations cannot be written, are left out: an entry without
    annotations is a negative example.
    """
    marks = _marks(given, context)
    order, starts = by_image(given)
    entries: dict[str, list[str]] = {}
    states = given.images.column("state").to_pylist()
    names = context.names if context.names is not None else written_names(given)
    with_negatives = context.options.empty_images != "skip"
    for image, name in enumerate(names):
        if not name:
            context.said.say("createml.no_image", FILE, "", "an image has no name; it is not written")
            continue
        held = [mark for row in order[starts[image] : starts[image + 1]].tolist() if (mark := marks[row])]
        if held or (states[image] == "negative" and with_negatives):
            entries.setdefault(name, []).extend(held)
    with output.open(FILE) as file:
        _write(entries, file)


def _write(entries: dict[str, list[str]], file: IO[bytes]) -> None:
    file.write(b"[")
    for number, (name, marks) in enumerate(entries.items()):
        line = f'{{"image": {_text(name)}, "annotations": [{", ".join(marks)}]}}'
        file.write((",\n" if number else "\n").encode() + line.encode())
    file.write(b"\n]\n" if entries else b"]\n")


def _marks(given: AnnotationSet, context: WriteContext) -> list[str | None]:
    """Return each annotation as it is written; null: it is not."""
    table = given.annotations
    boxes = in_pixels(given)
    if context.options.clip:
        boxes = cut_to(boxes, image_sizes(given))
    kinds = table.column("kind").cast(pa.string())
    classes = np.asarray(pc.equal(kinds, "class").to_numpy())
    shaped = np.asarray(pc.is_in(kinds, pa.array([kind for kind, becomes in HOLDS.shapes.items() if becomes != LOST])))
    names = given.categories.column("name")
    labelled = np.asarray(pc.fill_null(pc.not_equal(names.take(table.column("category_id")), ""), False))
    finite = np.asarray(np.isfinite(boxes).all(axis=1))
    _tell(given, context.said, shaped & ~classes & ~finite, shaped & ~labelled & (classes | finite))
    written = shaped & labelled & (classes | finite)
    labels = [_text(name) for name in names.to_pylist()]
    numbers = _numbers(np.where(finite[:, None], boxes, 0.0))
    made: list[str | None] = [None] * table.num_rows
    categories = table.column("category_id").to_pylist()
    for row in np.flatnonzero(written).tolist():
        label = labels[categories[row]]
        if classes[row]:
            made[row] = f'{{"label": {label}}}'
        else:
            x, y, width, height = numbers[4 * row : 4 * row + 4]
            made[row] = (
                f'{{"label": {label}, "coordinates": {{"x": {x}, "y": {y}, "width": {width}, "height": {height}}}}}'
            )
    return made


def _tell(given: AnnotationSet, said: Said, boxless: Flags, nameless: Flags) -> None:
    drawn = np.asarray(pc.is_valid(given.annotations.column("x0")))
    for flags, code, words in (
        (boxless & drawn, "loss.size_unknown", "boxes are shares of images of unknown size; they are not written"),
        (boxless & ~drawn, "loss.kind", "annotations without a box are not written"),
        (nameless, "createml.no_label", "annotations without the name of a category are not written"),
    ):
        if flags.any():
            shown = ", ".join(map(str, np.flatnonzero(flags)[:20].tolist()))
            said.say(code, FILE, "", words, value=shown, count=int(flags.sum()))


def _numbers(corners: Floats) -> list[str]:
    """Return centre, width and height of boxes as texts, four for each."""
    low, high = corners[:, :2], corners[:, 2:]
    given = np.concatenate([(low + high) / 2, high - low], axis=1)
    # The centre of a box is seldom exact in binary: 10.3 comes back as 10.300000000000001.
    short = np.round(given, DECIMALS)
    half = short[:, 2:] / 2
    same = (short[:, :2] - half == low).all(axis=1) & (short[:, :2] + half == high).all(axis=1)
    values = np.where(same[:, None], short, given).ravel()
    return [str(int(value)) if value.is_integer() else repr(value) for value in values.tolist()]


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
