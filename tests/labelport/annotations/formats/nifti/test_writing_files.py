"""What written volumes are called."""

import numpy as np
import pytest

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.formats.nifti import NIFTI_INDEX
from labelport.annotations.joining import joined
from labelport.annotations.outputs import MemoryOutput
from labelport.annotations.writing import Collision, write_annotations
from labelport.testing.annotation_volumes import (
    nifti_volume,
    volume_set,
)
from tests.labelport.annotations.formats.nifti.exports import codes, loaded, written


@pytest.mark.parametrize(
    ("key", "file"),
    [
        ("case 1/liver.nii.gz", "segmentations/case 1/liver.nii.gz"),
        ("UPPER.NII", "segmentations/UPPER.nii.gz"),
        ("segmentations/again.nii.gz", "segmentations/again.nii.gz"),
        (r"case\b.img", "segmentations/case/b.nii.gz"),
        ("a.v2.final", "segmentations/a.v2.final.nii.gz"),
    ],
)
def test_an_unknown_image_is_called_as_its_labels_are(key: str, file: str) -> None:
    files, found = written(NIFTI_INDEX, volume_set([nifti_volume("", key=key)]))
    assert (list(files), found) == (["labels.json", file], [])
    assert loaded(files[file]).affine.tolist() == np.array(nifti_volume().affine).tolist()


def unknown(*keys: str) -> AnnotationSet:
    """Return a set of unknown images, each of a file of its own."""
    return joined([volume_set([nifti_volume("", key=key)], file=key) for key in keys])


@pytest.mark.parametrize("keys", [("a.nii", "a.nii.gz"), ("a.nii", "a.nii.gz/b.nii")])
def test_two_volumes_of_one_file_collide_before_anything_is_written(keys: tuple[str, ...]) -> None:
    output = MemoryOutput()
    with pytest.raises(Collision) as raised:
        write_annotations(unknown(*keys), NIFTI_INDEX, output)
    assert {each.code for each in raised.value.findings} == {"name.collision"}
    assert output.files == {}


@pytest.mark.parametrize("key", ["../out.nii.gz", "/etc/out.nii.gz", "line\nbreak.nii", "..\\out.nii"])
def test_a_name_that_is_no_path_below_a_folder_is_told_and_the_others_are_written(key: str) -> None:
    files, found = written(NIFTI_INDEX, unknown(key, "good.nii"))
    assert codes(found) == ["name.unsafe"]
    assert sorted(files) == ["labels.json", "segmentations/good.nii.gz"]
