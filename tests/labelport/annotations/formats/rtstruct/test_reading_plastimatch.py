"""Plastimatch, where it is installed, gives the same voxels for all that it reads and that is no question of topology."""

import subprocess
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from labelport.annotations.volumes.image_volume import ImageVolume
from labelport.annotations.volumes.known_volumes import known_volumes
from tests.labelport.annotations.formats.rtstruct.structure_sets import (
    CLOSED,
    Point,
    Roi,
    Scan,
    read,
    structure_set,
    whole,
)
from tests.labelport.annotations.volumes.folders import dicom_volume
from tests.needs import fixtures, program


def plastimatch(body: bytes, image: ImageVolume, folder: Path, *, ct: Path | None = None) -> dict[str, Any]:
    """Its masks by the names of structures, as slices, rows, columns."""
    grid, source = folder / "grid.nii", folder / "s.dcm"
    nib.save(nib.Nifti1Image(np.zeros(image.shape, np.int16), image.affine), grid)  # type: ignore[no-untyped-call]
    source.write_bytes(body)
    command = [program("plastimatch", "plastimatch"), "convert", "--input", str(source), "--fixed", str(grid)]
    command += ["--output-prefix", str(folder / "out"), "--prefix-format", "nii"]
    subprocess.run([*command, *(["--referenced-ct", str(ct)] if ct else [])], check=True, capture_output=True)
    return {
        path.stem: np.asarray(nib.Nifti1Image.from_filename(path).dataobj).transpose(2, 1, 0) > 0
        for path in (folder / "out").iterdir()
    }


@pytest.mark.parametrize(
    ("case", "series", "number", "name"),
    [
        ("square_10.5_20.5", "ct", 1, "R"),
        ("keyhole", "ct", 1, "R"),
        ("overlap_two_closed_planar", "ct", 1, "R"),
        ("between_slices_5.6", "ct", 1, "R"),
        ("partly_outside_xy", "ct", 1, "R"),
        ("missing_plane_between", "ct", 1, "R"),
        ("oblique", "ct_oblique", 2, "plain"),
    ],
)
def test_a_case_has_the_voxels_of_plastimatch(case: str, series: str, number: int, name: str, tmp_path: Path) -> None:
    program("plastimatch", "plastimatch")
    image = dicom_volume(fixtures("rtstruct", series))
    body = (fixtures("rtstruct", "cases") / f"{case}.dcm").read_bytes()
    theirs = plastimatch(body, image, tmp_path, ct=fixtures("rtstruct", series))
    np.testing.assert_array_equal(whole(read(body, known_volumes([image]))[0], number), theirs[name])


def test_outlines_of_any_shape_have_the_voxels_of_plastimatch(tmp_path: Path) -> None:
    program("plastimatch", "plastimatch")
    random = np.random.default_rng(7)
    scan = Scan(rows=48, columns=64)

    def star(plane: int) -> list[Point]:
        count = int(random.integers(3, 40))
        turns = np.sort(random.uniform(0, 2 * np.pi, count))
        far = random.uniform(2, 20, count)
        return [(32 + r * np.cos(t), 24 + r * np.sin(t), float(plane)) for r, t in zip(far, turns, strict=True)]

    rois = [Roi([(CLOSED, star(plane)) for plane in range(10)], f"star{number}") for number in range(6)]
    body = structure_set(scan, rois)
    theirs = plastimatch(body, scan.image(), tmp_path)
    made, findings = read(body, known_volumes([scan.image()]))
    assert not findings
    for number in range(6):
        ours = whole(made, number + 1)
        assert ours.sum() > 500
        np.testing.assert_array_equal(ours, theirs[f"star{number}"])
