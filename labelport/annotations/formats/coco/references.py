"""Which image and category each annotation points to, and what is said of those that point nowhere."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.annotations.formats.coco.annotation_piece import AnnotationPiece
from labelport.annotations.formats.coco.ids import (
    Ids,
    has_doubles,
    ids_of,
    rows_as_text,
    rows_of_references,
    second_ones,
)
from labelport.annotations.formats.coco.telling import Teller, text_value
from labelport.annotations.formats.coco.values import NULL, Flags, first_bytes

Rows = np.ndarray[Any, np.dtype[np.int64]]


def rows_of_all(references: Sequence[Ids], ids: Ids, member: str, tell: Teller) -> list[Rows]:
    """Return the row of each reference of each piece, -1 where there is none.

    Where all of them fail, and none would if ``"1"`` were ``1``, they are compared so, and that is said.
    """
    made = [rows_of_references(each, ids) for each in references]
    if not made or any((rows >= 0).any() for rows in made):
        return made
    as_text = [rows_as_text(each, ids) for each in references]
    count = sum(len(rows) for rows in as_text)
    if not count or any((rows < 0).any() for rows in as_text):
        return made
    first = references[0].texts[0].as_py().decode(errors="replace")
    words = f"all {count:,} values of {member} differ from the ids in type only; they were compared as text"
    tell.said.say("coco.id_type", tell.file, f"{tell.place}/0/{member}", words, value=first)
    return as_text


def unknown_images(piece: AnnotationPiece, rows: Rows, tell: Teller) -> Flags:
    """Return which annotations point to no image; say so."""
    _tell_decimal(piece.images, "image_id", tell)
    unknown = np.asarray(rows < 0)
    _tell_unknown(piece.images, "image", unknown, piece, tell)
    return unknown


def unknown_categories(piece: AnnotationPiece, rows: Rows, tell: Teller) -> Flags:
    """Return which annotations point to no category; say so. One that names none is kept, with a warning."""
    _tell_decimal(piece.categories, "category_id", tell)
    unknown = np.asarray(rows < 0)
    if not unknown.any():
        return unknown
    first = first_bytes(piece.categories.texts)
    unnamed = unknown & ((first == 0) | (first == NULL)) & _objects(piece)
    words = "the annotation has no category_id; it is kept without a category"
    tell.rows("coco.unknown_category", np.flatnonzero(unnamed).tolist(), words, severity="warning")
    _tell_unknown(piece.categories, "category", unknown & ~unnamed, piece, tell)
    return np.asarray(unknown & ~unnamed)


def tell_own_ids(pieces: Sequence[AnnotationPiece], tell: Teller) -> Rows:
    """Say what is wrong with the ids of annotations; return the rows whose id stood before."""
    found = [ids_of(piece.ids) for piece in pieces]
    base = 0
    for piece, ids in zip(pieces, found, strict=True):
        here = Teller(tell.said, tell.file, tell.place, base)
        _tell_decimal(ids, "id", here)
        if ids.numbers is None:
            first = first_bytes(piece.ids)
            absent = ((first == 0) | (first == NULL)) & _objects(piece)
            here.rows("coco.no_id", np.flatnonzero(absent).tolist(), "the annotation has no id")
            bad = ~ids.valid() & (first != 0) & (first != NULL)
            rows = np.flatnonzero(bad).tolist()
            here.rows(
                "json.wrong_type", rows, "this is no id", member="/id", value=text_value(ids.texts), severity="warning"
            )
        base += piece.count
    joined = _joined(found) if found else None
    if joined is None or not has_doubles(joined):
        return np.zeros(0, np.int64)
    seconds = second_ones(joined)
    tell.rows(
        "coco.duplicate_id", seconds.tolist(), "the id stood before", member="/id", value=text_value(joined.texts)
    )
    return seconds


def _joined(found: Sequence[Ids]) -> Ids:
    texts = pa.concat_arrays([each.texts for each in found])
    nothing = np.zeros(0, np.int64)
    if all(each.numbers is not None for each in found):
        return Ids(texts, np.concatenate([each.numbers for each in found if each.numbers is not None]), None, nothing)
    return Ids(texts, None, pa.concat_arrays([each.as_keys() for each in found]), nothing)


def _tell_decimal(ids: Ids, member: str, tell: Teller) -> None:
    words = "the id is written as a decimal number"
    tell.rows("coco.float_id", ids.decimal.tolist(), words, member=f"/{member}", value=text_value(ids.texts))


_UNKNOWN = {"image": "coco.unknown_image", "category": "coco.unknown_category"}


def _tell_unknown(ids: Ids, what: str, unknown: Flags, piece: AnnotationPiece, tell: Teller) -> None:
    rows = np.flatnonzero(unknown & _objects(piece)).tolist()
    value = text_value(ids.texts)

    def words(row: int) -> str:
        given = value(row)
        return f"no {what} of the file has the id {given}" if given else f"the annotation has no {what}_id"

    tell.rows(_UNKNOWN[what], rows, words, member=f"/{what}_id", value=value)


def _objects(piece: AnnotationPiece) -> Flags:
    made = np.ones(piece.count, np.bool_)
    made[list(piece.elements.wrong)] = False
    return made


def source_ids(texts: pa.BinaryArray) -> pa.StringArray:
    """Return JSON texts of ids; null where an annotation has none."""
    found = texts.cast(pa.string())
    null = pc.equal(found, "null")
    return pc.if_else(null, None, found) if pc.any(null).as_py() else found
