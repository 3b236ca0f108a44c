"""Annotations of an export: each member's text, the source's where the table still says the same."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.annotations.formats.coco.annotation_piece import KINDS, crowd_of
from labelport.annotations.formats.coco.boxes_of_shapes import shape_box
from labelport.annotations.formats.coco.ids import ids_of
from labelport.annotations.formats.coco.number_texts import box_texts, number_texts
from labelport.annotations.formats.coco.values import Flags, Floats, floats_of, number_lists
from labelport.annotations.formats.coco.written_block import Block
from labelport.annotations.formats.coco.written_keypoints import keypoint_texts
from labelport.annotations.formats.coco.written_shapes import OWN, Row, Written, written_segmentation
from labelport.annotations.said import Said

FOREIGN = ("id", "image_id", "category_id", "bbox", "area", "iscrowd", "segmentation")
"""Members of a row of another format, in their order."""

OPTIONAL = ("keypoints", "num_keypoints", "score")
"""Members that a row has only where it has a value."""

ADDED = ("track_id", "group_id")
"""Columns that are members only of rows of other formats: COCO has no such, and a source's own are in its extras."""

TEXTS = ("image_id", "category_id", "bbox", "area", "iscrowd", "segmentation", "keypoints", "num_keypoints", "score")
"""Members whose texts are kept of the source."""

LOSSES = {
    "loss.geometry": "shapes that could not be decoded, or drawn, are written as their boxes",
    "loss.holes": "holes are lost where the size of the image is not known, or is too large",
}

Texts = dict[str, pa.BinaryArray]


def member_texts(block: Block, said: Said, *, segmentations: bool, keypoints: bool) -> tuple[Texts, dict[str, Flags]]:
    """Return the text of each member, and by member the rows that must have it, whatever their layout.

    Where ``segmentations`` or ``keypoints`` are not written, a box that was made of them is.
    """
    derived = segmentations and keypoints
    segmentation, areas = _segmentations(block, said, segmentations=segmentations)
    points, labelled, has_points = keypoint_texts(block)
    area, has_area = _area(block, areas)
    score, has_score = _number(block, "score", "score")
    crowd, is_crowd = _crowd(block)
    texts = {
        "id": block.ids,
        "image_id": _reference(block.origins.text("image_id"), block.images),
        "category_id": _reference(block.origins.text("category_id"), block.categories),
        "bbox": _box(block, derived=derived),
        "area": area,
        "iscrowd": crowd,
        "segmentation": segmentation,
        "keypoints": points,
        "num_keypoints": labelled,
        "score": score,
    }
    needed = {
        "id": np.ones(len(block.boxes), np.bool_),
        "category_id": np.asarray(pc.is_valid(block.table.column("category_id"))),
        "area": has_area,
        "iscrowd": is_crowd,
        "keypoints": has_points,
        "score": has_score,
    }
    kept = np.asarray(pc.is_valid(block.table.column("segmentation")))
    if segmentations:
        needed["segmentation"] = kept & (block.origins.file >= 0)
    needed["bbox"] = _box_changed(block, derived=derived)
    foreign = block.origins.file < 0
    needed["num_keypoints"] = foreign & has_points
    for name in ADDED:
        column = block.table.column(name).combine_chunks()
        needed[name] = foreign & np.asarray(pc.is_valid(column))
        if needed[name].any():
            texts[name] = _quoted(pc.if_else(pa.array(foreign), column, None))
    return texts, {name: flags for name, flags in needed.items() if flags.any()}


def _reference(given: pa.BinaryArray, wanted: pa.BinaryArray) -> pa.BinaryArray:
    """Return the source's texts where they are the same id: ``1.0`` is ``1``."""
    if given.null_count == len(given):
        return wanted
    theirs, ours = ids_of(given).as_keys(), ids_of(wanted).as_keys()
    same = pc.fill_null(pc.equal(theirs, ours), False)
    alike = pc.fill_null(pc.equal(pc.utf8_ltrim(theirs, '"'), pc.utf8_ltrim(ours, '"')), False)
    null = pc.and_(pc.equal(wanted, b"null"), pc.fill_null(pc.equal(given, b"null"), False))
    return pc.if_else(pc.or_(pc.or_(same, alike), null), given, wanted)


def _box(block: Block, *, derived: bool) -> pa.BinaryArray:
    given = block.origins.text("bbox")
    same = _same_boxes(block, given, derived=derived)
    if same.all():
        return given
    return pc.if_else(pa.array(same), given, box_texts(np.where(same[:, None], 0.0, block.boxes)))


def _same_boxes(block: Block, given: pa.BinaryArray, *, derived: bool) -> Flags:
    if given.null_count == len(given):
        return np.zeros(len(given), np.bool_)
    lists = number_lists(given)
    boxes = lists.table(4)
    boxes[:, 2:] += boxes[:, :2]
    same = (boxes == block.boxes).all(axis=1)
    absent = (lists.counts == 0) & np.asarray(pc.is_valid(given)) & ~lists.wrong
    for row in np.flatnonzero(absent).tolist():
        same[row] = derived and _is_derived(block, row)
    return np.asarray(same)


def _box_changed(block: Block, *, derived: bool) -> Flags:
    """Return which rows of a source without a bbox must have one: theirs is no longer that of their shape."""
    made = np.zeros(len(block.boxes), np.bool_)
    texts = block.origins.text("bbox")
    for row in np.flatnonzero((block.origins.file >= 0) & np.asarray(pc.is_null(texts))).tolist():
        made[row] = not (derived and _is_derived(block, row))
    return made


def _is_derived(block: Block, row: int) -> bool:
    one = block.table.slice(row, 1)
    points = one.column("keypoints")[0].as_py() or []
    kind = one.column("segmentation_kind")[0].as_py() or "none"
    found = shape_box(one.column("segmentation")[0].as_py(), kind, np.array(points, np.float64))
    return found is not None and tuple(found) == tuple(block.boxes[row].tolist())


def _area(block: Block, made: Floats) -> tuple[pa.BinaryArray, Flags]:
    """Return the area as given; of rows of other formats that say none, that of what is written."""
    values = _floats(block, "area_given")
    absent = np.isnan(values)
    foreign = block.origins.file < 0
    x0, y0, x1, y1 = block.boxes.T
    boxes = np.maximum(x1 - x0, 0) * np.maximum(y1 - y0, 0)
    computed = np.where(np.isnan(made), boxes, made)
    rendered = np.where(absent & foreign, computed, values)
    return _kept_or(block, "area", values, rendered), ~absent


def _number(block: Block, member: str, column: str) -> tuple[pa.BinaryArray, Flags]:
    values = _floats(block, column)
    return _kept_or(block, member, values, values), ~np.isnan(values)


def _kept_or(block: Block, member: str, values: Floats, rendered: Floats) -> pa.BinaryArray:
    given = block.origins.text(member)
    if given.null_count == len(given):
        return number_texts(rendered)
    read, _ = floats_of(given)
    same = np.asarray(pc.is_valid(given)) & ((read == values) | (np.isnan(read) & np.isnan(values)))
    if same.all():
        return given
    return pc.if_else(pa.array(same), given, number_texts(np.where(same, 0.0, rendered)))


def _floats(block: Block, column: str) -> Floats:
    found = block.table.column(column)
    if found.null_count == len(found):
        return np.full(len(found), np.nan)
    return np.asarray(found.to_numpy(), np.float64)


def _crowd(block: Block) -> tuple[pa.BinaryArray, Flags]:
    crowd = np.asarray(pc.fill_null(block.table.column("iscrowd"), False))
    made = pc.if_else(pa.array(crowd), b"1", b"0")
    given = block.origins.text("iscrowd")
    if given.null_count < len(given):
        read, _ = crowd_of(given)
        same = np.asarray(pc.is_valid(given)) & (read == crowd)
        made = pc.if_else(pa.array(same), given, made)
    return made, crowd


def _segmentations(block: Block, said: Said, *, segmentations: bool) -> tuple[pa.BinaryArray, Floats]:
    """Return segmentations, and the area of those that are made here, NaN elsewhere."""
    count = len(block.boxes)
    areas = np.full(count, np.nan)
    given = block.origins.text("segmentation")
    if not segmentations:
        return pa.array([b"[]"] * count, pa.binary()), areas
    column = block.table.column("segmentation").combine_chunks()
    kinds = block.table.column("segmentation_kind").combine_chunks()
    pixels = pc.fill_null(pc.equal(block.table.column("unit").combine_chunks(), "pixel"), False)
    own = pc.and_(pc.fill_null(pc.is_in(kinds.cast(pa.string()), pa.array(OWN)), False), pixels)
    kept = np.asarray(pc.and_(own, pc.is_valid(column)))
    foreign = block.origins.file < 0
    made: dict[int, bytes] = {}
    lost: Counter[str] = Counter()
    for row, written in _converted(block, ~kept & np.asarray(pc.is_valid(column)), kept & foreign):
        if not kept[row]:
            made[row] = written.text
        if written.area is not None:
            areas[row] = written.area
        lost[written.loss] += 1
    for code, many in sorted(lost.items()):
        if code:
            said.say(code, "", "", LOSSES[code], count=many)
    if kept.all():
        return column, areas
    rest = pc.fill_null(given, b"[]")
    if made:
        texts = [made.get(row, b"") for row in range(count)]
        rest = pc.if_else(pa.array([row in made for row in range(count)]), pa.array(texts, pa.binary()), rest)
    return pc.if_else(pa.array(kept), column, rest), areas


def _converted(block: Block, wanted: Flags, areas_only: Flags) -> Iterator[tuple[int, Written]]:
    """Yield what becomes of the segmentations of other formats; of those that stay, for their area."""
    rows = np.flatnonzero(wanted | areas_only)
    if not len(rows):
        return
    names = ("kind", "segmentation", "segmentation_kind", "unit")
    columns: Mapping[str, list[Any]] = {
        name: block.table.column(name).take(pa.array(rows)).to_pylist() for name in names
    }
    for number, row in enumerate(rows.tolist()):
        kind, text, text_kind, unit = (columns[name][number] for name in names)
        x0, y0, x1, y1 = block.boxes[row].tolist()
        width, height = block.sizes[row].tolist()
        yield (
            row,
            written_segmentation(
                Row(kind, text, text_kind or KINDS[0], unit == "normalised", (x0, y0, x1, y1), (width, height))
            ),
        )


def _quoted(column: pa.StringArray) -> pa.BinaryArray:
    return pa.array([None if each is None else msgspec.json.encode(each) for each in column.to_pylist()], pa.binary())
