"""Files that nobody vouches for: cut, damaged, promising what they do not have."""

import gzip
import struct
import tracemalloc
import zlib
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelport.annotations.files import AnnotationFile, in_memory
from labelport.annotations.formats.nifti import inflating, packed, reading
from labelport.annotations.formats.nifti.inflating import Bytes
from labelport.errors import ObjectChanged
from tests.labelport.annotations.formats.nifti.label_volumes import (
    AFFINE,
    base,
    changed,
    image,
    onehot,
    read_one,
    volume_bytes,
)

PLAIN = volume_bytes(base(), compress=False)
VERSION_2 = volume_bytes(base(), version=2, compress=False)
CHANNELS = volume_bytes(onehot(base()), compress=False)


def promising(shape: tuple[int, int, int]) -> bytes:
    """Return a header of uint8 voxels without them."""
    return changed(PLAIN, "dim", [3, *shape, 1, 1, 1, 1])[:352]


def deflated(head: bytes, count: int, value: int = 0) -> bytes:
    """Return a gzip file of a header and equal bytes, made piece by piece."""
    stream = zlib.compressobj(1, zlib.DEFLATED, 31)
    made = [stream.compress(head)]
    piece = bytes([value]) * (1 << 20)
    made += [stream.compress(piece) for _ in range(count >> 20)]
    return b"".join([*made, stream.compress(bytes([value]) * (count & (1 << 20) - 1)), stream.flush()])


def test_a_promise_above_the_cap_is_refused_before_anything_is_inflated(monkeypatch: pytest.MonkeyPatch) -> None:
    body = deflated(promising((200, 200, 50)), 200 * 200 * 50)
    assert read_one(body).codes == []
    taken: list[Any] = []
    monkeypatch.setattr(reading, "Bytes", lambda *args, **_: taken.append(args))
    refused = read_one(body, most=200 * 200 * 50 + 351)
    assert [(each.code, each.pointer) for each in refused.findings] == [("nifti.too_large", "dim")]
    assert taken == []


def test_the_cap_is_eight_gibibytes() -> None:
    head = promising((2048, 2048, 2100))
    assert read_one(head, name="a.nii").codes == ["nifti.too_large"]
    assert read_one(promising((2048, 2048, 2000)), name="a.nii").codes == ["nifti.truncated"]


def test_zeros_of_hundreds_of_megabytes_are_read_in_little_memory() -> None:
    shape = (1024, 1024, 300)
    body = deflated(promising(shape), 1024 * 1024 * 300)
    assert len(body) < 2_000_000
    tracemalloc.start()
    try:
        result = read_one(body)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert result.counts_only() == {"1": 0, "2": 0}
    assert result.codes == []
    assert peak < 48 << 20


def test_a_volume_that_is_one_class_is_held_compressed() -> None:
    shape = (1024, 1024, 32)
    body = deflated(promising(shape), 1024 * 1024 * 32, value=1)
    tracemalloc.start()
    try:
        result = read_one(body)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert result.counts_only() == {"1": 1024 * 1024 * 32, "2": 0}
    assert held < 1 << 20


def test_a_plane_of_too_many_bytes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_BLOCK", 19)
    assert read_one(PLAIN, name="a.nii").codes == ["nifti.too_large"]
    monkeypatch.setattr(reading, "MOST_BLOCK", 20)
    assert read_one(PLAIN, name="a.nii").codes == []


def test_an_axis_of_very_many_voxels_is_refused() -> None:
    body = bytearray(VERSION_2)
    struct.pack_into("<8q", body, 16, 3, 1 << 17, 1, 1, 1, 1, 1, 1)
    assert read_one(bytes(body) + bytes(1 << 17), name="a.nii").codes == ["nifti.too_large"]


@pytest.mark.parametrize(
    ("dims", "code"),
    [
        ([3, -5, 4, 3], "nifti.bad_header"),
        ([3, 5, 0, 3], "nifti.bad_header"),
        ([0, 5, 4, 3], "nifti.bad_header"),
        ([8, 5, 4, 3], "nifti.bad_header"),
        ([-1, 5, 4, 3], "nifti.bad_header"),
        ([3, 2**62, 2**62, 2**62], "nifti.too_large"),
        ([3, 2**62, 4, 3], "nifti.too_large"),
        ([3, 2048, 2048, 2], "nifti.truncated"),
    ],
)
def test_dimensions_that_can_be_none_are_refused(dims: list[int], code: str) -> None:
    body = bytearray(VERSION_2)
    struct.pack_into("<8q", body, 16, *dims, 1, 1, 1, 1)
    for packed_body, name in ((bytes(body), "a.nii"), (gzip.compress(body), "a.nii.gz")):
        result = read_one(packed_body, name=name)
        assert [(each.code, each.severity, each.pointer) for each in result.findings] == [(code, "error", "dim")]
        assert result.labelled is None


@pytest.mark.parametrize("offset", [np.nan, np.inf, -np.inf, -352, 0, 348, 352.5])
def test_an_offset_inside_of_the_header_or_nowhere_is_refused(offset: float) -> None:
    result = read_one(changed(PLAIN, "vox_offset", offset), name="a.nii")
    assert [(each.code, each.pointer) for each in result.findings] == [("nifti.bad_header", "vox_offset")]


@pytest.mark.parametrize(("offset", "code"), [(1e30, "nifti.too_large"), (400, "nifti.truncated")])
def test_an_offset_behind_the_file_is_a_promise_too(offset: float, code: str) -> None:
    assert read_one(changed(PLAIN, "vox_offset", offset), name="a.nii").codes == [code]


def test_extensions_in_front_of_the_voxels_are_passed_over() -> None:
    body = changed(PLAIN, "vox_offset", 352 + 64)
    longer = body[:348] + b"\1\0\0\0" + struct.pack("<ii", 64, 6) + b"x" * 56 + body[352:]
    for packed_body, name in ((longer, "a.nii"), (gzip.compress(longer), "a.nii.gz")):
        result = read_one(packed_body, name=name)
        assert result.codes == []
        assert result.counts == {"1": 8, "2": 8}


@pytest.mark.parametrize("count", [1, 64, 5 << 20])
def test_bytes_behind_the_voxels_are_told(count: int) -> None:
    for body, name in ((PLAIN + bytes(count), "a.nii"), (gzip.compress(PLAIN + bytes(count), 1), "a.nii.gz")):
        result = read_one(body, name=name)
        assert result.codes == ["nifti.trailing_data"]
        assert result.counts == {"1": 8, "2": 8}


def test_no_more_is_inflated_behind_the_voxels_than_a_mebibyte(monkeypatch: pytest.MonkeyPatch) -> None:
    body = deflated(PLAIN, 64 << 20)
    monkeypatch.setattr(inflating, "PIECES", (1 << 16, 1 << 16))
    source = Bytes(in_memory("a.nii.gz", body), compressed=True, start=len(PLAIN))
    assert 1 << 20 < source.left(1 << 20) <= (1 << 20) + (1 << 16)
    (told,) = read_one(body).findings
    assert told.code == "nifti.trailing_data"
    assert "more than 1,048,576" in told.message


def test_bytes_behind_the_last_gzip_member_are_told() -> None:
    for rest in (b"\0" * 7, b"\x1f", b"words"):
        result = read_one(gzip.compress(PLAIN) + rest)
        assert result.codes == ["nifti.trailing_data"]
        assert result.counts == {"1": 8, "2": 8}


@pytest.mark.parametrize("places", [[1], [348], [352], [360, 380], list(range(1, 400, 7))])
@pytest.mark.parametrize("piece", [1, 2, 3, 1 << 16])
def test_members_may_be_cut_anywhere_and_come_in_any_pieces(
    places: list[int], piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inflating, "PIECES", (piece, piece))
    ends = [0, *places, len(PLAIN)]
    body = b"".join(gzip.compress(PLAIN[start:end]) for start, end in pairwise(ends))
    result = read_one(body)
    assert result.codes == []
    assert result.counts == {"1": 8, "2": 8}


def test_a_changed_byte_of_what_is_compressed_is_never_read_as_labels() -> None:
    body = gzip.compress(PLAIN)
    sound = read_one(body).voxels
    for place in range(10, len(body)):
        spoilt = body[:place] + bytes([body[place] ^ 0x55]) + body[place + 1 :]
        result = read_one(spoilt)
        assert result.codes, place
        if result.labelled is not None:  # the byte is one that says nothing of the voxels
            assert all(np.array_equal(voxels, sound[number]) for number, voxels in result.voxels.items())


def test_every_cut_of_a_file_is_told() -> None:
    for body, name in ((PLAIN, "a.nii"), (gzip.compress(PLAIN), "a.nii.gz"), (VERSION_2, "b.nii")):
        for length in range(len(body)):
            result = read_one(body[:length], name=name)
            assert result.labelled is None
            assert {each.code for each in result.findings} <= {"nifti.not_nifti", "nifti.truncated"}, length
            assert [each.severity for each in result.findings] == ["error"]


def test_a_file_that_changes_while_it_is_read_is_told() -> None:
    reads = iter(range(99))

    def read(start: int, length: int) -> bytes:
        if next(reads) > 0:
            raise ObjectChanged("it is another one now")
        return PLAIN[start : start + length]

    result = read_one(AnnotationFile("a.nii", len(PLAIN), "t", read))
    assert result.codes == ["format.unreadable"]


def test_a_file_that_gives_less_than_its_size_is_truncated() -> None:
    file = AnnotationFile("a.nii", len(PLAIN), "t", lambda start, length: PLAIN[:-5][start : start + length])
    assert read_one(file).codes == ["nifti.truncated"]


def test_analyze_is_refused_by_its_name() -> None:
    body = bytearray(348)
    struct.pack_into("<i", body, 0, 348)
    body[38:39] = b"r"
    (told,) = read_one(bytes(body), name="a.hdr").findings
    assert told.code == "nifti.not_nifti"
    assert "ANALYZE" in told.message


def test_a_scattered_class_is_turned_in_little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "MOST_HELD", 7)
    voxels = np.random.default_rng(5).integers(0, 3, (5, 4, 3)).astype(np.uint8)
    for axes in ([2, 0, 1], [1, 2, 0], [2, 1, 0], [0, 2, 1]):
        body = volume_bytes(voxels.transpose(axes), AFFINE[:, [*axes, 3]])
        result = read_one(body, [image()])
        assert all(np.array_equal(result.voxels[label], voxels == int(label)) for label in ("1", "2"))


@settings(max_examples=250, deadline=None)
@given(st.data())
def test_any_header_is_read_or_told_of(data: st.DataObject) -> None:
    body = bytearray(data.draw(st.sampled_from([PLAIN, VERSION_2, CHANNELS])))
    length = 348 if body[0] == 92 else 540
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, length + 3))
        few = data.draw(st.binary(min_size=1, max_size=8) | st.sampled_from([b"\xff" * 8, b"\0" * 8, b"\x80\x7f" * 4]))
        body[place : place + len(few)] = few
    cut = data.draw(st.integers(0, len(body)) | st.just(len(body)))
    layout = data.draw(st.sampled_from(["index", "onehot"]))
    images = data.draw(st.sampled_from([None, [image()]]))
    result = read_one(bytes(body[:cut]), images, name="a.nii", layout=layout)
    if result.labelled is None:
        assert any(each.severity in ("error", "warning") for each in result.findings)
    else:
        assert result.counts.keys() == {"1", "2"}


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=600) | st.binary(max_size=60).map(lambda body: b"\x1f\x8b\x08\0" + body))
def test_any_bytes_are_read_or_told_of(body: bytes) -> None:
    assert read_one(body).codes != []
