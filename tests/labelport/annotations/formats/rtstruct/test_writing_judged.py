"""Written structure sets on real folders of slices, as plastimatch draws them: the same voxels."""

import subprocess
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest

from labelport.annotations.volumes.image_volume import ImageVolume
from tests.labelport.annotations.formats.rtstruct.written_files import Told, a_set, structure, voxels, written
from tests.labelport.annotations.formats.rtstruct.written_files import read as read_by_pydicom
from tests.labelport.annotations.volumes.folders import dicom_volume
from tests.needs import fixtures, program

nib: Any = nibabel
"""Untyped."""


def bodies(shape: tuple[int, ...], seed: int) -> dict[str, Any]:
    """Return masks (planes, rows, columns): a ball, a ball with a hollow and a core, noise, and a box at the border."""
    z, y, x = np.indices(shape)
    away = ((x - 30) / 20) ** 2 + ((y - 22) / 15) ** 2 + ((z - 10) / 7) ** 2
    box = np.zeros(shape, bool)
    box[3:, -7:, -9:] = True
    noise = np.random.default_rng(seed).random(shape) < 0.7
    return {"ball": away < 1, "hollow": (away < 1) & ((away > 0.2) | (away < 0.05)), "noise": noise, "box": box}


def exported(image: ImageVolume, masks: dict[str, Any], holes: str) -> bytes:
    some = [structure(name, number, mask) for number, (name, mask) in enumerate(masks.items(), start=1)]
    files, said = written(a_set({image: some}), [image], Told(), holes=holes)
    assert not said
    return files[f"structures/{image.series_id}.dcm"]


@pytest.mark.parametrize("series", ["ct", "ct_oblique"])
def test_plastimatch_draws_the_same_voxels_with_cuts(series: str, tmp_path: Path) -> None:
    plastimatch = program("plastimatch", "plastimatch")
    image = dicom_volume(fixtures("rtstruct", series))
    masks = bodies((20, 48, 64), 3)
    (tmp_path / "rt.dcm").write_bytes(exported(image, masks, "keyhole"))
    affine = image.stack.affine()
    grid = nib.Nifti1Image(np.zeros(image.shape, np.int16), affine)
    grid.set_qform(affine, 1)
    nib.save(grid, tmp_path / "grid.nii")
    asked = ["--input", "rt.dcm", "--fixed", "grid.nii", "--output-prefix", "made", "--prefix-format", "nii"]
    subprocess.run([plastimatch, "convert", *asked], cwd=tmp_path, check=True, capture_output=True, timeout=60)
    for name, mask in masks.items():
        drawn = np.asarray(nib.Nifti1Image.from_filename(tmp_path / "made" / f"{name}.nii").dataobj)
        assert np.array_equal(drawn.transpose(2, 1, 0) > 0, mask), name


@pytest.mark.parametrize("series", ["ct", "ct_oblique", "ct_tilted"])
@pytest.mark.parametrize("holes", ["xor", "keyhole"])
def test_positions_of_real_headers_lose_no_voxel(series: str, holes: str) -> None:
    image = dicom_volume(fixtures("rtstruct", series))
    masks = {name: mask for name, mask in bodies((20, 48, 64), 4).items() if name != "noise"}
    made = read_by_pydicom(exported(image, masks, holes))
    for number, mask in enumerate(masks.values()):
        assert np.array_equal(voxels(made, image, number), mask)
