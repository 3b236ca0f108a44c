"""Images and categories of an export: each member's text, the source's where the table still says the same."""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.annotations.formats.coco.number_texts import number_texts
from labelport.annotations.formats.coco.sources_of_rows import Origins
from labelport.annotations.formats.coco.values import Flags, floats_of, strings_of, value_of

IMAGE = ("id", "file_name", "width", "height")
"""Members of an image row of another format, in their order."""

CATEGORY = ("id", "name")
IMAGE_TEXTS = ("file_name", "width", "height")
CATEGORY_TEXTS = ("name", "supercategory", "keypoints", "skeleton")

Texts = dict[str, pa.BinaryArray]


def image_texts(
    table: pa.Table, origins: Origins, ids: pa.BinaryArray, names: Sequence[str]
) -> tuple[Texts, dict[str, Flags]]:
    """Return the text of each member of images, and by member the rows that must have it."""
    count = table.num_rows
    given = origins.text("file_name")
    words = strings_of(given)
    named = [
        text if text is not None and word == name else msgspec.json.encode(name)
        for text, word, name in zip(given.to_pylist(), words, names, strict=True)
    ]
    texts = {"id": ids, "file_name": pa.array(named, pa.binary())}
    for side in ("width", "height"):
        # A size that the source does not say came from the catalogue, and is not written into it.
        texts[side] = _side(table, origins, side)
    every = np.ones(count, np.bool_)
    foreign = origins.file < 0
    needed = {"id": every, "file_name": every}
    for side in ("width", "height"):
        needed[side] = foreign & np.asarray(pc.is_valid(table.column(side)))
    return texts, needed


def _side(table: pa.Table, origins: Origins, side: str) -> pa.BinaryArray:
    column = table.column(side)
    values = np.asarray(column.cast(pa.float64()).to_numpy(), np.float64)
    made = number_texts(values)
    given = origins.text(side)
    if given.null_count == len(given):
        return made
    read, _ = floats_of(given)
    kept = np.asarray(pc.is_valid(given)) & ((read == values) | np.isnan(read))
    return pc.if_else(pa.array(kept), given, made)


def category_texts(table: pa.Table, origins: Origins, ids: pa.BinaryArray) -> tuple[Texts, dict[str, Flags]]:
    """Return the text of each member of categories, and by member the rows that must have it."""
    columns: dict[str, list[Any]] = {
        "name": table.column("name").to_pylist(),
        "supercategory": table.column("supercategory").to_pylist(),
        "keypoints": table.column("keypoints").to_pylist(),
        "skeleton": [_from_one(each) for each in table.column("skeleton").to_pylist()],
    }
    texts = {"id": ids}
    needed = {"id": np.ones(table.num_rows, np.bool_)}
    for member, values in columns.items():
        given = origins.text(member).to_pylist()
        made = [
            _kept_or(text, value, member, columns, row)
            for row, (text, value) in enumerate(zip(given, values, strict=True))
        ]
        texts[member] = pa.array(made, pa.binary())
        needed[member] = np.array([value is not None for value in values], np.bool_)
    return texts, needed


def _from_one(pairs: list[list[int]] | None) -> list[list[int]] | None:
    return None if pairs is None else [[each + 1 for each in pair] for pair in pairs]


def _kept_or(text: bytes | None, value: Any, member: str, columns: dict[str, list[Any]], row: int) -> bytes:
    """Return the source's text where it says what the table says, else the table's."""
    if text is not None:
        read = value_of(text)
        if member == "skeleton":
            read = _good_pairs(read, len(columns["keypoints"][row] or ()))
        elif member == "name" and isinstance(read, int | float):
            read = text.decode()
        elif not isinstance(read, str | list):
            read = None
        if read == value:
            return text
    return _spaced(value)


def _good_pairs(value: Any, count: int) -> Any:
    """Return the pairs of a skeleton that the table has: those of which both keypoints are there."""
    if value is None:
        return None
    pairs = value if isinstance(value, list) else [value]
    return [
        pair
        for pair in pairs
        if isinstance(pair, list) and len(pair) == 2 and all(type(each) is int and 1 <= each <= count for each in pair)
    ]


def _spaced(value: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=0)
