"""Where annotation files come from."""

import gzip
import os
import tarfile
import zipfile
from functools import partial
from pathlib import Path

import pytest

from labelport.annotations.files import AnnotationFile
from labelport.annotations.prefetching import prefetched
from labelport.annotations.said import Said
from labelport.annotations.sources import file_of, files_at, opened, place_of
from labelport.errors import BucketError, ObjectChanged
from labelport.storage.memory import MemoryBucket, forget
from labelport.storage.opening import open_bucket
from tests.labelport.annotations.archives.test_archives import zipped
from tests.moto import moto_server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder of label files and what systems leave beside them."""
    for name in (
        "b.txt",
        "a/z.xml",
        "é.json",
        ".hidden.txt",
        ".git/config",
        "a/.DS_Store",
        "__MACOSX/a/z.xml",
        "a/Thumbs.db",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    return tmp_path


def names(files: list[AnnotationFile]) -> list[str]:
    return [file.name for file in files]


def test_a_folder_is_its_files_by_name(folder: Path) -> None:
    files = files_at(str(folder))
    assert names(files) == ["a/z.xml", "b.txt", "é.json"]
    assert [file.read(0, file.size).decode() for file in files] == names(files)
    assert [file.path for file in files] == [folder / name for name in names(files)]
    assert files[0].head(3) == b"a/z"
    assert names(files_at(f"file://{folder}/")) == names(files)
    assert names(files_at(str(folder), include=["a/**", "*.json"])) == ["a/z.xml", "é.json"]


def test_a_file_is_a_source(folder: Path) -> None:
    (file,) = files_at(str(folder / "b.txt"))
    assert (file.name, file.size, file.read(0, 99)) == ("b.txt", 5, b"b.txt")
    (hidden,) = files_at(str(folder / ".hidden.txt"))
    assert hidden.name == ".hidden.txt", "who names it wants it"
    (folder / "link.txt").symlink_to(folder / "b.txt")
    assert names(files_at(str(folder / "link.txt"))) == ["b.txt"]


def test_an_absent_source_is_no_empty_one(folder: Path) -> None:
    with pytest.raises(BucketError):
        files_at(str(folder / "absent"))
    with pytest.raises(BucketError):
        files_at(str(folder / "b.txt") + "/")
    assert files_at(str(folder / "__MACOSX")) != []
    (folder / "empty").mkdir()
    assert files_at(str(folder / "empty")) == []


def test_a_file_that_changed_since_it_was_listed_is_not_read(folder: Path) -> None:
    (file,) = files_at(str(folder / "b.txt"))
    (folder / "b.txt").write_bytes(b"other")
    os.utime(folder / "b.txt", ns=(1, 1))
    with pytest.raises(ObjectChanged):
        file.read(0, 5)


def test_archives_are_folders_whatever_their_names(folder: Path) -> None:
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        for name in ("x.txt", "sub/y.txt", "__MACOSX/x.txt", "sub/.DS_Store", "inner.zip"):
            archive.writestr(name, name)
    with tarfile.open(folder / "odd", "w:gz") as archive_of_tar:
        archive_of_tar.add(folder / "b.txt", "./b.txt")
    (folder / "volume.nii.gz").write_bytes(gzip.compress(bytes(400)))
    (folder / "no.zip").write_bytes(b"text")
    (folder / "table.xlsx").write_bytes((folder / "a.zip").read_bytes())
    said = Said()
    files = files_at(str(folder), said=said)
    assert names(files) == [
        "a.zip/inner.zip",
        "a.zip/sub/y.txt",
        "a.zip/x.txt",
        "a/z.xml",
        "b.txt",
        "no.zip",
        "odd/b.txt",
        "table.xlsx",
        "volume.nii.gz",
        "é.json",
    ]
    assert said.findings() == []
    by_name = {file.name: file for file in files}
    assert by_name["a.zip/sub/y.txt"].read(0, 99) == b"sub/y.txt"
    assert by_name["odd/b.txt"].read(0, 99) == b"b.txt"
    inside = by_name["a.zip/x.txt"]
    assert inside.path is None
    assert inside.within is not None
    assert (inside.within.name, inside.within.token) == ("a.zip", inside.token)
    assert names(files_at(str(folder / "a.zip"))) == ["a.zip/inner.zip", "a.zip/sub/y.txt", "a.zip/x.txt"]
    assert names(files_at(str(folder / "table.xlsx")))[-1] == "table.xlsx/x.txt", "a file that is named is looked into"


def test_what_is_not_opened_is_said(folder: Path) -> None:
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        archive.writestr("../x.txt", "out")
        archive.writestr("in.txt", "in")
    (folder / "cut.zip").write_bytes((folder / "a.zip").read_bytes()[:50])
    (folder / "labels.7z").write_bytes(b"7z\xbc\xaf\x27\x1c")
    said = Said()
    files = files_at(str(folder), said=said)
    assert [name for name in names(files) if "zip" in name or "7z" in name] == ["a.zip/in.txt"]
    assert sorted((found.file, found.pointer) for found in said.findings()) == [
        ("a.zip", "../x.txt"),
        ("cut.zip", ""),
        ("labels.7z", ""),
    ]
    assert {found.code for found in said.findings()} == {"format.archive_refused"}


def test_a_file_called_like_a_member_stays_and_the_member_is_refused() -> None:
    forget("members")
    bucket = MemoryBucket("members")
    bucket.put("all.zip/x.txt", b"beside")
    bucket.put("all.zip/", b"")
    bucket.put("all.zip", zipped({"x.txt": b"inside", "y.txt": b"1"}))
    said = Said()
    files = files_at("memory://members", said=said)
    assert {file.name: file.read(0, 99) for file in files} == {"all.zip/x.txt": b"beside", "all.zip/y.txt": b"1"}
    assert [(found.code, found.file) for found in said.findings()] == [("format.archive_refused", "all.zip/x.txt")]


def test_a_file_can_be_opened_again_elsewhere(folder: Path) -> None:
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        archive.writestr("x.txt", "text")
    for file in files_at(str(folder)):
        whole = file.within or file
        bucket, single = place_of(str(folder))
        again = file_of(open_bucket(bucket.uri), whole.name, whole.size, whole.token)
        assert single is None
        assert file.name in names(opened([again], Said()))


@pytest.mark.slow
def test_a_prefix_and_an_object_of_s3_are_sources() -> None:
    import boto3

    with moto_server() as connection:
        client = boto3.client(
            "s3",
            endpoint_url=connection.endpoint,
            region_name=connection.region,
            aws_access_key_id=connection.access_key_id,
            aws_secret_access_key=connection.secret_access_key,
        )
        client.create_bucket(Bucket="labels", CreateBucketConfiguration={"LocationConstraint": "eu-west-2"})
        for key, body in {
            "echo/": b"",
            "echo/a.txt": b"1",
            "echo/sub/b.txt": b"2",
            "echo/c.zip": zipped({"d.txt": b"3" * 5}),
            "echo": b"{}",
            "other.txt": b"4",
        }.items():
            client.put_object(Bucket="labels", Key=key, Body=body)
        files = files_at("s3://labels/echo/", connection)
        assert names(files) == ["a.txt", "c.zip/d.txt", "sub/b.txt"]
        assert [file.read(0, 9) for file in files] == [b"1", b"33333", b"2"]
        assert names(files_at("s3://labels/echo", connection)) == ["echo"], "without a slash it is the object"
        assert names(files_at("s3://labels/echo/sub", connection)) == ["b.txt"], "and the prefix where there is none"
        assert names(files_at("s3://labels/echo/c.zip", connection)) == ["c.zip/d.txt"]
        with pytest.raises(BucketError):
            files_at("s3://absent/echo/", connection)


class Counted:
    """Files that count how often each is asked for."""

    def __init__(self, sizes: list[int], *, broken: int = -1) -> None:
        self._broken = broken
        self.requests: list[int] = [0] * len(sizes)
        self.files = [
            AnnotationFile(f"{number:04d}.txt", size, "t", partial(self._read, number))
            for number, size in enumerate(sizes)
        ]

    def _read(self, number: int, start: int, length: int) -> bytes:
        self.requests[number] += 1
        if number == self._broken:
            raise ObjectChanged("it changed")
        return (f"{number % 10}" * self.files[number].size).encode()[start : start + length]


def test_each_small_file_is_asked_for_once_however_often_it_is_read() -> None:
    counted = Counted([10] * 300, broken=13)
    with prefetched(counted.files) as files:
        for _ in range(3):
            for number, file in enumerate(files):
                if number == 13:
                    with pytest.raises(ObjectChanged):
                        file.head()
                else:
                    assert file.head() == file.read(0, 99) == f"{number % 10}".encode() * 10
                    assert file.read(4, 2) == f"{number % 10}".encode() * 2
                    assert file.read(10, 2) == b""
    assert [count for number, count in enumerate(counted.requests) if number != 13] == [1] * 299
    assert counted.requests[13] == 3, "what fails is tried again"


def test_reading_one_file_asks_for_those_that_follow_at_the_same_time() -> None:
    counted = Counted([10] * 300)
    with prefetched(counted.files, threads=4) as files:
        files[20].head()
    assert counted.requests[:20] == [0] * 20
    assert 1 <= sum(counted.requests) <= 17


def test_an_empty_file_costs_no_request() -> None:
    counted = Counted([0])
    with prefetched(counted.files) as files:
        assert files[0].head() == files[0].read(0, 5) == b""
    assert counted.requests == [0]


def test_of_large_files_only_the_head_is_kept() -> None:
    counted = Counted([200_000, 200_000])
    with prefetched(counted.files) as files:
        assert files[0].head() == files[0].head() == b"0" * 65536
        assert files[0].read(0, 200_000) == b"0" * 200_000
        assert files[0].read(150_000, 10) == b"0" * 10
    assert counted.requests[0] == 3
    assert counted.requests[1] <= 1


def test_what_is_kept_is_bounded() -> None:
    counted = Counted([1000] * 50)
    with prefetched(counted.files, threads=1, kept_bytes=10_000) as files:
        for _ in range(2):
            for file in files:
                file.head()
    assert counted.requests[:10] == [1] * 10
    assert counted.requests[20] >= 2
