"""Which txts are rows of YOLO DarkNet, and which of them are one dataset."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from labelport.annotations.contract import Claim
from labelport.annotations.files import AnnotationFile
from labelport.annotations.formats.yolo_darknet.class_names import (
    BESIDE,
    KERAS_LIST,
    LISTS,
    base_of,
    folder_of,
    lists_by_folder,
    nearest,
    plain_text,
)
from labelport.annotations.formats.yolo_darknet.rows import NUMBER
from labelport.errors import ObjectAbsent, ObjectChanged

ALL_LISTS = (*LISTS, KERAS_LIST)
OWN_LISTS = ("label.labels", "_darknet.labels", "obj.names")
"""Lists that nobody has but YOLO."""

LOOKED_AT = 4096
"""Bytes of a txt that are looked at."""

LINES_LOOKED_AT = 20

_IS_NUMBER = re.compile(NUMBER)
_ROW = re.compile(rb"\s*\d+(?:\.0*)?((?:[ \t]+" + NUMBER + rb"){4,})[ \t]*(?:\n|\Z)")

ROWS, BROKEN, EMPTY, OTHER = "rows", "broken", "empty", "other"


@dataclass
class _Dataset:
    """Txts by how they look, in the order of the files."""

    names: list[str] = field(default_factory=list)
    looks: list[str] = field(default_factory=list)


def claims(files: Sequence[AnnotationFile], *, told: bool) -> list[Claim]:
    """Return a claim for each folder with a list of class names, and one for txts without any list.

    A txt belongs to the nearest folder above it that has a list.
    """
    lists = lists_by_folder(files, ALL_LISTS, lambda file: look_at(file) == ROWS)
    no_parts = {name for names in lists.values() for name in names}
    beside = {folder_of(file.name): file.name for file in files if base_of(file.name).lower() == BESIDE}
    datasets: dict[str | None, _Dataset] = {}
    known: dict[str, str | None] = {}
    for file in files:
        if not file.name.lower().endswith(".txt") or file.name in no_parts:
            continue
        look = look_at(file)
        if look != OTHER:
            dataset = datasets.setdefault(nearest(folder_of(file.name), lists, known), _Dataset())
            dataset.names.append(file.name)
            dataset.looks.append(look)
    made = []
    for folder, dataset in datasets.items():
        if folder is None:
            claim = _without_list(dataset, told=told)
        else:
            more = [beside[folder]] if folder in beside else []
            claim = _with_list(dataset, (*lists[folder], *more), told=told)
        if claim is not None:
            made.append(claim)
    return made


def look_at(file: AnnotationFile) -> str:
    """Return how a txt looks: rows, broken rows, empty, or other."""
    if not file.size:
        return EMPTY
    try:
        head = file.head(LOOKED_AT)
    except (ObjectAbsent, ObjectChanged, OSError):
        return OTHER
    text = plain_text(head)
    found = _ROW.match(text)
    if found and all(-1.0 <= float(each) <= 2.0 for each in found[1].split(None, 4)[:4]):
        return ROWS
    lines = [line for line in text.split(b"\n") if line.strip()][:LINES_LOOKED_AT]
    if not lines:
        return EMPTY if file.size <= LOOKED_AT else OTHER
    return BROKEN if any(_is_meant(line.split(None, 16)) for line in lines) else OTHER


def _is_meant(fields: Sequence[bytes]) -> bool:
    """Return whether a line may be meant as a row: numbers, with one word at most.

    Four points with a name and a number behind them are a row of DOTA, which is another format.
    """
    numbers = [_IS_NUMBER.fullmatch(each) is not None for each in fields[:16]]
    if len(numbers) >= 9 and all(numbers[:8]) and not numbers[8]:
        return False
    return sum(numbers) >= max(3, len(numbers) - 1)


def _with_list(dataset: _Dataset, shared: tuple[str, ...], *, told: bool) -> Claim | None:
    lists = [base_of(name).lower() for name in shared]
    own = lists[0] in OWN_LISTS or lists[0].endswith(".names")
    if ROWS in dataset.looks:
        confidence = 0.8 if lists[0] == KERAS_LIST else 0.95
    elif BROKEN in dataset.looks:
        confidence = 0.7 if own else 0.6
    else:
        confidence = 0.65 if own else 0.3
    if confidence < 0.5 and not told:
        return None
    return Claim(tuple(dataset.names), shared, confidence, f"rows of numbers below {lists[0]}")


def _without_list(dataset: _Dataset, *, told: bool) -> Claim | None:
    """Return a claim of the txts that have rows, and of what lies in their folders."""
    likely = (ROWS, BROKEN) if told else (ROWS,)
    rows = [name for name, look in zip(dataset.names, dataset.looks, strict=True) if look in likely]
    if not rows:
        return Claim(tuple(dataset.names), (), 0.1, "empty txts") if told else None
    folders = {folder_of(name) for name in rows}
    parts = tuple(name for name in dataset.names if folder_of(name) in folders)
    words = "rows of numbers, and no list of class names"
    return Claim(parts, (), 0.7 if len(rows) > 1 else 0.5, words)
