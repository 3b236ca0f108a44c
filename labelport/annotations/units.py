"""Are coordinates pixels or shares of their image: decided for all boxes of a file together, with the evidence."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

Unit = Literal["pixel", "normalised"]
Floats = np.ndarray[Any, np.dtype[np.float64]]

MOST_SHARE = 1.5
"""A coordinate above it is no share of an image, however far the box reaches outside."""

TOLERANCE_SHARE = 1e-3
TOLERANCE_PIXELS = 0.5
"""How far a share may lie outside of 0 to 1: as pixels where the size of the image is known."""


@dataclass(frozen=True)
class UnitDecision:
    """What the coordinates are, and why."""

    unit: Unit | None
    """Null: they may be both; somebody must say it."""

    why: str
    """The evidence, for people."""

    low: float
    """The least coordinate; NaN where there are none."""

    high: float
    """The greatest coordinate; NaN where there are none."""


def decide_unit(
    boxes: Floats, option: Literal["auto", "yes", "no"] = "auto", limits: Floats | None = None
) -> UnitDecision:
    """Return the unit of boxes x0, y0, x1, y1 of shape (n, 4), never decided per row.

    ``option`` is the option ``normalised``: yes and no are taken as they are. ``limits`` are width and height of the
    images in pixels, shape (n, 2), NaN where unknown. Without the option:

    - normalised: all coordinates lie in 0 to 1 and one has a fraction; some boxes of many may reach outside;
    - pixel: any coordinate lies above 1.5;
    - both (``unit`` is null): whole numbers 0 and 1 only; or values above 1.5 although most boxes lie in 0 to 1 with
      fractions, as where files of both kinds were put together; or most boxes reach outside of 0 to 1, none far.

    No boxes are pixels. Values that are not finite are no evidence.
    """
    finite = boxes[np.isfinite(boxes)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (float("nan"), float("nan"))
    if option != "auto":
        unit: Unit = "normalised" if option == "yes" else "pixel"
        return UnitDecision(unit, f"the option `normalised` is {option}", low, high)
    if not len(finite):
        return UnitDecision("pixel", "there are no boxes", low, high)
    rows = boxes[np.isfinite(boxes).any(axis=1)]
    known = None if limits is None else limits[np.isfinite(boxes).any(axis=1)]
    within = _within(rows, known)
    fractions = within & (rows != np.round(rows)).any(axis=1)
    count, inside, fraction = len(rows), int(within.sum()), int(fractions.sum())
    words = f"{inside:,} of {count:,} boxes lie in 0 to 1, {fraction:,} of them with fractions"
    if np.abs(finite).max() > MOST_SHARE:
        if fraction * 2 > count:
            return UnitDecision(None, f"{words}; others go to {high:g}", low, high)
        return UnitDecision("pixel", f"coordinates go from {low:g} to {high:g}{_fitting(rows, known)}", low, high)
    if fraction and inside * 2 > count:
        return UnitDecision("normalised", words, low, high)
    return UnitDecision(None, f"{words}; coordinates go from {low:g} to {high:g}", low, high)


def _within(boxes: Floats, limits: Floats | None) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return which boxes lie in 0 to 1."""
    slack = np.full((len(boxes), 2), TOLERANCE_SHARE)
    if limits is not None:
        known = np.isfinite(limits) & (limits > 0)
        slack = np.where(known, TOLERANCE_PIXELS / np.where(known, np.maximum(limits, 1), 1), slack)
    both = np.concatenate([slack, slack], axis=1)
    with np.errstate(invalid="ignore"):
        return np.asarray(((boxes >= -both) & (boxes <= 1 + both)).all(axis=1))


def _fitting(boxes: Floats, limits: Floats | None) -> str:
    """Return in words how many boxes fit their image in pixels, where sizes are known."""
    if limits is None:
        return ""
    known = np.isfinite(limits).all(axis=1)
    if not known.any():
        return ""
    with np.errstate(invalid="ignore"):
        fits = int((known & (boxes[:, 2:] <= limits + TOLERANCE_PIXELS).all(axis=1)).sum())
    return f"; {fits:,} of {int(known.sum()):,} boxes whose image is known fit it in pixels"
