import subprocess
import sys
from pathlib import Path

import pytest

from labelport.errors import BucketError
from labelport.storage.connection import Connection
from labelport.storage.contract import Bucket
from labelport.storage.folder import FolderBucket
from labelport.storage.memory import MemoryBucket
from labelport.storage.opening import folder_of, is_s3, key_inside, open_bucket
from labelport.storage.s3.bucket import S3Bucket


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


@pytest.mark.parametrize("uri", ["gs://bucket", "https://host/x", "memory://"])
def test_what_cannot_be_read_is_said(uri: str) -> None:
    with pytest.raises(BucketError, match="buckets are s3://bucket/prefix, a path, or file:///path"):
        open_bucket(uri)


def test_a_bucket_of_s3_opens_without_a_request_and_folders_without_its_imports() -> None:
    bucket = open_bucket("S3://media/x", connection=Connection(endpoint="http://127.0.0.1:1"))
    assert isinstance(bucket, S3Bucket)
    assert isinstance(bucket, Bucket)
    assert bucket.uri == "s3://media/x/"
    code = "import sys, labelport.storage.opening as o; o.open_bucket('/data'); print({'obstore', 'boto3'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"


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


@pytest.mark.parametrize(
    ("outer", "inner", "key"),
    [
        ("s3://raw", "s3://raw/derived", "derived/"),
        ("s3://raw/in/", "s3://raw/in/derived/deep/", "derived/deep/"),
        ("s3://raw/in", "S3://raw/in//odd", "/odd/"),
        ("s3://raw/in", "s3://raw/in", None),
        ("s3://raw/in", "s3://raw/in-derived", None),
        ("s3://raw/in", "s3://raw", None),
        ("s3://raw", "s3://other/derived", None),
        ("s3://raw", "/b/derived", None),
        ("/b", "s3://raw/derived", None),
        ("memory://b", "s3://raw/x", None),
    ],
)
def test_a_prefix_inside_another_is_known_by_its_key(outer: str, inner: str, key: str | None) -> None:
    assert key_inside(outer, inner) == key


def test_which_addresses_are_of_s3() -> None:
    assert [is_s3(uri) for uri in ("s3://raw", "S3://raw/x", "/s3://raw", "s3:/b", "s3a://b")] == [
        True,
        True,
        False,
        False,
        False,
    ]
