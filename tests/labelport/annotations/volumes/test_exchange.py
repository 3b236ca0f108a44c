"""Labels of volumes from one format to another one and on: every voxel stays what it was."""

import gzip
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import nibabel
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.matching import Matcher
from labelport.annotations.places import PLACE_SCHEMA
from labelport.annotations.reading import read_annotations
from labelport.annotations.said import Said
from labelport.annotations.volumes.image_volume import ImageVolume
from labelport.annotations.volumes.rows import VolumeFile, annotation_set
from labelport.annotations.volumes.structures import Labelled
from labelport.findings import Finding
from labelport.testing.annotation_exchange import files_of, written
from labelport.testing.annotation_volumes import Voxels, dicom_volume, grids_of, nifti_volume, structure
from labelport.testing.annotation_voxels import voxels_of
from tests.labelport.annotations.registered import format_of

nib: Any = nibabel
"""Untyped."""

CT, MR, NIFTI = dicom_volume(), dicom_volume("dicom-other", number=2), nifti_volume()
SHAPE = (4, 7, 9)
NAMES = ("liver", "kidney", "größe 日本")

Truth = Mapping[str, Mapping[str, Voxels]]
"""Voxels by series and class; classes may overlap, and may be empty."""


def set_of(truth: Truth, images: Sequence[ImageVolume]) -> AnnotationSet:
    """Return a set as a reader of one file makes it."""
    numbers = {name: str(n) for n, name in enumerate(dict.fromkeys(itertools.chain(*truth.values())), 1)}
    one = [
        Labelled(image, [structure(name, numbers[name], voxels) for name, voxels in truth[image.series_id].items()])
        for image in images
    ]
    return annotation_set([VolumeFile("source", one)])


@dataclass(frozen=True)
class Way:
    """Writes sets in formats and reads them again, each time with the images of a dataset alone."""

    images: Sequence[ImageVolume]

    def through(self, given: AnnotationSet, format_id: str) -> tuple[AnnotationSet, list[Finding]]:
        """Return what is read of what a format wrote, and what was told on writing."""
        chosen, said = format_of(format_id), Said()
        grids = grids_of(self.images)
        files, told = written(chosen, given, grids=grids)
        place = Matcher(index_of(self.images), chosen.Options(), said)
        read = read_annotations(
            files_of(files),
            format_id=format_id,
            options=chosen.Options(),
            place=place,
            volumes=grids.volumes,
            said=said,
        )
        assert [(each.code, each.message) for each in read.findings if each.severity == "error"] == []
        return read.annotations, told

    def wrong(self, given: AnnotationSet, truth: Truth) -> dict[str, int]:
        """Return how many voxels are not what they were, by series and class; nothing where all are."""
        found = voxels_of(given, grids_of(self.images).volumes)
        counts = {}
        for series, classes in truth.items():
            here = found.get((series, ""), {})
            for name in classes.keys() | here.keys():
                nothing = np.zeros(SHAPE, np.uint8)
                differ = int((here.get(name, nothing) != classes.get(name, nothing)).sum())
                if differ:
                    counts[f"{series} {name}"] = differ
        return counts


def index_of(images: Sequence[ImageVolume]) -> pa.Table:
    """Return an index of the objects of series, as a catalogue gives it: an object of several planes is one row."""
    rows = {
        key: {"store": "raw", "key": key, "series_id": image.series_id, "item_index": item, "width": 9, "height": 7}
        for image in images
        for key, item in zip(image.keys, image.items, strict=True)
    }
    return pa.Table.from_pylist([rows[key] for key in sorted(rows)], schema=PLACE_SCHEMA)


@st.composite
def any_truth(draw: st.DrawFn, images: Sequence[ImageVolume], *, overlap: bool) -> Truth:
    """Return classes on each image: any voxels at all, or none; of the first class one at least."""
    count = int(np.prod(SHAPE))
    made: dict[str, dict[str, Voxels]] = {}
    for image in images:
        bits = [np.frombuffer(draw(st.binary(min_size=32, max_size=32)), np.uint8) for _ in NAMES]
        masks = [np.unpackbits(each)[:count].reshape(SHAPE) for each in bits]
        masks[0][0, 0, 0] = 1  # nobody knows of a series on which COCO has nothing
        if not overlap:
            masks = [mask & ~np.bitwise_or.reduce([*masks[:n], np.zeros_like(mask)]) for n, mask in enumerate(masks)]
        masks[draw(st.integers(0, 2))][draw(st.integers(1, 3)) :] = 0
        made[image.series_id] = dict(zip(NAMES, masks, strict=True))
    return made


FEW = settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))

RINGS = {
    CT.series_id: {
        "liver": np.pad(np.ones((2, 5, 5), np.uint8), ((1, 1), (1, 1), (2, 2))),
        "kidney": np.pad(np.ones((1, 3, 3), np.uint8), ((2, 1), (2, 2), (3, 3))),
    }
}
"""The kidney lies inside of the liver."""


@FEW
@given(truth=any_truth([CT, NIFTI], overlap=True))
def test_structures_are_masks_of_slices_in_coco_and_structures_again(truth: Truth) -> None:
    way = Way([CT, NIFTI])
    rows, told = way.through(set_of(truth, way.images), "coco")
    assert [each for each in told if each.code != "loss.ids"] == []
    assert way.wrong(rows, truth) == {}


@FEW
@given(truth=any_truth([CT, NIFTI], overlap=True))
def test_one_hot_holds_what_overlaps_as_nibabel_and_we_read_it(truth: Truth) -> None:
    way = Way([CT, NIFTI])
    files, _ = written(format_of("nifti_onehot"), set_of(truth, way.images), grids=grids_of(way.images))
    for image in way.images:
        body = files[f"segmentations/{image.series_id}.nii.gz"]
        voxels = np.asanyarray(nib.Nifti1Image.from_bytes(gzip.decompress(body)).dataobj)
        for channel, mask in enumerate(truth[image.series_id].values()):
            assert np.array_equal(voxels[..., channel], mask.transpose(2, 1, 0))
    assert way.wrong(way.through(set_of(truth, way.images), "nifti_onehot")[0], truth) == {}


@FEW
@given(truth=any_truth([CT, NIFTI], overlap=False))
def test_one_hot_and_class_index_become_each_other(truth: Truth) -> None:
    way = Way([CT, NIFTI])
    onehot, told = way.through(set_of(truth, way.images), "nifti_onehot")
    index, told_too = way.through(onehot, "nifti_index")
    back, _ = way.through(index, "nifti_onehot")
    assert (told, told_too) == ([], [])
    assert [way.wrong(each, truth) for each in (onehot, index, back)] == [{}, {}, {}]
    assert back.categories.column("name").to_pylist() == list(NAMES)
    assert back.categories.column("source_id").to_pylist() == ["1", "2", "3"]


def test_what_overlaps_is_refused_as_class_index_with_the_count_of_its_voxels() -> None:
    way = Way([CT])
    onehot, _ = way.through(set_of(RINGS, way.images), "nifti_onehot")
    files, told = written(format_of("nifti_index"), onehot, grids=grids_of(way.images))
    assert [(each.code, each.value) for each in told] == [("nifti.overlap", "9")]
    assert list(files) == ["labels.json"]


@FEW
@given(truth=any_truth([CT, MR], overlap=False))
def test_no_voxel_changes_from_a_structure_set_to_one_hot_class_index_coco_and_back(truth: Truth) -> None:
    way = Way([CT, MR])
    at = set_of(truth, way.images)
    for format_id in ("rtstruct", "nifti_onehot", "nifti_index", "coco", "rtstruct", "nifti_index"):
        at, told = way.through(at, format_id)
        assert [each.code for each in told if not each.code.startswith("loss.")] == [], format_id
        assert way.wrong(at, truth) == {}, format_id


@pytest.mark.parametrize("format_id", ["rtstruct", "nifti_onehot", "coco"])
def test_a_structure_inside_of_another_one_stays_one_of_its_own(format_id: str) -> None:
    way = Way([CT])
    back, _ = way.through(set_of(RINGS, way.images), format_id)
    assert way.wrong(back, RINGS) == {}


def test_a_structure_without_a_voxel_stays_a_category_through_all() -> None:
    way = Way([CT])
    truth = {CT.series_id: {**RINGS[CT.series_id], "empty": np.zeros(SHAPE, np.uint8)}}
    at = set_of(truth, way.images)
    for format_id in ("nifti_onehot", "coco", "nifti_onehot"):
        at, _ = way.through(at, format_id)
        assert "empty" in at.categories.column("name").to_pylist(), format_id


def test_a_voxel_that_changed_is_counted() -> None:
    way = Way([CT])
    other = {CT.series_id: {name: voxels.copy() for name, voxels in RINGS[CT.series_id].items()}}
    other[CT.series_id]["liver"][0, 0, 0] = 1
    assert way.wrong(set_of(other, way.images), RINGS) == {"dicom-made liver": 1}
