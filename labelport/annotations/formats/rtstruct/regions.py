"""The voxels of one structure on the image volumes of its frame of reference, and all that is to be said of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from labelport.annotations.formats.rtstruct.contours import CLOSED, EXCLUSIVE, Contour
from labelport.annotations.formats.rtstruct.drawing import Flat, drawn_each
from labelport.annotations.formats.rtstruct.placing import Fit, Integers, Outline, Slices, chosen, nearest, pixels, tied
from labelport.annotations.said import Said
from labelport.annotations.volumes.image_volume import ImageVolume, Volumes
from labelport.geometry.nesting import Combining
from labelport.geometry.rings import Patch

FARTHEST_MM = 1e9
"""Coordinates beyond it are of no patient."""

OUTSIDE = 1e-3
"""Pixels beyond the edge of the image that are not told: coordinates are rounded texts."""

MOST_SHOWN = 12
"""Slice numbers that a finding lists."""


@dataclass
class Region:
    """A structure on one image volume."""

    patches: dict[int, Patch] = field(default_factory=dict)
    pointers: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Drawing:
    """How the contours of a file are drawn, and where is told what is wrong."""

    volumes: Volumes
    rule: Combining
    file: str
    said: Said

    def regions(
        self, contours: Sequence[Contour], slices: Sequence[Slices], number: int, *, expected: bool
    ) -> dict[int, Region]:
        """Return the voxels of structure ``number`` by index of the image volume.

        ``expected``: contours refer to images of these volumes; false: to others, and nothing is said of that.
        """
        sane = [each for each in contours if self._is_near(each)]
        if not sane:
            return {}
        self._tell_kinds(sane, number)
        outline = Outline.of(sane)
        fits = [each.fit(outline, self.volumes) for each in slices]
        which = chosen(fits)
        self._tell_places(sane, fits, which, expected=expected)
        if expected and len(slices) > 1:  # where they are not named, ties are decided by the whole file
            self._tell_tied(sane, fits, slices, number)
        found = {}
        for index, image in enumerate(slices):
            here = np.flatnonzero(which == index)
            if len(here):
                flat = _flat(outline, image.image, fits[index].planes, here)
                found[index] = self._region(flat, image.image, number)
        return found

    def _region(self, flat: dict[int, list[Flat]], image: ImageVolume, number: int) -> Region:
        columns, rows, _ = image.shape
        region = Region()
        planes = sorted(flat)
        slices = [flat[plane] for plane in planes]
        for plane, contours, made in zip(planes, slices, drawn_each(slices, rows, columns, self.rule), strict=True):
            for each in contours:
                if each.beyond > OUTSIDE:
                    words = f"the contour reaches {each.beyond:,.2f} pixels beyond the image"
                    self.said.say("rtstruct.outside_image", self.file, each.pointer, words)
            if made.overlapping:
                words = f"contours of structure {number} overlap on slice {plane}"
                self.said.say("rtstruct.overlapping_contours", self.file, contours[0].pointer, words)
            for pointer, words in made.faults:
                self.said.say("volume.not_drawn", self.file, pointer, words)
            if made.patch.mask.any():
                region.patches[plane] = made.patch
                region.pointers[plane] = contours[0].pointer
        self._tell_missing(flat, number)
        return region

    def _is_near(self, contour: Contour) -> bool:
        if is_near(contour):
            return True
        words = f"a coordinate is beyond {FARTHEST_MM:,.0f} mm"
        self.said.say("volume.not_drawn", self.file, contour.pointer, words)
        return False

    def _tell_kinds(self, contours: Sequence[Contour], number: int) -> None:
        kinds = {each.kind for each in contours}
        if len(kinds) > 1:
            first = next(each for each in contours if each.kind != contours[0].kind)
            order = "exclusive ones were combined first" if EXCLUSIVE in kinds else "they were united"
            words = f"structure {number} has contours of {len(kinds)} types; {order}"
            self.said.say("rtstruct.mixed_types", self.file, first.pointer, words, value=", ".join(sorted(kinds)))
        for each in contours:
            if each.kind in CLOSED and len(each.points) < 3:
                words = f"a closed contour has {len(each.points)} point{'s' if len(each.points) > 1 else ''}"
                self.said.say("rtstruct.degenerate_contour", self.file, each.pointer, words)

    def _tell_places(
        self, contours: Sequence[Contour], fits: Sequence[Fit], which: Integers, *, expected: bool
    ) -> None:
        for index, contour in enumerate(contours):
            if which[index] < 0:
                if any(fit.planar[index] for fit in fits):
                    away = min(fit.distances[index] for fit in fits if fit.planar[index])
                    words = f"the nearest slice is {away:,.3f} mm away"
                    self.said.say("rtstruct.off_plane", self.file, contour.pointer, words)
                else:
                    words = "its points are not on one plane of the images"
                    self.said.say("rtstruct.not_planar", self.file, contour.pointer, words)
            elif expected and contour.references and not fits[which[index]].referred[index]:
                plane = fits[which[index]].planes[index]
                words = f"the contour lies on slice {plane}, and refers to another image"
                self.said.say("rtstruct.reference_disagrees", self.file, contour.pointer, words)

    def _tell_tied(
        self, contours: Sequence[Contour], fits: Sequence[Fit], slices: Sequence[Slices], number: int
    ) -> None:
        alike = np.flatnonzero(tied(fits))
        if len(alike):
            first = alike[0]
            ids = ", ".join(
                each.image.series_id for each, near in zip(slices, nearest(fits)[:, first], strict=True) if near
            )
            words = f"{len(alike):,} contours of structure {number} lie on several series alike: {ids}"
            self.said.say("rtstruct.ambiguous_series", self.file, contours[first].pointer, words, count=len(alike))

    def _tell_missing(self, flat: dict[int, list[Flat]], number: int) -> None:
        planes = sorted(plane for plane, contours in flat.items() if any(each.kind in CLOSED for each in contours))
        missing = sorted(set(range(planes[0], planes[-1])) - set(planes)) if planes else []
        if missing:
            words = f"structure {number} has no contour on {len(missing)} slices between {planes[0]} and {planes[-1]}"
            shown = ", ".join(map(str, missing[:MOST_SHOWN])) + (" …" if len(missing) > MOST_SHOWN else "")
            pointer = flat[planes[0]][0].pointer
            self.said.say("rtstruct.missing_planes", self.file, pointer, words, value=shown, count=len(missing))


def is_near(contour: Contour) -> bool:
    """Return whether the coordinates of a contour can be those of a patient."""
    return bool(np.abs(contour.points).max() <= FARTHEST_MM)


def _flat(outline: Outline, image: ImageVolume, planes: Integers, here: Integers) -> dict[int, list[Flat]]:
    """Return the contours ``here``, which lie on an image volume, by slice."""
    everywhere = np.zeros(len(planes), np.int64)
    everywhere[here] = planes[here]
    points = pixels(outline, image, everywhere)
    low, high = (how.reduceat(points, outline.starts, axis=0) for how in (np.minimum, np.maximum))
    beyond = np.maximum(-low, high - image.shape[:2]).max(axis=1)
    found: dict[int, list[Flat]] = {}
    for index in here.tolist():
        start, contour = outline.starts[index], outline.contours[index]
        own = points[start : start + outline.counts[index]]
        flat = Flat(contour.kind, own, contour.pointer, float(beyond[index]))
        found.setdefault(int(planes[index]), []).append(flat)
    return found
