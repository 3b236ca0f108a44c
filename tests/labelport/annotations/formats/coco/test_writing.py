"""What is written of sets of any format, judged by pycocotools."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask as judge
from pycocotools.coco import COCO as Judge

from labelport.annotations.annotation_set import AnnotationSet, rows_of
from labelport.annotations.formats.coco import COCO_BOXES, COCO_KEYPOINTS, COCO_MASKS
from labelport.annotations.formats.coco.number_texts import extent, number_texts
from labelport.annotations.joining import joined
from labelport.tables import ANNOTATION_IMAGES, ANNOTATIONS, CATEGORIES
from tests.labelport.annotations.formats.coco.coco_files import read, simple, write
from tests.needs import fixtures


def _set(*rows: Any, states: Any = ("labelled",), size: Any = (100, 80)) -> Any:
    """Return a set of one category and as many images as states; rows are columns of annotations."""
    images = rows_of(
        ANNOTATION_IMAGES,
        len(states),
        name_given=[f"{number}.jpg" for number in range(len(states))],
        width=size[0],
        height=size[1],
        state=list(states),
        source_file="a.csv",
        pointer=[str(number) for number in range(len(states))],
    )
    categories = rows_of(CATEGORIES, 1, name=["bolt"], source_file="a.csv")
    base = {
        "image_id": 0,
        "category_id": 0,
        "kind": "box",
        "x0": 10.0,
        "y0": 20.0,
        "x1": 30.0,
        "y1": 50.0,
        "unit": "pixel",
    }
    base |= {"segmentation_kind": "none", "source_file": "a.csv", "pointer": "2"}
    full = [{"annotation_id": number, **base, **row} for number, row in enumerate(rows)]
    return AnnotationSet(images, categories, pa.Table.from_pylist(full, ANNOTATIONS.schema))


def _rows(given: Any, chosen: Any = None, **options: Any) -> Any:
    out, lost = write(given, chosen, **options) if chosen else write(given, **options)
    return json.loads(out)["annotations"], lost


def test_boxes_of_other_formats_get_ids_from_one_and_an_area() -> None:
    out, lost = write(
        _set({}, {"x0": 0.1, "x1": 0.1 + 0.2, "score": 0.5, "track_id": "t", "extras": b'{"pose": "left"}'})
    )
    assert json.loads(out) == {
        "info": {},
        "licenses": [],
        "images": [{"id": 1, "file_name": "0.jpg", "width": 100, "height": 80}],
        "annotations": [
            {"id": 1, "image_id": 1, "category_id": 1, "bbox": [10, 20, 20, 30], "area": 600, "iscrowd": 0, "segmentation": []},
            {
                "id": 2, "image_id": 1, "category_id": 1, "bbox": [0.1, 20, 0.2, 30], "area": 6.000000000000001,
                "iscrowd": 0, "segmentation": [], "score": 0.5, "track_id": "t", "pose": "left",
            },
        ],
        "categories": [{"id": 1, "name": "bolt"}],
    }  # fmt: skip
    assert lost == []


def test_members_of_other_formats_that_are_called_like_ours_stand_apart() -> None:
    rows, _ = _rows(_set({"extras": b'{"area": "A", "id": 7}'}, {"extras": b'{"pose": 1}'}))
    assert rows[0]["extras"] == {"area": "A", "id": 7}
    assert (rows[0]["id"], rows[1]["pose"]) == (1, 1)


@pytest.mark.parametrize(
    ("row", "segmentation"),
    [
        ({"kind": "polygon", "segmentation_kind": "points", "segmentation": b"[[1, 2], [9, 2], [9, 7.5]]"}, [[1, 2, 9, 2, 9, 7.5]]),
        ({"kind": "polygon", "segmentation_kind": "polygons", "segmentation": b"[[1.50, 2, 9, 2, 9, 7]]"}, [[1.5, 2, 9, 2, 9, 7]]),
        ({"kind": "polygon", "segmentation_kind": "polygons", "unit": "normalised", "x0": 0.1, "y0": 0.2, "x1": 0.3, "y1": 0.5,
          "segmentation": b"[0.1, 0.2, 0.3, 0.2, 0.3, 0.5]"}, [[10, 16, 30, 16, 30, 40]]),
        ({"kind": "polygon", "segmentation_kind": "wkt", "segmentation": b"POLYGON ((10 10, 20 10, 20 50, 10 10))"}, [[10, 8, 20, 8, 20, 40]]),
        ({"kind": "rotated_box", "segmentation_kind": "points", "segmentation": b"[[1, 2], [9, 2], [9, 7], [2, 8]]"}, [[1, 2, 9, 2, 9, 7, 2, 8]]),
        ({"kind": "circle", "segmentation_kind": "points", "segmentation": b"[[20, 30], [25, 30]]"}, []),
        ({"kind": "box", "segmentation_kind": "points", "segmentation": b"[[10, 20], [30, 50]]"}, []),
    ],
)  # fmt: skip
def test_shapes_of_other_formats_become_rings(row: Any, segmentation: Any) -> None:
    rows, _ = _rows(_set(row))
    assert np.allclose(rows[0]["segmentation"], segmentation)


def test_holes_become_run_lengths_that_pycocotools_reads() -> None:
    wkt = b"POLYGON ((0 0, 50 0, 50 50, 0 50, 0 0), (10 10, 20 10, 20 20, 10 20, 10 10))"
    rows, lost = _rows(_set({"kind": "polygon", "segmentation_kind": "wkt", "segmentation": wkt}))
    runs = rows[0]["segmentation"]
    mask = judge.decode(judge.frPyObjects(runs, *runs["size"]))
    assert runs["size"] == [80, 100]
    assert (mask.sum(), rows[0]["area"]) == (50 * 40 - 10 * 8, 50 * 40 - 10 * 8)
    assert (mask[4, 5], mask[12, 15]) == (1, 0)
    assert lost == []


def test_what_has_no_place_in_coco_is_told_and_its_image_is_no_negative_one() -> None:
    given = _set({"kind": "point"}, {"image_id": 1}, states=("labelled", "labelled", "negative", "unlabelled"))
    out, lost = write(given)
    assert [each["file_name"] for each in json.loads(out)["images"]] == ["1.jpg", "2.jpg"]
    assert dict(lost) == {"loss.kind": 1, "loss.unlabelled": 1}
    assert [each["file_name"] for each in json.loads(write(given, empty_images="skip")[0])["images"]] == ["1.jpg"]


def test_shares_of_an_image_of_unknown_size_are_told_and_not_written() -> None:
    rows, lost = _rows(_set({"unit": "normalised", "x0": 0.1}, {}, size=(None, None)))
    assert len(rows) == 1
    assert lost == [("loss.size_unknown", 1)]


def test_clip_cuts_boxes_on_their_way_out() -> None:
    rows, _ = _rows(_set({"x0": -5.0, "x1": 200.0}), clip=True)
    assert rows[0]["bbox"] == [0, 20, 100, 30]


def test_ids_are_given_anew_where_that_is_asked_or_where_files_clash() -> None:
    body = simple(id=77)
    body["images"][0]["id"] = 500
    body["annotations"][0]["image_id"] = 500
    one, other = (
        read(body, name="a.json")[0],
        read({**body, "images": [{**body["images"][0], "file_name": "y.jpg"}]}, name="b.json")[0],
    )
    out = json.loads(write(one, coco_ids="renumber")[0])
    assert (out["images"][0]["id"], out["annotations"][0]["image_id"], out["annotations"][0]["id"]) == (1, 1, 1)
    out, lost = write(joined([one, other]))
    made = json.loads(out)
    assert [each["id"] for each in made["images"]] == [1, 2]
    assert [each["image_id"] for each in made["annotations"]] == [1, 2]
    assert [each["id"] for each in made["categories"]] == [1, 2]
    assert dict(lost)["loss.ids"] == 2


def test_ids_that_do_not_clash_are_kept_and_others_step_around_them() -> None:
    one = read(simple(id=2))[0]
    rows, _ = _rows(joined([one, _set({}, {})]))
    assert [each["id"] for each in rows] == [2, 1, 3]


def test_narrower_dialects_hold_less() -> None:
    body = simple(segmentation=[[1, 1, 9, 1, 9, 9]], area=32, keypoints=[1, 2, 2], num_keypoints=1)
    body["categories"][0]["keypoints"] = ["nose"]
    given = read(body)[0]
    boxes, lost = _rows(given, COCO_BOXES)
    assert (boxes[0]["segmentation"], boxes[0]["bbox"], "keypoints" in boxes[0]) == ([], [10, 10, 20, 20], False)
    assert {"loss.geometry", "loss.keypoints"} <= {code for code, _ in lost}
    masks, _ = _rows(given, COCO_MASKS)
    assert (masks[0]["segmentation"], "keypoints" in masks[0]) == ([[1, 1, 9, 1, 9, 9]], False)
    points, lost = _rows(given, COCO_KEYPOINTS)
    assert (points[0]["keypoints"], points[0]["num_keypoints"], lost) == ([1, 2, 2], 1, [])


def test_a_box_that_was_made_of_a_shape_is_written_where_the_shape_is_not() -> None:
    given = read(simple(bbox=..., segmentation=[[1, 1, 9, 1, 9, 9]], area=32))[0]
    assert "bbox" not in _rows(given)[0][0]
    assert _rows(given, COCO_BOXES)[0][0]["bbox"] == [1, 1, 8, 8]


def test_keypoints_as_shares_become_pixels() -> None:
    rows, _ = _rows(
        _set(
            {
                "unit": "normalised",
                "kind": "keypoints",
                "x0": 0.1,
                "y0": 0.2,
                "x1": 0.3,
                "y1": 0.5,
                "keypoints": [0.5, 0.5, 2.0],
            }
        )
    )
    assert (rows[0]["keypoints"], rows[0]["num_keypoints"]) == ([50, 40, 2], 1)


def test_a_mask_of_a_png_is_put_where_its_box_says() -> None:
    import base64
    import io

    from PIL import Image

    body = io.BytesIO()
    Image.fromarray(np.array([[255, 0], [255, 255]], np.uint8)).save(body, "PNG")
    row = {"kind": "mask", "segmentation_kind": "png", "segmentation": base64.b64encode(body.getvalue())}
    rows, _ = _rows(_set({**row, "x0": 10.0, "y0": 20.0, "x1": 12.0, "y1": 22.0}))
    runs = rows[0]["segmentation"]
    mask = judge.decode(judge.frPyObjects(runs, *runs["size"]))
    assert mask[20:22, 10:12].tolist() == [[1, 0], [1, 1]]
    assert mask.sum() == rows[0]["area"] == 3


def test_pycocotools_opens_what_is_written(tmp_path: Any) -> None:
    given, _, _ = read((fixtures("annotations") / "faster_coco_eval/coco/instances_val2014_100.json").read_bytes())
    foreign = replace(given, documents={})
    (tmp_path / "annotations.json").write_bytes(write(foreign)[0])
    opened = Judge(str(tmp_path / "annotations.json"))
    assert (len(opened.imgs), len(opened.anns), len(opened.cats)) == (100, 839, 80)
    assert sum(opened.annToMask(each).sum() > 0 for each in opened.anns.values()) == 839


def test_edges_that_came_from_a_width_give_that_width_back() -> None:
    widths = np.round(np.random.default_rng(1).random(2000) * 600, 2)
    low = np.round(np.random.default_rng(2).random(2000) * 600, 2)
    assert (extent(low, low + widths) == widths).all()


@settings(max_examples=200, deadline=None)
@given(st.lists(st.floats(0, 1e6), min_size=2, max_size=2))
def test_a_box_reads_back_to_the_same_edges_or_the_next_number(edges: Any) -> None:
    low, high = np.array([min(edges)]), np.array([max(edges)])
    text = json.loads(number_texts(extent(low, high))[0].as_py())
    assert abs(low[0] + text - high[0]) <= np.spacing(high[0])


@given(st.lists(st.floats(), max_size=5))
def test_the_text_of_a_number_reads_back_equal(values: Any) -> None:
    for value, text in zip(values, number_texts(np.array(values, np.float64)).to_pylist(), strict=True):
        assert json.loads(text) == (value if np.isfinite(value) else None)
