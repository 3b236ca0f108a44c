"""The grey ground of three slices: what was read of a volume, through one window, as pixels of pictures."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from labelport.annotations.structures_view.cuts import Crossing, Flags, size_of, voxels_at
from labelport.annotations.structures_view.layout import Layout
from labelport.annotations.structures_view.reading import Line, Lines, Values, Window
from labelport.annotations.structures_view.views import View
from labelport.tiles.picture import Pixels
from labelport.tiles.windowing import bytes_of, range_of, stretched, windowed


@dataclass(frozen=True)
class Ground:
    """What lies below the outlines of a view."""

    pixels: Pixels
    """Shape (height, width); black where there is no value, and outside of the planes of a tilted stack."""

    blank: Flags
    """Same shape: where no image was read."""


def grounds(layout: Layout, views: list[View], crossing: Crossing, lines: Lines) -> list[Ground]:
    """Return the ground of each view."""
    found = [_values(layout, view, crossing, lines) for view in views]
    shades = _Shades(lines)
    return [Ground(shades.of(values), blank) for values, blank in found]


class _Shades:
    """One way from values to greys for all views of a volume."""

    def __init__(self, lines: Lines) -> None:
        self._low, self._high = range_of(_sample(lines))
        self._window = _window(lines, self._low, self._high)

    def of(self, values: Values) -> Pixels:
        """Return values as 0 to 255; what is no number is black."""
        if self._window is None:
            return bytes_of(stretched(values, self._low, self._high))
        center, width, function = self._window
        return bytes_of(windowed(values, center=center, width=width, function=function))


def _sample(lines: Lines) -> Any:
    """Return all values that were read."""
    read = [each for each in (lines.planes or {}).values() if isinstance(each, Line)]
    parts = [part.ravel() for each in read for part in (each.row, each.column, each.whole) if part is not None]
    return np.concatenate(parts) if parts else np.zeros(0, np.float32)


def _window(lines: Lines, low: float, high: float) -> Window | None:
    """Return the window of the plane nearest to the middle that has one; null where it shows nothing of a range."""
    planes = lines.planes or {}
    middle = (min(planes) + max(planes)) / 2 if planes else 0
    for plane in sorted(planes, key=lambda each: (abs(each - middle), each)):
        line = planes[plane]
        if isinstance(line, Line) and line.window is not None:
            center, width, function = line.window
            try:
                ends = windowed(np.array([low, high]), center=center, width=width, function=function)
            except ValueError:
                return None
            return line.window if ends[0] != ends[1] else None
    return None


def _values(layout: Layout, view: View, crossing: Crossing, lines: Lines) -> tuple[Values, Flags]:
    """Return the values of a view's pixels, and which of them were not read."""
    size = size_of(layout, view)
    across, down = voxels_at(layout, view, size)
    if view.axis == 2:
        made, blank = _slice(layout, crossing.plane, lines, {view.across: across, view.down: down})
        upright = view.down == 1
    else:
        along_planes, along = (down, across) if view.down == 2 else (across, down)
        made, blank = _lines(layout, 1 - view.axis, lines, (along_planes, along))
        upright = view.down == 2
    return (made, blank) if upright else (made.T, blank.T)


def _slice(layout: Layout, plane: int, lines: Lines, at: dict[int, Any]) -> tuple[Values, Flags]:
    """Return the plane that is cut as a whole, shape (rows, columns) of pixels."""
    made = np.full((len(at[1]), len(at[0])), np.nan, np.float32)
    line = (lines.planes or {}).get(plane)
    if not isinstance(line, Line) or line.whole is None:
        return made, np.ones(made.shape, np.bool_)
    rows, columns = (_within(layout, plane, axis, at[axis], line.whole.shape[1 - axis]) for axis in (1, 0))
    made[np.ix_(rows >= 0, columns >= 0)] = line.whole[np.ix_(rows[rows >= 0], columns[columns >= 0])]
    return made, np.zeros(made.shape, np.bool_)


def _lines(layout: Layout, kept: int, lines: Lines, at: tuple[Any, Any]) -> tuple[Values, Flags]:
    """Return lines of planes side by side, shape (planes, ``kept`` axis) of pixels; planes between take the nearest."""
    along_planes, along = at
    made = np.full((len(along_planes), len(along)), np.nan, np.float32)
    blank = np.zeros(made.shape, np.bool_)
    read = np.array(sorted(lines.planes or {}), np.int64)
    for number, plane in enumerate(along_planes.tolist()):
        nearest = int(read[np.argmin(np.abs(read - plane))]) if len(read) else plane
        line = (lines.planes or {}).get(nearest)
        if not isinstance(line, Line):
            blank[number] = True
            continue
        values = line.row if kept == 0 else line.column
        if values is not None:
            places = _within(layout, nearest, kept, along, len(values))
            made[number, places >= 0] = values[places[places >= 0]]
    return made, blank


def _within(layout: Layout, plane: int, axis: int, voxels: Any, length: int) -> Any:
    """Return where voxels of the box lie among the ``length`` values of a plane's axis; -1 outside of it."""
    size = layout.sizes[axis] - int(layout.shifts[:, axis].max())
    own = voxels - int(layout.shifts[plane, axis])
    return np.where((own >= 0) & (own < size), own * length // size, -1)
