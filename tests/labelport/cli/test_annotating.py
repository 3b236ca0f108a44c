"""``labelport annotations check`` and ``labelport convert`` as somebody types them."""

import json
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from labelport.cli import app

CSV = "filename,xmin,ymin,xmax,ymax,label\nx.jpg,1,2,30,40,cat\ny.jpg,5,5,900,10,dog\n"


def typed(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def told(*words: str | Path) -> Any:
    return json.loads(typed(*words, "--json").stdout)


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels/a.csv").write_text(CSV)
    return tmp_path / "labels"


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    (tmp_path / "photos/sub").mkdir(parents=True)
    Image.new("L", (100, 80)).save(tmp_path / "photos/sub/x.jpg")
    return tmp_path / "photos"


def test_check_says_format_reason_and_counts_and_writes_nothing(labels: Path) -> None:
    answer = told("annotations", "check", labels)
    assert (answer["exit_code"], answer["images"], answer["annotations"]) == (0, 2, 2)
    assert answer["categories"] == ["cat", "dog"]
    [file] = answer["files"]
    assert (file["file"], file["format"]) == ("a.csv", "csv_corners")
    assert "xmin" in file["why"]
    assert sorted(path.name for path in labels.iterdir()) == ["a.csv"]
    assert "2 annotations of 2 categories on 2 images" in typed("annotations", "check", labels).stdout


@pytest.mark.slow
def test_check_against_images_names_those_that_are_not_there(labels: Path, photos: Path) -> None:
    answer = told("annotations", "check", labels, "--images", photos)
    assert answer["exit_code"] == 1
    [found] = [each for each in answer["findings"] if each["code"] == "name.unmatched"]
    assert (found["file"], found["pointer"], found["value"]) == ("a.csv", "3:1", "y.jpg")


@pytest.mark.slow
def test_convert_with_images_uses_their_sizes_and_their_keys(labels: Path, photos: Path, tmp_path: Path) -> None:
    answer = told("convert", labels, tmp_path / "out", "--to", "yolo_darknet", "--images", photos)
    assert (tmp_path / "out/labels/x.txt").read_text() == "0 0.155 0.2625 0.29 0.475\n"
    codes = {each["code"] for each in answer["findings"]}
    assert {"name.unmatched", "loss.size_unknown"} <= codes


def test_convert_writes_a_folder_an_archive_or_one_file(labels: Path, tmp_path: Path) -> None:
    assert typed("convert", labels, tmp_path / "voc", "--to", "pascal_voc").exit_code == 0
    assert sorted(path.name for path in (tmp_path / "voc").iterdir()) == ["x.xml", "y.xml"]
    assert typed("convert", labels, tmp_path / "voc.tar", "--to", "pascal_voc").exit_code == 0
    with tarfile.open(tmp_path / "voc.tar") as archive:
        assert sorted(archive.getnames()) == ["x.xml", "y.xml"]
    assert typed("convert", labels, tmp_path / "voc.zip", "--to", "pascal_voc").exit_code == 0
    assert sorted(zipfile.ZipFile(tmp_path / "voc.zip").namelist()) == ["x.xml", "y.xml"]
    assert typed("convert", tmp_path / "voc.zip", tmp_path / "again.json", "--to", "coco").exit_code == 0
    boxes = [each["bbox"] for each in json.loads((tmp_path / "again.json").read_bytes())["annotations"]]
    assert boxes == [[1, 2, 29, 38], [5, 5, 895, 5]]
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == [], "no draft is left"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere", "out", "--to", "coco"], "is not there"),
        (["labels", "out", "--to", "cocoo"], "there is no format 'cocoo' to write"),
        (["labels", "out", "--to", "centaur_results"], "there is no format"),
        (["labels", "out", "--to", "dicom_seg"], "there is no format 'dicom_seg' to write"),
        (["labels", "out", "--to", "coco", "--from", "cvs"], "there is no format 'cvs' to read"),
        (["labels", "out", "--to", "coco", "--set", "yolo_origin=corner"], "yolo_origin"),
        (["labels", "out", "--to", "coco", "--set", "yolo_orign=centre"], "write name=value; there are"),
        (["labels", "labels", "--to", "coco"], "holds files already"),
        (["labels", "labels/a.csv", "--to", "coco"], "is there already"),
        (["labels", "out.json", "--to", "pascal_voc"], "writes 2 files"),
        (["empty", "out", "--to", "coco"], "no file lies in"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_use_is_one_sentence_and_exit_code_2(
    words: list[str], said: str, labels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    answer = typed("convert", *words)
    assert answer.exit_code == 2, answer.output
    assert said in " ".join(answer.output.split())
    assert not (tmp_path / "out.json").exists()


def test_two_images_that_would_get_one_file_stop_the_conversion(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(CSV.replace("y.jpg", "x.png"))
    answer = typed("convert", tmp_path / "a.csv", tmp_path / "out", "--to", "pascal_voc")
    assert answer.exit_code == 2
    assert "nothing was written" in answer.output
    assert not list((tmp_path / "out").glob("*"))


def test_what_the_target_cannot_hold_is_listed(labels: Path, tmp_path: Path) -> None:
    answer = told("convert", labels, tmp_path / "a.json", "--to", "createml")
    assert answer["exit_code"] == 0
    assert json.loads((tmp_path / "a.json").read_bytes())[0]["annotations"][0]["label"] == "cat"
    answer = told("convert", labels, tmp_path / "b.csv", "--to", "csv_classes")
    assert {each["code"]: each["count"] for each in answer["findings"] if each["severity"] == "loss"}


def test_control_characters_of_names_reach_no_terminal(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("filename,xmin,ymin,xmax,ymax,label\n\x1b[31mx.jpg,1,2,three,4,a\n")
    answer = typed("annotations", "check", tmp_path)
    assert "csv.bad_number" in answer.output
    assert "\x1b[31m" not in answer.output
