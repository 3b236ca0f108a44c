"""Some annotations of a file as columns: all that can be said of them before its images and categories are known."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.annotations.formats.coco.elements import Elements
from labelport.annotations.formats.coco.extras import OddValue, extras_of, odd_values
from labelport.annotations.formats.coco.ids import Ids, ids_of
from labelport.annotations.formats.coco.rings import Rings, judged_rings
from labelport.annotations.formats.coco.runs import Runs, judged_runs
from labelport.annotations.formats.coco.values import (
    LIST,
    NULL,
    OBJECT,
    Flags,
    Floats,
    NumberLists,
    first_bytes,
    floats_of,
    number_lists,
    value_of,
    whole_numbers,
)

KNOWN = (
    "id", "image_id", "category_id", "bbox", "area", "iscrowd", "segmentation", "keypoints", "num_keypoints", "score",
)  # fmt: skip
"""Members that have a column, or follow from one."""

KINDS = ("none", "polygons", "rle_counts", "rle_text")
"""Of segmentations, by code."""

REFERENCES = ("image_id", "category_id")
PLAIN = (*REFERENCES, "iscrowd")
"""Members whose texts are kept only where they are no plain whole numbers; those of ids are in the table."""

NO_KIND, POLYGONS, RLE_COUNTS, RLE_TEXT = range(4)


@dataclass(frozen=True)
class AnnotationPiece:
    """Annotations in the order of the file. Flags and arrays have the shape (count,) where nothing else is said."""

    count: int
    elements: Elements
    """Without the texts that the columns hold."""

    ids: pa.BinaryArray
    """JSON texts."""

    images: Ids
    categories: Ids
    boxes: NumberLists
    """x, y, width, height."""

    area: Floats
    score: Floats
    crowd: Flags
    wrong: dict[str, Flags]
    """By member: what stands there is of a wrong type."""

    segmentation: pa.BinaryArray
    """As given; null where there is none, or none that can be kept."""

    kinds: np.ndarray[Any, np.dtype[np.int8]]
    """Code of ``KINDS``."""

    rings: Rings
    runs: Runs
    bad_segmentation: list[int]
    keypoints: NumberLists
    nested: list[int]
    """Rows whose keypoints are lists of lists."""

    labelled: Floats
    """num_keypoints as given; NaN where it is not."""

    tracks: pa.StringArray | None
    groups: pa.StringArray | None
    """``track_id`` and ``group_id``, members that our exports have: texts and whole numbers. They stay in the extras
    too, as they were written."""

    extras: pa.BinaryArray | None
    odd: list[OddValue]


def annotation_piece(given: Elements, *, least_points: int) -> AnnotationPiece:
    """Return the columns of annotations. ``least_points`` are those of a ring."""
    area, wrong_area = floats_of(given.column("area"))
    score, wrong_score = floats_of(given.column("score"))
    labelled, wrong_labelled = floats_of(given.column("num_keypoints"))
    crowd, wrong_crowd = crowd_of(given.column("iscrowd"))
    boxes = number_lists(given.column("bbox"))
    keypoints, nested = flat_keypoints(given.column("keypoints"))
    images, categories = (ids_of(given.column(name)) for name in REFERENCES)
    segmentation = given.column("segmentation")
    rings = judged_rings(segmentation, least_points=least_points)
    runs = judged_runs(segmentation)
    kinds, bad = _kinds(segmentation, rings, runs)
    lost = [*bad, *(row for row, _ in [*rings.short, *rings.odd, *runs.bad_counts, *runs.bad_sums])]
    wrong = {"area": wrong_area, "score": wrong_score, "num_keypoints": wrong_labelled, "iscrowd": wrong_crowd}
    wrong |= {"bbox": boxes.wrong, "keypoints": keypoints.wrong}
    return AnnotationPiece(
        count=given.count,
        elements=_lightened(given, kinds, lost, (_are_plain(images), _are_plain(categories))),
        ids=given.column("id"),
        images=images,
        categories=categories,
        boxes=boxes,
        area=area,
        score=score,
        crowd=crowd,
        wrong={name: flags for name, flags in wrong.items() if flags.any()},
        segmentation=_kept(segmentation, kinds, rings),
        kinds=kinds,
        rings=rings,
        runs=runs,
        bad_segmentation=bad,
        keypoints=keypoints,
        nested=nested,
        labelled=labelled,
        tracks=_names(given.columns.get("track_id")),
        groups=_names(given.columns.get("group_id")),
        extras=extras_of(given, KNOWN),
        odd=odd_values(given, KNOWN),
    )


def _names(column: pa.BinaryArray | None) -> pa.StringArray | None:
    """Return JSON texts and whole numbers as plain text, null where there is neither; a text with escapes is none."""
    if column is None:
        return None
    plain = pc.fill_null(pc.match_substring_regex(column, r'^("[^"\\]+"|[0-9]+)$'), False)
    texts = pc.if_else(plain, column, None).cast(pa.string())
    return pc.utf8_trim(texts, '"')


def crowd_of(column: pa.BinaryArray) -> tuple[Flags, Flags]:
    """Return which texts say that a row is a crowd, and which say neither yes nor no."""
    if not column.null_count and pc.all(pc.equal(column, b"0")).as_py():
        return np.zeros(len(column), np.bool_), np.zeros(len(column), np.bool_)
    column = pc.fill_null(column, b"0")
    crowd = np.asarray(pc.is_in(column, pa.array([b"1", b"true"])))
    said = crowd | np.asarray(pc.is_in(column, pa.array([b"0", b"false", b"null"])))
    values, _ = floats_of(column)
    return crowd | (values == 1), ~said & (values != 0) & (values != 1)


def flat_keypoints(column: pa.BinaryArray) -> tuple[NumberLists, list[int]]:
    """Return keypoints as flat lists, and the rows where they are lists of lists."""
    found = number_lists(column)
    nested = []
    texts: list[bytes | None] | None = None
    for row in np.flatnonzero(found.wrong).tolist():
        value = value_of(column[row].as_py())
        if isinstance(value, list) and value and all(isinstance(each, list) and len(each) == 3 for each in value):
            nested.append(row)
            texts = column.to_pylist() if texts is None else texts
            texts[row] = b"[" + b",".join(_text(number) for point in value for number in point) + b"]"
    return (found if texts is None else number_lists(pa.array(texts, pa.binary()))), nested


def _text(number: Any) -> bytes:
    good = isinstance(number, int | float) and not isinstance(number, bool)
    return repr(number).encode() if good else b'""'


def _kinds(column: pa.BinaryArray, rings: Rings, runs: Runs) -> tuple[np.ndarray[Any, np.dtype[np.int8]], list[int]]:
    """Return the kind of each segmentation, and the rows where it is of no known form."""
    first = first_bytes(column)
    kinds = np.zeros(len(column), np.int8)
    kinds[(first == LIST) & ~rings.none] = POLYGONS
    kinds[[row for row, text in rings.kept.items() if text is None]] = NO_KIND
    kinds[runs.rows] = np.where(np.array(runs.is_text, np.bool_), RLE_TEXT, RLE_COUNTS)
    others = np.flatnonzero(~np.isin(first, (LIST, OBJECT, 0, NULL))).tolist()
    return kinds, sorted([*rings.bad, *runs.bad, *others])


def _kept(column: pa.BinaryArray, kinds: np.ndarray[Any, Any], rings: Rings) -> pa.BinaryArray:
    changed = {row: text for row, text in rings.kept.items() if text is not None}
    if changed:
        flags = np.zeros(len(column), np.bool_)
        flags[list(changed)] = True
        texts = pa.array([changed[row] for row in sorted(changed)], pa.binary())
        column = pc.replace_with_mask(column, pa.array(flags), texts)
    gone = kinds == NO_KIND
    return pc.if_else(pa.array(~gone), column, None) if gone.any() else column


def _lightened(
    given: Elements, kinds: np.ndarray[Any, Any], lost: Sequence[int], plain_ids: tuple[bool, bool]
) -> Elements:
    """Return the elements with the texts that an export cannot make anew from the columns.

    Of segmentations those that say that there is none: ``[]``, ``[[]]``, null.
    """
    columns = {name: given.columns[name] for name in KNOWN if name in given.columns and name not in (*PLAIN, "id")}
    for name, plain in (*zip(REFERENCES, plain_ids, strict=True), ("iscrowd", None)):
        column = given.columns.get(name)
        if column is not None and not (_is_plain(column) if plain is None else plain):
            columns[name] = column
    empty = kinds == NO_KIND
    empty[list(lost)] = False
    if "segmentation" in columns:
        # ``if_else`` would keep the bytes of what it makes null.
        rows = pa.array(np.arange(given.count), mask=~empty)
        columns["segmentation"] = (
            given.columns["segmentation"].take(rows) if empty.any() else pa.nulls(given.count, pa.binary())
        )
    return replace(given, columns=columns)


def _are_plain(ids: Ids) -> bool:
    """Return whether the texts of ids are those of their numbers: a zero may have a sign."""
    return ids.numbers is not None and (bool(ids.numbers.all()) or _is_plain(ids.texts))


def _is_plain(column: pa.BinaryArray) -> bool:
    """Return whether all texts are whole numbers as everybody writes them."""
    return whole_numbers(column) is not None and not pc.any(pc.equal(column, b"-0")).as_py()
