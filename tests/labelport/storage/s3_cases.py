"""What S3 adds to the contract of a bucket; each real server passes it."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from labelport.errors import BucketError
from labelport.storage.connection import Connection
from labelport.storage.s3 import bucket as of_bucket
from labelport.storage.s3 import by_obstore, shards
from labelport.storage.s3.bucket import S3Bucket
from labelport.testing.bucket import keys_of, row_of, rows_of

PART = 5 << 20
"""Bytes of the smallest part but the last that S3 takes."""


def tokens(bucket: S3Bucket) -> dict[str, str]:
    return {row["key"]: row["token"] for row in rows_of(bucket)}


class S3Cases:
    """Say ``connection``, a ``client`` that is none of ours, and the ``name`` of a fresh bucket."""

    @pytest.fixture
    def bucket(self, connection: Connection, name: str) -> S3Bucket:
        return S3Bucket(f"s3://{name}/in", connection)

    @pytest.fixture
    def versioned(self, client: Any, name: str) -> None:
        client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})

    def test_what_is_new_overwritten_and_deleted_is_seen(self, bucket: S3Bucket, client: Any, name: str) -> None:
        for key in ("stays", "changes", "goes"):
            client.put_object(Bucket=name, Key=f"in/{key}", Body=b"before")
        before = tokens(bucket)
        client.put_object(Bucket=name, Key="in/comes", Body=b"before")
        client.put_object(Bucket=name, Key="in/changes", Body=b"after!")
        client.delete_object(Bucket=name, Key="in/goes")
        after = tokens(bucket)
        assert sorted(after) == ["changes", "comes", "stays"]
        assert after["stays"] == before["stays"]
        assert after["changes"] != before["changes"]

    def test_keys_around_the_slash_are_listed_once_whatever_the_servers_order(
        self, bucket: S3Bucket, client: Any, name: str
    ) -> None:
        keys = ["a", "a/1", "a b", "a-b/1", "a.jpg", "a/b/c", "a0", "ab"]
        for key in keys:
            client.put_object(Bucket=name, Key=f"in/{key}", Body=b"")
        assert [row["key"] for row in rows_of(bucket)] == sorted(keys)
        assert keys_of(bucket, "a/") == ["a/1", "a/b/c"]

    @pytest.mark.slow
    @pytest.mark.parametrize("status", [None, "Enabled"])
    def test_a_listing_turns_its_pages_and_is_the_same_when_it_is_split(
        self, bucket: S3Bucket, client: Any, name: str, status: str | None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        if status:
            client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": status})
        keys = [f"{number % 3}/{number % 2}/{number:04d}" for number in range(1300)]
        keys += [f"{number:04d}" for number in range(700)] + ["0", "0/x", "é +/%"]
        for part in (keys, keys[:300]):
            with ThreadPoolExecutor(8) as pool:
                list(pool.map(lambda key: client.put_object(Bucket=name, Key=f"in/{key}", Body=b""), part))
        assert keys_of(bucket) == sorted(keys)
        monkeypatch.setattr(shards, "FLAT_PAGES", 0)
        monkeypatch.setattr(shards, "DENSE", 1)
        assert keys_of(bucket) == sorted(keys)
        assert keys_of(bucket, "0") == sorted(key for key in keys if key.startswith("0"))

    def test_the_etag_of_a_multipart_upload_is_a_token_like_any_other(
        self, bucket: S3Bucket, client: Any, name: str
    ) -> None:
        upload = client.create_multipart_upload(Bucket=name, Key="in/big")["UploadId"]
        bodies = [bytes(PART), b"end"]
        parts = [
            {"PartNumber": n, "ETag": client.upload_part(Bucket=name, Key="in/big", PartNumber=n, UploadId=upload, Body=body)["ETag"]}
            for n, body in enumerate(bodies, 1)
        ]  # fmt: skip
        client.complete_multipart_upload(Bucket=name, Key="in/big", UploadId=upload, MultipartUpload={"Parts": parts})
        [row] = rows_of(bucket)
        assert row["etag"].endswith("-2")
        assert row == row_of(bucket.head("big"))
        assert bucket.read_range("big", PART - 1, 10, token=row["token"]) == b"\0end"

    def test_a_large_body_goes_in_parts_and_arrives_whole(
        self, bucket: S3Bucket, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(by_obstore, "SINGLE_PUT", PART)
        body = hashlib.sha256(b"seed").digest() * (PART // 32 + 7)
        etag = bucket.put("big", body)
        assert etag.endswith("-2")
        assert bucket.get("big") == (body, etag)
        assert bucket.head("big").etag == etag

    def test_what_is_too_large_for_one_copy_is_copied_in_parts(
        self, bucket: S3Bucket, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        body = hashlib.sha256(b"seed").digest() * (PART // 32 + 7)
        bucket.put("big", body)
        monkeypatch.setattr(of_bucket, "LARGEST_COPY", PART)
        bucket.copy("big", "copy")
        assert bucket.get("copy").body == body

    @pytest.mark.usefixtures("versioned")
    def test_versions_are_in_rows_and_tokens(self, bucket: S3Bucket, client: Any, name: str) -> None:
        put = [client.put_object(Bucket=name, Key="in/x", Body=b"same")["VersionId"] for _ in range(2)]
        client.put_object(Bucket=name, Key="in/gone", Body=b"1")
        client.delete_object(Bucket=name, Key="in/gone")
        [row] = rows_of(bucket)
        assert (row["version_id"], row["token"]) == (put[1], f"{row['etag']}+{put[1]}")
        assert row == row_of(bucket.head("x"))
        old = f"{row['etag']}+{put[0]}"
        assert bucket.read_range("x", 0, 2, token=old) == b"sa"
        client.delete_object(Bucket=name, Key="in/x", VersionId=put[0])
        with pytest.raises(OSError, match="'x' changed since it was listed"):
            bucket.read_range("x", 0, 2, token=old)

    @pytest.mark.usefixtures("versioned")
    def test_suspended_versions_give_one_token_too(self, bucket: S3Bucket, client: Any, name: str) -> None:
        versioned = client.put_object(Bucket=name, Key="in/versioned", Body=b"1")["VersionId"]
        client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Suspended"})
        client.put_object(Bucket=name, Key="in/plain", Body=b"2")
        rows = rows_of(bucket)
        assert {row["key"]: row["version_id"] for row in rows} == {"plain": None, "versioned": versioned}
        assert rows == [row_of(bucket.head(row["key"])) for row in rows]
        assert [bucket.read_range(row["key"], 0, 9, token=row["token"]) for row in rows] == [b"2", b"1"]

    def test_objects_from_before_versioning_have_none(self, bucket: S3Bucket, client: Any, name: str) -> None:
        client.put_object(Bucket=name, Key="in/old", Body=b"1")
        before = rows_of(bucket)
        client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        assert rows_of(bucket) == before
        assert [row_of(bucket.head("old"))] == before
        assert bucket.read_range("old", 0, 9, token=before[0]["token"]) == b"1"

    @pytest.mark.parametrize("prefix", ["größe +%25 #&=/日本", "a b", "%41", "~.-_", "in//double", "/lead"])
    def test_a_prefix_is_taken_literally(self, connection: Connection, client: Any, name: str, prefix: str) -> None:
        if "//" in prefix or prefix.startswith("/"):
            self.skip_where_keys_are_paths()
        bucket = S3Bucket(f"s3://{name}/{prefix}", connection)
        for key in ("x", "y z/1"):
            client.put_object(Bucket=name, Key=f"{prefix}/{key}", Body=key.encode())
        client.put_object(Bucket=name, Key=f"{prefix}-not/x", Body=b"")
        assert keys_of(bucket) == ["x", "y z/1"]
        assert keys_of(bucket, "y z") == ["y z/1"]
        assert bucket.read_range("y z/1", 0, 9, token=bucket.head("y z/1").token) == b"y z/1"
        bucket.copy("x", "copy")
        bucket.delete("x")
        assert keys_of(bucket) == ["copy", "y z/1"]

    def skip_where_keys_are_paths(self) -> None:
        """Skip on a server that folds ``//`` and a leading ``/``."""

    def test_a_bucket_of_the_wrong_name_is_no_empty_one(self, connection: Connection) -> None:
        bucket = S3Bucket("s3://no-such-bucket/in", connection)
        for act in (keys_of, lambda bucket: bucket.head("x"), lambda bucket: bucket.get("x")):
            with pytest.raises(BucketError, match="there is no bucket no-such-bucket"):
                act(bucket)

    def test_the_marker_of_the_folder_itself_is_left_out(self, bucket: S3Bucket, client: Any, name: str) -> None:
        client.put_object(Bucket=name, Key="in/", Body=b"")
        client.put_object(Bucket=name, Key="in/x", Body=b"")
        assert keys_of(bucket) == ["x"]

    def test_a_thread_beside_another_reads_its_own(self, bucket: S3Bucket, connection: Connection) -> None:
        shared = S3Bucket(bucket.uri, replace(connection))
        bodies = {f"{number}": bytes([number]) * 1000 for number in range(40)}
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(shared.put, bodies, bodies.values()))
            assert (
                dict(zip(bodies, pool.map(lambda key: shared.read_range(key, 0, 2000), bodies), strict=True)) == bodies
            )
