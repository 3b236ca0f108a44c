"""What is said of segmentation objects that lie elsewhere, are damaged, or cannot be decoded; the rest is read."""

import struct
import sys
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.uid import DeflatedExplicitVRLittleEndian, JPEGLSLossless, RLELossless

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.formats.dicom_seg import reading, sizes
from labelport.tiles import dicom_decoders
from tests.labelport.annotations.formats.dicom_seg.seg_files import (
    blobs,
    codes,
    masks_of,
    needs_highdicom,
    read_set,
    saved,
    segmentation,
    slices,
    volume,
)
from tests.labelport.probing.dicom_files import data_set

IMAGES = slices(4)
MASKS = blobs(IMAGES, 2, seed=5)


def an_object(change: Callable[[Dataset], object] | None = None, **options: object) -> bytes:
    """Return an object of two segments on four slices: frames 0 to 3 and 4 to 7."""
    made = segmentation(IMAGES, MASKS, **options)  # type: ignore[arg-type]
    if change is not None:
        change(made)
    return saved(made)


def said_of(body: bytes, **options: object) -> list[tuple[str, str]]:
    found, said, _ = read_set(body, volume(IMAGES), **options)  # type: ignore[arg-type]
    if any(each.severity == "error" and each.pointer in ("", "(0020,000D)", "(0008,1115)") for each in said):
        assert found == AnnotationSet() or not found.annotations.num_rows
    for each in said:
        assert "2.25." not in each.message + str(each.value)
        assert "part" not in each.message
    return codes(said)


def frames(made: Dataset) -> list[Dataset]:
    return list(made.PerFrameFunctionalGroupsSequence)


def moved(made: Dataset, by: tuple[float, float, float], *, only: tuple[int, ...] = tuple(range(8))) -> None:
    for number in only:
        position = frames(made)[number].PlanePositionSequence[0]
        position.ImagePositionPatient = [float(a) + b for a, b in zip(position.ImagePositionPatient, by, strict=True)]


def sized(made: Dataset, rows: int, columns: int) -> None:
    made.Rows, made.Columns = rows, columns


def removed(made: Dataset, path: str) -> None:
    held = made
    *groups, last = path.split(".")
    for group in groups:
        held = getattr(held, group)[0]
    delattr(held, last)


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ((0, 0, 1.4), ["seg.shifted"]),
        ((0, 0, 0.02), []),
        ((0, 0, 1.6), ["seg.off_plane"] * 2 + ["seg.shifted"]),
        ((0.01, 0, 0), []),
        ((0.75, 0, 0), ["seg.geometry_mismatch"]),
        ((0, 1, 0), ["seg.geometry_mismatch"]),
        ((0.03, 0, 0), ["seg.geometry_mismatch"]),
    ],
    ids=str,
)
def test_a_segmentation_beside_the_images_is_refused_or_flagged(
    by: tuple[float, float, float], expected: list[str]
) -> None:
    assert [code for code, _ in said_of(an_object(lambda made: moved(made, by)))] == expected


def test_frames_beyond_half_a_gap_are_left_out_and_never_clamped() -> None:
    body = an_object(lambda made: moved(made, (0, 0, 30), only=(3,)))
    found, said, context = read_set(body, volume(IMAGES))
    assert codes(said) == [("seg.off_plane", "(5200,9230)[3]")]
    assert "21 mm" in said[0].message or "30 mm" in said[0].message
    read = masks_of(found, context)
    assert sum(mask.any(axis=(1, 2)).sum() for _, mask in read.values()) == 7


def test_two_frames_of_a_segment_on_one_slice_are_united_and_told() -> None:
    def change(made: Dataset) -> None:
        frames(made)[1].PlanePositionSequence = frames(made)[0].PlanePositionSequence

    found, said, context = read_set(an_object(change), volume(IMAGES))
    assert codes(said) == [("seg.frames_united", "(5200,9230)[1]")]
    planes = masks_of(found, context)["1"][1].sum(axis=(1, 2)).tolist()
    assert sorted(planes)[0] == 0
    both = [(MASKS[a, ..., 0] | MASKS[b, ..., 0]).sum() for a in range(4) for b in range(a)]
    assert max(planes) in both


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda made: setattr(made.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0], "PixelSpacing", [2, 1.6]), "beside"),
        (lambda made: removed(made, "SharedFunctionalGroupsSequence.PlaneOrientationSequence"), "turned"),
        (lambda made: removed(made, "SharedFunctionalGroupsSequence.PixelMeasuresSequence"), "apart"),
        (lambda made: setattr(made.SharedFunctionalGroupsSequence[0].PlaneOrientationSequence[0],
                              "ImageOrientationPatient", [1, 0, 0, 0, 0.98, 0.199]), "tilted"),
        (lambda made: setattr(made.SharedFunctionalGroupsSequence[0].PlaneOrientationSequence[0],
                              "ImageOrientationPatient", [0.98, 0.199, 0, -0.199, 0.98, 0]), "beside"),
        (lambda made: sized(made, 8, 24), "24 x 8 pixels, the images 16 x 12"),
    ],
)  # fmt: skip
def test_pixels_that_are_not_those_of_the_images_are_refused_and_never_resampled(
    change: Callable[[Dataset], object], why: str
) -> None:
    found, said, _ = read_set(an_object(change), volume(IMAGES))
    assert codes(said) == [("seg.geometry_mismatch", "(5200,9230)[0]")]
    assert why in said[0].message
    assert "dicom-ct" in said[0].message
    assert not found.annotations.num_rows
    assert not found.documents


@pytest.mark.parametrize(
    ("keyword", "expected"),
    [
        ("StudyInstanceUID", [("seg.study_differs", "(0020,000D)")]),
        ("FrameOfReferenceUID", [("seg.frame_differs", "(0020,0052)")]),
    ],
)
def test_an_object_of_another_study_is_refused_and_of_another_frame_of_reference_told(
    keyword: str, expected: list[tuple[str, str]]
) -> None:
    assert said_of(an_object(lambda made: setattr(made, keyword, "2.25.98"))) == expected


def test_without_its_series_an_object_is_read_by_its_frame_of_reference_or_not_at_all() -> None:
    def other(made: Dataset) -> None:
        made.ReferencedSeriesSequence[0].SeriesInstanceUID = "2.25.98"

    def elsewhere(made: Dataset) -> None:
        other(made)
        made.FrameOfReferenceUID = "2.25.97"

    assert said_of(an_object(other)) == [("seg.by_frame_of_reference", "(0008,1115)")]
    assert said_of(an_object(elsewhere)) == [("seg.unresolved_series", "(0008,1115)")]


@pytest.mark.parametrize(
    ("change", "expected", "rows"),
    [
        (lambda made: removed(made, "SegmentSequence.SegmentNumber"),
         [("seg.bad_segment", "(0062,0002)[0].(0062,0004)")] + [("seg.unknown_segment", f"(5200,9230)[{n}]") for n in range(4)], 4),
        (lambda made: setattr(made.SegmentSequence[1], "SegmentNumber", 1),
         [("seg.bad_segment", "(0062,0002)[1].(0062,0004)")] + [("seg.unknown_segment", f"(5200,9230)[{n}]") for n in range(4, 8)], 4),
        (lambda made: removed(frames(made)[2], "SegmentIdentificationSequence"), [("seg.bad_frame", "(5200,9230)[2]")], 7),
        (lambda made: setattr(frames(made)[2].SegmentIdentificationSequence[0], "ReferencedSegmentNumber", 9),
         [("seg.unknown_segment", "(5200,9230)[2]")], 7),
        (lambda made: made.PerFrameFunctionalGroupsSequence.pop(), [("seg.off_plane", "(5200,9230)[7]")], 7),
        (lambda made: removed(made, "SegmentSequence.SegmentLabel"), [("seg.no_name", "(0062,0002)[0].(0062,0005)")], 8),
        (lambda made: setattr(made.SegmentSequence[0], "RecommendedDisplayCIELabValue", [1, 2]), [], 8),
    ],
)  # fmt: skip
def test_one_segment_or_frame_that_is_wrong_costs_no_other(
    change: Callable[[Dataset], object], expected: list[tuple[str, str]], rows: int
) -> None:
    found, said, _ = read_set(an_object(change), volume(IMAGES))
    assert sorted(each for each in codes(said) if each[0] != "seg.empty_segment") == sorted(expected)
    assert found.annotations.num_rows == rows


def test_a_segment_without_voxels_keeps_its_category() -> None:
    masks = MASKS.copy()
    masks[..., 1] = False
    found, said, _ = read_set(saved(segmentation(IMAGES, masks)), volume(IMAGES))
    assert codes(said) == [("seg.empty_segment", "(0062,0002)[1]")]
    assert found.categories.column("name").to_pylist() == ["part 1", "part 2"]


def test_values_of_a_label_map_that_no_segment_has_are_counted() -> None:
    masks = MASKS.copy()
    masks[..., 1] &= ~masks[..., 0]
    made = segmentation(IMAGES, masks.astype(np.uint8), kind="LABELMAP")
    gone = [at for at, item in enumerate(made.SegmentSequence) if item.SegmentNumber == 2]
    del made.SegmentSequence[gone[0]]
    found, said, context = read_set(saved(made), volume(IMAGES))
    assert codes(said) == [("seg.unknown_segment", "(0062,0002)")]
    assert f"{masks[..., 1].sum():,} voxels" in said[0].message
    assert np.array_equal(masks_of(found, context)["1"][1], masks[..., 0])


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda made: setattr(made, "NumberOfFrames", 10**9), ("seg.too_large", "(0028,0008)")),
        (lambda made: setattr(made, "NumberOfFrames", 900_000), ("seg.unreadable", "(7FE0,0010)")),
        (lambda made: sized(made, 65535, 65535), ("seg.too_large", "(0028,0008)")),
        (lambda made: setattr(made, "Rows", 0), ("seg.unreadable", "(0028,0010)")),
        (lambda made: removed(made, "Columns"), ("seg.unreadable", "(0028,0010)")),
        (lambda made: setattr(made, "BitsAllocated", 32), ("seg.unreadable", "(0028,0100)")),
        (lambda made: setattr(made, "SamplesPerPixel", 3), ("seg.unreadable", "(0028,0100)")),
        (lambda made: removed(made, "SegmentationType"), ("seg.unreadable", "(0062,0001)")),
        (lambda made: setattr(made, "SegmentationType", "FRACTIONAL"), ("seg.unreadable", "(0062,000E)")),
        (lambda made: setattr(made, "SOPClassUID", "1.2.840.10008.5.1.4.1.1.2"), ("seg.unreadable", "(0008,0016)")),
        (lambda made: removed(made, "PixelData"), ("seg.unreadable", "")),
    ],
)  # fmt: skip
def test_headers_that_cannot_be_are_refused_before_anything_is_decoded(
    change: Callable[[Dataset], object], expected: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_decoded", lambda *_: pytest.fail("a frame was decoded"))
    assert said_of(an_object(change)) == [expected]


def test_a_number_of_frames_that_stands_twice_is_believed_nowhere() -> None:
    body = an_object()
    pixels = body.index(b"\xe0\x7f\x10\x00OB") if b"\xe0\x7f\x10\x00OB" in body else body.index(b"\xe0\x7f\x10\x00OW")
    again = struct.pack("<HH2sH", 0x28, 8, b"IS", 10) + b"2000000000"
    assert said_of(body[:pixels] + again + body[pixels:]) == [("seg.too_large", "(0028,0008)")]


def test_boxes_that_would_fill_memory_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_KEPT", 500)
    assert said_of(an_object()) == [("seg.too_large", "(7FE0,0010)")]


def test_a_deflated_object_that_inflates_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labelport.annotations.formats.dicom_seg.opening.MOST_INFLATED", 2000)
    body = an_object(lambda made: setattr(made.file_meta, "TransferSyntaxUID", DeflatedExplicitVRLittleEndian))
    assert said_of(body) == [("seg.unreadable", "")]


def test_without_highdicom_the_finding_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    body = an_object()
    for name in [each for each in sys.modules if each == "highdicom" or each.startswith("highdicom.")]:
        monkeypatch.setitem(sys.modules, name, None)
    found, said, _ = read_set(body, volume(IMAGES))
    assert codes(said) == [("seg.no_reader", "")]
    assert "labelport[highdicom]" in said[0].message
    assert not found.annotations.num_rows


def test_without_a_decoder_the_finding_names_the_other_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    masks = (MASKS[..., :1]).astype(np.uint8)
    body = saved(segmentation(IMAGES, masks, kind="LABELMAP", syntax=JPEGLSLossless))
    monkeypatch.setattr(dicom_decoders, "_available", lambda _: ())
    found, said, _ = read_set(body, volume(IMAGES))
    assert codes(said) == [("seg.no_decoder", "(0002,0010)")]
    assert "labelport[dicom-codecs]" in said[0].message
    assert not found.annotations.num_rows


def test_a_compressed_frame_that_is_damaged_costs_no_other() -> None:
    masks = MASKS[..., :1].astype(np.uint8)
    made = segmentation(IMAGES, masks, kind="LABELMAP", syntax=RLELossless)
    body = bytearray(saved(made))
    items = [
        at for at in range(body.index(b"\xe0\x7f\x10\x00"), len(body) - 8) if body[at : at + 4] == b"\xfe\xff\x00\xe0"
    ]
    body[items[2] + 8 : items[2] + 12] = struct.pack("<I", 77)  # of its second frame: the count of segments
    found, said, context = read_set(bytes(body), volume(IMAGES))
    assert [code for code, _ in codes(said)] == ["seg.bad_frame"]
    planes = masks_of(found, context)["1"][1].any(axis=(1, 2))
    assert planes.sum() == 3


def test_of_a_file_that_is_cut_short_the_whole_frames_are_read() -> None:
    body = an_object()
    assert [each for each in said_of(body[:-30]) if each[0] == "seg.bad_frame"] == [
        ("seg.bad_frame", "(5200,9230)[6]"),
        ("seg.bad_frame", "(5200,9230)[7]"),
    ]
    assert said_of(body[:200]) == [("seg.unreadable", "")]
    assert said_of(b"") == [("seg.unreadable", "")]
    assert [code for code, _ in said_of(b"not dicom at all" * 40)] == ["seg.unreadable"]


def test_frames_and_voxels_have_their_caps(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, most in (("MOST_VOXELS", 8 * 12 * 16), ("MOST_FRAMES", 8), ("MOST_PIXELS", 12 * 16)):
        with monkeypatch.context() as patch:
            patch.setattr(sizes, name, most)
            assert said_of(an_object()) == []
            patch.setattr(sizes, name, most - 1)
            assert said_of(an_object()) == [("seg.too_large", "(0028,0008)")]


@given(st.data())
@settings(max_examples=25, deadline=None)
def test_damaged_objects_give_rows_or_findings_and_never_an_exception(data: st.DataObject) -> None:
    needs_highdicom()
    body = bytearray(DAMAGED[data.draw(st.sampled_from(sorted(DAMAGED)))]())
    for _ in range(data.draw(st.integers(1, 5))):
        body[data.draw(st.integers(128, len(body) - 1))] = data.draw(st.integers(0, 255))
    found, said, _ = read_set(
        bytes(body)[: data.draw(st.integers(100, len(body))) if data.draw(st.booleans()) else None]
    )
    assert found.annotations.num_rows or said or found.categories.num_rows == 2


_MADE: dict[str, bytes] = {}
DAMAGED: dict[str, Callable[[], bytes]] = {
    "binary": lambda: _MADE.setdefault("binary", an_object()),
    "fractional": lambda: _MADE.setdefault("fractional", an_object(kind="FRACTIONAL", syntax=RLELossless)),
}


def test_an_object_that_is_no_image_says_so() -> None:
    made = data_set(1, sop_class="1.2.840.10008.5.1.4.1.1.66.4")
    for keyword in ("PixelData", "Rows"):
        delattr(made, keyword)
    assert said_of(saved(made)) == [("seg.unreadable", "(0028,0010)")]


def test_nothing_of_a_file_is_quoted_in_logs_warnings_or_on_the_way_out(
    caplog: pytest.LogCaptureFixture, recwarn: pytest.WarningsRecorder, capfd: pytest.CaptureFixture[str]
) -> None:
    body = an_object()
    body = body.replace(b"2.25.3", b"DOE^JA").replace(b"2.25.4", b"DOE^JX")
    assert b"DOE^" in body
    recwarn.clear()
    found, said, _ = read_set(body, volume(IMAGES))
    written = capfd.readouterr()
    for words in (
        caplog.text,
        written.out,
        written.err,
        str(recwarn.list),
        str(said),
        str(found.annotations.to_pylist()),
    ):
        assert "DOE" not in words
