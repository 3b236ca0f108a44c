"""S3Connection in a defs.yaml: what datasets name, and what the load refuses."""

from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml

from orchestration.definitions import DATASETS, DEFAULT, defs
from orchestration.queues import resolved_connection

STORE: dict[str, Any] = {
    "type": "orchestration.components.S3Connection",
    "attributes": {
        "name": "onsite",
        "endpoint": "http://127.0.0.1:9",
        "region": "us-east-1",
        "addressing": "path",
        "access_key_env": "ONSITE_KEY",
        "secret_key_env": "ONSITE_SECRET",
    },
}


def dataset(name: str = "echo", **attributes: Any) -> dict[str, Any]:
    given = {"name": name, "bucket": "s3://raw/echo/", "publish": f"s3://derived/{name}/", "connection": "onsite"}
    return {"type": "orchestration.components.MediaDataset", "attributes": given | attributes}


def load(folder: Path, monkeypatch: pytest.MonkeyPatch, *documents: dict[str, Any]) -> dg.Definitions:
    (folder / "site").mkdir()
    (folder / "site/defs.yaml").write_text(yaml.safe_dump_all(documents))
    monkeypatch.setenv(DATASETS, str(folder))
    return defs()


def test_the_keys_are_read_when_they_are_needed_and_never_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = load(tmp_path, monkeypatch, STORE, dataset())  # the variables are not set yet
    dg.Definitions.validate_loadable(loaded)
    assert set(loaded.resources or {}) >= {"s3_onsite", DEFAULT}
    monkeypatch.setenv("ONSITE_KEY", "id")
    monkeypatch.setenv("ONSITE_SECRET", "of-this-test")
    connection = resolved_connection(loaded.resources or {}, "onsite")
    assert (connection.endpoint, connection.addressing) == ("http://127.0.0.1:9", "path")
    assert (connection.access_key_id, connection.secret_access_key) == ("id", "of-this-test")


def test_a_connection_called_default_takes_the_place_of_the_aws_chain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = {**STORE, "attributes": {"name": "default", "region": "eu-west-2"}}
    loaded = load(tmp_path, monkeypatch, store, dataset(connection="default"))
    assert resolved_connection(loaded.resources or {}, "default").region == "eu-west-2"


def test_a_connection_that_nobody_described_stops_the_load_with_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Exception, match="s3_elsewhere"):
        dg.Definitions.validate_loadable(load(tmp_path, monkeypatch, STORE, dataset(connection="elsewhere")))


def test_half_a_pair_of_keys_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    half = {name: value for name, value in STORE["attributes"].items() if name != "secret_key_env"}
    with pytest.raises(Exception, match="S3Connection") as refused:
        load(tmp_path, monkeypatch, {**STORE, "attributes": half})
    assert "access_key_env and secret_key_env go together" in causes(refused.value)


def test_two_datasets_on_one_queue_are_refused_with_both_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    queue = "https://sqs.eu-west-2.amazonaws.com/123456789012/uploads"
    both = [dataset("birds", events=queue), dataset("frogs", events=queue)]
    with pytest.raises(dg.DagsterInvalidDefinitionError, match="birds and frogs drain one queue"):
        load(tmp_path, monkeypatch, STORE, *both)


def test_events_of_a_folder_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = dataset(bucket=str(tmp_path), events="https://sqs.eu-west-2.amazonaws.com/123456789012/uploads")
    with pytest.raises(Exception, match="MediaDataset") as refused:
        load(tmp_path, monkeypatch, STORE, folder)
    assert "a folder is watched without them" in causes(refused.value)


def causes(error: BaseException | None) -> str:
    """Return the texts of an error and of what it was raised from."""
    return f"{error}\n{causes(error.__cause__)}" if error else ""
