"""Which lines are rows of YOLO, and of what kind; what is wrong with the others."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.annotations.contract import ReadContext
from labelport.annotations.formats.yolo_darknet.class_names import ClassNames
from labelport.annotations.formats.yolo_darknet.rows import Floats, Ints, Rows
from labelport.annotations.said import Said

Flags = np.ndarray[Any, np.dtype[np.bool_]]

MOST_CLASS = 1 << 31
JSON_NUMBER = r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$"


def _no_ints() -> Ints:
    return np.zeros(0, np.int64)


@dataclass(frozen=True)
class Judged:
    """The rows that are kept."""

    files: Ints = field(default_factory=_no_ints)
    """Shape (rows,): number of the file."""

    lines: Ints = field(default_factory=_no_ints)
    classes: Ints = field(default_factory=_no_ints)
    fields: Floats = field(default_factory=lambda: np.zeros((0, 5)))
    """Shape (rows, 5): the fields after the class, the fifth NaN where there are four; of polygons the bounds."""

    polygons: Ints = field(default_factory=_no_ints)
    """Shape (rows,): number of the polygon, from 1; 0 where the row is a box."""

    cornered: Flags = field(default_factory=lambda: np.zeros(0, bool))
    """Shape (rows,): ``fields`` are x0, y0, x1, y1, not a point and a size."""

    segmentation: pa.Array | None = None
    """Shape (polygons,): JSON text of the list of the one ring."""

    refused: frozenset[int] = frozenset()
    """Files with rows that are not kept."""


def joined_rows(chunks: Sequence[Judged]) -> Judged:
    """Return the rows of several chunks as one."""
    if not chunks:
        return Judged()
    polygons, before = [], 0
    for each in chunks:
        polygons.append(np.where(each.polygons > 0, each.polygons + before, 0))
        before += len(each.segmentation) if each.segmentation is not None else 0
    texts = [each.segmentation for each in chunks if each.segmentation is not None]
    return Judged(
        np.concatenate([each.files for each in chunks]),
        np.concatenate([each.lines for each in chunks]),
        np.concatenate([each.classes for each in chunks]),
        np.concatenate([each.fields for each in chunks]),
        np.concatenate(polygons),
        np.concatenate([each.cornered for each in chunks]),
        pa.chunked_array(texts) if texts else None,
        frozenset().union(*(each.refused for each in chunks)),
    )


def judge(rows: Rows, parts: Sequence[str], names: ClassNames | None, context: ReadContext) -> Judged:
    """Return the rows of some files that can be kept; every other one is a finding at its line and field.

    Findings: ``yolo.field_count``, ``yolo.bad_number``, ``yolo.class_out_of_range`` refuse a row; ``yolo.nine_fields``,
    ``yolo.keypoints_not_read`` and ``yolo.short_ring`` do not.
    """
    tell = _Telling(rows, parts, context.said)
    counts = np.diff(rows.starts)
    posed = counts == 5 + names.keypoint_fields if names and names.keypoint_fields else np.zeros(len(counts), bool)
    boxes = (counts == 5) | (counts == 6) | posed
    rings = (counts >= 7) & (counts % 2 == 1) & ~posed
    tell.rows(
        "yolo.field_count", ~(boxes | rings), "the row has {count} fields; a box has five, a polygon seven or more"
    )
    good = (boxes | rings) & ~_bad_numbers(rows, boxes | rings, tell)
    classes = np.where(good, rows.values[rows.starts[:-1]], 0)
    good &= ~_out_of_range(classes, good, names, tell)
    kept = np.flatnonzero(good)
    tell.once(
        "yolo.nine_fields", good & (counts == 9) & rings, "rows of nine fields are read as polygons of four points"
    )
    tell.once("yolo.keypoints_not_read", good & posed, "the rows hold keypoints after the box; only the box is read")
    fields, polygons, segmentation = _fields(
        rows, kept, rings[kept], counts[kept], tell, least=context.options.polygon_min_points
    )
    return Judged(
        rows.files[kept],
        rows.lines[kept],
        classes[kept].astype(np.int64),
        fields,
        polygons,
        rings[kept],
        segmentation,
        frozenset(rows.files[~good].tolist()),
    )


def _bad_numbers(rows: Rows, fits: Flags, tell: "_Telling") -> Flags:
    """Return which rows have a field that is no number, or a class that is not whole; each field is told."""
    bad = np.isnan(rows.values)
    heads = rows.starts[:-1]
    with np.errstate(invalid="ignore"):
        bad[heads] |= rows.values[heads] != np.floor(rows.values[heads])
    tokens = np.flatnonzero(bad)
    owners = np.searchsorted(rows.starts, tokens, side="right") - 1
    shown = fits[owners]
    tell.fields(
        "yolo.bad_number", tokens[shown], owners[shown], "the field is no number", "the class is no whole number"
    )
    flags = np.zeros(len(heads), bool)
    flags[owners] = True
    return flags


def _out_of_range(classes: Floats, good: Flags, names: ClassNames | None, tell: "_Telling") -> Flags:
    if names is None:
        known = (classes >= 0) & (classes < MOST_CLASS)
        words = "the class is no number from 0 on"
    else:
        known = np.isin(classes, np.fromiter(names.names, np.float64, len(names.names)))
        words = f"the list has no name for it; class names in it: {len(names.names):,}"
    tokens = tell.of.starts[:-1]
    rows = np.flatnonzero(good & ~known)
    tell.fields("yolo.class_out_of_range", tokens[rows], rows, words, words)
    return np.asarray(good & ~known)


def _fields(
    rows: Rows, kept: Ints, rings: Flags, counts: Ints, tell: "_Telling", *, least: int
) -> tuple[Floats, Ints, pa.Array | None]:
    starts = rows.starts[:-1][kept]
    fields = np.full((len(kept), 5), np.nan)
    polygons = np.zeros(len(kept), np.int64)
    boxes = np.flatnonzero(~rings)
    fields[boxes, :4] = rows.values[starts[boxes, None] + np.arange(1, 5)]
    scored = np.flatnonzero(counts == 6)
    fields[scored, 4] = rows.values[starts[scored] + 5]
    ringed = np.flatnonzero(rings)
    if not len(ringed):
        return fields, polygons, None
    for count in np.unique(counts[ringed]).tolist():
        at = ringed[counts[ringed] == count]
        points = rows.values[starts[at, None] + np.arange(1, count)].reshape(len(at), -1, 2)
        fields[at, :4] = np.concatenate([points.min(axis=1), points.max(axis=1)], axis=1)
    short = (counts - 1) // 2 < least
    flags = np.zeros(len(rows.lines), bool)
    flags[kept[ringed[short[ringed]]]] = True
    tell.rows("yolo.short_ring", flags, "the polygon has fewer points than `polygon_min_points`; its box is kept")
    ringed = ringed[~short[ringed]]
    polygons[ringed] = np.arange(1, len(ringed) + 1)
    return fields, polygons, _segmentation(rows, starts[ringed] + 1, counts[ringed] - 1)


def _segmentation(rows: Rows, starts: Ints, counts: Ints) -> pa.Array:
    """Return one ring each as JSON text: numbers as given, but for those that JSON writes otherwise."""
    offsets = np.append(0, np.cumsum(counts))
    tokens = np.repeat(starts - offsets[:-1], counts) + np.arange(offsets[-1])
    texts = rows.texts.take(pa.array(tokens)).view(pa.string())
    plain = pc.match_substring_regex(texts, JSON_NUMBER)
    if not pc.all(plain, min_count=0).as_py():
        texts = pc.if_else(plain, texts, pa.array(rows.values[tokens]).cast(pa.string()))
    joined = pc.binary_join(pa.LargeListArray.from_arrays(pa.array(offsets), texts), ",")
    return pc.binary_join_element_wise("[[", joined, "]]", "").cast(pa.binary())


@dataclass(frozen=True)
class _Telling:
    """Says what is wrong with rows, each at its place as long as places are listed."""

    of: Rows
    parts: Sequence[str]
    said: Said

    def rows(self, code: str, flags: Flags, words: str) -> None:
        """Say the same of each flagged row at its line."""
        for row in np.flatnonzero(flags).tolist():
            file = self.parts[self.of.files[row]]
            if not self.said.lists(code, file):
                self.said.say(code, file, "", words)
                continue
            count = int(self.of.starts[row + 1] - self.of.starts[row])
            self.said.say(code, file, str(self.of.lines[row]), words.format(count=count), value=self.of.text(row))

    def fields(self, code: str, tokens: Ints, rows: Ints, words: str, words_of_class: str) -> None:
        """Say the same of each token at its line and field."""
        for token, row in zip(tokens.tolist(), rows.tolist(), strict=True):
            file = self.parts[self.of.files[row]]
            if not self.said.lists(code, file):
                self.said.say(code, file, "", words)
                continue
            number = token - int(self.of.starts[row]) + 1
            pointer = f"{self.of.lines[row]}:{number}"
            self.said.say(code, file, pointer, words_of_class if number == 1 else words, value=self.of.field(token))

    def once(self, code: str, flags: Flags, words: str) -> None:
        """Say something at the first flagged row of each file, with how many rows it is true of."""
        found = np.flatnonzero(flags)
        if not len(found):
            return
        files, first, counts = np.unique(self.of.files[found], return_index=True, return_counts=True)
        for file, at, count in zip(files.tolist(), first.tolist(), counts.tolist(), strict=True):
            line = str(self.of.lines[found[at]])
            self.said.say(code, self.parts[file], line, words, count=count)
