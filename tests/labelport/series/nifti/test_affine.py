"""What an affine says, with nibabel as the judge."""

import math
from typing import Any

import nibabel
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from labelport.series.nifti.affine import Placement, placement_of, same_place, shown_sizes

AFFINE = [1.5, 0, 0, -10, 0, 2, 0, -20, 0, 0, 3, 30, 0, 0, 0, 1]


def placed(affine: Any, *, dims: tuple[int, ...] = (5, 4, 3), pixdim: Any = None, oriented: bool = True) -> Placement:
    flat = None if affine is None else np.ravel(affine).tolist()
    if pixdim is None and flat is not None:
        pixdim = np.linalg.norm(np.reshape(flat, (4, 4))[:3, :3], axis=0).tolist()
    return placement_of({"dims": list(dims), "pixdim": pixdim, "affine": flat}, oriented=oriented)


def codes(place: Placement) -> list[str]:
    return [fault.flag for fault in place.faults]


eulerangles: Any = nibabel.eulerangles
orientations: Any = nibabel.orientations
affines: Any = nibabel.affines


def turned(turns: tuple[float, float, float]) -> Any:
    """Return a rotation by three angles."""
    return eulerangles.euler2mat(*turns)


def no_tie(rotation: Any) -> bool:
    """Return whether rounding cannot decide which axis chooses first, nor which side it takes."""
    parts = np.sort(np.abs(rotation), axis=0)
    unclear = parts[:, parts[-1] < 1 - 1e-9]
    between_axes = np.diff(np.sort(unclear[-1]))
    return bool(min(between_axes.min(initial=1), np.diff(unclear, axis=0).min(initial=1)) > 1e-6)


angle = st.floats(-math.pi, math.pi, allow_subnormal=False)
size = st.floats(0.01, 50)
rotations = st.tuples(angle, angle, angle).map(turned)


@settings(max_examples=80, deadline=None)
@given(rotations, st.tuples(size, size, size), st.sampled_from([1, -1]), st.tuples(angle, angle, angle))
def test_sizes_and_orientation_are_those_of_nibabel(
    rotation: Any, sizes: tuple[float, float, float], side: int, origin: tuple[float, float, float]
) -> None:
    affine = np.eye(4)
    affine[:3, :3] = rotation @ np.diag(sizes) * side
    affine[:3, 3] = origin
    assume(no_tie(rotation))
    place = placed(affine)
    assert codes(place) == []
    assert place.orientation == "".join(map(str, orientations.aff2axcodes(affine)))
    assert place.sizes == pytest.approx(affines.voxel_sizes(affine))


@settings(max_examples=60, deadline=None)
@given(rotations, st.tuples(*[st.floats(-0.4, 0.4)] * 3), st.tuples(size, size, size))
def test_a_sheared_affine_is_told_and_still_has_the_orientation_of_nibabel(
    rotation: Any, shear: tuple[float, float, float], sizes: tuple[float, float, float]
) -> None:
    upper = np.eye(3)
    upper[0, 1], upper[0, 2], upper[1, 2] = shear
    affine = np.eye(4)
    affine[:3, :3] = rotation @ upper @ np.diag(sizes)
    units = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    worst = np.abs(units.T @ units - np.eye(3)).max()
    assume(abs(worst - 1e-3) > 1e-5)
    left, _, right = np.linalg.svd(units)
    assume(no_tie(left @ right))
    place = placed(affine)
    assert codes(place) == (["affine_sheared"] if worst > 1e-3 else [])
    assert place.orientation == "".join(map(str, orientations.aff2axcodes(affine)))


def test_the_angle_of_a_shear_is_said() -> None:
    (fault,) = placed([1, math.tan(math.radians(30)), 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]).faults
    assert fault.value == "x and y: 60.00"


@pytest.mark.parametrize(
    "affine",
    [
        [0] * 15 + [1],
        [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
        [1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
        [1, 2, 3, 0, 2, 4, 6, 0, 3, 6, 9, 0, 0, 0, 0, 1],
        [1e-30, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 1],
    ],
    ids=["zeros", "no thickness", "one direction twice", "rank one", "tiny and flat"],
)
def test_axes_that_span_no_volume_are_told(affine: list[float]) -> None:
    place = placed(affine, pixdim=[1, 1, 1])
    assert (codes(place), place.orientation) == (["affine_singular"], None)
    assert place.sizes == (1, 1, 1)


def test_small_and_large_voxels_are_no_fault() -> None:
    for scale in (1e-6, 1e6):
        assert codes(placed((np.array(AFFINE) * scale).tolist()[:12] + AFFINE[12:])) == []


def test_an_axis_of_one_voxel_is_not_judged() -> None:
    flat = [*AFFINE[:8], 0, 0, 0, 30, 0, 0, 0, 1]
    assert codes(placed(flat, dims=(5, 4, 1), pixdim=[1.5, 2, 0])) == []
    assert codes(placed(flat, dims=(5, 4), pixdim=[1.5, 2])) == []
    assert placed(AFFINE, dims=(5,)).sizes == (1.5,)
    assert codes(placed(flat, dims=(1, 1, 1), pixdim=[0, 0, 0])) == []


def test_numbers_that_are_not_finite_leave_the_sizes_of_pixdim() -> None:
    place = placed(None, pixdim=[1.5, 2, 3])
    assert (codes(place), place.sizes, place.orientation) == (["affine_not_finite"], (1.5, 2, 3), None)
    assert placed(None, pixdim=[1.5, None, 3]).sizes == ()


def test_sizes_of_the_affine_and_of_the_header_are_compared() -> None:
    assert codes(placed(AFFINE, pixdim=[1.5, 2, 3.001])) == []
    assert codes(placed(AFFINE, pixdim=[-1.5, 2, 3])) == []
    (fault,) = placed(AFFINE, pixdim=[1.5, 0, None]).faults
    assert (fault.flag, fault.value) == ("voxel_size_differs", "1.5 x 2 x 3; 1.5 x 0 x ?")


def test_where_nothing_says_an_orientation_there_is_none() -> None:
    place = placed([1.5, 0, 0, 0, 0, 2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 1], oriented=False)
    assert (place.orientation, place.sizes, place.faults) == (None, (1.5, 2, 3), ())


def test_float32_is_shown_as_people_wrote_it() -> None:
    assert shown_sizes([float(np.float32(0.7)), 1.0, float(np.float32(3.3))]) == "0.7 x 1 x 3.3"


@settings(max_examples=60, deadline=None)
@given(rotations, st.tuples(size, size, size), st.floats(-1, 1), st.integers(0, 2))
def test_places_are_the_same_up_to_a_hundredth_of_a_voxel(
    rotation: Any, sizes: tuple[float, float, float], part: float, axis: int
) -> None:
    affine = np.eye(4)
    affine[:3, :3] = rotation @ np.diag(sizes)
    moved = affine.copy()
    moved[axis, 3] += part * 0.02 * min(sizes)
    assume(abs(abs(part) - 0.5) > 1e-3)
    assert same_place(affine.ravel().tolist(), moved.ravel().tolist(), [9, 8, 7]) is (abs(part) < 0.5)


def test_places_that_are_not_known_are_not_the_same() -> None:
    assert not same_place(None, AFFINE, [1, 1, 1])
    assert not same_place(AFFINE, None, [1, 1, 1])
    assert not same_place(AFFINE, AFFINE[:12], [1, 1, 1])


@pytest.mark.filterwarnings("error")
@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=16, max_size=16),
    st.lists(st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False)), min_size=3, max_size=3),
    st.lists(st.integers(1, 2**31), min_size=1, max_size=7),
)
def test_any_numbers_are_judged(affine: list[float], pixdim: list[float | None], dims: list[int]) -> None:
    place = placed(affine, dims=tuple(dims), pixdim=pixdim)
    assert place.orientation is None or len(place.orientation) == min(3, len(dims))
    assert all(size > 0 for size in place.sizes)
    assert same_place(affine, affine, dims) in (True, False)
    assert same_place(affine, AFFINE, dims) in (True, False)
