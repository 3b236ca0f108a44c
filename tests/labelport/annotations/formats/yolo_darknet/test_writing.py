import math
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.formats.yolo_darknet import YOLO_DARKNET, YoloDarknetOptions
from labelport.annotations.formats.yolo_darknet.writing import decimals
from labelport.annotations.joining import joined
from labelport.annotations.writing import Collision
from labelport.options import AnnotationOptions
from tests.labelport.annotations.formats.yolo_darknet.reading_texts import boxes_of, column, read_all, written
from tests.labelport.annotations.made import a_set


def test_the_example_of_the_page_about_it() -> None:
    given_set = a_set([[40, 25, 160, 85]], names=("tray/0007.png",), size=(800, 600), categories=("bolt", "nut"))
    files, _ = written(YOLO_DARKNET, given_set)
    assert files == {
        "label.labels": b"bolt\nnut\n",
        "labels/tray/0007.txt": b"0 0.125 0.0916666667 0.15 0.1\n",
    }


def test_the_corner_is_written_where_the_option_says_so() -> None:
    files, _ = written(YOLO_DARKNET, a_set([[40, 20, 60, 60]]), AnnotationOptions(yolo_origin="top_left"))
    assert files["labels/x.txt"] == b"0 0.4 0.25 0.2 0.5\n"


def test_an_image_with_nothing_is_an_empty_txt_and_an_unlabelled_one_has_none() -> None:
    made = a_set([[0, 0, 10, 10]], names=("a.jpg", "b.jpg"))
    assert written(YOLO_DARKNET, made)[0]["labels/b.txt"] == b""
    unlabelled = AnnotationSet(
        made.images.set_column(
            made.images.schema.get_field_index("state"), made.images.schema.field("state"),
            made.images.column("state").combine_chunks().dictionary.take([0, 0]).dictionary_encode(),
        ),
        made.categories,
        made.annotations,
    )  # fmt: skip
    assert set(written(YOLO_DARKNET, unlabelled)[0]) == {"label.labels", "labels/a.txt"}


def test_images_with_nothing_can_be_left_out_and_that_is_told() -> None:
    files, said = written(YOLO_DARKNET, a_set([], names=("b.jpg",)), AnnotationOptions(empty_images="skip"))
    assert (set(files), said) == ({"label.labels"}, [("loss.sizes", 1), ("loss.negative_images", 1)])


def test_an_image_whose_annotations_cannot_be_written_is_no_negative_example() -> None:
    crowd = a_set([[0, 0, 10, 10], [0, 0, 5, 5]], image=[0, 1], names=("a.jpg", "b.jpg"), iscrowd=[True, False])
    files, said = written(YOLO_DARKNET, crowd)
    assert set(files) == {"label.labels", "labels/b.txt"}
    assert ("loss.kind", 1) in said
    assert ("loss.crowd", 1) in said
    points = a_set([[1, 1, 1, 1]], kind="point")
    assert set(written(YOLO_DARKNET, points)[0]) == {"label.labels"}
    unsized = a_set([[1, 1, 2, 2]], size=None)
    files, said = written(YOLO_DARKNET, unsized)
    assert set(files) == {"label.labels"}
    assert ("loss.size_unknown", 1) in said


def test_annotations_without_a_box_or_a_category_are_left_out_and_counted() -> None:
    made = a_set([[math.nan] * 4, [0, 0, 1, 1], [0, 0, 50, 40]], category=[0, None, 0])
    files, said = written(YOLO_DARKNET, made)
    assert files["labels/x.txt"] == b"0 0.25 0.25 0.5 0.5\n"
    assert said.count(("loss.kind", 1)) == 2


@pytest.mark.parametrize("kind", ["polygon", "rle", "mask", "keypoints", "circle", "rotated_box"])
def test_other_shapes_are_their_box(kind: str) -> None:
    files, said = written(YOLO_DARKNET, a_set([[0, 0, 50, 40]], kind=kind))
    assert files["labels/x.txt"] == b"0 0.25 0.25 0.5 0.5\n"
    assert ("loss.geometry", 1) in said


def test_boxes_are_cut_corner_by_corner_where_clip_says_so() -> None:
    made = a_set([[-10, 0, 50, 80]])
    assert written(YOLO_DARKNET, made)[0]["labels/x.txt"] == b"0 0.2 0.5 0.6 1\n"
    assert written(YOLO_DARKNET, made, AnnotationOptions(clip=True))[0]["labels/x.txt"] == b"0 0.25 0.5 0.5 1\n"


def test_confidences_are_a_sixth_field_where_the_option_says_so() -> None:
    made = a_set([[0, 0, 50, 40]] * 2, score=[0.75, None])
    assert written(YOLO_DARKNET, made)[0]["labels/x.txt"] == b"0 0.25 0.25 0.5 0.5\n" * 2
    files, _ = written(YOLO_DARKNET, made, YoloDarknetOptions(yolo_scores=True))
    assert files["labels/x.txt"] == b"0 0.25 0.25 0.5 0.5 0.75\n0 0.25 0.25 0.5 0.5\n"


def test_rows_of_an_image_keep_their_order_wherever_they_stand() -> None:
    made = a_set([[0, 0, n, n] for n in (1, 2, 3, 4)], image=[1, 0, 1, 0], names=("a.jpg", "b.jpg"))
    files, _ = written(YOLO_DARKNET, made)
    assert files["labels/a.txt"] == b"0 0.01 0.0125 0.02 0.025\n0 0.02 0.025 0.04 0.05\n"
    assert list(files) == ["label.labels", "labels/a.txt", "labels/b.txt"]


def test_two_sources_of_one_image_are_one_file_and_of_one_category_one_class() -> None:
    first = a_set([[0, 0, 50, 40]], categories=("cat", "dog"), file="f.csv")
    second = a_set([[50, 40, 100, 80]], categories=("cow", "cat"), category=[1], file="g.csv")
    files, _ = written(YOLO_DARKNET, joined([first, second]))
    assert files == {
        "label.labels": b"cat\ndog\ncow\n",
        "labels/x.txt": b"0 0.25 0.25 0.5 0.5\n0 0.75 0.75 0.5 0.5\n",
    }


def test_two_categories_of_one_name_in_one_source_stay_two() -> None:
    files, _ = written(YOLO_DARKNET, a_set([[0, 0, 50, 40]], categories=("cat", "cat"), category=[1]))
    assert (files["label.labels"], files["labels/x.txt"][:1]) == (b"cat\ncat\n", b"1")


def test_names_that_are_no_line_are_written_as_one_and_told() -> None:
    made = a_set([[0, 0, 50, 40]], categories=("a\nb", " c ", "", "\ufeffd", "e\u00a0f"))
    files, said = written(YOLO_DARKNET, made)
    assert files["label.labels"].decode() == "a b\nc\nclass 2\nd\ne\u00a0f\n"
    assert ("loss.names", 4) in said


def test_two_images_that_would_get_one_file_stop_the_export() -> None:
    with pytest.raises(Collision):
        written(YOLO_DARKNET, a_set([[0, 0, 1, 1]], names=("a.jpg", "a.png")))


def test_a_name_that_leaves_the_folder_is_not_written() -> None:
    files, said = written(YOLO_DARKNET, a_set([[0, 0, 1, 1]], names=("../../etc/passwd.jpg",)))
    assert set(files) == {"label.labels"}
    assert ("name.unsafe", 1) in said


def test_stems_with_dots_keep_them() -> None:
    texts = {"label.labels": b"a\n", "frame.0001.txt": b"0 0.5 0.5 0.5 0.5\n", "frame.0002.txt": b""}
    files, _ = written(YOLO_DARKNET, read_all(YOLO_DARKNET, texts)[0].annotations)
    assert files == {
        "label.labels": b"a\n",
        "labels/frame.0001.txt": b"0 0.5 0.5 0.5 0.5\n",
        "labels/frame.0002.txt": b"",
    }


@given(
    st.lists(
        st.floats(-2, 3)
        | st.floats(-1e-6, 1e-6)
        | st.floats(allow_nan=False, allow_infinity=False, width=32)
        | st.just(1e300)
    )
)
def test_numbers_have_ten_digits_and_no_exponent(values: list[float]) -> None:
    for value, text in zip(values, decimals(np.array(values, np.float64)).to_pylist(), strict=True):
        assert not set(text) & set("eE+")
        assert text == "0" or not (("." in text and text.endswith("0")) or text.endswith("."))
        assert len(text.partition(".")[2]) <= 10
        assert abs(Decimal(text) - Decimal(value)) <= max(Decimal("5.1e-11"), abs(Decimal(value)) * Decimal("2e-16"))


PLACES = st.integers(2500, 7500).map(lambda number: number / 10_000)
SIZES = st.integers(1, 5000).map(lambda number: number / 10_000)


@st.composite
def label_files(draw: Any) -> dict[str, bytes]:
    """Give a dataset of txts as somebody else writes them."""
    files = {"label.labels": b"cat\nbig dog\n"}
    names = draw(st.lists(st.sampled_from(["a", "b.c", "d e", "train/a", "\u00e9"]), unique=True, min_size=1))
    for name in names:
        rows = draw(st.lists(st.tuples(st.integers(0, 1), PLACES, PLACES, SIZES, SIZES), max_size=5))
        files[f"labels/{name}.txt"] = "".join(" ".join(map(str, row)) + "\n" for row in rows).encode()
    return files


@settings(max_examples=40)
@given(label_files())
def test_what_was_written_reads_as_what_was_read(files: dict[str, bytes]) -> None:
    options = AnnotationOptions(yolo_origin="centre")
    first = read_all(YOLO_DARKNET, files, options=options)[0].annotations
    again = read_all(YOLO_DARKNET, written(YOLO_DARKNET, first, options)[0], options=options)[0].annotations
    assert column(again, "name", "categories") == column(first, "name", "categories")
    kept = [n for n, state in enumerate(column(first, "state", "images")) if state != "unlabelled"]
    assert column(again, "name_given", "images") == [column(first, "name_given", "images")[n] for n in kept]
    assert column(again, "category_id") == column(first, "category_id")
    assert np.allclose(np.array(boxes_of(again)), np.array(boxes_of(first)), rtol=0, atol=2e-10)


def test_written_files_are_the_same_bytes_at_each_time() -> None:
    rng = np.random.default_rng(20171)
    corner = rng.random((500, 2)) * 40
    made = a_set(np.concatenate([corner, corner + 1], axis=1).tolist(), names=tuple(f"{n}.jpg" for n in range(9)),
                 image=rng.integers(0, 9, 500).tolist())  # fmt: skip
    first, second = written(YOLO_DARKNET, made)[0], written(YOLO_DARKNET, made)[0]
    assert first == second
    assert list(first) == list(second)


def test_a_line_of_the_export_reads_as_plain_python_reads_it() -> None:
    made = a_set([[10, 20, 30, 60]], size=(1000, 700))
    text = written(YOLO_DARKNET, made)[0]["labels/x.txt"].decode()
    _, x, y, width, height = map(float, text.split())
    pixels = [(x - width / 2) * 1000, (y - height / 2) * 700, (x + width / 2) * 1000, (y + height / 2) * 700]
    assert pixels == pytest.approx([10, 20, 30, 60], abs=1e-6)
