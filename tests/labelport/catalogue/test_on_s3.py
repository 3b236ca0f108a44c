"""What holds for the catalogue on a folder holds on real S3 servers: races, crashes, readers, a whole dataset."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow.dataset as ds
import pytest

import labelport.catalogue
from labelport.catalogue.inventory import refresh_inventory
from labelport.catalogue.stage import Stage
from labelport.dataset import Dataset, open_dataset
from labelport.errors import BucketError, PublishTaken
from labelport.probing.stage import refresh_media
from labelport.settings import DatasetSettings
from labelport.storage.connection import Connection
from labelport.storage.s3.bucket import S3Bucket
from labelport.testing.bucket import keys_of
from tests.labelport.catalogue.rows import keys_of as published_keys
from tests.labelport.catalogue.rows import numbered, publish
from tests.labelport.catalogue.test_crashes import (  # noqa: F401  -- they run here on the buckets below
    next_run,
    seen,
    test_a_reader_reads_its_generation_whole_or_is_told_that_it_is_gone,
    test_killed_at_every_step_of_the_very_first_publication,
    test_of_32_writers_one_publishes_and_the_others_learn_who,
)
from tests.labelport.catalogue.test_opened import (  # noqa: F401
    test_a_catalogue_gives_its_tables_as_pandas_and_as_datasets,
    test_an_opened_catalogue_keeps_its_generations,
)
from tests.labelport.catalogue.test_parked import (  # noqa: F401
    test_what_is_parked_is_there_for_the_next_run_until_it_is_cleared,
)
from tests.labelport.storage.small_store import Reply, Request, SmallStore, served

pytestmark = pytest.mark.slow
SERVERS = ["moto", "seaweed"]


@pytest.fixture(params=SERVERS)
def connection(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Connection:
    found: Connection = request.getfixturevalue(request.param)
    # Some of these tests open a bucket by its address alone, as a notebook does.
    monkeypatch.setenv("AWS_ENDPOINT_URL", str(found.endpoint))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", str(found.access_key_id))
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", str(found.secret_access_key))
    monkeypatch.setenv("AWS_DEFAULT_REGION", str(found.region))
    return found


@pytest.fixture
def name(connection: Connection) -> str:
    made = f"c-{uuid4().hex}"
    where = {} if connection.region == "us-east-1" else {"LocationConstraint": connection.region}
    client = connection.session().client("s3", endpoint_url=connection.endpoint)
    client.create_bucket(Bucket=made, **({"CreateBucketConfiguration": where} if where else {}))
    return made


@pytest.fixture
def bucket(connection: Connection, name: str) -> S3Bucket:
    return S3Bucket(f"s3://{name}/derived", connection)


@pytest.fixture
def fresh(bucket: S3Bucket) -> Callable[[], S3Bucket]:
    return lambda: S3Bucket(f"{bucket.uri}{uuid4().hex}", bucket.clients.connection)


def test_generations_are_published_read_and_collected(bucket: S3Bucket) -> None:
    for start in (0, 5, 9):
        next_run(bucket, start)
        assert seen(bucket) == (start,)
    generations = {key.split("/")[3] for key in keys_of(bucket, "catalogue/bucket_inventory/generations/")}
    assert len(generations) == 1


def test_a_publish_prefix_belongs_to_one_dataset(bucket: S3Bucket) -> None:
    publish(Stage(bucket, "bucket_inventory", dataset="birds"), "inventory", numbered(range(3)))
    with pytest.raises(PublishTaken, match="belongs to the dataset 'birds'"):
        Stage(bucket, "bucket_inventory", dataset="bats").draft(None)


def test_a_dataset_reads_what_a_query_needs(bucket: S3Bucket) -> None:
    publish(Stage(bucket, "bucket_inventory", dataset="d", shard_rows=100), "inventory", numbered(range(1000)))
    table = labelport.catalogue.open(bucket.uri, bucket.clients.connection).dataset("inventory")
    found = table.to_table(columns=["key"], filter=ds.field("key") < "k00003")
    assert found["key"].to_pylist() == ["k00000", "k00001", "k00002"]
    assert table.count_rows() == 1000


@pytest.fixture
def birds(connection: Connection, name: str) -> Dataset:
    given = {"name": "birds", "bucket": f"s3://{name}/raw", "publish": f"s3://{name}/raw/derived"}
    return open_dataset(DatasetSettings(**given), connection)


def test_a_dataset_in_a_bucket_is_listed_probed_and_read_back(birds: Dataset, connection: Connection) -> None:
    picture = (Path(__file__).parents[3] / "docs").rglob("*.png")
    body = next(picture).read_bytes()
    birds.bucket.put("dawn/größe +%.png", body)
    birds.bucket.put("dawn/line\ttab.png", body)  # one that obstore cannot name
    birds.bucket.put("empty", b"")
    assert refresh_inventory(birds).counts["added"] == 3
    assert refresh_media(birds, allow_errors=True).counts["probed"] == 3
    catalogue = labelport.catalogue.open(birds.publish.uri, connection)
    assert dict(catalogue.frame("media")[["key", "status"]].to_numpy()) == {
        "dawn/größe +%.png": "ok",
        "dawn/line\ttab.png": "ok",
        "empty": "empty",
    }
    birds.bucket.delete("empty")
    birds.bucket.put("dawn/größe +%.png", body[:200])
    again = refresh_inventory(birds, allow_removed=True)
    assert {name: count for name, count in again.counts.items() if count} == {
        "listed": 2, "changed": 1, "deleted": 1, "same": 1,
    }  # fmt: skip
    refresh_media(birds, allow_errors=True)
    media = labelport.catalogue.open(birds.publish.uri, connection).frame("media")
    assert sorted(media["status"]) == ["ok", "truncated"]


def losing(times: int, key: str) -> Any:
    """Lose the answers to so many PUTs of a key, each time after it was done."""
    left = [times]

    def first(store: SmallStore, request: Request) -> Reply | None:
        if request.method != "PUT" or not request.key.endswith(key) or left[0] <= 0:
            return None
        left[0] -= 1
        store.do(request)
        return Reply(200, lost=True)

    return first


@pytest.mark.parametrize("key", ["/CURRENT", "/DATASET", "generation.json", ".parquet"])
def test_an_answer_that_is_lost_on_the_way_publishes_once(key: str) -> None:
    store = SmallStore(losing(1, key))
    with served(store) as reached:
        bucket = S3Bucket("s3://bucket/derived", reached)
        for start in (0, 5):
            next_run(bucket, start)
            assert seen(bucket) == (start,)
            store.first = losing(1, key)
        assert len({kept.split("/")[4] for kept in store.objects if "/generations/" in kept}) == 1


def test_a_store_that_fails_leaves_the_old_generation() -> None:
    store = SmallStore()
    with served(store, max_attempts=1) as reached:
        one = S3Bucket("s3://bucket/derived", reached)
        next_run(one, 0)
        store.first = lambda store, request: (
            Reply(500) if request.key.endswith("CURRENT") and request.method == "PUT" else None
        )
        with pytest.raises(BucketError, match="500 was the answer"):
            next_run(one, 5)
        store.first = lambda store, request: None
        assert seen(one) == (0,)
        assert published_keys(Stage(one, "bucket_inventory", dataset="birds").require())[0] == "k00000"
        next_run(one, 9)
        assert seen(one) == (9,)
