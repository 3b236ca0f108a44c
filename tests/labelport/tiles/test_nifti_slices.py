"""NIfTI slices: voxels and sides as nibabel gives them, and only the bytes that are needed."""

import gzip
import io
import struct
import time
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from labelport.tiles.nifti_slices import MOST_INFLATED, slice_picture
from labelport.tiles.picture import NoPicture, Picture
from tests.labelport.probing.dicom_files import Reads
from tests.labelport.tiles.volumes import SHAPE, VOXELS, bomb, halves, nib, volume


def shown(body: bytes, **words: Any) -> Picture:
    return slice_picture(lambda start, length: body[start : start + length], len(body), **words)


def judged(body: bytes, index: int, axis: int = 2) -> Any:
    """Return the slice as radiologists see it, by nibabel: head or front on top, right or front at the left."""
    plain = gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body
    kind = nib.Nifti2Image if plain[:4] in (b"\x1c\x02\0\0", b"\0\0\x02\x1c") else nib.Nifti1Image
    ras = nib.as_closest_canonical(kind.from_bytes(plain))
    here = nib.orientations.io_orientation(kind.from_bytes(plain).affine)
    across, flipped = int(here[axis][0]), here[axis][1] < 0
    values = np.asanyarray(ras.dataobj)
    values = values[..., 0] if values.ndim > 3 else values
    place = values.shape[across] - 1 - index if flipped else index
    plane = np.take(values, place, axis=across)  # (x, y), (x, z) or (y, z)
    return plane.T[::-1, ::-1]


def stretched(plane: Any) -> Any:
    low, high = np.percentile(plane, [1, 99])
    return np.clip((plane - low) / (high - low), 0, 1) * 255


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("letters", ["RAS", "LPS", "LAS", "PSR", "IPL", "SAR"])
def test_a_slice_is_turned_as_radiologists_look_at_it(letters: str, axis: int) -> None:
    ras = nib.Nifti1Image(VOXELS, np.diag([1.0, 1, 2, 1]))
    wanted = nib.orientations.axcodes2ornt(tuple(letters))
    turned = ras.as_reoriented(nib.orientations.ornt_transform([[0, 1], [1, 1], [2, 1]], wanted))
    body = turned.to_bytes()
    for index in (0, turned.shape[axis] // 2, turned.shape[axis] - 1):
        expected = judged(body, index, axis)
        made = shown(body, index=index, axis=axis)
        assert made.pixels.shape == expected.shape
        assert np.abs(made.pixels - stretched(expected)).max() <= 0.5


@pytest.mark.parametrize("kind", ["u1", "i1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8", "c8"])
@pytest.mark.parametrize("order", ["<", ">"])
def test_voxels_of_every_type_and_byte_order_are_read(kind: str, order: str) -> None:
    values = (VOXELS % 100).astype(kind)
    made = nib.Nifti1Image(values, np.eye(4), dtype=np.dtype(kind))
    header = made.header.as_byteswapped(order)
    sink = io.BytesIO()
    header["vox_offset"] = 352
    header.write_to(sink)
    body = sink.getvalue().ljust(352, b"\0") + values.astype(order + kind).tobytes(order="F")
    expected = stretched(np.abs(values[:, ::-1, 3].astype(complex)).T[:, ::-1])
    assert np.abs(shown(body, index=3).pixels - expected).max() <= 0.5


def test_the_middle_slice_of_the_first_volume_is_shown_by_default_and_of_nifti_2_too() -> None:
    four = np.stack([VOXELS, VOXELS[::-1]], axis=3)
    for kind in (nib.Nifti1Image, nib.Nifti2Image):
        body = volume(four, kind=kind)
        assert np.array_equal(shown(body).pixels, shown(volume(), index=3).pixels)
        assert np.array_equal(shown(gzip.compress(body)).pixels, shown(body).pixels)


def test_colours_are_colours() -> None:
    colours = np.zeros(SHAPE, [("R", "u1"), ("G", "u1"), ("B", "u1")])
    colours["R"], colours["B"] = 250, np.arange(7)
    assert shown(volume(colours), index=5).pixels[2, 3].tolist() == [250, 0, 5]


def test_a_negative_slope_turns_dark_to_light() -> None:
    body = volume()
    negative = body[:112] + struct.pack("<2f", -1, 0) + body[120:]
    assert np.abs(shown(body).pixels.astype(int) + shown(negative).pixels - 255).max() <= 1


def test_the_voxels_of_a_pair_lie_in_the_other_file() -> None:
    head, body = halves()
    other = (lambda start, length: body[start : start + length], len(body))
    assert np.array_equal(shown(head, other=other).pixels, shown(volume()).pixels)
    with pytest.raises(NoPicture, match="pair"):
        shown(head)


def test_of_an_uncompressed_file_only_one_slice_is_read() -> None:
    body = volume(np.zeros((300, 200, 100), np.int16))
    reads = Reads(body)
    slice_picture(reads, len(body), index=70)
    assert sum(length for _, length in reads.calls) == 4096 + 300 * 200 * 2


def test_of_a_compressed_file_nothing_behind_the_slice_is_read() -> None:
    noise = np.random.default_rng(5).integers(0, 30_000, (200, 200, 60), np.int16)
    body = gzip.compress(volume(noise), 1)
    reads = Reads(body)
    slice_picture(reads, len(body), index=0)
    assert sum(length for _, length in reads.calls) < len(body) / 4


def test_members_of_gzip_are_one_stream() -> None:
    body = volume()
    cut = gzip.compress(body[:200]) + gzip.compress(body[200:700]) + gzip.compress(body[700:])
    assert np.array_equal(shown(cut).pixels, shown(body).pixels)
    assert np.array_equal(shown(cut + bytes(99)).pixels, shown(body).pixels)


def test_a_compressed_bomb_is_refused_before_it_is_inflated() -> None:
    body = bomb((1000, 1000, 1500), megabytes=30)
    start = time.process_time()
    with pytest.raises(NoPicture, match=r"bytes|short"):
        shown(body, index=1499)
    assert time.process_time() - start < 0.5
    assert MOST_INFLATED < 1000 * 1000 * 1499


def test_a_slice_of_too_many_pixels_is_refused_by_the_header() -> None:
    body = volume(np.zeros((4, 4, 2), np.uint8))
    wide = body[:40] + struct.pack("<8h", 3, 32767, 32767, 2, 1, 1, 1, 1) + body[56:]
    with pytest.raises(NoPicture, match="pixels"):
        shown(wide)


@pytest.mark.parametrize("cut", [0.1, 0.5, 0.95])
@pytest.mark.parametrize("packed", [True, False])
def test_volumes_that_are_cut_short_say_so(cut: float, packed: bool) -> None:
    body = volume(np.random.default_rng(2).integers(0, 999, (50, 50, 50), np.int16))
    body = gzip.compress(body) if packed else body
    with pytest.raises(NoPicture, match="cut short"):
        shown(body[: int(len(body) * cut)], index=49)


@pytest.mark.parametrize("body", [b"", b"\x1f\x8b", b"\x1f\x8b\x08" + bytes(90), bytes(400), b"n+1" * 200])
def test_garbage_is_no_picture(body: bytes) -> None:
    with pytest.raises((NoPicture, ValueError, zlib.error)):
        shown(body)


def test_an_absent_slice_is_no_picture() -> None:
    with pytest.raises(NoPicture, match="slice"):
        shown(volume(), index=7)


def test_a_file_that_nibabel_wrote_on_disk_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.nii.gz"
    nib.save(nib.Nifti1Image(VOXELS, np.eye(4)), path)
    assert np.array_equal(shown(path.read_bytes()).pixels, shown(volume()).pixels)
