"""Patches of one class by plane, held compressed: a volume of gigabytes can lie in a file of megabytes."""

import zlib
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from labelport.annotations.volumes.structures import cropped
from labelport.geometry.affines import Shape, Turn
from labelport.geometry.rings import Mask, Patch

MOST_HELD = 1 << 26
"""Voxels that are held, a byte each, while a class is cut along another axis."""


class _Packed(NamedTuple):
    top: int
    left: int
    rows: int
    columns: int
    bits: bytes
    """Deflated, eight pixels a byte."""


class Packed(Mapping[int, Patch]):
    """Patches by plane; each is unpacked when it is asked for."""

    def __init__(self) -> None:
        self._boxes: dict[int, _Packed] = {}

    def add(self, plane: int, patch: Patch) -> None:
        """Add the patch of a plane."""
        rows, columns = patch.mask.shape
        bits = zlib.compress(np.packbits(patch.mask).tobytes(), 1)
        self._boxes[plane] = _Packed(patch.top, patch.left, rows, columns, bits)

    def __getitem__(self, plane: int) -> Patch:
        packed = self._boxes[plane]
        bits = np.frombuffer(zlib.decompress(packed.bits), np.uint8)
        mask = np.unpackbits(bits, count=packed.rows * packed.columns).reshape(packed.rows, packed.columns)
        return Patch(packed.top, packed.left, mask)

    def __iter__(self) -> Iterator[int]:
        return iter(self._boxes)

    def __len__(self) -> int:
        return len(self._boxes)

    def turned(self, turn: Turn, shape: Shape) -> "Packed":
        """Return the same voxels on the planes of a turned grid; ``shape`` is x, y, z of this one."""
        if turn.is_none or not self:
            return self
        made = Packed()
        for plane, patch in sorted(self._along_third(turn, shape) if turn.axes[2] == 2 else self._across(turn, shape)):
            made.add(plane, patch)
        return made

    def _along_third(self, turn: Turn, shape: Shape) -> Iterator[tuple[int, Patch]]:
        """Yield the patches of planes that stay planes."""
        for plane, patch in self.items():
            yield _placed(plane, patch.mask.T, (patch.left, patch.top), turn, shape)

    def _across(self, turn: Turn, shape: Shape) -> Iterator[tuple[int, Patch]]:
        """Yield patches of planes along x or y of this grid: some planes at a time are filled from all of this one."""
        along = turn.axes[2]
        boxes = self._boxes.values()
        low = (min(box.left for box in boxes), min(box.top for box in boxes), min(self))
        high = (
            max(box.left + box.columns for box in boxes),
            max(box.top + box.rows for box in boxes),
            max(self) + 1,
        )
        rest = 1 - along
        step = max(1, MOST_HELD // ((high[rest] - low[rest]) * (high[2] - low[2])))
        for start in range(low[along], high[along], step):
            end = min(start + step, high[along])
            block = self._block(along, start, end, low, high)
            for place in range(end - start):
                flat = block[place]
                if flat.any():
                    yield _placed(start + place, flat, (low[rest], low[2]), turn, shape)

    def _block(self, along: int, start: int, end: int, low: Shape, high: Shape) -> Mask:
        """Return planes [start, end) along x or y: shape (planes, the other one, z), of the box only."""
        rest = 1 - along
        block = np.zeros((end - start, high[rest] - low[rest], high[2] - low[2]), np.uint8)
        for z, patch in self.items():
            mask, first = (patch.mask.T, patch.left) if along == 0 else (patch.mask, patch.top)
            other = (patch.top if along == 0 else patch.left) - low[rest]
            part = mask[max(start - first, 0) : max(end - first, 0)]
            to = max(first - start, 0)
            block[to : to + len(part), other : other + mask.shape[1], z - low[2]] = part
        return block


def _placed(place: int, flat: Mask, low: tuple[int, int], turn: Turn, shape: Shape) -> tuple[int, Patch]:
    """Return plane and patch of a turned grid.

    ``flat``: voxels at ``place`` along the axis of the given grid that becomes the planes, by its other two axes in
    their order; it begins at ``low`` of these.
    """
    column, row, plane = turn.axes
    others = [axis for axis in range(3) if axis != plane]
    starts = dict(zip(others, low, strict=True))
    lengths = dict(zip(others, flat.shape, strict=True))
    mask = flat if others == [row, column] else flat.T
    mask = mask[:: -1 if turn.flips[1] else 1, :: -1 if turn.flips[0] else 1]

    def first(axis: int, *, flip: bool) -> int:
        return shape[axis] - starts[axis] - lengths[axis] if flip else starts[axis]

    patch = cropped(mask, top=first(row, flip=turn.flips[1]), left=first(column, flip=turn.flips[0]))
    if patch is None:
        raise ValueError("a patch has no voxel")
    return shape[plane] - 1 - place if turn.flips[2] else place, patch
