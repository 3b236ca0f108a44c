"""Keypoints of an export, in pixels, and how many of them are labelled."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.annotations.formats.coco.annotation_piece import flat_keypoints
from labelport.annotations.formats.coco.number_texts import list_texts, number_texts
from labelport.annotations.formats.coco.values import Flags, Floats, floats_of
from labelport.annotations.formats.coco.written_block import Block


def keypoint_texts(block: Block) -> tuple[pa.BinaryArray, pa.BinaryArray, Flags]:
    """Return keypoints, how many are labelled, and which rows have any."""
    column = block.table.column("keypoints").combine_chunks()
    given = block.origins.text("keypoints")
    if column.null_count == len(column):
        nothing = given if given.null_count == 0 else pc.fill_null(given, b"null")
        return nothing, _labelled(block, np.zeros(len(column), np.int64)), np.zeros(len(column), np.bool_)
    counts = np.asarray(pc.fill_null(pc.list_value_length(column), 0)).astype(np.int64)
    values = np.asarray(column.flatten(), np.float64)
    triples = np.repeat(counts % 3 == 0, counts)
    values = _in_pixels(block, values, counts) if triples.all() else values
    made = list_texts(values, counts)
    if given.null_count < len(given):
        theirs, _ = flat_keypoints(given)
        same = _equal_lists(theirs.values, theirs.counts, values, counts) & np.asarray(pc.is_valid(given))
        made = pc.if_else(pa.array(same), given, made)
    owners = np.repeat(np.arange(len(counts)), counts)
    nth = np.arange(len(values)) - np.repeat(np.cumsum(counts) - counts, counts)
    labelled = np.bincount(owners[(nth % 3 == 2) & (values > 0)], minlength=len(counts))
    return made, _labelled(block, labelled), counts > 0


def _in_pixels(block: Block, values: Floats, counts: np.ndarray[Any, Any]) -> Floats:
    shares = np.asarray(pc.fill_null(pc.equal(block.table.column("unit"), "normalised"), False))
    if not shares.any():
        return values
    scale = np.where(shares[:, None], block.sizes, 1.0)
    points = (
        values.reshape(-1, 3)
        * np.column_stack([scale, np.ones(len(scale))])[np.repeat(np.arange(len(counts)), counts // 3)]
    )
    return np.asarray(points.reshape(-1))


def _equal_lists(a: Floats, a_counts: Any, b: Floats, b_counts: Any) -> Flags:
    """Return which lists have equal numbers."""
    same = np.asarray(a_counts == b_counts)
    left, right = a[np.repeat(same, a_counts)], b[np.repeat(same, b_counts)]
    owners = np.repeat(np.flatnonzero(same), b_counts[same])
    same[np.unique(owners[left != right])] = False
    return same


def _labelled(block: Block, counts: np.ndarray[Any, Any]) -> pa.BinaryArray:
    """Return num_keypoints, counted anew."""
    made = number_texts(counts.astype(np.float64))
    given = block.origins.text("num_keypoints")
    if given.null_count == len(given):
        return made
    read, _ = floats_of(given)
    absent = pc.equal(given, b"null")
    return pc.if_else(pc.fill_null(pc.or_(pa.array(read == counts), absent), False), given, made)
