"""The voxels of a volume, plane by plane: no volume is ever held whole."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from labelport.annotations.formats.nifti.written_header import UINT8, UINT16, UINT32
from labelport.annotations.volumes.gathering import Drawn
from labelport.annotations.volumes.structures import Structure, united
from labelport.geometry.rings import Patch

TYPES = {UINT8: "<u1", UINT16: "<u2", UINT32: "<u4"}


def classes_of(drawn: Drawn, class_of: Sequence[int | None]) -> dict[int, Structure]:
    """Return what is of each class that has a structure, by its position; structures of one class are united."""
    found: dict[int, list[Structure]] = {}
    for structure, category in zip(drawn.structures, drawn.categories, strict=True):
        position = class_of[category]
        if position is not None:
            found.setdefault(position, []).append(structure)
    return {position: _together(several) for position, several in sorted(found.items())}


def onehot(classes: Mapping[int, Structure], shape: tuple[int, int, int], channels: int) -> Iterator[bytes | None]:
    """Yield the planes of each channel: uint8, x fastest, then y, z, channel; null for one without voxels."""
    columns, rows, planes = shape
    for channel in range(channels):
        patches: Mapping[int, Patch] = classes[channel].patches if channel in classes else {}
        for plane in range(planes):
            patch = patches.get(plane)
            yield None if patch is None else patch.onto(rows, columns).tobytes()


def index(
    classes: Mapping[int, Structure], shape: tuple[int, int, int], ids: Sequence[int], dtype: str
) -> Iterator[bytes | None]:
    """Yield the planes: ids of classes, x fastest, then y, z; 0 where there is none, null for a plane without voxels.

    No two classes share a voxel.
    """
    columns, rows, planes = shape
    for plane in range(planes):
        here = [(ids[position], each.patches[plane]) for position, each in classes.items() if plane in each.patches]
        if not here:
            yield None
            continue
        whole = np.zeros((rows, columns), dtype)
        for number, patch in here:
            height, width = patch.mask.shape
            whole[patch.top : patch.top + height, patch.left : patch.left + width][patch.mask != 0] = number
        yield whole.tobytes()


def index_kind(ids: Sequence[int]) -> int:
    """Return the smallest type of voxels that holds all ids."""
    most = max(ids, default=0)
    return UINT8 if most <= 0xFF else UINT16 if most <= 0xFFFF else UINT32


def _together(structures: Sequence[Structure]) -> Structure:
    if len(structures) == 1:
        return structures[0]
    patches: dict[int, list[Patch]] = {}
    for each in structures:
        for plane, patch in each.patches.items():
            patches.setdefault(plane, []).append(patch)
    return Structure(
        structures[0].name,
        structures[0].number,
        {plane: united(several) for plane, several in sorted(patches.items())},
    )
