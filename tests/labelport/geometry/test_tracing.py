"""Outlines along the edges of pixels: filled again they are the mask, whatever the mask."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from labelport.geometry.rings import area, filled
from labelport.geometry.tracing import traced

MASKS = arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.integers(0, 1))


@settings(max_examples=300, deadline=None)
@given(MASKS)
def test_filled_again_every_mask_is_itself(mask: Any) -> None:
    outer, holes = traced(mask)
    assert filled([*outer, *holes], *mask.shape).onto(*mask.shape).tolist() == mask.tolist()
    assert sum(map(area, outer)) - sum(map(area, holes)) == mask.sum()


@settings(max_examples=100, deadline=None)
@given(MASKS)
def test_rings_have_corners_alone_and_whole_numbers(mask: Any) -> None:
    for ring in [ring for rings in traced(mask) for ring in rings]:
        assert (ring == np.round(ring)).all()
        steps = np.roll(ring, -1, axis=0) - ring
        assert ((steps == 0).sum(axis=1) == 1).all(), "each side runs along one axis"
        assert ((steps[:, 0] == 0) != (np.roll(steps, 1, axis=0)[:, 0] == 0)).all(), "and turns at each corner"


def test_pixels_that_touch_at_a_corner_are_two_shapes_and_holes_too() -> None:
    outer, holes = traced(np.eye(2, dtype=np.uint8))
    assert (len(outer), len(holes)) == (2, 0)
    outer, holes = traced(1 - np.pad(np.eye(2, dtype=np.uint8), 1))
    assert (len(outer), len(holes)) == (1, 1), "around, the two empty pixels are joined: the shape there is 4-connected"


@pytest.mark.parametrize(("shape", "rings"), [((0, 0), 0), ((3, 0), 0), ((1, 1), 1), ((2, 3), 1)])
def test_a_full_mask_is_one_box_and_an_empty_one_none(shape: tuple[int, int], rings: int) -> None:
    outer, holes = traced(np.ones(shape, np.uint8))
    assert (len(outer), holes) == (rings, [])
    assert traced(np.zeros(shape, np.uint8)) == ([], [])


def test_an_island_in_a_hole_is_a_ring_of_its_own() -> None:
    mask = np.ones((7, 7), np.uint8)
    mask[1:6, 1:6] = 0
    mask[3, 3] = 1
    outer, holes = traced(mask)
    assert [sorted({tuple(point) for point in ring.tolist()})[0] for ring in outer] == [(0, 0), (3, 3)]
    assert len(holes) == 1


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 1 << 30))
def test_noise_of_a_whole_slice_comes_back(seed: int) -> None:
    mask = np.random.default_rng(seed).integers(0, 2, (96, 80), np.uint8)
    outer, holes = traced(mask)
    assert (filled([*outer, *holes], *mask.shape).onto(*mask.shape) == mask).all()
