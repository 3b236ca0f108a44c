"""Voxels of a volume as patches of its classes, a plane at a time."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from labelport.annotations.formats.nifti.channels import Order
from labelport.annotations.formats.nifti.header import Header
from labelport.annotations.formats.nifti.inflating import Bytes
from labelport.annotations.formats.nifti.label_list import Label
from labelport.annotations.formats.nifti.packed import Packed
from labelport.annotations.volumes.structures import cropped
from labelport.geometry.rings import Patch

NEAR = 1e-3
"""What a real number may differ by from the whole one that it stands for."""

MOST_UNKNOWN = 1 << 16
"""Different numbers without a label; a volume of more is a picture."""

LARGE = 1 << 20
"""Voxels of a plane from which on its numbers are looked for one by one: sorting places takes fifty bytes a voxel."""

_GREATEST = 2.0**62

Voxels = np.ndarray[Any, Any]


class NotLabels(Exception):
    """Voxels are no labels; the text says why."""


@dataclass(frozen=True)
class Classes:
    """What the voxels of a volume are."""

    patches: Sequence[Packed]
    """Of each label in the order of the list, by plane along the third axis of space."""

    unknown: Counter[int] = field(default_factory=Counter)
    """Voxels of numbers that no label has."""

    inside: int = 1
    """One-hot: the number of voxels that are inside, where it is not 1 in all channels."""


def classes_of_index(voxels: Bytes, header: Header, order: Order, labels: Sequence[Label]) -> Classes:
    """Return the classes of a volume of numbers. Raises ``NotLabels``, and what ``Bytes.take`` raises."""
    packed = {label.id: Packed() for label in labels}
    unknown: Counter[int] = Counter()
    for _, z, plane in order.planes(voxels, header.dtype):
        for number, patch in _patches(whole_numbers(plane, header.scale)):
            if number in packed:
                packed[number].add(z, patch)
            else:
                unknown[number] += int(patch.mask.sum())
        if len(unknown) > MOST_UNKNOWN:
            raise NotLabels(f"it has more than {MOST_UNKNOWN:,} numbers that no label has")
    return Classes(list(packed.values()), unknown)


def classes_of_onehot(voxels: Bytes, header: Header, order: Order) -> Classes:
    """Return the classes of a volume of channels. Raises ``NotLabels``, and what ``Bytes.take`` raises."""
    packed = [Packed() for _ in range(order.channels)]
    inside = [0] * order.channels
    for channel, z, plane in order.planes(voxels, header.dtype):
        numbers = whole_numbers(plane, header.scale)
        high = int(numbers.max())
        if high == 0 and not numbers.any():
            continue
        low = int(numbers[numbers != 0].min())
        if low != high or low < 0 or inside[channel] not in (0, low):
            raise NotLabels(f"channel {channel} has other numbers than 0 and one more")
        inside[channel] = low
        patch = cropped(numbers)
        if patch is not None:
            packed[channel].add(z, patch)
    return Classes(packed, inside=next((each for each in inside if each > 1), 1))


def whole_numbers(plane: Voxels, scale: tuple[float, float] | None) -> Voxels:
    """Return the whole numbers of a plane. Raises ``NotLabels`` where one is not near enough to any."""
    native = plane.astype(plane.dtype.newbyteorder("="), copy=False)
    if scale is None and native.dtype.kind in "iu":
        return native
    if scale is None and not native.any():
        return np.zeros(native.shape, np.uint8)
    real = native.astype(np.float64)
    with np.errstate(all="ignore"):
        if scale is not None:
            real *= scale[0]
            real += scale[1]
        rounded = np.rint(real)
        real -= rounded
        near = np.abs(real, out=real) <= NEAR  # false also for what is no number, or without end
        if not near.all() or np.abs(rounded).max() > _GREATEST:
            raise NotLabels(f"{int(near.size - near.sum()):,} voxels of a plane are no whole numbers")
    return rounded.astype(np.int64)


def _patches(numbers: Voxels) -> Iterator[tuple[int, Patch]]:
    """Yield each number of a plane but 0 with its pixels, ascending."""
    if numbers.size > LARGE:
        for number in _numbers_of(numbers):
            patch = cropped(numbers == number)
            if patch is not None:
                yield number, patch
        return
    flat = numbers.ravel()
    places = np.flatnonzero(flat)
    if not len(places):
        return
    values = flat[places]
    order = np.argsort(values, kind="stable")
    values, places = values[order], places[order]
    starts = np.flatnonzero(np.concatenate([[True], values[1:] != values[:-1]]))
    for start, end in zip(starts.tolist(), [*starts[1:].tolist(), len(values)], strict=True):
        yield int(values[start]), _patch(places[start:end], numbers.shape[1])


def _numbers_of(numbers: Voxels) -> list[int]:
    """Return the numbers of a large plane but 0, ascending: a part of it is sorted at a time."""
    flat = numbers.ravel()
    found: set[int] = set()
    for start in range(0, len(flat), LARGE):
        found.update(np.unique(flat[start : start + LARGE]).tolist())
    return sorted(found - {0})


def _patch(places: Any, columns: int) -> Patch:
    """Return the box of pixels at places of a flat plane, ascending."""
    rows, across = np.divmod(places, columns)
    top, left = int(rows[0]), int(across.min())
    mask = np.zeros((int(rows[-1]) - top + 1, int(across.max()) - left + 1), np.uint8)
    mask[rows - top, across - left] = 1
    return Patch(top, left, mask)
