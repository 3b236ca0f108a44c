"""What is wrong with boxes, whatever format they came in."""

import math

import numpy as np
import pytest

from labelport.annotations.boxes import as_shares, checked, cut_to, in_pixels
from labelport.annotations.said import Said
from labelport.findings import Finding
from tests.labelport.annotations.made import a_set


def told(boxes: list[list[float]], **given: object) -> tuple[int, list[Finding]]:
    said = Said()
    kept = checked(a_set(boxes, **given), said)  # type: ignore[arg-type]
    return kept.annotations.num_rows, said.findings()


@pytest.mark.parametrize(
    ("box", "kept", "code", "severity"),
    [
        ([10, 10, 20, 20], 1, None, None),
        ([0, 0, 100, 80], 1, None, None),
        ([-0.4, 0, 100.5, 80.5], 1, None, None),  # half a pixel is within the tolerance
        ([20, 10, 10, 20], 0, "box.negative_size", "error"),
        ([10, 10, 10, 20], 1, "box.zero_size", "warning"),
        ([90, 10, 120, 20], 1, "box.outside_image", "warning"),
        ([-30, -30, -10, -10], 0, "box.outside_image", "error"),
        ([100, 10, 130, 20], 0, "box.outside_image", "error"),
        ([10, 10, math.inf, 20], 0, "box.not_finite", "error"),
    ],
)
def test_each_fault_has_its_code_and_only_what_cannot_be_is_dropped(
    box: list[float], kept: int, code: str | None, severity: str | None
) -> None:
    rows, findings = told([box])
    assert rows == kept
    assert [(found.code, found.severity) for found in findings] == ([(code, severity)] if code else [])


def test_of_an_image_whose_size_nobody_knows_only_what_is_left_of_its_corner_is_outside() -> None:
    assert told([[1e6, 1e6, 2e6, 2e6]], size=None) == (1, [])
    rows, findings = told([[-10, 5, 5, 9]], size=None)
    assert (rows, [found.code for found in findings]) == (1, ["box.outside_image"])


def test_shares_are_judged_by_the_image_where_its_size_is_known_and_by_a_thousandth_where_not() -> None:
    assert told([[0, 0, 1.004, 1]], unit="normalised") == (1, [])  # 0.4 pixels of 100
    assert [f.code for f in told([[0, 0, 1.004, 1]], unit="normalised", size=None)[1]] == ["box.outside_image"]


def test_a_point_has_no_size_and_that_is_no_fault() -> None:
    assert told([[5, 5, 5, 5]], kind="point") == (1, [])


def test_clip_cuts_corners_and_says_so() -> None:
    said = Said()
    kept = checked(a_set([[-10, 20, 130, 60]]), said, clip=True)
    assert in_pixels(kept).tolist() == [[0, 20, 100, 60]]
    assert "cut to its image" in said.findings()[0].message


def test_an_image_that_lost_all_its_labels_is_no_negative_example() -> None:
    given = a_set([[5, 5, 1, 1], [1, 1, 2, 2]], image=[0, 1], names=("a.jpg", "b.jpg", "c.jpg"))
    kept = checked(given, Said())
    assert kept.images.column("state").to_pylist() == ["unlabelled", "labelled", "negative"]
    assert kept.annotations.column("annotation_id").to_pylist() == [0]
    assert given.images.column("state").to_pylist()[0] == "labelled", "arguments are never changed"


def test_after_twenty_places_the_rest_is_counted() -> None:
    _, findings = told([[5, 5, 1, 1]] * 50)
    assert len(findings) == 21
    assert sum(found.count for found in findings) == 50
    assert findings[-1].message == "30 more of these are in the file and not listed"


def test_pixels_and_shares_are_each_other_times_the_size() -> None:
    given = a_set([[10, 8, 50, 40]])
    shares = as_shares(given)
    assert shares.tolist() == [[0.1, 0.1, 0.5, 0.5]]
    assert in_pixels(a_set(shares.tolist(), unit="normalised")).tolist() == [[10, 8, 50, 40]]
    assert np.isnan(as_shares(a_set([[10, 8, 50, 40]], size=None))).all()


def test_cutting_to_unknown_limits_cuts_nothing() -> None:
    box = np.array([[-5.0, -5, 500, 500]])
    assert cut_to(box, np.array([[math.nan, math.nan]])).tolist() == box.tolist()
