"""Segmentations that are run lengths: checked before any library decodes them."""

from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
from msgspec import Raw

from labelport.annotations.formats.coco.elements import texts_array
from labelport.annotations.formats.coco.values import OBJECT, first_bytes, number_lists
from labelport.geometry.rle import RleFault, RleSumFault, area_of, check, counts_of_text

Rows = np.ndarray[Any, np.dtype[np.int64]]

MOST_SIDE = 1 << 31


class _Runs(msgspec.Struct, gc=False):
    size: tuple[int, int]
    counts: Raw


@dataclass
class Runs:
    """What was found in the rows whose segmentation is an object."""

    rows: list[int] = field(default_factory=list)
    """Those that are run lengths of their own size."""

    sizes: list[tuple[int, int]] = field(default_factory=list)
    """Height and width of each of ``rows``."""

    is_text: list[bool] = field(default_factory=list)
    """Whether the runs of each are compressed text."""

    areas: list[int] = field(default_factory=list)
    """Pixels of each."""

    bad: list[int] = field(default_factory=list)
    """Rows whose object is none of run lengths."""

    bad_counts: list[tuple[int, str]] = field(default_factory=list)
    """(row, why): runs that cannot be read."""

    bad_sums: list[tuple[int, str]] = field(default_factory=list)
    """(row, why): runs that do not add up."""

    doubled: list[tuple[int, str]] = field(default_factory=list)
    """(row, name) of names that stand twice in the object."""


def judged_runs(column: pa.BinaryArray) -> Runs:
    """Return which objects of a column are run lengths whose sum is that of their size's pixels."""
    made = Runs()
    rows = np.flatnonzero(first_bytes(column) == OBJECT)
    if not len(rows):
        return made
    texts = column.take(pa.array(rows)).to_pylist()
    listed: list[tuple[int, _Runs]] = []
    for row, text, runs in zip(rows.tolist(), texts, _decoded(texts), strict=True):
        if runs is None or not all(0 <= side < MOST_SIDE for side in runs.size):
            made.bad.append(row)
            continue
        if bytes(memoryview(runs.counts)[:1]) == b"[":
            listed.append((row, runs))
        else:
            _add(made, row, runs.size, _text_counts(runs.counts), is_text=True)
        if text.count(b'"size"') != 1 or text.count(b'"counts"') != 1:
            made.doubled.append((row, "size" if text.count(b'"size"') > 1 else "counts"))
    _add_listed(made, listed)
    return made


def _decoded(texts: list[bytes]) -> list[_Runs | None]:
    """Return the objects, null for those that are none of run lengths: all at once where all are."""
    try:
        return list(msgspec.json.decode(b"[" + b",".join(texts) + b"]", type=list[_Runs]))
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return [_one(text) for text in texts]


def _one(text: bytes) -> _Runs | None:
    try:
        return msgspec.json.decode(text, type=_Runs)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return None


def _text_counts(raw: Raw) -> Any:
    try:
        return counts_of_text(msgspec.json.decode(raw, type=str).encode("latin-1"))
    except (msgspec.MsgspecError, UnicodeError):
        return "the runs are neither a list nor a text"
    except RleFault as error:
        return str(error)


def _add(made: Runs, row: int, size: tuple[int, int], counts: Any, *, is_text: bool) -> None:
    if isinstance(counts, str):
        made.bad_counts.append((row, counts))
        return
    try:
        check(counts, *size)
    except RleSumFault as error:
        made.bad_sums.append((row, str(error)))
    except RleFault as error:
        made.bad_counts.append((row, str(error)))
    else:
        made.rows.append(row)
        made.sizes.append(size)
        made.is_text.append(is_text)
        made.areas.append(area_of(counts))


def _add_listed(made: Runs, listed: list[tuple[int, _Runs]]) -> None:
    """Add runs that are lists of numbers; all that are right are looked at together."""
    if not listed:
        return
    found = number_lists(texts_array([runs.counts for _, runs in listed]))
    numbers = found.values
    if found.wrong.any() or not (np.abs(numbers) < MOST_SIDE).all() or (numbers != np.floor(numbers)).any():
        for row, runs in listed:
            _add(made, row, runs.size, _list_counts(runs.counts), is_text=False)
        return
    lengths = found.counts
    pixels = np.array([runs.size[0] * runs.size[1] for _, runs in listed], np.float64)
    starts = np.cumsum(lengths) - lengths
    padded = np.append(numbers, 0)
    sums = np.add.reduceat(padded, starts) * (lengths > 0)
    least = np.minimum.reduceat(padded, starts)
    odd = np.arange(len(numbers)) - np.repeat(starts, lengths)
    inside = np.add.reduceat(padded * np.append(odd % 2, 0), starts) * (lengths > 0)
    right = (lengths > 0) & (least >= 0) & (sums == pixels)
    for number, (row, runs) in enumerate(listed):
        if right[number]:
            made.rows.append(row)
            made.sizes.append(runs.size)
            made.is_text.append(False)
            made.areas.append(int(inside[number]))
        else:
            _add(made, row, runs.size, _list_counts(runs.counts), is_text=False)


def _list_counts(raw: Raw) -> Any:
    try:
        return msgspec.json.decode(raw, type=list[int])
    except msgspec.MsgspecError:
        return "a run is no whole number"
