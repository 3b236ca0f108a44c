"""What public files and those of the specification hold."""

import json
from pathlib import Path

import numpy as np
import pytest

from labelport.annotations.files import in_memory
from labelport.annotations.formats.csv import CSV_CLASSES, CSV_CORNERS, CSV_SIZE
from tests.labelport.annotations.formats.csv.reading import labels, places, read, rows, states
from tests.needs import fixtures

SIZES = {"x.jpg": (100, 80), "sub/x.jpg": (50, 40), "a;b.jpg": (100, 80), "c.jpg": (100, 80)}


def body(*path: str) -> bytes:
    return fixtures("annotations").joinpath(*path).read_bytes()


def test_the_sample_of_four_corners_has_twenty_cells_of_blood() -> None:
    found, findings = read(
        CSV_CORNERS, body("source-doc", "csv-fourcorners", "annotations.csv"), sizes={"0.jpg": (640, 480)}
    )
    classes = [label for _, label in labels(found)]
    assert (classes.count("RBC"), classes.count("WBC")) == (19, 1)
    assert rows(found)[0] == ("0.jpg", "WBC", 260, 177, 491, 376)
    assert found.images.num_rows == 1
    assert not findings


def test_the_sample_of_widths_starts_with_the_same_box() -> None:
    found, findings = read(CSV_SIZE, body("source-doc", "csv-widthheight", "annotations.csv"))
    assert rows(found)[0] == ("0.jpg", "WBC", 260, 177, 491, 376)
    assert (found.annotations.num_rows, found.images.num_rows) == (4, 2)
    assert not findings


def test_the_sample_of_classes_has_two() -> None:
    found, _ = read(CSV_CLASSES, body("source-doc", "csv-classification", "annotations.csv"))
    assert labels(found) == [("image_1.png", "cat"), ("image_2.png", "dog")]


def test_discolight_writes_shares() -> None:
    found, findings = read(CSV_CORNERS, body("discolight", "csv-fourcorners", "annotations.csv"))
    assert found.annotations.num_rows == 41
    assert places(findings) == [("unit.inferred", "2:2")]
    assert rows(found)[0] == ("wheat1.jpg", "1", 0, 0.799805, 0.037109, 0.94043)
    widths, _ = read(CSV_SIZE, body("discolight", "csv-widthheight", "annotations-wh.csv"))
    np.testing.assert_allclose(
        np.array([row[2:] for row in rows(widths)]), np.array([row[2:] for row in rows(found)]), atol=2e-6
    )


@pytest.mark.parametrize(
    ("name", "kept", "told"),
    [
        ("annotations.csv", 76, []),
        ("annotations-bbox-below-0.csv", 40, [("box.negative_size", "16:2")]),
        ("annotations-bbox-greater-img-width.csv", 75, [("box.negative_size", "8:2")]),
        ("annotations-bbox-greater-img-height.csv", 76, [("box.outside_image", "9:2")]),
    ],
)
def test_bad_boxes_of_discolight_are_found(name: str, kept: int, told: list[tuple[str, str]]) -> None:
    found, findings = read(CSV_CORNERS, body("discolight", "augmentor-badboxes", name))
    assert found.annotations.num_rows == kept
    assert [each for each in places(findings) if each[0] != "unit.inferred"] == told


def test_the_csv_beside_discolights_yolo_has_the_same_76_boxes() -> None:
    found, _ = read(CSV_CORNERS, body("discolight", "yolo-darknet", "annotations.csv"))
    per_image = {name: sum(row[0] == name for row in rows(found)) for name in states(found)}
    assert per_image == {"wheat1.jpg": 41, "wheat2.jpg": 31, "wheat3.jpg": 4}
    yolo = [
        line.split()
        for name in ("wheat1", "wheat2", "wheat3")
        for line in body("discolight", "yolo-darknet", f"{name}.txt").decode().splitlines()
    ]
    lefts = np.array([[float(cell) for cell in line[1:3]] for line in yolo])
    np.testing.assert_allclose(np.array([row[2:4] for row in rows(found)]), lefts, atol=2e-6)


def test_three_forms_of_one_kaggle_file_give_the_same_boxes() -> None:
    made = [
        read(reader, body("datumaro", "kaggle", "image_csv_det", name))[0]
        for reader, name in ((CSV_CORNERS, "ann.csv"), (CSV_SIZE, "ann2.csv"), (CSV_CORNERS, "ann3.csv"))
    ]
    assert rows(made[0]) == rows(made[1]) == rows(made[2])
    assert (made[0].images.num_rows, made[0].annotations.num_rows) == (3, 6)


@pytest.mark.parametrize("name", ["ann.csv", "ann_wo_ext.csv"])
def test_kaggles_files_of_classes(name: str) -> None:
    pictures = {f"images/{number}.jpg": (3, 4) for number in range(1, 7)}
    one, findings = read(CSV_CLASSES, body("datumaro", "kaggle", "image_csv", name), sizes=pictures)
    assert [label for _, label in labels(one)] == ["dog", "cat", "dog", "cat", "cat"]
    several, more = read(CSV_CLASSES, body("datumaro", "kaggle", "image_csv_multi_label", name), sizes=pictures)
    assert several.images.num_rows == 6
    assert [label for _, label in labels(several)] == [
        "dog",
        "cat",
        "person",
        *("dog", "cat"),
        *("dog", "person"),
        *("cat", "person"),
    ]
    assert several.images.column("key").to_pylist() == list(pictures)
    assert not findings
    assert not more


def test_vott_writes_quotes() -> None:
    folder = ("datumaro", "vott_csv", "dataset")
    found, findings = read(CSV_CORNERS, body(*folder, "train-export.csv"), body(*folder, "test-export.csv"))
    assert (found.images.num_rows, found.annotations.num_rows, found.categories.num_rows) == (4, 5, 2)
    assert rows(found)[0] == ("img0003.jpg", "helmet", 6.7, 10.3, 10.0, 15.0)
    assert not findings


def test_roboflow_writes_blanks_and_a_column_for_each_class() -> None:
    folder = ("datumaro", "roboflow", "multiclass")
    found, findings = read(CSV_CLASSES, body(*folder, "train", "_classes.csv"), body(*folder, "val", "_classes.csv"))
    assert labels(found) == [
        ("train_001.jpg", "label_0"),
        ("train_002.jpg", "label_1"),
        ("val_001.jpg", "label_0"),
        ("val_001.jpg", "label_1"),
    ]
    assert not findings


@pytest.mark.parametrize("name", ["csv/four_corners.csv", "csv/widths_that_are_corners.csv"])
def test_made_cases_give_what_is_expected_and_nothing_else(name: str) -> None:
    made = fixtures("annotations", "made")
    expected = json.loads((made / "expected.json").read_bytes())[name]
    file = in_memory("0.csv", (made / name).read_bytes())
    [reader] = [each for each in (CSV_CORNERS, CSV_SIZE, CSV_CLASSES) if each.claims([file], told=False)]
    found, findings = read(reader, (made / name).read_bytes(), sizes=SIZES)
    assert found.annotations.num_rows == expected["annotations"]
    told = places(findings)
    assert len(told) == len(expected["findings"])
    for (code, pointer), (wanted, prefix) in zip(sorted(told), sorted(map(tuple, expected["findings"])), strict=True):
        assert code == wanted
        assert pointer == prefix or (prefix.endswith(":") and pointer.startswith(prefix))


@pytest.mark.parametrize("reader", [CSV_CORNERS, CSV_SIZE, CSV_CLASSES], ids=["corners", "size", "classes"])
def test_no_other_fixture_is_claimed(reader: object) -> None:
    folder = fixtures("annotations")
    others = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".csv"]
    files = [in_memory(str(path.relative_to(folder)), _head(path)) for path in others]
    assert len(files) > 300
    found = [name for claim in reader.claims(files, told=False) for name in claim.parts]  # type: ignore[attr-defined]
    assert [name for name in found if "kaggle/image_txt" not in name] == []


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(65536)
