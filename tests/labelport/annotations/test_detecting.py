"""Every folder of the fixtures is taken for what it is, and files of other formats for nothing."""

from pathlib import Path

import pytest

from labelport.annotations.detecting import taken
from labelport.annotations.files import AnnotationFile, in_memory
from labelport.annotations.said import Said
from tests.labelport.annotations.registered import format_of
from tests.labelport.annotations.samples import CREATEML, CSV_CORNERS, PASCAL_VOC, SAMPLES, YOLO_DARKNET, Sample
from tests.needs import fixtures

MOST_BYTES = 3_000_000

FOLDERS = {
    "discolight/augmentor-badboxes": "csv_corners",
    "discolight/coco": "coco",
    "discolight/csv-fourcorners": "csv_corners",
    "discolight/csv-widthheight": "csv_size",
    "discolight/pascalvoc": "pascal_voc",
    "discolight/pascalvoc-additional": "pascal_voc",
    "discolight/yolo-keras": "yolo_keras",
    "datumaro/coco/coco_instances": "coco",
    "datumaro/coco/coco_person_keypoints": "coco",
    "datumaro/coco/coco_roboflow": "coco",
    "datumaro/coco/mmdet_coco": "coco",
    "datumaro/kaggle/image_csv_det": "csv_corners csv_size",
    "datumaro/kaggle/relaxed_coco": "coco",
    "datumaro/kaggle/relaxed_voc1": "pascal_voc",
    "datumaro/kaggle/relaxed_voc2": "pascal_voc",
    "datumaro/kaggle/relaxed_yolo": "yolo_darknet",
    "datumaro/roboflow/coco": "coco",
    "datumaro/roboflow/createml": "createml",
    "datumaro/roboflow/multiclass": "csv_classes",
    "datumaro/roboflow/voc": "pascal_voc",
    "datumaro/roboflow/yolo": "yolo_darknet",
    "datumaro/voc/voc_dataset1": "pascal_voc",
    "datumaro/voc/voc_dataset2": "pascal_voc",
    "datumaro/voc/voc_dataset3": "pascal_voc",
    "datumaro/vott_csv/dataset": "csv_corners",
    "datumaro/yolo/annotations": "yolo_darknet",
    "datumaro/yolo/labels": "yolo_darknet",
    "datumaro/yolo/strict": "yolo_darknet",
    "faster_coco_eval/coco": "coco",
    "faster_coco_eval/coco-keypoint": "coco",
    "label-studio-converter/test_import_yolo_data": "yolo_darknet",
    "label-studio-converter/test_import_yolo_data_unif_dims": "yolo_darknet",
    "made/createml": "createml",
    "made/csv": "csv_corners csv_size",
    "made/keras": "yolo_keras",
    "made/labelme": "labelme",
    "made/skeleton": "datature_skeleton",
    "made/voc": "pascal_voc",
    "made/yolo_bad": "yolo_darknet",
    "made/yolo_centre": "yolo_darknet",
    "made/yolo_top_left": "yolo_darknet",
    "source-doc/coco-bbox": "coco",
    "source-doc/coco-polygon": "coco",
    "source-doc/createml": "createml",
    "source-doc/csv-classification": "csv_classes",
    "source-doc/csv-fourcorners": "csv_corners",
    "source-doc/csv-widthheight": "csv_size",
    "source-doc/labelme": "labelme",
    "source-doc/pascalvoc": "pascal_voc",
    "source-doc/yolo-darknet": "yolo_darknet",
    "source-doc/yolo-keras": "yolo_keras",
}
"""By folder: the formats that are in it."""

OF_NOBODY = (
    "datumaro/cvat",
    "datumaro/celeba",
    "datumaro/imagenet_txt",
    "datumaro/roboflow/yolo_obb",
    "label-studio-converter/test_export_yolo",
)
"""Folders of formats that are not read here."""


def below(folder: Path) -> list[AnnotationFile]:
    """Return the files of a folder, large ones and pictures without their bodies' end."""
    return [
        in_memory(path.relative_to(folder).as_posix(), path.read_bytes()[:MOST_BYTES])
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    ]


def parts_by_format(files: list[AnnotationFile], said: Said | None = None) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for each in taken(files, "auto", said or Said()):
        found.setdefault(each.format.id, set()).update(each.claim.parts)
    return found


@pytest.mark.parametrize("folder", sorted(FOLDERS))
def test_a_folder_is_taken_for_what_it_is(folder: str) -> None:
    expected = FOLDERS[folder].split()
    for each in expected:
        format_of(each)
    said = Said()
    assert sorted(parts_by_format(below(fixtures("annotations", *folder.split("/"))), said)) == expected
    assert [(each.file, each.message) for each in said.findings() if each.code == "format.ambiguous"] == []


@pytest.mark.parametrize("folder", OF_NOBODY)
def test_files_of_formats_that_are_not_read_are_taken_by_nobody(folder: str) -> None:
    said = Said()
    files = below(fixtures("annotations", *folder.split("/")))
    assert parts_by_format(files, said) == {}
    assert {each.code for each in said.findings()} <= {"format.unknown", "format.media_left_out", "format.ambiguous"}
    assert "format.unknown" in {each.code for each in said.findings()}


@pytest.mark.parametrize("format_id", [name for name, samples in SAMPLES.items() if samples])
def test_a_sample_is_taken_by_its_format_alone(format_id: str) -> None:
    format_of(format_id)
    for sample in SAMPLES[format_id]:
        files = [in_memory(name, body) for name, body in sample.items()]
        said = Said()
        assert list(parts_by_format(files, said)) == [format_id]
        assert [each.code for each in said.findings() if each.severity != "info"] == []


def both(one: Sample, other: Sample) -> list[AnnotationFile]:
    folders = {f"one/{name}": body for name, body in one.items()} | {f"other/{n}": b for n, b in other.items()}
    return [in_memory(name, body) for name, body in folders.items()]


@pytest.mark.parametrize(
    ("one", "other", "ids"),
    [
        (YOLO_DARKNET[0], PASCAL_VOC[0], ["pascal_voc", "yolo_darknet"]),
        (CREATEML[0], CSV_CORNERS[0], ["createml", "csv_corners"]),
    ],
    ids=["yolo_and_voc", "createml_and_csv"],
)
def test_a_folder_of_two_formats_is_two_claims(one: Sample, other: Sample, ids: list[str]) -> None:
    for each in ids:
        format_of(each)
    said = Said()
    assert sorted(parts_by_format(both(one, other), said)) == ids
    assert said.findings() == []


def test_tfrecords_are_refused_by_name() -> None:
    said = Said()
    assert taken([in_memory("train.tfrecord", b"\0" * 100)], "auto", said) == []
    assert [(each.code, each.file) for each in said.findings()] == [("format.tfrecord_not_read", "train.tfrecord")]


def test_a_format_that_was_told_and_is_not_there_is_an_error() -> None:
    format_of("createml")
    said = Said()
    assert taken([in_memory("a.csv", b"when,what\n1,2\n")], "createml", said) == []
    assert {each.code for each in said.findings() if each.severity == "error"} == {"format.told_absent"}
    with pytest.raises(KeyError):
        taken([], "nonsense", Said())
