"""Files that the settings name: below the bucket, or anywhere else."""

from pathlib import Path

import pytest

from labelport import dataset as module
from labelport.dataset import Dataset, open_dataset
from labelport.errors import BucketError, ObjectChanged, SettingsError
from labelport.settings import DatasetSettings
from labelport.storage.contract import Bucket
from labelport.storage.memory import MemoryBucket
from labelport.storage.opening import open_bucket
from tests.moto import moto_server


def dataset_in(folder: Path, bucket: Bucket | None = None) -> Dataset:
    given = DatasetSettings(name="made", bucket=str(folder / "raw"), publish=str(folder / "derived"))
    return Dataset(given, bucket or open_bucket(given.bucket_uri, create=True), open_bucket(given.publish, create=True))


def test_a_relative_path_lies_below_the_bucket(tmp_path: Path) -> None:
    dataset = dataset_in(tmp_path)
    dataset.bucket.put("tables/a b.csv", b"key\n")
    assert dataset.file("tables/a b.csv").body == b"key\n"
    assert dataset.file("tables/a b.csv").token == dataset.file_token("tables/a b.csv")


def test_an_absolute_path_and_a_uri_lie_anywhere(tmp_path: Path) -> None:
    dataset = dataset_in(tmp_path)
    (tmp_path / "a b.csv").write_bytes(b"x")
    MemoryBucket("labelport-test-files").put("t.csv", b"y")
    assert dataset.file(f"{tmp_path}/a b.csv").body == b"x"
    assert dataset.file(f"file://{tmp_path}/a%20b.csv").body == b"x"
    assert dataset.file("memory://labelport-test-files/t.csv").body == b"y"


def test_another_content_is_another_token(tmp_path: Path) -> None:
    dataset = dataset_in(tmp_path)
    dataset.bucket.put("t.csv", b"one")
    before = dataset.file_token("t.csv")
    dataset.bucket.put("t.csv", b"four")
    assert dataset.file_token("t.csv") != before


@pytest.mark.parametrize("path", ["t.csv", "folder", "/no/where/t.csv", "memory://labelport-test-files/none.csv"])
def test_what_is_not_there_is_named(tmp_path: Path, path: str) -> None:
    dataset = dataset_in(tmp_path)
    dataset.bucket.put("folder/x", b"")
    for asked in (dataset.file, dataset.file_token):
        with pytest.raises(SettingsError, match=f"there is no file {path}"):
            asked(path)


@pytest.mark.parametrize("path", ["/", "memory://labelport-test-files/", "../outside.csv", "ftp://host/t.csv", "a//b"])
def test_what_can_be_no_file_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises((SettingsError, BucketError)):
        dataset_in(tmp_path).file_token(path)


def test_a_large_file_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = dataset_in(tmp_path)
    dataset.bucket.put("t.csv", b"12345")
    monkeypatch.setattr(module, "FILE_BYTES", 4)
    monkeypatch.setattr(type(dataset.bucket), "read_range", None)
    with pytest.raises(SettingsError, match=r"t\.csv has 5 bytes, and more than 4 are not read"):
        dataset.file("t.csv")


def test_a_file_that_is_written_meanwhile_is_not_read_half(tmp_path: Path) -> None:
    class Meanwhile(MemoryBucket):
        """Somebody writes between the look and the read."""

        def read_range(self, key: str, start: int, length: int, *, token: str | None = None) -> bytes:
            self.put(key, b"key\nb\n")
            return super().read_range(key, start, length, token=token)

    bucket = Meanwhile("labelport-test-meanwhile")
    bucket.put("t.csv", b"key\na\n")
    with pytest.raises(ObjectChanged):
        dataset_in(tmp_path, bucket).file("t.csv")


@pytest.mark.slow
def test_files_of_s3_are_read_with_the_connection_of_the_dataset(tmp_path: Path) -> None:
    with moto_server() as connection:
        connection.session().client("s3", endpoint_url=connection.endpoint).create_bucket(
            Bucket="tables", CreateBucketConfiguration={"LocationConstraint": "eu-west-2"}
        )
        open_bucket("s3://tables/lists", connection=connection).put("t.csv", b"key\n")
        given = DatasetSettings(name="made", bucket="s3://tables/lists", publish=str(tmp_path))
        dataset = open_dataset(given, connection)
        assert dataset.file("t.csv") == ("t.csv", dataset.file_token("s3://tables/lists/t.csv"), b"key\n")
        assert dataset.file("s3://tables/lists/t.csv").body == b"key\n"
        for path in ("s3://tables/lists/none.csv", "s3://tables"):
            with pytest.raises((SettingsError, BucketError), match=path):
                dataset.file_token(path)
