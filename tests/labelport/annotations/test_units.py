import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from labelport.annotations.units import decide_unit

SHARES = [[0.1, 0.2, 0.5, 0.9], [0, 0, 1, 0.25], [0.3, 0.3, 0.4, 0.4]]


def unit(boxes: list[list[float]], option: str = "auto", sizes: list[list[float]] | None = None) -> str | None:
    limits = None if sizes is None else np.array(sizes, float)
    return decide_unit(np.array(boxes, float).reshape(-1, 4), option, limits).unit  # type: ignore[arg-type]


def test_coordinates_from_0_to_1_with_a_fraction_are_shares() -> None:
    assert unit(SHARES) == "normalised"
    assert unit([[0, 0, 1, 1], [0, 0, 1, 0.5]]) == "normalised"


def test_a_coordinate_above_one_and_a_half_says_pixels() -> None:
    assert unit([[0, 0, 1, 1], [0, 0, 2, 1]]) == "pixel"
    assert unit([[0.25, 0.5, 1.75, 1.5]]) == "pixel"


def test_whole_numbers_of_0_and_1_may_be_both() -> None:
    assert unit([[0, 0, 1, 1]]) is None
    assert unit([[0, 0, 1, 1]], "yes") == "normalised"
    assert unit([[0, 0, 1, 1]], "no") == "pixel"


def test_some_boxes_of_many_may_reach_outside_of_the_image() -> None:
    assert unit([*SHARES, [0.9, 0.5, 1.2, 0.6]]) == "normalised"
    assert unit([*SHARES, [-0.2, 0.5, 0.2, 0.6]]) == "normalised"
    assert unit([[0.9, 0.5, 1.2, 0.6]]) is None


def test_shares_with_pixels_among_them_are_not_taken_for_pixels() -> None:
    assert unit([*SHARES, [10, 20, 30, 40]]) is None
    assert unit([SHARES[0], [10, 20, 30, 40]]) == "pixel"


def test_half_a_pixel_outside_is_no_evidence_where_the_size_is_known() -> None:
    outside = [[0.9, 0.5, 1.004, 0.6]]
    assert unit(outside) is None
    assert unit(outside, sizes=[[100, 80]]) == "normalised"
    assert unit(outside, sizes=[[float("nan"), float("nan")]]) is None


def test_no_boxes_are_pixels() -> None:
    made = decide_unit(np.zeros((0, 4)))
    assert made.unit == "pixel"
    assert np.isnan(made.low)
    assert np.isnan(made.high)


def test_the_evidence_has_the_extremes_and_the_images_that_fit() -> None:
    made = decide_unit(np.array([[2.0, 3, 40, 50], [1, 1, 200, 20]]), limits=np.array([[100, 80], [100, 80]], float))
    assert (made.low, made.high) == (1, 200)
    assert made.why == "coordinates go from 1 to 200; 1 of 2 boxes whose image is known fit it in pixels"


@settings(max_examples=100, deadline=None)
@given(arrays(float, st.tuples(st.integers(0, 6), st.just(4)), elements=st.floats()))
def test_the_order_of_rows_and_what_is_not_finite_change_nothing(boxes: np.ndarray) -> None:
    made = decide_unit(boxes)
    assert decide_unit(boxes[::-1]).unit == made.unit
    more = np.concatenate([boxes, np.full((3, 4), np.nan), np.full((3, 4), np.inf)])
    assert decide_unit(more).unit == made.unit


@pytest.mark.parametrize("scale", [2, 640, 1e6])
def test_pixels_of_any_image_larger_than_one_pixel_are_pixels(scale: float) -> None:
    assert unit([[0, 0, scale, scale]]) == "pixel"
