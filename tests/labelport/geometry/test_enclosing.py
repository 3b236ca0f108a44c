"""The judge is shapely."""

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from labelport.geometry.enclosing import SAME, enclosed, near, within

numbers = st.floats(-9, 9, allow_nan=False, width=32)
points = st.lists(st.tuples(numbers, numbers), min_size=1, max_size=8).map(lambda found: np.array(found, np.float64))
rings = st.lists(st.tuples(numbers, numbers), min_size=3, max_size=8).map(lambda found: np.array(found, np.float64))

OUTER = np.array([[0, 0], [8, 0], [8, 8], [0, 8]], np.float64)


@given(points, rings.filter(lambda ring: shapely.Polygon(ring).is_valid))
@settings(deadline=None, max_examples=40)
def test_points_inside_and_outside_are_those_of_shapely(some: Any, ring: Any) -> None:
    polygon = shapely.Polygon(ring)
    distances = shapely.distance(polygon.exterior, shapely.points(some))
    clear = distances > 1e-6
    assert enclosed(some, ring)[clear].tolist() == shapely.contains_xy(polygon, some)[clear].tolist()


@given(points, rings)
@settings(deadline=None, max_examples=40)
def test_points_on_the_outline_are_those_of_shapely(some: Any, ring: Any) -> None:
    distances = shapely.distance(shapely.LinearRing(ring), shapely.points(some))
    clear = np.abs(distances - SAME) > 1e-6
    assert near(some, ring)[clear].tolist() == (distances <= SAME)[clear].tolist()


@pytest.mark.parametrize(
    ("moved", "holds"), [(0.0, True), (SAME / 2, True), (2 * SAME, False), (-1.0, True), (1.0, False)]
)
def test_an_outline_is_within_another_up_to_the_width_of_a_rounded_text(moved: float, holds: bool) -> None:
    assert within(np.array([[1, 1], [8 + moved, 1], [8 + moved, 5], [1, 5]]), OUTER) == holds


def test_outlines_on_each_other_are_within_each_other() -> None:
    assert within(OUTER, OUTER + SAME / 2)
    assert within(OUTER + SAME / 2, OUTER)


def test_an_outline_that_is_cut_into_by_the_other_is_not_within_it() -> None:
    notched = np.array([[0, 0], [8, 0], [8, 8], [4.1, 8], [4, 3], [3.9, 8], [0, 8]])
    assert not within(np.array([[2, 2], [6, 2], [6, 6], [2, 6]]), notched)
