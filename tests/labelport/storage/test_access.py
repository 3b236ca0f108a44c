"""A bucket opened in another process by plain values: no Dagster, no boto3 where the keys do not expire."""

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from labelport.errors import BucketError
from labelport.runners.confinement import clean_environment
from labelport.storage.access import access_of, reopened
from labelport.storage.connection import Connection
from labelport.storage.folder import FolderBucket
from labelport.storage.opening import open_bucket
from labelport.storage.s3.settling import CHAIN
from tests.labelport.storage.small_store import SmallStore, served

CHILD = """
    import json, sys
    from labelport.storage.access import reopened
    options = json.loads(sys.stdin.read())
    bucket = reopened(options)
    assert reopened(options) is bucket
    print(bucket.read_range("x", 1, 3).decode(), *sorted({"boto3", "botocore", "dagster"} & set(sys.modules)))
"""


@pytest.fixture(autouse=True)
def nothing_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*CHAIN, "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def read_by_a_child(options: Mapping[str, Any]) -> list[str]:
    """Return what a process reads that has these values and the variables that they name, and nothing else."""
    environment = {name: os.environ[name] for name in options["env"]}
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(CHILD)], input=json.dumps(options), env=environment,
        capture_output=True, text=True, check=False, cwd=Path(__file__).parents[3],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.fixture
def store() -> SmallStore:
    return SmallStore(objects={"deep/x": b"0123456789"})


def key_ids(store: SmallStore) -> set[str]:
    return {request.headers["Authorization"].partition("Credential=")[2].split("/")[0] for request in store.asked}


def test_folders_and_memory_are_opened_by_their_address(tmp_path: Path) -> None:
    assert access_of(FolderBucket(str(tmp_path))) == {"bucket": str(tmp_path), "connection": None, "env": []}
    assert access_of(open_bucket("memory://m")) == {"bucket": "memory://m", "connection": None, "env": []}
    assert reopened({**access_of(FolderBucket(str(tmp_path))), "other": 1}).uri == str(tmp_path)


def test_static_keys_go_along_and_boto3_is_not_imported(store: SmallStore) -> None:
    with served(store) as connection:
        options = access_of(open_bucket("s3://bucket/deep", connection=connection))
        assert options["env"] == []
        assert read_by_a_child(options) == ["123"]
        assert key_ids(store) == {"KEYID"}


def test_static_keys_of_the_environment_go_along_and_it_stays_behind(
    store: SmallStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(store) as connection:
        for name, value in {"AWS_ACCESS_KEY_ID": "FROMENV", "AWS_SECRET_ACCESS_KEY": "hush",
                            "AWS_DEFAULT_REGION": "eu-west-2", "AWS_ENDPOINT_URL_S3": str(connection.endpoint)}.items():  # fmt: skip
            monkeypatch.setenv(name, value)
        options = access_of(open_bucket("s3://bucket/deep"))
        assert options["env"] == []
        assert read_by_a_child(options) == ["123"]
        assert key_ids(store) == {"FROMENV"}


def test_a_public_bucket_needs_no_keys(store: SmallStore) -> None:
    with served(store, unsigned=True, access_key_id=None, secret_access_key=None) as connection:
        options = access_of(open_bucket("s3://bucket/deep", connection=connection))
        assert read_by_a_child(options) == ["123"]
        assert "Authorization" not in store.asked[0].headers


def test_keys_that_are_renewed_stay_behind_and_the_worker_gets_its_own(
    store: SmallStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "renew.py"
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    keys = {"Version": 1, "AccessKeyId": "RENEWED", "SecretAccessKey": "hush", "Expiration": soon}
    program.write_text(f"print({json.dumps(keys)!r})")
    (tmp_path / "config").write_text(f"[profile lab]\ncredential_process = {sys.executable} {program}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    with served(store, access_key_id=None, secret_access_key=None, profile="lab") as connection:
        options = access_of(open_bucket("s3://bucket/deep", connection=connection))
        assert "hush" not in json.dumps(options)
        assert set(options["env"]) == {"HOME", "AWS_CONFIG_FILE", "AWS_EC2_METADATA_DISABLED"} & set(os.environ)
        assert read_by_a_child(options) == ["123", "boto3", "botocore"]
        assert key_ids(store) == {"RENEWED"}


def test_the_runner_lets_the_named_variables_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CREDENTIAL_EXPIRATION", (datetime.now(UTC) + timedelta(hours=1)).isoformat())
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "hush")
    options = access_of(open_bucket("s3://bucket", connection=Connection(region="eu-west-2")))
    assert "hush" not in json.dumps(options)
    seen = clean_environment(os.environ, options["env"])
    assert {name for name in seen if name.startswith("AWS_")} == {
        "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CREDENTIAL_EXPIRATION", "AWS_EC2_METADATA_DISABLED",
    }  # fmt: skip


def test_proxies_are_named_also_for_keys_that_go_along(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    connection = Connection(endpoint="https://127.0.0.1:1", access_key_id="k", secret_access_key="s")
    assert access_of(open_bucket("s3://bucket", connection=connection))["env"] == ["https_proxy"]


def test_no_credentials_are_said_in_the_parent() -> None:
    with pytest.raises(BucketError, match="no credentials"):
        access_of(open_bucket("s3://bucket", connection=Connection(region="eu-west-2")))


def test_nothing_shows_a_secret() -> None:
    connection = Connection(
        endpoint="http://127.0.0.1:1",
        region="x",
        access_key_id="KEYID",
        secret_access_key="hush",
        session_token="hush2",
    )
    bucket = reopened(access_of(open_bucket("s3://bucket", connection=connection)))
    assert bucket.clients.store is not None  # type: ignore[attr-defined]
    shown = [connection, bucket, bucket.clients, bucket.clients.store]  # type: ignore[attr-defined]
    for each in [*shown, bucket.clients.store.credential_provider]:  # type: ignore[attr-defined]
        assert not any(secret in repr(each) + str(each) for secret in ("KEYID", "hush"))


def test_other_variables_are_another_bucket(monkeypatch: pytest.MonkeyPatch) -> None:
    connection = Connection(endpoint="http://127.0.0.1:1", region="x", profile="p").to_options()
    options = {"bucket": "s3://bucket", "connection": connection, "env": ["AWS_CONFIG_FILE"]}
    monkeypatch.setenv("AWS_CONFIG_FILE", "one")
    first = reopened(options)
    assert reopened(options) is first
    monkeypatch.setenv("AWS_CONFIG_FILE", "other")
    assert reopened(options) is not first


def test_access_goes_on_from_process_to_process(store: SmallStore) -> None:
    with served(store) as connection:
        options = access_of(open_bucket("s3://bucket/deep", connection=connection))
        assert access_of(reopened(options)) == options
