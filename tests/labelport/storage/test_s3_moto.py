"""The contract, and what S3 adds to it, on moto: fast, right about versions, and blind to secrets."""

from typing import Any
from urllib.request import urlopen
from uuid import uuid4

import pytest

from labelport.storage.access import access_of
from labelport.storage.connection import Connection
from labelport.storage.contract import Bucket
from labelport.storage.s3.bucket import S3Bucket
from labelport.testing.bucket import BucketContract
from labelport.testing.odd_keys import NO_PATHS, ODD_KEYS
from tests.labelport.storage.s3_cases import S3Cases
from tests.labelport.storage.test_access import read_by_a_child


@pytest.fixture(scope="module")
def connection(moto: Connection) -> Connection:
    return moto


@pytest.fixture
def client(connection: Connection) -> Any:
    """Return a client that is none of ours."""
    return connection.session().client("s3", endpoint_url=connection.endpoint)


@pytest.fixture
def name(client: Any) -> str:
    """Return the name of a fresh bucket."""
    made = f"b-{uuid4().hex}"
    client.create_bucket(Bucket=made, CreateBucketConfiguration={"LocationConstraint": "eu-west-2"})
    return made


class TestS3OnMoto(S3Cases):
    def test_the_address_of_an_object_fetches_it(self, bucket: S3Bucket, client: Any, name: str) -> None:
        """No library of ours makes this request."""
        for key in [*ODD_KEYS, *NO_PATHS]:
            if key in TestS3BucketOnMoto.cannot_hold or {"..", "."} & set(key.split("/")):
                continue  # clients fold dots before they ask, whatever they are told
            client.put_object(Bucket=name, Key=f"in/{key}", Body=key.encode(), ACL="public-read")
            with urlopen(bucket.url(key), timeout=10) as answer:
                assert answer.read() == key.encode()

    def test_a_process_without_environment_reads_it(self, bucket: S3Bucket) -> None:
        bucket.put("x", b"0123456789")
        assert read_by_a_child(access_of(bucket)) == ["123"]


class TestS3BucketOnMoto(BucketContract):
    cannot_hold = frozenset({"line\nbreak.png"})  # moto answers 404 to the PUT of a key with a line break

    @pytest.fixture
    def bucket(self, connection: Connection, name: str) -> Bucket:
        return S3Bucket(f"s3://{name}/some prefix/", connection)

    @pytest.fixture(autouse=True)
    def behind(self, client: Any, name: str) -> None:
        self.client, self.name = client, name

    def put(self, bucket: Bucket, key: str, body: bytes) -> None:
        self.client.put_object(Bucket=self.name, Key=f"some prefix/{key}", Body=body)

    def got(self, bucket: Bucket, key: str) -> bytes | None:
        try:
            body: bytes = self.client.get_object(Bucket=self.name, Key=f"some prefix/{key}")["Body"].read()
        except self.client.exceptions.NoSuchKey:
            return None
        return body


class TestVersionedS3BucketOnMoto(TestS3BucketOnMoto):
    keeps_versions = True

    @pytest.fixture(autouse=True)
    def behind(self, client: Any, name: str) -> None:
        self.client, self.name = client, name
        client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
