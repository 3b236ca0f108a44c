"""What an export loses: told from what the format declares to hold, and what the set has."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.holds import KEPT, LOST, Holds
from labelport.annotations.said import MOST_PLACES, Said

SLICE = 65_536
"""Rows whose segmentations are looked at together."""

COLUMNS_ALONE = r'^\{"(track_id|group_id)": ("[^"\\]+"|[0-9]+)\}$'
"""Extras that say nothing beside the columns."""

Flags = np.ndarray[Any, np.dtype[np.bool_]]


def tell_losses(given: AnnotationSet, holds: Holds, said: Said) -> None:
    """Say what a format that holds so much loses of a set: a finding a kind of loss, with count and the first ids."""
    table = given.annotations
    written = np.ones(table.num_rows, bool)
    for kind, rows in _rows_by_word(table, "kind"):
        becomes = holds.shapes.get(kind, LOST)
        code = "loss.kind" if becomes == LOST else "loss.geometry"
        words = "are not written" if becomes == LOST else f"are written as {becomes}"
        if becomes != KEPT:
            _tell(given, rows, code, f"annotations of the kind {kind} {words}", said, value=kind)
        if becomes == LOST:
            written &= ~rows
    segmented = written & _is_valid(table, "segmentation")
    if holds.rings != KEPT and segmented.any():
        _tell(given, segmented & several_rings(table), "loss.rings", f"several rings: {holds.rings}", said)
    if holds.holes == LOST and segmented.any():
        _tell(given, segmented & _with_holes(table), "loss.holes", "holes of shapes are filled", said)
    for column, code, becomes, what in (
        ("iscrowd", "loss.crowd", holds.crowd, "crowd annotations"),
        ("keypoints", "loss.keypoints", holds.keypoints, "keypoints"),
        ("score", "loss.scores", holds.scores, "confidences"),
        ("extras", "loss.extras", holds.extras, "members without a column"),
    ):
        if becomes != KEPT:
            found = (
                np.asarray(pc.fill_null(table.column(column), False))
                if column == "iscrowd"
                else _with_members(table)
                if column == "extras"
                else _is_valid(table, column)
            )
            _tell(given, written & found, code, f"{what}: {becomes}", said)
    _tell_images(given, holds, said)


def several_rings(table: pa.Table) -> Flags:
    """Return which rows have a segmentation of more than one ring; nothing is parsed: ``] ,`` and ``[`` between."""
    found = np.zeros(table.num_rows, bool)
    at = 0
    # In slices: a copy of all polygons would double the memory of a large set.
    for part in table.select(["segmentation_kind", "segmentation"]).to_batches(max_chunksize=SLICE):
        rings = pc.match_substring_regex(part.column("segmentation"), r"\]\s*,\s*\[")
        polygons = pc.equal(part.column("segmentation_kind").cast(pa.string()), "polygons")
        found[at : at + len(part)] = pc.fill_null(pc.and_kleene(rings, polygons), False)
        at += len(part)
    return found


def _with_members(table: pa.Table) -> Flags:
    """Return which rows have members that no column has: COCO's extras keep a ``track_id`` that has one as well."""
    extras = table.column("extras")
    known = pc.fill_null(pc.match_substring_regex(extras, COLUMNS_ALONE), False)
    return np.asarray(pc.and_(pc.is_valid(extras), pc.invert(known)))


def _rows_by_word(table: pa.Table, column: str) -> list[tuple[str, Flags]]:
    """Return each word of a column, in their order, with the flags of its rows."""
    words = table.column(column).cast(pa.string()).combine_chunks().dictionary_encode()
    indices = np.asarray(pc.fill_null(words.indices, -1))
    return sorted((word, indices == number) for number, word in enumerate(words.dictionary.to_pylist()))


def _with_holes(table: pa.Table) -> Flags:
    """Return which rows have inner rings: only WKT can say them."""
    kinds = pc.equal(table.column("segmentation_kind").cast(pa.string()), "wkt")
    text = pc.if_else(kinds, table.column("segmentation"), None).cast(pa.string())
    return np.asarray(pc.fill_null(pc.match_substring_regex(text, r"[^)\s]\s*\)\s*,\s*\(\s*[^(\s]"), False))


def _tell_images(given: AnnotationSet, holds: Holds, said: Said) -> None:
    images = given.images
    states = np.asarray(images.column("state").cast(pa.string()).to_numpy(zero_copy_only=False), object)
    if holds.negatives != KEPT:
        _tell_rows(images, states == "negative", "loss.negative_images", f"negative images: {holds.negatives}", said)
    if holds.unlabelled != KEPT:
        _tell_rows(images, states == "unlabelled", "loss.unlabelled", f"unlabelled images: {holds.unlabelled}", said)
    if holds.sizes != KEPT:
        _tell_rows(images, _is_valid(images, "width"), "loss.sizes", f"sizes: {holds.sizes}", said)


def _tell(given: AnnotationSet, flags: Flags, code: str, words: str, said: Said, *, value: str | None = None) -> None:
    _tell_rows(given.annotations, flags, code, words, said, value=value)


def _tell_rows(table: pa.Table, flags: Flags, code: str, words: str, said: Said, *, value: str | None = None) -> None:
    rows = np.flatnonzero(flags)
    if not len(rows):
        return
    first = rows[:MOST_PLACES]
    ids = table.column("source_id").take(pa.array(first)).to_pylist()
    shown = ", ".join(str(row if each is None else each) for row, each in zip(first.tolist(), ids, strict=True))
    said.say(code, "", value or "", words, value=shown, count=len(rows))


def _is_valid(table: pa.Table, column: str) -> Flags:
    return np.asarray(pc.is_valid(table.column(column)))
