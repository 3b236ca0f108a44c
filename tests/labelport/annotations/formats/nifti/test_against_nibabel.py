"""Random volumes in any type, byte order, version and axis order: nibabel says what they hold and where."""

import io
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from labelport.annotations.formats.nifti.label_list import Label
from tests.labelport.annotations.formats.nifti.label_volumes import Voxels, image, read_one, volume_bytes
from tests.labelport.geometry.test_affines import TURNS, rotated

nib: Any = nibabel
TYPES = ["u1", "i1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8"]
LABELS = [Label(number, f"class{number}") for number in (1, 2, 5)]


def judge(body: bytes, version: int) -> Any:
    """Return what nibabel reads of an uncompressed file."""
    kind = nib.Nifti1Image if version == 1 else nib.Nifti2Image
    return kind.from_stream(io.BytesIO(body))


@st.composite
def stored_volumes(draw: st.DrawFn) -> tuple[bytes, int, Voxels, tuple[int, int, int]]:
    """Draw a file, its version, the affine of its image, and the image's shape: the same grid in other axes."""
    shape = draw(st.tuples(*[st.integers(1, 5)] * 3))
    seed = draw(st.integers(0, 2**32 - 1))
    voxels = np.random.default_rng(seed).choice([0, 1, 2, 5], shape)
    affine = rotated(
        draw(st.tuples(*[st.floats(-0.5, 0.5)] * 3)),
        draw(st.tuples(*[st.floats(0.3, 5)] * 3)),
        np.array(draw(st.tuples(*[st.floats(-500, 500)] * 3))),
    )
    axes, flips = draw(st.sampled_from(TURNS))
    orientation = np.array([[axis, -1 if flip else 1] for axis, flip in zip(axes, flips, strict=True)], float)
    turned = nib.Nifti1Image(voxels.astype(np.int16), affine).as_reoriented(orientation)
    version = draw(st.sampled_from([1, 2]))
    values = np.asarray(turned.dataobj).astype(draw(st.sampled_from(TYPES)))
    body = volume_bytes(
        values, np.array(turned.affine), version=version, big_endian=draw(st.booleans()), compress=False
    )
    return body, version, affine, shape


@settings(max_examples=150, deadline=None)
@given(stored_volumes())
def test_no_voxel_is_another_one_than_nibabel_says(drawn: tuple[bytes, int, Voxels, tuple[int, int, int]]) -> None:
    body, version, affine, shape = drawn
    judged = judge(body, version)
    to_image = nib.orientations.ornt_transform(
        nib.orientations.io_orientation(judged.affine), nib.orientations.io_orientation(affine)
    )
    expected = judged.as_reoriented(to_image).get_fdata()
    result = read_one(body, [image(shape, affine)], name="a.nii", labels=LABELS)
    assert set(result.codes) <= {"nifti.reoriented"}
    for label in LABELS:
        assert np.array_equal(result.voxels[str(label.id)], expected == label.id)
    own = read_one(body, name="a.nii", labels=LABELS)
    for label in LABELS:
        assert np.array_equal(own.voxels[str(label.id)], judged.get_fdata() == label.id)
    assert own.labelled is not None
    assert own.labelled.image.affine is not None
    assert np.allclose(own.labelled.image.affine, judged.affine)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([0, 3]),
    st.sampled_from(TYPES),
    st.booleans(),
    st.tuples(*[st.integers(1, 5)] * 3),
)
def test_no_voxel_of_channels_is_another_one(
    seed: int, axis: int, kind: str, compress: bool, shape: tuple[int, int, int]
) -> None:
    channels = np.random.default_rng(seed).integers(0, 2, (*shape, 3))
    body = volume_bytes(np.moveaxis(channels, -1, axis).astype(kind), compress=compress)
    name = "a.nii.gz" if compress else "a.nii"
    result = read_one(body, name=name, layout="onehot", labels=LABELS, channel_axis=axis)
    assert result.codes == []
    for place, label in enumerate(LABELS):
        assert np.array_equal(result.voxels[str(label.id)], channels[..., place])


def test_labels_that_nibabel_saved_scaled_come_back_as_they_were(tmp_path: Path) -> None:
    voxels = np.random.default_rng(7).choice([0, 1, 2, 5], (6, 5, 4)).astype(np.float64)
    saved = nib.Nifti1Image(voxels, np.eye(4))
    saved.set_data_dtype(np.int16)
    nib.save(saved, tmp_path / "a.nii.gz")
    result = read_one((tmp_path / "a.nii.gz").read_bytes(), labels=LABELS)
    assert result.codes == ["nifti.scaled_labels"]
    for label in LABELS:
        assert np.array_equal(result.voxels[str(label.id)], voxels == label.id)
