"""Judges are a plain loop over pixel centres, shapely (what lies inside of what), and the rule as it is written."""

import math
import time
from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from labelport.geometry import nesting
from labelport.geometry.nesting import Combined, Combining, combined
from labelport.geometry.rings import RingFault, filled

HEIGHT, WIDTH = 9, 11

Points = list[tuple[float, float]]

STAR: Points = [
    ((1.0 if number % 2 else 0.6) * math.cos(number * math.pi / 7), math.sin(number * math.pi / 7))
    for number in range(14)
]


def square(x0: float, y0: float, x1: float, y1: float) -> Points:
    return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]


def alone(ring: Points) -> Any:
    """The pixels of one outline: ``test_rings`` judges them."""
    return filled([np.array(ring)], HEIGHT, WIDTH).onto(HEIGHT, WIDTH).astype(bool)


def by_hand(ring: Points) -> Any:
    """The pixels whose centres are inside, one after the other."""
    points = [(Fraction(x), Fraction(y)) for x, y in ring]
    mask = np.zeros((HEIGHT, WIDTH), bool)
    for row in range(HEIGHT):
        for column in range(WIDTH):
            x, y = column + Fraction(1, 2), row + Fraction(1, 2)
            for (xa, ya), (xb, yb) in zip(points, [*points[1:], points[0]], strict=True):
                if (ya <= y) != (yb <= y) and xa + (y - ya) * (xb - xa) / (yb - ya) <= x:
                    mask[row, column] ^= True
    return mask


def is_inside(inner: Points, outer: Points) -> bool:
    one, other = shapely.Polygon(inner), shapely.Polygon(outer)
    return bool(other.contains(one)) and not other.equals(one)


def nested_by_hand(rings: Sequence[Points]) -> tuple[Any, bool]:
    """The innermost outlines around each pixel decide: it is filled where one of them is inside of an even number."""
    masks = [alone(ring) for ring in rings]
    outside_of = [[a for a in range(len(rings)) if is_inside(rings[b], rings[a])] for b in range(len(rings))]

    def depth(number: int) -> int:
        return max((depth(outer) + 1 for outer in outside_of[number]), default=0)

    whole = np.zeros((HEIGHT, WIDTH), bool)
    for row, column in np.ndindex(HEIGHT, WIDTH):
        around = [number for number, mask in enumerate(masks) if mask[row, column]]
        innermost = [a for a in around if not any(a in outside_of[b] for b in around)]
        whole[row, column] = any(depth(number) % 2 == 0 for number in innermost)
    in_part = any(
        (masks[a] & masks[b]).any() and a not in outside_of[b] and b not in outside_of[a]
        for a, b in combinations(range(len(rings)), 2)
    )
    return whole, in_part


def made_of(*rings: Points, rule: Combining = "nested") -> Combined:
    return combined([np.array(ring, np.float64) for ring in rings], HEIGHT, WIDTH, rule=rule)


def drawn(rings: Sequence[Points], rule: Combining = "nested") -> Any:
    return made_of(*rings, rule=rule).patch.onto(HEIGHT, WIDTH).astype(bool)


halves = st.integers(-4, 26).map(lambda number: number / 2)
corners = st.tuples(halves, halves)
squares = st.builds(
    lambda one, other: square(
        min(one[0], other[0]), min(one[1], other[1]), max(one[0], other[0]), max(one[1], other[1])
    ),
    corners,
    corners,
)
triangles = st.lists(corners, min_size=3, max_size=3)
convex = (squares | triangles).filter(lambda ring: shapely.Polygon(ring).area > 0)
rounds = (
    st.integers(1, 9)
    .map(lambda size: square(11 - size, 9 - size, 11 + size, 9 + size))
    .map(lambda ring: [(x / 2, y / 2) for x, y in ring])
)


@given(st.lists(convex | rounds, min_size=1, max_size=5))
@settings(deadline=None, max_examples=60)
def test_nested_outlines_are_holes_and_islands_and_others_are_united(rings: list[Points]) -> None:
    mask, in_part = nested_by_hand(rings)
    made = made_of(*rings)
    np.testing.assert_array_equal(made.patch.onto(HEIGHT, WIDTH), mask)
    assert made.overlapping == in_part


@given(st.lists(st.lists(corners, min_size=3, max_size=6), min_size=1, max_size=4))
@settings(deadline=None, max_examples=30)
def test_union_and_xor_are_those_of_the_single_outlines(rings: list[Points]) -> None:
    masks = [alone(ring) for ring in rings]
    np.testing.assert_array_equal(drawn(rings, "union"), np.logical_or.reduce(masks))
    np.testing.assert_array_equal(drawn(rings, "xor"), np.logical_xor.reduce(masks))


@pytest.mark.parametrize("seed", range(8))
def test_outlines_of_any_numbers_have_the_pixels_of_a_plain_loop(seed: int) -> None:
    random = np.random.default_rng(seed)
    whirls: list[Points] = [[(x, y) for x, y in random.uniform(-2, 12, (6, 2)).tolist()] for _ in range(3)]
    masks = [by_hand(ring) for ring in whirls]
    np.testing.assert_array_equal(drawn(whirls, "union"), np.logical_or.reduce(masks))
    np.testing.assert_array_equal(drawn(whirls, "xor"), np.logical_xor.reduce(masks))
    rings = [[(5 + size * x, 4 + size * y) for x, y in STAR] for size in random.uniform(0.2, 5, 4).tolist()]
    masks = [by_hand(ring) for ring in rings]
    np.testing.assert_array_equal(drawn(rings), np.logical_xor.reduce(masks))


@given(st.lists(convex | rounds, min_size=2, max_size=5), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=30)
def test_neither_order_nor_direction_matters(rings: list[Points], random: Any) -> None:
    turned = [ring[::-1] if random.random() < 0.5 else ring for ring in rings]
    random.shuffle(turned)
    np.testing.assert_array_equal(drawn(turned), drawn(rings))


def test_an_island_in_a_hole_is_filled() -> None:
    deep = [square(n, n, 9 - n, 9 - n) for n in range(4)]
    assert drawn(deep).sum() == 81 - 49 + 25 - 9


def test_a_hole_in_two_outlines_that_overlap_is_a_hole_of_both() -> None:
    made = made_of(square(0, 0, 6, 6), square(2, 0, 9, 6), square(3, 2, 5, 4))
    assert made.overlapping
    assert made.patch.mask.sum() == 54 - 4


def test_what_overlaps_a_hole_fills_its_part_of_it() -> None:
    made = made_of(square(0, 0, 6, 6), square(1, 1, 5, 5), square(3, 3, 9, 5))
    assert made.overlapping
    assert made.patch.mask.sum() == 36 - 16 + 4 + 6


def test_an_outline_that_is_drawn_twice_is_filled_once() -> None:
    for twice in (square(1, 1, 5, 5), [(1.001, 1), (5, 1.002), (5.001, 5), (1, 4.999)]):
        made = made_of(square(1, 1, 5, 5), twice)
        assert made.overlapping
        assert made.patch.mask.sum() == 16


def test_a_hole_that_touches_its_outline_is_a_hole() -> None:
    made = made_of(square(1, 1, 7, 7), square(1.0004, 2, 4, 5))
    assert not made.overlapping
    assert made.patch.mask.sum() == 36 - 9


def test_an_outline_that_reaches_out_of_another_between_pixels_is_no_hole() -> None:
    made = made_of(square(1, 1, 7, 7), square(2, 2, 7.3, 5))
    assert made.overlapping
    assert made.patch.mask.sum() == 36


def test_neighbours_that_share_an_edge_do_not_overlap() -> None:
    made = made_of(square(1, 1, 4, 7), square(4, 1, 7, 7))
    assert not made.overlapping
    assert made.patch.mask.sum() == 36


def test_outlines_outside_of_the_plane_are_nothing() -> None:
    far = [square(50, 50, 60, 60), square(52, 52, 58, 58)]
    for rule in ("nested", "union", "xor"):
        assert not drawn(far, rule).any()
    assert not drawn([]).any()


def test_of_too_many_overlaps_no_mask_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nesting, "MOST_PAIRS", 10)
    five = [square(n / 10, 0, 5 + n / 10, 5) for n in range(5)]
    assert made_of(*five).overlapping
    with pytest.raises(RingFault, match="overlap on one plane"):
        made_of(*five, square(1, 1, 6, 6))


def test_beyond_so_many_points_the_pixels_alone_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    outer, reaching_out = square(1, 1, 7, 7), square(2, 2, 7.3, 5)
    assert made_of(outer, reaching_out).overlapping
    monkeypatch.setattr(nesting, "MOST_DISTANCES", 15)
    assert made_of(outer, reaching_out).patch.mask.sum() == 36 - 15
    assert made_of(outer, outer).patch.mask.sum() == 36


def test_a_thousand_holes_take_a_moment() -> None:
    holes = [square(x, y, x + 1, y + 1) for x in range(1, 120, 3) for y in range(1, 80, 3)]
    began = time.perf_counter()
    made = combined([np.array(ring) for ring in (square(0, 0, 200, 200), *holes)], 200, 200)
    assert time.perf_counter() - began < 10
    assert not made.overlapping
    assert made.patch.mask.sum() == 200 * 200 - len(holes)
