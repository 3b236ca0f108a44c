import pytest

from labelport.annotations.contract import Claim
from labelport.annotations.detecting import SURE
from labelport.annotations.files import AnnotationFile, in_memory
from labelport.annotations.formats.yolo_darknet import YOLO_DARKNET
from labelport.annotations.formats.yolo_darknet.claiming import BROKEN, EMPTY, OTHER, ROWS, look_at
from labelport.annotations.formats.yolo_keras import YOLO_KERAS
from labelport.errors import ObjectAbsent
from tests.labelport.annotations.formats.yolo_darknet.reading_texts import claimed, files_below
from tests.needs import fixtures

ROW = b"0 0.5 0.5 0.2 0.2\n"


def parts(files: dict[str, bytes], *, told: bool = False) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    return [(claim.parts, claim.shared) for claim in claimed(YOLO_DARKNET, files, told=told)]


def test_the_layout_of_the_page() -> None:
    assert parts({"label.labels": b"a", "x.txt": ROW, "y.txt": b""}) == [(("x.txt", "y.txt"), ("label.labels",))]


def test_ultralytics_lays_labels_beside_images() -> None:
    files = {"data.yaml": b"names: [a]", "images/train/1.jpg": b"", "labels/train/1.txt": ROW, "labels/val/1.txt": ROW}
    assert parts(files) == [(("labels/train/1.txt", "labels/val/1.txt"), ("data.yaml",))]


def test_darknet_has_lists_of_images_and_a_file_of_paths_that_hold_no_rows() -> None:
    files = {
        "obj.data": b"classes = 1\nnames = data/obj.names\n",
        "obj.names": b"a\n",
        "obj_train_data/1.txt": ROW,
        "train.txt": b"data/obj_train_data/1.jpg\n",
        "README.txt": b"Made in 2026 with 3 tools.\n",
    }
    assert parts(files) == [(("obj_train_data/1.txt",), ("obj.names", "obj.data"))]


def test_names_that_are_called_otherwise_are_taken_too() -> None:
    assert parts({"coco.names": b"a", "x.txt": ROW}) == [(("x.txt",), ("coco.names",))]
    assert parts({"_darknet.labels": b"a", "x.txt": ROW}) == [(("x.txt",), ("_darknet.labels",))]


def test_the_nearest_list_wins() -> None:
    files = {"label.labels": b"a", "x.txt": ROW, "b/classes.txt": b"b", "b/labels/y.txt": ROW, "c/z.txt": ROW}
    assert parts(files) == [(("x.txt", "c/z.txt"), ("label.labels",)), (("b/labels/y.txt",), ("b/classes.txt",))]


def test_txts_without_a_list_are_one_claim_with_the_empty_ones_of_their_folders() -> None:
    files = {"a/1.txt": ROW, "a/2.txt": b"", "b/3.txt": ROW, "other/4.txt": b""}
    assert parts(files) == [(("a/1.txt", "a/2.txt", "b/3.txt"), ())]


def test_one_txt_alone_is_not_sure() -> None:
    (claim,) = claimed(YOLO_DARKNET, {"x.txt": ROW})
    assert claim.confidence < SURE
    (claim,) = claimed(YOLO_DARKNET, {"x.txt": ROW, "y.txt": ROW})
    assert claim.confidence >= SURE


def test_only_empty_txts_are_a_dataset_beside_a_list_of_its_own_kind() -> None:
    assert parts({"label.labels": b"a", "labels/x.txt": b"", "labels/y.txt": b"\n"}) == [
        (("labels/x.txt", "labels/y.txt"), ("label.labels",))
    ]
    assert parts({"label.txt": b"a", "x.txt": b""}) == []
    assert parts({"x.txt": b""}) == []


def test_a_label_txt_of_rows_is_an_image_and_one_of_names_is_a_list() -> None:
    assert parts({"label.txt": ROW, "x.txt": ROW}) == [(("label.txt", "x.txt"), ())]
    assert parts({"label.txt": b"cat\ndog\n", "x.txt": ROW}) == [(("x.txt",), ("label.txt",))]


@pytest.mark.parametrize(
    ("body", "look"),
    [
        (b"0 0.5 0.5 0.2 0.2", ROWS),
        (b"\xef\xbb\xbf\r\n 1.0\t.5 5e-1 +0.2 0.2 0.9\r\n", ROWS),
        (b"0 .1 .1 .2 .1 .2 .2", ROWS),
        (b"0 100 50 20 30", BROKEN),
        (b"bolt 0.5 0.5 0.2 0.2", BROKEN),
        (b"0 0.5 0.5 0.2", BROKEN),
        ("0 0.5 0.5 0.2 0.2\n".encode("utf-16"), ROWS),
        (b"", EMPTY),
        (b" \r\n\n", EMPTY),
        (b"0.jpg 260,177,491,376,0", OTHER),
        (b"1 1 1 5 5 5 5 1 label_1 0", OTHER),
        (b"a.jpg\nb.jpg\n", OTHER),
        (b"000001.jpg 95 71 226 313 5 5 5", BROKEN),
        (b"a few words, 3 of them numbers: 1 2", OTHER),
        (b"\0\0\0\0", OTHER),
    ],
)
def test_how_a_txt_looks(body: bytes, look: str) -> None:
    assert look_at(in_memory("x.txt", body)) == look


def test_broken_txts_are_claimed_beside_a_list_so_that_their_errors_are_said() -> None:
    assert parts({"label.labels": b"a", "x.txt": b"bolt 0.5 0.5 0.2 0.2"}) == [(("x.txt",), ("label.labels",))]
    assert parts({"x.txt": b"bolt 0.5 0.5 0.2 0.2", "y.txt": b"0 1 2 3"}) == []
    assert parts({"x.txt": b"bolt 0.5 0.5 0.2 0.2"}, told=True) == [(("x.txt",), ())]


def test_rows_of_dota_are_another_format() -> None:
    assert claimed(YOLO_DARKNET, files_below(fixtures("annotations", "datumaro", "roboflow", "yolo_obb"))) == []


def test_a_file_that_is_gone_is_nobodys() -> None:
    def gone(start: int, length: int) -> bytes:
        raise ObjectAbsent("x.txt")

    file = AnnotationFile("x.txt", 10, "", gone)
    assert look_at(file) == OTHER
    assert YOLO_KERAS.claims([file], told=True) == []


def test_keras_and_darknet_in_one_folder_take_their_own() -> None:
    files = {"label.labels": b"a", "label.txt": b"a", "x.txt": ROW, "annotation.txt": b"x.jpg 1,2,3,4,0\n"}
    assert [claim.parts for claim in claimed(YOLO_DARKNET, files)] == [("x.txt",)]
    assert [claim.parts for claim in claimed(YOLO_KERAS, files)] == [("annotation.txt",)]


def test_very_deep_folders_find_their_list() -> None:
    deep = "a/" * 5000
    assert parts({"label.labels": b"a", f"{deep}x.txt": ROW, f"{deep}y.txt": ROW})[0][1] == ("label.labels",)


def test_claims_are_the_same_in_words_at_each_time() -> None:
    files = {"label.labels": b"a", "x.txt": ROW}
    expected = Claim(("x.txt",), ("label.labels",), 0.95, "rows of numbers below label.labels")
    assert claimed(YOLO_DARKNET, files) == [expected]
