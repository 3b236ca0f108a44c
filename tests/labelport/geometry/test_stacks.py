"""Planes in the patient. Judges are nibabel's affines and the formula of the standard, point by point."""

from typing import Any

import nibabel
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelport.geometry.stacks import GeometryFault, Stack
from tests.labelport.annotations.volumes.folders import dicom_volume
from tests.needs import fixtures

nib: Any = nibabel
"""Untyped."""

LPS_RAS = np.array([-1, -1, 1])


def turned(seed: int) -> Any:
    """Return two directions at right angles, anywhere."""
    axes, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    return axes[:, 0], axes[:, 1]


def stack(seed: int = 0, *, step: Any = None, planes: int = 4, jitter: float = 0.0) -> Stack:
    """Return planes that lie obliquely; ``step`` along row, column and normal, millimetres."""
    along_row, along_column = turned(seed)
    axes = np.stack([along_row, along_column, np.cross(along_row, along_column)])
    steps = np.arange(planes)[:, None] * np.array([0, 0, 2.5] if step is None else step) @ axes
    steps[1:-1] += jitter * axes[2]
    return Stack(np.array([-20.5, 7, 103]) + steps, along_row, along_column, 0.7, 1.3, rows=9, columns=6)


SEEDS = st.integers(0, 1 << 16)
STEPS = st.sampled_from([[0, 0, 2.5], [0, 0.9, 2.5], [-1.1, 0.4, 3], [0, 0, -2]])
PLACES = st.lists(st.tuples(st.floats(-50, 50), st.floats(-50, 50)), min_size=1, max_size=5).map(np.array)


@given(SEEDS, STEPS, PLACES, st.integers(0, 3))
@settings(deadline=None, max_examples=60)
def test_there_and_back_a_pixel_is_itself_on_every_plane(seed: int, step: Any, places: Any, plane: int) -> None:
    one = stack(seed, step=step)
    assert one.pixels(one.points(places, plane), plane) == pytest.approx(places, abs=1e-9)


@given(SEEDS, STEPS, st.integers(0, 5), st.integers(0, 8), st.integers(0, 3))
@settings(deadline=None, max_examples=60)
def test_the_affine_leads_indices_to_the_centres_of_pixels(
    seed: int, step: Any, column: int, row: int, plane: int
) -> None:
    one = stack(seed, step=step)
    # PS3.3 C.7.6.2.1.1: spacing is (between rows, between columns), and directions are (of a row, of a column).
    by_hand = one.origins[plane] + one.along_row * 1.3 * column + one.along_column * 0.7 * row
    assert one.points(np.array([[column + 0.5, row + 0.5]]), plane)[0] == pytest.approx(by_hand, abs=1e-9)
    by_affine = nib.affines.apply_affine(one.affine(), [column, row, plane])
    assert by_affine * LPS_RAS == pytest.approx(by_hand, abs=1e-9)


def test_the_centre_of_the_first_pixel_is_half_a_pixel_from_the_edge() -> None:
    one = stack(3)
    assert one.pixels(one.origins[2:3], 2)[0] == pytest.approx([0.5, 0.5])
    assert one.points(np.array([[0.5, 0.5]]), 2)[0] == pytest.approx(one.origins[2])


def test_each_plane_has_its_own_position() -> None:
    tilted = stack(5, step=[0, 0.9, 2.5])
    moved = tilted.pixels(tilted.origins[:1], 1)[0]
    assert moved == pytest.approx([0.5, 0.5 - 0.9 / 0.7]), "a whole number of planes further it has slid along the rows"


def test_a_tilted_stack_has_its_step_for_a_third_axis_and_not_its_normal() -> None:
    tilted = stack(5, step=[0, 0.9, 2.5])
    affine: Any = tilted.affine()
    assert nib.affines.voxel_sizes(affine) == pytest.approx([1.3, 0.7, np.hypot(0.9, 2.5)])
    assert affine[:3, 2] @ affine[:3, 1] == pytest.approx(0.9 * 0.7)
    assert tilted.thickness_mm == pytest.approx(2.5)
    assert np.diff(tilted.positions) == pytest.approx([2.5] * 3)


def test_a_plain_stack_of_slices_runs_left_posterior_superior() -> None:
    one = Stack(np.array([[0, 0, z] for z in (-4.0, -1, 2)]), np.eye(3)[0], np.eye(3)[1], 2, 1, rows=5, columns=7)
    assert nib.aff2axcodes(one.affine()) == ("L", "P", "S")
    assert one.shape == (7, 5, 3)
    assert (one.planes, one.thickness_mm, one.pixel_mm2) == (3, 3.0, 2.0)
    assert one.normal.tolist() == [0, 0, 1]


@pytest.mark.parametrize(("jitter", "even"), [(0.0, True), (0.02, True), (0.03, False), (-1.0, False)])
def test_steps_that_differ_by_more_than_a_hundredth_have_no_affine(jitter: float, even: bool) -> None:
    assert (stack(1, jitter=jitter).affine() is not None) == even


def test_of_thin_planes_a_hundredth_of_a_millimetre_is_even() -> None:
    assert stack(1, step=[0, 0, 0.3], jitter=0.009).affine() is not None
    assert stack(1, step=[0, 0, 0.3], jitter=0.011).affine() is None


def test_a_single_plane_is_as_thick_as_its_rows_are_apart() -> None:
    one = stack(2, planes=1)
    assert nib.affines.voxel_sizes(one.affine()) == pytest.approx([1.3, 0.7, 0.7])
    assert one.thickness_mm == 0.0


@given(SEEDS, st.permutations([0, 1, 2]), st.lists(st.sampled_from([-1, 1]), min_size=3, max_size=3))
@settings(deadline=None, max_examples=40)
def test_an_affine_comes_back_from_its_planes(seed: int, order: list[int], signs: list[int]) -> None:
    chance = np.random.default_rng(seed)
    affine = np.eye(4)
    axes, _ = np.linalg.qr(np.eye(3) + chance.normal(0, 0.2, (3, 3)))
    affine[:3, :3] = axes[:, order] * np.array(signs) * chance.uniform(0.4, 4, 3)
    affine[:3, 3] = chance.uniform(-200, 200, 3)
    again: Any = Stack.of_affine(affine, (4, 5, 6)).affine()
    assert again == pytest.approx(affine, abs=1e-9)
    assert nib.aff2axcodes(again) == nib.aff2axcodes(affine)
    assert nib.affines.voxel_sizes(again) == pytest.approx(nib.affines.voxel_sizes(affine))


def test_planes_of_an_affine_lie_along_its_third_axis() -> None:
    affine = np.diag([2.0, 3.0, 5.0, 1.0])
    affine[:3, 3] = 10, 20, 30
    one = Stack.of_affine(affine, (4, 6, 8))
    assert one.shape == (4, 6, 8)
    assert (one.column_mm, one.row_mm) == (2.0, 3.0)
    assert one.origins[1].tolist() == [-10, -20, 35]


@pytest.mark.parametrize(("folder", "angled"), [("ct", False), ("ct_oblique", False), ("ct_tilted", True)])
def test_real_slices_lie_where_their_headers_say(folder: str, angled: bool) -> None:
    image = dicom_volume(fixtures("rtstruct", folder))
    affine: Any = image.stack.affine()
    assert affine is not None
    for plane, origin in enumerate(image.stack.origins):
        assert nib.affines.apply_affine(affine, [0, 0, plane]) * LPS_RAS == pytest.approx(origin, abs=0.01)
    axes = affine[:3, :3] / nib.affines.voxel_sizes(affine)
    assert bool(abs(axes[:, 2] @ axes[:, 1]) > 0.01) == angled


NO_PLANES = np.zeros((0, 3))
ONE_PLANE = np.zeros((1, 3))
X, Y = np.eye(3)[:2]


@pytest.mark.parametrize(
    ("origins", "along_row", "along_column", "spacing", "size"),
    [
        (NO_PLANES, X, Y, (1, 1), (2, 2)),
        (ONE_PLANE * np.nan, X, Y, (1, 1), (2, 2)),
        (ONE_PLANE, X + np.inf, Y, (1, 1), (2, 2)),
        (ONE_PLANE, X, X, (1, 1), (2, 2)),
        (ONE_PLANE, X, X * 0, (1, 1), (2, 2)),
        (ONE_PLANE, X, Y, (0, 1), (2, 2)),
        (ONE_PLANE, X, Y, (1, -1), (2, 2)),
        (ONE_PLANE, X, Y, (1, np.nan), (2, 2)),
        (ONE_PLANE, X, Y, (1, 1), (0, 2)),
        (ONE_PLANE, X, Y, (1, 1), (2, 0)),
    ],
)
def test_numbers_that_place_no_pixels_are_refused(
    origins: Any, along_row: Any, along_column: Any, spacing: Any, size: Any
) -> None:
    with pytest.raises(GeometryFault):
        Stack(origins, along_row, along_column, spacing[0], spacing[1], rows=size[0], columns=size[1])


@pytest.mark.parametrize(
    ("affine", "shape"),
    [
        (np.diag([0.0, 1, 1, 1]), (2, 2, 2)),
        (np.diag([1.0, 1, np.nan, 1]), (2, 2, 2)),
        (np.diag([1.0, np.inf, 1, 1]), (2, 2, 2)),
        (np.array([[1.0, 2, 0, 0], [1, 2, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]), (2, 2, 2)),
        (np.eye(4), (2, 2, 0)),
    ],
)
def test_an_affine_that_spans_no_planes_is_refused(affine: Any, shape: Any) -> None:
    with pytest.raises(GeometryFault):
        Stack.of_affine(affine, shape)


def test_arguments_stay_as_they_were() -> None:
    affine, places = np.diag([2.0, 3, 5, 1]), np.ones((2, 2))
    one = Stack.of_affine(affine, (4, 6, 8))
    one.pixels(one.points(places, 1), 1)
    assert (affine == np.diag([2, 3, 5, 1])).all()
    assert (places == 1).all()
