"""Segmentation objects: masks that went into highdicom come back, whatever the type, the syntax and the axes."""

from dataclasses import replace
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.sequence import Sequence as Items
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)

from labelport.annotations.volumes.gathering import drawn_volumes
from labelport.annotations.volumes.known_volumes import known_volumes
from labelport.annotations.volumes.rows import plane_name
from labelport.privacy import pseudonym
from tests.labelport.annotations.formats.dicom_seg.seg_files import (
    OBLIQUE,
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
from tests.labelport.probing.dicom_files import AXIAL, SAGITTAL
from tests.needs import fixtures

BYTES = [ExplicitVRLittleEndian, ImplicitVRLittleEndian, RLELossless, JPEG2000Lossless, JPEGLSLossless]
BITS = [ExplicitVRLittleEndian, ImplicitVRLittleEndian, JPEG2000Lossless]
"""Transfer syntaxes that may hold single bits: PS3.5 8.2."""

WRITTEN = [
    *(("BINARY", syntax) for syntax in BITS),
    *((kind, syntax) for kind in ("FRACTIONAL", "LABELMAP") for syntax in BYTES),
]


def segment_masks(body: bytes, images: list[pydicom.Dataset]) -> list[Any]:
    found, _, context = read_set(body, volume(images))
    return [mask for _, (_, mask) in sorted(masks_of(found, context).items(), key=lambda each: int(each[0]))]


@pytest.mark.parametrize("iop", [AXIAL, SAGITTAL, OBLIQUE], ids=["axial", "sagittal", "oblique"])
@pytest.mark.parametrize("size", [(12, 16), (3, 5), (7, 9)], ids=str)
def test_binary_masks_come_back_voxel_by_voxel(iop: Any, size: tuple[int, int]) -> None:
    images = slices(9, rows=size[0], columns=size[1], iop=iop)
    masks = blobs(images, 3)
    found, said, context = read_set(saved(segmentation(images, masks)), volume(images))
    assert not said
    read = masks_of(found, context)
    assert {number: name for number, (name, _) in read.items()} == {"1": "part 1", "2": "part 2", "3": "part 3"}
    for number, (_, mask) in read.items():
        assert np.array_equal(mask, masks[..., int(number) - 1])


@pytest.mark.parametrize(("kind", "syntax"), WRITTEN, ids=lambda each: getattr(each, "name", each))
def test_every_type_is_read_in_every_transfer_syntax_and_as_highdicom_reads_it(kind: str, syntax: Any) -> None:
    needs_highdicom()
    import highdicom as hd

    images = slices(4, rows=33, columns=40)
    masks = blobs(images, 2)
    if kind == "LABELMAP":
        masks[..., 1] &= ~masks[..., 0]
    body = saved(segmentation(images, masks.astype(np.uint8), kind=kind, syntax=syntax))
    read = segment_masks(body, images)
    judged = hd.seg.segread(body).get_volume(combine_segments=False, rescale_fractional=False).array
    for number in (0, 1):
        assert np.array_equal(read[number], masks[..., number])
        # highdicom gives a right-handed volume: its planes go against the normal.
        assert np.array_equal(read[number], judged[::-1, ..., number] > 0) or np.array_equal(
            read[number], judged[..., number] > 0
        )


def test_a_deflated_object_and_one_without_a_preamble_are_read_the_same() -> None:
    images = slices()
    masks = blobs(images)
    made = segmentation(images, masks)
    plain = saved(made)
    made.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    for body in (plain, plain[132:], saved(made)):
        for number, mask in enumerate(segment_masks(body, images)):
            assert np.array_equal(mask, masks[..., number])


def test_of_fractions_those_from_one_half_on_are_taken_and_that_is_told() -> None:
    images = slices(2)
    shares = np.zeros((2, 12, 16, 1))
    shares[0, 0, :6, 0] = [0, 0.2, 0.49, 0.5, 0.51, 1]
    body = saved(segmentation(images, shares, kind="FRACTIONAL", max_fractional_value=200))
    found, said, context = read_set(body, volume(images))
    assert codes(said) == [("seg.fractional", "(0062,0001)")]
    assert said[0].value == "PROBABILITY"
    ((_, mask),) = masks_of(found, context).values()
    assert mask[0, 0, :6].tolist() == [False, False, False, True, True, True]


def test_a_row_says_its_slice_its_segment_and_its_frame() -> None:
    images = slices(3)
    masks = np.zeros((3, 12, 16, 2), bool)
    masks[1, 4:6, 3:8, 0] = masks[2, 0, 0, 1] = True
    found, _, _ = read_set(saved(segmentation(images, masks)), volume(images))
    image, rows = volume(images), found.annotations.to_pylist()
    names = found.images.column("name_given").to_pylist()
    assert [names[row["image_id"]] for row in rows] == [plane_name(image, 1), plane_name(image, 2)]
    assert [row["track_id"] for row in rows] == ["1", "2"]
    assert [row["pointer"] for row in rows] == ["(5200,9230)[0]", "(5200,9230)[1]"]
    assert [rows[0][side] for side in ("x0", "y0", "x1", "y1", "area_given")] == [3, 4, 8, 6, 10]
    assert found.images.column("series_id").to_pylist() == ["dicom-ct"] * 2


def test_colours_come_from_cielab_and_segments_are_called_by_their_label() -> None:
    images = slices(2)
    made = segmentation(images, blobs(images), colours={1: (220, 20, 60)})
    made.SpecificCharacterSet = "ISO_IR 192"
    made.SegmentSequence[0].SegmentLabel = "Léber"
    made.SegmentSequence[1].SegmentLabel = " "
    found, said, context = read_set(saved(made), volume(images))
    assert found.categories.column("name").to_pylist() == ["Léber", "Segment 2"]
    assert codes(said) == [("seg.no_name", "(0062,0002)[1].(0062,0005)")]
    from labelport.annotations.volumes.document import read_document

    document = read_document(next(iter(found.documents.values())))
    assert document is not None
    colour, none = (listed.colour for listed in document.grids[0].structures)
    assert none is None
    assert colour is not None
    assert np.abs(np.subtract(colour, (220, 20, 60))).max() <= 1
    assert document.object == context.volumes.same_object("2.25.501")
    assert "2.25" not in str(found.documents) + str(found.annotations.to_pylist())


@pytest.mark.parametrize(
    ("name", "turned"),
    [
        ("rows from below", lambda made: made[:, ::-1]),
        ("columns from the right", lambda made: made[:, :, ::-1]),
        ("both", lambda made: made[:, ::-1, ::-1]),
        ("rows and columns exchanged", lambda made: made.transpose(0, 2, 1, 3)),
        ("exchanged and from below", lambda made: made.transpose(0, 2, 1, 3)[:, ::-1]),
    ],
)
@pytest.mark.parametrize("iop", [AXIAL, OBLIQUE], ids=["axial", "oblique"])
def test_pixels_that_are_stored_with_other_axes_are_turned_to_those_of_the_images(
    name: str, turned: Any, iop: Any
) -> None:
    images = slices(4, iop=iop)
    masks = blobs(images)
    made = segmentation(images, masks, omit_empty_frames=False)
    stored = turned(masks)
    exchanged = "exchanged" in name
    # The directions and the first pixel of the turned grid, from those of the images.
    along, down = np.array(iop[:3]), np.array(iop[3:])
    ends = {"x": along * 1.5 * 15, "y": down * 2.0 * 11}
    steps = [("x", along, 1.5), ("y", down, 2.0)]
    if exchanged:
        steps.reverse()
    flips = {
        "rows from below": (False, True), "columns from the right": (True, False), "both": (True, True),
        "rows and columns exchanged": (False, False), "exchanged and from below": (False, True),
    }[name]  # fmt: skip
    shift = np.zeros(3)
    directions = []
    for (axis, direction, _), flipped in zip(steps, flips, strict=True):
        shift = shift + (ends[axis] if flipped else 0)
        directions.append(-direction if flipped else direction)
    shared = made.SharedFunctionalGroupsSequence[0]
    shared.PlaneOrientationSequence[0].ImageOrientationPatient = [f"{each:.6f}" for each in np.concatenate(directions)]
    shared.PixelMeasuresSequence[0].PixelSpacing = [steps[1][2], steps[0][2]]
    made.Rows, made.Columns = stored.shape[1:3]
    frames = []
    for frame in made.PerFrameFunctionalGroupsSequence:
        number = frame.SegmentIdentificationSequence[0].ReferencedSegmentNumber
        at = np.array(frame.PlanePositionSequence[0].ImagePositionPatient, float)
        plane = int(np.argmin([np.linalg.norm(np.subtract(each.ImagePositionPatient, at)) for each in images]))
        frame.PlanePositionSequence[0].ImagePositionPatient = [f"{each:.6f}" for each in at + shift]
        frames.append(stored[plane, ..., number - 1])
    made.PixelData = np.packbits(np.stack(frames).ravel(), bitorder="little").tobytes()
    found, said, context = read_set(saved(made), volume(images))
    assert codes(said) == [("seg.reoriented", "(5200,9230)[0]")]
    assert said[0].severity == "info"
    for number, (_, mask) in masks_of(found, context).items():
        assert np.array_equal(mask, masks[..., int(number) - 1]), name


def test_frames_without_a_position_are_placed_by_the_image_that_they_are_made_from() -> None:
    images = slices()
    masks = blobs(images)
    made = segmentation(images, masks)
    for frame in made.PerFrameFunctionalGroupsSequence:
        del frame.PlanePositionSequence
    for number, mask in enumerate(segment_masks(saved(made), images)):
        assert np.array_equal(mask, masks[..., number])
    first = made.PerFrameFunctionalGroupsSequence[0]
    first.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID = "2.25.999"
    found, said, _ = read_set(saved(made), volume(images))
    assert codes(said) == [("seg.off_plane", "(5200,9230)[0]")]
    assert found.annotations.num_rows == len(made.PerFrameFunctionalGroupsSequence) - 1


def test_frames_of_a_multi_frame_image_are_found_by_their_number() -> None:
    from dataclasses import replace

    images = slices(3)
    masks = blobs(images, 1)
    made = segmentation(images, masks)
    for frame in made.PerFrameFunctionalGroupsSequence:
        plane = round((frame.PlanePositionSequence[0].ImagePositionPatient[2] - 100) / 3)
        del frame.PlanePositionSequence
        source = frame.DerivationImageSequence[0].SourceImageSequence[0]
        source.ReferencedSOPInstanceUID, source.ReferencedFrameNumber = "2.25.77", 3 - plane
    image = replace(volume(images), keys=["ct/all.dcm"] * 3, frames=[0, 1, 2], sop_uids=["2.25.77"] * 3)
    found, said, context = read_set(saved(made), image)
    assert not said
    assert np.array_equal(masks_of(found, context)["1"][1], masks[::-1, ..., 0])


def test_under_a_key_series_and_images_are_found_by_their_hashes() -> None:
    from dataclasses import replace

    images, key = slices(3), b"a key of the project"
    masks = blobs(images, 1)
    plain = volume(images)
    hashed = replace(
        plain,
        sop_uids=[pseudonym(str(uid), tag="SOPInstanceUID", key=key) for uid in plain.sop_uids],
        study_uid=pseudonym("2.25.2", tag="StudyInstanceUID", key=key),
        series_uid=pseudonym("2.25.3", tag="SeriesInstanceUID", key=key),
        frame_of_reference_uid=pseudonym("2.25.4", tag="FrameOfReferenceUID", key=key),
    )
    made = segmentation(images, masks)
    for frame in made.PerFrameFunctionalGroupsSequence:
        del frame.PlanePositionSequence
    found, said, context = read_set(saved(made), volumes=known_volumes([hashed], key=key))
    assert not said
    assert np.array_equal(masks_of(found, context)["1"][1], masks[..., 0])


def test_where_no_images_were_named_the_frames_are_a_grid_of_their_own() -> None:
    images = slices(4, iop=OBLIQUE)
    masks = blobs(images)
    found, said, context = read_set(saved(segmentation(images, masks)))
    assert not said
    for number, (_, mask) in masks_of(found, context).items():
        assert np.array_equal(mask, masks[..., int(number) - 1])
    assert found.images.column("key").to_pylist() == [None] * found.images.num_rows


def test_a_series_that_was_parted_gets_the_frames_that_lie_on_most_of_it() -> None:
    images = slices(6)
    masks = blobs(images, 1)
    few, many = volume(images[:2], series_id="a"), volume(images[2:], series_id="b")
    found, said, context = read_set(saved(segmentation(images, masks)), few, many)
    assert [code for code, _ in codes(said)] == ["seg.off_plane"] * 2
    assert np.array_equal(masks_of(found, context)["1"][1], masks[2:, ..., 0])


@pytest.mark.parametrize(
    ("name", "frames"), [("seg_image_ct_binary.dcm", 3), ("seg_image_ct_binary_overlap.dcm", 8),
                         ("seg_image_ct_binary_single_frame.dcm", 1), ("seg_image_ct_true_fractional.dcm", 3)]
)  # fmt: skip
def test_real_objects_have_the_voxels_that_pydicom_decodes(name: str, frames: int) -> None:
    needs_highdicom()
    path = fixtures("dicom", "highdicom") / "data" / "test_files" / name
    found, _, _ = read_set(path.read_bytes())
    header = pydicom.dcmread(path)
    inside = header.pixel_array >= header.get("MaximumFractionalValue", 1) / 2
    assert sum(found.annotations.column("area_given").to_pylist()) == inside.sum()
    assert found.annotations.num_rows == frames


@pytest.mark.parametrize("name", ["liver_1frame.dcm", "liver_expb_1frame.dcm"])
def test_objects_in_big_and_in_little_endian_have_the_same_voxels(name: str) -> None:
    needs_highdicom()
    path = get_testdata_file(name, download=False)
    assert isinstance(path, str)
    with open(path, "rb") as file:
        found, said, context = read_set(file.read())
    assert not said
    ((label, mask),) = masks_of(found, context).values()
    assert label == "Liver"
    assert np.array_equal(mask[0], pydicom.dcmread(path).pixel_array > 0)


def test_an_object_of_deflated_frames_is_read() -> None:
    needs_highdicom()
    path = fixtures("dicom", "pydicom-data") / "data_store" / "data" / "liver_deflate.dcm"
    found, said, _ = read_set(path.read_bytes())
    assert not said
    # Its middle frame is that of pydicom's liver_1frame.dcm.
    whole = get_testdata_file("liver_1frame.dcm", read=True, download=False)
    assert isinstance(whole, pydicom.Dataset)
    assert float((whole.pixel_array > 0).sum()) in found.annotations.column("area_given").to_pylist()


def test_an_item_of_the_referenced_series_may_be_damaged() -> None:
    images = slices(2)
    masks = blobs(images, 1)
    made = segmentation(images, masks)
    made.ReferencedSeriesSequence = Items([pydicom.Dataset(), *made.ReferencedSeriesSequence])
    assert np.array_equal(segment_masks(saved(made), images)[0], masks[..., 0])


def test_of_series_that_share_a_grid_that_is_taken_whose_images_the_frames_are_made_from_else_it_is_told() -> None:
    images = slices()
    made = segmentation(images, blobs(images))
    other = replace(volume(images, series_id="dicom-a"), sop_uids=["2.25.1"] * len(images), series_uid="2.25.9")
    own = replace(volume(images), series_uid="2.25.10")
    found, findings, context = read_set(saved(made), other, own)
    assert [each.code for each in findings] == ["seg.by_frame_of_reference"]
    assert [each.image.series_id for each in drawn_volumes(found, context.volumes, context.said)] == ["dicom-ct"]
    unnamed = replace(own, sop_uids=["2.25.2"] * len(images))
    _, findings, _ = read_set(saved(made), other, unnamed)
    assert [each.code for each in findings] == ["seg.ambiguous_series", "seg.by_frame_of_reference"]
    assert "dicom-a, dicom-ct" in findings[0].message
