"""Labels against the grid of their image: equal, shifted, turned, or elsewhere."""

import numpy as np
import pytest

from tests.labelport.annotations.formats.nifti.label_volumes import (
    AFFINE,
    Voxels,
    base,
    changed,
    image,
    onehot,
    read_one,
    slices,
    volume_bytes,
)
from tests.labelport.annotations.volumes.folders import dicom_volume
from tests.needs import fixtures


def moved(voxels: float, axis: int = 0) -> Voxels:
    """Return the affine moved along an axis by some voxels."""
    made = AFFINE.copy()
    made[:3, 3] += voxels * made[:3, axis]
    return made


@pytest.mark.parametrize(
    ("voxels", "codes"),
    [
        (0, []),
        (0.009, []),
        (0.011, ["nifti.shifted"]),
        (0.49, ["nifti.shifted"]),
        (0.51, ["nifti.geometry_mismatch"]),
        (20, ["nifti.geometry_mismatch"]),
    ],
)
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_how_far_labels_lie_beside_their_image_is_judged_in_voxels(voxels: float, codes: list[str], axis: int) -> None:
    result = read_one(volume_bytes(base(), moved(voxels, axis)), [image()])
    assert result.codes == codes
    assert (result.labelled is None) == ("nifti.geometry_mismatch" in codes)
    if result.labelled is not None:
        assert np.array_equal(result.voxels["2"], base() == 2)


def test_half_a_voxel_less_at_one_end_is_a_shift_too() -> None:
    scaled = AFFINE.copy()
    scaled[0, 0] *= 1.05
    assert read_one(volume_bytes(base(), scaled), [image()]).codes == ["nifti.shifted"]
    scaled[0, 0] *= 2
    assert read_one(volume_bytes(base(), scaled), [image()]).codes == ["nifti.geometry_mismatch"]


def test_turned_labels_are_those_of_the_stored_voxels_of_the_image() -> None:
    flipped = AFFINE.copy()
    flipped[:3, 0] *= -1
    flipped[:3, 3] = (AFFINE @ [4, 0, 0, 1])[:3]
    result = read_one(volume_bytes(base()[::-1], flipped), [image()])
    (told,) = result.findings
    assert (told.code, told.severity, told.value) == ("nifti.reoriented", "info", "-x +y +z")
    assert np.array_equal(result.voxels["1"], base() == 1)


@pytest.mark.parametrize("shape", [(4, 4, 3), (5, 4, 4), (4, 5, 3)])
def test_another_number_of_voxels_is_another_grid(shape: tuple[int, int, int]) -> None:
    result = read_one(volume_bytes(np.zeros(shape, np.uint8)), [image()])
    assert result.codes == ["nifti.geometry_mismatch"]
    assert result.labelled is None


def test_other_sizes_that_are_equal_once_turned_are_one_grid() -> None:
    stored = base().transpose(2, 0, 1)
    affine = AFFINE[:, [2, 0, 1, 3]]
    result = read_one(volume_bytes(stored, affine), [image()])
    assert result.codes == ["nifti.reoriented"]
    assert np.array_equal(result.voxels["2"], base() == 2)


def test_slices_that_are_not_evenly_spaced_have_no_grid() -> None:
    result = read_one(volume_bytes(base()), [slices("a", series_id="one", affine=None)])
    (told,) = result.findings
    assert told.code == "nifti.geometry_mismatch"
    assert "evenly spaced" in told.message


def test_labels_without_orientation_are_taken_voxel_by_voxel_of_equal_sizes_and_told() -> None:
    body = volume_bytes(base(), None, compress=False)
    sized = changed(body, "pixdim", [1, 1.5, 2, 3, 1, 1, 1, 1])
    result = read_one(sized, [image()], name="a.nii")
    (told,) = result.findings
    assert (told.code, told.severity) == ("nifti.no_orientation", "warning")
    assert np.array_equal(result.voxels["1"], base() == 1)
    assert read_one(body, [image()], name="a.nii").codes == ["nifti.geometry_mismatch"]  # voxels of other sizes


def test_labels_without_orientation_are_not_laid_on_dicom() -> None:
    body = changed(volume_bytes(base(), None, compress=False), "pixdim", [1, 1.5, 2, 3, 1, 1, 1, 1])
    result = read_one(body, [slices("a", series_id="one")], name="a.nii")
    assert [(each.code, each.severity) for each in result.findings] == [("nifti.no_orientation", "error")]
    assert result.labelled is None


def test_an_image_without_orientation_is_told_of_too() -> None:
    result = read_one(volume_bytes(base()), [image(affine=np.diag([1.5, 2, 3, 1]), oriented=False)])
    assert result.codes == ["nifti.no_orientation"]
    assert np.array_equal(result.voxels["1"], base() == 1)


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("srow_x", [0, 0, 0, 0], "nifti.affine_singular"),
        ("srow_y", [1.5, 0, 0, 0], "nifti.affine_singular"),
        ("srow_z", [0, 0, np.nan, 0], "nifti.affine_not_finite"),
        ("srow_z", [0, 0, np.inf, 0], "nifti.affine_not_finite"),
    ],
)
def test_an_affine_that_places_nothing_refuses_the_volume(field: str, value: list[float], code: str) -> None:
    result = read_one(changed(volume_bytes(base(), compress=False), field, value), name="a.nii")
    assert [(each.code, each.pointer) for each in result.findings] == [(code, "srow_x")]
    assert result.labelled is None


def test_a_single_plane_may_say_no_thickness() -> None:
    body = volume_bytes(base()[:, :, :1], compress=False, qform=0)
    body = changed(body, "srow_z", [0, 0, 0, 30])
    result = read_one(body, name="a.nii")
    assert result.codes == []
    assert result.counts == {"1": 4, "2": 0}
    assert read_one(body, [image((5, 4, 1))], name="a.nii").codes == []


@pytest.mark.parametrize("folder", ["ct", "ct_oblique", "ct_tilted"])
def test_a_label_volume_of_dicom_slices_lies_on_their_voxels(folder: str) -> None:
    volume = dicom_volume(fixtures("rtstruct") / folder, series_id="slices")
    assert volume.affine is not None
    voxels = np.random.default_rng(1).integers(0, 3, volume.shape).astype(np.uint8)
    straight = read_one(volume_bytes(voxels, volume.affine, qform=0), [volume], name="slices.nii.gz")
    assert straight.codes == []
    # A tilted stack is sheared, which no qform says. As converters write it: rows the other way round, in the standard's axes.
    turned = volume.affine.copy()
    turned[:3, 1] *= -1
    turned[:3, 3] += volume.affine[:3, 1] * (volume.shape[1] - 1)
    converted = read_one(volume_bytes(voxels[:, ::-1], turned, qform=0), [volume], name="slices.nii.gz")
    assert converted.codes == ["nifti.reoriented"]
    for result in (straight, converted):
        assert all(np.array_equal(result.voxels[label], voxels == int(label)) for label in ("1", "2"))


def test_channels_are_turned_as_numbers_are() -> None:
    stored = np.moveaxis(onehot(base()).transpose(2, 1, 0, 3)[:, ::-1], -1, 0)
    affine = AFFINE[:, [2, 1, 0, 3]].copy()
    affine[:3, 3] += affine[:3, 1] * 3
    affine[:3, 1] *= -1
    result = read_one(volume_bytes(stored, affine), [image()], layout="onehot")
    assert sorted(result.codes) == ["nifti.channel_axis", "nifti.reoriented"]
    assert np.array_equal(result.voxels["1"], base() == 1)
    assert np.array_equal(result.voxels["2"], base() == 2)
