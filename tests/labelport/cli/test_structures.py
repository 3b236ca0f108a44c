"""Labels of volumes on the command line: measured, converted, and never called written where nothing was."""

from pathlib import Path

import pytest
from PIL import Image

from labelport.demo.structures import structure_set, structures
from labelport.demo.volumes import nifti, stack
from tests.labelport.cli.test_annotating import told, typed


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Give images, and labels: the structure set of a phantom and the classes of a NIfTI volume."""
    root = tmp_path_factory.mktemp("structures")
    for folder, files in (("images", (*stack(), *nifti())), ("labels", tuple(structures()))):
        for key, body in files:
            path = root / folder / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body)
    return root / "images", root / "labels"


def test_structures_are_measured_and_drawn(folders: tuple[Path, Path], tmp_path: Path) -> None:
    images, labels = folders
    picture = tmp_path / "look.png"
    answer = told("annotations", "structures", labels, "--images", images, "--picture", picture)
    assert answer["exit_code"] == 0
    rows = {(row["image"].split("/")[0], row["structure"]): row for row in answer["structures"]}
    assert len(rows) == 9
    heart = rows["dicom", "heart"]
    assert heart["ml"] == pytest.approx(heart["voxels"] * 2.5 * 2.5 * 5 / 1000)
    with Image.open(picture) as drawn:
        assert drawn.width > 400


def test_a_structure_set_becomes_volumes_and_one_that_lies_twice_counts_once(
    folders: tuple[Path, Path], tmp_path: Path
) -> None:
    images, _ = folders
    for folder in ("a", "b"):
        (tmp_path / "twice" / folder).mkdir(parents=True)
        (tmp_path / "twice" / folder / "set.dcm").write_bytes(structure_set())
    answer = told("convert", tmp_path / "twice", tmp_path / "onehot", "--to", "nifti_onehot", "--images", images)
    assert [each["file"] for each in answer["findings"] if each["code"] == "volume.duplicate_object"] == ["b/set.dcm"]
    assert answer["annotations"] == len(_planes(tmp_path / "onehot"))
    again = told("annotations", "structures", tmp_path / "onehot")
    assert [row["structure"] for row in again["structures"]] == answer["categories"]


def _planes(folder: Path) -> list[tuple[str, int]]:
    """Return each structure and slice that has a voxel, as nibabel finds them."""
    import nibabel as nib

    [path] = (folder / "segmentations").iterdir()
    voxels = nib.Nifti1Image.from_filename(path).get_fdata()
    return [(str(c), z) for c in range(voxels.shape[3]) for z in range(voxels.shape[2]) if voxels[:, :, z, c].any()]


def test_where_nothing_could_be_written_no_folder_is_left(folders: tuple[Path, Path], tmp_path: Path) -> None:
    images, labels = folders
    answer = typed("convert", labels / "dicom", tmp_path / "out", "--to", "rtstruct")
    assert answer.exit_code == 1
    assert "Nothing was written" in answer.stdout
    assert not (tmp_path / "out").exists()
    refused = typed("convert", labels, tmp_path / "out", "--to", "rtstruct", "--set", "uids=pseudonym")
    assert refused.exit_code == 2
    assert "No structures." in typed("annotations", "structures", images / "nifti" / "chest.nii.gz").stdout
