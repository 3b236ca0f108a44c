"""A large folder under watch: its token changes when something in it does, and only then."""

import os
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from labelport.storage.folder_watch import FolderWatches


@pytest.fixture
def watches() -> Iterator[FolderWatches]:
    made = FolderWatches()
    yield made
    made.forget_all()


def soon(value: Callable[[], str | None], unlike: str | None = None) -> str:
    """Return the first value that is not null and not the one given."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        found = value()
        if found is not None and found != unlike:
            return found
        time.sleep(0.05)
    raise AssertionError("nothing changed within 10 s")


def test_the_token_changes_with_a_new_an_overwritten_and_a_deleted_file(tmp_path: Path, watches: FolderWatches) -> None:
    (tmp_path / "deep/er").mkdir(parents=True)
    now = soon(lambda: watches.token(str(tmp_path)))
    file = tmp_path / "deep/er/a.png"
    changes: list[Callable[[], object]] = [
        partial(file.write_bytes, b"1"),
        partial(file.write_bytes, b"22"),
        file.unlink,
    ]
    for change in changes:
        change()
        now = soon(lambda: watches.token(str(tmp_path)), unlike=now)


def test_a_folder_that_is_moved_in_whole_is_a_change(tmp_path: Path, watches: FolderWatches) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (outside / "a.png").write_bytes(b"1")
    before = soon(lambda: watches.token(str(root)))
    outside.rename(root / "inside")
    now = soon(lambda: watches.token(str(root)), unlike=before)
    (root / "inside/b.png").write_bytes(b"2")  # and what comes into it later is seen too
    soon(lambda: watches.token(str(root)), unlike=now)


def test_what_is_excluded_or_published_is_no_change(tmp_path: Path, watches: FolderWatches) -> None:
    for folder in ("derived", ".tmp", "raw"):
        (tmp_path / folder).mkdir()

    def token() -> str | None:
        return watches.token(str(tmp_path), exclude=["**/.tmp/**"], without=["derived/"])

    before = soon(token)
    (tmp_path / "derived/CURRENT").write_bytes(b"1")
    (tmp_path / ".tmp/part").write_bytes(b"1")
    (tmp_path / "raw/a.png").write_bytes(b"1")  # comes after the other two, so they were looked at before it
    after = soon(token, unlike=before)
    assert int(after.rsplit("-", 1)[1]) - int(before.rsplit("-", 1)[1]) == 1


def test_a_folder_that_is_absent_has_no_token_and_does_not_raise(tmp_path: Path, watches: FolderWatches) -> None:
    assert watches.token(str(tmp_path / "away")) is None
    assert watches.token(str(tmp_path / "away")) is None


def test_each_process_has_tokens_of_its_own_so_that_a_restart_is_a_change(tmp_path: Path) -> None:
    first, second = FolderWatches(), FolderWatches()
    try:
        one = soon(lambda: first.token(str(tmp_path)))
        other = soon(lambda: second.token(str(tmp_path)))
        assert one != other
    finally:
        first.forget_all()
        second.forget_all()


def test_asking_reads_no_folder(tmp_path: Path, watches: FolderWatches, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.png").write_bytes(b"")
    before = soon(lambda: watches.token(str(tmp_path)))

    def refused(*_: object) -> None:
        raise AssertionError("a folder was read")

    for name in ("scandir", "listdir", "stat", "walk"):
        monkeypatch.setattr(os, name, refused)
    assert watches.token(str(tmp_path)) == before
