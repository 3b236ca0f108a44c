"""Each shape has the pixels that it has alone: ``test_rings`` judges these."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelport.geometry import batches
from labelport.geometry.batches import filled_each
from labelport.geometry.rings import RingFault, filled

HEIGHT, WIDTH = 9, 11

numbers = st.floats(-9, 24, allow_nan=False, width=32) | st.integers(-12, 40).map(lambda number: number / 2)
rings = st.lists(st.tuples(numbers, numbers), max_size=7).map(
    lambda points: np.array(points, np.float64).reshape(-1, 2)
)
shapes = st.lists(st.lists(rings, max_size=3), max_size=6)


def assert_as_alone(given_shapes: Any) -> None:
    found = filled_each(given_shapes, HEIGHT, WIDTH)
    assert len(found) == len(given_shapes)
    for patch, each in zip(found, given_shapes, strict=True):
        alone = filled(each, HEIGHT, WIDTH)
        assert (patch.top, patch.left, patch.mask.tolist()) == (alone.top, alone.left, alone.mask.tolist())


@given(shapes)
@settings(deadline=None, max_examples=80)
def test_shapes_together_have_the_pixels_that_they_have_alone(some: Any) -> None:
    assert_as_alone(some)


@pytest.mark.parametrize("name", ["POINTS_AT_ONCE", "PIXELS_AT_ONCE", "CROSSINGS_AT_ONCE"])
def test_many_shapes_are_drawn_a_part_at_a_time(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, name, 40)
    random = np.random.default_rng(3)
    assert_as_alone([[random.uniform(-2, 12, (5, 2))] for _ in range(30)])


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e300])
def test_a_number_of_no_image_is_a_fault(bad: float) -> None:
    good = np.array([[0, 0], [4, 0], [4, 4]], np.float64)
    with pytest.raises(RingFault):
        filled_each([[good], [np.array([[0, 0], [bad, 0], [4, 4]])]], HEIGHT, WIDTH)
