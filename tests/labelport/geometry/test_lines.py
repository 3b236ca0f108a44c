"""Lines one pixel wide."""

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


@settings(max_examples=200, deadline=None)
@given(PLACES)
def test_each_point_is_on_its_line_and_each_pixel_touches_the_next(points: Any) -> None:
    whole = drawn(np.array(points) + 4, 20, 20).onto(20, 20)
    for x, y in np.floor(np.array(points) + 4).astype(int).tolist():
        assert whole[y, x] == 1
    at = np.argwhere(whole)
    reached = {tuple(at[0])}
    for _ in at:
        reached |= {tuple(each) for each in at for known in reached if np.abs(each - known).max() <= 1}
    assert len(reached) == len(at)


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
