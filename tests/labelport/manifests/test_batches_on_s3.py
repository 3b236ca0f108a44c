"""Batches, confirmations and files beside the data on a real S3 server."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from labelport.dataset import Dataset, open_dataset
from labelport.manifests.sent import Sent, confirm_batch
from labelport.manifests.stage import refresh_manifest
from labelport.settings import DatasetSettings
from labelport.storage.connection import Connection
from labelport.testing.manifest import Prefix, media_row
from tests.labelport.manifests.test_stage import publish_rows

NOW = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture
def place(seaweed: Connection) -> str:
    """Return a bucket that is there."""
    name = f"batches-{uuid4().hex}"
    seaweed.session().client("s3", endpoint_url=seaweed.endpoint).create_bucket(Bucket=name)
    return f"s3://{name}"


def dataset_at(root: str, connection: Connection, **manifest: Any) -> Dataset:
    settings = DatasetSettings(
        name="made",
        bucket=f"{root}/raw/",
        publish=f"{root}/derived/",
        url_base="https://media.example/made",
        manifests=[manifest],
    )
    return open_dataset(settings, connection)


def refresh(dataset: Dataset, *keys: str) -> None:
    prefix = Prefix()
    for key in keys:
        prefix.add(key, [media_row(key)])
    publish_rows(dataset, prefix)
    refresh_manifest(dataset, dataset.settings.manifests[0].manifest_name)


def names(dataset: Dataset, folder: str) -> set[str]:
    found = [key for batch in dataset.publish.list(folder) for key in batch.column("key").to_pylist()]
    return {key.removeprefix(folder) for key in found}


def test_a_confirmed_batch_is_carried_over_and_the_next_one_holds_what_came(place: str, seaweed: Connection) -> None:
    dataset = dataset_at(place, seaweed, platform="label_studio", delta=True)
    folder = "manifests/label_studio/"
    refresh(dataset, "a.png", "b.png")
    first = dataset.publish.get(f"{folder}batch-0001.json").body
    assert f"{place}/raw/a.png".encode() in first  # what the server's own storage resolves
    assert confirm_batch(dataset.publish, "label_studio", 1, dataset="made", now=NOW) == Sent(1, 2, again=False)
    refresh(dataset, "a.png", "b.png", "c.png")
    assert {"batch-0001.json", "batch-0002.json"} <= names(dataset, folder)
    assert dataset.publish.get(f"{folder}batch-0001.json").body == first
    assert b"c.png" in dataset.publish.get(f"{folder}batch-0002.json").body
    assert b"a.png" not in dataset.publish.get(f"{folder}batch-0002.json").body


def test_a_manifest_lies_beside_the_data(place: str, seaweed: Connection) -> None:
    dataset = dataset_at(place, seaweed, platform="cvat", place="data-root")
    refresh(dataset, "a.png")
    wanted = dataset.publish.get("manifests/cvat/images/manifest.jsonl").body
    assert dataset.bucket.get("manifest.jsonl").body == wanted
    refresh(dataset, "a.png", "b.png")
    assert b'"name":"b"' in dataset.bucket.get("manifest.jsonl").body
