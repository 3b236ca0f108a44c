"""CreateML: read and written."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelport.annotations.annotation_set import AnnotationSet, floats
from labelport.annotations.files import in_memory
from labelport.annotations.formats.createml import CREATEML
from tests.labelport.annotations.any_sets import any_set
from tests.labelport.annotations.formats.one_file_an_image import (
    ORACLE_SIZES,
    assert_sound,
    broken,
    fixture_files,
    oracle,
    read,
    written,
)
from tests.labelport.annotations.made import a_set

CORNERS = ("x0", "y0", "x1", "y1")


def listed(*entries: Any) -> dict[str, str]:
    return {"createml.json": json.dumps(entries)}


def boxes(found: AnnotationSet) -> list[list[float]]:
    made: list[list[float]] = floats(found.annotations, *CORNERS).tolist()
    return made


def a_box(x: Any, y: Any, width: Any, height: Any, label: Any = "bolt") -> dict[str, Any]:
    return {"label": label, "coordinates": {"x": x, "y": y, "width": width, "height": height}}


def test_x_and_y_are_the_centre_as_the_sample_of_the_page_proves() -> None:
    found, findings = read(CREATEML, fixture_files("source-doc", "createml"))
    assert boxes(found) == [[123, 1, 202, 89], [20, 1, 271, 351]]
    assert found.categories.column("name").to_pylist() == ["helmet", "person"]
    assert findings == []


def test_files_of_a_split_export_are_read_together() -> None:
    bodies = {name: body for name, body in fixture_files("datumaro", "roboflow", "createml").items() if "json" in name}
    found, findings = read(CREATEML, bodies, sizes={"train/train_001.jpg": (10, 5), "val/val_001.jpg": (10, 5)})
    assert found.annotations.num_rows == 4
    assert boxes(found)[0] == [0.5, 0.5, 3.5, 1.5]
    assert found.images.column("key").to_pylist() == ["train/train_001.jpg", None, "val/val_001.jpg"]
    assert {each.code for each in findings} == {"box.outside_image", "name.unmatched"}


def test_an_image_beside_its_file_is_found_among_those_of_equal_names() -> None:
    bodies = {f"{part}/a.json": json.dumps([{"image": "1.jpg", "annotations": []}]) for part in ("train", "val")}
    found, findings = read(CREATEML, bodies, sizes={"train/1.jpg": (10, 10), "val/1.jpg": (20, 20)})
    assert found.images.column("key").to_pylist() == ["train/1.jpg", "val/1.jpg"]
    assert findings == []


def test_the_made_cases_give_what_is_expected() -> None:
    for name, (count, expected) in oracle("createml").items():
        body = fixture_files("made", "createml")[name.removeprefix("createml/")]
        found, findings = read(CREATEML, {"x.json": body}, sizes={**ORACLE_SIZES, "y.jpg": (100, 80)})
        assert found.annotations.num_rows == count
        assert {(each.code, each.pointer) for each in findings} == expected


def test_a_label_without_coordinates_or_on_the_entry_is_a_class() -> None:
    found, findings = read(
        CREATEML,
        listed({"image": "a.jpg", "annotations": [{"label": "dog"}]}, {"imagefilename": "b.jpg", "label": "cat"}),
    )
    assert found.annotations.column("kind").to_pylist() == ["class", "class"]
    assert found.annotations.column("pointer").to_pylist() == ["/0/annotations/0", "/1"]
    assert found.annotations.column("unit").to_pylist() == [None, None]
    assert findings == []


def test_all_that_is_wrong_is_said_at_its_place() -> None:
    body = """[
     {"image": "x.jpg", "annotations": [
       {"label": "a", "coordinates": {"x": 9, "y": 9, "width": -2, "height": 2}},
       {"label": "a", "coordinates": {"x": 9, "y": 9, "width": 2, "height": -2}},
       {"coordinates": {"x": 9, "y": 9, "width": 2, "height": 2}},
       {"label": "", "coordinates": {"x": 9, "y": 9, "width": 2, "height": 2}},
       {"label": 7},
       {"label": "a", "coordinates": {"x": "9", "y": true, "width": 1e999}},
       {"label": "a", "coordinates": [9, 9, 2, 2]},
       {"label": "a", "label": "b"},
       5]},
     {"annotations": []}, {"image": ""}, {"image": 5}, "x.jpg", {"image": "y.jpg", "annotations": {"label": "a"}}
    ]"""
    found, findings = read(CREATEML, {"x.json": body})
    assert sorted((each.code, each.pointer) for each in findings) == [
        ("box.negative_size", "/0/annotations/0/coordinates/width"),
        ("box.negative_size", "/0/annotations/1/coordinates/height"),
        ("createml.no_image", "/1"),
        ("createml.no_image", "/2"),
        ("createml.no_label", "/0/annotations/2"),
        ("createml.no_label", "/0/annotations/3"),
        ("json.duplicate_key", "/0/annotations/7/label"),
        ("json.number", "/0/annotations/5/coordinates/width"),
        ("json.wrong_type", "/0/annotations/4/label"),
        ("json.wrong_type", "/0/annotations/5/coordinates/height"),
        ("json.wrong_type", "/0/annotations/5/coordinates/x"),
        ("json.wrong_type", "/0/annotations/5/coordinates/y"),
        ("json.wrong_type", "/0/annotations/6/coordinates"),
        ("json.wrong_type", "/0/annotations/8"),
        ("json.wrong_type", "/3/image"),
        ("json.wrong_type", "/4"),
        ("json.wrong_type", "/5/annotations"),
    ]
    assert found.images.column("name_given").to_pylist() == ["x.jpg", "y.jpg"]
    assert found.images.column("state").to_pylist() == ["labelled", "unlabelled"]


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ('[{"image": "x.jpg", "annotations": [{"label": "a", "coordinates": {"x": NaN}}]}]', "json.not_json", "1:73"),
        ('[{"image": "x.jpg", "annotations": [],}]', "json.not_json", "1:39"),
        ("{}", "json.wrong_type", ""),
        ('[{"image": "x.jpg", "more": ' + "[" * 100 + "]" * 100 + "}]", "json.too_deep", "/0"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(body: str, code: str, pointer: str) -> None:
    found, findings = read(CREATEML, {"x.json": body}, told=True)
    assert [(each.code, each.pointer) for each in findings] == [(code, pointer)]
    assert found.annotations.num_rows == 0


def test_images_without_annotations_are_negative_and_those_that_lost_theirs_are_not() -> None:
    found, _ = read(CREATEML, listed({"image": "a", "annotations": []}, {"image": "b", "annotations": [{}]}))
    assert found.images.column("state").to_pylist() == ["negative", "unlabelled"]


def test_entries_of_one_name_are_one_image() -> None:
    entry = {"image": "a.jpg", "annotations": [a_box(5, 5, 2, 2)]}
    found, _ = read(CREATEML, listed({"image": "a.jpg", "annotations": []}, entry, entry))
    assert found.images.column("state").to_pylist() == ["labelled"]
    assert found.annotations.column("image_id").to_pylist() == [0, 0]


def test_members_that_have_no_column_are_kept_as_given() -> None:
    body = """[{"image": "a.jpg", "licence": 1.50, "annotations":
               [{"label": "a:b", "id": 1.0, "coordinates": {"x": 5, "y": 5, "width": 2, "height": 2, "angle": 0.10}}]}]"""
    found, findings = read(CREATEML, {"x.json": body})
    assert found.images.column("extras").to_pylist() == [b'{"licence": 1.50}']
    assert found.annotations.column("extras").to_pylist() == [b'{"id": 1.0, "coordinates": {"angle": 0.10}}']
    assert findings == []


def test_colons_in_texts_are_no_names() -> None:
    entry = {"image": "s3://a/x.jpg", "annotations": [a_box(5, 5, 2, 2, "a:b"), {"label": "\u003a"}]}
    assert read(CREATEML, listed(entry))[1] == []


@pytest.mark.parametrize(
    "head",
    [
        '[{"id": 1, "annotations": [{"result": []}], "data": {"image": "a.jpg"}}]',
        '[{"image": "a.jpg", "joints": [[1, 2]]}]',
        '[{"id": 1, "name": "liver"}]',
        '[{"image_id": 1, "category_id": 2, "bbox": [1, 2, 3, 4], "score": 0.5}]',
        '{"images": [], "annotations": []}',
        "[]",
    ],
)
def test_lists_of_others_are_not_claimed(head: str) -> None:
    claims = CREATEML.claims([in_memory("x.json", head.encode())], told=False)
    assert [claim for claim in claims if claim.confidence > 0.5] == []


def test_a_file_that_breaks_off_is_claimed_so_that_its_fault_is_said() -> None:
    broken_off = b'[{"image": "x.jpg", "annotations": [{"label"'
    assert CREATEML.claims([in_memory("x.json", broken_off)], told=False)[0].confidence > 0.6


@settings(max_examples=200, deadline=None)
@given(broken((
    b'[{"image": "a.jpg", "annotations": [{"label": "a", "coordinates": {"x": 5, "y": 5.5, "width": 2, "height": 2}}]}]',
    b'[{"imagefilename": "b", "annotation": [{"label": "b", "id": 1}]}, {"image": "c", "label": "d", "e": [{"f": null}]}]',
)))  # fmt: skip
def test_whatever_stands_in_a_file_gives_sound_rows_or_findings(body: bytes) -> None:
    found, findings = read(CREATEML, {"x.json": body}, told=True)
    assert_sound(found, findings)
    assert found.images.num_rows or findings or body.split() in ([b"[]"], [b"[", b"]"])


def test_what_is_written_is_an_entry_an_image_with_whole_numbers_bare() -> None:
    given = a_set([[40, 25, 160, 85], [0.5, 0.5, 3.5, 1.5]], names=("x.jpg", "größe.jpg"))
    files, findings = written(CREATEML, given)
    assert files["createml.json"].decode() == (
        '[\n{"image": "x.jpg", "annotations": ['
        '{"label": "a", "coordinates": {"x": 100, "y": 55, "width": 120, "height": 60}}, '
        '{"label": "a", "coordinates": {"x": 2, "y": 1, "width": 3, "height": 1}}]},\n'
        '{"image": "größe.jpg", "annotations": []}\n]\n'
    )
    assert {each.code for each in findings} == {"loss.sizes"}


def test_an_image_whose_annotations_cannot_be_written_is_no_negative_example() -> None:
    given = a_set([[1, 1, 1, 1]], kind="point")
    assert json.loads(written(CREATEML, given)[0]["createml.json"]) == []
    given = a_set([[0.1, 0.1, 0.2, 0.2]], unit="normalised", size=None)
    files, findings = written(CREATEML, given)
    assert json.loads(files["createml.json"]) == []
    assert {each.code for each in findings} == {"loss.size_unknown"}


def test_negative_images_are_left_out_where_that_is_asked() -> None:
    given = a_set([[1, 1, 2, 2]], names=("x.jpg", "y.jpg"))
    files, _ = written(CREATEML, given, empty_images="skip")
    assert [entry["image"] for entry in json.loads(files["createml.json"])] == ["x.jpg"]


def test_shares_are_written_in_pixels_and_boxes_are_cut_on_demand() -> None:
    given = a_set([[0.5, 0.5, 1.5, 1.0]], unit="normalised", size=(100, 80))
    files, _ = written(CREATEML, given, clip=True)
    assert json.loads(files["createml.json"])[0]["annotations"][0] == a_box(75, 60, 50, 40, "a")


def test_an_annotation_without_a_category_is_not_written() -> None:
    files, findings = written(CREATEML, a_set([[1, 1, 2, 2]], category=[None]))
    assert json.loads(files["createml.json"]) == []
    assert [(each.code, each.count) for each in findings if each.severity == "error"] == [("createml.no_label", 1)]


numbers = st.integers(-4000, 4000).map(lambda n: n / 4) | st.decimals(0, 4000, places=3).map(float)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(numbers, numbers, numbers.map(abs), numbers.map(abs)), max_size=8))
def test_numbers_come_back_as_they_were_given(values: list[tuple[float, float, float, float]]) -> None:
    entry = {"image": "x.jpg", "annotations": [a_box(*each) for each in values]}
    found, _ = read(CREATEML, listed(entry))
    kept = floats(found.annotations, *CORNERS)
    back, _ = read(CREATEML, written(CREATEML, found)[0])
    assert np.array_equal(floats(back.annotations, *CORNERS), kept)


@settings(max_examples=30, deadline=None)
@given(any_set(kinds=("box", "class")))
def test_what_is_written_is_json_that_reads_back_without_errors(drawn: AnnotationSet) -> None:
    before = drawn.annotations.to_pylist()
    files, _ = written(CREATEML, drawn)
    assert drawn.annotations.to_pylist() == before
    json.loads(files["createml.json"])
    _, findings = read(CREATEML, files, told=True)
    assert [each for each in findings if each.severity == "error"] == []
