"""What contours become: points, planes, types, and what is said of those that become nothing."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelport.annotations.formats.rtstruct.decimals import numbers
from labelport.options import AnnotationOptions
from tests.labelport.annotations.formats.rtstruct.structure_sets import (
    CLOSED,
    OPEN,
    POINT,
    SCAN,
    XOR,
    Point,
    Roi,
    codes,
    pixels,
    read,
    square,
    structure_set,
    whole,
)

BOX = square(4.5, 4.5, 9.5, 9.5, 3)
OTHER = square(14.5, 4.5, 16.5, 6.5, 3)


def contour(made: Any, roi: int = 0, number: int = 0) -> Any:
    return made.ROIContourSequence[roi].ContourSequence[number]


@pytest.mark.parametrize("count", [3, 5, 0, -1])
def test_a_contour_of_another_number_of_points_than_it_says_is_dropped(count: int) -> None:
    def edit(made: Any) -> None:
        contour(made).NumberOfContourPoints = count

    made, findings = read(structure_set(SCAN, [Roi([(CLOSED, BOX), (CLOSED, OTHER)])], edit=edit))
    (finding,) = findings
    assert (finding.code, finding.severity) == ("rtstruct.point_count", "error")
    assert finding.pointer == "(3006,0039)[0].(3006,0040)[0]"
    assert "12 numbers" in finding.message
    assert str(count) in finding.message
    assert pixels(made) == {3: 4}


def test_numbers_that_are_no_multiple_of_three_are_dropped() -> None:
    def edit(made: Any) -> None:
        contour(made).ContourData = list(contour(made).ContourData)[:-1]

    assert codes(structure_set(SCAN, [Roi([(CLOSED, BOX)])], edit=edit)) == [
        "rtstruct.point_count",
        "rtstruct.empty_roi",
    ]


@pytest.mark.parametrize("empty", [True, False])
def test_points_that_nobody_counted_are_counted(empty: bool) -> None:
    def edit(made: Any) -> None:
        for each in made.ROIContourSequence[0].ContourSequence:
            if empty:
                each.NumberOfContourPoints = None
            else:
                del each.NumberOfContourPoints

    made, (finding,) = read(structure_set(SCAN, [Roi([(CLOSED, BOX), (CLOSED, OTHER)])], edit=edit))
    assert (finding.code, finding.severity, finding.count) == ("rtstruct.point_count", "info", 2)
    assert pixels(made) == {3: 29}


@pytest.mark.parametrize(
    "text", [b"abcdef.gh0", b"nan       ", b"inf       ", b"1e999     ", b"1_0.000000", b"1,0.000000"]
)
def test_what_is_no_number_costs_its_contour_alone(text: bytes) -> None:
    def edit(made: Any) -> None:
        numbers = list(contour(made).ContourData)
        contour(made).ContourData = ["777.000000", *numbers[1:]]

    body = structure_set(SCAN, [Roi([(CLOSED, BOX), (CLOSED, OTHER)])], edit=edit)
    assert body.count(b"777.000000") == 1
    made, findings = read(body.replace(b"777.000000", text))
    assert [(each.code, each.pointer) for each in findings] == [
        ("rtstruct.bad_number", "(3006,0039)[0].(3006,0040)[0]")
    ]
    assert pixels(made) == {3: 4}


@pytest.mark.parametrize("value", ["1e300", "-1e300", "1e17", "1e10"])
def test_a_coordinate_of_no_patient_costs_its_contour_alone(value: str) -> None:
    def edit(made: Any) -> None:
        contour(made).ContourData = [value, *list(contour(made).ContourData)[1:]]

    made, findings = read(structure_set(SCAN, [Roi([(CLOSED, BOX), (CLOSED, OTHER)])], edit=edit))
    assert [each.code for each in findings] == ["volume.not_drawn"]
    assert pixels(made) == {3: 4}


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=20))
@settings(deadline=None, max_examples=60)
def test_numbers_are_read_to_the_last_bit(values: list[float]) -> None:
    found = numbers("\\".join(map(repr, values)).encode())
    assert found is not None
    assert found.tolist() == values


@pytest.mark.parametrize(
    ("text", "values"),
    [(" 1 \\+2.5\\.5\\3.\\007", [1, 2.5, 0.5, 3, 7]), ("1\\2 \0", [1, 2]), ("", []), ("  ", []), ("1\\\\2", None)],
)
def test_decimal_strings_are_read_as_people_write_them(text: str, values: list[float] | None) -> None:
    found = numbers(text.encode())
    assert (None if found is None else found.tolist()) == values


def test_a_contour_may_bend_by_a_hundredth_of_a_millimetre() -> None:
    def bent(by: float) -> list[str]:
        points = [(x, y, k + (by / 3 if index == 0 else 0)) for index, (x, y, k) in enumerate(BOX)]
        return codes(structure_set(SCAN, [Roi([(CLOSED, points)])]))

    assert bent(0.015) == []
    assert bent(0.03) == ["rtstruct.not_planar", "rtstruct.empty_roi"]


def test_a_reference_to_another_slice_is_told_and_the_points_count() -> None:
    made, (finding,) = read(structure_set(SCAN, [Roi([(CLOSED, BOX)], refers=2)]))
    assert finding.code == "rtstruct.reference_disagrees"
    assert "slice 3" in finding.message
    assert pixels(made) == {3: 25}


def test_a_keyhole_has_its_hole() -> None:
    path = [
        (4.5, 4.5),
        (12.5, 4.5),
        (12.5, 12.5),
        (4.5, 12.5),
        (4.5, 4.5),
        (6.5, 6.5),
        (6.5, 8.5),
        (8.5, 8.5),
        (8.5, 6.5),
    ]
    keyhole = [(x, y, 3.0) for x, y in [*path, (6.5, 6.5)]]
    made, findings = read(structure_set(SCAN, [Roi([(CLOSED, keyhole)])]))
    assert not findings
    assert pixels(made) == {3: 64 - 4}


NESTED = [square(4.5, 4.5, 14.5, 14.5, 3), square(6.5, 6.5, 12.5, 12.5, 3), square(8.5, 8.5, 10.5, 10.5, 3)]
CROSSING = [square(4.5, 4.5, 9.5, 9.5, 3), square(7.5, 4.5, 12.5, 9.5, 3)]


@pytest.mark.parametrize(
    ("rule", "nested", "crossing"), [("nested", 100 - 36 + 4, 40), ("union", 100, 40), ("xor", 68, 30)]
)
def test_several_plain_contours_are_combined_as_the_option_says(rule: Any, nested: int, crossing: int) -> None:
    options = AnnotationOptions(closed_planar=rule)
    for contours, voxels in ((NESTED, nested), (CROSSING, crossing)):
        for order in (contours, contours[::-1]):
            body = structure_set(SCAN, [Roi([(CLOSED, points) for points in order])])
            made, findings = read(body, options=options)
            assert pixels(made) == {3: voxels}
            told = ["rtstruct.overlapping_contours"] if rule == "nested" and contours is CROSSING else []
            assert [each.code for each in findings] == told


@pytest.mark.parametrize("rule", ["nested", "union", "xor"])
def test_exclusive_contours_are_exclusive_under_every_option(rule: Any) -> None:
    body = structure_set(SCAN, [Roi([(XOR, points) for points in CROSSING])])
    assert pixels(read(body, options=AnnotationOptions(closed_planar=rule))[0]) == {3: 30}


def test_of_mixed_types_the_exclusive_ones_come_first() -> None:
    mixed: list[tuple[str, list[Point]]] = [
        (CLOSED, NESTED[1]),
        (XOR, NESTED[0]),
        (XOR, NESTED[1]),
        (POINT, [(20, 20, 3)]),
    ]
    made, findings = read(structure_set(SCAN, [Roi(mixed)]))
    assert [each.code for each in findings] == ["rtstruct.mixed_types"]
    assert pixels(made) == {3: 101}


def test_a_point_is_its_nearest_voxel_and_a_line_is_not_filled() -> None:
    made, findings = read(
        structure_set(
            SCAN,
            [
                Roi([(POINT, [(7.4, 5.6, 3)])], "point"),
                Roi([(OPEN, [(4, 4, 3), (9, 4, 3), (9, 9, 3), (4, 9, 3)])], "line"),
                Roi([(CLOSED, [(4, 4, 3), (9, 4, 3)]), (CLOSED, [(20, 20, 3)])], "degenerate"),
            ],
        )
    )
    assert [each.code for each in findings] == ["rtstruct.degenerate_contour"] * 2
    assert np.argwhere(whole(made, 1)).tolist() == [[3, 6, 7]]
    assert pixels(made, 2) == {3: 16}
    assert pixels(made, 3) == {3: 7}


def test_a_point_outside_of_the_image_is_not_moved_to_its_edge() -> None:
    assert codes(structure_set(SCAN, [Roi([(POINT, [(-1, 5, 3)])])])) == [
        "rtstruct.outside_image",
        "rtstruct.empty_roi",
    ]


def test_a_contour_around_the_whole_image_is_not_outside() -> None:
    made, findings = read(structure_set(SCAN, [Roi([(CLOSED, square(-0.5, -0.5, 31.5, 23.5, 3))])]))
    assert not findings
    assert pixels(made) == {3: 32 * 24}


def test_a_contour_that_reaches_outside_is_cut() -> None:
    made, (finding,) = read(structure_set(SCAN, [Roi([(CLOSED, square(25.5, 20.5, 40.5, 60.5, 3))])]))
    assert finding.code == "rtstruct.outside_image"
    assert pixels(made) == {3: 6 * 3}


@pytest.mark.filterwarnings("ignore:The value length")
@pytest.mark.parametrize("kind", ["OPEN_NONPLANAR", "OPEN_NON_PLANAR", "INTERPOLATED_PLANAR", "SECRET NAME", ""])
def test_a_type_that_is_not_read_costs_its_structure_alone(kind: str) -> None:
    body = structure_set(SCAN, [Roi([(CLOSED, BOX), (kind, OTHER)]), Roi([(CLOSED, BOX)], "ok")])
    made, (finding,) = read(body)
    assert (finding.code, finding.pointer) == ("rtstruct.unsupported_type", "(3006,0039)[0].(3006,0040)[1]")
    assert "SECRET" not in f"{finding.value}{finding.message}"
    assert (pixels(made, 1), pixels(made, 2)) == ({}, {3: 25})


def test_slices_without_contour_between_others_are_told_and_not_filled() -> None:
    body = structure_set(SCAN, [Roi([(CLOSED, square(4.5, 4.5, 9.5, 9.5, plane)) for plane in (1, 2, 5, 8)])])
    made, (finding,) = read(body)
    assert (finding.code, finding.value, finding.count) == ("rtstruct.missing_planes", "3, 4, 6, 7", 4)
    assert sorted(pixels(made)) == [1, 2, 5, 8]


def test_between_points_no_slice_is_missing() -> None:
    assert codes(structure_set(SCAN, [Roi([(POINT, [(4, 4, plane)]) for plane in (1, 5)])])) == []


def test_a_tiny_contour_is_no_missing_slice() -> None:
    planes = [square(4.5, 4.5, 9.5, 9.5, 1), square(4.6, 4.6, 4.9, 4.9, 2), square(4.5, 4.5, 9.5, 9.5, 3)]
    made, findings = read(structure_set(SCAN, [Roi([(CLOSED, points) for points in planes])]))
    assert not findings
    assert sorted(pixels(made)) == [1, 3]


@pytest.mark.parametrize("value", [99, None])
def test_contours_of_a_structure_that_is_not_declared_are_left_out(value: int | None) -> None:
    def edit(made: Any) -> None:
        made.ROIContourSequence[0].ReferencedROINumber = value

    made, findings = read(structure_set(SCAN, [Roi([(CLOSED, BOX)]), Roi([(CLOSED, BOX)], "ok")], edit=edit))
    assert [(each.code, each.pointer) for each in findings] == [
        ("rtstruct.unknown_roi", "(3006,0039)[0]"),
        ("rtstruct.empty_roi", "(3006,0020)[0]"),
    ]
    assert (pixels(made, 1), pixels(made, 2)) == ({}, {3: 25})


def no_number(made: Any) -> None:
    made.StructureSetROISequence[1].ROINumber = None


def the_first_number_again(made: Any) -> None:
    made.StructureSetROISequence[1].ROINumber = 1


@pytest.mark.parametrize("edit", [no_number, the_first_number_again])
def test_a_structure_without_a_number_of_its_own_is_left_out(edit: Callable[[Any], None]) -> None:
    made, findings = read(structure_set(SCAN, [Roi([(CLOSED, BOX)]), Roi([(CLOSED, BOX)], "b")], edit=edit))
    assert [each.code for each in findings] == ["rtstruct.roi_number", "rtstruct.unknown_roi"]
    assert made is not None
    assert [each.name for each in made.labelled[0].structures] == ["R"]


def test_a_structure_without_a_name_is_called_by_its_number() -> None:
    made, findings = read(structure_set(SCAN, [Roi([(CLOSED, BOX)], name="")]))
    assert [each.code for each in findings] == ["rtstruct.no_name"]
    assert made is not None
    assert [each.name for each in made.labelled[0].structures] == ["1"]


def test_two_structures_of_one_name_are_both_read() -> None:
    made, findings = read(structure_set(SCAN, [Roi([(CLOSED, BOX)]), Roi([(CLOSED, OTHER)])]))
    assert [(each.code, each.pointer) for each in findings] == [("rtstruct.duplicate_roi_name", "(3006,0020)[1]")]
    assert (pixels(made, 1), pixels(made, 2)) == ({3: 25}, {3: 4})


def test_two_items_of_contours_of_one_structure_are_read_with_each_other() -> None:
    def edit(made: Any) -> None:
        made.ROIContourSequence[1].ReferencedROINumber = 1
        del made.StructureSetROISequence[1]

    made, findings = read(structure_set(SCAN, [Roi([(CLOSED, BOX)]), Roi([(CLOSED, OTHER)], "b")], edit=edit))
    assert not findings
    assert pixels(made) == {3: 29}


def test_a_contour_of_a_hundred_thousand_points_is_read() -> None:
    turns = np.linspace(0, 2 * np.pi, 100_000, endpoint=False)
    x, y, z = np.array(SCAN.patient((15, 12, 3)))[:, None] + [
        1.5 * 8.3 * np.cos(turns),
        2 * 8.3 * np.sin(turns),
        0 * turns,
    ]
    text = "\\".join(f"{value:.4f}" for value in np.stack([x, y, z], axis=1).ravel())

    def edit(made: Any) -> None:
        contour(made).NumberOfContourPoints = 100_000
        contour(made).add_new(0x30060050, "UN", text.encode() + b" " * (len(text) % 2))

    made, findings = read(structure_set(SCAN, [Roi([(CLOSED, BOX)])], edit=edit, syntax="1.2.840.10008.1.2"))
    assert not findings
    rows, columns = np.mgrid[:24, :32]
    np.testing.assert_array_equal(whole(made)[3], (columns - 15) ** 2 + (rows - 12) ** 2 < 8.3**2)
