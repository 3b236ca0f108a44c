from pathlib import Path

import pytest

from labelport.errors import BucketError
from labelport.storage.contract import Bucket
from labelport.storage.folder import FolderBucket
from labelport.storage.memory import MemoryBucket
from labelport.storage.opening import folder_of, key_inside, open_bucket


def test_a_relative_path_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert open_bucket("some/folder/").uri == str(tmp_path / "some/folder")
    assert open_bucket("../up").uri == str(tmp_path.parent / "up")


def test_the_home_folder_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    assert open_bucket("~/media").uri == "/home/somebody/media"


def test_a_file_address_is_decoded_and_opens_the_same_bucket() -> None:
    assert open_bucket("file:///data/my%20bucket%23").uri == "/data/my bucket#"
    assert open_bucket("file://localhost/data").uri == "/data"


def test_a_uri_opens_its_bucket_again(tmp_path: Path) -> None:
    for uri in (str(tmp_path), f"file://{tmp_path}", "memory://again"):
        bucket = open_bucket(uri)
        assert isinstance(bucket, Bucket)
        bucket.put("x", b"1")
        assert open_bucket(bucket.uri).get("x").body == b"1"


def test_the_kinds_of_buckets() -> None:
    assert isinstance(open_bucket("/data"), FolderBucket)
    assert isinstance(open_bucket("memory://m"), MemoryBucket)


@pytest.mark.parametrize("uri", ["s3://bucket/prefix", "S3://b", "gs://bucket", "https://host/x", "memory://"])
def test_what_cannot_be_read_in_this_version_is_said(uri: str) -> None:
    with pytest.raises(BucketError, match="cannot be read in this version"):
        open_bucket(uri)


@pytest.mark.parametrize("uri", ["", "  ", "file://host/path", "file://nothing"])
def test_what_names_no_folder_is_refused(uri: str) -> None:
    with pytest.raises(BucketError):
        open_bucket(uri)


def test_a_folder_is_made_only_where_that_is_asked_for(tmp_path: Path) -> None:
    open_bucket(str(tmp_path / "a/b"))
    assert not (tmp_path / "a").exists()
    open_bucket(str(tmp_path / "a/b"), create=True)
    open_bucket(str(tmp_path / "a/b"), create=True)
    assert (tmp_path / "a/b").is_dir()


def test_a_folder_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(BucketError, match="cannot be made"):
        open_bucket(str(tmp_path / "file/folder"), create=True)


def test_the_folder_of_an_address() -> None:
    assert folder_of("file:///a%20b") == "/a b"
    assert folder_of("memory://x") is None
    assert folder_of("s3://x/y") is None


def test_a_bucket_inside_another_is_known_by_its_key(tmp_path: Path) -> None:
    outer = tmp_path / "bucket"
    (outer / "derived").mkdir(parents=True)
    (tmp_path / "door").symlink_to(outer)
    assert key_inside(str(outer), str(outer / "derived")) == "derived/"
    assert key_inside(str(outer), f"file://{tmp_path}/door/derived/deep") == "derived/deep/"
    assert key_inside(str(outer), str(outer)) is None
    assert key_inside(str(outer), str(tmp_path / "bucket-derived")) is None
    assert key_inside(str(outer), str(outer / "..derived")) == "..derived/"
    assert key_inside("memory://a", "memory://a/b") is None
