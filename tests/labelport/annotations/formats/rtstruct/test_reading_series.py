"""Which series a structure set lies on, and which ones are refused."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from labelport.annotations.volumes.image_volume import NoVolumes
from labelport.annotations.volumes.known_volumes import known_volumes
from tests.labelport.annotations.formats.rtstruct.structure_sets import (
    CLOSED,
    SCAN,
    Roi,
    Scan,
    codes,
    pixels,
    read,
    square,
    structure_set,
)

BOX = Roi([(CLOSED, square(4.5, 4.5, 9.5, 9.5, 3))])


def referred(made: Any) -> Any:
    return made.ReferencedFrameOfReferenceSequence[0].RTReferencedStudySequence[0]


def test_the_series_that_is_named_is_found_under_a_key_too() -> None:
    key = b"k" * 32
    made, findings = read(structure_set(SCAN, [BOX]), known_volumes([SCAN.image(key=key)], key=key))
    assert not findings
    assert pixels(made) == {3: 25}
    assert made is not None
    assert SCAN.series_uid not in repr(made)


def test_without_images_nothing_is_placed_and_the_hint_says_how() -> None:
    made, (finding,) = read(structure_set(SCAN, [BOX]), NoVolumes())
    assert made is None
    assert finding.code == "rtstruct.unresolved_series"
    assert finding.hint is not None
    assert "--images" in finding.hint


def of_no_study(made: Any) -> None:
    del made.ReferencedFrameOfReferenceSequence[0].RTReferencedStudySequence


def of_nothing(made: Any) -> None:
    del made.ReferencedFrameOfReferenceSequence


def of_an_empty_study(made: Any) -> None:
    referred(made).ReferencedSOPInstanceUID = ""


@pytest.mark.parametrize("edit", [of_no_study, of_nothing, of_an_empty_study])
def test_a_file_that_refers_to_no_study_is_refused(edit: Callable[[Any], None]) -> None:
    assert codes(structure_set(SCAN, [BOX], edit=edit)) == ["rtstruct.not_one_study"]


def test_one_study_in_two_frames_of_reference_is_one() -> None:
    other = Scan(2, study_number=1)
    body = structure_set(SCAN, [BOX, Roi(BOX.contours, "other", of=other)], also=[other])
    made, findings = read(body, known_volumes([SCAN.image(), other.image()]))
    assert not findings
    assert made is not None
    assert [(each.image.series_id, [s.name for s in each.structures]) for each in made.labelled] == [
        ("dicom-1", ["R"]),
        ("dicom-2", ["other"]),
    ]


def test_two_studies_are_refused() -> None:
    assert codes(structure_set(SCAN, [BOX], also=[Scan(2)])) == ["rtstruct.not_one_study"]


def test_a_study_that_is_not_its_own_is_refused_and_named_by_series_ids() -> None:
    other = Scan(2)

    def edit(made: Any) -> None:
        made.StudyInstanceUID = other.study_uid

    made, (finding,) = read(structure_set(SCAN, [BOX], edit=edit), known_volumes([SCAN.image(), other.image()]))
    assert made is None
    assert finding.code == "rtstruct.study_differs"
    assert "dicom-1" in finding.message
    assert "dicom-2" in finding.message
    assert "2.25" not in f"{finding.message}{finding.value}"


def test_a_named_series_that_lies_in_another_study_is_refused() -> None:
    stranger = Scan(2)

    def edit(made: Any) -> None:
        referred(made).RTReferencedSeriesSequence[0].SeriesInstanceUID = stranger.series_uid

    body = structure_set(SCAN, [BOX], edit=edit)
    assert codes(body, known_volumes([SCAN.image(), stranger.image()])) == ["rtstruct.study_differs"]


def test_a_known_series_whose_study_is_not_in_the_dataset_is_refused() -> None:
    def edit(made: Any) -> None:
        made.StudyInstanceUID = referred(made).ReferencedSOPInstanceUID = "2.25.5"

    assert codes(structure_set(SCAN, [BOX], edit=edit)) == ["rtstruct.study_differs"]


def without_series(made: Any) -> None:
    del referred(made).RTReferencedSeriesSequence


def of_an_absent_series(made: Any) -> None:
    referred(made).RTReferencedSeriesSequence[0].SeriesInstanceUID = "2.25.5"


@pytest.mark.parametrize("edit", [without_series, of_an_absent_series])
def test_an_absent_series_is_found_by_its_frame_of_reference_and_its_planes(edit: Callable[[Any], None]) -> None:
    far = Scan(2, study_number=1, frame_of_reference=1, positions=tuple(500.0 + 3 * k for k in range(10)))
    made, (finding,) = read(structure_set(SCAN, [BOX], edit=edit), known_volumes([SCAN.image(), far.image()]))
    assert finding.code == "rtstruct.by_frame_of_reference"
    assert finding.severity == "info"
    assert "dicom-1" in finding.message
    assert pixels(made) == {3: 25}
    assert made is not None
    assert [each.image.series_id for each in made.labelled] == ["dicom-1"]


def test_by_frame_of_reference_a_contour_that_fits_two_series_goes_where_most_of_the_file_lies() -> None:
    fine = Scan(2, study_number=1, frame_of_reference=1, positions=tuple(2.0 * k for k in range(14)))
    many = Roi([(CLOSED, square(4.5, 4.5, 9.5, 9.5, plane)) for plane in (1, 2, 3, 4)], refers=None, of=fine)
    on_both = Roi([(CLOSED, square(4.5, 4.5, 9.5, 9.5, 0))], "first", refers=None, of=fine)
    body = structure_set(SCAN, [many, on_both], edit=without_series)
    made, findings = read(body, known_volumes([SCAN.image(), fine.image()]))
    assert [each.code for each in findings] == ["rtstruct.by_frame_of_reference"]
    assert made is not None
    assert [(each.image.series_id, len(each.structures)) for each in made.labelled] == [("dicom-2", 2)]


def test_a_frame_of_reference_of_which_no_slice_is_near_resolves_nothing() -> None:
    far = Scan(2, study_number=1, frame_of_reference=1, positions=(500.0, 503.0))
    body = structure_set(SCAN, [BOX], edit=without_series)
    made, findings = read(body, known_volumes([far.image()]))
    assert made is None
    assert findings[-1].code == "rtstruct.unresolved_series"
    assert findings[-1].severity == "error"


def test_of_two_named_series_one_may_be_absent_and_that_is_told() -> None:
    other = Scan(2, study_number=1, frame_of_reference=1)
    made, (finding,) = read(structure_set(SCAN, [BOX], also=[other]))
    assert (finding.code, finding.severity) == ("rtstruct.unresolved_series", "warning")
    assert finding.pointer == "(3006,0010)[0].(3006,0012)[0].(3006,0014)[1]"
    assert pixels(made) == {3: 25}


def test_contours_of_one_file_go_to_the_series_whose_images_they_refer_to() -> None:
    other = Scan(2, study_number=1, frame_of_reference=1)
    both = known_volumes([SCAN.image(), other.image()])
    body = structure_set(SCAN, [BOX, Roi(BOX.contours, "other", of=other)], also=[other])
    made, findings = read(body, both)
    assert not findings
    assert pixels(made, 1, series=0) == pixels(made, 2, series=1) == {3: 25}


@pytest.mark.parametrize("first", [True, False])
def test_without_references_all_contours_go_to_the_series_on_whose_planes_they_lie(first: bool) -> None:
    fine = Scan(2, study_number=1, frame_of_reference=1, positions=tuple(2.0 * k for k in range(14)))
    contours = [(CLOSED, square(4.5, 4.5, 9.5, 9.5, plane)) for plane in (0, 1, 2, 3, 4)]
    one, other = (fine, SCAN) if first else (SCAN, fine)
    body = structure_set(one, [Roi(contours, refers=None, of=fine)], also=[other])
    made, findings = read(body, known_volumes([SCAN.image(), fine.image()]))
    assert not findings
    assert made is not None
    assert [each.image.series_id for each in made.labelled] == ["dicom-2"]
    assert sorted(pixels(made)) == [0, 1, 2, 3, 4]


def test_one_series_uid_may_be_two_stacks() -> None:
    lower, upper = SCAN.image(), Scan(positions=(300.0, 303.0)).image(series_id="dicom-1b")
    high = Scan(positions=(300.0, 303.0))
    body = structure_set(SCAN, [BOX, Roi([(CLOSED, square(4.5, 4.5, 6.5, 6.5, 1))], "high", refers=None, of=high)])
    made, findings = read(body, known_volumes([lower, upper]))
    assert not findings
    assert pixels(made, 1, series=0) == {3: 25}
    assert pixels(made, 2, series=1) == {1: 4}


def test_frames_of_one_object_are_told_apart_by_their_numbers() -> None:
    frames = Scan(frames=True)
    known = known_volumes([frames.image()])
    made, findings = read(structure_set(frames, [BOX]), known)
    assert not findings
    assert pixels(made) == {3: 25}
    wrong = structure_set(frames, [Roi(BOX.contours, refers=1)])
    made, (finding,) = read(wrong, known)
    assert finding.code == "rtstruct.reference_disagrees"
    assert pixels(made) == {3: 25}

    def without_frame(made: Any) -> None:
        del made.ROIContourSequence[0].ContourSequence[0].ContourImageSequence[0].ReferencedFrameNumber

    assert codes(structure_set(frames, [BOX], edit=without_frame), known) == []


def test_a_reference_decides_between_two_slices_that_are_equally_near_and_else_the_upper_one_is_taken() -> None:
    between = [(CLOSED, square(4.5, 4.5, 9.5, 9.5, 3.5))]
    assert pixels(read(structure_set(SCAN, [Roi(between, refers=-1)]))[0]) == {3: 25}
    assert pixels(read(structure_set(SCAN, [Roi(between, refers=None)]))[0]) == {4: 25}


@pytest.mark.parametrize(("away", "plane"), [(-0.4, 0), (0.4, 0), (9.4, 9), (-0.6, None), (9.6, None), (30, None)])
def test_nothing_is_clamped_to_the_ends_of_the_stack(away: float, plane: int | None) -> None:
    made, findings = read(structure_set(SCAN, [Roi([(CLOSED, square(4.5, 4.5, 9.5, 9.5, away))], refers=None)]))
    assert pixels(made) == ({} if plane is None else {plane: 25})
    told = [] if plane is not None else ["rtstruct.off_plane", "rtstruct.empty_roi"]
    assert [each.code for each in findings] == told


def test_contours_of_a_missing_slice_are_not_drawn_on_its_neighbours() -> None:
    gap = Scan(positions=(0.0, 3.0, 6.0, 12.0, 15.0))
    on_the_missing_one = square(4.5, 4.5, 9.5, 9.5, 2.5)
    body = structure_set(gap, [Roi([(CLOSED, on_the_missing_one)], refers=None)])
    assert codes(body, known_volumes([gap.image()])) == ["rtstruct.off_plane", "rtstruct.empty_roi"]


def test_a_slice_of_its_own_has_its_contours() -> None:
    alone = Scan(positions=(7.0,))
    made, findings = read(
        structure_set(alone, [Roi([(CLOSED, square(4.5, 4.5, 9.5, 9.5, 0))])]), known_volumes([alone.image()])
    )
    assert not findings
    assert pixels(made) == {0: 25}


def test_an_uneven_stack_reaches_half_of_each_gap() -> None:
    uneven = Scan(positions=(0.0, 1.0, 5.0, 8.0, 11.0))
    contours = [(CLOSED, square(4.5, 4.5, 9.5, 9.5, plane)) for plane in (0.4, 0.6)]
    body = structure_set(uneven, [Roi(contours, refers=None)])
    assert pixels(read(body, known_volumes([uneven.image()]))[0]) == {0: 25, 1: 25}


def test_planes_in_any_order_of_the_stack_are_found_by_position() -> None:
    falling = Scan(positions=tuple(-3.0 * k for k in range(10)))
    made, findings = read(structure_set(falling, [BOX]), known_volumes([falling.image()]))
    assert not findings
    assert pixels(made) == {3: 25}


def test_every_slice_is_measured_from_its_own_position() -> None:
    turned, _ = np.linalg.qr(np.array([[0.9, 0.1, 0.3], [-0.2, 0.95, 0.1], [-0.3, 0.0, 0.9]]))
    if np.linalg.det(turned) < 0:
        turned[:, 2] *= -1
    oblique = Scan(matrix=turned, positions=(0.0, 2.0, 7.0, 8.0))
    body = structure_set(oblique, [Roi([(CLOSED, square(4.5, 4.5, 9.5, 9.5, plane)) for plane in range(4)])])
    made, findings = read(body, known_volumes([oblique.image()]))
    assert not findings
    assert pixels(made) == dict.fromkeys(range(4), 25)


def test_a_structure_of_a_frame_of_reference_without_images_is_left_out_and_never_drawn_on_another() -> None:
    absent = Scan(2, study_number=1)
    body = structure_set(SCAN, [BOX, Roi(BOX.contours, "other", refers=None, of=absent)], also=[absent])
    made, findings = read(body)
    assert [(each.code, each.severity) for each in findings] == [
        ("rtstruct.unresolved_series", "warning"),
        ("rtstruct.unresolved_series", "error"),
    ]
    assert findings[1].pointer == "(3006,0020)[1]"
    assert pixels(made) == {3: 25}
    assert pixels(made, 2) == {}


def test_a_structure_of_a_frame_of_reference_that_the_file_does_not_refer_to_is_told() -> None:
    def edit(made: Any) -> None:
        made.StructureSetROISequence[0].ReferencedFrameOfReferenceUID = "2.25.5"

    made, (finding,) = read(structure_set(SCAN, [BOX], edit=edit))
    assert (finding.code, finding.severity, finding.pointer) == ("rtstruct.frame_differs", "warning", "(3006,0020)[0]")
    assert "2.25" not in f"{finding.message}{finding.value}"
    assert pixels(made) == {3: 25}


@pytest.mark.parametrize("key", [None, b"k" * 32])
def test_a_named_series_in_another_frame_of_reference_than_the_file_says_is_told(key: bytes | None) -> None:
    def edit(made: Any) -> None:
        made.ReferencedFrameOfReferenceSequence[0].FrameOfReferenceUID = "2.25.5"
        made.StructureSetROISequence[0].ReferencedFrameOfReferenceUID = "2.25.5"

    made, (finding,) = read(structure_set(SCAN, [BOX], edit=edit), known_volumes([SCAN.image(key=key)], key=key))
    assert (finding.code, finding.pointer) == ("rtstruct.frame_differs", "(3006,0010)[0]")
    assert "dicom-1" in finding.message
    assert pixels(made) == {3: 25}


@pytest.mark.parametrize("named", [True, False])
def test_contours_that_lie_on_two_series_alike_and_refer_to_none_are_told(named: bool) -> None:
    phase = Scan(2, study_number=1, frame_of_reference=1)
    body = structure_set(
        SCAN,
        [Roi(BOX.contours, refers=None)],
        also=[phase] if named else [],
        edit=None if named else without_series,
    )
    made, findings = read(body, known_volumes([SCAN.image(), phase.image()]))
    assert findings[-1].code == "rtstruct.ambiguous_series"
    assert "dicom-1, dicom-2" in findings[-1].message
    assert pixels(made) == {3: 25}
