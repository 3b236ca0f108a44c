"""Which point x and y are, and where a confidence stands: one decision for a dataset, by counts of its rows.

Everybody takes x, y for the centre of the box, but for one family of older tools that took the top left corner.
Rows near the border tell them apart: read in the wrong way, they leave their image.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from labelport.annotations.boxes import TOLERANCE_SHARE
from labelport.options import AnnotationOptions

Floats = np.ndarray[Any, np.dtype[np.float64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]

CENTRE, TOP_LEFT = "centre", "top_left"
AGAINST_CENTRE, AGAINST_TOP_LEFT = "against_centre", "against_top_left"
AGAINST_LAST, AGAINST_FIRST = "against_score_last", "against_score_first"


def decide(evidence: Mapping[str, int], options: AnnotationOptions) -> dict[str, str]:
    """Return ``yolo_origin``, and ``yolo_score`` where confidences stand first.

    Top left: at least one row leaves its image unless x, y are its corner, and none does because of it. Anything
    else is the centre. Confidences are looked for behind the box, unless rows say so in the same way.
    """
    if options.yolo_origin != "auto":
        origin = str(options.yolo_origin)
    else:
        origin = TOP_LEFT if evidence.get(AGAINST_CENTRE) and not evidence.get(AGAINST_TOP_LEFT) else CENTRE
    first = evidence.get(AGAINST_LAST) and not evidence.get(AGAINST_FIRST)
    return {"yolo_origin": origin} | ({"yolo_score": "first"} if first else {})


def against_origins(boxes: Floats) -> tuple[Flags, Flags]:
    """Return which rows (x, y, width, height; shape (rows, 4)) speak against the centre, and against the top left."""
    centre, corner = inside(corners(boxes, CENTRE)), inside(corners(boxes, TOP_LEFT))
    return corner & ~centre, centre & ~corner


def against_scores(fields: Floats) -> tuple[Flags, Flags]:
    """Return which rows of five fields after the class speak against a confidence behind, and before the box.

    A confidence lies in 0 to 1, and the box that is left lies in its image, whichever point x, y are.
    """
    last = _is_share(fields[:, 4]), _inside_either(fields[:, :4])
    first = _is_share(fields[:, 0]), _inside_either(fields[:, 1:])
    against_last = first[0] & (~last[0] | (first[1] & ~last[1]))
    against_first = last[0] & (~first[0] | (last[1] & ~first[1]))
    return against_last & ~against_first, against_first & ~against_last


def corners(boxes: Floats, origin: str) -> Floats:
    """Return x0, y0, x1, y1 of rows of x, y, width, height."""
    at, size = boxes[:, :2], boxes[:, 2:4]
    if origin == TOP_LEFT:
        return np.concatenate([at, at + size], axis=1)
    return np.concatenate([at - size / 2, at + size / 2], axis=1)


def inside(boxes: Floats) -> Flags:
    """Return which corners lie in 0 to 1, but for the tolerance."""
    return np.asarray(((boxes >= -TOLERANCE_SHARE) & (boxes <= 1 + TOLERANCE_SHARE)).all(axis=1))


def _inside_either(boxes: Floats) -> Flags:
    return inside(corners(boxes, CENTRE)) | inside(corners(boxes, TOP_LEFT))


def _is_share(values: Floats) -> Flags:
    return np.asarray((values >= 0) & (values <= 1))
