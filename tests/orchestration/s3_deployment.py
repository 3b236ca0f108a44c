"""The small deployment on S3: a bucket of pictures, a bucket that is published to, and a queue where asked for."""

import io
from typing import Any

import dagster as dg
from PIL import Image

from assets.resources import resource_key
from labelport.storage.connection import Connection
from orchestration.queues import build_count_messages
from orchestration.sensors import build_bucket_changes
from tests.orchestration.deployment import Deployment, store_of


def picture(shade: int = 0, *, width: int = 8) -> bytes:
    """Return a small PNG; another shade gives other bytes."""
    body = io.BytesIO()
    Image.new("L", (width, 6), shade).save(body, "PNG")
    return body.getvalue()


class Uploads:
    """A bucket that people upload to below ``raw/``, not through our code, and its queue where asked for."""

    def __init__(self, connection: Connection, bucket: str, *, events: bool = False) -> None:
        self.connection = connection
        self.bucket = bucket
        self._s3 = connection.session().client("s3", endpoint_url=connection.endpoint)
        self._s3.create_bucket(Bucket=bucket, **_region(connection))
        self._sqs = connection.session().client("sqs", endpoint_url=connection.endpoint)
        self.queue = self._queue() if events else None

    def put(self, key: str, body: bytes) -> None:
        self._s3.put_object(Bucket=self.bucket, Key=f"raw/{key}", Body=body)

    def delete(self, key: str) -> None:
        self._s3.delete_object(Bucket=self.bucket, Key=f"raw/{key}")

    def waiting(self) -> int:
        """Return how many messages the queue holds, those under way too."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        told = self._sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=names)["Attributes"]
        return sum(int(value) for value in told.values())

    def _queue(self) -> str:
        url: str = self._sqs.create_queue(QueueName=f"{self.bucket}-uploads")["QueueUrl"]
        arn = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        raw = {"Key": {"FilterRules": [{"Name": "prefix", "Value": "raw/"}]}}  # what we publish is no upload
        told = {"QueueArn": arn, "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"], "Filter": raw}
        self._s3.put_bucket_notification_configuration(
            Bucket=self.bucket, NotificationConfiguration={"QueueConfigurations": [told]}
        )
        return url


class S3Deployment(Deployment):
    """One dataset, ``birds``: ``s3://<bucket>/raw/`` is read, ``s3://<bucket>/derived/`` is published to."""

    def __init__(self, connection: Connection, bucket: str, *, events: bool = False, **settings: Any) -> None:
        self.connection = connection
        self.uploads = Uploads(connection, bucket, events=events)
        self.queue = self.uploads.queue
        self.instance = dg.DagsterInstance.ephemeral()
        self.cursor: str | None = None
        self.queued = {}
        self.settings = {}
        for number in range(2):
            self.put(f"dawn/{number}.png", picture(number))
        self.describe(**settings)
        self.load()

    def places(self, name: str) -> dict[str, Any]:
        place = f"s3://{self.uploads.bucket}"
        return {"bucket": f"{place}/raw/", "publish": f"{place}/derived/", "events": self.queue}

    def load(self) -> None:
        """Load the definitions, with the queue's real count."""
        super().load()
        count_messages = build_count_messages({resource_key("default"): store_of(self.connection)})
        self.sensor = build_bucket_changes(self.watched, count_messages)

    def put(self, key: str, body: bytes) -> None:
        self.uploads.put(key, body)

    def delete(self, key: str) -> None:
        self.uploads.delete(key)

    def waiting(self) -> int:
        return self.uploads.waiting()


def _region(connection: Connection) -> dict[str, Any]:
    if connection.region in (None, "us-east-1"):
        return {}
    return {"CreateBucketConfiguration": {"LocationConstraint": connection.region}}
