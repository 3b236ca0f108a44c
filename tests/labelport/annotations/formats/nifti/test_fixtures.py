"""The 36 shared volumes give what their expected.json says, no more and no less."""

import json
from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.volumes.document import read_document
from labelport.annotations.volumes.image_volume import ImageVolume
from labelport.findings import Finding
from tests.labelport.annotations.formats.nifti.label_volumes import AFFINE, Voxels, image, read_all, rows_as_voxels
from tests.labelport.annotations.volumes.folders import nifti_volume
from tests.needs import SHARED, fixtures

PLACE = SHARED / "fixtures" / "nifti"
CASES: dict[str, Any] = (
    json.loads((PLACE / "expected.json").read_text())["files"] if PLACE.exists() else {"absent": None}
)
FORMATS = {"class_index": "nifti_index", "one_hot": "nifti_onehot"}
SAME_BODY = [name for name, case in CASES.items() if case and "same_body_as" in case]


@cache
def read(name: str, against: str = "") -> tuple[AnnotationSet, list[Finding]]:
    """Return what comes of a fixture; ``against``: the one that is its image."""
    root = fixtures("nifti")
    names = [name, name.replace(".img", ".hdr"), "labels.json"]
    images: Sequence[ImageVolume] | None = None
    if against:
        # The image is called as the labels are: a name that leads to it is not what is tested here.
        images = [nifti_volume(root / against, series_id="single-image", key=name)]
    return read_all({each: (root / each).read_bytes() for each in dict.fromkeys(names)}, images)


def part_of(name: str) -> str:
    return name.replace(".img", ".hdr")


def counts(given: AnnotationSet) -> dict[str, int]:
    """Return voxels by label, with the labels of none, as rows and documents say them."""
    found: Counter[str] = Counter()
    for row in given.annotations.to_pylist():
        found[row["track_id"]] += int(row["area_given"])
    listed = [
        structure
        for body in given.documents.values()
        for grid in (read_document(body) or pytest.fail("no document")).grids
        for structure in grid.structures
    ]
    assert all(found[each.number] == each.voxels for each in listed)
    return {each.number: each.voxels for each in listed}


def test_there_are_as_many_cases_as_the_page_says() -> None:
    fixtures("nifti")
    assert len(CASES) == 36


@pytest.mark.parametrize("name", CASES)
def test_each_file_gives_its_counts_and_its_findings(name: str) -> None:
    fixtures("nifti")
    case = CASES[name]
    given, findings = read(name, case.get("against", ""))
    # What is only told (info) is a decision with its evidence, and no fault.
    assert [each.code for each in findings if each.severity != "info"] == case["findings"]
    assert {each.file for each in findings} <= {part_of(name)}
    refused = case["counts"] is None or "nifti.geometry_mismatch" in case["findings"]
    assert counts(given) == ({} if refused else case["counts"])
    assert given.categories.column("name").to_pylist() == ["class1", "class2"]


@pytest.mark.parametrize("name", CASES)
def test_each_file_is_of_the_format_that_its_axes_say(name: str) -> None:
    fixtures("nifti")
    given, _ = read(name)
    (only,) = given.documents or [part_of(name)]
    assert only == part_of(name)
    told, _ = read_all(
        {each: (PLACE / each).read_bytes() for each in dict.fromkeys([name, part_of(name), "labels.json"])},
        told=FORMATS[CASES[name]["format"]],
    )
    assert told.annotations.equals(given.annotations)


def test_what_reads_is_what_nibabel_reads() -> None:
    root = fixtures("nifti")
    for name, case in CASES.items():
        if not case["counts"] or "shape" not in case or case["format"] != "class_index":
            continue
        kind = nib.Nifti2Image if "nifti2" in name else nib.Nifti1Pair if "pair" in name else nib.Nifti1Image
        stored = np.rint(kind.from_filename(root / name).get_fdata())
        given, _ = read(name)
        found = rows_as_voxels(given, part_of(name), stored.shape)
        for label, count in case["counts"].items():
            assert np.array_equal(found.get(label, np.zeros(stored.shape)), stored == int(label)), name
            assert int(found.get(label, np.zeros(1)).sum()) == count


def world(voxels: Voxels, affine: Voxels) -> set[tuple[float, ...]]:
    """Return where voxels lie in the patient."""
    places = np.argwhere(voxels) @ affine[:3, :3].T + affine[:3, 3]
    return {tuple(each) for each in np.round(places, 3).tolist()}


@pytest.mark.parametrize("name", SAME_BODY)
def test_other_axis_orders_are_the_same_body(name: str) -> None:
    root = fixtures("nifti")
    stored = nib.Nifti1Image.from_filename(root / name)
    original = nib.Nifti1Image.from_filename(root / CASES[name]["same_body_as"])
    found = rows_as_voxels(read(name)[0], name, stored.shape)
    expected = np.asarray(original.dataobj)
    for label in ("1", "2"):
        assert world(found[label], stored.affine) == world(expected == int(label), original.affine)


@pytest.mark.parametrize("name", SAME_BODY)
def test_other_axis_orders_are_turned_to_the_voxels_of_the_image(name: str) -> None:
    root = fixtures("nifti")
    given, findings = read(name, CASES[name]["same_body_as"])
    expected = np.asarray(nib.Nifti1Image.from_filename(root / CASES[name]["same_body_as"]).dataobj)
    found = rows_as_voxels(given, name, expected.shape)
    assert all(np.array_equal(found[label], expected == int(label)) for label in ("1", "2"))
    assert [(each.code, each.severity) for each in findings] == [("nifti.reoriented", "info")]
    assert set(given.images.column("series_id").to_pylist()) == {"single-image"}


def test_a_channel_axis_in_front_is_told_as_a_decision() -> None:
    fixtures("nifti")
    _, findings = read("onehot_channel_first.nii.gz")
    assert [(each.code, each.severity, each.pointer) for each in findings] == [("nifti.channel_axis", "info", "dim")]


@pytest.mark.parametrize(("shape", "axis"), [((2, 4, 3), 3), ((4, 3, 2), 0)])
def test_the_image_decides_which_axis_holds_the_channels(shape: tuple[int, int, int], axis: int) -> None:
    root = fixtures("nifti")
    name = "onehot_ambiguous_axis.nii.gz"
    bodies = {each: (root / each).read_bytes() for each in (name, "labels.json")}
    _, findings = read_all(bodies, [image(shape, AFFINE, key=name)])
    assert [each.code for each in findings] == (["nifti.channel_axis"] if axis == 0 else [])
    _, declared = read_all(bodies, channel_axis=axis)
    assert declared == []


def test_voxels_of_no_label_are_counted_under_their_number() -> None:
    fixtures("nifti")
    (told,) = read("unknown_class_id.nii.gz")[1]
    assert (told.pointer, told.count, told.severity) == ("7", 1, "error")


@pytest.mark.parametrize("name", ["short_data.nii.gz", "cut_gzip.nii.gz", "declares_4_gib.nii.gz"])
def test_missing_voxels_are_an_error_on_reading(name: str) -> None:
    fixtures("nifti")
    assert [each.severity for each in read(name)[1]] == ["error"]


@pytest.mark.parametrize(
    ("name", "pointers"),
    [
        ("labels_wrapped.json", None),
        ("labels_duplicate.json", ["/1/id", "/1/name"]),
        ("labels_object.json", [""]),
    ],
)
def test_lists_of_labels_are_taken_or_refused_with_their_pointer(name: str, pointers: list[str] | None) -> None:
    root = fixtures("nifti")
    volume = "index_ras.nii.gz"
    bodies = {volume: (root / volume).read_bytes(), "labels.json": (root / name).read_bytes()}
    given, findings = read_all(bodies)
    assert [(each.code, each.file, each.pointer) for each in findings] == [
        ("nifti.bad_labels", "labels.json", pointer) for pointer in pointers or []
    ]
    assert counts(given) == ({} if pointers else {"1": 8, "2": 8})
