import pytest

from labelport.errors import BucketError
from labelport.storage.connection import Connection


def test_a_connection_comes_back_out_of_its_values() -> None:
    connection = Connection(endpoint="http://127.0.0.1:1", access_key_id="k", secret_access_key="s", verify="/ca.pem")
    assert Connection.from_options(connection.to_options()) == connection


def test_its_secrets_are_in_no_repr() -> None:
    shown = repr(Connection(access_key_id="KEYID", secret_access_key="hush", session_token="hush"))
    assert "KEYID" not in shown
    assert "hush" not in shown


def test_its_session_has_its_credentials_and_region() -> None:
    session = Connection(access_key_id="k", secret_access_key="s", session_token="t", region="eu-west-2").session()
    keys = session.get_credentials()
    assert (keys.access_key, keys.secret_key, keys.token, session.region_name) == ("k", "s", "t", "eu-west-2")


@pytest.mark.parametrize("half", [{"access_key_id": "hush"}, {"secret_access_key": "hush"}])
def test_half_a_key_is_refused(half: dict[str, str]) -> None:
    with pytest.raises(BucketError, match="one is missing") as caught:
        Connection(**half)  # type: ignore[arg-type]
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    "endpoint", ["minio:9000", "minio", "ftp://minio", "https://", "https://a b", "https://h:x", ""]
)
def test_an_endpoint_needs_its_scheme_and_host(endpoint: str) -> None:
    with pytest.raises(BucketError, match="https://host:port"):
        Connection(endpoint=endpoint)


@pytest.mark.parametrize(
    "endpoint", ["https://user:hush@minio", "https://minio?X-Amz-Signature=hush", "https://minio#hush"]
)
def test_a_secret_in_an_endpoint_is_refused_and_not_shown(endpoint: str) -> None:
    with pytest.raises(BucketError) as caught:
        Connection(endpoint=endpoint)
    assert "hush" not in str(caught.value)


def test_a_settled_connection_leaves_nothing_open() -> None:
    for fields in ({}, {"endpoint": "http://h"}, {"endpoint": "http://h", "region": "x"}):
        with pytest.raises(BucketError, match="settled"):
            Connection(**fields, settled=True)  # type: ignore[arg-type]
    assert Connection(endpoint="http://h", region="x", unsigned=True, settled=True)


def test_a_request_is_tried_at_least_once() -> None:
    with pytest.raises(BucketError, match="at least once"):
        Connection(max_attempts=0)
