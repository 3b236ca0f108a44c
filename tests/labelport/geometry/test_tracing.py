"""Outlines along the edges of pixels: filled again they are the mask, whatever the mask."""

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from labelport.geometry.rings import area, filled
from labelport.geometry.tracing import traced

MASKS = arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.integers(0, 1))


@settings(max_examples=150, deadline=None)
@given(MASKS)
def test_filled_again_every_mask_is_itself(mask: Any) -> None:
    outer, holes = traced(mask)
    assert filled([*outer, *holes], *mask.shape).onto(*mask.shape).tolist() == mask.tolist()
    assert sum(map(area, outer)) - sum(map(area, holes)) == mask.sum()


@settings(max_examples=60, deadline=None)
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


def parts(mask: Any, *, corners: bool) -> int:
    """Return how many connected parts there are, flooded one pixel after the other; ``corners`` connect as well."""
    left = {tuple(at) for at in np.argwhere(mask).tolist()}
    beside = [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1) if (y, x) != (0, 0) and (corners or 0 in (y, x))]
    count = 0
    while left:
        count += 1
        reached = [left.pop()]
        while reached:
            y, x = reached.pop()
            near = {(y + dy, x + dx) for dy, dx in beside} & left
            left -= near
            reached += near
    return count


@settings(max_examples=100, deadline=None)
@given(MASKS)
def test_there_is_a_ring_for_each_part_and_for_each_hole(mask: Any) -> None:
    outer, holes = traced(mask)
    assert len(outer) == parts(mask, corners=False)
    assert len(holes) == parts(np.pad(mask, 1) == 0, corners=True) - 1, "but for what is around"


@settings(max_examples=60, deadline=None)
@given(MASKS)
def test_rings_are_good_polygons_that_run_clockwise_around_shapes_and_back_around_holes(mask: Any) -> None:
    outer, holes = traced(mask)
    for rings, clockwise in ((outer, True), (holes, False)):
        for ring in rings:
            # y runs down: what shapely sees as counter-clockwise is clockwise to the eye.
            assert shapely.LinearRing(ring).is_ccw == clockwise
            assert shapely.Polygon(ring).buffer(0).area == area(ring)
        first = [min(ring.tolist(), key=lambda at: (at[1], at[0])) for ring in rings]
        assert first == sorted(first, key=lambda at: (at[1], at[0]))


def test_whatever_is_not_zero_is_inside_and_the_mask_stays_as_it_was() -> None:
    mask = np.array([[0, 255], [7, 0]], np.uint8)
    outer, _ = traced(mask)
    assert len(outer) == 2
    assert mask.tolist() == [[0, 255], [7, 0]]
    assert [ring.tolist() for ring in traced(mask.astype(bool))[0]] == [ring.tolist() for ring in outer]
