"""Holes joined by cuts: the same pixels, in rings that need no other ring."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from shapely.geometry import Polygon

from labelport.geometry.keyhole import joined
from labelport.geometry.rings import Ring, filled
from labelport.geometry.tracing import traced

MASKS = arrays(np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12)), elements=st.integers(0, 1))


def noise(seed: int, size: int, share: float) -> Any:
    return (np.random.default_rng(seed).random((size, size)) < share).astype(np.uint8)


def crossings_by_hand(ring: Ring, height: int, width: int) -> Any:
    """Return the mask of one ring: a ray to the left from each centre, edge by edge."""
    mask = np.zeros((height, width), np.uint8)
    for (xa, ya), (xb, yb) in zip(ring.tolist(), np.roll(ring, -1, axis=0).tolist(), strict=True):
        if xa == xb:
            for y in range(int(min(ya, yb)), int(max(ya, yb))):
                mask[y, int(xa) :] ^= 1
    return mask


def together(rings: list[Ring], height: int, width: int) -> Any:
    """Return how many rings cover each pixel."""
    masks = [crossings_by_hand(ring, height, width) for ring in rings]
    return np.sum([np.zeros((height, width), int), *masks], axis=0)


@settings(max_examples=200, deadline=None)
@given(MASKS)
def test_each_ring_alone_is_a_piece_of_the_mask(mask: Any) -> None:
    outer, holes = traced(mask)
    rings = joined(outer, holes)
    assert len(rings) == len(outer)
    assert together(rings, *mask.shape).tolist() == mask.tolist(), "united or exclusive, it is the same"
    assert filled(rings, *mask.shape).onto(*mask.shape).tolist() == mask.tolist()


@settings(max_examples=100, deadline=None)
@given(MASKS)
def test_a_cut_runs_through_the_shape_and_meets_no_other_cut(mask: Any) -> None:
    outer, holes = traced(mask)
    sides: dict[Any, int] = {}
    for ring in joined(outer, holes):
        for a, b in zip(ring.tolist(), np.roll(ring, -1, axis=0).tolist(), strict=True):
            assert (a[0] == b[0]) != (a[1] == b[1]), "along pixel edges, and nowhere standing still"
            sides[frozenset([tuple(a), tuple(b)])] = sides.get(frozenset([tuple(a), tuple(b)]), 0) + 1
    cuts = [sorted(side) for side, times in sides.items() if times > 1]
    assert len(cuts) == len(holes), "a line there and back for each hole"
    for (xa, y), (xb, yb) in cuts:
        assert y == yb
        assert mask[int(y) - 1 : int(y) + 1, int(xa) : int(xb)].all(), "inside on both sides"
    places = [(y, x) for (xa, y), (xb, _) in cuts for x in range(int(xa), int(xb))]
    assert len(places) == len(set(places))


def test_without_holes_nothing_is_cut() -> None:
    outer, holes = traced(np.eye(3))
    assert [ring.tolist() for ring in joined(outer, holes)] == [ring.tolist() for ring in outer]
    assert joined([], []) == []


def test_an_island_in_a_hole_stays_a_ring_and_its_own_hole_is_cut_to_it() -> None:
    mask = np.ones((11, 11), np.uint8)
    mask[1:10, 1:10] = 0
    mask[3:8, 3:8] = 1
    mask[5, 5] = 0
    first, second = joined(*traced(mask))
    assert crossings_by_hand(first, 11, 11).tolist() == (mask - np.pad(mask[3:8, 3:8], 3)).tolist()
    assert crossings_by_hand(second, 11, 11).tolist() == np.pad(mask[3:8, 3:8], 3).tolist()


def test_frames_above_each_other_have_cuts_of_their_own() -> None:
    frame = np.pad(np.zeros((1, 1)), 1, constant_values=1)
    rings = joined(*traced(np.concatenate([frame, np.zeros((1, 3)), frame])))
    first, second = ([[int(number) for number in point] for point in ring.tolist()] for ring in rings)
    assert first == [[0, 0], [3, 0], [3, 3], [0, 3], [0, 1], [1, 1], [1, 2], [2, 2], [2, 1], [1, 1], [0, 1]]
    assert second == [[x, y + 4] for x, y in first]


def test_holes_in_a_row_hang_on_each_other() -> None:
    mask = np.ones((3, 5001), np.uint8)
    mask[1, 1::2] = 0
    (ring,) = joined(*traced(mask))
    assert crossings_by_hand(ring, *mask.shape).tolist() == mask.tolist()


def test_several_cuts_meet_one_edge() -> None:
    mask = np.ones((9, 9), np.uint8)
    mask[1:8:3, 4] = 0
    (ring,) = joined(*traced(mask))
    assert crossings_by_hand(ring, *mask.shape).tolist() == mask.tolist()
    assert [y for x, y in ring.tolist() if x == 0] == [0, 9, 7, 7, 4, 4, 1, 1]


@pytest.mark.parametrize("share", [0.4, 0.6, 0.9])
def test_noise_of_a_whole_slice_keeps_every_pixel(share: float) -> None:
    mask = noise(7, 256, share)
    rings = joined(*traced(mask))
    assert np.array_equal(filled(rings, *mask.shape).onto(*mask.shape), mask)


def test_holes_are_taken_off_the_area_that_another_library_finds() -> None:
    mask = noise(3, 40, 0.8)
    for ring in joined(*traced(mask)):
        assert Polygon(ring).area == crossings_by_hand(ring, *mask.shape).sum()
