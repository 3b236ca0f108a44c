import json

import pytest

from labelport.annotations.formats.yolo_darknet import YOLO_DARKNET
from labelport.options import AnnotationOptions
from tests.labelport.annotations.formats.yolo_darknet.reading_texts import (
    boxes_of,
    claimed,
    column,
    files_below,
    read_all,
    read_claim_of,
)
from tests.needs import fixtures


def test_the_page_says_centre_and_its_sample_is_top_left() -> None:
    files = files_below(fixtures("annotations", "source-doc", "yolo-darknet"))
    parsed, said = read_all(YOLO_DARKNET, files, options=AnnotationOptions(yolo_origin="top_left"))
    pixels = [(x0 * 640, y0 * 480, x1 * 640, y1 * 480) for x0, y0, x1, y1 in boxes_of(parsed.annotations)]
    assert [[round(value, 4) for value in box] for box in pixels] == [[260, 177, 491, 376], [78, 336, 184, 435]]
    assert said == []
    assert column(parsed.annotations, "name", "categories") == ["WBC", "RBC"]
    assert column(parsed.annotations, "category_id") == [0, 1]
    assert read_all(YOLO_DARKNET, files)[0].decided == {"yolo_origin": "centre"}


def test_twelve_of_76_rows_decide_that_discolight_writes_the_corner() -> None:
    files = files_below(fixtures("annotations", "discolight", "yolo-darknet"))
    parsed, said = read_all(YOLO_DARKNET, files)
    assert said == [("yolo.no_labels", "wheat1.txt", ""), ("yolo.looks_top_left", "wheat1.txt", "1")]
    assert sum(counts["against_centre"] for counts in parsed.evidence.values()) == 12
    assert not any("against_top_left" in counts for counts in parsed.evidence.values())
    files_of_rows = column(parsed.annotations, "source_file")
    assert [files_of_rows.count(f"wheat{n}.txt") for n in (1, 2, 3)] == [41, 31, 4]
    x0, y0, x1, y1 = boxes_of(parsed.annotations)[0]
    assert [x0 * 1024, y0 * 1024, x1 * 1024, y1 * 1024] == pytest.approx([0, 819.00032, 37.999616, 963.00032])
    assert column(parsed.annotations, "name", "categories") == ["1"]


@pytest.mark.parametrize(
    ("folder", "counts", "names", "labels"),
    [
        ("yolo/strict", (1, 2), ["obj_train_data/1"], 10),
        ("yolo/labels", (2, 4), ["train/1", "val/1"], 10),
        ("yolo/annotations", (1, 2), ["Annotations/1"], 10),
        ("kaggle/relaxed_yolo", (2, 4), ["1", "2"], 4),
        ("roboflow/yolo", (3, 4), ["train/labels/train_001", "train/labels/train_002", "val/labels/val_001"], 2),
    ],
)
def test_the_layouts_of_datumaro(folder: str, counts: tuple[int, int], names: list[str], labels: int) -> None:
    parsed, said = read_all(YOLO_DARKNET, files_below(fixtures("annotations", "datumaro", *folder.split("/"))))
    found = parsed.annotations
    assert (found.images.num_rows, found.annotations.num_rows) == counts
    assert column(found, "name_given", "images") == names
    assert found.categories.num_rows == labels
    assert parsed.decided == {"yolo_origin": "centre"}
    assert [code for code, _, _ in said] == (["yolo.no_labels"] if "kaggle" in folder else [])


def test_label_studio_has_seven_files_of_25_rows() -> None:
    files = files_below(fixtures("annotations", "label-studio-converter", "test_import_yolo_data"))
    parsed, said = read_all(YOLO_DARKNET, files)
    files_of_rows = column(parsed.annotations, "source_file")
    assert [files_of_rows.count(f"labels/img_{n}.txt") for n in range(1, 8)] == [4, 4, 4, 4, 3, 4, 2]
    assert column(parsed.annotations, "name_given", "images") == [f"img_{n}" for n in range(1, 8)]
    assert column(parsed.annotations, "name", "categories") == ["closed_door", "opened_door", "bus", "number"]
    assert said == []


@pytest.mark.parametrize("folder", ["yolo_centre", "yolo_top_left", "yolo_bad"])
def test_the_made_cases_give_what_is_expected_of_them(folder: str) -> None:
    made = fixtures("annotations", "made")
    expected = json.loads((made / "expected.json").read_bytes())
    files = {name: body for name, body in files_below(made).items() if name.startswith(f"{folder}/")}
    (claim,) = claimed(YOLO_DARKNET, files)
    parsed, said = read_claim_of(YOLO_DARKNET, files, claim)
    files_of_rows = column(parsed.annotations, "source_file")
    for name in files:
        base = name.removeprefix(f"{folder}/")
        assert files_of_rows.count(name) == expected[name]["annotations"]
        found = sorted([code, f"{base}:{pointer}"] for code, file, pointer in said if file == name)
        assert found == sorted(expected[name]["findings"])


def test_the_made_cases_are_boxes_of_either_origin() -> None:
    made = fixtures("annotations", "made")
    both = [
        read_all(YOLO_DARKNET, files_below(made / f"yolo_{origin}"))[0].annotations for origin in ("centre", "top_left")
    ]
    assert [boxes_of(each) for each in both] == [[(0.0, 0.25, 0.5, 0.75), (0.8, 0.8, 1.0, 1.0)]] * 2
