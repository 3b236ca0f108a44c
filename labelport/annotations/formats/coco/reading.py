"""Reading COCO files: taken apart, images led to their places, annotations made rows."""

import gc
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.contract import MOST_BYTES, ReadContext
from labelport.annotations.files import AnnotationFile
from labelport.annotations.formats.coco.annotation_piece import AnnotationPiece, annotation_piece
from labelport.annotations.formats.coco.annotation_rows import Around, Made, annotation_rows
from labelport.annotations.formats.coco.areas import tell_areas
from labelport.annotations.formats.coco.arrays import NotRead
from labelport.annotations.formats.coco.category_list import KNOWN as CATEGORY_TEXTS
from labelport.annotations.formats.coco.category_list import CategoryList, category_list
from labelport.annotations.formats.coco.document import document_of
from labelport.annotations.formats.coco.elements import Elements, only
from labelport.annotations.formats.coco.image_list import ImageList, image_list, one_piece, split_of
from labelport.annotations.formats.coco.references import rows_of_all, tell_own_ids
from labelport.annotations.formats.coco.refusals import refused_because, tell_outer_oddities
from labelport.annotations.formats.coco.telling import Teller
from labelport.annotations.formats.coco.text_file import TextFile, taken_apart
from labelport.annotations.formats.coco.values import Flags, Floats
from labelport.annotations.joining import joined
from labelport.annotations.places import Places, image_rows
from labelport.annotations.said import Said
from labelport.errors import ObjectAbsent, ObjectChanged
from labelport.tables import ANNOTATIONS

Rows = np.ndarray[Any, np.dtype[np.int64]]

WORKERS = 2
"""Threads that make columns, while a third decodes: what they do is outside of Python for the most part."""

BLOCK = 16 << 20
IMAGE_TEXTS = ("file_name", "width", "height")


@dataclass(frozen=True)
class _File:
    """A file before its images are led to their places."""

    name: str
    images: ImageList
    categories: CategoryList
    annotations: list[AnnotationPiece]
    document: Future[bytes]
    """Made while the rows are."""


def read_files(files: Sequence[AnnotationFile], context: ReadContext) -> tuple[AnnotationSet, str]:
    """Return the annotations of COCO files, and the narrowest format id that holds them."""
    with _uncollected(), ThreadPoolExecutor(WORKERS) as workers:
        read = [each for each in (_read(file, context, workers) for file in files) if each is not None]
        names = [name for each in read for name in each.images.names]
        at = [(each.name, int(number)) for each in read for number in each.images.numbers.tolist()]
        places = context.place(names, lambda row: (at[row][0], f"/images/{at[row][1]}/file_name"))
        sets, begin = [], 0
        for each in read:
            end = begin + len(each.images.names)
            here = places.part(begin, end)
            sets.append(_rows(each, here, context.said))
            begin = end
    return joined(sets), _narrowest([piece for each in read for piece in each.annotations])


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep the collector of cycles away: decoded texts have none, and there are millions."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _read(file: AnnotationFile, context: ReadContext, workers: ThreadPoolExecutor) -> _File | None:
    said = context.said
    if file.size > MOST_BYTES:
        said.say("format.too_large", file.name, "", f"the file has {file.size:,} bytes; {MOST_BYTES:,} are the most")
        return None
    same: Any = lambda elements: elements  # noqa: E731
    piece = partial(annotation_piece, least_points=context.options.polygon_min_points)
    try:
        found = taken_apart(file.read, file.size, {"images": same, "categories": same, "annotations": piece}, workers)
        return _parts(found, file.name, said, workers)
    except NotRead as error:
        said.say(error.code, file.name, _place(file, error), str(error))
    except (ObjectAbsent, ObjectChanged, OSError) as error:
        said.say("format.unreadable", file.name, "", f"the file could not be read: {type(error).__name__}")
    return None


def _place(file: AnnotationFile, error: NotRead) -> str:
    """Return a pointer or ``line:column``; columns count bytes."""
    if error.byte is None:
        return error.pointer
    lines, last, at = 0, -1, 0
    while at < error.byte:
        block = file.read(at, min(BLOCK, error.byte - at))
        if not block:
            break
        lines += block.count(b"\n")
        last = at + block.rindex(b"\n") if b"\n" in block else last
        at += len(block)
    return f"{lines + 1}:{error.byte - last}"


def _parts(found: TextFile, name: str, said: Said, workers: ThreadPoolExecutor) -> _File:
    reason = refused_because(found)
    if reason is not None:
        raise reason
    tell_outer_oddities(found, name, said)
    lists = {
        key: one_piece(found.arrays[key].pieces)
        if key in found.arrays and found.arrays[key].pieces
        else Elements(0, {}, np.zeros(0, np.int32))
        for key in ("images", "categories")
    }
    pieces: list[AnnotationPiece] = found.arrays["annotations"].pieces
    kept: dict[str, list[Elements]] = {
        "images": [only(lists["images"], IMAGE_TEXTS)],
        "categories": [only(lists["categories"], CATEGORY_TEXTS)],
        "annotations": [each.elements for each in pieces],
    }
    document = workers.submit(document_of, found, kept)
    images = image_list(lists["images"], name, said)
    categories = category_list(lists["categories"], name, said)
    return _File(name, images, categories, pieces, document)


def _rows(file: _File, places: Places, said: Said) -> AnnotationSet:
    tell = Teller(said, file.name, "/annotations")
    images = file.images
    sizes = _sizes(file, places, said)
    of_images = rows_of_all([piece.images for piece in file.annotations], images.ids, "image_id", tell)
    of_categories = rows_of_all(
        [piece.categories for piece in file.annotations], file.categories.ids, "category_id", tell
    )
    seconds = tell_own_ids(file.annotations, tell)
    made: list[Made] = []
    base = 0
    for piece, image, category in zip(file.annotations, of_images, of_categories, strict=True):
        around = Around(file.name, image, category, file.categories.keypoints, sizes)
        made.append(annotation_rows(piece, around, Teller(said, file.name, "/annotations", base)))
        base += piece.count
    kept = [each.keep for each in made]
    tell_areas(file.annotations, _trusted(made, seconds), tell)
    annotations = pa.concat_tables([each.table for each in made]) if made else ANNOTATIONS.empty()
    numbers = pa.array(np.arange(annotations.num_rows))
    annotations = annotations.set_column(0, ANNOTATIONS.schema.field(0), numbers)
    table = image_rows(
        images.names,
        places,
        source_file=file.name,
        pointer=[f"/images/{number}" for number in images.numbers.tolist()],
        state=_states(images, of_images, kept),
        width=images.width,
        height=images.height,
        split=split_of(file.name),
        source_id=images.ids.texts.cast(pa.string()),
        extras=images.extras,
    )
    return AnnotationSet(table, file.categories.table, annotations, documents={file.name: file.document.result()})


def _trusted(made: Sequence[Made], seconds: Rows) -> list[Flags]:
    """Return whose areas are looked at: not of those of which something worse was said."""
    flags = [each.keep & each.whole for each in made]
    base = 0
    for each in flags:
        here = seconds[(seconds >= base) & (seconds < base + len(each))] - base
        each[here] = False
        base += len(each)
    return flags


def _sizes(file: _File, places: Places, said: Said) -> Floats:
    """Return width and height of each image, given or known; say where they differ."""
    given = np.column_stack([file.images.width, file.images.height])
    known = places.sizes()
    differ = (~np.isnan(given) & ~np.isnan(known) & (given != known)).any(axis=1)
    numbers = file.images.numbers
    Teller(said, file.name, "/images").rows(
        "coco.size_differs",
        numbers[differ].tolist(),
        lambda row: _differing(*(each[np.searchsorted(numbers, row)].tolist() for each in (given, known))),
    )
    return np.where(np.isnan(given), known, given)


def _differing(given: list[float], known: list[float]) -> str:
    return f"the file says {given[0]:g} x {given[1]:g}, the image has {known[0]:g} x {known[1]:g} pixels"


def _states(images: ImageList, rows: Sequence[Rows], kept: Sequence[Flags]) -> list[str]:
    """Return the state of each image: one all of whose annotations were refused is no negative one."""
    count = len(images.names)
    named, labelled = np.zeros(count, np.bool_), images.doubled.copy()
    named |= labelled
    labelled[:] = False
    for some, keep in zip(rows, kept, strict=True):
        found = some >= 0
        named[some[found]] = True
        labelled[some[found & keep]] = True
    codes = np.where(labelled, 0, np.where(named, 2, 1))
    words: Mapping[int, str] = {0: "labelled", 1: "negative", 2: "unlabelled"}
    return [words[code] for code in codes.tolist()]


def _narrowest(pieces: Sequence[AnnotationPiece]) -> str:
    if any(piece.keypoints.counts.any() for piece in pieces):
        return "coco_keypoints"
    return "coco_masks" if any(piece.kinds.any() for piece in pieces) else "coco_boxes"
