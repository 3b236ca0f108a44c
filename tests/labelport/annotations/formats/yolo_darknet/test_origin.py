from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelport.annotations.formats.yolo_darknet import YOLO_DARKNET, YoloDarknetOptions
from labelport.annotations.formats.yolo_darknet.origin import against_origins, against_scores, corners, inside
from labelport.options import AnnotationOptions
from tests.labelport.annotations.formats.yolo_darknet.reading_texts import boxes_of, column, read_all

FITS_BOTH = "0 0.4 0.4 0.2 0.2"
CENTRE_ONLY = "0 0.9 0.9 0.2 0.2"
CORNER_ONLY = "0 0.0 0.0 0.5 0.5"


def decided(*rows: str, **options: Any) -> tuple[str, list[str]]:
    files = {"label.labels": b"a", "x.txt": "\n".join(rows).encode()}
    parsed, said = read_all(YOLO_DARKNET, files, options=AnnotationOptions(**options))
    return parsed.decided["yolo_origin"], [code for code, _, _ in said]


def test_rows_that_fit_both_ways_are_centre_and_nothing_is_said() -> None:
    assert decided(FITS_BOTH) == ("centre", [])
    assert decided(FITS_BOTH, CENTRE_ONLY) == ("centre", [])


def test_one_row_against_the_centre_decides_where_none_speaks_against_it() -> None:
    assert decided(FITS_BOTH, CORNER_ONLY) == ("top_left", ["yolo.looks_top_left"])


def test_rows_of_both_kinds_are_centre_and_the_boxes_outside_are_told() -> None:
    assert decided(CORNER_ONLY, CENTRE_ONLY) == ("centre", ["box.outside_image"])


def test_the_user_has_the_last_word() -> None:
    assert decided(FITS_BOTH, yolo_origin="top_left") == ("top_left", [])
    assert decided(CORNER_ONLY, yolo_origin="centre") == ("centre", ["box.outside_image"])


def test_a_thousandth_outside_is_no_evidence() -> None:
    assert decided("0 0.0995 0.5 0.2 0.2")[0] == "centre"
    assert decided("0 0.098 0.5 0.2 0.2")[0] == "top_left"


def test_the_rule_of_the_four_corners_refuses_nothing() -> None:
    parsed, said = read_all(YOLO_DARKNET, {"label.labels": b"a", "x.txt": b"0 0.3 0.3 0.4 0.4\n0 0.5 0.5 0.9 0.9\n"})
    assert (len(boxes_of(parsed.annotations)), said) == (2, [])


def test_one_decision_holds_for_all_files_and_its_first_row_and_counts_are_told() -> None:
    files = {"label.labels": b"a", "a.txt": FITS_BOTH.encode(), "b.txt": f"{FITS_BOTH}\n{CORNER_ONLY}".encode()}
    parsed, said = read_all(YOLO_DARKNET, files)
    assert said == [("yolo.looks_top_left", "b.txt", "2")]
    assert boxes_of(parsed.annotations)[0] == (0.4, 0.4, 0.6, 0.6)
    assert parsed.evidence == {"b.txt": {"against_centre": 1}}
    assert YOLO_DARKNET.decide({"against_centre": 1}, AnnotationOptions()) == parsed.decided


def test_what_was_decided_for_all_binds_the_reading_of_some() -> None:
    files = {"label.labels": b"a", "a.txt": FITS_BOTH.encode()}
    parsed, _ = read_all(YOLO_DARKNET, files, decided={"yolo_origin": "top_left"})
    assert boxes_of(parsed.annotations) == [(0.4, 0.4, 0.6, 0.6)]
    assert parsed.decided == {"yolo_origin": "top_left"}


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(*[st.floats(0, 1).map(lambda value: round(value, 4))] * 4).filter(lambda box: box[2] > 0 < box[3]),
        min_size=1,
        max_size=12,
    ),
    st.integers(1, 11),
)
def test_counts_of_parts_add_up_to_those_of_the_whole(boxes: list[tuple[float, ...]], cut: int) -> None:
    rows = [" ".join(map(str, (0, *box))) for box in boxes]
    whole = {"label.labels": b"a", "x.txt": "\n".join(rows).encode(), "y.txt": b""}
    halves = whole | {"x.txt": "\n".join(rows[:cut]).encode(), "y.txt": "\n".join(rows[cut:]).encode()}
    first, second = read_all(YOLO_DARKNET, whole)[0], read_all(YOLO_DARKNET, halves)[0]
    assert first.decided == second.decided
    total: dict[str, int] = {}
    for counts in second.evidence.values():
        for what, count in counts.items():
            total[what] = total.get(what, 0) + count
    assert total == dict(first.evidence.get("x.txt", {}))
    assert YOLO_DARKNET.decide(total, AnnotationOptions()) == first.decided


@given(st.lists(st.tuples(*[st.floats(-2, 3)] * 4), min_size=1, max_size=20))
def test_a_row_speaks_against_one_reading_at_most(rows: list[tuple[float, ...]]) -> None:
    boxes = np.array(rows)
    centre, corner = against_origins(boxes)
    assert not (centre & corner).any()
    assert not inside(corners(boxes, "centre"))[centre].any()
    assert inside(corners(boxes, "top_left"))[centre].all()


def test_a_confidence_is_the_last_field() -> None:
    parsed, said = read_all(
        YOLO_DARKNET, {"label.labels": b"a", "x.txt": b"0 0.4 0.4 0.2 0.2 0.95\n0 0.4 0.4 0.2 0.2\n"}
    )
    assert column(parsed.annotations, "score") == [0.95, None]
    assert boxes_of(parsed.annotations)[0] == (0.3, 0.3, 0.5, 0.5)
    assert said == []


@pytest.mark.parametrize("row", [b"0 0.98 0.5 0.4 0.9 0.2", b"0 0.9 0.5 0.5 0.2 1.0005"])
def test_a_confidence_before_the_box_is_seen_where_the_box_leaves_the_image_otherwise(row: bytes) -> None:
    plain = b"\n0 0.5 0.5 0.5 0.5 0.5\n0 0.5 0.4 0.4 0.2 0.2\n"
    parsed, said = read_all(YOLO_DARKNET, {"label.labels": b"a", "x.txt": row + plain})
    assert ("yolo.score_first", "x.txt", "1") in said
    assert column(parsed.annotations, "score")[2] == 0.5
    assert boxes_of(parsed.annotations)[2] == (0.3, 0.3, 0.5, 0.5)
    assert parsed.decided["yolo_score"] == "first"


def test_rows_for_both_places_of_a_confidence_are_read_with_it_behind() -> None:
    both = np.array([[0.98, 0.5, 0.4, 0.9, 0.2], [0.9, 0.9, 0.1, 0.1, 0.5]])
    assert [flags.tolist() for flags in against_scores(both)] == [[True, False], [False, False]]
    rows = b"0 0.98 0.5 0.4 0.9 0.2\n0 0.05 0.5 0.1 0.9 0.9\n0 0.98 0.98 0.02 0.02 0.99\n"
    parsed, said = read_all(YOLO_DARKNET, {"label.labels": b"a", "x.txt": rows})
    assert "yolo_score" not in parsed.decided
    assert [code for code, _, _ in said] == ["box.outside_image"]


def test_the_options_of_the_format_are_those_of_all_and_its_own() -> None:
    assert YoloDarknetOptions().yolo_scores is False
    assert YOLO_DARKNET.Options is YoloDarknetOptions
