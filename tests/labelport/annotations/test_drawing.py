import io
import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from labelport.annotations.annotation_set import AnnotationSet, rows_of
from labelport.annotations.drawing import COLOURS, MOST_PNG_BYTES, Tile, class_counts_png, mosaic_png
from labelport.annotations.marks import MOST_MARKS, Mark, marks_of
from labelport.geometry import rle
from labelport.tables import ANNOTATION_IMAGES, ANNOTATIONS, CATEGORIES
from labelport.tiles.picture import Picture


def opened(png: bytes) -> Any:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def picture(width: int = 100, height: int = 80, *, noise: bool = False) -> Picture:
    grey = np.full((height, width), 128, np.uint8)
    if noise:
        grey = np.random.default_rng(20171).integers(0, 255, (height, width), np.uint8)
    return Picture(width, height, grey)


def encoded(image: Any, kind: str = "PNG", **words: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **words)
    return stream.getvalue()


def coloured(png: bytes, number: int) -> Any:
    return np.argwhere((opened(png) == COLOURS[number]).all(axis=2))


def test_bars_are_a_small_png_however_many_and_odd_the_names() -> None:
    png = class_counts_png(
        ["$\\frac{", "größe", "日本", "a\nb\0c", "<b>|`", *(f"{n}" * 90 for n in range(80))], range(85)
    )
    assert png.startswith(b"\x89PNG")
    assert len(png) <= MOST_PNG_BYTES
    assert class_counts_png([], []) == b""
    assert class_counts_png(["none yet"], [0])


def test_bars_of_equal_counts_are_equal_bytes() -> None:
    assert class_counts_png(["a", "b"], [1, 2]) == class_counts_png(["a", "b"], [1, 2])


def test_a_box_is_drawn_where_it_lies() -> None:
    png = mosaic_png([Tile(picture(), [Mark("bolt", 0, box=(10, 20, 60, 70))])])
    found = coloured(png, 0) - 4  # the tile stands 4 pixels from the edges, and the legend below it
    found = found[found[:, 0] < 80]
    assert (found.min(axis=0).tolist(), found.max(axis=0).tolist()) == ([20, 10], [70, 60])
    assert len(found) == 4 * 50


def test_masks_outlines_and_points_are_drawn_in_the_colour_of_their_category() -> None:
    mask = np.zeros((80, 100), np.uint8)
    mask[40:, :30] = 1
    marks = [
        Mark("mask", 1, runs=rle.encode(mask), mask_size=(80, 100)),
        Mark("ring", 2, rings=(np.array([[50.0, 5], [90, 5], [90, 40]]),)),
        Mark("points", 3, points=np.array([[70.0, 70.0]])),
        Mark("crop", 4, runs=rle.encode(np.ones((5, 5))), mask_size=(5, 5), mask_at=(60, 50)),
    ]
    png = mosaic_png([Tile(picture(), marks)])
    inside = [coloured(png, number) - 4 for number in range(1, 5)]
    filled = inside[0][(inside[0] < [80, 100]).all(axis=1)]
    assert (filled >= [40, 0]).all()
    assert len(filled) == pytest.approx(40 * 30 / 2, abs=2)
    assert ((inside[2] >= [69, 69]) & (inside[2] <= [71, 71])).all(axis=1).sum() == 9
    assert ((inside[3] >= [50, 60]) & (inside[3] < [55, 65])).all(axis=1).sum() in (12, 13)


def test_nine_noisy_images_fit_and_a_tenth_is_left_out() -> None:
    tiles = [Tile(picture(240, 240, noise=True), [Mark(f"category {n}" * 9, n, box=(9, 9, 99, 99))]) for n in range(10)]
    started = time.perf_counter()
    png = mosaic_png(tiles)
    assert 0 < len(png) <= MOST_PNG_BYTES
    assert png == mosaic_png(tiles[:9])
    assert time.perf_counter() - started < 5


def test_without_an_image_there_is_no_mosaic() -> None:
    assert mosaic_png([]) == b""


@given(
    st.lists(
        st.builds(
            Mark,
            name=st.text(max_size=30),
            colour=st.integers(0, 1 << 40),
            box=st.none() | st.tuples(*[st.floats(-1e300, 1e300)] * 4),
            rings=st.just(()) | st.just((np.array([[-1e300, 0], [1e300, 1], [5, 5]]), np.array([[1.0, 1.0]]))),
            points=st.none() | st.just(np.array([[1e300, -1e300], [2.5, 2.5]])),
        ),
        max_size=5,
    )
)
@settings(max_examples=25, deadline=None)
def test_any_marks_can_be_drawn(marks: list[Mark]) -> None:
    assert 0 < len(mosaic_png([Tile(picture(20, 30), marks)])) <= MOST_PNG_BYTES


def a_set(rows: list[dict[str, Any]], *, size: tuple[int | None, int | None] = (100, 80)) -> AnnotationSet:
    columns: dict[str, list[Any]] = {name: [row.get(name) for row in rows] for row in rows for name in row}
    images = rows_of(
        ANNOTATION_IMAGES,
        2,
        name_given=["x.jpg", "y.jpg"],
        width=[size[0]] * 2,
        height=[size[1]] * 2,
        state="labelled",
        source_file="f",
        pointer="",
    )
    categories = rows_of(CATEGORIES, 2, name=["bolt", "nut"], source_file="f")
    plain = {
        "image_id": 0,
        "kind": "box",
        "unit": "pixel",
        "segmentation_kind": "none",
        "source_file": "f",
        "pointer": "",
    }
    annotations = rows_of(ANNOTATIONS, len(rows), **{**plain, **columns})
    return AnnotationSet(images, categories, annotations)


def test_marks_are_those_of_one_image_in_its_pixels() -> None:
    given = a_set(
        [
            {
                "image_id": 0,
                "category_id": 1,
                "kind": "box",
                "unit": "normalised",
                "x0": 0.1,
                "y0": 0.1,
                "x1": 0.5,
                "y1": 0.5,
            },
            {
                "image_id": 1,
                "category_id": 0,
                "kind": "box",
                "unit": "pixel",
                "x0": 1.0,
                "y0": 1.0,
                "x1": 2.0,
                "y1": 2.0,
            },
            {"image_id": 0, "category_id": None, "kind": "class", "unit": "pixel"},
            {
                "image_id": 0,
                "category_id": 0,
                "kind": "polygon",
                "unit": "normalised",
                "segmentation_kind": "polygons",
                "segmentation": b"[[0, 0, 0.5, 0, 0.5, 0.5]]",
                "keypoints": [0.5, 0.5, 2.0, 0.0, 0.0, 0.0],
            },
        ]
    )
    box, label, polygon = marks_of(given, 0)
    assert box.name == "nut"
    assert box.box == pytest.approx((10, 8, 50, 40))
    assert (label.name, label.box, label.rings) == ("", None, ())
    assert [ring.tolist() for ring in polygon.rings] == [[[0, 0], [50, 0], [50, 40]]]
    assert polygon.points is not None
    assert polygon.points.tolist() == [[50, 40]]
    assert mosaic_png([Tile(picture(), marks_of(given, 0))])


def test_shares_of_an_image_of_unknown_size_are_not_drawn() -> None:
    row = {"image_id": 0, "category_id": 0, "unit": "normalised", "x0": 0.1, "y0": 0.1, "x1": 0.5, "y1": 0.5}
    shape = {
        "segmentation_kind": "polygons",
        "segmentation": b"[[0, 0, 0.5, 0, 0.5, 0.5]]",
        "keypoints": [0.5, 0.5, 2.0],
    }
    (mark,) = marks_of(a_set([{**row, **shape}], size=(None, None)), 0)
    assert (mark.box, mark.rings, mark.points) == (None, (), None)


def test_of_very_many_annotations_the_first_are_drawn() -> None:
    rows = [{"category_id": 0, "x0": 1.0, "y0": 1.0, "x1": 2.0, "y1": float(n)} for n in range(2, 200)]
    assert len(marks_of(a_set(rows), 0)) == MOST_MARKS
