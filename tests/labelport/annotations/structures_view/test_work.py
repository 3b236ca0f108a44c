"""Planes of objects, cut in this process: what pydicom and nibabel say stands there."""

import gzip
from collections.abc import Sequence
from typing import Any

import nibabel
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.sequence import Sequence as Items

from labelport.annotations.structures_view import nifti_planes
from labelport.annotations.structures_view.work import LINE, cut_object
from labelport.probing.contract import RangeRead
from tests.labelport.probing.dicom_files import data_set, enhanced, saved
from tests.labelport.tiles.volumes import VOXELS, bomb, halves, volume

nib: Any = nibabel


def reading(body: bytes) -> RangeRead:
    return lambda start, length: body[start : start + length]


def wanted(
    kind: str, body: bytes, size: tuple[int, int], frames: Sequence[int] = (0,), *, row: int = 0, column: int = 0
) -> dict[str, Any]:
    """Return a row of ``WANTED``; the first plane is wanted whole."""
    count = len(frames)
    return {
        "kind": kind,
        "size": len(body),
        "rows": size[0],
        "columns": size[1],
        "frames": list(frames),
        "row": [row] * count,
        "column": [column] * count,
        "whole": [number == 0 for number in range(count)],
    }


def cut(kind: str, body: bytes, size: tuple[int, int], *frames: int, **words: Any) -> list[dict[str, Any]]:
    other = words.pop("other", None)
    row = wanted(kind, body, size, frames or (0,), **words)
    return cut_object(reading(body), row, other=None if other is None else (reading(other), len(other)))


def values(made: bytes) -> list[float]:
    return [float(each) for each in np.frombuffer(made, "<f4")]


def slice_of(pixels: Any, **tags: Any) -> bytes:
    made = data_set(1, **tags)
    made.Rows, made.Columns = pixels.shape
    made.BitsAllocated, made.BitsStored, made.HighBit, made.PixelRepresentation = 16, 16, 15, 1
    made.PixelData = pixels.astype("<i2").tobytes()
    return saved(made)


PIXELS = np.arange(24, dtype=np.int16).reshape(4, 6)


def test_a_slice_gives_its_row_its_column_and_itself_in_rescaled_values() -> None:
    body = slice_of(PIXELS, RescaleSlope=2, RescaleIntercept=-10, WindowCenter=[40, 1], WindowWidth=[400, 1])
    (made,) = cut("dicom", body, (4, 6), row=1, column=2)
    assert values(made["row_line"]) == [2 * each - 10 for each in (6, 7, 8, 9, 10, 11)]
    assert values(made["column_line"]) == [2 * each - 10 for each in (2, 8, 14, 20)]
    assert values(made["whole"]) == (2.0 * PIXELS.ravel() - 10).tolist()
    assert (made["whole_rows"], made["center"], made["width"], made["function"]) == (4, 40, 400, "LINEAR")


def test_where_black_is_the_largest_value_greys_are_turned_with_their_window() -> None:
    plain, turned = (
        cut("dicom", slice_of(PIXELS, PhotometricInterpretation=way, WindowCenter=8, WindowWidth=9), (4, 6))[0]
        for way in ("MONOCHROME2", "MONOCHROME1")
    )
    assert values(turned["whole"]) == [-each for each in values(plain["whole"])]
    # PS3.3 C.11.2.1.2: values from c - 0.5 - (w - 1) / 2 to c - 0.5 + (w - 1) / 2 are between black and white.
    assert (plain["center"] - 0.5, turned["center"] - 0.5, turned["width"]) == (7.5, -7.5, 9)


def test_padding_is_no_value() -> None:
    (made,) = cut("dicom", slice_of(PIXELS, PixelPaddingValue=7, PixelPaddingRangeLimit=8), (4, 6), row=1)
    assert np.isnan(values(made["row_line"])).tolist() == [False, True, True, False, False, False]


def test_a_large_slice_is_made_small_before_it_is_kept() -> None:
    pixels = np.repeat(np.repeat(np.arange(16).reshape(4, 4), 256, axis=0), 128, axis=1)
    (made,) = cut("dicom", slice_of(pixels), (1024, 512), row=1000, column=200)
    assert len(made["whole"]) == 4 * LINE * LINE // 2
    assert values(made["row_line"]) == np.repeat([12, 13, 14, 15], 64).tolist()
    assert values(made["column_line"]) == np.repeat([1, 5, 9, 13], 64).tolist()


def test_a_plane_of_another_size_than_the_catalogue_says_is_not_shown() -> None:
    assert cut("dicom", slice_of(PIXELS), (6, 4)) == [{"why_not": "has another size"}]


def test_frames_of_one_object_are_read_each_and_its_header_once() -> None:
    made = enhanced(1, [("1", number, (1, 0, 0, 0, 1, 0)) for number in range(5)])
    window = data_set(2, WindowCenter=5, WindowWidth=7)
    for number, frame in enumerate(made.PerFrameFunctionalGroupsSequence):
        if number == 3:
            frame.FrameVOILUTSequence = Items([window])
    made.PixelData = b"".join(bytes([number]) * 24 for number in range(5))
    body = saved(made)
    asked: list[tuple[int, int]] = []

    def read(start: int, length: int) -> bytes:
        asked.append((start, length))
        return body[start : start + length]

    found = cut_object(read, wanted("dicom", body, (4, 6), (1, 3, 4)))
    assert [values(each["row_line"]) for each in found] == [[1.0] * 6, [3.0] * 6, [4.0] * 6]
    assert [each["center"] for each in found] == [None, 5, None]
    assert ["whole" in each for each in found] == [True, False, False]
    assert len(asked) == len(set(asked))


def test_one_frame_that_is_cut_off_costs_itself() -> None:
    body = saved(enhanced(1, [("1", number, (1, 0, 0, 0, 1, 0)) for number in range(3)]))[:-20]
    found = cut("dicom", body, (4, 6), 0, 1, 2)
    assert [each.get("why_not") for each in found] == [None, None, "is cut short"]


def test_colours_become_their_luma() -> None:
    made = data_set(1)
    made.Rows, made.Columns, made.SamplesPerPixel, made.PhotometricInterpretation = 4, 6, 3, "RGB"
    made.PlanarConfiguration = 0
    made.PixelData = np.full((4, 6, 3), (100, 50, 10), np.uint8).tobytes()
    (found,) = cut("dicom", saved(made), (4, 6))
    assert values(found["whole"]) == pytest.approx([29.9 + 29.35 + 1.14] * 24)


@pytest.mark.parametrize("body", [b"", b"DICM", bytes(200), b"\x1f\x8b" + bytes(20), b"x" * 5000])
@pytest.mark.parametrize("kind", ["dicom", "nifti", "image"])
def test_what_is_no_volume_is_a_few_words_for_each_plane(kind: str, body: bytes) -> None:
    found = cut(kind, body, (4, 6), 0, 1)
    assert [list(each) for each in found] == [["why_not"], ["why_not"]]


@settings(max_examples=40, deadline=None)
@given(
    shape=st.tuples(*[st.integers(1, 7)] * 3),
    kind=st.sampled_from(["u1", "i2", ">i4", "f4", ">f8", "i8", "c8"]),
    packed=st.sampled_from([bytes, gzip.compress, lambda body: b"".join(map(gzip.compress, (body[:400], body[400:])))]),
    random=st.randoms(use_true_random=False),
)
def test_planes_of_nifti_are_those_that_nibabel_reads(
    shape: tuple[int, int, int], kind: str, packed: Any, random: Any
) -> None:
    dtype = np.dtype(kind)
    stored = (np.random.default_rng(random.randrange(99)).random(shape) * 100).astype(dtype.newbyteorder("="))
    header = nib.Nifti1Header(endianness=">" if kind[0] == ">" else "<")
    header.set_data_dtype(stored.dtype)
    body = bytes(nib.Nifti1Image(stored, np.eye(4), header).to_bytes())
    truth = np.asarray(nib.Nifti1Image.from_bytes(body).dataobj)
    truth = np.abs(truth) if kind[0] == "c" else truth
    planes = sorted(random.sample(range(shape[2]), random.randint(1, shape[2])))
    row, column = random.randrange(shape[1]), random.randrange(shape[0])
    found = cut("nifti", packed(body), (shape[1], shape[0]), *planes, row=row, column=column)
    assert [values(each["row_line"]) for each in found] == [
        pytest.approx(truth[:, row, plane].astype(float)) for plane in planes
    ]
    assert [values(each["column_line"]) for each in found] == [
        pytest.approx(truth[column, :, plane].astype(float)) for plane in planes
    ]
    assert values(found[0]["whole"]) == pytest.approx(truth[:, :, planes[0]].T.ravel().astype(float))


def test_values_of_nifti_are_scaled() -> None:
    body = bytearray(volume(np.full((2, 2, 2), 3, np.int16)))
    body[112:120] = np.array([2, 5], "<f4").tobytes()  # scl_slope, scl_inter
    assert np.asarray(nib.Nifti1Image.from_bytes(bytes(body)).dataobj).max() == 11
    (found,) = cut("nifti", bytes(body), (2, 2), 1)
    assert values(found["whole"]) == [11.0] * 4


def test_a_pair_is_read_from_both_of_its_halves() -> None:
    header, image = halves()
    x, y, _ = VOXELS.shape
    (found,) = cut("nifti", header, (y, x), 4, other=image)
    assert values(found["whole"]) == VOXELS[:, :, 4].T.ravel().tolist()
    assert cut("nifti", header, (y, x), 4) == [{"why_not": "half of a pair"}]


@pytest.mark.parametrize("packed", [bytes, gzip.compress])
def test_planes_before_the_cut_of_a_volume_are_shown(packed: Any) -> None:
    body = volume()
    found = cut("nifti", packed(body[: len(body) - 200]), VOXELS.shape[1::-1], 0, 5, 6)
    assert [each.get("why_not") for each in found] == [None, None, "is cut short"]


def test_a_volume_that_unpacks_to_more_than_is_read_costs_the_planes_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nifti_planes, "MOST_INFLATED", 1 << 20)
    found = cut("nifti", bomb((512, 512, 8), megabytes=4), (512, 512), 0, 3, 7)
    assert [each.get("why_not") for each in found] == [None, "too many bytes", "too many bytes"]
