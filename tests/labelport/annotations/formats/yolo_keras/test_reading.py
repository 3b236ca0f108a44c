import json
from typing import Any

import pytest

from labelport.annotations.formats.yolo_darknet import YOLO_DARKNET
from labelport.annotations.formats.yolo_keras import YOLO_KERAS
from tests.labelport.annotations.formats.yolo_darknet.reading_texts import (
    Findings,
    boxes_of,
    claimed,
    column,
    files_below,
    read_all,
    read_claim_of,
)
from tests.needs import fixtures


def read(text: str) -> tuple[Any, Findings]:
    parsed, said = read_all(YOLO_KERAS, {"label.txt": b"cat\ndog", "annotation.txt": text.encode()})
    return parsed.annotations, said


def test_a_line_is_a_name_and_boxes_in_pixels() -> None:
    found, said = read("tray/0007.png 40,25,160,85.5,0 300,20,340,60,1\n")
    assert boxes_of(found) == [(40, 25, 160, 85.5), (300, 20, 340, 60)]
    assert column(found, "pointer") == ["1:2", "1:3"]
    assert column(found, "category_id") == [0, 1]
    assert column(found, "unit") == ["pixel"] * 2
    assert column(found, "name_given", "images") == ["tray/0007.png"]
    assert column(found, "pointer", "images") == ["1"]
    assert said == []


def test_lines_of_one_image_are_merged() -> None:
    found, _ = read("a.jpg 1,2,3,4,0\nb.jpg\na.jpg 5,6,7,8,1 1,1,2,2,0\n")
    assert column(found, "name_given", "images") == ["a.jpg", "b.jpg"]
    assert column(found, "image_id") == [0, 0, 0]
    assert column(found, "pointer") == ["1:2", "3:2", "3:3"]
    assert column(found, "state", "images") == ["labelled", "negative"]


def test_a_name_alone_and_a_name_with_boxes_elsewhere_is_labelled() -> None:
    assert column(read("a.jpg\na.jpg 1,2,3,4,0\n")[0], "state", "images") == ["labelled"]


@pytest.mark.parametrize(
    ("fields", "code", "pointer"),
    [
        ("1,2,3,4", "keras.bad_box", "1:2"),
        ("1,2,3,4,x", "keras.bad_box", "1:2"),
        ("1,2,3,4,0.5", "keras.bad_box", "1:2"),
        ("1,2,1e999,4,0", "keras.bad_box", "1:2"),
        ("1,2,3,4,2", "keras.class_out_of_range", "1:2"),
        ("1,2,3,4,-1", "keras.class_out_of_range", "1:2"),
        ("9,2,3,4,0", "box.negative_size", "1:2"),
        ("1,2,nan,4,0", "keras.bad_box", "1:2"),
    ],
)
def test_a_bad_box_costs_itself_and_its_image_is_no_negative_example(fields: str, code: str, pointer: str) -> None:
    found, said = read(f"a.jpg {fields}\nb.jpg 1,2,3,4,0 {fields}\n")
    assert said == [(code, "annotation.txt", pointer), (code, "annotation.txt", "2:3")]
    assert boxes_of(found) == [(1, 2, 3, 4)]
    assert column(found, "state", "images") == ["unlabelled", "labelled"]


def test_a_line_without_a_name_is_told() -> None:
    found, said = read("a.jpg 1,2,3,4,0\n1,2,3,4,0 5,6,7,8,0\n")
    assert (len(boxes_of(found)), said) == (1, [("keras.bad_box", "annotation.txt", "2:1")])


def test_two_files_may_name_one_image() -> None:
    files = {"label.txt": b"cat", "train.txt": b"a.jpg 1,2,3,4,0\n", "val.txt": b"a.jpg 1,2,3,4,0\n"}
    found = read_all(YOLO_KERAS, files)[0].annotations
    assert column(found, "name_given", "images") == ["a.jpg", "a.jpg"]
    assert column(found, "source_file") == ["train.txt", "val.txt"]


def test_without_a_list_the_numbers_are_the_names() -> None:
    parsed, said = read_all(YOLO_KERAS, {"a.txt": b"a.jpg 1,2,3,4,7\nb.jpg 1,2,3,4,3\n"})
    assert column(parsed.annotations, "name", "categories") == ["7", "3"]
    assert said == [("keras.no_labels", "a.txt", "")]


def test_claims() -> None:
    row, names = b"a.jpg 1,2,3,4,0\n", b"a.jpg\nb.jpg\n"
    assert [each.parts for each in claimed(YOLO_KERAS, {"label.txt": b"cat", "x.txt": row})] == [("x.txt",)]
    assert [each.parts for each in claimed(YOLO_KERAS, {"label.txt": b"cat", "annotation.txt": names})] == [
        ("annotation.txt",)
    ]
    assert claimed(YOLO_KERAS, {"label.txt": b"cat", "train.txt": names}) == []
    assert claimed(YOLO_KERAS, {"annotation.txt": names}) == []
    assert [each.parts for each in claimed(YOLO_KERAS, {"_classes.txt": b"cat", "_annotations.txt": row})] == [
        ("_annotations.txt",)
    ]
    broken = {"label.txt": b"cat", "x.txt": b"a.jpg 1,2,3,4\n"}
    assert [each.parts for each in claimed(YOLO_KERAS, broken)] == [("x.txt",)]
    assert claimed(YOLO_KERAS, {"label.txt": b"cat", "x.txt": b"0 .5 .5 .1 .1\n"}, told=True) == []
    assert claimed(YOLO_KERAS, {"label.txt": b"a.jpg 1,2,3,4,0\n"})[0].parts == ("label.txt",)


def test_the_page_repeats_the_name_on_each_line() -> None:
    parsed, said = read_all(YOLO_KERAS, files_below(fixtures("annotations", "source-doc", "yolo-keras")))
    found = parsed.annotations
    assert boxes_of(found)[:2] == [(260, 177, 491, 376), (78, 336, 184, 435)]
    assert column(found, "name_given", "images") == ["0.jpg", "1.jpg"]
    assert [column(found, "image_id").count(n) for n in (0, 1)] == [7, 6]
    assert column(found, "name", "categories") == ["WBC", "RBC"]
    assert said == []


def test_discolight_writes_one_line_an_image() -> None:
    parsed, said = read_all(YOLO_KERAS, files_below(fixtures("annotations", "discolight", "yolo-keras")))
    found = parsed.annotations
    assert [column(found, "image_id").count(n) for n in (0, 1, 2)] == [41, 31, 4]
    assert boxes_of(found)[0] == (0, 819.00032, 37.999616, 963.00032)
    assert said == [("keras.no_labels", "annotations.txt", "")]


def test_both_files_of_discolight_are_the_same_boxes() -> None:
    pixels, shares = (
        boxes_of(read_all(chosen, files_below(fixtures("annotations", "discolight", folder)))[0].annotations)
        for chosen, folder in ((YOLO_KERAS, "yolo-keras"), (YOLO_DARKNET, "yolo-darknet"))
    )
    for first, second in zip(pixels, shares, strict=True):
        assert first == pytest.approx([value * 1024 for value in second], abs=1e-6)


def test_the_made_case_gives_what_is_expected_of_it() -> None:
    made = fixtures("annotations", "made")
    expected = json.loads((made / "expected.json").read_bytes())
    files = files_below(made / "keras")
    (claim,) = claimed(YOLO_KERAS, files)
    parsed, said = read_claim_of(YOLO_KERAS, files, claim)
    assert claim.shared == ("label.txt",)
    for name in files:
        assert column(parsed.annotations, "source_file").count(name) == expected[f"keras/{name}"]["annotations"]
        found = [[code, f"{file}:{pointer}"] for code, file, pointer in said if file == name]
        assert found == expected[f"keras/{name}"]["findings"]
    assert column(parsed.annotations, "name_given", "images") == ["a b.jpg", "c.jpg", "d.jpg"]
    assert column(parsed.annotations, "state", "images") == ["labelled", "negative", "unlabelled"]
