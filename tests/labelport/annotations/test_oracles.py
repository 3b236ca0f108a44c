"""What the fixtures are known to hold: the vendor's own samples in several formats, and every broken file of ours."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from labelport.annotations.annotation_set import AnnotationSet
from labelport.annotations.boxes import in_pixels
from labelport.annotations.files import AnnotationFile, in_memory
from labelport.annotations.matching import Matcher
from labelport.annotations.places import PLACE_SCHEMA
from labelport.annotations.reading import Read, read_annotations
from labelport.annotations.said import Said
from labelport.options import AnnotationOptions
from tests.labelport.annotations.registered import format_of
from tests.needs import fixtures

Sizes = Mapping[str, tuple[int | None, int | None]]
UNKNOWN = (None, None)
Box = tuple[str, str, tuple[float, ...]]


def read_folder(
    folder: Path,
    format_id: str,
    sizes: Sizes,
    *,
    names: Iterable[str] | None = None,
    **options: Any,
) -> Read:
    """Return what is read of a folder whose images are those of ``sizes``."""
    chosen = format_of(format_id)
    files = [
        in_memory(path.relative_to(folder).as_posix(), path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file() and (names is None or path.name in names)
    ]
    return read_files(files, format_id, sizes, chosen.Options.model_validate(options))


def read_files(files: list[AnnotationFile], format_id: str, sizes: Sizes, options: AnnotationOptions) -> Read:
    rows = [{"store": "raw", "key": key, "width": w, "height": h} for key, (w, h) in sorted(sizes.items())]
    said = Said()
    place = Matcher(pa.Table.from_pylist(rows, schema=PLACE_SCHEMA), options, said)
    return read_annotations(files, format_id=format_id, options=options, place=place, said=said)


def boxes(given: AnnotationSet) -> list[Box]:
    """Return (image, category, box in pixels) of all annotations, images by their keys, rounded to 1e-4 pixels."""
    keys, names = given.images.column("key").to_pylist(), given.categories.column("name").to_pylist()
    rows = zip(
        given.annotations.column("image_id").to_pylist(),
        given.annotations.column("category_id").to_pylist(),
        np.round(in_pixels(given), 4).tolist(),
        strict=True,
    )
    return [(keys[image], names[category], tuple(box)) for image, category, box in rows]


WHEAT = {f"wheat{n}.jpg": (1024, 1024) for n in (1, 2, 3)}
DISCOLIGHT = {
    "coco": ("coco", {}),
    "pascal_voc": ("pascalvoc", {}),
    "yolo_keras": ("yolo-keras", {}),
    "yolo_darknet": ("yolo-darknet", {"yolo_origin": "top_left"}),
}


def wheat(format_id: str) -> list[Box]:
    folder, options = DISCOLIGHT[format_id]
    read = read_folder(fixtures("annotations", "discolight", folder), format_id, WHEAT, **options)
    return boxes(read.annotations)


@pytest.mark.parametrize("format_id", list(DISCOLIGHT))
def test_the_vendors_76_boxes_are_the_same_in_four_formats(format_id: str) -> None:
    found = wheat(format_id)
    assert [sum(key == f"wheat{n}.jpg" for key, _, _ in found) for n in (1, 2, 3)] == [41, 31, 4]
    assert found[0][2] == (0, 819.0003, 37.9996, 963.0003)
    told = sorted((key, box) for key, _, box in wheat("coco"))
    for (key, box), (other_key, other) in zip(sorted((k, b) for k, _, b in found), told, strict=True):
        assert key == other_key
        assert box == pytest.approx(other, abs=2e-3)


PAGE = {"0.jpg": (640, 480), "1.jpg": (640, 480), "image1.jpg": (640, 480)}
FIRST = (260, 177, 491, 376)
PAGE_SAMPLES = {
    "coco": ("coco-bbox", {}),
    "csv_corners": ("csv-fourcorners", {}),
    "csv_size": ("csv-widthheight", {}),
    "pascal_voc": ("pascalvoc", {}),
    "yolo_darknet": ("yolo-darknet", {"yolo_origin": "top_left"}),
    "yolo_keras": ("yolo-keras", {}),
}


@pytest.mark.parametrize("format_id", list(PAGE_SAMPLES))
def test_the_pages_first_box_is_the_same_in_six_formats(format_id: str) -> None:
    folder, options = PAGE_SAMPLES[format_id]
    read = read_folder(fixtures("annotations", "source-doc", folder), format_id, PAGE, **options)
    assert boxes(read.annotations)[0][2] == pytest.approx(FIRST, abs=1e-3)


@pytest.mark.parametrize(
    ("format_id", "folder", "images", "annotations"),
    [
        ("coco", "coco-bbox", 1, 1),
        ("coco", "coco-polygon", 1, 0),
        ("csv_corners", "csv-fourcorners", 1, 20),
        ("csv_size", "csv-widthheight", 2, 4),
        ("pascal_voc", "pascalvoc", 1, 1),
        ("yolo_darknet", "yolo-darknet", 1, 2),
        ("yolo_keras", "yolo-keras", 2, 13),
        ("createml", "createml", 1, 2),
        ("labelme", "labelme", 1, 3),
        ("csv_classes", "csv-classification", 2, 2),
    ],
)
def test_the_pages_samples_hold_what_the_page_shows(format_id: str, folder: str, images: int, annotations: int) -> None:
    read = read_folder(fixtures("annotations", "source-doc", folder), format_id, PAGE)
    assert (read.annotations.images.num_rows, read.annotations.annotations.num_rows) == (images, annotations)


def test_the_pages_first_rows_agree_in_two_formats_that_name_more() -> None:
    options = {"yolo_origin": "top_left"}
    yolo = read_folder(fixtures("annotations", "source-doc", "yolo-darknet"), "yolo_darknet", PAGE, **options)
    corners = read_folder(fixtures("annotations", "source-doc", "csv-fourcorners"), "csv_corners", PAGE)
    for mine, other in zip(boxes(yolo.annotations), boxes(corners.annotations)[:2], strict=True):
        assert mine[2] == pytest.approx(other[2], abs=1e-3)
    createml = read_folder(fixtures("annotations", "source-doc", "createml"), "createml", PAGE)
    assert [box for _, _, box in boxes(createml.annotations)] == [(123, 1, 202, 89), (20, 1, 271, 351)]


MADE_SIZES: dict[str, tuple[int | None, int | None]] = {"x.jpg": (100, 80), "sub/x.jpg": (50, 40)}
OTHERS = ("a b.jpg", "a;b.jpg", "c.jpg", "d.jpg", "empty.jpg", "y.jpg")
"""Images that some files name, of sizes that nobody knows."""

MADE_FORMATS = {
    "coco": "coco", "createml": "createml", "keras": "yolo_keras", "labelme": "labelme", "skeleton": "datature_skeleton",
    "voc": "pascal_voc", "yolo_bad": "yolo_darknet", "yolo_centre": "yolo_darknet", "yolo_top_left": "yolo_darknet",
}  # fmt: skip
MADE_TOGETHER = ("keras", "yolo_bad", "yolo_centre", "yolo_top_left")
"""Folders whose files are read with each other."""


def made_cases() -> dict[str, Any]:
    cases: dict[str, Any] = json.loads((fixtures("annotations", "made") / "expected.json").read_text())
    return cases


def made_sizes(body: bytes, format_id: str) -> Sizes:
    """Return the images of a case: ours, and those that a COCO file names."""
    sizes: dict[str, tuple[int | None, int | None]] = dict.fromkeys(OTHERS, UNKNOWN) | MADE_SIZES
    if format_id == "coco":
        try:
            sizes |= {each["file_name"]: (each["width"], each["height"]) for each in json.loads(body)["images"]}
        except (ValueError, KeyError, TypeError):
            return sizes
    return sizes


def made_problems(name: str, expected: dict[str, Any]) -> list[str]:
    """Return what is not as ``expected.json`` says, in words."""
    folder = fixtures("annotations", "made")
    head, _, file = name.partition("/")
    format_id = MADE_FORMATS.get(head) or ("csv_size" if "widths" in file else "csv_corners")
    files = sorted((folder / head).iterdir()) if head in MADE_TOGETHER else [folder / name]
    listed = [in_memory(path.name, path.read_bytes()) for path in files]
    sizes = made_sizes((folder / name).read_bytes(), format_id)
    # What the user would do: nothing is told of the format, but of what is too broken to say itself.
    read = read_files(listed, "auto", sizes, AnnotationOptions())
    if not read.claims:
        read = read_files(listed, format_id, sizes, AnnotationOptions())
    table = read.annotations.skeletons if head == "skeleton" else read.annotations.annotations
    rows = sum(each == file for each in table.column("source_file").to_pylist())
    if head == "skeleton":
        rows = sum(map(len, table.column("keypoints").to_pylist()))
    problems = [] if rows == expected["annotations"] else [f"{rows} annotations, not {expected['annotations']}"]
    found = [(each.code, each.pointer) for each in read.findings if each.file == file and each.severity != "info"]
    listed_info = {code for code, _ in expected["findings"]}
    found += [
        (e.code, e.pointer) for e in read.findings if e.file == file and e.code in listed_info and e.severity == "info"
    ]
    wanted = [(code, pointer.removeprefix(f"{file}:")) for code, pointer in expected["findings"]]
    for code, pointer in wanted:
        match = next((one for one in found if one[0] == code and _points_to(one[1], pointer)), None)
        if match is None:
            problems.append(f"{code} at {pointer} was not said; said: {found}")
        else:
            found.remove(match)
    return problems + [f"{code} at {pointer} was said, and is not expected" for code, pointer in found]


def _points_to(pointer: str, expected: str) -> bool:
    return pointer.startswith(expected) if expected.endswith(":") else pointer == expected


MADE_FILES = {
    "coco": "ok.json category_absent.json category_id_0.json duplicate_annotation_id.json image_absent.json no_iscrowd.json no_bbox_but_polygon.json polygon_one_point.json polygon_odd_numbers.json negative_width.json nan.json outside_image.json string_ids.json float_image_id.json rle_compressed.json rle_compressed_ok.json rle_size_mismatch.json rle_sum_short.json rle_not_crowd.json year_is_text.json two_errors_at_once.json extras_everywhere.json keypoints.json keypoints_nested.json keypoints_wrong_length.json keypoints_wrong_count.json skeleton_zero_based.json",
    "voc": "doctype.xml ok.xml swapped_corners.xml parts.xml zero_min.xml",
    "yolo_centre": "label.labels x.txt",
    "yolo_top_left": "label.labels x.txt",
    "yolo_bad": "label.labels x.txt empty.txt",
    "keras": "label.txt annotation.txt",
    "csv": "four_corners.csv widths_that_are_corners.csv",
    "createml": "ok.json",
    "labelme": "shapes.json",
    "skeleton": "hand.json bad.json",
}
MADE_NAMES = [f"{folder}/{file}" for folder, files in MADE_FILES.items() for file in files.split()]


@pytest.mark.parametrize("name", MADE_NAMES)
def test_every_made_file_gives_its_annotations_and_findings_and_no_others(name: str) -> None:
    expected = made_cases()[name]
    head = name.partition("/")[0]
    format_of(MADE_FORMATS.get(head, "csv_corners"))
    assert made_problems(name, expected) == []


def test_all_made_files_are_tested() -> None:
    assert sorted(MADE_NAMES) == sorted(made_cases())
