"""The slice of each contour: by its points along the normal, and by the image that it refers to.

All contours of a structure are placed at once. Nothing is clamped: what lies on no slice is dropped and told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from labelport.annotations.formats.rtstruct.contours import Contour, Reference
from labelport.annotations.formats.rtstruct.decimals import Floats
from labelport.annotations.volumes.image_volume import ImageVolume, Volumes

FLAT_MM = 1e-2
"""How far points may lie from one plane."""

BEYOND_MM = 1e-3
"""How far beyond half a gap a contour may lie from its slice: positions are rounded texts."""

TIE_MM = 1e-5
"""Two slices as near as that to each other's distance are equally near: the upper one is taken."""

NEAR_MM = 1e-2
"""Series whose planes are as near as that to a contour are equally near."""

Integers = np.ndarray[Any, np.dtype[np.int64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True)
class Outline:
    """The contours of a structure, with all their points in one array."""

    contours: Sequence[Contour]
    points: Floats
    """Shape (n, 3), LPS, millimetres."""

    starts: Integers
    """Where each contour begins."""

    counts: Integers
    """Points of each."""

    @classmethod
    def of(cls, contours: Sequence[Contour]) -> "Outline":
        """Return contours joined; there is at least one."""
        counts = np.array([len(each.points) for each in contours], np.int64)
        return cls(contours, np.concatenate([each.points for each in contours]), np.cumsum(counts) - counts, counts)


@dataclass(frozen=True)
class Fit:
    """How contours lie on one image volume, an entry a contour."""

    planar: Flags
    fits: Flags
    """It lies on a slice: flat, and not farther than half a gap."""

    planes: Integers
    """The slice; meaningless where it does not fit."""

    distances: Floats
    """Millimetres to the slice."""

    referred: Flags
    """It refers to that slice."""


class Slices:
    """The slices of an image volume by position, and how far each reaches."""

    def __init__(self, image: ImageVolume) -> None:
        self.image = image
        stack = image.stack
        self._order = np.argsort(stack.positions, kind="stable")
        self._at = stack.positions[self._order]
        # A gap that is wider than usual holds slices that are missing: nothing of them is drawn on their neighbours.
        usual = stack.thickness_mm if stack.planes > 1 else stack.row_mm
        half = np.minimum(np.diff(self._at), usual) / 2
        self._below = np.concatenate([[usual / 2], half])
        self._above = np.concatenate([half, [usual / 2]])

    def fit(self, outline: Outline, volumes: Volumes) -> Fit:
        """Return where contours lie."""
        along = outline.points @ self.image.stack.normal
        low, high = (how.reduceat(along, outline.starts) for how in (np.minimum, np.maximum))
        middle = (low + high) / 2
        upper = np.clip(np.searchsorted(self._at, middle), 0, len(self._at) - 1)
        lower = np.maximum(upper - 1, 0)
        up, down = np.abs(self._at[upper] - middle), np.abs(self._at[lower] - middle)
        closest = np.where(up <= down + TIE_MM, upper, lower)
        other = np.where(closest == upper, lower, upper)
        planar = high - low <= 2 * FLAT_MM
        fits, chosen = planar & self._reach(closest, middle), closest.copy()
        referred = np.zeros(len(middle), bool)
        also = self._reach(other, middle)
        for number in np.flatnonzero(fits).tolist():
            references = outline.contours[number].references
            for place in (closest[number], other[number]) if also[number] else (closest[number],):
                if any(self._is(each, int(place), volumes) for each in references):
                    chosen[number], referred[number] = place, True
                    break
        return Fit(planar, fits, self._order[chosen], np.abs(self._at[chosen] - middle), referred)

    def _reach(self, places: Integers, middle: Floats) -> Flags:
        """Return whether slices reach to positions."""
        away = middle - self._at[places]
        half = np.where(away < 0, self._below[places], self._above[places])
        return np.asarray(np.abs(away) <= half + BEYOND_MM)

    def _is(self, reference: Reference, place: int, volumes: Volumes) -> bool:
        plane = int(self._order[place])
        frame = self.image.frames[plane]
        if reference.frames and frame is not None and frame not in reference.frames:
            return False
        known = self.image.sop_uids[plane] if self.image.sop_uids else None
        return volumes.same_uid(reference.sop_uid, known)


def nearest(fits: Sequence[Fit]) -> Flags:
    """Return which image volumes each contour may lie on, shape (volumes, contours).

    That which it refers to, else the nearest, and those that are as near.
    """
    cost = np.array([np.where(each.fits, np.where(each.referred, -1.0, each.distances), np.inf) for each in fits])
    return np.asarray(np.isfinite(cost) & (cost <= cost.min(axis=0) + NEAR_MM))


def chosen(fits: Sequence[Fit]) -> Integers:
    """Return the number of the image volume that each contour lies on, -1 where none.

    Of equally near ones that which most of the contours may lie on, else the first.
    """
    near = nearest(fits)
    votes = np.where(near, near.sum(axis=1)[:, None], -1)
    return np.where(near.any(axis=0), votes.argmax(axis=0), -1)


def tied(fits: Sequence[Fit]) -> Flags:
    """Return which contours lie on several image volumes alike, as ``chosen`` sees them, and refer to none."""
    near = nearest(fits)
    votes = np.where(near, near.sum(axis=1)[:, None], -1)
    best = near & (votes == votes.max(axis=0))
    referred = np.any([each.referred for each in fits], axis=0)
    return np.asarray((best.sum(axis=0) > 1) & ~referred)


def pixels(outline: Outline, image: ImageVolume, planes: Integers) -> Floats:
    """Return x and y of all points, shape (n, 2), as edges: each contour by the position of its own slice."""
    stack = image.stack
    away = outline.points - np.repeat(stack.origins[planes], outline.counts, axis=0)
    return np.stack([away @ stack.along_row / stack.column_mm, away @ stack.along_column / stack.row_mm], axis=1) + 0.5
