"""What the tables keep of a file of volume labels: JSON that any reader of JSON takes."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from labelport.annotations.volumes.document import Grid, document_of, grid_volume, place_of, read_document
from labelport.annotations.volumes.structures import Labelled, Structure
from labelport.testing.annotation_volumes import dicom_volume, nifti_volume, structure, uneven

ONE_VOXEL = np.pad(np.ones((1, 1, 1), np.uint8), ((1, 2), (2, 4), (3, 5)))
LABELLED = [
    Labelled(dicom_volume(), [structure("liver", "1", ONE_VOXEL), Structure("größe 日本", "02", {}, (255, 0, 7))]),
    Labelled(nifti_volume(""), []),
]


def test_a_document_comes_back_whole() -> None:
    body = document_of(LABELLED, "0f" * 16, {"interpreted_types": {"1": "ORGAN"}})
    found: Any = read_document(body)
    assert (found.version, found.object, found.extras) == (1, "0f" * 16, {"interpreted_types": {"1": "ORGAN"}})
    first, second = found.grids
    assert [(each.number, each.name, each.voxels, each.colour) for each in first.structures] == [
        ("1", "liver", 1, None),
        ("02", "größe 日本", 0, (255, 0, 7)),
    ]
    assert (first.series_id, first.kind, first.key, first.shape) == (
        "dicom-made", "dicom", "scans/dicom-made/0.dcm", (9, 7, 4),
    )  # fmt: skip
    assert (second.series_id, second.kind, second.key, second.structures) == ("", "none", "scans/made.nii.gz", [])
    assert json.loads(body)["labelport_volume"] == 1


def test_equal_volumes_are_equal_bytes_and_no_raw_uid_is_among_them() -> None:
    body = document_of(LABELLED, "", {})
    assert body == document_of(LABELLED, "", {})
    image = LABELLED[0].image
    for uid in (image.study_uid, image.series_uid, image.frame_of_reference_uid, *image.sop_uids):
        assert (uid or "none").encode() not in body


@pytest.mark.parametrize(
    "body",
    [
        None,
        b"",
        b"{}",
        b"\x89PNG",
        b'{"images": []}',
        b'{"labelport_volume":',
        b'{"labelport_volume":1}',
        b'{"labelport_volume":"1","grids":[]}',
        b'{"labelport_volume":1,"grids":[{"series_id":null}]}',
        b'{"labelport_volume":1,"grids":[]}garbage',
        b'{"labelport_volume":1,"grids":[],"object":"\xff"}',
    ],
)
def test_what_another_format_keeps_is_no_document(body: bytes | None) -> None:
    assert read_document(body) is None


def test_a_grid_is_a_volume_again_where_it_has_an_affine() -> None:
    body = document_of([Labelled(nifti_volume("", key="a/b.nii"), [])], "", {})
    grid = read_document(body).grids[0]  # type: ignore[union-attr]
    again: Any = grid_volume(grid)
    before = nifti_volume("", key="a/b.nii")
    assert again.shape == before.shape
    assert (again.affine == before.affine).all()
    assert (again.keys, again.frames, again.known, again.oriented) == (["a/b.nii"] * 4, [0, 1, 2, 3], False, True)
    assert again.stack.origins == pytest.approx(before.stack.origins)


@pytest.mark.parametrize("affine", [None, [0.0] * 16])
def test_a_grid_that_places_no_voxels_is_no_volume(affine: list[float] | None) -> None:
    assert grid_volume(Grid("", "none", "a.nii", (2, 2, 2), affine, oriented=True, structures=[])) is None
    uneven_body = document_of([Labelled(uneven(dicom_volume("")), [])], "", {})
    assert grid_volume(read_document(uneven_body).grids[0]) is None  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "grid",
    [
        b'"shape":[2,2,2],"affine":[1,2]',
        b'"shape":[2,2,1000000000000],"affine":[1,0,0,0,0,1,0,0,0,0,1,0,0,0,0,1]',
        b'"shape":[1000000,1000000,1],"affine":[1,0,0,0,0,1,0,0,0,0,1,0,0,0,0,1]',
        b'"shape":[2,2,-1],"affine":[1,0,0,0,0,1,0,0,0,0,1,0,0,0,0,1]',
        b'"shape":[-1000000,-1000000,2],"affine":[1,0,0,0,0,1,0,0,0,0,1,0,0,0,0,1]',
    ],
)
def test_a_grid_that_somebody_else_has_written_costs_nothing(grid: bytes) -> None:
    # A skeleton file keeps the members that it does not know, and these may look like ours.
    members = b'"series_id":"","kind":"none","key":"a","oriented":true,"structures":[],' + grid
    found = read_document(b'{"labelport_volume":1,"grids":[{' + members + b"}]}")
    assert found is not None
    assert grid_volume(found.grids[0]) is None


def test_the_place_of_a_volume_changes_with_its_planes_and_objects_alone() -> None:
    image = dicom_volume()
    assert place_of(image) == place_of(dicom_volume())
    others = [
        uneven(image),
        dicom_volume(number=2),
        dicom_volume("dicom-other"),
        replace(image, keys=[*image.keys[:3], "other.dcm"]),
        replace(image, items=[1, 2, 3, 4]),
        replace(image, sop_uids=[*image.sop_uids[:3], "1.2.3"]),
        replace(image, stack=replace(image.stack, column_mm=0.7500001)),
        replace(image, stack=replace(image.stack, along_row=-image.stack.along_row)),
    ]
    assert len({place_of(each) for each in [image, *others]}) == len(others) + 1
