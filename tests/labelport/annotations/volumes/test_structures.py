"""Boxes of voxels against whole arrays."""

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from labelport.annotations.volumes.structures import Structure, cropped, exclusive, overlap, united
from labelport.geometry.rings import Patch

SIZE = (6, 8)
MASKS = arrays(np.uint8, SIZE, elements=st.sampled_from([0, 0, 0, 1]))
SEVERAL = st.lists(MASKS, max_size=4)


def boxed(mask: Any) -> Patch:
    return cropped(mask) or Patch(3, 2, np.zeros((0, 0), np.uint8))


@given(MASKS)
@settings(deadline=None, max_examples=60)
def test_a_cropped_mask_is_as_small_as_can_be_and_the_same(mask: Any) -> None:
    patch = cropped(mask)
    if patch is None:
        assert not mask.any()
        return
    assert (patch.onto(*SIZE) == mask).all()
    assert all(side.any() for side in (patch.mask[0], patch.mask[-1], patch.mask[:, 0], patch.mask[:, -1]))
    assert patch.mask.dtype == np.uint8
    moved = cropped(mask, top=10, left=20)
    assert moved is not None
    assert (moved.top - patch.top, moved.left - patch.left) == (10, 20)


def test_whatever_is_not_zero_is_inside() -> None:
    patch = cropped(np.array([[0.0, 0.5], [0.0, 255.0]]))
    assert patch is not None
    assert patch.mask.tolist() == [[1], [1]]
    assert cropped(np.zeros((0, 5))) is None


@given(SEVERAL)
@settings(deadline=None, max_examples=60)
def test_united_is_any_and_exclusive_is_an_odd_number(masks: list[Any]) -> None:
    whole = np.array([*masks, np.zeros(SIZE, np.uint8)])
    before = [boxed(mask) for mask in masks]
    assert (united(before).onto(*SIZE) == whole.max(axis=0)).all()
    assert (exclusive(before).onto(*SIZE) == whole.sum(axis=0) % 2).all()
    assert all((patch.onto(*SIZE) == mask).all() for patch, mask in zip(before, masks, strict=True) if mask.any())


def test_of_one_patch_the_union_is_another_array() -> None:
    patch = boxed(np.ones(SIZE, np.uint8))
    united([patch]).mask[:] = 0
    assert patch.mask.all()


@given(st.lists(st.lists(MASKS, min_size=2, max_size=2), max_size=4))
@settings(deadline=None, max_examples=60)
def test_overlap_counts_the_voxels_of_more_than_one(volumes: list[Any]) -> None:
    structures = [
        Structure(str(number), str(number), {plane: boxed(mask) for plane, mask in enumerate(volume) if mask.any()})
        for number, volume in enumerate(volumes)
    ]
    whole = np.array(volumes).reshape(-1, 2, *SIZE)
    assert overlap(structures) == int((whole.sum(axis=0, dtype=int) > 1).sum())
    assert [each.voxels for each in structures] == [int(volume.sum()) for volume in whole]


def test_more_than_255_structures_on_a_voxel_are_counted() -> None:
    patch = boxed(np.ones(SIZE, np.uint8))
    assert overlap([Structure("same", str(number), {0: patch}) for number in range(257)]) == SIZE[0] * SIZE[1]
