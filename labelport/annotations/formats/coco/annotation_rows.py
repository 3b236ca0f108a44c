"""Pieces of annotations as rows of the table, once images and categories are known."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.annotations.annotation_set import rows_of
from labelport.annotations.formats.coco.annotation_piece import KINDS, NO_KIND, AnnotationPiece
from labelport.annotations.formats.coco.boxes_of_shapes import box_of_shape
from labelport.annotations.formats.coco.extras import tell_odd
from labelport.annotations.formats.coco.image_list import tell_doubled_names
from labelport.annotations.formats.coco.keypoints import judged_keypoints
from labelport.annotations.formats.coco.references import source_ids, unknown_categories, unknown_images
from labelport.annotations.formats.coco.telling import Teller
from labelport.annotations.formats.coco.values import Flags, Floats
from labelport.tables import ANNOTATIONS

Rows = np.ndarray[Any, np.dtype[np.int64]]

TABLE_KINDS = ("box", "polygon", "rle", "keypoints")
OF_SEGMENTATION = np.array([0, 1, 2, 2], np.int32)
"""Number in ``TABLE_KINDS`` by code of the segmentation."""


@dataclass(frozen=True)
class Around:
    """What the rows of a file need of it."""

    file: str
    images: Rows
    """Image row of each annotation of the piece; -1: unknown."""

    categories: Rows
    keypoints: Rows
    """Names of keypoints of each category."""

    sizes: Floats
    """Width and height of each image, NaN where unknown."""


@dataclass(frozen=True)
class Made:
    """What became of a piece."""

    table: pa.Table
    keep: Flags
    """Which of its annotations are rows of the table."""

    whole: Flags
    """Which of them have their segmentation still, or never had one."""


def annotation_rows(piece: AnnotationPiece, around: Around, tell: Teller) -> Made:
    """Return the rows of a piece. What is wrong is said."""
    tell.rows("json.wrong_type", piece.elements.wrong, "an annotation is no object")
    tell_doubled_names(piece.elements, tell)
    tell_odd(piece.odd, tell)
    keep = np.ones(piece.count, np.bool_)
    keep[list(piece.elements.wrong)] = False
    keep &= ~unknown_categories(piece, around.categories, tell)
    keep &= ~unknown_images(piece, around.images, tell)
    _tell_types(piece, tell)
    kinds = _segmentations(piece, around, tell)
    boxes = _boxes(piece, keep, tell)
    keep &= ~np.isnan(boxes).all(axis=1)
    keep &= judged_keypoints(piece, around.categories, around.keypoints, keep, tell)
    made = _table(piece, around, boxes, kinds, tell)
    return Made(made if keep.all() else made.filter(pa.array(keep)), keep, kinds == piece.kinds)


def _tell_types(piece: AnnotationPiece, tell: Teller) -> None:
    words = {
        "bbox": ("the bbox is no list of numbers; the annotation was left out", "error"),
        "keypoints": ("the keypoints are no list of numbers; the annotation was left out", "error"),
    }
    for member, flags in piece.wrong.items():
        message, severity = words.get(member, (f"{member} is of a wrong type; it is not used", "warning"))
        rows = np.flatnonzero(flags).tolist()
        tell.rows("json.wrong_type", rows, message, member=f"/{member}", severity=severity)  # type: ignore[arg-type]


def _segmentations(piece: AnnotationPiece, around: Around, tell: Teller) -> np.ndarray[Any, np.dtype[np.int8]]:
    """Say what is wrong with segmentations; return their kinds, without those of another size than their image."""
    rings, runs = piece.rings, piece.runs
    tell.rows(
        "coco.bad_segmentation", piece.bad_segmentation, "the segmentation is of no known form", member="/segmentation"
    )
    for code, found, words in (
        ("coco.short_ring", rings.short, "the ring has too few points"),
        ("coco.odd_ring", rings.odd, "the ring has an odd count of numbers"),
    ):
        for row, ring in found:
            inner = "/segmentation" if ring is None else f"/segmentation/{ring}"
            tell.rows(code, [row], words, member=inner)
    for code, faults in (("rle.bad_counts", runs.bad_counts), ("rle.bad_sum", runs.bad_sums)):
        for row, reason in faults:
            tell.rows(code, [row], reason, member="/segmentation/counts")
    for row, name in runs.doubled:
        tell.rows("json.duplicate_key", [row], "this name stands twice in its object", member=f"/segmentation/{name}")
    kinds = piece.kinds.copy()
    if runs.rows:
        kinds[_wrong_sizes(piece, around, tell)] = NO_KIND
    return kinds


def _wrong_sizes(piece: AnnotationPiece, around: Around, tell: Teller) -> Rows:
    """Return the rows of run lengths of another size than their image's; say so."""
    rows, sizes = np.array(piece.runs.rows), np.array(piece.runs.sizes, np.float64)[:, ::-1]
    images = around.images[rows]
    known = np.where((images >= 0)[:, None], around.sizes[images] if len(around.sizes) else np.nan, np.nan)
    wrong = ((sizes != known) & ~np.isnan(known)).any(axis=1)
    for row, (width, height), (given, tall) in zip(
        rows[wrong].tolist(), known[wrong].tolist(), sizes[wrong].tolist(), strict=True
    ):
        words = f"the mask is {tall:g} x {given:g}, the image {height:g} x {width:g} pixels (height x width)"
        tell.rows("rle.size_mismatch", [row], words, member="/segmentation/size")
    return np.asarray(rows[wrong])


def _boxes(piece: AnnotationPiece, keep: Flags, tell: Teller) -> Floats:
    """Return x0, y0, x1, y1; all NaN where there is no box and none can be made."""
    given = piece.boxes
    boxes = given.table(4)
    with np.errstate(invalid="ignore"):
        boxes[:, 2:] += boxes[:, :2]
    # Infinities that cancel out are no lack of a box: whoever checks boxes says so.
    full = given.counts == 4
    boxes[full] = np.where(np.isnan(boxes[full]), np.inf, boxes[full])
    odd = np.flatnonzero((given.counts != 4) & (given.counts != 0) & keep).tolist()
    tell.rows("json.wrong_type", odd, "the bbox is no list of four numbers", member="/bbox")
    absent = (given.counts == 0) & ~given.wrong & keep
    derived: list[int] = []
    boxless: list[int] = []
    for row in np.flatnonzero(absent).tolist():
        found = box_of_shape(piece, row)
        (boxless if found is None else derived).append(row)
        if found is not None:
            boxes[row] = found
    tell.rows("coco.bbox_derived", derived, "the annotation has no bbox; it was made from its shape")
    tell.rows("coco.no_bbox", boxless, "the annotation has neither a bbox nor a shape")
    return boxes


def _table(piece: AnnotationPiece, around: Around, boxes: Floats, kinds: Any, tell: Teller) -> pa.Table:
    codes = np.where(piece.keypoints.counts > 0, len(TABLE_KINDS) - 1, OF_SEGMENTATION[kinds]).astype(np.int32)
    segmentation = piece.segmentation
    lost = (kinds == NO_KIND) & (piece.kinds != NO_KIND)
    if lost.any():
        segmentation = pc.if_else(pa.array(~lost), segmentation, None)
    numbers = pa.array(np.arange(tell.base, tell.base + piece.count))
    return rows_of(
        ANNOTATIONS,
        piece.count,
        image_id=np.maximum(around.images, 0),
        category_id=pa.array(around.categories.astype(np.int32), mask=_mask(around.categories < 0)),
        kind=_coded(codes, TABLE_KINDS),
        **{name: np.ascontiguousarray(boxes[:, side]) for side, name in enumerate(("x0", "y0", "x1", "y1"))},
        unit="pixel",
        segmentation=segmentation,
        segmentation_kind=_coded(kinds.astype(np.int32), KINDS),
        keypoints=_lists(piece),
        iscrowd=piece.crowd,
        area_given=_numbers(piece.area),
        score=_numbers(piece.score),
        track_id=piece.tracks,
        group_id=piece.groups,
        source_file=around.file,
        pointer=pc.binary_join_element_wise(f"{tell.place}/", numbers.cast(pa.string()), ""),
        source_id=source_ids(piece.ids),
        extras=piece.extras,
    )


def _mask(flags: Flags) -> Flags | None:
    return flags if flags.any() else None


def _numbers(values: Floats) -> pa.Array | None:
    absent = np.isnan(values)
    return None if absent.all() else pa.array(values, mask=_mask(absent))


def _coded(codes: np.ndarray[Any, np.dtype[np.int32]], words: Sequence[str]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(words))


def _lists(piece: AnnotationPiece) -> pa.Array | None:
    counts = piece.keypoints.counts
    if not counts.any():
        return None
    offsets = pa.array(np.concatenate([[0], np.cumsum(counts)]).astype(np.int32))
    made = pa.ListArray.from_arrays(offsets, pa.array(piece.keypoints.values))
    return pc.if_else(pa.array(counts > 0), made, None)
