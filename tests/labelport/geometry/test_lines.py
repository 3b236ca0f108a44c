"""Lines one pixel wide."""

import math
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelport.geometry.lines import drawn
from labelport.geometry.rings import RingFault

SIXTEENTHS = st.integers(-48, 192).map(lambda number: number / 16)
"""Exact, so that moving all points by whole pixels moves the line."""

PLACES = st.lists(st.tuples(SIXTEENTHS, SIXTEENTHS), min_size=1, max_size=5)


def shown(points: Any, height: int = 6, width: int = 8) -> Any:
    return drawn(points, height, width).onto(height, width)


@pytest.mark.parametrize(("point", "pixel"), [((2.5, 1.5), (1, 2)), ((2.0, 1.0), (1, 2)), ((2.99, 1.0), (1, 2))])
def test_a_point_is_the_pixel_that_holds_it(point: tuple[float, float], pixel: tuple[int, int]) -> None:
    assert np.argwhere(shown([point])).tolist() == [list(pixel)]


def test_a_line_has_as_many_pixels_as_its_longer_side() -> None:
    assert shown([[0.5, 0.5], [7.5, 3.5]]).sum() == 8
    assert shown([[0.5, 0.5], [0.5, 5.5]]).sum() == 6
    assert shown([[1.5, 1.5], [1.5, 1.5]]).sum() == 1


@settings(max_examples=100, deadline=None)
@given(PLACES)
def test_each_point_is_on_its_line_and_each_pixel_touches_the_next(points: Any) -> None:
    whole = drawn(np.array(points) + 4, 20, 20).onto(20, 20)
    for x, y in np.floor(np.array(points) + 4).astype(int).tolist():
        assert whole[y, x] == 1
    left = {tuple(at) for at in np.argwhere(whole).tolist()}
    reached = [left.pop()]
    while reached:
        row, column = reached.pop()
        near = {(row + down, column + right) for down in (-1, 0, 1) for right in (-1, 0, 1)} & left
        left -= near
        reached += near
    assert not left


@settings(max_examples=100, deadline=None)
@given(PLACES)
def test_what_lies_outside_is_left_out(points: Any) -> None:
    far = drawn(np.array(points) + 4, 30, 30).onto(30, 30)
    assert (shown(points) == far[4:10, 4:12]).all()


@pytest.mark.parametrize("points", [[[np.nan, 0]], [[0, np.inf]], [[0, 1e300], [0, 0]], [[0, 0], [2.0**39, 0]]])
def test_coordinates_that_are_none_and_endless_lines_are_refused(points: Any) -> None:
    with pytest.raises(RingFault):
        drawn(points, 5, 5)


def test_nothing_is_no_pixel() -> None:
    assert shown(np.zeros((0, 2))).sum() == 0
    assert shown([[-5, -5]]).sum() == 0


def by_hand(points: Any, height: int, width: int) -> Any:
    """One step after the other, with exact fractions; half a pixel goes right, or down."""
    pixels = [(math.floor(x), math.floor(y)) for x, y in points]
    passed = pixels[:]
    for (xa, ya), (xb, yb) in pairwise(pixels):
        count = max(abs(xb - xa), abs(yb - ya))
        for step in range(count):
            share = Fraction(step, count)
            passed.append(
                (
                    math.floor(xa + share * (xb - xa) + Fraction(1, 2)),
                    math.floor(ya + share * (yb - ya) + Fraction(1, 2)),
                )
            )
    mask = np.zeros((height, width), np.uint8)
    for x, y in passed:
        if 0 <= x < width and 0 <= y < height:
            mask[y, x] = 1
    return mask


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(-30, 60), st.integers(-30, 60)), min_size=1, max_size=5))
def test_the_pixels_are_those_of_exact_steps(points: Any) -> None:
    given_points = np.array(points) + 0.25
    assert (shown(given_points, 50, 40) == by_hand(given_points, 50, 40)).all()


def test_half_a_pixel_goes_down_wherever_it_comes_along_the_line() -> None:
    # 22 steps, 11 down: each second one lands between two pixels, where floats would go up at some.
    rows = np.argwhere(shown([[0.5, 0.5], [22.5, 11.5]], 12, 23).T)[:, 1]
    assert rows.tolist() == [(column + 1) // 2 for column in range(23)]


@settings(max_examples=60, deadline=None)
@given(PLACES, st.integers(0, 9), st.integers(0, 9))
def test_moved_by_whole_pixels_a_line_has_the_same_pixels(points: Any, right: int, down: int) -> None:
    at_rest = np.array(points) + 4
    moved = shown(at_rest + np.array([right, down]), 40, 40)
    assert (moved[down:, right:][:20, :20] == shown(at_rest, 20, 20)).all()


def test_arguments_stay_as_they_were() -> None:
    points = np.array([[0.5, 0.5], [7.5, 3.5]])
    shown(points)
    assert points.tolist() == [[0.5, 0.5], [7.5, 3.5]]
