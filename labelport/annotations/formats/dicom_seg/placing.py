"""The slice of each frame, and how its pixels lie on the slice's: axes that are turned, nothing that is resampled."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from labelport.annotations.formats.dicom_seg.frames import Framed
from labelport.annotations.volumes.image_volume import ImageVolume, Volumes
from labelport.geometry.stacks import Floats

SAME_VOXEL = 0.01
"""How far, in voxels, corners may lie from where those of the image lie (NIfTI labels: the same)."""

BEYOND_MM = 1e-3
"""How far beyond half a gap a frame may lie from its slice: positions are rounded texts."""

TIE_MM = 1e-5
"""Two slices as near as that to each other's distance are equally near: the upper one is taken."""


class Mismatch(Exception):
    """Pixels of a frame are not those of the images; the text says why."""


class OffPlane(Exception):
    """A frame lies on no slice; the text says why."""


@dataclass(frozen=True)
class Turn:
    """How the axes of a frame become those of the image: first exchanged, then turned round."""

    exchanged: bool = False
    rows: bool = False
    columns: bool = False

    @property
    def any(self) -> bool:
        """Return whether pixels move at all."""
        return self.exchanged or self.rows or self.columns

    def of(self, values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Return pixels of a frame, shape (rows, columns) of the frame, in the axes of the image."""
        turned = values.T if self.exchanged else values
        return turned[:: -1 if self.rows else 1, :: -1 if self.columns else 1]


@dataclass(frozen=True)
class Placed:
    """Where a frame lies."""

    frame: Framed
    plane: int
    turn: Turn

    away: float
    """Distance to the slice, as a share of the gap."""


class Slices:
    """The slices of an image volume by position, and how far each reaches."""

    def __init__(self, image: ImageVolume, volumes: Volumes) -> None:
        self.image = image
        self._volumes = volumes
        stack = image.stack
        self._usual = stack.thickness_mm if stack.planes > 1 else stack.row_mm
        self._order = np.argsort(stack.positions, kind="stable")
        self._at = stack.positions[self._order]
        # A gap that is wider than usual holds slices that are missing: nothing of them is drawn on their neighbours.
        half = np.minimum(np.diff(self._at), self._usual) / 2
        self._below = np.concatenate([[self._usual / 2], half])
        self._above = np.concatenate([half, [self._usual / 2]])
        self._by_uid: dict[str, list[int]] = {}

    def placed(self, frame: Framed, rows: int, columns: int) -> Placed:
        """Return where a frame of this size lies; raises ``Mismatch`` or ``OffPlane``."""
        if frame.position is None:
            return self._referred(frame, rows, columns)
        middle = float(frame.position @ self.image.stack.normal)
        away = np.abs(self._at - middle)
        place = int(np.flatnonzero(away <= away.min() + TIE_MM)[-1])
        plane = int(self._order[place])
        turn = self._turn(frame, plane, rows, columns, flat=True)
        reach = self._below[place] if middle < self._at[place] else self._above[place]
        if away[place] > reach + BEYOND_MM:
            raise OffPlane(f"the frame lies {away[place]:.4g} mm from the nearest slice, {plane}")
        return Placed(frame, plane, turn, float(away[place] / self._usual) if self._usual else 0.0)

    def _referred(self, frame: Framed, rows: int, columns: int) -> Placed:
        """Return where a frame lies by the image that it is made from."""
        planes = {plane for uid, number in frame.sources for plane in self._planes_of(uid, number)}
        if not planes:
            raise OffPlane("the frame has no position, and refers to no slice of the series")
        if len(planes) > 1:
            raise OffPlane(f"the frame has no position, and refers to {len(planes)} slices")
        plane = planes.pop()
        return Placed(frame, plane, self._turn(frame, plane, rows, columns, flat=False), 0.0)

    def _planes_of(self, uid: str, number: int | None) -> Sequence[int]:
        if uid not in self._by_uid:
            known = self.image.sop_uids
            same = self._volumes.same_uid
            self._by_uid[uid] = [plane for plane, each in enumerate(known) if same(uid, each)]
        frames = self.image.frames
        return [plane for plane in self._by_uid[uid] if number is None or frames[plane] in (None, number)]

    def _turn(self, frame: Framed, plane: int, rows: int, columns: int, *, flat: bool) -> Turn:
        """Return how the pixels lie on those of a slice; ``flat``: the frame says where it lies."""
        stack = self.image.stack
        if not flat and frame.orientation is None and frame.spacing is None:
            if (rows, columns) != (stack.rows, stack.columns):
                raise Mismatch(f"frames have {columns} x {rows} pixels, the images {stack.columns} x {stack.rows}")
            return Turn()
        if frame.orientation is None or frame.spacing is None:
            raise Mismatch("a frame does not say how its pixels are turned, or how far apart they are")
        corners = _corners(frame, stack.origins[plane], rows, columns)
        height = corners @ stack.normal
        thick = self._usual or stack.row_mm
        if np.ptp(height) > SAME_VOXEL * thick:
            raise Mismatch("a frame is tilted against the images")
        found = stack.pixels(corners, plane) - 0.5
        turn, expected = _nearest_turn(found, stack.rows, stack.columns, rows, columns)
        off = float(np.abs(found - expected).max())
        if flat and off > SAME_VOXEL:
            raise Mismatch(f"pixels of a frame lie up to {off:.3g} voxels beside those of the images")
        if not flat and (turn.any or np.abs(np.diff(found, axis=0) - np.diff(expected, axis=0)).max() > SAME_VOXEL):
            raise Mismatch("a frame without a position has other axes than the images")
        return turn


def _corners(frame: Framed, origin: Floats, rows: int, columns: int) -> Floats:
    """Return the centres of the four corner pixels, shape (4, 3): first, end of its row, end of its column, last."""
    orientation, spacing = frame.orientation, frame.spacing
    if orientation is None or spacing is None or spacing.min() <= 0:
        raise Mismatch("a frame does not say how its pixels are turned, or how far apart they are")
    start = origin if frame.position is None else frame.position
    along = orientation[:3] * spacing[1] * (columns - 1)
    down = orientation[3:] * spacing[0] * (rows - 1)
    return np.array([start, start + along, start + down, start + along + down])


def _nearest_turn(found: Floats, height: int, width: int, rows: int, columns: int) -> tuple[Turn, Floats]:
    """Return the turn that brings corners nearest to those of the image, and where these lie; raises ``Mismatch``."""
    best: tuple[float, Turn, Floats] | None = None
    for exchanged in (False, True):
        if (rows, columns) != ((width, height) if exchanged else (height, width)):
            continue
        for flip_rows in (False, True):
            for flip_columns in (False, True):
                x = np.array([0.0, width - 1.0])[:: -1 if flip_columns else 1]
                y = np.array([0.0, height - 1.0])[:: -1 if flip_rows else 1]
                # Along a row of the frame x changes; where axes are exchanged, y does.
                places = [(0, 0), (0, 1), (1, 0), (1, 1)] if exchanged else [(0, 0), (1, 0), (0, 1), (1, 1)]
                expected = np.array([[x[i], y[j]] for i, j in places])
                off = float(np.abs(found - expected).max())
                if best is None or off < best[0]:
                    best = (off, Turn(exchanged, flip_rows, flip_columns), expected)
    if best is None:
        raise Mismatch(f"frames have {columns} x {rows} pixels, the images {width} x {height}")
    return best[1], best[2]
