import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from pycocotools import mask

from benchmarks.coco_made import CATEGORY_IDS, CHUNK, SIZES, Variant, pieces, write

IMAGES, ANNOTATIONS = 200, CHUNK + 500


def coco(images: int, annotations: int, **variant: Any) -> Any:
    return json.loads("".join(pieces(images, annotations, Variant(**variant))))


@pytest.fixture(scope="module")
def whole() -> Any:
    return coco(IMAGES, ANNOTATIONS)


def test_equal_arguments_give_equal_bytes(tmp_path: Path) -> None:
    write(tmp_path / "a.json", 30, 200)
    write(tmp_path / "b.json", 30, 200)
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["a.json", "b.json"]


def test_it_has_as_many_images_and_annotations_as_told_and_one_image_of_a_hundred_is_empty(whole: Any) -> None:
    images = {image["id"]: image for image in whole["images"]}
    each = Counter(annotation["image_id"] for annotation in whole["annotations"])
    assert len(images) == IMAGES
    assert each.total() == ANNOTATIONS
    assert set(each) < set(images)
    assert len(images) - len(each) == IMAGES // 100
    assert all((image["width"], image["height"]) in SIZES for image in images.values())
    assert all(image["file_name"] == f"{number:012d}.jpg" for number, image in images.items())


def test_ids_are_unique_and_in_no_order_and_categories_are_those_of_coco(whole: Any) -> None:
    numbers = [annotation["id"] for annotation in whole["annotations"]]
    assert len(set(numbers)) == ANNOTATIONS
    assert numbers != sorted(numbers)
    assert [category["id"] for category in whole["categories"]] == list(CATEGORY_IDS)
    assert len(CATEGORY_IDS) == 80
    assert {annotation["category_id"] for annotation in whole["annotations"]} <= set(CATEGORY_IDS)


def test_boxes_are_the_bounds_of_their_polygons_and_lie_in_their_image(whole: Any) -> None:
    images = {image["id"]: image for image in whole["images"]}
    for annotation in whole["annotations"]:
        image = images[annotation["image_id"]]
        x, y, width, height = annotation["bbox"]
        assert 0 <= x < x + width <= image["width"] + 0.01
        assert 0 <= y < y + height <= image["height"] + 0.01
        if annotation["iscrowd"]:
            continue
        rings = annotation["segmentation"]
        xs = [value for ring in rings for value in ring[::2]]
        ys = [value for ring in rings for value in ring[1::2]]
        assert annotation["bbox"] == pytest.approx([min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)], abs=0.011)
        assert annotation["area"] == pytest.approx(sum(map(shoelace, rings)), abs=1e-3)
        assert all(len(ring) >= 8 for ring in rings)


def shoelace(ring: list[float]) -> float:
    points = list(zip(ring[::2], ring[1::2], strict=True))
    following = [*points[1:], points[0]]
    return abs(sum(x * v - u * y for (x, y), (u, v) in zip(points, following, strict=True))) / 2


def test_crowds_are_masks_that_pycocotools_takes(whole: Any) -> None:
    crowds = [annotation for annotation in whole["annotations"] if annotation["iscrowd"]]
    assert 0.005 < len(crowds) / ANNOTATIONS < 0.015
    for annotation in crowds:
        shape = annotation["segmentation"]
        assert sum(shape["counts"]) == shape["size"][0] * shape["size"][1]
        assert len(shape["counts"]) <= 400
        assert mask.area(mask.frPyObjects(shape, *shape["size"])) == annotation["area"]


def test_a_variant_leaves_out_and_changes_nothing_else(whole: Any) -> None:
    boxes = coco(IMAGES, ANNOTATIONS, boxes_only=True)
    assert all(annotation["segmentation"] == [] for annotation in boxes["annotations"])
    assert boxes["annotations"] == [{**annotation, "segmentation": []} for annotation in whole["annotations"]]
    first = coco(IMAGES, ANNOTATIONS, first=7)
    assert first["images"] == whole["images"][:7]
    kept = {image["id"] for image in first["images"]}
    assert first["annotations"] == [each for each in whole["annotations"] if each["image_id"] in kept]


@pytest.mark.parametrize(("images", "annotations"), [(1, 0), (1, 1), (5, 2), (2, 50)])
def test_small_files_are_whole(images: int, annotations: int) -> None:
    made = coco(images, annotations)
    assert (len(made["images"]), len(made["annotations"])) == (images, annotations)
