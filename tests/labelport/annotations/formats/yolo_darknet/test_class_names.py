import pytest

from labelport.annotations.formats.yolo_darknet import YOLO_DARKNET
from tests.labelport.annotations.formats.yolo_darknet.reading_texts import Findings, column, read_all

ROW = b"0 0.5 0.5 0.2 0.2\n"


def names(body: bytes, file: str = "label.labels") -> tuple[list[tuple[str, str]], Findings]:
    parsed, said = read_all(YOLO_DARKNET, {file: body, "x.txt": ROW, "y.txt": ROW})
    found = parsed.annotations
    return list(zip(column(found, "source_id", "categories"), column(found, "name", "categories"), strict=True)), said


def test_a_list_is_read_line_by_line() -> None:
    assert names(b"\xef\xbb\xbfcat\r\n big dog \r\n\r\n\r\n") == ([("0", "cat"), ("1", "big dog")], [])
    assert names("größe\n日本".encode()) == ([("0", "größe"), ("1", "日本")], [])
    assert names("cat\ndog\n".encode("utf-16")) == ([("0", "cat"), ("1", "dog")], [])
    assert names(b"cat\rdog\r") == ([("0", "cat"), ("1", "dog")], [])


def test_a_blank_line_between_names_keeps_its_number() -> None:
    found, said = names(b"cat\n\ndog\n")
    assert found == [("0", "cat"), ("2", "dog")]
    assert said == [("yolo.blank_label", "label.labels", "2")]


def test_a_row_of_the_blank_number_has_no_name() -> None:
    files = {"label.labels": b"cat\n\ndog\n", "x.txt": b"1 .5 .5 .2 .2\n2 .5 .5 .2 .2\n"}
    parsed, said = read_all(YOLO_DARKNET, files)
    assert ("yolo.class_out_of_range", "x.txt", "1:1") in said
    assert column(parsed.annotations, "category_id") == [1]
    assert column(parsed.annotations, "name", "categories") == ["cat", "dog"]


@pytest.mark.parametrize(
    "text",
    [
        "names: ['cat', 'big dog']",
        "path: ../x\nnc: 2\nnames:\n  - cat\n  - big dog\n",
        "names:\n  0: cat\n  1: big dog\n",
        "names: {1: big dog, 0: cat}",
    ],
)
def test_names_of_yaml_as_a_list_or_by_number(text: str) -> None:
    found, said = names(text.encode(), "data.yaml")
    assert sorted(found) == [("0", "cat"), ("1", "big dog")]
    assert said == []


def test_yaml_names_are_text_whatever_they_look_like() -> None:
    assert names(b"names: [no, 1.0, 007, ~, 2026-01-01]", "data.yaml")[0] == [
        *[("0", "no"), ("1", "1.0"), ("2", "007"), ("3", "~"), ("4", "2026-01-01")]
    ]


@pytest.mark.parametrize(
    ("text", "pointer"),
    [
        (b"names: [cat", "1:12"),
        (b"nc: 2\n", ""),
        (b"- 1\n", ""),
        (b"\x00", "1:1"),
        (b"[" * 5000, ""),
        (b"a: &a [x]\nnames: *a\n? [1]\n: 2\n? {b: c}\n: 3\nnames2: *b\n", "7:9"),
    ],
)
def test_yaml_that_cannot_be_read_leaves_the_numbers(text: bytes, pointer: str) -> None:
    found, said = names(text, "data.yaml")
    assert found == [("0", "0")]
    codes = [each[0] for each in said]
    assert codes == ["yolo.bad_labels", "yolo.no_labels"]
    if pointer and b"\x00" not in text:
        assert said[0][2] == pointer


def test_yaml_aliases_are_not_multiplied() -> None:
    layers = "".join(f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30))
    text = f"a0: &a0 [x]\n{layers}names: *a29\n"
    found, said = names(text.encode(), "data.yaml")
    assert found == []
    assert {each[0] for each in said} == {"yolo.bad_labels", "yolo.class_out_of_range"}


def test_a_yaml_entry_that_is_no_name_is_told_at_its_line() -> None:
    found, said = names(b"names:\n  0: cat\n  x: dog\n  0: cow\n  3: [a]\n", "data.yaml")
    assert found == [("0", "cat")]
    assert [each[1:] for each in said] == [("data.yaml", "3"), ("data.yaml", "4"), ("data.yaml", "5")]


def test_a_long_yaml_is_refused_before_it_is_parsed() -> None:
    found, said = names(b"names: [" + b"a, " * 100_000 + b"]", "data.yaml")
    assert found == [("0", "0")]
    assert [each[0] for each in said] == ["format.too_large", "yolo.no_labels"]


def test_of_two_lists_in_a_folder_the_first_kind_is_taken_and_a_difference_told() -> None:
    files = {"classes.txt": b"dog\n", "label.labels": b"cat\n", "x.txt": ROW}
    parsed, said = read_all(YOLO_DARKNET, files)
    assert column(parsed.annotations, "name", "categories") == ["cat"]
    assert said == [("yolo.labels_differ", "classes.txt", "")]
    assert read_all(YOLO_DARKNET, files | {"classes.txt": b"cat\r\n"})[1] == []


def test_an_empty_list_has_no_name_for_any_number() -> None:
    found, said = names(b"")
    assert found == []
    assert [each[0] for each in said] == ["yolo.class_out_of_range"] * 2
