import os
from collections.abc import Callable
from pathlib import Path

import pytest

from labelport.storage.fingerprint import folder_fingerprint


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/x.jpg").write_bytes(b"1")
    (tmp_path / "y.jpg").write_bytes(b"2")
    return tmp_path


def fingerprint(root: Path, **options: list[str]) -> str:
    found = folder_fingerprint(str(root), seconds=30, **options)
    assert found is not None
    return found


def test_a_folder_that_nobody_touches_keeps_its_fingerprint(root: Path) -> None:
    assert fingerprint(root) == fingerprint(root)


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / "new").write_bytes(b""),
        lambda root: (root / "a/x.jpg").unlink(),
        lambda root: (root / "a/x.jpg").write_bytes(b"12"),
        lambda root: os.utime(root / "a/x.jpg", ns=(0, 1)),
        lambda root: (root / "a").rename(root / "b"),
    ],
)
def test_every_change_of_a_file_changes_it(root: Path, change: Callable[[Path], object]) -> None:
    before = fingerprint(root)
    change(root)
    assert fingerprint(root) != before


def test_what_is_no_object_of_the_dataset_does_not_change_it(root: Path) -> None:
    options = {"include": ["**/*.jpg"], "exclude": ["tmp/**"], "without": ["derived/"]}
    before = fingerprint(root, **options)
    for key in ("notes.txt", "tmp/x.jpg", "derived/x.jpg", ".labelport/x.jpg"):
        (root / key).parent.mkdir(exist_ok=True)
        (root / key).write_bytes(b"")
    assert fingerprint(root, **options) == before


def test_a_folder_that_takes_too_long_has_none(root: Path) -> None:
    assert folder_fingerprint(str(root), seconds=-1) is None


def test_an_absent_folder_has_none(root: Path) -> None:
    assert folder_fingerprint(str(root / "absent")) is None
