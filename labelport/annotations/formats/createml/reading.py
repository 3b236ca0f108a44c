"""Reading CreateML entry by entry: memory holds the file and its rows, and no tree of it."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from labelport.annotations.annotation_set import AnnotationSet, rows_of
from labelport.annotations.boxes import box_columns
from labelport.annotations.contract import MOST_BYTES, Parsed, ReadContext, bodies
from labelport.annotations.files import AnnotationFile
from labelport.annotations.formats.createml.entries import Entries, Entry
from labelport.annotations.json_text import read_json
from labelport.annotations.places import image_rows
from labelport.annotations.said import Said
from labelport.tables import ANNOTATIONS, CATEGORIES

Floats = np.ndarray[Any, np.dtype[np.float64]]

BOM = b"\xef\xbb\xbf"

_LIST = msgspec.json.Decoder(list[msgspec.Raw])


@dataclass
class _Columns:
    """The rows as they grow."""

    images: dict[tuple[str, str], int] = field(default_factory=dict)
    """Number of an image by file and name: the entries of one name in one file are one image."""

    image_pointers: list[str] = field(default_factory=list)
    image_extras: list[bytes | None] = field(default_factory=list)
    given: list[int] = field(default_factory=list)
    """How many annotations the file has of an image, those that were refused too."""

    categories: dict[str, int] = field(default_factory=dict)
    category_files: list[str] = field(default_factory=list)

    image: "array[int]" = field(default_factory=lambda: array("q"))
    category: "array[int]" = field(default_factory=lambda: array("q"))
    boxes: "array[float]" = field(default_factory=lambda: array("d"))
    """x, y of the centre, width, height of each; NaN of a class."""

    files: list[str] = field(default_factory=list)
    pointers: list[str] = field(default_factory=list)
    extras: list[bytes | None] = field(default_factory=list)

    def add(self, file: str, entry: Entry) -> None:
        """Add an entry."""
        image = self.images.setdefault((file, entry.name), len(self.images))
        if image == len(self.given):
            self.image_pointers.append(entry.pointer)
            self.image_extras.append(entry.extras)
            self.given.append(0)
        self.given[image] += entry.given
        for mark in entry.marks:
            category = self.categories.setdefault(mark.label, len(self.categories))
            if category == len(self.category_files):
                self.category_files.append(file)
            self.image.append(image)
            self.category.append(category)
            self.boxes.extend(mark.box)
            self.files.append(file)
            self.pointers.append(mark.pointer)
            self.extras.append(mark.extras)


def read_createml(files: Sequence[AnnotationFile], context: ReadContext) -> Parsed:
    """Return the rows of files. Findings name the entry and the member.

    x and y are the centre, in pixels from the upper left corner; with the option ``normalised: yes``, shares.
    """
    columns = _Columns()
    for file, body in bodies(files, context, most=MOST_BYTES):
        entries = Entries(file.name, context.said)
        for number, raw in enumerate(_listed(body, file.name, context.said)):
            entry = entries.read(number, raw)
            if entry is not None:
                columns.add(file.name, entry)
    return Parsed(_as_set(columns, context))


def _listed(body: bytes, file: str, said: Said) -> list[msgspec.Raw]:
    text = body.removeprefix(BOM)
    try:
        text.decode()
        return _LIST.decode(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        value = read_json(body, file, said)
        if value is not None:
            said.say("json.wrong_type", file, "", "the file is no list of images")
        return []


def _as_set(columns: _Columns, context: ReadContext) -> AnnotationSet:
    corners = _corners(np.frombuffer(columns.boxes, np.float64).reshape(-1, 4))
    images = np.frombuffer(columns.image, np.int64)
    is_class = np.isnan(corners[:, 0])
    unit = "normalised" if context.options.normalised == "yes" else "pixel"
    return AnnotationSet(
        images=_images(columns, np.bincount(images, minlength=len(columns.images)), context),
        categories=rows_of(
            CATEGORIES, len(columns.categories), name=list(columns.categories), source_file=columns.category_files
        ),
        annotations=rows_of(
            ANNOTATIONS,
            len(images),
            image_id=images,
            category_id=np.frombuffer(columns.category, np.int64),
            kind=np.where(is_class, "class", "box").tolist(),
            unit=[None if each else unit for each in is_class.tolist()],
            segmentation_kind="none",
            source_file=columns.files,
            pointer=columns.pointers,
            extras=columns.extras,
            **box_columns(corners),
        ),
    )


def _corners(boxes: Floats) -> Floats:
    half = boxes[:, 2:] / 2
    return np.concatenate([boxes[:, :2] - half, boxes[:, :2] + half], axis=1)


def _images(columns: _Columns, kept: np.ndarray[Any, np.dtype[np.int64]], context: ReadContext) -> pa.Table:
    keys = list(columns.images)
    names = [name for _, name in keys]
    pointers = columns.image_pointers
    places = context.place(names, lambda i: (keys[i][0], pointers[i]), [_beside(*key) for key in keys])
    states = [
        "labelled" if held else "unlabelled" if given else "negative"
        for held, given in zip(kept.tolist(), columns.given, strict=True)
    ]
    return image_rows(
        names,
        places,
        source_file=[file for file, _ in keys],
        pointer=pointers,
        state=states,
        extras=columns.image_extras,
    )


def _beside(file: str, name: str) -> tuple[str, ...]:
    """Return the path of an image that lies beside its annotation file."""
    folder = file.rpartition("/")[0]
    return (f"{folder}/{name}",) if folder else ()
