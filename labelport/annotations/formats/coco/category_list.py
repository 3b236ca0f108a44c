"""The categories of a COCO file as rows."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from labelport.annotations.annotation_set import rows_of
from labelport.annotations.formats.coco.elements import Elements
from labelport.annotations.formats.coco.extras import extras_of, odd_values, tell_odd
from labelport.annotations.formats.coco.ids import Ids, ids_of
from labelport.annotations.formats.coco.image_list import tell_doubled_names, tell_ids
from labelport.annotations.formats.coco.telling import Teller, text_value
from labelport.annotations.formats.coco.values import first_bytes, is_number, strings_of, value_of
from labelport.annotations.said import Said
from labelport.tables import CATEGORIES

KNOWN = ("id", "name", "supercategory", "keypoints", "skeleton")


@dataclass(frozen=True)
class CategoryList:
    """Categories in the order of the file, without those that have no name."""

    table: pa.Table
    """``tables.CATEGORIES``."""

    ids: Ids
    keypoints: np.ndarray[Any, np.dtype[np.int64]]
    """Names of keypoints of each; 0: it has none, or says none."""


def category_list(given: Elements, file: str, said: Said) -> CategoryList:
    """Return the categories of a file. What is wrong with them is said."""
    tell = Teller(said, file, "/categories")
    tell_doubled_names(given, tell)
    tell.rows("json.wrong_type", given.wrong, "a category is no object")
    tell_odd(odd_values(given, KNOWN), tell)
    column = given.column("name")
    names = _names(column, tell)
    rows = np.flatnonzero(np.array([name is not None for name in names], np.bool_))
    nameless = np.setdiff1d(np.arange(given.count), np.union1d(rows, given.wrong))
    tell.rows(
        "json.wrong_type",
        nameless.tolist(),
        "a category has no name; it was left out",
        member="/name",
        value=text_value(column),
    )
    ids = ids_of(given.column("id").take(pa.array(rows)))
    tell_ids(ids, rows, tell)
    chosen = rows.tolist()
    points = [_keypoint_names(given, row, tell) for row in chosen]
    skeletons = [_skeleton(given, row, len(points[number] or ()), tell) for number, row in enumerate(chosen)]
    extras = extras_of(given, KNOWN)
    supercategories = strings_of(given.column("supercategory"))
    table = rows_of(
        CATEGORIES,
        len(chosen),
        name=[names[row] for row in chosen],
        source_id=ids.texts.cast(pa.string()),
        supercategory=[supercategories[row] for row in chosen],
        keypoints=points,
        skeleton=skeletons,
        source_file=file,
        extras=None if extras is None else extras.take(pa.array(rows)),
    )
    return CategoryList(table, ids, np.array([len(each or ()) for each in points], np.int64))


def _names(column: pa.BinaryArray, tell: Teller) -> list[str | None]:
    names = strings_of(column)
    numbers = np.flatnonzero(is_number(first_bytes(column))).tolist()
    for row in numbers:
        names[row] = column[row].as_py().decode()
    words = "the name is a number; it is read as text"
    tell.rows("json.wrong_type", numbers, words, member="/name", value=text_value(column), severity="warning")
    return names


def _keypoint_names(given: Elements, row: int, tell: Teller) -> list[str] | None:
    text = given.column("keypoints")[row].as_py()
    value = None if text is None else value_of(text)
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return value
    if text not in (None, b"null"):
        words = "the keypoints of a category are no list of names"
        tell.rows("json.wrong_type", [row], words, member="/keypoints", severity="warning")
    return None


def _skeleton(given: Elements, row: int, count: int, tell: Teller) -> list[list[int]] | None:
    """Return the pairs of a skeleton, counted from 0: in COCO they count from 1."""
    text = given.column("skeleton")[row].as_py()
    value = None if text is None else value_of(text)
    if value is None:
        return None
    pairs = value if isinstance(value, list) else [value]
    made = []
    for number, pair in enumerate(pairs):
        if not isinstance(pair, list) or len(pair) != 2 or any(type(each) is not int for each in pair):
            words = "a pair of a skeleton is no two whole numbers"
            tell.rows("json.wrong_type", [row], words, member=f"/skeleton/{number}", severity="warning")
            continue
        outside = [side for side, each in enumerate(pair) if not 1 <= each <= count]
        for side in outside:
            words = f"{pair[side]} is no number of a keypoint: they go from 1 to {count}"
            tell.rows("coco.skeleton_index", [row], words, member=f"/skeleton/{number}/{side}")
        if not outside:
            made.append([each - 1 for each in pair])
    return made
