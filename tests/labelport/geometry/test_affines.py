"""Affines of voxel grids against each other; nibabel is the judge of turns."""

import itertools
import math
from typing import Any

import nibabel
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelport.geometry.affines import Turn, apart, is_flat, other_side, turn_between
from labelport.geometry.stacks import Floats, GeometryFault

nib: Any = nibabel
SHAPE = (5, 4, 3)
TURNS = [
    (axes, flips) for axes in itertools.permutations(range(3)) for flips in itertools.product((False, True), repeat=3)
]


def rotated(angles: tuple[float, float, float], sizes: tuple[float, float, float], start: Floats) -> Floats:
    """Return an affine of voxels of some sizes, turned about x, y and z."""
    made = np.eye(4)
    rotation = np.eye(3)
    for axis, angle in enumerate(angles):
        one = np.eye(3)
        first, second = [each for each in range(3) if each != axis]
        one[first, first] = one[second, second] = math.cos(angle)
        one[first, second], one[second, first] = -math.sin(angle), math.sin(angle)
        rotation = rotation @ one
    made[:3, :3] = rotation @ np.diag(sizes)
    made[:3, 3] = start
    return made


@settings(max_examples=60, deadline=None)
@given(
    st.tuples(*[st.floats(-0.6, 0.6)] * 3),
    st.tuples(*[st.floats(0.2, 9)] * 3),
    st.sampled_from(TURNS),
)
def test_a_turn_undoes_what_nibabel_turned(
    angles: tuple[float, float, float],
    sizes: tuple[float, float, float],
    chosen: tuple[tuple[int, ...], tuple[bool, ...]],
) -> None:
    affine = rotated(angles, sizes, np.array([-10.0, 20.0, 3.0]))
    voxels = np.arange(60).reshape(SHAPE)
    axes, flips = chosen
    orientation = np.array([[axis, -1 if flip else 1] for axis, flip in zip(axes, flips, strict=True)], float)
    stored = nib.Nifti1Image(voxels.astype(np.int16), affine).as_reoriented(orientation)
    given_affine = np.array(stored.affine, np.float64)
    turn = turn_between(given_affine, affine)
    assert np.array_equal(turn.turned(np.asarray(stored.dataobj)), voxels)
    assert turn.shape(stored.shape) == SHAPE
    assert np.allclose(turn.affine(given_affine, stored.shape), affine, atol=1e-9)
    assert turn.is_none == (axes == (0, 1, 2) and not any(flips))


def test_equal_grids_lie_nowhere_apart() -> None:
    affine = rotated((0.1, 0.2, 0.3), (1, 2, 3), np.zeros(3))
    assert apart(affine, affine, SHAPE) == 0


def test_a_shift_is_counted_in_voxels_of_the_other_grid() -> None:
    affine = np.diag([2.0, 4.0, 8.0, 1.0])
    shifted = affine.copy()
    shifted[1, 3] += 1
    assert apart(shifted, affine, SHAPE) == pytest.approx(0.25)


def test_other_voxel_sizes_move_the_farthest_corner() -> None:
    affine = np.eye(4)
    wider = np.diag([1.1, 1.0, 1.0, 1.0])
    assert apart(wider, affine, SHAPE) == pytest.approx(0.45)  # the edge at 4.5 voxels of x


def test_how_thick_a_single_plane_is_does_not_matter() -> None:
    assert apart(np.diag([1.0, 1.0, 9.0, 1.0]), np.eye(4), (5, 4, 1)) == 0
    assert apart(np.diag([1.0, 1.0, 9.0, 1.0]), np.eye(4), (5, 4, 2)) > 1


@pytest.mark.parametrize("odd", [math.nan, math.inf, 1e300])
def test_numbers_without_end_lie_infinitely_apart(odd: float) -> None:
    affine = np.eye(4)
    affine[0, 3] = odd
    assert apart(affine, np.eye(4), SHAPE) > 1e100


@pytest.mark.parametrize(
    "axes",
    [[[1, 2, 0], [0, 0, 0], [0, 0, 1]], [[0, 0, 0], [0, 1, 0], [0, 0, 1]], [[math.nan, 0, 0], [0, 1, 0], [0, 0, 1]]],
)
def test_axes_that_span_no_volume_are_a_fault(axes: list[list[float]]) -> None:
    affine = np.eye(4)
    affine[:3, :3] = axes
    assert is_flat(affine)
    with pytest.raises(GeometryFault):
        turn_between(affine, np.eye(4))


def test_sizes_far_from_one_are_no_fault() -> None:
    affine = np.diag([1e-200, 1e200, 1.0, 1.0])
    assert not is_flat(affine)
    assert turn_between(affine, np.eye(4)) == Turn()


def test_left_and_back_change_their_sign_between_both_conventions() -> None:
    affine = rotated((0.1, 0.2, 0.3), (1, 2, 3), np.array([4.0, 5.0, 6.0]))
    point = np.array([2.0, 1.0, 0.0, 1.0])
    assert np.allclose((other_side(affine) @ point)[:3], (affine @ point)[:3] * [-1, -1, 1])
    assert np.array_equal(other_side(other_side(affine)), affine)
