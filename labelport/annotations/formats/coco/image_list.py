"""The images of a COCO file as rows."""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from labelport.annotations.formats.coco.elements import Elements
from labelport.annotations.formats.coco.extras import extras_of, odd_values, tell_odd
from labelport.annotations.formats.coco.ids import Ids, has_doubles, ids_of, second_ones
from labelport.annotations.formats.coco.telling import Teller, text_value
from labelport.annotations.formats.coco.values import Floats, floats_of, strings_of
from labelport.annotations.said import Said

KNOWN = ("id", "file_name", "width", "height")
MOST_SIDE = 1 << 31

_SPLIT = re.compile(r"(?<![a-z])(train|training|val|valid|validation|test|testing)(?:20\d\d)?(?![a-z0-9])")
_SPLITS = {"training": "train", "valid": "val", "validation": "val", "testing": "test"}


@dataclass(frozen=True)
class ImageList:
    """Images in the order of the file, without those that have no name."""

    names: list[str]
    ids: Ids
    width: Floats
    height: Floats
    """NaN where the file does not say."""

    extras: pa.Array | pa.ChunkedArray | None
    numbers: np.ndarray[Any, np.dtype[np.int64]]
    """Number of each in the file's list."""

    doubled: np.ndarray[Any, np.dtype[np.bool_]]
    """Whose id an image before has."""


def one_piece(pieces: list[Elements]) -> Elements:
    """Return the elements of several pieces as one."""
    if len(pieces) == 1:
        return pieces[0]
    names = dict.fromkeys(name for each in pieces for name in each.columns)
    bases = np.cumsum([0, *(each.count for each in pieces)]).tolist()
    forms = np.cumsum([0, *(len(each.forms) for each in pieces)]).astype(np.int32)
    columns = {name: pa.concat_arrays([each.column(name) for each in pieces]) for name in names}
    return Elements(
        bases[-1],
        columns,
        np.concatenate([each.layouts + number for each, number in zip(pieces, forms, strict=False)]),
        [form for each in pieces for form in each.forms],
        [base + row for base, each in zip(bases, pieces, strict=False) for row in each.wrong],
        [(base + row, name) for base, each in zip(bases, pieces, strict=False) for row, name in each.doubled],
    )


def image_list(given: Elements, file: str, said: Said) -> ImageList:
    """Return the images of a file. What is wrong with them is said."""
    tell = Teller(said, file, "/images")
    tell_doubled_names(given, tell)
    tell.rows("json.wrong_type", given.wrong, "an image is no object")
    tell_odd(odd_values(given, KNOWN), tell)
    names = strings_of(given.column("file_name"))
    nameless = np.array([not name for name in names], np.bool_)
    nameless_objects = np.setdiff1d(np.flatnonzero(nameless), given.wrong)
    tell.rows("json.wrong_type", nameless_objects.tolist(), "an image has no file_name", member="/file_name")
    width, height = (_side(given, name, tell) for name in ("width", "height"))
    rows = np.flatnonzero(~nameless)
    ids = ids_of(given.column("id").take(pa.array(rows)))
    tell_ids(ids, rows, tell)
    doubled = np.zeros(len(rows), np.bool_)
    if has_doubles(ids):
        doubled[second_ones(ids)] = True
    extras = extras_of(given, KNOWN)
    return ImageList(
        names=[name for name in names if name],
        ids=ids,
        width=width[rows],
        height=height[rows],
        extras=None if extras is None else extras.take(pa.array(rows)),
        numbers=rows,
        doubled=doubled,
    )


def tell_doubled_names(given: Elements, tell: Teller) -> None:
    """Say which objects have a name twice."""
    names = dict(given.doubled)
    tell.rows(
        "json.duplicate_key",
        sorted(names),
        "this name stands twice in its object",
        member=lambda row: f"/{names[row]}",
    )


def tell_ids(ids: Ids, rows: np.ndarray[Any, Any], tell: Teller) -> None:
    """Say what is wrong with ids of images or categories; ``rows`` are their numbers in the file."""
    value = text_value(ids.texts)
    at = {int(row): number for number, row in enumerate(rows.tolist())} if len(rows) else {}
    bad = rows[~ids.valid()].tolist()
    tell.rows("json.wrong_type", bad, "this is no id", member="/id", value=lambda row: value(at[row]))
    decimal = rows[ids.decimal].tolist()
    words = "the id is written as a decimal number"
    tell.rows("coco.float_id", decimal, words, member="/id", value=lambda row: value(at[row]))
    if has_doubles(ids):
        seconds = rows[second_ones(ids)].tolist()
        tell.rows("coco.duplicate_id", seconds, "the id stood before", member="/id", value=lambda row: value(at[row]))


def _side(given: Elements, name: str, tell: Teller) -> Floats:
    column = given.column(name)
    values, wrong = floats_of(column)
    with np.errstate(invalid="ignore"):
        beyond = ~wrong & ~np.isnan(values) & ~((values >= 0) & (values < MOST_SIDE) & (values == np.floor(values)))
    if (wrong | beyond).any():
        rows = np.flatnonzero(wrong | beyond).tolist()
        words = f"the {name} is no whole number; the image counts as one of unknown size"
        tell.rows("json.wrong_type", rows, words, member=f"/{name}", value=text_value(column), severity="warning")
    return np.where(wrong | beyond, np.nan, values)


def split_of(file: str) -> str | None:
    """Return the split that a file's name or its folder's says, null where they say none or several.

    >>> split_of("annotations/instances_train2017.json"), split_of("valid/_annotations.coco.json"), split_of("a.json")
    ('train', 'val', None)
    """
    parts = file.lower().rsplit("/", 2)
    name = parts[-1].removesuffix(".json")
    found = {_SPLITS.get(each, each) for each in _SPLIT.findall(name)}
    if not found and len(parts) > 1:
        whole = _SPLIT.fullmatch(parts[-2])
        found = {_SPLITS.get(whole.group(1), whole.group(1))} if whole else set()
    return found.pop() if len(found) == 1 else None
