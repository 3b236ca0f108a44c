"""What is written as LabelMe: read back by us, and by the JSON and PNG readers of others."""

import base64
import io
import json
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pycocotools import mask as coco

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.files import in_memory
from labelport.annotations.reading import read_annotations
from tests.labelport.annotations.formats.labelme.test_reading import MASK, TOLD, a_file, a_png, a_shape
from tests.labelport.annotations.formats.one_file_an_image import facts, fixture_files, read, written
from tests.labelport.annotations.made import a_set
from tests.needs import fixtures


def shapes_of(files: dict[str, bytes], name: str = "x.json") -> list[dict[str, Any]]:
    return list(json.loads(files[name])["shapes"])


def mask_of(shape: dict[str, Any], height: int, width: int) -> np.ndarray[Any, Any]:
    """Return the mask of a shape as LabelMe draws it: the picture laid at its first point."""
    (x0, y0), (x1, y1) = shape["points"]
    whole = np.zeros((height, width), np.uint8)
    whole[y0 : y1 + 1, x0 : x1 + 1] = np.asarray(Image.open(io.BytesIO(base64.b64decode(shape["mask"]))))
    return whole


def codes(findings: Any) -> dict[str, int]:
    return {each.code: each.count for each in findings}


@pytest.mark.parametrize("source", [("made", "labelme"), ("source-doc", "labelme")], ids="/".join)
def test_what_was_read_is_read_again(source: tuple[str, ...]) -> None:
    first, said = read(TOLD, fixture_files(*source))
    files, lost = written(TOLD, first)
    second, said_again = read(TOLD, files)
    assert facts(second) == facts(first)
    assert [(each.code, each.pointer) for each in said_again] == [(each.code, each.pointer) for each in said]
    assert not lost


def test_a_file_is_as_labelme_writes_it() -> None:
    files, said = written(TOLD, a_set([[40, 25, 160, 85.5]], names=("tray/0007.png",), size=(800, 600)))
    assert files == {
        "tray/0007.json": b'{"version":"5.5.0","flags":{},"shapes":[\n'
        b'{"label":"a","points":[[40,25],[160,85.5]],"group_id":null,"shape_type":"rectangle","flags":{}}\n'
        b'],"imagePath":"0007.png","imageData":null,"imageHeight":600,"imageWidth":800}\n'
    }
    assert not said


EVERY_SHAPE = a_file(
    a_shape([[1, 1], [9, 1.0], [9, 9]], description="d", flags={"wet": True}),
    a_shape([[20, 30], [10, 12]], "rectangle", group_id=7),
    a_shape([[5, 0], [10, 5], [5, 10], [0, 5]], "oriented_rectangle"),
    a_shape([[5, 0], [10, 5], [5, 10], [0, 5]], "rectangle"),
    a_shape([[50, 40], [53, 44]], "circle"),
    a_shape([[1, 1], [5, 5]], "line"),
    a_shape([[1, 1], [5, 5]], "linestrip"),
    a_shape([[1, 1], [5, 5], [9, 5]], "linestrip"),
    a_shape([[7, 7]], "point", colour="red", nested={"a": [1, None, 1.5]}),
    a_shape([[7, 7]], "points"),
    a_shape([[7, 7], [8, 8]], "points"),
    a_shape([[3, 3]]),
    a_shape([[3, 3], [4, 4]]),
    a_shape([[10, 20], [12, 21]], "mask", mask=a_png(MASK)),
    a_shape([[0, 1], [5, 1], [5, 9]], group_id=1, label="b"),
    a_shape([[20, 1], [25, 1], [25, 9]], group_id=1, label="b", description="far"),
    flags={"night": True, "day": False},
    project="p",
)


def test_every_type_of_shape_is_read_as_it_was_written() -> None:
    first, _ = read(TOLD, {"x.json": EVERY_SHAPE})
    files, lost = written(TOLD, first)
    second, _ = read(TOLD, files)
    assert facts(second) == facts(first)
    assert not lost
    given_shapes, made_shapes = json.loads(EVERY_SHAPE), json.loads(files["x.json"])
    given_shapes["shapes"][1]["points"] = [[10, 12], [20, 30]]
    assert made_shapes == given_shapes


def test_classes_are_flags_of_which_the_file_says_what_they_are() -> None:
    first, _ = read(TOLD, {"x.json": a_file(flags={"cat": True, "dog": False})})
    files, lost = written(TOLD, first)
    document = json.loads(files["x.json"])
    assert document["flags"] == {"dog": False, "cat": True}
    assert document["image_classes"] == ["cat"]
    second, said = read(TOLD, files)
    assert facts(second) == facts(first)
    assert not lost
    assert not said


def test_classes_beside_shapes_are_read_again() -> None:
    first = a_set([[1, 2, 3, 4], [float("nan")] * 4], kind=["box", "class"], categories=("a", "b"), category=[0, 1])
    files, lost = written(TOLD, first)
    second, said = read(TOLD, {**files, "y.json": a_file(imagePath="y.jpg", flags={"night": True})})
    assert second.annotations.column("kind").to_pylist() == ["box", "class"]
    assert second.images.column("state").to_pylist() == ["labelled", "negative"]
    assert not lost
    assert not said


def test_rings_of_one_annotation_are_polygons_of_one_group() -> None:
    rings = [b"[[0,0,5,0,5,5],[10,0,15,0,15.5,5]]", b"[[1,2,3,4,5,7]]", b"[[0,0,5,0,5,5],[20,0,25,0,25,5]]"]
    first = a_set(
        [[0, 0, 15.5, 5], [1, 2, 5, 7], [0, 0, 25, 5]], kind="polygon", segmentation=rings, segmentation_kind="polygons"
    )
    files, lost = written(TOLD, first)
    assert [(each["group_id"], each["points"][0]) for each in shapes_of(files)] == [
        (1, [0, 0]),
        (1, [10, 0]),
        (None, [1, 2]),
        (2, [0, 0]),
        (2, [20, 0]),
    ]
    again, _ = read(TOLD, files)
    assert [json.loads(each.as_py()) for each in again.annotations.column("segmentation")] == [
        json.loads(rings[0]),
        [[1, 2], [3, 4], [5, 7]],
        json.loads(rings[2]),
    ]
    assert not lost


def test_run_lengths_become_masks_of_the_same_pixels() -> None:
    mask = np.zeros((80, 100), np.uint8, order="F")
    mask[20:24, 30:33] = 1
    mask[22, 50] = 1
    counts = coco.encode(mask)["counts"].decode()
    text = json.dumps({"size": [80, 100], "counts": counts}).encode()
    files, lost = written(
        TOLD, a_set([[30, 20, 51, 24]], kind="rle", segmentation=[text], segmentation_kind="rle_text")
    )
    (shape,) = shapes_of(files)
    assert (shape["shape_type"], shape["points"]) == ("mask", [[30, 20], [50, 23]])
    assert (mask_of(shape, 80, 100) == mask).all()
    again, said = read(TOLD, files)
    assert again.annotations.column("kind").to_pylist() == ["mask"]
    assert not said
    assert codes(lost) == {"loss.geometry": 1}


def test_an_empty_mask_is_left_out_and_told() -> None:
    text = b'{"size":[80,100],"counts":[8000]}'
    files, lost = written(TOLD, a_set([[0, 0, 9, 9]], kind="rle", segmentation=[text], segmentation_kind="rle_counts"))
    assert shapes_of(files) == []
    assert codes(lost)["loss.kind"] == 1


@pytest.mark.parametrize(
    ("kind", "text", "form"),
    [
        ("rle", b'{"size":[100000,100000],"counts":[10000000000]}', "rle_counts"),
        ("rle", b'{"size":[80,100],"counts":[1]}', "rle_counts"),
        ("mask", a_png(MASK).encode(), "png"),
        ("line", b"[]", "points"),
    ],
)
def test_what_cannot_be_drawn_is_left_out_and_told(kind: str, text: bytes, form: str) -> None:
    nowhere = [[float("nan")] * 4]
    files, lost = written(TOLD, a_set(nowhere, kind=kind, segmentation=[text], segmentation_kind=form))
    assert shapes_of(files) == []
    assert codes(lost)["loss.kind"] == 1


def test_an_outline_with_a_hole_becomes_a_mask_without_its_pixels() -> None:
    text = b"POLYGON ((10 10, 20 10, 20 20, 10 20, 10 10), (12 12, 18 12, 18 18, 12 18, 12 12))"
    first = a_set([[10, 8, 20, 16]], kind="polygon", segmentation=[text], segmentation_kind="wkt", size=(100, 100))
    files, lost = written(TOLD, first)
    (shape,) = shapes_of(files)
    wanted = np.zeros((100, 100), np.uint8)
    wanted[10:20, 10:20] = 1
    wanted[12:18, 12:18] = 0
    assert (mask_of(shape, 100, 100) == wanted).all()
    assert codes(lost) == {"loss.geometry": 1}


def test_keypoints_are_points_of_the_group_of_their_box() -> None:
    first = a_set([[1, 2, 30, 40]], kind="keypoints", keypoints=[[5, 6, 2, 0, 0, 0, 7, 8.5, 1]])
    names = first.categories.schema.get_field_index("keypoints")
    column = pa.array([["nose", "eye"]], first.categories.schema.field(names).type)
    categories = first.categories.set_column(names, first.categories.schema.field(names), column)
    files, lost = written(TOLD, AnnotationSet(first.images, categories, first.annotations))
    assert [(each["label"], each["shape_type"], each["points"], each["group_id"]) for each in shapes_of(files)] == [
        ("a", "rectangle", [[1, 2], [30, 40]], 1),
        ("nose", "point", [[5, 6]], 1),
        ("3", "point", [[7, 8.5]], 1),
    ]
    assert set(codes(lost)) == {"loss.geometry", "loss.keypoints"}


def test_shares_become_pixels_where_the_size_is_known() -> None:
    ring = b"[[0.1,0.1,0.5,0.1,0.5,0.5]]"
    fields: dict[str, Any] = {"kind": "polygon", "segmentation": [ring], "segmentation_kind": "polygons"}
    known, _ = written(TOLD, a_set([[0.1, 0.1, 0.5, 0.5]], unit="normalised", **fields))
    unknown, lost = written(TOLD, a_set([[0.1, 0.1, 0.5, 0.5]], unit="normalised", size=None, **fields))
    assert shapes_of(known)[0]["points"] == [[10, 8], [50, 8], [50, 40]]
    assert unknown == {}
    assert codes(lost) == {"loss.size_unknown": 1, "loss.kind": 1}


def test_an_outline_that_cannot_be_read_becomes_its_box_and_that_is_told() -> None:
    files, lost = written(
        TOLD, a_set([[1, 2, 3, 4]], kind="polygon", segmentation=[b"[["], segmentation_kind="polygons")
    )
    assert [(each["shape_type"], each["points"]) for each in shapes_of(files)] == [("rectangle", [[1, 2], [3, 4]])]
    assert codes(lost) == {"loss.geometry": 1}


def test_a_circle_without_its_points_is_that_of_its_box() -> None:
    files, _ = written(TOLD, a_set([[10, 20, 30, 40]], kind="circle"))
    assert shapes_of(files)[0]["points"] == [[20, 30], [30, 30]]


def test_members_of_other_formats_cannot_break_a_file() -> None:
    nasty = {"label": "b", "points": 5, "flags": 1, "description": [], "mask": "x", "shapes": 3, "shape_type": "circle"}
    image = {"shapes": 1, "imageData": "x", "version": 0, "flags": 5, "ok": 1}
    first = a_set([[1, 2, 3, 4]], extras=[json.dumps({**nasty, "fine": 'a"b'}).encode()])
    at = first.images.schema.get_field_index("extras")
    images = first.images.set_column(at, first.images.schema.field(at), pa.array([json.dumps(image).encode()]))
    files, _ = written(TOLD, AnnotationSet(images, first.categories, first.annotations))
    assert json.loads(files["x.json"]) == {
        "version": "5.5.0",
        "flags": {},
        "imagePath": "x.jpg",
        "imageData": None,
        "imageHeight": 80,
        "imageWidth": 100,
        "ok": 1,
        "shapes": [
            {"label": "a", "points": [[1, 2], [3, 4]], "group_id": None, "shape_type": "rectangle", "flags": {}}
            | {"fine": 'a"b'}
        ],
    }


@pytest.mark.parametrize("group", ["7", "-1", "007", "x", "9" * 30, "²"])
def test_a_group_is_a_whole_number_where_it_was_one(group: str) -> None:
    files, _ = written(TOLD, a_set([[1, 2, 3, 4]], group_id=[group]))
    assert shapes_of(files)[0]["group_id"] == (int(group) if group in {"7", "-1"} else group)


def test_negative_images_are_files_without_shapes_and_labelled_ones_that_lose_all_no_files() -> None:
    files, _ = written(TOLD, a_set([[1, 2, 3, 4]], names=("a.jpg", "b.jpg"), kind="volume"))
    skipped, lost = written(TOLD, a_set([[1, 2, 3, 4]], names=("a.jpg", "b.jpg")), empty_images="skip")
    assert list(files) == ["b.json"]
    assert shapes_of(files, "b.json") == []
    assert list(skipped) == ["a.json"]
    assert codes(lost) == {"loss.negative_images": 1}


POINT = st.tuples(*[st.integers(0, 100) | st.floats(0, 100).map(abs)] * 2).map(list)
SHAPES = st.one_of(
    st.builds(a_shape, st.lists(POINT, min_size=1, max_size=6), st.just("polygon")),
    st.builds(a_shape, st.lists(POINT, min_size=2, max_size=2), st.sampled_from(["rectangle", "line", "circle"])),
    st.builds(a_shape, st.lists(POINT, min_size=4, max_size=4), st.sampled_from(["rectangle", "oriented_rectangle"])),
    st.builds(a_shape, st.lists(POINT, min_size=1, max_size=3), st.sampled_from(["points", "linestrip", "point"])),
)
MEMBERS = st.dictionaries(
    st.text(max_size=5),
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.lists(st.integers()),
    max_size=2,
)
FLAGS = st.dictionaries(st.text(min_size=1, max_size=5), st.booleans(), max_size=2)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(SHAPES, st.text(max_size=3), st.none() | st.integers(0, 2), MEMBERS, FLAGS),
        max_size=5,
    ),
    MEMBERS,
    FLAGS,
)
def test_any_file_is_read_as_it_was_written(
    shapes: list[tuple[Any, ...]], members: dict[str, Any], flags: dict[str, bool]
) -> None:
    made = [
        {**more, **shape, "label": label, "group_id": group, "flags": shape_flags}
        for shape, label, group, more, shape_flags in shapes
    ]
    first, _ = read(TOLD, {"x.json": json.dumps({**members, **json.loads(a_file(*made, flags=flags))})})
    files, _ = written(TOLD, first)
    second, _ = read(TOLD, files)
    if files:
        assert facts(second) == facts(first)
        assert written(TOLD, second)[0] == files
    else:
        assert first.images.column("state").to_pylist() == ["unlabelled"]


def test_crowds_of_real_coco_become_masks_of_the_pixels_that_pycocotools_decodes() -> None:
    name = "instances_val2014_100.json"
    body = next(fixtures("annotations", "faster_coco_eval").rglob(name)).read_bytes()
    document = json.loads(body)
    files, _ = written(TOLD, read_annotations([in_memory(name, body)]).annotations)
    images = {each["id"]: each["file_name"].replace(".jpg", ".json") for each in document["images"]}
    crowds = [each for each in document["annotations"] if each["iscrowd"]]
    for crowd in crowds:
        height, width = crowd["segmentation"]["size"]
        wanted = coco.decode(coco.frPyObjects(crowd["segmentation"], height, width))
        masks = [each for each in shapes_of(files, images[crowd["image_id"]]) if each["shape_type"] == "mask"]
        assert any((mask_of(each, height, width) == wanted).all() for each in masks)
    assert len(crowds) == 9
    again, said = read(TOLD, files)
    assert again.annotations.num_rows == 839
    assert not said
