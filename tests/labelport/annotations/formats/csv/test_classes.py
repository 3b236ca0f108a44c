import json

import pytest

from labelport.annotations.formats.csv import CSV_CLASSES
from tests.labelport.annotations.formats.csv.reading import labels, places, read, states

LABELS = "filename,label\n"
ONE_HOT = "filename, dog, cat, eel\n"


def test_a_row_is_a_class_of_an_image() -> None:
    found, findings = read(CSV_CLASSES, LABELS + "a.jpg,cat\nb.jpg, dog\n")
    assert labels(found) == [("a.jpg", "cat"), ("b.jpg", "dog")]
    assert found.annotations.column("kind").to_pylist() == ["class", "class"]
    assert found.annotations.column("pointer").to_pylist() == ["2:2", "3:2"]
    assert found.annotations.select(["x0", "unit"]).column("x0").null_count == 2
    assert not findings


@pytest.mark.parametrize("header", ["image_name,label_name", "Category;File", "CLASS\timage id", "path,class name"])
def test_names_and_labels_are_found_under_other_headings(header: str) -> None:
    delimiter = next(each for each in ";\t," if each in header)
    cells = ["a.jpg", "cat"] if header.lower().split(delimiter)[0][:2] in ("im", "pa") else ["cat", "a.jpg"]
    assert labels(read(CSV_CLASSES, f"{header}\n{delimiter.join(cells)}\n")[0]) == [("a.jpg", "cat")]


def test_an_image_may_have_several_classes() -> None:
    found, findings = read(CSV_CLASSES, LABELS + "a.jpg,cat\nb.jpg,cat\na.jpg,dog\n")
    assert labels(found) == [("a.jpg", "cat"), ("b.jpg", "cat"), ("a.jpg", "dog")]
    assert not findings


def test_several_classes_are_a_conflict_where_the_settings_allow_one() -> None:
    text = LABELS + "a.jpg,cat\nb.jpg,cat\na.jpg,dog\na.jpg,eel\nb.jpg,cat\n"
    found, findings = read(CSV_CLASSES, text, repeated_class="conflict")
    assert places(findings) == [("cls.duplicate_row", "6:1"), ("cls.conflict", "4:2")]
    assert labels(found) == [("b.jpg", "cat")]
    assert states(found) == {"a.jpg": "unlabelled", "b.jpg": "labelled"}


def test_a_row_that_stands_twice_is_read_once() -> None:
    found, findings = read(CSV_CLASSES, LABELS + "a.jpg,cat\na.jpg,dog\na.jpg,cat\nb.jpg,\nb.jpg,\n")
    assert labels(found) == [("a.jpg", "cat"), ("a.jpg", "dog")]
    assert places(findings) == [("cls.duplicate_row", "4:1"), ("cls.duplicate_row", "6:1")]
    assert states(found) == {"a.jpg": "labelled", "b.jpg": "negative"}


def test_rows_that_differ_in_other_columns_are_two() -> None:
    found, findings = read(CSV_CLASSES, "image,label,by\na.jpg,cat,1\na.jpg,cat,2\n")
    assert [json.loads(each) for each in found.annotations.column("extras").to_pylist()] == [{"by": "1"}, {"by": "2"}]
    assert not findings


def test_a_name_without_a_label_is_a_negative_image_and_a_label_without_a_name_an_error() -> None:
    found, findings = read(CSV_CLASSES, LABELS + "a.jpg,\n,cat\nb.jpg,cat\n,\n")
    assert states(found) == {"a.jpg": "negative", "b.jpg": "labelled"}
    assert places(findings) == [("csv.empty_cell", "3:1")]


def test_a_column_for_each_class_holds_0_and_1() -> None:
    found, findings = read(CSV_CLASSES, ONE_HOT + "a.jpg, 1, 0, 0\nb.jpg, 1, 1.0, 0\nc.jpg,0,0,0\nd.jpg,,,\n")
    assert labels(found) == [("a.jpg", "dog"), ("b.jpg", "dog"), ("b.jpg", "cat")]
    assert found.annotations.column("pointer").to_pylist() == ["2:2", "3:2", "3:3"]
    assert found.categories.column("name").to_pylist() == ["dog", "cat", "eel"]
    assert states(found) == {"a.jpg": "labelled", "b.jpg": "labelled", "c.jpg": "negative", "d.jpg": "negative"}
    assert not findings


def test_minus_one_is_no_as_in_celeba() -> None:
    text = "image_id,Smiling,Young,Bald\n000001.jpg,1,-1,1\n000002.jpg,-1,-1,-1\n"
    found, _ = read(CSV_CLASSES, text)
    assert labels(found) == [("000001.jpg", "Smiling"), ("000001.jpg", "Bald")]
    assert states(found)["000002.jpg"] == "negative"


def test_cells_that_are_no_flags_are_told_and_their_rows_left_out() -> None:
    found, findings = read(CSV_CLASSES, ONE_HOT + "a.jpg,1,0,0\nb.jpg,1,2,0\nc.jpg,1,,0\n,1,0,0\nd.jpg,0,1,1\n")
    assert places(findings) == [("csv.bad_number", "3:3"), ("csv.empty_cell", "4:3"), ("csv.empty_cell", "5:1")]
    assert labels(found) == [("a.jpg", "dog"), ("d.jpg", "cat"), ("d.jpg", "eel")]
    assert states(found) == {"a.jpg": "labelled", "b.jpg": "unlabelled", "c.jpg": "unlabelled", "d.jpg": "labelled"}


def test_columns_that_are_not_flags_are_kept_as_text() -> None:
    found, findings = read(CSV_CLASSES, "filename,split,dog\na.jpg,train,1\nb.jpg,val,0\n")
    assert found.categories.column("name").to_pylist() == ["dog"]
    assert found.annotations.column("extras").to_pylist() == [b'{"split": "train"}']
    assert found.images.column("extras").to_pylist() == [None, b'{"split": "val"}']
    assert not findings


def test_one_hot_rows_can_conflict_and_stand_twice() -> None:
    text = ONE_HOT + "a.jpg,1,1,0\nb.jpg,0,1,0\nb.jpg,0,1,0\n"
    found, findings = read(CSV_CLASSES, text, repeated_class="conflict")
    assert places(findings) == [("cls.duplicate_row", "4:1"), ("cls.conflict", "2:3")]
    assert labels(found) == [("b.jpg", "cat")]


@pytest.mark.parametrize(
    "text", ["label\ncat\n", "dog,cat\n1,0\n", "filename\na.jpg\n", "filename,note\na.jpg,hello\n"]
)
def test_a_file_without_names_or_classes_has_no_header(text: str) -> None:
    found, findings = read(CSV_CLASSES, text)
    assert places(findings) == [("csv.no_header", "1:1")]
    assert not found.images.num_rows


def test_boxes_that_are_told_to_be_classes_give_their_classes() -> None:
    text = "filename,xmin,ymin,xmax,ymax,label\na.jpg,1,2,3,4,cat\n"
    found, _ = read(CSV_CLASSES, text)
    assert labels(found) == [("a.jpg", "cat")]
    assert json.loads(found.annotations.column("extras")[0].as_py())["xmax"] == "3"


def test_names_without_extension_lead_to_images_by_their_stem() -> None:
    found, findings = read(CSV_CLASSES, LABELS + "1,cat\n2,dog\n", sizes={"train/1.jpg": (9, 9), "train/2.png": (9, 9)})
    assert found.images.column("key").to_pylist() == ["train/1.jpg", "train/2.png"]
    assert not findings
