"""The fields of dagster-aws's S3Resource reach the library, each of them."""

from typing import Any

import pytest

from assets.resources import S3Store, connection_of, required_resources, resource_key
from labelport.settings import DatasetSettings
from labelport.storage.connection import Connection

BASE: dict[str, Any] = {"name": "echo", "series": [{"rule": "single"}]}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, {}),
        ({"endpoint_url": "https://minio.example.com"}, {"endpoint": "https://minio.example.com"}),
        ({"endpoint_url": "minio:9000"}, {"endpoint": "https://minio:9000"}),
        ({"endpoint_url": "minio:9000", "use_ssl": False}, {"endpoint": "http://minio:9000"}),
        ({"region_name": "eu-west-2"}, {"region": "eu-west-2"}),
        ({"profile_name": "research"}, {"profile": "research"}),
        (
            {"aws_access_key_id": "id", "aws_secret_access_key": "of-this-test", "aws_session_token": "token"},
            {"access_key_id": "id", "secret_access_key": "of-this-test", "session_token": "token"},
        ),
        ({"addressing": "path"}, {"addressing": "path"}),
        ({"verify": False}, {"verify": False}),
        ({"ca_bundle": "/etc/authorities.pem"}, {"verify": "/etc/authorities.pem"}),
        ({"use_unsigned_session": True}, {"unsigned": True}),
        ({"max_attempts": 2}, {"max_attempts": 2}),
    ],
)
def test_a_field_of_the_resource_is_one_of_the_connection(given: dict[str, Any], expected: dict[str, Any]) -> None:
    assert connection_of(S3Store(**given)) == Connection(**expected)


def test_no_secret_shows_where_a_connection_is_printed() -> None:
    connection = Connection(access_key_id="id", secret_access_key="of-this-test", session_token="token-of-it")
    assert "of-this-test" not in repr(connection)
    assert "token-of-it" not in repr(connection)


@pytest.mark.parametrize(
    ("bucket", "publish", "needed"),
    [
        ("/raw", "/published", set()),
        ("s3://raw/echo/", "/published", {"s3_onsite"}),
        ("/raw", "s3://derived/echo/", {"s3_onsite"}),
    ],
)
def test_a_step_asks_for_its_connection_only_where_something_lies_in_s3(
    bucket: str, publish: str, needed: set[str]
) -> None:
    settings = DatasetSettings(bucket=bucket, publish=publish, connection="onsite", **BASE)
    assert required_resources(settings) == needed
    assert resource_key("onsite") == "s3_onsite"
