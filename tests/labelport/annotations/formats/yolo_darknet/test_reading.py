import json

import numpy as np
import pyarrow as pa
import pytest

from labelport.annotations.annotation_set import rows_of
from labelport.annotations.formats.yolo_darknet import YOLO_DARKNET
from labelport.annotations.formats.yolo_darknet.naming_images import OtherNames, name_of
from labelport.annotations.formats.yolo_darknet.rows import CHUNK_BYTES, rows_of_files
from labelport.annotations.matching import Matcher
from labelport.annotations.places import PLACE_COLUMNS
from labelport.annotations.said import Said
from labelport.options import AnnotationOptions
from labelport.tables import ANNOTATION_IMAGES
from tests.labelport.annotations.formats.yolo_darknet.reading_texts import Findings, boxes_of, column, read_all


def read(text: str | bytes, **options: object) -> tuple[list[tuple[float, ...]], Findings]:
    body = text.encode() if isinstance(text, str) else text
    context = {"options": AnnotationOptions(**options)}
    parsed, said = read_all(YOLO_DARKNET, {"label.labels": b"cat\ndog", "x.txt": body}, **context)
    return boxes_of(parsed.annotations), said


def test_a_row_is_class_centre_and_size() -> None:
    parsed, said = read_all(YOLO_DARKNET, {"label.labels": b"cat\ndog", "x.txt": b"1 0.4 0.5 0.2 0.4\n"})
    (row,) = parsed.annotations.annotations.to_pylist()
    assert said == []
    assert {name: value for name, value in row.items() if value is not None} == {
        "annotation_id": 0,
        "image_id": 0,
        "category_id": 1,
        "kind": "box",
        "unit": "normalised",
        "x0": 0.30000000000000004,
        "y0": 0.3,
        "x1": 0.5,
        "y1": 0.7,
        "segmentation_kind": "none",
        "source_file": "x.txt",
        "pointer": "1",
    }


@pytest.mark.parametrize(
    "text",
    [
        b"\xef\xbb\xbf0 0.4 0.4 0.2 0.2",
        b"0\t0.4  0.4\t 0.2 0.2\t\r\n",
        b"\r\r0.0 4e-1 .4 +0.2 2E-1\r",
        b"  0. 0.4 0.4 0.2 0.2  \n\n\n",
        "0 0.4 0.4 0.2 0.2".encode("utf-16"),
    ],
)
def test_blanks_tabs_marks_and_carriage_returns_do_not_matter(text: bytes) -> None:
    assert read(text) == ([(0.3, 0.3, 0.5, 0.5)], [])


@pytest.mark.parametrize(
    ("row", "code", "pointer"),
    [
        ("0 0.5 0.5 0.2", "yolo.field_count", "2"),
        ("0", "yolo.field_count", "2"),
        ("0 .1 .1 .2 .1 .2 .2 .1", "yolo.field_count", "2"),
        ("0 .1 .1 .2 .1 .2 .2 .1 .1 .9", "yolo.field_count", "2"),
        ("cat 0.5 0.5 0.2 0.2", "yolo.bad_number", "2:1"),
        ("0.5 0.5 0.5 0.2 0.2", "yolo.bad_number", "2:1"),
        ("0 0.5 0,5 0.2 0.2", "yolo.bad_number", "2:3"),
        ("0 0.5 0.5 0.2 nan", "yolo.bad_number", "2:5"),
        ("0 0.5 0.5 inf 0.2", "yolo.bad_number", "2:4"),
        ("0 0.5 0.5 1e999 0.2", "yolo.bad_number", "2:4"),
        ("0 0.5 0.5 1_0 0.2", "yolo.bad_number", "2:4"),
        ("0 0.5 0.5 0x1 0.2", "yolo.bad_number", "2:4"),
        ("0 0.5 0.5 0.\u0663 0.2", "yolo.bad_number", "2:4"),
        ("0 0.5 0.5 0.2 0.2\0", "yolo.bad_number", "2:5"),
        ("2 0.5 0.5 0.2 0.2", "yolo.class_out_of_range", "2:1"),
        ("-1 0.5 0.5 0.2 0.2", "yolo.class_out_of_range", "2:1"),
        ("1e300 0.5 0.5 0.2 0.2", "yolo.class_out_of_range", "2:1"),
        ("0 1.5 0.5 0.2 0.2", "box.outside_image", "2"),
        ("0 0.5 0.5 -0.2 0.2", "box.negative_size", "2"),
    ],
)
def test_a_bad_row_costs_itself(row: str, code: str, pointer: str) -> None:
    good = "0 0.4 0.4 0.2 0.2"
    assert read(f"{good}\n{row}\n{good}\n") == ([(0.3, 0.3, 0.5, 0.5)] * 2, [(code, "x.txt", pointer)])


def test_all_bad_fields_of_a_row_are_told() -> None:
    _, said = read("0 0.5 0.5 0.2 0.2\nx y 0.5 z 0.2")
    assert said == [("yolo.bad_number", "x.txt", f"2:{field}") for field in (1, 2, 4)]


def test_lines_count_as_they_stand_in_the_file() -> None:
    assert read("\n\n0 .5 .5 .2 .2\n \n\t\n7 .5 .5 .2 .2")[1] == [("yolo.class_out_of_range", "x.txt", "6:1")]


def test_many_bad_rows_are_twenty_findings_and_a_count() -> None:
    _, said = read("9 .5 .5 .2 .2\n" * 500 + "0 .5 .5 .2\n" * 500 + "0 . .5 .2 .2\n" * 500)
    assert [code for code, _, _ in said].count("yolo.bad_number") == 21
    assert len(said) == 63


def test_odd_counts_from_seven_on_are_polygons_with_their_bounds() -> None:
    parsed, said = read_all(
        YOLO_DARKNET,
        {"label.labels": b"a", "x.txt": b"0 .1 0.2 0.50 0.2 0.3 6e-1\n0 0.4 0.4 0.2 0.2\n0 " + b"0.25 " * 10},
    )
    found = parsed.annotations
    assert said == [("box.zero_size", "x.txt", "3")]
    assert boxes_of(found) == [(0.1, 0.2, 0.5, 0.6), (0.3, 0.3, 0.5, 0.5), (0.25, 0.25, 0.25, 0.25)]
    assert column(found, "kind") == ["polygon", "box", "polygon"]
    assert column(found, "segmentation_kind") == ["polygons", "none", "polygons"]
    first, second, third = column(found, "segmentation")
    assert json.loads(first) == [[0.1, 0.2, 0.5, 0.2, 0.3, 0.6]]
    assert second is None
    assert third == b"[[" + b",".join([b"0.25"] * 10) + b"]]"


def test_numbers_of_polygons_stay_as_given_where_json_has_them() -> None:
    parsed, _ = read_all(YOLO_DARKNET, {"label.labels": b"a", "x.txt": b"0 0.10 0.20 0.50 0.2 0.3 0.6000000001\n"})
    assert column(parsed.annotations, "segmentation") == [b"[[0.10,0.20,0.50,0.2,0.3,0.6000000001]]"]


def test_nine_fields_are_four_points_and_told_once_a_file() -> None:
    row = "0 0.1 0.1 0.4 0.2 0.3 0.5 0.1 0.4\n"
    found, said = read(row * 3)
    assert (found, said) == ([(0.1, 0.1, 0.4, 0.5)] * 3, [("yolo.nine_fields", "x.txt", "1")])


@pytest.mark.parametrize("chunk", [100, CHUNK_BYTES])
def test_polygons_of_many_files_keep_their_rows(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labelport.annotations.formats.yolo_darknet.rows.CHUNK_BYTES", chunk)
    rng = np.random.default_rng(20171)
    rows = [np.round(rng.random((int(rng.integers(3, 6)), 2)), 3) for _ in range(60)]
    files = {
        f"{number:03d}.txt": f"0 {' '.join(map(str, ring.ravel()))}\n0 0.5 0.5 0.1 0.1\n".encode()
        for number, ring in enumerate(rows)
    }
    parsed, _ = read_all(YOLO_DARKNET, {"label.labels": b"a"} | files)
    rings = [json.loads(each)[0] for each in column(parsed.annotations, "segmentation")[::2]]
    assert rings == [ring.ravel().tolist() for ring in rows]


def test_a_polygon_of_too_few_points_keeps_its_box() -> None:
    found, said = read("0 .1 .1 .2 .1 .2 .2", polygon_min_points=4)
    assert (found, said) == ([(0.1, 0.1, 0.2, 0.2)], [("yolo.short_ring", "x.txt", "1")])


def test_keypoints_behind_a_box_are_left_out_and_told() -> None:
    files = {"data.yaml": b"names: [a]\nkpt_shape: [2, 3]\n", "x.txt": b"0 .4 .4 .2 .2 .3 .3 2 .5 .5 1\n"}
    parsed, said = read_all(YOLO_DARKNET, files)
    assert boxes_of(parsed.annotations) == [(0.3, 0.3, 0.5, 0.5)]
    assert column(parsed.annotations, "kind") == ["box"]
    assert said == [("yolo.keypoints_not_read", "x.txt", "1")]


def test_without_a_list_the_numbers_are_the_names_in_the_order_in_which_they_appear() -> None:
    parsed, said = read_all(YOLO_DARKNET, {"x.txt": b"5 .5 .5 .2 .2\n1 .5 .5 .2 .2\n", "y.txt": b"5.0 .5 .5 .2 .2\n"})
    assert column(parsed.annotations, "name", "categories") == ["5", "1"]
    assert column(parsed.annotations, "category_id") == [0, 1, 0]
    assert said == [("yolo.no_labels", "x.txt", "")]


def test_states_tell_empty_from_refused() -> None:
    files = {
        "label.labels": b"a",
        "empty.txt": b"",
        "blank.txt": b" \r\n\n",
        "bad.txt": b"7 .5 .5 .2 .2\n",
        "x.txt": b"0 .5 .5 .2 .2\n",
        "out.txt": b"0 3 3 .1 .1\n",
        "half.txt": b"0 .5 .5 .2 .2\n7 .5 .5 .2 .2",
    }
    parsed, _ = read_all(YOLO_DARKNET, files)
    names, states = (column(parsed.annotations, name, "images") for name in ("name_given", "state"))
    assert dict(zip(names, states, strict=True)) == {
        "empty": "negative",
        "blank": "negative",
        "bad": "unlabelled",
        "x": "labelled",
        "out": "unlabelled",
        "half": "labelled",
    }


def test_files_keep_their_order_and_places_over_many_chunks() -> None:
    bodies = [(number, b"\n" * (number % 3) + b"0 0.5 0.5 0.25 0.25\n" * (number % 4)) for number in range(400)]
    large = [(400, b"0 0.5 0.5 0.25 0.25\n" * 250_000), (401, b"1 1 1 1 1")]
    chunks = list(rows_of_files([*bodies, *large]))
    assert len(chunks) == 2
    files = np.concatenate([chunk.files for chunk in chunks])
    lines = np.concatenate([chunk.lines for chunk in chunks])
    expected = [(n, n % 3 + 1 + row) for n in range(400) for row in range(n % 4)]
    assert list(zip(files.tolist(), lines.tolist(), strict=True))[: len(expected)] == expected
    assert np.bincount(files)[400:].tolist() == [250_000, 1]


def index_of(*keys: str) -> pa.Table:
    table = rows_of(
        ANNOTATION_IMAGES, len(keys), key=list(keys), store="raw", width=[100] * len(keys), height=[80] * len(keys),
        name_given="", state="labelled", source_file="", pointer="",
    )  # fmt: skip
    return table.select(PLACE_COLUMNS)


@pytest.mark.parametrize(
    ("part", "lists", "key"),
    [
        ("x.txt", "label.labels", "photos/x.jpg"),
        ("labels/train/x.txt", "data.yaml", "photos/train/x.jpg"),
        ("set/labels/train/x.txt", "set/data.yaml", "images/train/x.jpg"),
        ("set/train/labels/x.txt", "set/data.yaml", "up/set/train/images/x.jpg"),
        ("obj_train_data/x.txt", "obj.names", "data/obj_train_data/x.png"),
        ("Annotations/x.txt", "obj.names", "Images/x.jpg"),
        ("VOC/Annotations/x.txt", "obj.names", "VOC/JPEGImages/x.jpg"),
        ("labels/img.v2.final.txt", "classes.txt", "images/img.v2.final.jpg"),
    ],
)
def test_txts_lead_to_their_images_in_every_layout(part: str, lists: str, key: str) -> None:
    body = b"names: [a]" if lists.endswith("yaml") else b"a"
    matcher = Matcher(index_of("other/y.jpg", key), AnnotationOptions(), Said())
    parsed, said = read_all(YOLO_DARKNET, {lists: body, part: b"0 .5 .5 .2 .2"}, place=matcher)
    assert (column(parsed.annotations, "key", "images"), said) == ([key], [])
    assert column(parsed.annotations, "width", "images") == [100]


def test_names_and_alternatives() -> None:
    assert name_of("x.txt", "") == "x"
    assert name_of("set/a.b.txt", "set") == "a.b"
    assert name_of("labels/train/x.TXT", "") == "train/x"
    assert OtherNames().of("x.txt", "x") == []
    assert OtherNames().of("set/train/labels/x.txt", "train/labels/x") == [
        *("set/train/images/x", "set/train/x", "set/train/labels/x")
    ]
