"""Whether what was read back of an export is what was written, as far as the format holds it.

The judge of a round trip: every difference must be one that the format declares (``Holds``) and that the export
told of, image by image.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.boxes import image_sizes, in_pixels
from labelport.annotations.holds import KEPT, LOST, Holds
from labelport.annotations.shapes import Shape, shape_of

TOLERANCE = 1e-6
"""Pixels by which a coordinate may move: shares of ten digits, sums and differences of floats."""


@dataclass(frozen=True)
class Row:
    """An annotation as it is compared: geometry in pixels of its image."""

    kind: str
    category: str | None
    box: tuple[float, ...] | None
    """Null where there is none; NaN where the size of the image is needed and not known."""

    shape: Shape | None
    keypoints: tuple[float, ...] | None
    crowd: bool
    score: float | None
    extras: Any
    rings: int

    @property
    def placed(self) -> bool:
        """Return whether it is known in pixels where it lies."""
        return self.box is None or not any(map(math.isnan, self.box))


@dataclass(frozen=True)
class Image:
    """An image as it is compared."""

    state: str
    size: tuple[int | None, int | None]
    rows: tuple[Row, ...]


def images_of(given: AnnotationSet, names: Sequence[str]) -> dict[str, Image]:
    """Return the images of a set by name, with their annotations in order; rows of one name are one image."""
    categories = given.categories.column("name").to_pylist()
    boxes, sizes = in_pixels(given).tolist(), image_sizes(given)
    rows: dict[int, list[Row]] = {}
    for row, box, size in zip(given.annotations.to_pylist(), boxes, sizes, strict=True):
        rows.setdefault(row["image_id"], []).append(_row(row, box, size, categories))
    found: dict[str, Image] = {}
    for number, (name, image) in enumerate(zip(names, given.images.to_pylist(), strict=True)):
        before = found.get(name)
        own = (*(before.rows if before else ()), *rows.get(number, ()))
        state = "labelled" if own else image["state"]
        found[name] = Image(state, (image["width"], image["height"]), own)
    return found


def differences(given: dict[str, Image], back: dict[str, Image], holds: Holds, told: set[str]) -> list[str]:
    """Return in words what differs beyond what the format holds; nothing where the round trip is good.

    ``told``: codes of the findings of the export.
    """
    faults = [f"{name}: nobody wrote this image" for name in back.keys() - given.keys()]
    for name, image in given.items():
        required = [row for row in image.rows if _must_stay(row, image, holds, told)]
        other = back.get(name)
        if other is None:
            if required:
                faults.append(f"{name}: the image is gone with {len(required)} annotations")
            elif image.state == "negative" and holds.negatives == KEPT and "loss.negative_images" not in told:
                faults.append(f"{name}: the negative image is gone")
            continue
        faults += [f"{name}: {words}" for words in _of_image(image, other, holds, told)]
    return faults


def _must_stay(row: Row, image: Image, holds: Holds, told: set[str]) -> bool:
    becomes = holds.shapes.get(row.kind, LOST)
    left_out = row.crowd and holds.crowd not in (KEPT, LOST)
    nowhere = None in image.size and "loss.size_unknown" in told
    return becomes != LOST and not left_out and not nowhere and row.placed


def _of_image(image: Image, other: Image, holds: Holds, told: set[str]) -> list[str]:
    faults = []
    if other.state == "negative" and image.state == "labelled":
        faults.append("labelled before, and now a negative example")
    if other.state == "negative" and image.state == "unlabelled" and "loss.unlabelled" not in told:
        faults.append("nobody looked at it, and now it is a negative example")
    if image.state == "unlabelled" and holds.unlabelled == KEPT and other.state != "unlabelled":
        faults.append(f"unlabelled before, {other.state} now")
    left = list(other.rows)
    for number, row in enumerate(image.rows):
        becomes = holds.shapes.get(row.kind, LOST)
        if becomes == LOST:
            continue
        exact = becomes == KEPT
        at = next((n for n, one in enumerate(left) if _fits(row, one, holds, exact=exact)), None)
        if at is not None:
            del left[at]
        elif (not exact or row.kind == "class") and any(_is_class_of(row, one) for one in other.rows):
            continue  # several shapes of one category are its class once
        elif _must_stay(row, image, holds, told):
            near = next((one for one in left if one.category == row.category), None)
            faults.append(f"annotation {number} is not there as it was: {row} (near: {near})")
    words = (*holds.shapes.values(), holds.rings, holds.keypoints, holds.holes)
    may_be_more = any(becomes not in (KEPT, LOST, "its box", "box of all") for becomes in words)
    if left and not may_be_more:
        faults.append(f"{len(left)} annotations that nobody wrote: {left[0]}")
    return faults


def _is_class_of(row: Row, other: Row) -> bool:
    return other.kind == "class" and other.category == row.category


def _fits(row: Row, other: Row, holds: Holds, *, exact: bool) -> bool:
    """Return whether an annotation is the other one, as far as the format holds it."""
    if row.category != other.category:
        return False
    becomes_mask = bool(row.shape and row.shape.holes) and holds.holes != KEPT
    exact = exact and not becomes_mask
    if exact and row.kind != other.kind:
        return False
    if not exact and other.kind == "class":
        return True
    # The box of a mask is that of its pixels: sources round it, and COCO's own crowds end a pixel early.
    slack = 1.0 if not exact and other.kind in ("mask", "rle") else TOLERANCE
    if row.kind != "class" and not _near(row.box, other.box, slack):
        return False
    if holds.crowd == KEPT and row.crowd != other.crowd:
        return False
    if holds.scores == KEPT and row.score != other.score:
        return False
    if exact and holds.keypoints == KEPT and not _near(row.keypoints, other.keypoints):
        return False
    if exact and holds.extras == KEPT and row.extras is not None and not _within(row.extras, other.extras):
        return False
    return not exact or (row.rings > 1 and holds.rings != KEPT) or _same_shape(row.shape, other.shape)


def _row(row: dict[str, Any], box: list[float], size: Any, categories: list[str]) -> Row:
    scale = (1.0, 1.0) if row["unit"] != "normalised" else (float(size[0]), float(size[1]))
    percent = (float(size[0]) / 100, float(size[1]) / 100)
    wkt = row["segmentation_kind"] == "wkt"
    shape = shape_of(row["segmentation"], row["segmentation_kind"], percent if wkt else scale)
    points = row["keypoints"]
    if points is not None:
        points = tuple((np.array(points).reshape(-1, 3) * [*scale, 1]).ravel().tolist())
    return Row(
        kind=row["kind"],
        category=None if row["category_id"] is None else categories[row["category_id"]],
        box=None if row["x0"] is None else tuple(box),
        shape=shape,
        keypoints=points,
        crowd=bool(row["iscrowd"]),
        score=row["score"],
        extras=None if row["extras"] is None else json.loads(row["extras"]),
        rings=len(shape.rings) if shape else 0,
    )


def _near(one: Any, other: Any, tolerance: float = TOLERANCE) -> bool:
    if one is None or other is None:
        return one is other
    if len(one) != len(other):
        return False
    return bool(np.allclose(one, other, rtol=1e-12, atol=tolerance, equal_nan=True))


def _within(extras: Any, other: Any) -> bool:
    """Return whether members are among others: a format may have members of its own that no column has."""
    return isinstance(other, dict) and all(name in other and other[name] == value for name, value in extras.items())


def _same_shape(one: Shape | None, other: Shape | None) -> bool:
    if one is None or other is None:
        return one is other
    if one.size != other.size or len(one.rings) != len(other.rings):
        return False
    if one.counts is not None and other.counts is not None and not np.array_equal(one.counts, other.counts):
        return False
    pairs = zip(one.rings, other.rings, strict=True)
    return all(a.shape == b.shape and np.allclose(a, b, rtol=1e-12, atol=TOLERANCE) for a, b in pairs)
