"""COCO in, COCO out: equal to the text of each number, and an edit changes what was edited."""

import json
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings

from labelport.annotations.formats.coco import arrays, text_file
from tests.labelport.annotations.formats.coco.coco_files import exact, files, read, simple, through_parquet, write
from tests.needs import fixtures

GOOD = (
    "faster_coco_eval/coco/instances_val2014_100.json",
    "faster_coco_eval/coco/gt_dataset.json",
    "faster_coco_eval/coco-keypoint/gt_dataset.json",
    "mmpose/coco-keypoint/test_coco.json",
    "mmpose/coco-keypoint/test_ap10k.json",
    "datumaro/coco/coco/annotations/instances_train.json",
    "datumaro/coco/coco/annotations/instances_val.json",
    "datumaro/coco/coco/annotations/person_keypoints_val.json",
    "datumaro/coco/coco/annotations/stuff_train.json",
    "datumaro/kaggle/relaxed_coco/annotations.json",
    "discolight/coco/annotations.coco.json",
    "source-doc/coco-bbox/coco.json",
    "made/coco/extras_everywhere.json",
    "made/coco/keypoints_nested.json",
    "made/coco/float_image_id.json",
    "made/coco/string_ids.json",
    "made/coco/no_iscrowd.json",
    "made/coco/no_bbox_but_polygon.json",
    "made/coco/rle_compressed_ok.json",
    "made/coco/skeleton_zero_based.json",
)


@pytest.mark.parametrize("name", GOOD)
def test_a_file_of_others_comes_out_byte_for_byte(name: Any, tmp_path: Any) -> None:
    body = (fixtures("annotations") / name).read_bytes()
    made, _, _ = read(body)
    assert write(through_parquet(made, tmp_path))[0] == body


@settings(max_examples=120, deadline=None)
@given(files())
def test_any_file_comes_out_equal_to_the_text_of_its_numbers(body: Any) -> None:
    made, said, _ = read(body)
    out, _ = write(made)
    errors = [each for each in said.findings() if each.severity == "error" and each.code != "coco.duplicate_id"]
    assert errors == []
    assert exact(out) == exact(body)


@settings(max_examples=30, deadline=None)
@given(files())
def test_it_does_so_where_the_file_is_read_in_pieces(body: Any) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_file, "PIECE", 200)
        patch.setattr(arrays, "GROUP", 300)
        made, _, _ = read(body)
    assert exact(write(made)[0]) == exact(body)


def _with(given: Any, column: Any, row: Any, value: Any) -> Any:
    table = given.annotations
    values = table.column(column).to_pylist()
    values[row] = value
    at = table.schema.get_field_index(column)
    changed = table.set_column(at, table.schema.field(at), pa.array(values, table.schema.field(at).type))
    return replace(given, annotations=changed)


@pytest.mark.parametrize(
    ("column", "value", "member", "text"),
    [
        ("category_id", 3, "category_id", "4"),
        ("x0", 1.25, "bbox", None),
        ("area_given", 7.5, "area", "7.5"),
        ("iscrowd", True, "iscrowd", "1"),
        ("score", 0.5, "score", "0.5"),
        ("segmentation", b"[[1, 2, 3, 4, 5, 6.50]]", "segmentation", None),
    ],
)
def test_an_edit_of_one_annotation_changes_its_member_alone(column: Any, value: Any, member: Any, text: Any) -> None:
    body = (fixtures("annotations") / "faster_coco_eval/coco/instances_val2014_100.json").read_bytes()
    made, _, _ = read(body)
    before, after = exact(body), exact(write(_with(made, column, 17, value))[0])
    old, new = dict(before), dict(after)
    changed = [
        row for row, pair in enumerate(zip(old["annotations"], new["annotations"], strict=True)) if pair[0] != pair[1]
    ]
    assert changed == [17]
    assert {key: text for key, text in after if key != "annotations"} == {k: v for k, v in before if k != "annotations"}
    was, now = dict(old["annotations"][17]), dict(new["annotations"][17])
    assert [key for key in now if was.get(key) != now[key]] == [member]
    if text is not None:
        assert str(now[member]) == text


def test_a_row_that_is_taken_out_is_gone_and_the_others_are_as_they_were() -> None:
    body = (fixtures("annotations") / "faster_coco_eval/coco/gt_dataset.json").read_bytes()
    made, _, _ = read(body)
    fewer = replace(made, annotations=made.annotations.take(pa.array([0, 1, 2, 4, 5, 6, 7, 8])))
    old, new = dict(exact(body)), dict(exact(write(fewer)[0]))
    assert new["annotations"] == old["annotations"][:3] + old["annotations"][4:]


def test_what_was_refused_is_not_written() -> None:
    body = simple(segmentation={"size": [80, 100], "counts": [5, 5]})
    out = json.loads(write(read(body)[0])[0])
    assert out["annotations"][0]["segmentation"] == []


def test_a_wrong_count_of_keypoints_is_counted_anew() -> None:
    body = simple(keypoints=[1, 1, 2, 0, 0, 0], num_keypoints=9)
    out = json.loads(write(read(body)[0])[0])
    assert out["annotations"][0]["num_keypoints"] == 1


def test_an_annotation_without_an_id_gets_one() -> None:
    out = json.loads(write(read(simple(id=...))[0])[0])
    assert out["annotations"][0]["id"] == 1


def test_the_writer_does_not_change_what_it_is_given() -> None:
    made, _, _ = read(simple(score=0.5))
    before = made.annotations.to_pylist()
    write(made)
    assert made.annotations.to_pylist() == before
