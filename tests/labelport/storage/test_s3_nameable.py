"""The predicate against obstore's own path type, in both directions."""

from typing import Any

import obstore
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from obstore.store import MemoryStore

from labelport.storage.s3.bucket import S3Bucket
from labelport.storage.s3.nameable import is_nameable
from labelport.testing.odd_keys import NO_PATHS, ODD_KEYS
from tests.moto import moto_server

SIGNS = st.one_of(
    st.sampled_from(["/", "//", ".", "..", "%", "%2F", "+", " ", "\\", "\t", "\n", "\r", "\x7f", "\x85", "~", "é", "e\u0301", "a"]),
    st.characters(exclude_categories=["Cs"]),
)  # fmt: skip
KEYS = st.lists(SIGNS, min_size=1, max_size=8).map("".join)


def named_by_obstore(key: str) -> str | None:
    """Return what obstore makes of a key, or null where it refuses it."""
    store = MemoryStore()
    try:
        obstore.put(store, key, b"")
    except ValueError:
        return None
    names = [meta["path"] for batch in obstore.list(store) for meta in batch]
    return names[0] if names else None


@settings(max_examples=1000, deadline=None)
@given(KEYS)
@example("d/")
@example("/lead")
def test_a_key_is_nameable_where_obstore_takes_it_as_it_is_and_nowhere_else(key: str) -> None:
    assert is_nameable(key) == (named_by_obstore(key) == key)


@pytest.mark.parametrize("key", NO_PATHS)
def test_keys_that_are_no_paths_are_not_nameable(key: str) -> None:
    assert not is_nameable(key)


def test_most_keys_are_nameable() -> None:
    assert [key for key in ODD_KEYS if not is_nameable(key)] == ["line\nbreak.png", "tab\tstop.png"]
    assert not is_nameable("")


@pytest.fixture(scope="module")
def moto() -> Any:
    with moto_server() as connection:
        client = connection.session().client("s3", endpoint_url=connection.endpoint)
        client.create_bucket(Bucket="names", CreateBucketConfiguration={"LocationConstraint": "eu-west-2"})
        yield client, S3Bucket("s3://names", connection)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(KEYS.filter(is_nameable))
@example("a%2Fb")
@example("é%20+~.png")
def test_what_boto3_puts_under_a_nameable_key_obstore_gets(moto: Any, key: str) -> None:
    client, bucket = moto
    try:
        client.put_object(Bucket="names", Key=key, Body=key.encode())
    except client.exceptions.ClientError:
        return  # moto cannot hold it
    assert obstore.get(bucket.clients.store, key).bytes().to_bytes() == key.encode()
