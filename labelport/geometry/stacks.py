"""Stacks of parallel planes of pixels, placed in the patient: where each pixel's centre lies, and the way back.

Coordinates of the patient are LPS, in millimetres, as in DICOM (PS3.3 C.7.6.2.1.1: Image Position is the **centre** of
the first pixel). Affines are those of NIfTI: RAS, from the indices of voxels (column, row, plane) to their centres.
Pixels are edges (pixel i covers i to i + 1), as everywhere in ``geometry``, so that the centre of the first one is 0.5.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]

LPS_RAS = np.array([-1.0, -1.0, 1.0])
"""What x, y, z are multiplied by between DICOM and NIfTI, both ways."""

EVEN_MM = 0.01
EVEN_SHARE = 0.01
"""Steps between planes that differ by no more than the larger of both (of their median) are equal: ``series.dicom``."""


class GeometryFault(ValueError):
    """Numbers that place no pixels."""


@dataclass(frozen=True, eq=False)
class Stack:
    """Parallel planes of one size. The planes are in the order of their series, whatever direction that is."""

    origins: Floats
    """Shape (planes, 3): centre of the first pixel of each plane, LPS, millimetres."""

    along_row: Floats
    """Shape (3,), length 1: where the column index grows. The first three numbers of Image Orientation (Patient)."""

    along_column: Floats
    """Shape (3,), length 1: where the row index grows."""

    row_mm: float
    """Millimetres from row to row: the first number of Pixel Spacing."""

    column_mm: float
    """Millimetres from column to column: the second number of Pixel Spacing."""

    rows: int
    columns: int

    def __post_init__(self) -> None:
        numbers = (self.origins, self.along_row, self.along_column, [self.row_mm, self.column_mm])
        if not all(np.isfinite(each).all() for each in numbers) or not len(self.origins):
            raise GeometryFault("a position, direction or spacing is not finite, or there is no plane")
        if self.row_mm <= 0 or self.column_mm <= 0 or self.rows < 1 or self.columns < 1:
            raise GeometryFault("a spacing or a size is not above zero")
        if np.linalg.norm(np.cross(self.along_row, self.along_column)) < 1e-6:
            raise GeometryFault("rows and columns are parallel")

    @classmethod
    def of_affine(cls, affine: Floats, shape: tuple[int, int, int]) -> "Stack":
        """Return the planes of a NIfTI volume along its third stored axis; ``affine`` RAS (4, 4), ``shape`` x, y, z.

        Columns run along x, rows along y. Raises ``GeometryFault`` where the axes span no planes.
        """
        matrix = np.asarray(affine, np.float64)
        x, y, z, start = (matrix[:3, axis] * LPS_RAS for axis in range(4))
        sizes = [float(np.linalg.norm(axis)) for axis in (x, y)]
        if not all(size > 0 for size in sizes) or not np.isfinite(matrix).all():
            raise GeometryFault("voxels have no extent, or an affine is not finite")
        origins = start + np.arange(shape[2])[:, None] * z
        return cls(origins, x / sizes[0], y / sizes[1], sizes[1], sizes[0], rows=shape[1], columns=shape[0])

    @property
    def planes(self) -> int:
        """Return how many planes there are."""
        return len(self.origins)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Return columns, rows, planes: the x, y, z of a NIfTI volume of it."""
        return self.columns, self.rows, self.planes

    @cached_property
    def normal(self) -> Floats:
        """Return row x column direction, length 1."""
        cross = np.cross(self.along_row, self.along_column)
        return np.asarray(cross / np.linalg.norm(cross), np.float64)

    @cached_property
    def positions(self) -> Floats:
        """Return how far each plane lies along the normal, millimetres, shape (planes,)."""
        return np.asarray(self.origins @ self.normal, np.float64)

    def pixels(self, points: Floats, plane: int) -> Floats:
        """Return x and y of points of the patient on a plane, shape (n, 2), as edges: by that plane's own position."""
        away = np.asarray(points, np.float64) - self.origins[plane]
        x = away @ self.along_row / self.column_mm
        y = away @ self.along_column / self.row_mm
        return np.stack([x, y], axis=-1) + 0.5

    def points(self, pixels: Floats, plane: int) -> Floats:
        """Return the points of the patient, shape (n, 3), of x and y on a plane: the way back from ``pixels``."""
        centres = np.asarray(pixels, np.float64) - 0.5
        x, y = centres[..., :1] * self.column_mm, centres[..., 1:] * self.row_mm
        return np.asarray(self.origins[plane] + x * self.along_row + y * self.along_column, np.float64)

    def affine(self) -> Floats | None:
        """Return the affine (4, 4), RAS, of columns, rows, planes; null where the steps between planes differ.

        A tilted stack has one: its third column is the step, not the normal. The step of a single plane is as long as
        its rows are apart: a guess, since nothing says how thick it is.
        """
        if self.planes == 1:
            step = self.normal * self.row_mm
        else:
            steps = np.diff(self.origins, axis=0)
            step = (self.origins[-1] - self.origins[0]) / (self.planes - 1)
            middle = float(np.median(np.linalg.norm(steps, axis=1)))
            if np.linalg.norm(steps - step, axis=1).max() > max(EVEN_MM, EVEN_SHARE * middle):
                return None
        made = np.eye(4)
        made[:3, 0] = self.along_row * self.column_mm * LPS_RAS
        made[:3, 1] = self.along_column * self.row_mm * LPS_RAS
        made[:3, 2] = step * LPS_RAS
        made[:3, 3] = self.origins[0] * LPS_RAS
        return made

    @property
    def pixel_mm2(self) -> float:
        """Return the area of a pixel in square millimetres."""
        return self.row_mm * self.column_mm

    @cached_property
    def thickness_mm(self) -> float:
        """Return the median distance between neighbouring planes along the normal; 0 for a single plane."""
        gaps = np.abs(np.diff(self.positions))
        return float(np.median(gaps)) if len(gaps) else 0.0
