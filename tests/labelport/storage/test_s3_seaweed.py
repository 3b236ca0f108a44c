"""The contract on a real server: SeaweedFS, which checks secrets and lists in an order of its own."""

import traceback
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from labelport.errors import BucketError
from labelport.storage.connection import Connection
from labelport.storage.contract import Bucket
from labelport.storage.s3.bucket import S3Bucket
from labelport.testing.bucket import BucketContract, keys_of
from labelport.testing.odd_keys import NO_PATHS
from tests.labelport.storage.s3_cases import S3Cases

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def connection(seaweed: Connection) -> Connection:
    return seaweed


@pytest.fixture(scope="module")
def client(connection: Connection) -> Any:
    """Return a client that is none of ours."""
    made = connection.session().client("s3", endpoint_url=connection.endpoint)
    made.create_bucket(Bucket="contract")
    return made


@pytest.fixture
def name(client: Any) -> Iterator[str]:
    """Return the name of a fresh bucket; it goes again, because each keeps volumes."""
    made = f"b-{uuid4().hex}"
    client.create_bucket(Bucket=made)
    yield made
    client.delete_bucket(Bucket=made)


class TestS3OnSeaweedFS(S3Cases):
    def skip_where_keys_are_paths(self) -> None:
        pytest.skip("SeaweedFS keeps keys as paths of files")

    @pytest.mark.parametrize("key", ["x", "odd\t"])
    def test_a_wrong_secret_is_said(self, connection: Connection, name: str, key: str) -> None:
        wrong = S3Bucket(f"s3://{name}", replace(connection, secret_access_key="hush"))
        unknown = S3Bucket(f"s3://{name}", replace(connection, access_key_id="KEYID"))
        for bucket in (wrong, unknown):
            for act in (keys_of, lambda bucket: bucket.head(key), lambda bucket: bucket.put(key, b"")):
                with pytest.raises(BucketError, match="check key and secret") as caught:
                    act(bucket)
                told = "".join(traceback.format_exception(caught.value))
                assert not any(secret in told for secret in ("hush", "KEYID", "Signature="))


class TestS3BucketOnSeaweedFS(BucketContract):
    # It keeps keys as paths of files: a\b becomes a/b, a//b becomes a/b, d/ is a folder without bytes.
    cannot_hold = frozenset({"back\\slash.png", *NO_PATHS})

    @pytest.fixture
    def bucket(self, connection: Connection, prefix: str) -> Bucket:
        return S3Bucket(f"s3://contract/{prefix}", connection)

    @pytest.fixture
    def prefix(self) -> str:
        return uuid4().hex

    @pytest.fixture(autouse=True)
    def behind(self, client: Any, prefix: str) -> None:
        self.client, self.below = client, prefix

    def put(self, bucket: Bucket, key: str, body: bytes) -> None:
        self.client.put_object(Bucket="contract", Key=f"{self.below}/{key}", Body=body)

    def got(self, bucket: Bucket, key: str) -> bytes | None:
        try:
            body: bytes = self.client.get_object(Bucket="contract", Key=f"{self.below}/{key}")["Body"].read()
        except self.client.exceptions.NoSuchKey:
            return None
        return body


class TestVersionedS3BucketOnSeaweedFS(TestS3BucketOnSeaweedFS):
    keeps_versions = True

    @pytest.fixture(autouse=True)
    def behind(self, client: Any, prefix: str) -> None:
        self.client, self.below = client, prefix
        self.client.put_bucket_versioning(Bucket="contract", VersioningConfiguration={"Status": "Enabled"})
