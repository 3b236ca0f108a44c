"""What is wrong with keypoints: counts, visibilities, and the number that says how many are labelled."""

from typing import Any

import numpy as np

from labelport.annotations.formats.coco.annotation_piece import AnnotationPiece
from labelport.annotations.formats.coco.telling import Teller
from labelport.annotations.formats.coco.values import Flags
from labelport.annotations.said import MOST_PLACES

Rows = np.ndarray[Any, np.dtype[np.int64]]


def judged_keypoints(piece: AnnotationPiece, categories: Rows, names: Rows, rows: Flags, tell: Teller) -> Flags:
    """Return which annotations may stay; ``names`` is the count of keypoints of each category.

    Only ``rows`` are looked at. A category that names none takes any count of triples.
    """
    counts = piece.keypoints.counts
    right = ~piece.keypoints.wrong
    looked = rows & right & (counts > 0)
    nested = [row for row in piece.nested if looked[row]]
    tell.rows("coco.nested_keypoints", nested, "the keypoints are a list of lists", member="/keypoints")
    if not looked.any():
        return right
    expected = 3 * np.append(names, 0)[categories]
    odd = looked & np.where(expected > 0, counts != expected, counts % 3 != 0)
    tell.rows(
        "coco.keypoint_count",
        np.flatnonzero(odd).tolist(),
        lambda row: f"{counts[row]} numbers, where the category has {expected[row] // 3} keypoints",
        member="/keypoints",
    )
    looked &= ~odd
    _tell_points(piece, looked, tell)
    return np.asarray(right & ~odd)


def _tell_points(piece: AnnotationPiece, looked: Flags, tell: Teller) -> None:
    counts = piece.keypoints.counts
    rows = np.flatnonzero(looked)
    if not len(rows):
        return
    points = piece.keypoints.values[np.repeat(looked, counts)].reshape(-1, 3)
    each = counts[rows] // 3
    starts = np.cumsum(each) - each
    visibility = points[:, 2]
    labelled = np.add.reduceat((visibility > 0).astype(np.int64), starts)
    given = piece.labelled[rows]
    differ = ~np.isnan(given) & (given != labelled)
    said = dict(zip(rows[differ].tolist(), labelled[differ].tolist(), strict=True))
    tell.rows(
        "coco.num_keypoints",
        list(said),
        lambda row: f"{said[row]} keypoints are labelled",
        member="/num_keypoints",
        value=lambda row: f"{piece.labelled[row]:g}",
    )
    owner = np.repeat(rows, each)
    nth = np.arange(len(points)) - np.repeat(starts, each)
    strange = ~np.isin(visibility, (0, 1, 2))
    _tell_each(tell, "coco.visibility", strange, (owner, 3 * nth + 2), words="a visibility is 0, 1 or 2")
    placed = (visibility == 0) & (points[:, :2] != 0).any(axis=1)
    words = "a keypoint of visibility 0 has a place"
    _tell_each(tell, "coco.unlabelled_keypoint", placed, (owner, 3 * nth), words=words)


def _tell_each(tell: Teller, code: str, flags: Flags, places: tuple[Rows, Rows], *, words: str) -> None:
    """Say it of each flagged point; ``places`` are the rows of points, and their numbers in their lists."""
    owner, number = places
    found = np.flatnonzero(flags)
    for at in found[: MOST_PLACES + 1].tolist():
        tell.rows(code, [int(owner[at])], words, member=f"/keypoints/{int(number[at])}")
    tell.said.count(code, tell.file, max(len(found) - MOST_PLACES - 1, 0))
