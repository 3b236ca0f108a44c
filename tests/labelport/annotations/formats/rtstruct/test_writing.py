"""Structure sets that are written: what pydicom finds in them, what is told, and what is left out."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pydicom
import pytest

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.volumes.image_volume import ImageVolume
from labelport.annotations.volumes.structures import Structure
from labelport.findings import Finding
from labelport.geometry.stacks import Stack
from tests.labelport.annotations.formats.rtstruct.written_files import (
    CT,
    ROOT,
    Told,
    a_set,
    any_stack,
    read,
    structure,
    volume,
    voxels,
    written,
    written_of,
)

SQUARE = np.pad(np.ones((3, 2, 2), np.uint8), ((0, 0), (1, 3), (1, 2)))
README = "structures/README.txt"


def image(name: str = "a", **more: Any) -> ImageVolume:
    return volume(any_stack(6, *SQUARE.shape), name, **more)


def sequences(given: pydicom.Dataset) -> list[pydicom.Dataset]:
    """Return all data sets in a data set, itself too."""
    inner = [item for element in given if element.VR == "SQ" for item in element.value]
    return [given, *(each for item in inner for each in sequences(item))]


def words(found: Sequence[Finding]) -> str:
    return " ".join(str(part) for each in found for part in (each.file, each.pointer, each.message, each.value))


def test_a_file_has_the_modules_of_a_structure_set() -> None:
    made = written_of(image(), structure("heart", 1, SQUARE))
    assert made.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.1"
    assert made.SOPClassUID == made.file_meta.MediaStorageSOPClassUID == "1.2.840.10008.5.1.4.1.1.481.3"
    assert made.SOPInstanceUID == made.file_meta.MediaStorageSOPInstanceUID
    assert (made.Modality, made.Manufacturer, made.ApprovalStatus) == ("RTSTRUCT", "Labelport", "UNAPPROVED")
    assert made.StructureSetLabel == "Labelport"
    empty = (
        *("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "ReferringPhysicianName", "OperatorsName"),
        *("StudyDate", "StudyTime", "StudyID", "AccessionNumber", "SeriesNumber", "PositionReferenceIndicator"),
        *("StructureSetDate", "StructureSetTime"),
    )
    assert all(made[keyword].is_empty for keyword in empty), "type 2: there, and nothing is known"
    assert "SpecificCharacterSet" not in made
    for each in sequences(made):
        assert list(each.keys()) == sorted(each.keys())


def test_rois_contours_and_observations_belong_together() -> None:
    made = written_of(image(), structure("heart", 5, SQUARE, colour=(9, 8, 7)), structure("lung", 2, 1 - SQUARE))
    assert [(each.ROINumber, each.ROIName) for each in made.StructureSetROISequence] == [(5, "heart"), (2, "lung")]
    assert [each.ReferencedROINumber for each in made.ROIContourSequence] == [5, 2]
    assert [each.ReferencedROINumber for each in made.RTROIObservationsSequence] == [5, 2]
    assert [each.ObservationNumber for each in made.RTROIObservationsSequence] == [1, 2]
    assert list(made.ROIContourSequence[0].ROIDisplayColor) == [9, 8, 7]
    for each in made.RTROIObservationsSequence:
        assert each["RTROIInterpretedType"].is_empty
        assert each["ROIInterpreter"].is_empty
    assert all(each["ROIGenerationAlgorithm"].is_empty for each in made.StructureSetROISequence)


def test_uids_are_those_of_the_images_and_only_its_own_are_new() -> None:
    on = image()
    made = written_of(on, structure("heart", 1, SQUARE))
    assert made.StudyInstanceUID == on.study_uid
    (frame_of_reference,) = made.ReferencedFrameOfReferenceSequence
    assert frame_of_reference.FrameOfReferenceUID == made.FrameOfReferenceUID == on.frame_of_reference_uid
    assert {each.ReferencedFrameOfReferenceUID for each in made.StructureSetROISequence} == {on.frame_of_reference_uid}
    (study,) = frame_of_reference.RTReferencedStudySequence
    assert study.ReferencedSOPInstanceUID == on.study_uid
    (series,) = study.RTReferencedSeriesSequence
    assert series.SeriesInstanceUID == on.series_uid
    assert [each.ReferencedSOPInstanceUID for each in series.ContourImageSequence] == list(on.sop_uids)
    assert {each.ReferencedSOPClassUID for each in series.ContourImageSequence} == {CT}
    contours = made.ROIContourSequence[0].ContourSequence
    assert [each.ContourImageSequence[0].ReferencedSOPInstanceUID for each in contours] == list(on.sop_uids)
    own = {made.SOPInstanceUID, made.SeriesInstanceUID}
    assert len(own) == 2
    assert all(each.is_valid and each.startswith("2.25.") for each in own)


def test_pseudonyms_stand_in_place_of_all_uids_of_the_images() -> None:
    on = image()
    given = a_set({on: [structure("heart", 1, SQUARE)]})
    files, said = written(given, [on], Told(key=b"secret"), uids="pseudonym")
    assert not said
    assert ROOT.encode() not in files["structures/dicom-a.dcm"]
    made = read(files["structures/dicom-a.dcm"])
    assert made.StudyInstanceUID == Told(key=b"secret").own_uid("", str(on.study_uid).encode())
    assert "uids: pseudonym" in files[README].decode()
    assert ROOT not in files[README].decode()


def test_frames_of_one_object_are_named_by_their_numbers() -> None:
    on = image(frames=[0, 1, 2])
    made = written_of(on, structure("heart", 1, SQUARE))
    assert voxels(made, on).sum() == 12
    contours = made.ROIContourSequence[0].ContourSequence
    assert [each.ContourImageSequence[0].ReferencedFrameNumber for each in contours] == [1, 2, 3]
    series = made.ReferencedFrameOfReferenceSequence[0].RTReferencedStudySequence[0].RTReferencedSeriesSequence[0]
    (whole,) = series.ContourImageSequence
    assert "ReferencedFrameNumber" not in whole, "all of it"


def test_some_frames_of_an_object_are_named_in_the_series_too() -> None:
    made = written_of(image(frames=[8, 5, 2]), structure("heart", 1, SQUARE))
    series = made.ReferencedFrameOfReferenceSequence[0].RTReferencedStudySequence[0].RTReferencedSeriesSequence[0]
    (part,) = series.ContourImageSequence
    assert list(part.ReferencedFrameNumber) == [3, 6, 9]


def test_a_contour_too_long_for_explicit_vrs_makes_the_file_implicit() -> None:
    comb = np.zeros((1, 3, 2600), np.uint8)
    comb[0, 1] = 1
    comb[0, 0, ::2] = 1
    on = volume(any_stack(4, *comb.shape))
    made = written_of(on, structure("comb", 1, comb), structure("square", 2, comb[:, ::-1] & 0))
    assert len(made.ROIContourSequence[0].ContourSequence[0]["ContourData"].value) == 3 * 5202
    assert made.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2"
    assert np.array_equal(voxels(made, on), comb)


def test_equal_input_gives_equal_bytes_and_other_content_another_uid() -> None:
    on = image()
    given = a_set({on: [structure("heart", 1, SQUARE)]})
    first, second = (written(given, [on], Told(key=b"k"))[0] for _ in range(2))
    assert first == second
    others = [
        written(a_set({on: [structure("lung", 1, SQUARE)]}), [on], Told(key=b"k"))[0],
        written(a_set({on: [structure("heart", 1, SQUARE[:, ::-1])]}), [on], Told(key=b"k"))[0],
        written(given, [on], Told(key=b"other"))[0],
    ]
    uids = {read(each["structures/dicom-a.dcm"]).SOPInstanceUID for each in (first, *others)}
    assert len(uids) == 4


def test_what_is_given_is_not_changed() -> None:
    on = image()
    masks = [SQUARE.copy(), (1 - SQUARE).copy()]
    some = [structure("heart", 1, masks[0]), structure("lung", 1, masks[1])]
    given = a_set({on: some})
    before = AnnotationSet(given.images, given.categories, given.annotations, documents=dict(given.documents))
    origins = on.stack.origins.copy()
    written(given, [on], Told(), holes="keyhole")
    assert (given.images, given.categories, given.annotations) == (before.images, before.categories, before.annotations)
    assert given.documents == before.documents
    assert np.array_equal(on.stack.origins, origins)


def test_a_name_that_is_not_ascii_is_utf_8_and_says_so() -> None:
    made = written_of(image(), structure("größe 日本", 1, SQUARE), structure("heart", 2, SQUARE))
    assert made.SpecificCharacterSet == "ISO_IR 192"
    assert [each.ROIName for each in made.StructureSetROISequence] == ["größe 日本", "heart"]


def test_long_names_are_cut_to_sixty_four_characters_of_any_size() -> None:
    on, name = image(), "日本" * 40
    files, said = written(a_set({on: [structure(name, 3, SQUARE)]}), [on], Told())
    assert read(files["structures/dicom-a.dcm"]).StructureSetROISequence[0].ROIName == name[:64]
    (told,) = said
    assert (told.code, told.file) == ("loss.roi_name", "structures/dicom-a.dcm")
    assert "日" not in words(said)


def test_an_empty_structure_is_an_roi_without_contours() -> None:
    on = image()
    made = written_of(on, structure("heart", 1, SQUARE), structure("empty", 2, SQUARE * 0))
    assert [each.ROIName for each in made.StructureSetROISequence] == ["heart", "empty"]
    assert "ContourSequence" not in made.ROIContourSequence[1]
    assert voxels(made, on, 1).sum() == 0


def test_each_series_has_a_file_of_its_own_and_one_without_structures_none() -> None:
    a, b, c = image("a"), image("b"), image("c")
    given = a_set({b: [structure("heart", 1, SQUARE)], a: [structure("lung", 1, SQUARE)], c: []})
    files, said = written(given, [a, b, c], Told())
    assert list(files) == ["structures/dicom-a.dcm", "structures/dicom-b.dcm", README]
    assert [read(files[name]).StructureSetROISequence[0].ROIName for name in list(files)[:2]] == ["lung", "heart"]
    assert not said


def test_a_set_without_structures_has_no_file_at_all() -> None:
    on = image()
    assert written(a_set({on: []}), [on], Told()) == ({}, [])


def test_the_readme_says_which_uids_and_how_holes_are_written() -> None:
    on = image()
    given = a_set({on: [structure("heart", 1, SQUARE)]})
    texts = {
        (holes, uids): written(given, [on], Told(key=b"k"), holes=holes, uids=uids)[0][README].decode()
        for holes in ("xor", "keyhole")
        for uids in ("source", "pseudonym")
    }
    assert len(set(texts.values())) == 4
    for (holes, uids), text in texts.items():
        assert f"holes: {holes}`)" in text
        assert f"uids: {uids}`)" in text
        assert max(map(len, text.splitlines())) <= 120
        assert "heart" not in text


@pytest.mark.parametrize(
    ("case", "code"),
    [
        ("gone", "rtstruct.image_absent"),
        ("key", "rtstruct.no_key"),
        ("nifti", "rtstruct.nifti_images"),
        ("far", "rtstruct.not_exact"),
    ],
)
def test_a_series_that_cannot_be_written_is_told_without_a_word_of_whom_it_is(case: str, code: str) -> None:
    stack = any_stack(6, *SQUARE.shape)
    far = replace(stack, origins=stack.origins + 1e15)
    bad = volume(far if case == "far" else stack, "bad", kind="nifti" if case == "nifti" else "dicom")
    good = image("good")
    given = a_set({each: [structure("Jane Doe's heart", 1, SQUARE)] for each in (bad, good)})
    identities = Told(*(["dicom-bad"] if case == "gone" else []))
    files, said = written(given, [bad, good], identities, uids="pseudonym" if case == "key" else "source")
    assert list(files) == ([] if case == "key" else ["structures/dicom-good.dcm", README])
    assert [each.code for each in said] == [code] * (2 if case == "key" else 1)
    assert {each.severity for each in said} == {"loss" if case == "nifti" else "error"}
    assert "dicom-bad" in words(said)
    assert ROOT not in words(said)
    assert "Jane" not in words(said)


def test_without_identities_nothing_is_written() -> None:
    on = image()
    files, said = written(a_set({on: [structure("heart", 1, SQUARE)]}), [on], None)
    assert not files
    assert [(each.code, each.value) for each in said] == [("rtstruct.no_images", "dicom-a")]


def test_a_grid_of_which_no_image_is_known_is_told_by_the_name_of_its_file() -> None:
    plain = volume(Stack.of_affine(np.eye(4), (5, 6, 3)), frames=[0, 1, 2])
    unknown = replace(plain, series_id="", kind="none", keys=["labels.nii.gz"] * 3)
    files, said = written(a_set({unknown: [structure("heart", 1, SQUARE)]}), [], Told())
    assert not files
    assert [(each.code, each.value) for each in said] == [("rtstruct.no_images", "labels.nii.gz")]


def test_shapes_of_other_formats_are_contours_of_their_pixels() -> None:
    on = image()
    given = a_set({on: [Structure("heart", "", structure("", 1, SQUARE).patches)]})
    rows = given.annotations.to_pylist()
    assert {row["track_id"] for row in rows} == {""}
    made = read(written(given, [on], Told())[0]["structures/dicom-a.dcm"])
    assert made.StructureSetROISequence[0].ROINumber == 1
    assert np.array_equal(voxels(made, on), SQUARE)
