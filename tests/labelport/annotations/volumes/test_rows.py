"""Structures as rows; pycocotools is the judge of the masks."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask as coco

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.volumes.document import read_document
from labelport.annotations.volumes.rows import VolumeFile, annotation_set, plane_name, run_text
from labelport.annotations.volumes.structures import Labelled, Structure, cropped
from labelport.testing.annotation_volumes import dicom_volume, nifti_volume, structure

SHAPE = (4, 7, 9)
CT, OTHER, NIFTI = dicom_volume(), dicom_volume("dicom-other", number=2), nifti_volume()


def noise(seed: int, *, share: float = 0.2) -> Any:
    return (np.random.default_rng(seed).random(SHAPE) < share).astype(np.uint8)


def rows(given: AnnotationSet, table: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = getattr(given, table).to_pylist()
    return found


@given(st.integers(0, 1 << 16))
@settings(deadline=None, max_examples=25)
def test_every_plane_with_voxels_has_a_row_with_its_mask(seed: int) -> None:
    voxels = noise(seed, share=0.05)
    made = annotation_set([VolumeFile("rt.dcm", [Labelled(CT, [structure("liver", "3", voxels)])])])
    images, annotations = rows(made, "images"), rows(made, "annotations")
    with_voxels = np.flatnonzero(voxels.any(axis=(1, 2))).tolist()
    assert [row["item_index"] for row in images] == with_voxels
    assert [row["image_id"] for row in annotations] == list(range(len(with_voxels)))
    for row, plane in zip(annotations, with_voxels, strict=True):
        mask = voxels[plane]
        assert (coco.decode(json.loads(row["segmentation"])) == mask).all()
        y, x = np.nonzero(mask)
        assert (row["x0"], row["y0"], row["x1"], row["y1"]) == (x.min(), y.min(), x.max() + 1, y.max() + 1)
        assert row["area_given"] == mask.sum()
        assert (row["kind"], row["unit"], row["segmentation_kind"]) == ("rle", "pixel", "rle_text")
        assert (row["category_id"], row["track_id"]) == (0, "3")


def test_images_are_planes_and_structures_share_them() -> None:
    voxels = np.zeros(SHAPE, np.uint8)
    voxels[1, 2, 3] = voxels[2, 2, 3] = 1
    made = annotation_set([VolumeFile("rt.dcm", [Labelled(CT, [structure(name, name, voxels) for name in "ab"])])])
    assert [
        (row["store"], row["key"], row["series_id"], row["item_index"], row["frame"], row["name_given"], row["state"])
        for row in rows(made, "images")
    ] == [
        ("raw", f"scans/dicom-made/{n}.dcm", "dicom-made", n, None, f"scans/dicom-made/{n}.dcm", "labelled")
        for n in (1, 2)
    ]
    assert [(row["width"], row["height"]) for row in rows(made, "images")] == [(9, 7)] * 2
    assert [(row["category_id"], row["image_id"]) for row in rows(made, "annotations")] == [
        (0, 0), (0, 1), (1, 0), (1, 1),
    ]  # fmt: skip


def test_planes_of_an_object_of_several_are_named_by_their_frames() -> None:
    assert [plane_name(NIFTI, plane) for plane in (0, 3)] == ["scans/made.nii.gz#frame=0", "scans/made.nii.gz#frame=3"]
    assert plane_name(CT, 3) == "scans/dicom-made/3.dcm"


def test_a_grid_that_nobody_knows_is_no_object_of_the_dataset() -> None:
    image = nifti_volume("", key="loose.nii")
    made = annotation_set([VolumeFile("loose.nii", [Labelled(image, [structure("a", "1", noise(1))])])])
    first = rows(made, "images")[0]
    assert [first[name] for name in ("store", "key", "series_id", "item_index")] == [None] * 4
    assert (first["frame"], first["name_given"]) == (0, "loose.nii#frame=0")


def test_each_file_has_categories_of_its_own_in_the_order_of_its_structures() -> None:
    files = [
        VolumeFile("one.dcm", [Labelled(CT, [structure(name, str(n), noise(n)) for n, name in enumerate("ba")])]),
        VolumeFile("two.dcm", [Labelled(OTHER, [structure("a", "7", noise(5)), structure("a", "8", noise(6))])]),
    ]
    made = annotation_set(files)
    assert [
        (row["category_id"], row["name"], row["source_id"], row["source_file"]) for row in rows(made, "categories")
    ] == [
        (0, "b", "0", "one.dcm"),
        (1, "a", "1", "one.dcm"),
        (2, "a", "7", "two.dcm"),
    ]
    annotations = rows(made, "annotations")
    assert [row["annotation_id"] for row in annotations] == list(range(len(annotations)))
    assert {(row["source_file"], row["category_id"], row["track_id"]) for row in annotations} == {
        ("one.dcm", 0, "0"), ("one.dcm", 1, "1"), ("two.dcm", 2, "7"), ("two.dcm", 2, "8"),
    }  # fmt: skip
    assert {rows(made, "images")[row["image_id"]]["source_file"] for row in annotations[-2:]} == {"two.dcm"}
    assert set(made.documents) == {"one.dcm", "two.dcm"}


def test_two_files_of_one_series_have_image_rows_of_their_own() -> None:
    voxels = np.ones(SHAPE, np.uint8)
    made = annotation_set(
        [VolumeFile(name, [Labelled(CT, [structure("a", "1", voxels)])]) for name in ("1.dcm", "2.dcm")]
    )
    assert [row["source_file"] for row in rows(made, "images")] == ["1.dcm"] * 4 + ["2.dcm"] * 4
    assert [row["image_id"] for row in rows(made, "annotations")] == list(range(8))


def test_listed_categories_are_all_there_and_those_of_all_files() -> None:
    listed = [("1", "liver"), ("12", "kidney"), ("x", "never")]
    files = [VolumeFile(name, [Labelled(NIFTI, [structure("kidney", "12", noise(3))])]) for name in ("a.nii", "b.nii")]
    made = annotation_set(files, listed=listed, listed_in="labels.json")
    assert [(row["name"], row["source_id"], row["source_file"]) for row in rows(made, "categories")] == [
        ("liver", "1", "labels.json"),
        ("kidney", "12", "labels.json"),
        ("never", '"x"', "labels.json"),
    ]
    assert {row["category_id"] for row in rows(made, "annotations")} == {1}
    with pytest.raises(KeyError):
        annotation_set(
            [VolumeFile("c.nii", [Labelled(NIFTI, [structure("strange", "2", noise(3))])])],
            listed=listed,
            listed_in="labels.json",
        )


def test_a_structure_without_voxels_has_its_category_and_its_line_in_the_document() -> None:
    made = annotation_set(
        [VolumeFile("rt.dcm", [Labelled(CT, [Structure("empty", "5", {}, (1, 2, 3))])], "ab", {"k": [1]})]
    )
    assert made.images.num_rows == made.annotations.num_rows == 0
    assert [row["name"] for row in rows(made, "categories")] == ["empty"]
    document: Any = read_document(made.documents["rt.dcm"])
    listed = document.grids[0].structures[0]
    assert (listed.name, listed.number, listed.voxels, listed.colour) == ("empty", "5", 0, (1, 2, 3))
    assert (document.object, document.extras) == ("ab", {"k": [1]})


def test_no_files_are_no_rows() -> None:
    made = annotation_set([])
    assert [getattr(made, table).num_rows for table in ("images", "categories", "annotations")] == [0, 0, 0]
    assert made.documents == {}


def test_a_plane_says_where_it_stands_in_the_file_where_the_structure_does_not() -> None:
    patch = cropped(np.ones(SHAPE[1:], np.uint8))
    assert patch is not None
    one = Structure(
        "a", "1", {0: patch, 2: patch}, pointer="(3006,0039)[0]", pointers={2: "(3006,0039)[0].(3006,0040)[4]"}
    )
    made = annotation_set([VolumeFile("rt.dcm", [Labelled(CT, [one])])])
    assert [row["pointer"] for row in rows(made, "annotations")] == ["(3006,0039)[0]", "(3006,0039)[0].(3006,0040)[4]"]


@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 1 << 16))
@settings(deadline=None, max_examples=30)
def test_run_lengths_are_those_of_the_whole_plane(height: int, width: int, seed: int) -> None:
    mask = np.random.default_rng(seed).integers(0, 2, (height, width), np.uint8)
    patch = cropped(mask)
    if patch is not None:
        theirs = coco.encode(np.asfortranarray(mask))
        assert json.loads(run_text(patch, height, width)) == {
            "size": [height, width],
            "counts": theirs["counts"].decode(),
        }
