"""Boxes made from shapes, where an annotation has none."""

import math

import numpy as np

from labelport.annotations.formats.coco.annotation_piece import KINDS, AnnotationPiece
from labelport.annotations.formats.coco.values import Floats
from labelport.annotations.shapes import shape_of
from labelport.geometry.rings import bounds
from labelport.geometry.rle import bounds_of

Box = tuple[float, float, float, float]
"""x0, y0, x1, y1."""


def box_of_shape(piece: AnnotationPiece, row: int) -> Box | None:
    """Return the box of an annotation's segmentation, else of its labelled keypoints; null where it has neither."""
    start = int(piece.keypoints.counts[:row].sum())
    numbers = piece.keypoints.values[start : start + int(piece.keypoints.counts[row])]
    return shape_box(piece.segmentation[row].as_py(), KINDS[int(piece.kinds[row])], numbers)


def shape_box(segmentation: bytes | None, kind: str, keypoints: Floats) -> Box | None:
    """Return the box of a segmentation, else of the labelled ones of keypoints x, y, v, x, …; null for neither."""
    shape = shape_of(segmentation, kind)
    if shape is not None and shape.counts is not None and shape.size is not None:
        return bounds_of(shape.counts, shape.size[0])
    if shape is not None and shape.rings:
        return _around(np.array([bounds(ring) for ring in shape.rings]))
    if not len(keypoints) or len(keypoints) % 3:
        return None
    points = keypoints.reshape(-1, 3)
    points = points[points[:, 2] > 0, :2]
    return _around(np.concatenate([points, points], axis=1)) if len(points) else None


def _around(boxes: Floats) -> Box | None:
    made = (*boxes[:, :2].min(axis=0).tolist(), *boxes[:, 2:].max(axis=0).tolist())
    return (made[0], made[1], made[2], made[3]) if all(math.isfinite(each) for each in made) else None
