"""How a stack of planes is laid out to be cut: its planes at their places along the normal, side by side with tilt.

The axes of a stack are numbered 0 (columns), 1 (rows) and 2 (planes). Cuts are made through a box of voxels in which
each plane stands shifted by whole pixels, as far as its origin lies beside that of others: planes of a tilted gantry
are cut along the patient, and not along their own edges.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from labelport.geometry.stacks import Floats, Stack

Indices = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True, eq=False)
class Layout:
    """A stack as a box of voxels."""

    shifts: Indices
    """Shape (planes, 2): by how many columns and rows each plane stands beside the leftmost and uppermost one."""

    edges: Floats
    """Shape (planes + 1,): where planes begin and end along the normal, ascending, millimetres: half way to the next."""

    sizes: tuple[int, int, int]
    """Columns, rows and planes of the box."""

    lengths_mm: tuple[float, float, float]
    """Of the box along each axis."""

    directions: Floats
    """Shape (3, 3): where each axis grows, LPS, length 1. The third is the normal, in the order of the planes."""

    @classmethod
    def of(cls, stack: Stack) -> "Layout":
        """Return the layout of a stack."""
        away = stack.origins - stack.origins[0]
        beside = np.stack([away @ stack.along_row / stack.column_mm, away @ stack.along_column / stack.row_mm], axis=1)
        beside -= beside.min(axis=0)
        # A stack that leans by more than its own size is no tilted one: its planes are shown one upon the other.
        shifts = np.rint(beside).astype(np.int64)
        if (shifts.max(axis=0) > (stack.columns, stack.rows)).any():
            shifts[:] = 0
        up = -1.0 if stack.positions[-1] < stack.positions[0] else 1.0
        edges = _edges(stack.positions * up, alone_mm=stack.row_mm)
        columns, rows = stack.columns + int(shifts[:, 0].max()), stack.rows + int(shifts[:, 1].max())
        return cls(
            shifts,
            edges,
            (columns, rows, stack.planes),
            (columns * stack.column_mm, rows * stack.row_mm, float(edges[-1] - edges[0])),
            np.stack([stack.along_row, stack.along_column, stack.normal * up]),
        )

    def voxel_at(self, axis: int, *, length: int, flipped: bool) -> Indices:
        """Return for each of ``length`` pixels along an axis the voxel of the box that its centre lies in."""
        shares = (np.arange(length) + 0.5) / length
        if flipped:
            shares = 1 - shares
        if axis == 2:
            at = self.edges[0] + shares * self.lengths_mm[2]
            found = np.searchsorted(self.edges, at, side="right") - 1
        else:
            found = np.floor(shares * self.sizes[axis]).astype(np.int64)
        return np.asarray(np.clip(found, 0, self.sizes[axis] - 1), np.int64)

    def pixel_of(self, axis: int, *, length: int, flipped: bool) -> Indices:
        """Return for each voxel of the box along an axis which of ``length`` pixels its centre lies in."""
        if axis == 2:
            centres = (self.edges[:-1] + self.edges[1:]) / 2
            shares = (centres - self.edges[0]) / self.lengths_mm[2]
        else:
            shares = (np.arange(self.sizes[axis]) + 0.5) / self.sizes[axis]
        if flipped:
            shares = 1 - shares
        return np.asarray(np.clip(np.floor(shares * length), 0, length - 1), np.int64)


def _edges(positions: Floats, *, alone_mm: float) -> Floats:
    """Return the edges of planes at ascending positions; of a single one ``alone_mm`` apart."""
    if len(positions) == 1:
        return np.array([-alone_mm / 2, alone_mm / 2])
    gaps = np.diff(positions)
    if not (gaps > 0).all():
        # Planes that stand in no order along the normal (time points, say) are shown in theirs, evenly.
        positions = np.arange(len(positions), dtype=np.float64) * alone_mm
        gaps = np.diff(positions)
    inner = (positions[:-1] + positions[1:]) / 2
    return np.concatenate([[positions[0] - gaps[0] / 2], inner, [positions[-1] + gaps[-1] / 2]])
