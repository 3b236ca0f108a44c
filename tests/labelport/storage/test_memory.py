import pytest

from labelport.storage.contract import Bucket
from labelport.storage.memory import MemoryBucket, forget
from labelport.storage.opening import open_bucket
from labelport.testing.bucket import BucketContract, keys_of


class TestMemoryBucket(BucketContract):
    @pytest.fixture
    def bucket(self) -> Bucket:
        forget("contract")
        return MemoryBucket("contract")

    def put(self, bucket: Bucket, key: str, body: bytes) -> None:
        MemoryBucket("contract").put(key, body)

    def got(self, bucket: Bucket, key: str) -> bytes | None:
        assert isinstance(bucket, MemoryBucket)
        stored = bucket._store.objects.get(key)
        return None if stored is None else stored.body


def test_one_name_is_one_bucket_until_it_is_forgotten() -> None:
    open_bucket("memory://shared").put("x", b"1")
    assert keys_of(open_bucket("memory://shared")) == ["x"]
    assert keys_of(open_bucket("memory://other")) == []
    forget("shared")
    assert keys_of(open_bucket("memory://shared")) == []


def test_the_listing_has_etags_and_the_token_is_the_etag() -> None:
    forget("etags")
    bucket = MemoryBucket("etags")
    etag = bucket.put("x", b"1")
    assert (bucket.head("x").etag, bucket.head("x").token) == (etag, etag)
