"""What is read of COCO files: counts, places of findings, ids, states, refusals."""

import json
from collections import Counter
from typing import Any

import numpy as np
import pyarrow.compute as pc
import pytest
from pycocotools import mask as judge

from labelport.annotations.annotation_set import floats
from labelport.annotations.files import in_memory
from labelport.annotations.formats.coco import COCO, text_file
from labelport.annotations.formats.coco.image_list import split_of
from labelport.annotations.shapes import shape_of
from tests.labelport.annotations.formats.coco.coco_files import read, said_of, simple, write
from tests.needs import fixtures

SIZES = {"x.jpg": (100, 80), "sub/x.jpg": (50, 40)}


def _expected() -> Any:
    cases = json.loads((fixtures("annotations", "made") / "expected.json").read_bytes())
    return {name: case for name, case in cases.items() if name.startswith("coco/")}


def test_every_made_case_gives_what_is_expected_and_nothing_more() -> None:
    folder = fixtures("annotations", "made")
    cases = _expected()
    assert len(cases) == 27
    for name, case in cases.items():
        body = (folder / name).read_bytes()
        assert COCO.claims([in_memory(name, body)], told=False)[0].confidence > 0.6
        made, said, _ = read(body, sizes=SIZES)
        assert made.annotations.num_rows == case["annotations"], name
        found = said_of(said)
        assert len(found) == len(case["findings"]), (name, found)
        for (code, pointer), (expected, place) in zip(found, sorted(map(tuple, case["findings"])), strict=True):
            assert code == expected, name
            assert pointer == place or (place.endswith(":") and pointer.startswith(place)), name


@pytest.mark.parametrize(
    ("name", "images", "annotations", "categories", "narrowest"),
    [
        ("faster_coco_eval/coco/instances_val2014_100.json", 100, 839, 80, "coco_masks"),
        ("faster_coco_eval/coco/gt_dataset.json", 3, 9, 4, "coco_masks"),
        ("faster_coco_eval/coco/gt_ignore_test.json", 1, 1, 1, "coco_boxes"),
        ("faster_coco_eval/coco-keypoint/gt_dataset.json", 1, 14, 1, "coco_keypoints"),
        ("mmpose/coco-keypoint/test_coco.json", 4, 14, 1, "coco_keypoints"),
        ("mmpose/coco-keypoint/test_ap10k.json", 2, 2, 54, "coco_keypoints"),
        ("datumaro/coco/coco/annotations/instances_train.json", 1, 1, 3, "coco_boxes"),
        ("datumaro/coco/coco/annotations/instances_val.json", 1, 2, 3, "coco_masks"),
        ("datumaro/coco/coco/annotations/person_keypoints_val.json", 1, 2, 2, "coco_keypoints"),
        ("datumaro/coco/coco/annotations/image_info_val.json", 1, 0, 0, "coco_boxes"),
        ("discolight/coco/annotations.coco.json", 3, 76, 1, "coco_boxes"),
        ("source-doc/coco-bbox/coco.json", 1, 1, 1, "coco_boxes"),
        ("source-doc/coco-polygon/coco.json", 1, 0, 2, "coco_masks"),
    ],
)
def test_files_of_others_have_the_counts_of_their_readme(
    name: Any, images: Any, annotations: Any, categories: Any, narrowest: Any
) -> None:
    made, _, found = read((fixtures("annotations") / name).read_bytes())
    assert (made.images.num_rows, made.annotations.num_rows, made.categories.num_rows) == (
        images,
        annotations,
        categories,
    )
    assert found == narrowest


def test_real_coco_has_the_sums_that_others_counted() -> None:
    made, _, _ = read((fixtures("annotations") / "faster_coco_eval/coco/instances_val2014_100.json").read_bytes())
    table = made.annotations
    assert Counter(table.column("kind").to_pylist()) == {"polygon": 830, "rle": 9}
    assert pc.sum(table.column("iscrowd").cast("int64")).as_py() == 9
    assert pc.sum(table.column("area_given")).as_py() == pytest.approx(9155024.0, abs=0.5)
    x0, y0, x1, y1 = floats(table, "x0", "y0", "x1", "y1").T
    assert (x0 + y0 + (x1 - x0) + (y1 - y0)).sum() == pytest.approx(532272.3, abs=0.1)
    shapes = [
        shape_of(*row)
        for row in zip(*(table.column(c).to_pylist() for c in ("segmentation", "segmentation_kind")), strict=True)
    ]
    rings = [shape.rings for shape in shapes if shape and shape.counts is None]
    assert sum(len(each) > 1 for each in rings) == 75
    assert sum(ring.size for each in rings for ring in each) == 39840


def test_masks_are_those_of_pycocotools() -> None:
    body = (fixtures("annotations") / "faster_coco_eval/coco/instances_val2014_100.json").read_bytes()
    table = read(body)[0].annotations
    for row in table.filter(pc.equal(table.column("segmentation_kind"), "rle_counts")).to_pylist():
        value = json.loads(row["segmentation"])
        theirs = judge.frPyObjects(value, *value["size"])
        x, y, w, h = judge.toBbox(theirs).tolist()
        assert (row["x0"], row["y0"]) == (x, y)
        assert max(abs(row["x1"] - x - w), abs(row["y1"] - y - h)) <= 1
        assert row["area_given"] == pytest.approx(float(judge.area(theirs)), rel=0.05) or row["iscrowd"]


def test_a_box_is_edges_and_numbers_are_as_they_were_given() -> None:
    made, said, _ = read(simple(bbox=[40, 25.5, 20, 30], area=600, score=0.25, colour="red"))
    row = made.annotations.to_pylist()[0]
    assert [row[side] for side in ("x0", "y0", "x1", "y1")] == [40, 25.5, 60, 55.5]
    assert (row["kind"], row["unit"], row["segmentation_kind"], row["segmentation"]) == ("box", "pixel", "none", None)
    assert (row["score"], row["extras"]) == (0.25, b'{"colour": "red"}')
    assert (row["pointer"], row["source_id"], row["source_file"]) == ("/annotations/0", "1", "a.json")
    assert said_of(said) == []


def test_an_image_is_labelled_negative_or_its_labels_were_lost() -> None:
    body = simple()
    body["images"] += [{"id": 2, "file_name": "y.jpg"}, {"id": 3, "file_name": "z.jpg"}]
    body["annotations"] += [{**body["annotations"][0], "id": 2, "image_id": 3, "category_id": 9}]
    assert read(body)[0].images.column("state").to_pylist() == ["labelled", "negative", "unlabelled"]


def test_text_is_not_a_number_unless_every_reference_is() -> None:
    body = simple(image_id="1")
    assert said_of(read(body)[1]) == [("coco.id_type", "/annotations/0/image_id")]
    body["annotations"] += [{**body["annotations"][0], "id": 2, "image_id": 1}]
    assert said_of(read(body)[1]) == [("coco.unknown_image", "/annotations/0/image_id")]


@pytest.mark.parametrize(
    ("member", "value", "found", "rows"),
    [
        ("image_id", 1.5, ("coco.unknown_image", "/annotations/0/image_id"), 0),
        ("image_id", True, ("coco.unknown_image", "/annotations/0/image_id"), 0),
        ("image_id", ..., ("coco.unknown_image", "/annotations/0/image_id"), 0),
        ("category_id", None, ("coco.unknown_category", "/annotations/0"), 1),
        ("bbox", [1, 2, 3], ("json.wrong_type", "/annotations/0/bbox"), 0),
        ("bbox", "none", ("json.wrong_type", "/annotations/0/bbox"), 0),
        ("bbox", [1, 2, "3", 4], ("json.wrong_type", "/annotations/0/bbox"), 0),
        ("bbox", None, ("coco.no_bbox", "/annotations/0"), 0),
        ("id", ..., ("coco.no_id", "/annotations/0"), 1),
        ("id", 1.0, ("coco.float_id", "/annotations/0/id"), 1),
        ("area", "big", ("json.wrong_type", "/annotations/0/area"), 1),
        ("area", 500, ("coco.area_differs", "/annotations/0/area"), 1),
        ("iscrowd", 2, ("json.wrong_type", "/annotations/0/iscrowd"), 1),
        ("segmentation", "png", ("coco.bad_segmentation", "/annotations/0/segmentation"), 1),
        ("segmentation", [[1, 2, 3, 4, 5, None]], ("coco.bad_segmentation", "/annotations/0/segmentation"), 1),
        ("segmentation", [[[1, 2], [3, 4], [5, 6]]], ("coco.bad_segmentation", "/annotations/0/segmentation"), 1),
        ("segmentation", {"size": [80]}, ("coco.bad_segmentation", "/annotations/0/segmentation"), 1),
        ("segmentation", {"size": [80, 100], "counts": [-8, 8008]}, ("rle.bad_counts", "/annotations/0/segmentation/counts"), 1),
        ("segmentation", {"size": [80, 100], "counts": "\u00e9"}, ("rle.bad_counts", "/annotations/0/segmentation/counts"), 1),
        ("segmentation", [1, 2, 3, 4, 5], ("coco.odd_ring", "/annotations/0/segmentation"), 1),
        ("keypoints", [1, 2], ("coco.keypoint_count", "/annotations/0/keypoints"), 0),
        ("keypoints", [1, 2, 3], ("coco.visibility", "/annotations/0/keypoints/2"), 1),
        ("keypoints", [1, 2, 0], ("coco.unlabelled_keypoint", "/annotations/0/keypoints/0"), 1),
        ("keypoints", {"nose": 1}, ("json.wrong_type", "/annotations/0/keypoints"), 0),
    ],
)  # fmt: skip
def test_each_fault_has_its_code_and_place(member: Any, value: Any, found: Any, rows: Any) -> None:
    made, said, _ = read(simple(**{member: value}))
    assert said_of(said) == [found]
    assert made.annotations.num_rows == rows


def test_a_ring_that_is_left_out_leaves_the_others_as_they_were() -> None:
    body = json.dumps(simple()).replace("[]", "[[1.50, 1, 9, 1, 9, 9.0], [1, 2], [3]]").encode()
    made, said, _ = read(body)
    assert made.annotations.column("segmentation")[0].as_py() == b"[[1.50, 1, 9, 1, 9, 9.0]]"
    assert [each for each in said_of(said) if each[0] != "coco.area_differs"] == [
        ("coco.odd_ring", "/annotations/0/segmentation/2"),
        ("coco.short_ring", "/annotations/0/segmentation/1"),
    ]


def test_polygon_min_points_says_what_a_short_ring_is() -> None:
    body = simple(segmentation=[[10, 10, 30, 30]], area=1)
    made, said, _ = read(body, polygon_min_points=2)
    assert made.annotations.column("kind").to_pylist() == ["polygon"]
    assert "coco.short_ring" not in dict(said_of(said))


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"[]", ("coco.not_coco", "")),
        (b"3", ("coco.not_coco", "")),
        (b"", ("json.not_json", "1:1")),
        (b"{}", ("coco.not_coco", "")),
        (b'{"images": []}', ("coco.not_coco", "")),
        (b'{"images": [], "annotations": {"0": 1}}', ("json.wrong_type", "/annotations")),
        (b'{"images": [], "annotations": [], "categories": 3}', ("json.wrong_type", "/categories")),
        (b'{"images": [],\n "annotations": [1,]}', ("json.not_json", "2:19")),
        (b'{"images": [], "annotations": [{"bbox": [NaN]}]}', ("json.not_json", "1:42")),
        (b'{"images": [], "annotations": []} x', ("json.not_json", "1:35")),
        (b'{"images": [], "annotations": [], "a": "\xff"}', ("json.not_json", "1:41")),
        ('{"images": [], "annotations": []}'.encode("utf-16"), ("json.not_json", "1:1")),
        (b'{"images": [], "images": [], "annotations": []}', ("json.duplicate_key", "/images")),
        (b'{"images": [], "annotations": [], "annotations": []}', ("json.duplicate_key", "/annotations")),
        (b'{"a": 1, "a": 2, "images": [], "annotations": []}', ("json.duplicate_key", "/a")),
        (b'{"a": {"b/c": [{"d": 1, "d": 2}]}, "images": [], "annotations": []}', ("json.duplicate_key", "/a/b~1c/0/d")),
        (b'{"a": ' + b"[" * 70 + b"]" * 70 + b', "images": [], "annotations": []}', ("json.too_deep", "/a")),
        (b'{"a": ' + b"[" * 99999 + b', "images": [], "annotations": []}', ("json.too_deep", "")),
        (b'{"images": [], "annotations": [7, null]}', ("json.wrong_type", "/annotations/0")),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_says_why_and_where(body: Any, found: Any) -> None:
    assert found in said_of(read(body)[1])


def test_a_name_that_stands_twice_is_found_at_any_level() -> None:
    text = json.dumps(simple(attributes={"a": 1}))
    doubled = text.replace('"area": 400', '"area": 400, "area": 400').replace('"a": 1', '"a": 1, "a": 1')
    doubled = doubled.replace('"file_name"', '"width": 3, "file_name"')
    assert said_of(read(doubled.encode())[1]) == [
        ("json.duplicate_key", "/annotations/0/area"),
        ("json.duplicate_key", "/annotations/0/attributes/a"),
        ("json.duplicate_key", "/images/0/width"),
    ]


@pytest.mark.parametrize("name", ["captions_val", "labels_val", "panoptic_val"])
def test_annotations_without_boxes_and_shapes_are_no_coco(name: Any) -> None:
    body = (fixtures("annotations") / f"datumaro/coco/coco/annotations/{name}.json").read_bytes()
    made, said, _ = read(body)
    assert said_of(said) == [("coco.not_coco", "")]
    assert made.images.num_rows == 0


def test_mpii_is_not_claimed_and_told_it_is_refused() -> None:
    file = in_memory("mpii.json", (fixtures("annotations") / "mmpose/coco-keypoint/test_mpii.json").read_bytes())
    assert COCO.claims([file], told=False) == []
    assert said_of(read(file.read(0, file.size))[1]) == [("coco.not_coco", "")]


def test_a_size_that_differs_from_the_catalogue_is_told_and_a_missing_one_comes_from_it() -> None:
    body = simple()
    assert said_of(read(body, sizes={"x.jpg": (100, 81)})[1]) == [("coco.size_differs", "/images/0")]
    del body["images"][0]["width"]
    made, said, _ = read(body, sizes={"x.jpg": (90, 80)})
    assert made.images.column("width").to_pylist() == [90]
    assert said_of(said) == []


def test_skeletons_count_from_one_in_the_file_and_from_zero_in_the_table() -> None:
    body = simple()
    body["categories"][0] |= {"keypoints": ["a", "b"], "skeleton": [[1, 2], [2, 3]]}
    made, said, _ = read(body)
    assert made.categories.column("skeleton").to_pylist() == [[[0, 1]]]
    assert said_of(said) == [("coco.skeleton_index", "/categories/0/skeleton/1/1")]


def test_a_file_of_many_pieces_is_read_as_a_whole(monkeypatch: Any) -> None:
    body = (fixtures("annotations") / "faster_coco_eval/coco/instances_val2014_100.json").read_bytes()
    whole, before, _ = read(body)
    monkeypatch.setattr(text_file, "PIECE", 20_000)
    pieces, after, _ = read(body)
    assert pieces.annotations.combine_chunks().equals(whole.annotations.combine_chunks())
    assert pieces.images.equals(whole.images)
    assert (
        [each.code for each in before.findings()] == [each.code for each in after.findings()] == ["coco.area_differs"]
    )


def test_a_fault_behind_many_pieces_has_its_place_in_the_file(monkeypatch: Any) -> None:
    monkeypatch.setattr(text_file, "PIECE", 300)
    body = simple()
    body["annotations"] = [{**body["annotations"][0], "id": number} for number in range(50)]
    body["annotations"][40]["image_id"] = 9
    assert said_of(read(body)[1]) == [("coco.unknown_image", "/annotations/40/image_id")]
    text = json.dumps(body, indent=1).replace('"id": 30', '"id": 03')
    line = text[: text.index('"id": 03')].count("\n") + 1
    assert said_of(read(text.encode())[1])[0][1].startswith(f"{line}:")


def test_the_split_is_in_the_name_or_the_folder_or_nowhere() -> None:
    assert split_of("annotations/person_keypoints_val2017.json") == "val"
    assert split_of("train/_annotations.coco.json") == "train"
    assert split_of("trainval.json") is None
    assert split_of("train_and_test.json") is None
    assert split_of("tests/a.json") is None


def test_findings_of_a_million_rows_are_counted(monkeypatch: Any) -> None:
    body = simple()
    body["annotations"] = [{**body["annotations"][0], "id": number, "category_id": 9} for number in range(500)]
    found = read(body)[1].findings()
    assert [each.count for each in found if each.code == "coco.unknown_category"] == [1] * 20 + [480]


def test_infinite_numbers_are_no_box() -> None:
    body = json.dumps(simple()).replace("[10, 10, 20, 20]", "[1e999, 10, 20, 20]").encode()
    made, said, _ = read(body)
    assert said_of(said)[0] == ("box.not_finite", "/annotations/0/bbox")
    assert made.annotations.num_rows == 0


def test_boxes_are_made_of_whatever_shape_there_is() -> None:
    boxes = [
        read(simple(bbox=..., area=..., **shape))[0].annotations.select(["x0", "y0", "x1", "y1"]).to_pylist()[0]
        for shape in (
            {"segmentation": [[1, 2, 9, 2, 9, 7], [20, 3, 22, 3, 22, 4]]},
            {"segmentation": {"size": [80, 100], "counts": [82, 2, 7916]}},
            {"keypoints": [5, 6, 2, 50, 60, 0, 8, 9, 1]},
        )
    ]
    assert [list(each.values()) for each in boxes] == [[1, 2, 22, 7], [1, 2, 2, 4], [5, 6, 8, 9]]
    assert np.isfinite(boxes[0]["x0"])


def test_a_track_id_is_a_column_and_stays_as_it_was_written() -> None:
    rows = [{"id": n, "image_id": 1, "category_id": 1, "bbox": [0, 0, 2, 2]} for n in range(4)]
    rows[0]["track_id"], rows[1]["track_id"], rows[2]["track_id"] = 7, "7", {"odd": 1}
    body = {
        "images": [{"id": 1, "file_name": "a.png", "width": 9, "height": 9}],
        "categories": [{"id": 1, "name": "bolt"}],
        "annotations": rows,
    }
    made, _, _ = read(body)
    assert made.annotations.column("track_id").to_pylist() == ["7", "7", None, None]
    assert json.loads(write(made)[0])["annotations"] == rows
