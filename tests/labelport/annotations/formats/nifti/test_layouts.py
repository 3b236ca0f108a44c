"""One-hot and class-index: which axis holds the channels, which values are labels."""

from typing import Any

import numpy as np
import pytest

from labelport.annotations.formats.nifti import voxels as voxels_module
from labelport.annotations.formats.nifti.label_list import Label
from tests.labelport.annotations.formats.nifti.label_volumes import (
    AFFINE,
    base,
    changed,
    image,
    onehot,
    read_one,
    volume_bytes,
)

# The two arrays that the vendor's page prints, the channel (of the first) in front.
PRINTED_ONEHOT = np.array(
    [
        [[[1, 1, 0, 0], [1, 0, 0, 1], [0, 0, 1, 1]], [[1, 0, 0, 1], [0, 0, 0, 1], [0, 0, 1, 1]]],
        [[[0, 0, 1, 1], [0, 1, 1, 0], [0, 0, 0, 0]], [[0, 1, 1, 0], [0, 0, 1, 0], [0, 0, 0, 0]]],
    ],
    np.uint8,
)
PRINTED_INDEX = np.array(
    [[[0, 0, 1, 1], [0, 1, 1, 0], [2, 2, 0, 0]], [[0, 1, 1, 0], [2, 2, 1, 0], [2, 2, 0, 0]]], np.uint8
)


def test_the_printed_array_of_channels_reads_with_the_channel_first() -> None:
    result = read_one(volume_bytes(PRINTED_ONEHOT), layout="onehot")
    assert result.counts == {"1": 11, "2": 7}
    assert [(each.code, each.severity) for each in result.findings] == [("nifti.channel_axis", "info")]
    assert np.array_equal(result.voxels["1"], PRINTED_ONEHOT[0])


def test_the_printed_array_of_channels_reads_with_the_channel_last() -> None:
    body = volume_bytes(
        np.moveaxis(PRINTED_ONEHOT, 0, -1)
    )  # 2 x 3 x 4 x 2: first and last axis are as long as the list
    assert read_one(body, layout="onehot").codes == ["nifti.channel_axis_ambiguous"]
    known = read_one(body, [image((2, 3, 4))], layout="onehot")
    declared = read_one(body, layout="onehot", channel_axis=3)
    for result in (known, declared):
        assert result.codes == []
        assert result.counts == {"1": 11, "2": 7}
        assert np.array_equal(result.voxels["2"], PRINTED_ONEHOT[1])


def test_the_printed_array_of_numbers_reads_as_printed_and_in_the_other_order() -> None:
    for stored in (PRINTED_INDEX, PRINTED_INDEX.transpose(2, 1, 0)):
        result = read_one(volume_bytes(stored))
        assert result.codes == []
        assert result.counts == {"1": 7, "2": 6}
        assert np.array_equal(result.voxels["2"], stored == 2)


@pytest.mark.parametrize("axis", [0, 1, 2, 3])
def test_a_declared_axis_counts_wherever_it_is(axis: int) -> None:
    stored = np.moveaxis(onehot(base()), -1, axis)
    result = read_one(volume_bytes(stored), layout="onehot", channel_axis=axis)
    assert result.codes == []
    assert np.array_equal(result.voxels["1"], base() == 1)
    assert np.array_equal(result.voxels["2"], base() == 2)


@pytest.mark.parametrize("axis", ["auto", 4])
def test_a_vector_a_voxel_holds_the_channels_in_the_fifth_axis(axis: Any) -> None:
    stored = onehot(base())[:, :, :, None, :]
    result = read_one(volume_bytes(stored), layout="onehot", channel_axis=axis)
    assert result.codes == []
    assert result.counts == {"1": 8, "2": 8}


@pytest.mark.parametrize(
    ("shape", "axis"),
    [((5, 4, 3, 3), "auto"), ((3, 5, 4, 3), "auto"), ((5, 4, 3, 2), 0), ((5, 4, 3, 2), 4), ((5, 4, 3, 2, 2), "auto")],
)
def test_another_number_of_channels_than_labels_is_refused(shape: tuple[int, ...], axis: Any) -> None:
    result = read_one(volume_bytes(np.zeros(shape, np.uint8)), layout="onehot", channel_axis=axis)
    assert result.codes == ["nifti.channel_count"]
    assert result.labelled is None


def test_channels_of_another_grid_than_the_image_are_told_as_such() -> None:
    result = read_one(volume_bytes(np.zeros((6, 4, 3, 2), np.uint8)), [image()], layout="onehot")
    assert result.codes == ["nifti.geometry_mismatch"]


def test_channels_are_labels_by_their_place_in_the_list() -> None:
    labels = [Label(9, "nine"), Label(4, "four")]
    result = read_one(volume_bytes(onehot(base())), layout="onehot", labels=labels)
    assert {each.number: each.name for each in result.labelled.structures} == {"9": "nine", "4": "four"}  # type: ignore[union-attr]
    assert np.array_equal(result.voxels["9"], base() == 1)


def test_channels_may_overlap() -> None:
    channels = onehot(base())
    channels[..., 1] = 1
    result = read_one(volume_bytes(channels), layout="onehot")
    assert result.codes == []
    assert result.counts == {"1": 8, "2": 60}


@pytest.mark.parametrize("inside", [255, 2])
def test_another_number_inside_than_one_is_taken_and_told(inside: int) -> None:
    result = read_one(volume_bytes(onehot(base()) * np.uint8(inside)), layout="onehot")
    assert result.codes == ["nifti.onehot_not_binary"]
    assert result.counts == {"1": 8, "2": 8}


@pytest.mark.parametrize("axis", [0, 3])
@pytest.mark.parametrize("odd", [0.5, -1, 2, np.nan])
def test_channels_of_several_numbers_are_no_labels(odd: float, axis: int) -> None:
    channels = onehot(base()).astype(np.float32)
    channels[2, 2, 2, 0] = odd
    result = read_one(volume_bytes(np.moveaxis(channels, -1, axis)), layout="onehot", channel_axis=axis)
    assert result.codes == ["nifti.not_a_label_map"]
    assert result.labelled is None


@pytest.mark.parametrize(
    ("slope", "intercept"), [(0, 0), (1, 0), (np.nan, 0), (np.nan, np.nan), (0, np.nan), (1, np.nan), (0, 7)]
)
def test_a_slope_that_says_nothing_scales_nothing(slope: float, intercept: float) -> None:
    body = changed(changed(volume_bytes(base(), compress=False), "scl_slope", slope), "scl_inter", intercept)
    result = read_one(body, name="a.nii")
    assert result.codes == []
    assert result.counts == {"1": 8, "2": 8}


def test_a_slope_scales_and_is_told() -> None:
    body = changed(changed(volume_bytes(base() * 2, compress=False), "scl_slope", 0.5), "scl_inter", 0.0004)
    result = read_one(body, name="a.nii")
    assert result.codes == ["nifti.scaled_labels"]
    assert np.array_equal(result.voxels["2"], base() == 2)


@pytest.mark.parametrize(("slope", "intercept"), [(0.5, 0), (1, 0.002), (1, np.inf), (np.inf, 0), (1e30, 0)])
def test_scaled_numbers_that_are_not_whole_are_no_labels(slope: float, intercept: float) -> None:
    body = changed(changed(volume_bytes(base(), compress=False), "scl_slope", slope), "scl_inter", intercept)
    assert read_one(body, name="a.nii").codes == ["nifti.not_a_label_map"]


@pytest.mark.parametrize(("noise", "codes"), [(9e-4, []), (1.1e-3, ["nifti.not_a_label_map"])])
def test_real_numbers_count_as_the_whole_ones_that_they_are_near_to(noise: float, codes: list[str]) -> None:
    for sign in (1, -1):
        result = read_one(volume_bytes(base() + sign * noise))
        assert result.codes == codes
        if not codes:
            assert np.array_equal(result.voxels["1"], base() == 1)


def test_numbers_that_no_label_has_are_counted_and_left_out() -> None:
    stored = base().astype(np.int16)
    stored[0, 0] = [-3, 900, 900]
    result = read_one(volume_bytes(stored))
    assert [(each.code, each.pointer, each.count) for each in result.findings] == [
        ("nifti.unknown_class_id", "-3", 1),
        ("nifti.unknown_class_id", "900", 2),
    ]
    assert result.counts == {"1": 8, "2": 8}


def test_a_picture_of_very_many_numbers_is_no_label_map(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voxels_module, "MOST_UNKNOWN", 50)
    stored = np.arange(60, dtype=np.int32).reshape(5, 4, 3)
    assert read_one(volume_bytes(stored)).codes == ["nifti.not_a_label_map"]


@pytest.mark.parametrize("dtype", [np.int64, np.uint64, np.uint32])
def test_ids_may_be_as_large_as_voxels_can_say(dtype: Any) -> None:
    great = int(np.iinfo(dtype).max if dtype is np.uint32 else 2**63 - 1)
    stored = np.where(base() == 2, dtype(great), dtype(0))
    result = read_one(volume_bytes(stored), labels=[Label(great, "great")])
    assert result.codes == []
    assert result.counts == {str(great): 8}


def test_large_planes_give_the_same_as_small_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    stored = np.random.default_rng(3).integers(0, 4, (9, 8, 5)).astype(np.uint8)
    labels = [Label(number, str(number)) for number in (1, 2, 3)]
    small = read_one(volume_bytes(stored), labels=labels).voxels
    monkeypatch.setattr(voxels_module, "LARGE", 10)
    large = read_one(volume_bytes(stored), labels=labels).voxels
    for number in ("1", "2", "3"):
        assert np.array_equal(small[number], stored == int(number))
        assert np.array_equal(large[number], stored == int(number))


@pytest.mark.parametrize(("code", "bits"), [(1, 1), (32, 64), (128, 24), (1536, 128), (7777, 8)])
def test_voxels_that_are_no_whole_or_real_numbers_are_refused(code: int, bits: int) -> None:
    body = changed(changed(volume_bytes(base(), compress=False), "datatype", code), "bitpix", bits)
    assert read_one(body, name="a.nii").codes == ["nifti.unsupported_type"]


def test_the_affine_is_that_of_space_wherever_the_channels_stand() -> None:
    body = volume_bytes(np.moveaxis(onehot(base()), -1, 0), AFFINE)
    result = read_one(body, [image()], layout="onehot")
    assert result.codes == ["nifti.channel_axis"]
    assert result.labelled is not None
