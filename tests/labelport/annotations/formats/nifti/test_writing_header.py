"""Where written labels lie; nibabel judges."""

import gzip
from dataclasses import replace

import numpy as np
import pytest

from labelport.annotations.contract import Format
from labelport.annotations.formats.nifti import NIFTI_INDEX, NIFTI_ONEHOT
from labelport.annotations.volumes.image_volume import ImageVolume
from labelport.geometry.stacks import Stack
from labelport.testing.annotation_volumes import (
    dicom_volume,
    nifti_volume,
    volume_set,
)
from tests.labelport.annotations.formats.nifti.exports import (
    BOTH,
    loaded,
    nib,
    of,
    written,
)
from tests.labelport.annotations.volumes.folders import dicom_volume as folder_volume
from tests.needs import fixtures


@pytest.mark.parametrize("chosen", BOTH, ids=lambda each: each.id)
def test_the_header_lies_where_the_images_lie_and_says_millimetres(chosen: Format) -> None:
    for image in (dicom_volume(), nifti_volume()):
        assert image.affine is not None
        files, _ = written(chosen, volume_set([image]), [image])
        # An image of nibabel forgets some of its header.
        header = nib.Nifti1Header(gzip.decompress(files[f"segmentations/{image.series_id}.nii.gz"])[:348])
        assert np.allclose(header.get_sform(), image.affine, rtol=0, atol=1e-5)
        assert np.allclose(header.get_qform(), image.affine, rtol=0, atol=1e-5)
        assert (int(header["sform_code"]), int(header["qform_code"])) == (1, 1)
        assert header.get_xyzt_units() == ("mm", "unknown")
        assert header.get_slope_inter() == (1.0, 0.0)
        assert np.allclose(header.get_zooms()[:3], np.linalg.norm(image.affine[:3, :3], axis=0))
        assert (header["magic"].item(), int(header["vox_offset"])) == (b"n+1", 352)


@pytest.mark.parametrize("folder", ["ct", "ct_oblique", "ct_tilted"])
def test_series_of_the_fixtures_keep_their_affine_and_only_a_tilted_one_has_no_qform(folder: str) -> None:
    image = folder_volume(fixtures("rtstruct") / folder)
    assert image.affine is not None
    voxels = np.zeros((image.stack.planes, image.stack.rows, image.stack.columns), np.uint8)
    voxels[2, 5:9, 10:30] = 1
    files, found = written(NIFTI_INDEX, of(image, ("liver", "1", voxels)), [image])
    assert found == []
    header = loaded(files[f"segmentations/{image.series_id}.nii.gz"]).header
    corner = np.array([*image.shape, 1.0])
    assert np.abs(header.get_sform() @ corner - image.affine @ corner).max() < 1e-3
    if folder == "ct_tilted":
        assert int(header["qform_code"]) == 0
    else:
        assert int(header["qform_code"]) == 1
        assert np.abs(header.get_qform() @ corner - image.affine @ corner).max() < 1e-3


def test_any_turn_of_the_axes_is_said_by_the_quaternion_as_nibabel_reads_it() -> None:
    chance = np.random.default_rng(20171)
    for _ in range(40):
        turn, _ = np.linalg.qr(chance.normal(size=(3, 3)))
        affine = np.eye(4)
        affine[:3, :3] = turn * chance.uniform(0.2, 5, 3)
        affine[:3, 3] = chance.uniform(-300, 300, 3)
        image = replace(nifti_volume(), affine=affine, stack=Stack.of_affine(affine, (9, 7, 4)))
        files, _ = written(NIFTI_INDEX, volume_set([image]), [image])
        header = loaded(files["segmentations/nifti-made.nii.gz"]).header
        assert int(header["qform_code"]) == 1
        assert np.allclose(header.get_qform(), affine, rtol=0, atol=1e-4)


def test_a_quaternion_of_32_bits_that_would_turn_a_large_volume_is_not_written() -> None:
    angle = 4e-4  # half of it squared is below what readers take for 0
    affine = np.diag([-1.0, -1.0, 1.0, 1.0])
    affine[:2, :2] = [[-np.cos(angle), np.sin(angle)], [-np.sin(angle), -np.cos(angle)]]
    image = replace(nifti_volume(), affine=affine, stack=Stack.of_affine(affine, (512, 512, 1)), keys=["a"])
    image = replace(image, frames=[0], items=[0])
    files, _ = written(NIFTI_INDEX, of(image, ("liver", "1", np.ones((1, 512, 512), np.uint8))), [image])
    header = loaded(files["segmentations/nifti-made.nii.gz"]).header
    assert (int(header["sform_code"]), int(header["qform_code"])) == (1, 0)
    assert np.allclose(header.get_sform(), affine, rtol=0, atol=1e-6)


def test_an_image_that_says_no_orientation_gets_labels_that_say_none() -> None:
    affine = np.diag([1.5, 0.75, 3.0, 1.0])
    image = replace(nifti_volume(), affine=affine, stack=Stack.of_affine(affine, (9, 7, 4)), oriented=False)
    files, _ = written(NIFTI_ONEHOT, volume_set([image]), [image])
    header = loaded(files["segmentations/nifti-made.nii.gz"]).header
    assert (int(header["sform_code"]), int(header["qform_code"])) == (0, 0)
    assert np.allclose(header.get_zooms(), (1.5, 0.75, 3.0, 1.0))


def test_an_axis_beyond_16_bits_makes_it_nifti_2() -> None:
    affine = np.diag([1.0, 1.0, 2.0, 1.0])
    stack = Stack.of_affine(affine, (40_000, 2, 1))
    image = ImageVolume("single-long", "nifti", stack, affine, ["long.nii"], [0], [0])
    voxels = np.zeros((1, 2, 40_000), np.uint8)
    voxels[0, 1, 39_999] = 1
    for chosen in BOTH:
        files, found = written(chosen, of(image, ("liver", "1", voxels)), [image])
        assert found == []
        read = loaded(files["segmentations/single-long.nii.gz"])
        assert isinstance(read, nib.Nifti2Image)
        assert np.allclose(read.affine, affine)
        assert np.argwhere(np.asanyarray(read.dataobj))[0][:3].tolist() == [39_999, 1, 0]
