"""Contours of structures: filled again at the centres of pixels they are the voxels, wherever the planes lie."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pydicom.valuerep import is_valid_ds

from labelport.annotations.formats.rtstruct.written_contours import contours_of, decimal_strings, is_exact
from labelport.geometry.stacks import Stack
from tests.labelport.annotations.formats.rtstruct.written_files import (
    any_stack,
    structure,
    volume,
    voxels,
    written_of,
)

MASKS = arrays(np.uint8, st.tuples(st.integers(1, 3), st.integers(1, 8), st.integers(1, 8)), elements=st.integers(0, 1))

FRAME = np.pad(
    np.pad(np.ones((1, 1, 1), np.uint8), ((0, 0), (1, 1), (1, 1))), ((0, 0), (1, 1), (1, 1)), constant_values=1
)
"""A ring, and an island in its hole."""


@pytest.mark.parametrize("holes", ["xor", "keyhole"])
@settings(max_examples=60, deadline=None)
@given(MASKS, st.integers(0, 1 << 20))
def test_no_voxel_is_lost_or_won_on_any_planes(holes: str, mask: Any, seed: int) -> None:
    image = volume(any_stack(seed, *mask.shape))
    made = written_of(image, structure("x", 1, mask), holes=holes)
    assert voxels(made, image).tolist() == mask.astype(bool).tolist()


@pytest.mark.parametrize("holes", ["xor", "keyhole"])
def test_a_noisy_slice_of_a_real_size_keeps_every_voxel(holes: Any) -> None:
    mask = np.random.default_rng(5).random((1, 60, 72)) < 0.6
    image = volume(any_stack(11, *mask.shape))
    assert np.array_equal(voxels(written_of(image, structure("x", 1, mask), holes=holes), image), mask)


def test_contours_are_exclusive_where_a_structure_has_a_hole_and_nowhere_else() -> None:
    planes = np.concatenate([FRAME, np.ones_like(FRAME)])
    apart = np.zeros_like(planes)
    apart[:, 0, 0] = apart[:, 2, 2] = 1
    made = written_of(
        volume(any_stack(1, *planes.shape)), structure("ring", 1, planes), structure("two rings", 2, apart)
    )
    kinds = [[each.ContourGeometricType for each in roi.ContourSequence] for roi in made.ROIContourSequence]
    assert kinds == [["CLOSEDPLANAR_XOR"] * 4, ["CLOSED_PLANAR"] * 4]


def test_with_cuts_nothing_is_exclusive_and_an_island_is_a_contour() -> None:
    made = written_of(volume(any_stack(1, *FRAME.shape)), structure("ring", 1, FRAME), holes="keyhole")
    contours = made.ROIContourSequence[0].ContourSequence
    assert [each.ContourGeometricType for each in contours] == ["CLOSED_PLANAR"] * 2
    assert [each.NumberOfContourPoints for each in contours] == [11, 4]


def test_contours_stand_by_plane_and_the_first_point_is_not_repeated() -> None:
    mask = np.ones((3, 2, 2), np.uint8)
    stack = any_stack(4, 3, 2, 2)
    found = contours_of(structure("x", 1, mask), stack, "xor").contours
    assert [(each.plane, each.points, each.text.count(b"\\")) for each in found] == [(0, 4, 11), (1, 4, 11), (2, 4, 11)]


def test_corners_of_pixels_lie_half_a_pixel_beside_their_centres() -> None:
    stack = Stack(np.array([[10.0, 20, 30]]), np.array([1.0, 0, 0]), np.array([0, 1.0, 0]), 2.0, 0.5, 4, 4)
    mask = np.zeros((1, 4, 4))
    mask[0, 1, 2] = 1
    (contour,) = contours_of(structure("x", 1, mask), stack, "xor").contours
    assert contour.text == b"10.75\\21\\30\\11.25\\21\\30\\11.25\\23\\30\\10.75\\23\\30"


NUMBERS = (
    st.floats(-99_999, 99_999) | st.floats(-1e-6, 1e-6) | st.integers(-90_000_000, 90_000_000).map(lambda n: n / 1000)
)


@settings(max_examples=200, deadline=None)
@given(st.lists(NUMBERS, min_size=1, max_size=6))
def test_decimals_have_sixteen_characters_and_err_by_less_than_a_billionth(numbers: list[float]) -> None:
    texts = decimal_strings(np.array(numbers)).decode().split("\\")
    for text, number in zip(texts, numbers, strict=True):
        assert is_valid_ds(text)
        assert len(text) <= 16
        assert abs(float(text) - number) <= 5.1e-10, "millimetres: of pixels of a micrometre that is a millionth"
        assert text == "0" or "." not in text or not text.endswith("0"), "as short as it can be"
        if number == round(number, 3) and number >= 1e-3:
            assert text == repr(number).removesuffix(".0")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (-12345.678901234, "-12345.678901234"),
        (-12345.67890123456, "-12345.678901235"),
        (999999.99999999999, "1000000"),
        (-99999.99999999999, "-100000"),
        (-9.9999999999999999, "-10"),
        (0.1 + 0.2, "0.3"),
        (-0.0, "0"),
        (-6.123233995736766e-17, "0"),
        (100.0, "100"),
        (1.0000000000004, "1.0000000000004"),
        (-1234567890123.44, "-1234567890123.4"),
        (-9999999999999.97, "-10000000000000"),
    ],
)
def test_decimals_are_the_shortest_that_fit(value: float, text: str) -> None:
    assert decimal_strings(np.array([value])) == text.encode()
    assert is_valid_ds(text)
    assert decimal_strings(np.array([0, value, 0])) == f"0\\{text}\\0".encode()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 1 << 20))
def test_planes_of_real_images_are_exact(seed: int) -> None:
    assert is_exact(any_stack(seed, 3, 512, 640))


def test_planes_absurdly_far_away_and_skewed_ones_are_not() -> None:
    across, down = np.array([1.0, 0, 0]), np.array([0, 1.0, 0])
    assert is_exact(Stack(np.array([[1e9, 0, 0]]), across, down, 0.5, 0.5, 9, 9))
    assert not is_exact(Stack(np.array([[1e15, 0, 0.3]]), across, down, 0.5, 0.5, 9, 9))
    assert not is_exact(Stack(np.array([[1e308, 1e308, 0]]), across, down, 0.5, 0.5, 9, 9))
    assert not is_exact(Stack(np.array([[0, 0, 3e13 + 0.02]]), across, down, 99.0, 99.0, 9, 9)), "off their plane"
    skewed = np.array([np.sin(0.01), np.cos(0.01), 0])
    assert is_exact(Stack(np.zeros((1, 3)), across, skewed, 1.0, 1.0, 9, 9))
    assert not is_exact(Stack(np.zeros((1, 3)), across, skewed, 1.0, 1.0, 90, 9))
