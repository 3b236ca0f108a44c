"""NIfTI volumes of labels as they are written; nibabel and json judge."""

import tracemalloc
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from labelport.annotations.contract import Format
from labelport.annotations.formats.nifti import NIFTI_INDEX, NIFTI_ONEHOT
from labelport.annotations.joining import joined
from labelport.annotations.outputs import FolderOutput
from labelport.annotations.volumes.image_volume import ImageVolume
from labelport.annotations.volumes.rows import VolumeFile, annotation_set
from labelport.annotations.volumes.structures import Labelled
from labelport.annotations.writing import Grids, write_annotations
from labelport.geometry.stacks import Stack
from labelport.testing.annotation_sets import plain_set
from labelport.testing.annotation_volumes import (
    PLANES,
    bands,
    dicom_volume,
    grids_of,
    nifti_volume,
    structure,
    uneven,
    volume_set,
)
from tests.labelport.annotations.formats.nifti.exports import BOTH, FILE, box, labels, of, stored, written


def test_a_channel_is_a_class_and_voxels_are_those_of_the_images() -> None:
    image = dicom_volume()
    files, found = written(NIFTI_ONEHOT, volume_set([image], ("liver", "kidney", "spleen")), [image])
    assert (list(files), found) == (["labels.json", FILE], [])
    assert labels(files) == [(1, "liver"), (2, "kidney"), (3, "spleen")]
    voxels = stored(files[FILE])
    assert (voxels.shape, voxels.dtype) == ((9, 7, 4, 3), np.uint8)
    for channel, expected in enumerate(bands(3)):
        assert expected.sum() > 0
        assert np.array_equal(voxels[..., channel], expected.transpose(2, 1, 0))


def test_a_voxel_of_a_class_index_is_its_id_and_zero_is_none() -> None:
    image = dicom_volume()
    given = of(image, ("liver", "7", box(0, 1, 1)), ("kidney", "3", box(0, 4, 5)), ("spleen", "300", box(3, 0, 0)))
    files, found = written(NIFTI_INDEX, given, [image])
    assert found == []
    assert labels(files) == [(7, "liver"), (3, "kidney"), (300, "spleen")]
    voxels = stored(files[FILE])
    assert (voxels.shape, voxels.dtype) == ((9, 7, 4), np.uint16)
    expected = 7 * box(0, 1, 1).astype(int) + 3 * box(0, 4, 5) + 300 * box(3, 0, 0).astype(int)
    assert np.array_equal(voxels, expected.transpose(2, 1, 0))


def test_structures_without_a_voxel_have_their_channel_and_their_line() -> None:
    image = dicom_volume()
    nothing = np.zeros((PLANES, 7, 9), np.uint8)
    given = of(image, ("empty", "1", nothing), ("liver", "2", box(1, 1, 1)))
    onehot, found = written(NIFTI_ONEHOT, given, [image])
    assert found == []
    assert labels(onehot) == [(1, "empty"), (2, "liver")]
    assert stored(onehot[FILE]).sum(axis=(0, 1, 2)).tolist() == [0, 6]
    index, _ = written(NIFTI_INDEX, of(image, ("empty", "1", nothing)), [image])
    assert (labels(index), stored(index[FILE]).any()) == ([(1, "empty")], False)


def test_overlap_is_a_channel_each_and_refuses_the_series_of_a_class_index_alone() -> None:
    image, other = dicom_volume(), nifti_volume()
    shared = of(image, ("liver", "1", box(0, 1, 1)), ("kidney", "2", box(0, 2, 2)))
    given = joined([shared, replace(volume_set([other], file="other"))])
    onehot, found = written(NIFTI_ONEHOT, shared, [image, other])
    assert found == []
    assert stored(onehot[FILE]).sum(axis=3).max() == 2
    index, found = written(NIFTI_INDEX, given, [image, other])
    overlaps = [each for each in found if each.code == "nifti.overlap"]
    assert [(each.file, each.count, each.value, each.severity) for each in overlaps] == [(FILE, 2, "2", "error")]
    assert sorted(index) == ["labels.json", "segmentations/nifti-made.nii.gz"]


def test_planes_that_are_not_evenly_spaced_are_told_and_left_out() -> None:
    image, other = uneven(dicom_volume()), nifti_volume()
    for chosen in BOTH:
        files, found = written(chosen, volume_set([image, other]), [image, other])
        assert [(each.code, each.file) for each in found] == [("nifti.irregular_series", FILE)]
        assert sorted(files) == ["labels.json", "segmentations/nifti-made.nii.gz"]


@pytest.mark.parametrize("chosen", BOTH, ids=lambda each: each.id)
def test_equal_labels_are_equal_bytes_without_time_or_name_and_the_set_stays(chosen: Format, tmp_path: Path) -> None:
    image = dicom_volume()
    given = volume_set([image])
    before = given.annotations.to_pylist(), given.images.to_pylist(), dict(given.documents)
    files, _ = written(chosen, given, [image])
    assert files == written(chosen, given, [image])[0]
    assert (given.annotations.to_pylist(), given.images.to_pylist(), dict(given.documents)) == before
    assert files[FILE][:8] == b"\x1f\x8b\x08\x00\x00\x00\x00\x00"  # no flags: no name; time 0
    with FolderOutput(tmp_path / "out") as output:
        write_annotations(given, chosen, output, options=chosen.Options(), grids=grids_of([image]))
    assert (tmp_path / "out" / FILE).read_bytes() == files[FILE]


@pytest.mark.parametrize("chosen", BOTH, ids=lambda each: each.id)
def test_pictures_are_told_of_and_no_volume_is_written(chosen: Format) -> None:
    given = plain_set(kind="polygon", segmentation=b"[[1, 1, 9, 1, 9, 9]]", segmentation_kind="polygons")
    files, found = written(chosen, given)
    assert list(files) == ["labels.json"]
    assert labels(files) == [(1, "bolt"), (2, "nut")]
    assert [(each.value, each.count) for each in found if each.code == "volume.no_plane"] == [("tray/x.jpg, y.png", 2)]


@pytest.mark.parametrize("chosen", BOTH, ids=lambda each: each.id)
def test_without_a_category_there_is_no_volume_and_that_is_told(chosen: Format) -> None:
    image = dicom_volume()
    files, found = written(chosen, volume_set([image], ()), [image])
    assert files == {"labels.json": b"[]\n"}
    assert [(each.code, each.file, each.count) for each in found] == [("loss.negative_images", FILE, 4)]


class Nowhere:
    """Takes bytes and keeps none."""

    def __init__(self) -> None:
        self.length = 0

    def put(self, name: str, body: bytes) -> None:
        del name, body

    def open(self, name: str) -> "Nowhere":
        del name
        return self

    def __enter__(self) -> "Nowhere":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def write(self, body: bytes) -> int:
        self.length += len(body)
        return len(body)


def test_three_hundred_classes_are_written_in_the_memory_of_a_few_planes() -> None:
    affine = np.diag([1.0, 1.0, 2.0, 1.0])
    side, planes, classes = 256, 4, 300
    image = ImageVolume(
        "single-wide", "nifti", Stack.of_affine(affine, (side, side, planes)), affine,
        ["a.nii"] * planes, list(range(planes)), [0] * planes,
    )  # fmt: skip
    structures = []
    for number in range(classes):
        voxels = np.zeros((planes, side, side), np.uint8)
        voxels[number % planes, number // 64, number % 64] = 1
        structures.append(structure(f"class {number}", str(number + 1), voxels))
    given = annotation_set([VolumeFile("source", [Labelled(image, structures)])])
    grids = Grids(grids_of([image]).volumes)
    for chosen in BOTH:
        output: Any = Nowhere()
        tracemalloc.start()
        found = write_annotations(given, chosen, output, grids=grids)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert (found, output.length > 352) == ([], True)
        assert peak < 8 << 20, (chosen.id, peak)  # one-hot has 79 MB of voxels
