"""A dataset in a moto bucket whose notifications go to a queue, filled by boto3 and not by our code."""

from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

from labelport.catalogue.inventory import STAGE, refresh_inventory
from labelport.catalogue.outcome import Outcome
from labelport.catalogue.stage import Stage
from labelport.events.contract import Queue
from labelport.settings import DatasetSettings
from labelport.storage.connection import Connection
from labelport.storage.contract import Bucket, ListedObject
from labelport.storage.memory import MemoryBucket
from labelport.storage.s3.bucket import S3Bucket
from tests.labelport.events.queues import Uploads


@dataclass(frozen=True)
class Watched:
    """Objects below ``raw/`` of a bucket, a catalogue in memory, and a queue of which messages are hidden as asked."""

    settings: DatasetSettings
    bucket: Bucket
    publish: Bucket
    uploads: Uploads
    s3: Any = field(repr=False)
    name: str = ""
    """Of the bucket."""

    visibility_s: int = 900

    def queue(self) -> Queue | None:
        return self.uploads.queue(visibility_s=self.visibility_s)

    def put(self, *keys: str, body: bytes = b"tweet") -> None:
        for key in keys:
            self.s3.put_object(Bucket=self.name, Key=f"raw/{key}", Body=body)

    def delete(self, *keys: str) -> None:
        for key in keys:
            self.s3.delete_object(Bucket=self.name, Key=f"raw/{key}")

    def put_unheard(self, *keys: str) -> None:
        """Put objects of which the queue, which was empty, does not tell."""
        self.put(*keys)
        queue = self.uploads.queue()
        while messages := queue.receive():
            queue.delete(messages)

    def lists(self, **options: Any) -> Outcome:
        return refresh_inventory(self, **options)

    def drains(self, **options: Any) -> Outcome:
        return refresh_inventory(self, listing="events", **options)

    def state(self) -> list[dict[str, Any]]:
        """Return the rows without the time, which is the first one of all objects of a token."""
        return [row | {"last_modified": None} for row in self.rows()]

    def rows(self, table: str = "inventory") -> list[dict[str, Any]]:
        return list(Stage(self.publish, STAGE, dataset="birds").require().table(table).to_pylist())

    def listed_keys(self) -> list[str]:
        return [row["key"] for row in self.rows()]

    def fresh(self) -> list[dict[str, Any]]:
        """Return the state of an inventory made from nothing, by a listing."""
        anew = replace(self, publish=MemoryBucket(f"fresh-{uuid4().hex}"), settings=self.with_settings(events=None))
        refresh_inventory(Unwatched(anew.settings, anew.bucket, anew.publish), allow_removed=True)
        return anew.state()

    def with_settings(self, **changes: Any) -> DatasetSettings:
        return DatasetSettings(**{**self.settings.model_dump(), **changes})

    def findings(self) -> dict[str, tuple[int, str]]:
        return {row["code"]: (row["count"], row["message"]) for row in self.rows("findings")}


@dataclass(frozen=True)
class Unwatched:
    """A dataset without a queue."""

    settings: DatasetSettings
    bucket: Bucket
    publish: Bucket

    def queue(self) -> Queue | None:
        return None


def watched(connection: Connection, **settings: Any) -> Watched:
    """Return a dataset in a new bucket; the bucket's first message, the test event, waits in its queue."""
    name = f"birds-{uuid4().hex[:12]}"
    s3 = connection.session().client("s3", endpoint_url=connection.endpoint)
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-2"})
    uploads = Uploads(connection)
    notify(s3, name, uploads)
    given = {"name": "birds", "bucket": f"s3://{name}/raw", "publish": f"memory://{name}", "events": uploads.url}
    made = DatasetSettings(**{**given, "limits": {"removed_share": 1.0}, **settings})
    return Watched(made, S3Bucket(f"s3://{name}/raw", connection), MemoryBucket(name), uploads, s3, name)


def notify(s3: Any, bucket: str, uploads: Uploads) -> None:
    """Let a bucket tell a queue of everything that happens to its objects."""
    told = {"QueueArn": uploads.arn, "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]}
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={"QueueConfigurations": [told]})


def listed_birds(connection: Connection) -> Watched:
    """Return a dataset of ten recordings that were listed; its queue is empty."""
    made = watched(connection)
    made.put(*(f"dawn/{number}.wav" for number in range(10)))
    made.lists()
    assert not waits(made)
    return made


def waits(birds: Watched) -> int:
    """Return how many messages are not acknowledged yet."""
    return birds.uploads.waiting() + birds.uploads.hidden()


def counts(outcome: Outcome) -> dict[str, int]:
    """Return the counts that are not zero."""
    return {name: count for name, count in outcome.counts.items() if count}


class Unlisted:
    """A bucket that is not listed whole."""

    def __init__(self, bucket: Any) -> None:
        self.uri = bucket.uri
        self._bucket = bucket

    def __getattr__(self, name: str) -> Any:
        return getattr(self._bucket, name)

    def list(self, prefix: str = "") -> Any:
        raise AssertionError("the bucket was listed")

    def head(self, key: str) -> ListedObject:
        found: ListedObject = self._bucket.head(key)
        return found
