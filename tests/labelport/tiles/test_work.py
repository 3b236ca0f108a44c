"""The work of a worker: one row an object, and a bad one costs itself."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from labelport.storage.access import access_of
from labelport.storage.opening import open_bucket
from labelport.tiles.making import made_pictures
from labelport.tiles.picture import RESULT, Picture, picture_of, row_of
from labelport.tiles.work import WANTED, pictures
from tests.labelport.probing.dicom_files import data_set, saved
from tests.labelport.tiles.volumes import volume
from tests.media import clip, photo, png_bomb

FILES = {
    "a.jpg": ("image", photo("JPEG", 40, 30)),
    "a.dcm": ("dicom", saved(data_set(7))),
    "a.nii": ("nifti", volume(np.zeros((5, 4, 3), np.uint8))),
    "a.mp4": ("video", clip("mp4", frames=3)),
    "bad.png": ("image", b"\x89PNG\r\n\x1a\nnothing"),
    "bad.dcm": ("dicom", b"nothing at all"),
    "bad.nii": ("nifti", bytes(500)),
    "bad.mp4": ("video", b"ffconcat version 1.0\n"),
    "bomb.png": ("image", png_bomb(100_000, 100_000)),
    "a.wav": ("audio", b"RIFF"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, (_, body) in FILES.items():
        (tmp_path / name).write_bytes(body)
    return tmp_path


def wanted(folder: Path) -> list[dict[str, Any]]:
    bucket = open_bucket(folder.as_uri())
    return [
        {"key": name, "kind": kind, "size": len(body), "token": bucket.head(name).token}
        for name, (kind, body) in FILES.items()
    ]


def worked(folder: Path, rows: list[dict[str, Any]], **options: Any) -> list[dict[str, Any]]:
    begun: list[int] = []
    batch = pa.RecordBatch.from_pylist(rows, schema=WANTED)
    found = pictures(batch, {**access_of(open_bucket(folder.as_uri())), **options}, begun.append)
    assert found.schema == RESULT
    assert begun == list(range(len(rows)))
    rows_found: list[dict[str, Any]] = found.to_pylist()
    return rows_found


def test_every_kind_gives_a_picture_and_what_is_bad_a_few_words(folder: Path) -> None:
    found = worked(folder, wanted(folder))
    sizes = [(row["width"], row["height"]) for row in found[:4]]
    assert sizes == [(40, 30), (6, 4), (5, 4), (96, 64)]
    for row in found[4:]:
        assert picture_of(row) is None
        assert 0 < len(row["why_not"]) < 30
    assert found[-2]["why_not"] in ("too many pixels", "cannot be decoded")


def test_words_are_ours_and_never_those_of_a_file_or_a_library(folder: Path) -> None:
    rows = wanted(folder)
    for row in rows:
        (folder / row["key"]).write_bytes(b"JANE DOE " * 40)
    said = {row["why_not"] for row in worked(folder, rows)}
    assert said == {"changed or vanished", "has no picture"}


def test_an_object_that_is_gone_or_changed_is_not_shown(folder: Path) -> None:
    rows = wanted(folder)[:2]
    (folder / "a.jpg").unlink()
    (folder / "a.dcm").write_bytes(saved(data_set(8)) + b"\0")
    assert [row["why_not"] for row in worked(folder, rows)] == ["changed or vanished"] * 2


def test_the_token_of_a_rendition_is_the_md5_of_its_file(folder: Path) -> None:
    body = FILES["a.jpg"][1]
    row = {"key": "a.jpg", "kind": "image", "size": len(body), "token": hashlib.md5(body).hexdigest()}
    [good] = worked(folder, [row], tokens="md5")
    [other] = worked(folder, [{**row, "token": "0" * 32}], tokens="md5")
    assert picture_of(good) is not None
    assert other["why_not"] == "changed or vanished"


def test_a_ground_to_draw_on_has_no_colours(folder: Path) -> None:
    [row] = worked(folder, wanted(folder)[:1], grey=True, side=10)
    made = picture_of(row)
    assert made is not None
    assert made.pixels.shape == (8, 10)


@pytest.mark.parametrize("shape", [(3, 5), (3, 5, 3), (1, 1), (1, 3), (3, 1, 3)])
def test_a_picture_comes_back_from_its_row(shape: tuple[int, ...]) -> None:
    pixels = np.random.default_rng(1).integers(0, 255, shape, np.uint8)
    again = picture_of(through_arrow(Picture(50, 30, pixels)))
    assert again is not None
    assert (again.width, again.height) == (50, 30)
    assert np.array_equal(again.pixels, pixels)


def through_arrow(picture: Picture) -> dict[str, Any]:
    [row] = pa.RecordBatch.from_pylist([row_of(picture)], schema=RESULT).to_pylist()
    return dict(row)


def test_colours_become_grey_by_their_luma() -> None:
    assert Picture(1, 1, np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], np.uint8)).grey.tolist() == [[76, 150, 29]]


def test_workers_give_what_the_work_gives_in_the_order_that_was_asked(folder: Path) -> None:
    found = made_pictures(open_bucket(folder.as_uri()), wanted(folder), side=20)
    for made, row in zip(found, worked(folder, wanted(folder), side=20), strict=True):
        expected = picture_of(row)
        if expected is None:
            assert made == row["why_not"]
        else:
            assert isinstance(made, Picture)
            assert np.array_equal(made.pixels, expected.pixels)
    assert isinstance(found[0], Picture)
    assert found[0].pixels.shape == (15, 20, 3)
