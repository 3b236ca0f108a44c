"""Reading Centaur's results: from a sheet of texts to the tables, column by column."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.annotations.annotation_set import AnnotationSet, rows_of
from labelport.annotations.boxes import box_columns
from labelport.annotations.contract import Parsed, ReadContext
from labelport.annotations.files import AnnotationFile
from labelport.annotations.formats.centaur_results.contents import Contents
from labelport.annotations.formats.centaur_results.extras import json_texts, with_member
from labelport.annotations.formats.centaur_results.images import Images, images_of, tell_series
from labelport.annotations.formats.centaur_results.labels import Labels, created_of, labels_of
from labelport.annotations.formats.centaur_results.patches import WHOLE, Patches, patches_of
from labelport.annotations.formats.centaur_results.sheet import Flags, Floats, Numbers, Sheet, sheet_of
from labelport.annotations.places import image_rows
from labelport.annotations.said import MOST_PLACES, Said
from labelport.tables import ANNOTATIONS, CATEGORIES


def read_results(
    files: Sequence[AnnotationFile], context: ReadContext, contents: Contents, *, origin_root: str = ""
) -> Parsed:
    """Return a row a case that has a label: of the kind ``class``, or the shape of its patch.

    Findings: those of ``sheet_of``, ``images_of``, ``labels_of`` and ``created_of``; ``centaur.series_differs``,
    ``centaur.no_label``, ``centaur.bad_patch``, ``centaur.label_is_shape``.
    """
    sheet = sheet_of(files, context)
    images = images_of(sheet, context, contents, origin_root=origin_root)
    tell_series(sheet, contents, context.said)
    labels = labels_of(sheet, context.said)
    _tell_unlabelled(sheet, labels.unlabelled & (images.of_row >= 0), context.said)
    held = (images.of_row >= 0) & ~labels.unlabelled
    held[held] = ~images.refused[images.of_row[held]]
    drawn = _drawn(sheet, labels, np.flatnonzero(held))
    _tell_shapes(sheet, labels, drawn, context.said)
    return Parsed(_as_set(sheet, images, labels, _kept(labels, drawn), context))


@dataclass(frozen=True)
class _Drawn:
    """The shapes of labelled rows."""

    rows: Numbers
    """Of the sheet."""

    texts: pa.Array
    """Shape of each, empty where there is none."""

    has_text: Flags
    patches: Patches
    """Of the rows that have a text."""


@dataclass(frozen=True)
class _Kept:
    """Rows that become annotations."""

    rows: Numbers
    """Of the sheet."""

    kinds: list[str]
    boxes: Floats
    """In hundredths."""

    segmentations: pa.Array
    """Null where the box says all."""


def _drawn(sheet: Sheet, labels: Labels, rows: Numbers) -> _Drawn:
    texts = pc.if_else(pa.array(labels.shaped), labels.texts, sheet.cells["patch"]).take(pa.array(rows))
    has_text = np.asarray(pc.not_equal(texts, ""))
    return _Drawn(rows, texts, has_text, patches_of(texts.filter(pa.array(has_text))))


def _kept(labels: Labels, drawn: _Drawn) -> _Kept:
    kinds = np.full(len(drawn.rows), "class", object)
    kinds[drawn.has_text] = drawn.patches.kinds
    boxes = np.full((len(drawn.rows), 4), np.nan)
    boxes[drawn.has_text] = drawn.patches.boxes
    # Without a label and without a shape there is nothing to tell.
    empty = ~np.asarray(pc.not_equal(labels.texts, ""))[drawn.rows] & ~drawn.has_text
    stays: Flags = np.asarray(kinds != "", bool) & ~empty
    shaped = pa.array(np.isin(kinds, ("polygon", "line", "point")))
    segmentations = pc.if_else(shaped, drawn.texts, pa.scalar(None, pa.string()))
    return _Kept(drawn.rows[stays], kinds[stays].tolist(), boxes[stays], segmentations.filter(pa.array(stays)))


def _as_set(sheet: Sheet, images: Images, labels: Labels, kept: _Kept, context: ReadContext) -> AnnotationSet:
    taken = pa.array(kept.rows)
    image_of = images.of_row[kept.rows]
    sizes = images.places.sizes()[image_of] if len(images.first) else np.zeros((0, 2))
    known: Flags = np.asarray(~np.isnan(sizes).any(axis=1), bool)
    boxes = kept.boxes * np.where(known[:, None], np.tile(sizes, 2), 1.0) / WHOLE
    is_class = np.array([kind == "class" for kind in kept.kinds], bool)
    unit = np.where(is_class, None, np.where(known, "pixel", "normalised")).tolist()  # type: ignore[call-overload]
    named = pc.if_else(pa.array(labels.shaped), pa.scalar(None, pa.string()), labels.texts).take(taken)
    named = pc.if_else(pc.equal(named, ""), pa.scalar(None, pa.string()), named)
    categories = pc.dictionary_encode(named)
    first = pc.index_in(pa.array(np.arange(len(categories.dictionary))).cast(pa.int32()), categories.indices)
    files = pa.array(sheet.names, pa.string()).take(pa.array(sheet.files[kept.rows]))
    return AnnotationSet(
        images=_image_rows(sheet, images, image_of),
        categories=rows_of(
            CATEGORIES, len(categories.dictionary), name=categories.dictionary, source_file=files.take(first)
        ),
        annotations=rows_of(
            ANNOTATIONS,
            len(kept.rows),
            image_id=image_of,
            category_id=categories.indices,
            kind=kept.kinds,
            unit=unit,
            segmentation=kept.segmentations.cast(pa.binary()),
            segmentation_kind=["none" if text is None else "wkt" for text in kept.segmentations.to_pylist()],
            score=labels.scores.take(taken),
            created=created_of(sheet, context.said).take(taken),
            reviewed=labels.reviewed.take(taken),
            source_file=files,
            pointer=pa.array(sheet.lines[kept.rows]).cast(pa.string()),
            source_id=json_texts(sheet.cells["caseid"].take(taken)),
            extras=_extras(sheet, labels, kept.rows).cast(pa.binary()),
            **box_columns(boxes),
        ),
    )


def _image_rows(sheet: Sheet, images: Images, image_of: Numbers) -> pa.Table:
    labelled = np.bincount(image_of, minlength=len(images.first)) > 0
    return image_rows(
        images.names,
        images.places,
        source_file=pa.array(sheet.names, pa.string()).take(pa.array(sheet.files[images.first])),
        pointer=pa.array(sheet.lines[images.first]).cast(pa.string()),
        state=np.where(labelled, "labelled", "unlabelled").tolist(),
        source_id=json_texts(pa.array(images.ids, pa.string())),
    )


def _extras(sheet: Sheet, labels: Labels, rows: Numbers) -> pa.Array:
    """Return the extras; the region of a case whose label is itself a shape stands there too."""
    extras = sheet.extras.take(pa.array(rows))
    region = np.asarray(pc.not_equal(sheet.cells["patch"], "")) & labels.shaped
    if not region[rows].any():
        return extras
    return with_member(extras, "Patch", sheet.cells["patch"].take(pa.array(rows)), region[rows])


def _tell_unlabelled(sheet: Sheet, flags: Flags, said: Said) -> None:
    _tell_each(
        sheet, np.flatnonzero(flags), "centaur.no_label", "there is no Correct Label and no Majority Label", said
    )


def _tell_each(sheet: Sheet, rows: Numbers, code: str, words: str, said: Said) -> None:
    for file in np.unique(sheet.files[rows]).tolist():
        own = rows[sheet.files[rows] == file]
        listed = own[:MOST_PLACES].tolist()
        for row in listed:
            said.say(code, *sheet.at(row), words)
        said.count(code, sheet.names[file], len(own) - len(listed))


def _tell_shapes(sheet: Sheet, labels: Labels, drawn: _Drawn, said: Said) -> None:
    with_text = drawn.rows[drawn.has_text]
    for number, fault in drawn.patches.faults.items():
        row = int(with_text[number])
        column = _label_column(sheet, row) if labels.shaped[row] else "patch"
        said.say("centaur.bad_patch", *sheet.at(row, column), f"character {fault.column:,} of the cell: {fault}")
    shaped = drawn.rows[labels.shaped[drawn.rows]]
    for file in np.unique(sheet.files[shaped]).tolist():
        own = shaped[sheet.files[shaped] == file]
        row = int(own[0])
        words = "labels are shapes and no classes; they were read in hundredths of the image, without a category"
        said.say("centaur.label_is_shape", *sheet.at(row, _label_column(sheet, row)), words, count=len(own))


def _label_column(sheet: Sheet, row: int) -> str:
    return "correctlabel" if sheet.cells["correctlabel"][row].as_py() else "majoritylabel"
