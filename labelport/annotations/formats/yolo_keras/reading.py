"""The lines of YOLO Keras files as one set."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.annotations.annotation_set import AnnotationSet, rows_of
from labelport.annotations.boxes import Floats, box_columns
from labelport.annotations.contract import Claim, Parsed, ReadContext, bodies
from labelport.annotations.files import AnnotationFile
from labelport.annotations.formats.yolo_darknet.class_names import ClassNames, category_rows, read_class_names
from labelport.annotations.formats.yolo_darknet.judging import MOST_CLASS
from labelport.annotations.formats.yolo_darknet.rows import numbers_of, tokens_of
from labelport.annotations.formats.yolo_keras.lines import Line, lines_of
from labelport.annotations.places import image_rows
from labelport.tables import ANNOTATIONS

MOST_BYTES = 1 << 29
BOXES_AT_ONCE = 1 << 17
NO_CLASS = -1
NO_NAME = "the line begins with a box: no image is named"

Ints = np.ndarray[Any, np.dtype[np.int64]]


@dataclass
class _Images:
    """The images of all files, an image a name and file, in the order in which they are named."""

    names: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    refused: set[int] = field(default_factory=set)
    """Images with boxes that are not kept."""


@dataclass
class _Boxes:
    """Boxes of one file that are to be cast."""

    file: str
    words: list[bytes] = field(default_factory=list)
    images: list[int] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    fields: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class _Cast:
    """Boxes as numbers."""

    file: str
    images: Ints
    lines: Ints
    fields: Ints
    boxes: Floats
    classes: Ints


def read(files: Mapping[str, AnnotationFile], claim: Claim, context: ReadContext) -> Parsed:
    """Return the boxes of the parts of a claim, in pixels.

    Findings: ``keras.bad_box`` and ``keras.class_out_of_range`` at ``line:field``, where the name is field 1;
    ``keras.no_labels``; those of the list of names.
    """
    names = read_class_names(claim.shared, files, context)
    if names is None and claim.parts:
        words = "no list of class names lies beside the file" if not claim.shared else "no list of class names is read"
        context.said.say("keras.no_labels", claim.parts[0], "", words)
    images = _Images()
    parts = [files[name] for name in claim.parts]
    cast = [
        _cast(boxes, images, names, context)
        for file, body in bodies(parts, context, most=MOST_BYTES)
        for boxes in _boxes(file.name, body, images, context)
    ]
    classes = np.concatenate([np.zeros(0, np.int64), *(each.classes for each in cast)])
    categories, numbers = category_rows(classes, names, claim.parts[0] if claim.parts else "")
    kept = {int(each) for made in cast for each in np.unique(made.images)}
    return Parsed(AnnotationSet(_image_rows(images, kept, context), categories, _annotation_rows(cast, numbers)))


def _boxes(file: str, body: bytes, images: _Images, context: ReadContext) -> Iterator[_Boxes]:
    """Yield the boxes of a file, some hundred thousand at a time; ``images`` gets its images."""
    known: dict[bytes, int] = {}
    boxes = _Boxes(file)
    for line in lines_of(body):
        if not line.name:
            context.said.say("keras.bad_box", file, f"{line.number}:1", NO_NAME, count=len(line.fields) + 1)
            continue
        image = known.get(line.name)
        if image is None:
            image = known[line.name] = len(images.names)
            images.names.append(line.name.decode("utf-8", "replace"))
            images.files.append(file)
            images.lines.append(line.number)
        if line.bad:
            _tell_bad(file, line, context)
            images.refused.add(image)
        bad = set(line.bad)
        good = [place for place in range(len(line.fields)) if place not in bad]
        boxes.words += [line.fields[place] for place in good]
        boxes.images += [image] * len(good)
        boxes.lines += [line.number] * len(good)
        boxes.fields += [place + 2 for place in good]
        if len(boxes.words) >= BOXES_AT_ONCE:
            yield boxes
            boxes = _Boxes(file)
    yield boxes


def _tell_bad(file: str, line: Line, context: ReadContext) -> None:
    words = "the field is not five numbers joined by commas"
    for at in line.bad:
        if context.said.lists("keras.bad_box", file):
            word = line.fields[at][:100].decode("utf-8", "replace")
            context.said.say("keras.bad_box", file, f"{line.number}:{at + 2}", words, value=word)
        else:
            context.said.say("keras.bad_box", file, "", words)


def _cast(boxes: _Boxes, images: _Images, names: ClassNames | None, context: ReadContext) -> _Cast:
    """Return boxes as numbers, without those whose numbers are not finite or whose class is none."""
    _, tokens = tokens_of(b" ".join(boxes.words).replace(b",", b" "))
    values = numbers_of(tokens).reshape(-1, 5)
    classes = values[:, 4]
    with np.errstate(invalid="ignore"):
        whole = np.isfinite(values).all(axis=1) & (classes == np.floor(classes))
    if names is None:
        known = (classes >= 0) & (classes < MOST_CLASS)
    else:
        known = np.isin(classes, np.fromiter(names.names, np.float64, len(names.names)))
    for code, flags, words in (
        ("keras.bad_box", ~whole, "a number is not finite, or the class is not whole"),
        ("keras.class_out_of_range", whole & ~known, "the list of class names has no name for it"),
    ):
        for row in np.flatnonzero(flags).tolist():
            images.refused.add(boxes.images[row])
            pointer = f"{boxes.lines[row]}:{boxes.fields[row]}"
            context.said.say(code, boxes.file, pointer, words, value=boxes.words[row].decode("utf-8", "replace"))
    kept = np.flatnonzero(whole & known)
    return _Cast(
        boxes.file,
        np.asarray(boxes.images, np.int64)[kept],
        np.asarray(boxes.lines, np.int64)[kept],
        np.asarray(boxes.fields, np.int64)[kept],
        values[kept, :4],
        classes[kept].astype(np.int64),
    )


def _image_rows(images: _Images, kept: set[int], context: ReadContext) -> pa.Table:
    places = context.place(images.names, lambda number: (images.files[number], str(images.lines[number])))
    states = [
        "labelled" if number in kept else "unlabelled" if number in images.refused else "negative"
        for number in range(len(images.names))
    ]
    pointers = pa.array(images.lines, pa.int64()).cast(pa.string())
    return image_rows(images.names, places, source_file=images.files, pointer=pointers, state=states)


def _annotation_rows(cast: Sequence[_Cast], categories: Ints) -> pa.Table:
    lines = pa.array(np.concatenate([np.zeros(0, np.int64), *(each.lines for each in cast)])).cast(pa.string())
    fields = pa.array(np.concatenate([np.zeros(0, np.int64), *(each.fields for each in cast)])).cast(pa.string())
    files = [pa.repeat(pa.scalar(each.file), len(each.lines)) for each in cast]
    return rows_of(
        ANNOTATIONS,
        len(lines),
        image_id=np.concatenate([np.zeros(0, np.int64), *(each.images for each in cast)]),
        category_id=categories,
        kind="box",
        unit="pixel",
        segmentation_kind="none",
        source_file=pa.chunked_array(files, pa.string()),
        pointer=pc.binary_join_element_wise(lines, fields, ":"),
        **box_columns(np.concatenate([np.zeros((0, 4)), *(each.boxes for each in cast)])),
    )
