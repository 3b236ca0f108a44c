import csv
import io
from typing import Any

import numpy as np
import pyarrow.csv
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.formats.csv import CSV_CLASSES, CSV_CORNERS, CSV_SIZE
from labelport.annotations.formats.csv.writing import with_widths
from tests.labelport.annotations.formats.csv.reading import AnyCsv, labels, read, rows, states, written
from tests.labelport.annotations.made import a_set

FORMATS: dict[str, AnyCsv] = {each.id: each for each in (CSV_CORNERS, CSV_SIZE, CSV_CLASSES)}


def told(findings: list[Any]) -> dict[str, int]:
    return {each.code: each.count for each in findings}


def test_a_box_is_a_row() -> None:
    made = a_set(
        [[40, 25, 160, 85], [0.5, 1 / 3, 2, 7.25]],
        image=[0, 1],
        names=("tray/0007.png", "b.png"),
        categories=("bolt", "nut"),
        category=[0, 1],
        size=None,
    )
    assert written(CSV_CORNERS, made)[0].decode() == (
        "filename,xmin,ymin,xmax,ymax,label\ntray/0007.png,40,25,160,85,bolt\nb.png,0.5,0.3333333333333333,2,7.25,nut\n"
    )
    assert written(CSV_SIZE, made)[0].decode().splitlines()[:2] == [
        "filename,xmin,ymin,width,height,label",
        "tray/0007.png,40,25,120,60,bolt",
    ]
    assert written(CSV_CLASSES, made)[0].decode() == "filename,label\ntray/0007.png,bolt\nb.png,nut\n"


def test_names_and_labels_are_quoted_where_a_reader_would_take_them_apart() -> None:
    names = ('a,"b".png', "c\nd.png", "=1+1.png", " e.png", "f;g.png")
    made = a_set([[1, 2, 3, 4]] * 5, image=[0, 1, 2, 3, 4], names=names, categories=("x,y",), size=None)
    body = written(CSV_CORNERS, made)[0]
    assert [row[0] for row in csv.reader(io.StringIO(body.decode(), newline=""))][1:] == list(names)
    assert body.splitlines()[4] == b'=1+1.png,1,2,3,4,"x,y"'
    assert pyarrow.csv.read_csv(
        io.BytesIO(body), parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True)
    ).column("filename").to_pylist() == list(names)


def test_negative_images_are_written_where_the_settings_say_so() -> None:
    made = a_set([[1, 2, 3, 4]], image=[1], names=("a.jpg", "b.jpg", "c.jpg"), size=None)
    body, findings = written(CSV_CORNERS, made)
    assert body == b"filename,xmin,ymin,xmax,ymax,label\nb.jpg,1,2,3,4,a\n"
    assert told(findings) == {"loss.negative_images": 2}
    body, findings = written(CSV_CORNERS, made, empty_images="write")
    assert body == b"filename,xmin,ymin,xmax,ymax,label\na.jpg,,,,,\nb.jpg,1,2,3,4,a\nc.jpg,,,,,\n"
    assert not findings
    assert written(CSV_CLASSES, made, empty_images="write")[0] == b"filename,label\na.jpg,\nb.jpg,a\nc.jpg,\n"


def test_an_image_whose_annotations_cannot_be_written_does_not_become_a_negative_one() -> None:
    made = a_set([[1, 2, 1, 2]], names=("a.jpg",), kind="point", size=None)
    body, findings = written(CSV_CORNERS, made, empty_images="write")
    assert body == b"filename,xmin,ymin,xmax,ymax,label\n"
    assert told(findings) == {"loss.kind": 1}


def test_shares_stay_shares_unless_pixels_are_asked_for() -> None:
    made = a_set([[0.1, 0.25, 0.5, 1]], unit="normalised", size=(100, 80))
    assert written(CSV_CORNERS, made)[0].splitlines()[1] == b"x.jpg,0.1,0.25,0.5,1,a"
    assert written(CSV_CORNERS, made, normalised="no")[0].splitlines()[1] == b"x.jpg,10,20,50,80,a"
    pixels = a_set([[10, 20, 50, 80]], size=(100, 80))
    assert written(CSV_CORNERS, pixels, normalised="yes")[0].splitlines()[1] == b"x.jpg,0.1,0.25,0.5,1,a"


def test_rows_of_both_units_are_written_in_pixels() -> None:
    made = a_set([[0.1, 0.25, 0.5, 1], [10, 20, 50, 80]], size=(100, 80), unit=["normalised", "pixel"])  # type: ignore[arg-type]
    assert written(CSV_CORNERS, made)[0].splitlines()[1:] == [b"x.jpg,10,20,50,80,a"] * 2


def test_a_box_that_needs_a_size_nobody_knows_is_a_loss() -> None:
    made = a_set([[0.1, 0.25, 0.5, 1]], unit="normalised", size=None)
    body, findings = written(CSV_CORNERS, made, normalised="no", empty_images="write")
    assert body == b"filename,xmin,ymin,xmax,ymax,label\n"
    assert told(findings) == {"loss.size_unknown": 1}


def test_boxes_are_cut_to_their_image_where_the_settings_say_so() -> None:
    made = a_set([[-5, 10, 120, 90]])
    assert written(CSV_CORNERS, made)[0].splitlines()[1] == b"x.jpg,-5,10,120,90,a"
    assert written(CSV_CORNERS, made, clip=True)[0].splitlines()[1] == b"x.jpg,0,10,100,80,a"
    shares = a_set([[-0.5, 0.1, 1.5, 0.9]], unit="normalised", size=None)
    assert written(CSV_SIZE, shares, clip=True)[0].splitlines()[1] == b"x.jpg,0,0.1,1,0.8,a"


def test_what_has_no_class_or_no_box_is_told_and_not_written() -> None:
    nan = [float("nan")] * 4
    made = a_set([[1, 2, 3, 4], nan, [1, 2, 3, 4]], category=[None, 0, 1], categories=("a", " "), size=None)
    for each in (CSV_CORNERS, CSV_SIZE):
        body, findings = written(each, made)
        assert len(body.splitlines()) == 1
        assert told(findings) == {"loss.kind": 3}
    body, findings = written(CSV_CLASSES, made)
    assert body == b"filename,label\nx.jpg,a\n"
    assert told(findings)["loss.kind"] == 2


def test_an_image_has_a_class_once() -> None:
    made = a_set([[1, 2, 3, 4]] * 4, image=[0, 0, 1, 0], names=("a", "b"), category=[0, 1, 0, 0], categories=("x", "y"))
    assert written(CSV_CLASSES, made)[0].splitlines()[1:] == [b"a,x", b"a,y", b"b,x"]


def test_an_image_without_a_name_is_left_out() -> None:
    made = a_set([[1, 2, 3, 4]] * 2, image=[0, 1], names=(" ", "b.jpg"), size=None)
    body, findings = written(CSV_CORNERS, made)
    assert body.splitlines()[1:] == [b"b.jpg,1,2,3,4,a"]
    assert told(findings) == {"name.unsafe": 1}


def test_an_empty_set_is_a_header() -> None:
    for each in FORMATS.values():
        assert len(written(each, AnnotationSet())[0].splitlines()) == 1


def test_a_corner_to_which_no_width_leads_is_told() -> None:
    body, findings = written(CSV_SIZE, a_set([[0.2977416890822873, 0, 0.9, 9]], size=None))
    assert told(findings) == {"loss.precision": 1}
    assert rows(read(CSV_SIZE, body)[0])[0][4] == pytest.approx(0.9, abs=2e-16)


def test_widths_are_the_shortest_that_lead_back_to_the_corner() -> None:
    x, width = np.round(np.random.default_rng(3).random((2, 10_000)), 6)
    corners = np.column_stack([x, x, x + width, x + width])
    np.testing.assert_array_equal(with_widths(corners)[:, 2], width)


SIDE = st.floats(0, 1e6, allow_subnormal=False) | st.integers(0, 5000).map(float) | st.floats(0, 1)
TEXT = st.text(st.characters(codec="utf-8"), min_size=1, max_size=6).filter(lambda text: bool(text.strip()))


@st.composite
def sets(draw: st.DrawFn) -> AnnotationSet:
    names = draw(st.lists(TEXT, min_size=1, max_size=5, unique=True))
    categories = draw(st.lists(TEXT, min_size=1, max_size=3, unique=True))
    count = draw(st.integers(0, 8))
    corners = [[draw(SIDE) for _ in range(4)] for _ in range(count)]
    boxes = [[min(a, c), min(b, d), max(a, c), max(b, d)] for a, b, c, d in corners]
    return a_set(
        boxes,
        image=[draw(st.integers(0, len(names) - 1)) for _ in range(count)],
        names=tuple(names),
        categories=tuple(categories),
        category=[draw(st.integers(0, len(categories) - 1)) for _ in range(count)],
        size=None,
    )


@settings(max_examples=60, deadline=None)
@given(sets())
@pytest.mark.parametrize("format_id", ["csv_corners", "csv_size"])
def test_what_is_written_reads_back_equal(format_id: str, made: AnnotationSet) -> None:
    body, findings = written(FORMATS[format_id], made, empty_images="write")
    found, more = read(FORMATS[format_id], body, normalised="no")
    assert labels(found) == labels(made)
    assert states(found) == states(made)
    before, after = (np.array([row[2:] for row in rows(each)]).reshape(-1, 4) for each in (made, found))
    # A corner to which no width leads is one step of its last digit off, and that is said.
    assert told(findings).get("loss.precision", 0) == int((before != after).any(axis=1).sum())
    assert (np.abs(before - after) <= np.spacing(before)).all()
    assert set(told(findings)) <= {"loss.precision"}
    assert format_id == "csv_size" or not findings
    assert {each.code for each in more} <= {"box.zero_size"}
    again, _ = written(FORMATS[format_id], found, empty_images="write")
    assert read(FORMATS[format_id], again, normalised="no")[0].annotations.equals(found.annotations)
    # A reader that is not ours.
    lines = list(csv.reader(io.StringIO(body.decode(), newline="")))[1:]
    boxes = [line for line in lines if line[5]]
    assert [(line[0], line[5]) for line in boxes] == labels(made)
    if format_id == "csv_corners":
        assert [tuple(map(float, line[1:5])) for line in boxes] == [row[2:] for row in rows(made)]


@settings(max_examples=40, deadline=None)
@given(sets())
def test_classes_read_back_equal(made: AnnotationSet) -> None:
    body, _ = written(CSV_CLASSES, made, empty_images="write")
    found, more = read(CSV_CLASSES, body)
    assert labels(found) == list(dict.fromkeys(labels(made)))
    assert states(found) == states(made)
    assert not more
    assert written(CSV_CLASSES, found, empty_images="write")[0] == body
