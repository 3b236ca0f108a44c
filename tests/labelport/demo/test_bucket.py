import csv
import io
from pathlib import Path

import pytest

from labelport.demo import bucket
from labelport.demo.bucket import Written, demo_files, write_demo
from labelport.demo.documents import SITES, WORKLIST
from labelport.errors import BucketError


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return dict(demo_files())


@pytest.mark.slow
def test_the_same_bytes_come_again(files: dict[str, bytes]) -> None:
    assert [key for key, body in demo_files() if files[key] != body] == []


def test_it_is_small_and_says_what_lies_there(files: dict[str, bytes]) -> None:
    assert sum(map(len, files.values())) < 10_000_000
    readme = files["README.txt"].decode()
    for folder in {key.split("/")[0] for key in files if "/" in key}:
        assert f"{folder}/" in readme


def test_the_tables_name_files_of_the_demo(files: dict[str, bytes]) -> None:
    for table in (WORKLIST, SITES):
        rows = list(csv.DictReader(io.StringIO(files[table].decode())))
        assert rows
        assert {row["key"] for row in rows} <= set(files)


def test_no_key_looks_like_a_person(files: dict[str, bytes]) -> None:
    from labelport.privacy import key_may_identify

    assert [key for key in files if key_may_identify(key)] == []


@pytest.mark.slow
def test_a_second_writing_touches_nothing_and_mends_what_was_changed(
    files: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # To make the files takes seconds, and that they come again is shown above.
    monkeypatch.setattr(bucket, "demo_files", lambda: iter(files.items()))
    first = write_demo(tmp_path / "demo")
    assert first.written == first.files
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "demo").rglob("*") if path.is_file()}
    (tmp_path / "demo/photos/mine.jpg").write_bytes(b"my own")
    (tmp_path / "demo/bad/notes.dcm").write_bytes(b"edited")

    assert write_demo(tmp_path / "demo") == Written(first.files, 1, first.size)

    after = {path: path.stat().st_mtime_ns for path in before}
    assert [path.name for path in before if before[path] != after[path]] == ["notes.dcm"]
    assert (tmp_path / "demo/photos/mine.jpg").read_bytes() == b"my own"
    assert not list((tmp_path / "demo").rglob("*.tmp"))


def test_somebodys_own_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(BucketError, match="holds other files"):
        write_demo(tmp_path)
    with pytest.raises(BucketError, match="is a file"):
        write_demo(tmp_path / "thesis.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
