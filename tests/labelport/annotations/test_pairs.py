"""From one format to another one and back: what both hold is what it was."""

import numpy as np
import pytest

from labelport.annotations.annotation_set import AnnotationSet, rows_of
from labelport.annotations.contract import Format
from labelport.annotations.holds import KEPT, LOST, SHAPES, Holds
from labelport.annotations.places import image_rows, placed_nowhere
from labelport.tables import CATEGORIES
from labelport.testing.annotation_comparing import Image, differences, images_of
from labelport.testing.annotation_exchange import lost_silently, names_of, read_all, read_back, written
from labelport.testing.annotation_sets import index_of
from tests.labelport.annotations.any_sets import annotation_rows
from tests.labelport.annotations.registered import READ, WRITTEN, format_of
from tests.labelport.annotations.samples import png_text
from tests.needs import fixtures

IMAGES = ("tray/x.jpg", "größe/y.v2.png", "only classes.jpg", "nothing.jpg", "nobody.jpg")
WORDS = ("holes", "rings", "crowd", "keypoints", "scores", "negatives", "unlabelled", "sizes", "extras", "categories")


CLASSES = ("its class", "a flag of the file")
"""What stands in ``Holds`` where a shape becomes a class."""


def rich_set() -> AnnotationSet:
    """Return a set with every kind of shape, in numbers that floats hold whole."""
    box = {"kind": "box", "segmentation_kind": "none"}
    rings = {"kind": "polygon", "segmentation_kind": "polygons"}
    rows = [
        {**box, "image_id": 0, "category_id": 0, "x0": 10.0, "y0": 20.0, "x1": 30.5, "y1": 40.25},
        {**box, "image_id": 1, "category_id": 1, "x0": 0.0, "y0": 0.0, "x1": 64.0, "y1": 32.0, "score": 0.5},
        {**box, "image_id": 0, "category_id": 1, "x0": 5.0, "y0": 5.0, "x1": 9.0, "y1": 9.0, "iscrowd": True},
        {
            **rings, "image_id": 0, "category_id": 0, "x0": 10.0, "y0": 20.0, "x1": 30.0, "y1": 40.0,
            "segmentation": b"[[10, 20, 30, 20, 30, 40]]",
        },
        {
            **rings, "image_id": 1, "category_id": 0, "x0": 1.0, "y0": 2.0, "x1": 21.0, "y1": 22.0,
            "segmentation": b"[[1, 2, 5, 2, 5, 6], [15, 12, 21, 12, 21, 22]]",
        },
        {
            "kind": "rle", "image_id": 0, "category_id": 1, "x0": 0.0, "y0": 10.0, "x1": 1.0, "y1": 40.0,
            "segmentation_kind": "rle_counts", "segmentation": b'{"size": [80, 100], "counts": [10, 5, 20, 5, 7960]}',
        },
        {
            "kind": "mask", "image_id": 0, "category_id": 1, "x0": 50.0, "y0": 60.0, "x1": 54.0, "y1": 62.0,
            "segmentation_kind": "png",
            "segmentation": png_text(np.array([[1, 1, 0, 1], [1, 0, 0, 1]], np.uint8)).encode(),
        },
        {
            "kind": "keypoints", "image_id": 0, "category_id": 0, "x0": 40.0, "y0": 25.0, "x1": 60.0, "y1": 55.0,
            "segmentation_kind": "none", "keypoints": [41.0, 26.0, 2.0, 59.0, 54.0, 1.0],
        },
        {"kind": "class", "image_id": 2, "category_id": 1, "segmentation_kind": "none", "unit": None},
    ]  # fmt: skip
    return AnnotationSet(
        image_rows(
            list(IMAGES),
            placed_nowhere(IMAGES),
            source_file="source",
            pointer=[f"/images/{n}" for n in range(len(IMAGES))],
            state=["labelled", "labelled", "labelled", "negative", "unlabelled"],
            width=np.array([100.0, 64, 50, 50, 50]),
            height=np.array([80.0, 32, 50, 50, 50]),
        ),
        rows_of(CATEGORIES, 2, name=["bolt", "0"], keypoints=[["head", "tip"], None], source_file="source"),
        annotation_rows([{"unit": "pixel", **row} for row in rows]),
    )


def passed(given: AnnotationSet, through: Format, codes: set[str]) -> AnnotationSet:
    """Return what is read of what a format wrote of a set; the codes of its findings are added."""
    files, told = written(through, given)
    codes |= {each.code for each in told}
    back, findings = read_back(through, files, through.Options(), index_of(rich_set(), IMAGES))
    assert [(each.code, each.message) for each in findings if each.severity == "error"] == []
    return back


def both(one: Holds, other: Holds) -> Holds:
    """Return what two formats hold one after the other."""

    def worse(mine: str, yours: str) -> str:
        if LOST in (mine, yours):
            return LOST
        return yours if mine == KEPT else mine

    def there_and_back(kind: str) -> str:
        there = other.shapes.get(kind, LOST)
        # What the other one holds as a class is one for the way back.
        return worse(one.shapes.get("class" if there in CLASSES else kind, LOST), there)

    shapes = {kind: worse(one.shapes.get(kind, LOST), there_and_back(kind)) for kind in SHAPES}
    return Holds(shapes, **{name: worse(getattr(one, name), getattr(other, name)) for name in WORDS})


def images(given: AnnotationSet) -> dict[str, Image]:
    return images_of(given, names_of(given))


@pytest.mark.parametrize("through", READ)
@pytest.mark.parametrize("start", READ)
def test_what_two_formats_hold_comes_back_from_the_other_one(start: str, through: str) -> None:
    one, other = format_of(start), format_of(through)
    assert one.holds is not None
    assert other.holds is not None
    codes: set[str] = set()
    first = passed(rich_set(), one, codes)
    there = passed(first, other, codes)
    assert differences(images(first), images(there), other.holds, codes) == []
    back = passed(there, one, codes)
    assert differences(images(first), images(back), both(one.holds, other.holds), codes) == []


@pytest.mark.parametrize("format_id", WRITTEN)
def test_839_real_annotations_come_back_as_far_as_a_format_holds_them(format_id: str) -> None:
    chosen, coco = format_of(format_id), format_of("coco")
    body = (fixtures("annotations") / "faster_coco_eval/coco/instances_val2014_100.json").read_bytes()
    given, _ = read_all(coco, {"instances.json": body}, coco.Options())
    assert given.annotations.num_rows == 839
    assert lost_silently(chosen, given, chosen.Options()) == []
