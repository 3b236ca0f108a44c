"""Which files are claimed as volumes of labels, and with which list."""

import gzip

import numpy as np
import pytest

from labelport.annotations.contract import ReadContext
from labelport.annotations.files import AnnotationFile, in_memory
from labelport.annotations.formats.nifti import NIFTI_INDEX
from labelport.annotations.said import Said
from labelport.errors import ObjectAbsent
from tests.labelport.annotations.formats.nifti.label_volumes import (
    LIST,
    base,
    changed,
    claims_of,
    onehot,
    pair_bytes,
    read_all,
    volume_bytes,
)

INDEX, CHANNELS = volume_bytes(base()), volume_bytes(onehot(base()))


def claimed(
    bodies: dict[str, bytes], *, told: bool = False
) -> dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]]:
    found = claims_of(bodies, told=told)
    return {name: [(each.parts, each.shared) for each in claims] for name, claims in found.items() if claims}


def test_volumes_of_both_layouts_are_two_claims() -> None:
    bodies = {"labels.json": LIST, "a.nii.gz": INDEX, "b.nii.gz": CHANNELS}
    assert claimed(bodies) == {
        "nifti_index": [(("a.nii.gz",), ("labels.json",))],
        "nifti_onehot": [(("b.nii.gz",), ("labels.json",))],
    }


def test_each_volume_belongs_to_the_nearest_list_above_it() -> None:
    bodies = {
        "labels.json": LIST,
        "a/b/1.nii.gz": INDEX,
        "c/labels.json": LIST,
        "c/d/2.nii.gz": INDEX,
        "c/3.nii.gz": INDEX,
    }
    assert claimed(bodies) == {
        "nifti_index": [
            (("a/b/1.nii.gz",), ("labels.json",)),
            (("c/d/2.nii.gz", "c/3.nii.gz"), ("c/labels.json",)),
        ]
    }


def test_volumes_without_a_list_above_them_are_images() -> None:
    assert claimed({"a.nii.gz": INDEX, "other/labels.json": LIST}) == {}
    assert claimed({"a.nii.gz": volume_bytes(base().astype(np.float32))}) == {}


def test_without_a_list_a_volume_is_claimed_where_the_format_is_told_and_then_refused() -> None:
    bodies = {"a.nii.gz": INDEX}
    assert claimed(bodies, told=True)["nifti_index"] == [(("a.nii.gz",), ())]
    given, findings = read_all(bodies, told="nifti_index")
    assert given.annotations.num_rows == 0
    assert [(each.code, each.file) for each in findings] == [("nifti.no_labels", "a.nii.gz")]


@pytest.mark.parametrize("shape", [(5, 4, 3), (5, 4), (5, 4, 3, 1), (5, 4, 3, 1, 1)])
def test_sizes_of_one_at_the_end_are_no_channels(shape: tuple[int, ...]) -> None:
    bodies = {"labels.json": LIST, "a.nii.gz": volume_bytes(np.zeros(shape, np.uint8))}
    assert list(claimed(bodies)) == ["nifti_index"]


@pytest.mark.parametrize("shape", [(5, 4, 3, 2), (2, 5, 4, 3), (5, 4, 3, 1, 2), (5, 4, 1, 2)])
def test_further_axes_are_channels(shape: tuple[int, ...]) -> None:
    bodies = {"labels.json": LIST, "a.nii.gz": volume_bytes(np.zeros(shape, np.uint8))}
    assert list(claimed(bodies)) == ["nifti_onehot"]


def test_content_decides_and_not_the_name() -> None:
    bodies = {"labels.json": LIST, "scan": INDEX, "b.bin": volume_bytes(base(), compress=False)}
    assert claimed(bodies) == {"nifti_index": [(("scan", "b.bin"), ("labels.json",))]}


def test_what_is_no_volume_is_claimed_only_where_it_is_called_so() -> None:
    bodies = {
        "labels.json": LIST,
        "a.json": b"[]",
        "b.txt.gz": gzip.compress(b"words"),
        "c.nii.gz": b"",
        "d.nii": b"no",
    }
    assert claimed(bodies) == {"nifti_index": [(("c.nii.gz", "d.nii"), ("labels.json",))]}
    _, findings = read_all(bodies)
    assert [(each.code, each.file) for each in findings] == [
        ("nifti.not_nifti", "c.nii.gz"),
        ("nifti.not_nifti", "d.nii"),
    ]


def test_a_pair_is_a_claim_of_its_own_that_shares_its_voxels() -> None:
    header, voxels = pair_bytes(base())
    bodies = {"labels.json": LIST, "a.hdr": header, "a.img": voxels, "b.nii.gz": INDEX}
    assert claimed(bodies) == {
        "nifti_index": [(("a.hdr",), ("a.img", "labels.json")), (("b.nii.gz",), ("labels.json",))]
    }
    given, findings = read_all(bodies)
    assert findings == []
    assert sum(given.annotations.column("area_given").to_pylist()) == 2 * 16


def test_the_halves_of_a_pair_can_be_compressed_each() -> None:
    header, voxels = pair_bytes(base())
    bodies = {"labels.json": LIST, "a.hdr.gz": gzip.compress(header), "a.img.gz": gzip.compress(voxels)}
    given, findings = read_all(bodies)
    assert findings == []
    assert sum(given.annotations.column("area_given").to_pylist()) == 16


def test_a_header_without_its_voxels_is_half_a_pair() -> None:
    header, _ = pair_bytes(base())
    _, findings = read_all({"labels.json": LIST, "a.hdr": header})
    assert [(each.code, each.file) for each in findings] == [("nifti.half_pair", "a.hdr")]


def test_the_voxels_of_a_pair_can_be_too_few() -> None:
    header, voxels = pair_bytes(base())
    _, findings = read_all({"labels.json": LIST, "a.hdr": header, "a.img": voxels[:-1]})
    assert [(each.code, each.severity) for each in findings] == [("nifti.truncated", "error")]


def test_a_file_that_cannot_be_looked_at_is_claimed_by_its_name_and_told_on_reading() -> None:
    def gone(*_: int) -> bytes:
        raise ObjectAbsent("it is gone")

    files = [AnnotationFile("a.nii.gz", 100, "t", gone), in_memory("labels.json", LIST)]
    (claim,) = NIFTI_INDEX.claims(files, told=False)
    said = Said()
    NIFTI_INDEX.read({each.name: each for each in files}, claim, ReadContext(said=said))
    assert [(each.code, each.file) for each in said.findings()] == [("format.unreadable", "a.nii.gz")]


def test_the_user_says_the_format_and_volumes_of_the_other_layout_are_refused() -> None:
    bodies = {"labels.json": LIST, "a.nii.gz": INDEX, "b.nii.gz": CHANNELS}
    _, index = read_all(bodies, told="nifti_index")
    _, channels = read_all(bodies, told="nifti_onehot")
    assert [(each.code, each.file) for each in index] == [("nifti.channel_count", "b.nii.gz")]
    assert [(each.code, each.file) for each in channels] == [("nifti.channel_count", "a.nii.gz")]


def test_a_header_with_impossible_dimensions_is_claimed_and_refused() -> None:
    body = changed(volume_bytes(base(), compress=False), "dim", [0, 5, 4, 3, 1, 1, 1, 1])
    bodies = {"labels.json": LIST, "a.nii": body}
    assert list(claimed(bodies)) == ["nifti_index"]
    assert [each.code for each in read_all(bodies)[1]] == ["nifti.bad_header"]
