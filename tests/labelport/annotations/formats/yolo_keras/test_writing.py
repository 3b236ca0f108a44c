import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelport.annotations.formats.yolo_keras import YOLO_KERAS
from labelport.annotations.joining import joined
from labelport.options import AnnotationOptions
from tests.labelport.annotations.formats.yolo_darknet.reading_texts import column, read_all, written
from tests.labelport.annotations.made import a_set


def test_one_line_is_written_an_image_and_a_name_alone_says_that_nothing_is_there() -> None:
    made = a_set(
        [[40, 25.5, 160, 85], [1, 2, 3, 4]], names=("a b.png", "c.png"), categories=("cat", "big dog"), category=[1, 0]
    )
    assert written(YOLO_KERAS, made)[0] == {
        "label.txt": b"cat\nbig dog\n",
        "annotation.txt": b"a b.png 40,25.5,160,85,1 1,2,3,4,0\nc.png\n",
    }


def test_shares_are_written_in_pixels_where_the_size_is_known() -> None:
    files, _ = written(YOLO_KERAS, a_set([[0.25, 0.5, 0.5, 1]], unit="normalised"))
    assert files["annotation.txt"] == b"x.jpg 25,40,50,80,0\n"
    files, said = written(YOLO_KERAS, a_set([[0.25, 0.5, 0.5, 1]], unit="normalised", size=None))
    assert files["annotation.txt"] == b""
    assert ("loss.size_unknown", 1) in said


def test_boxes_are_cut_to_their_image_where_clip_says_so() -> None:
    made = a_set([[-5, 0, 120, 80]])
    assert written(YOLO_KERAS, made)[0]["annotation.txt"] == b"x.jpg -5,0,120,80,0\n"
    assert written(YOLO_KERAS, made, AnnotationOptions(clip=True))[0]["annotation.txt"] == b"x.jpg 0,0,100,80,0\n"


@pytest.mark.parametrize(
    "name", ["a 1,2,3,4,5", "1,2,3,4,5", "a\nb.jpg", " a.jpg", "a.jpg ", "", "\ufeffa.jpg", "a 1,2"]
)
def test_a_name_that_would_read_as_something_else_is_not_written(name: str) -> None:
    files, said = written(YOLO_KERAS, a_set([[0, 0, 1, 1], [0, 0, 2, 2]], image=[0, 1], names=(name, "b.jpg")))
    assert files["annotation.txt"] == b"b.jpg 0,0,2,2,0\n"
    assert ("name.unsafe", 1) in said


def test_two_sources_of_one_image_are_one_line() -> None:
    both = joined([a_set([[0, 0, 1, 1]], file="f"), a_set([[1, 1, 2, 2]], file="g")])
    assert written(YOLO_KERAS, both)[0]["annotation.txt"] == b"x.jpg 0,0,1,1,0 1,1,2,2,0\n"


NUMBERS = st.floats(0, 99) | st.integers(0, 99).map(float) | st.floats(0, 1e-5)


@st.composite
def sets(draw: Any) -> Any:
    """Give a set of boxes of three images."""
    corners = draw(st.lists(st.tuples(*[NUMBERS] * 4), max_size=8))
    boxes = [[min(a, b), min(c, d), max(a, b), max(c, d)] for a, b, c, d in corners]
    names = draw(st.lists(st.text("ab ,.1\u00e9/", min_size=1), min_size=3, max_size=3, unique=True))
    return a_set(
        boxes,
        image=draw(st.lists(st.integers(0, 2), min_size=len(boxes), max_size=len(boxes))),
        names=tuple(f"x{name}x.jpg" for name in names),
        size=(100, 100),
        categories=("cat", "big dog"),
        category=draw(st.lists(st.integers(0, 1), min_size=len(boxes), max_size=len(boxes))),
    )


@settings(max_examples=60)
@given(sets())
def test_every_box_reads_back_as_it_was(made: Any) -> None:
    again = read_all(YOLO_KERAS, written(YOLO_KERAS, made)[0])[0].annotations
    names = column(made, "name_given", "images")

    def rows(given_set: Any) -> list[tuple[Any, ...]]:
        images = column(given_set, "name_given", "images")
        corners = [column(given_set, each) for each in ("x0", "y0", "x1", "y1", "category_id")]
        found = zip([images[n] for n in column(given_set, "image_id")], *corners, strict=True)
        return sorted(found, key=lambda row: names.index(row[0]))

    assert rows(again) == rows(made)
    assert column(again, "name_given", "images") == names
    assert column(again, "state", "images") == column(made, "state", "images")
    assert column(again, "name", "categories") == ["cat", "big dog"]


def test_numbers_are_the_shortest_that_read_back() -> None:
    values = [0.1, 1 / 3, 2.0000000000000004, 1e22]
    files, _ = written(YOLO_KERAS, a_set([values]))
    fields = files["annotation.txt"].split()[1].decode().split(",")
    assert [float(field) for field in fields[:4]] == values
    assert fields[:2] == ["0.1", "0.3333333333333333"]
    assert not any(math.isnan(float(field)) for field in fields)
