"""A queue of a moto server, filled and looked into by boto3 and not by our code."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from labelport.events.sqs import SqsQueue
from labelport.storage.connection import Connection


class Uploads:
    """A queue of its own, and what a test does to it."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._client: Any = connection.session().client("sqs", endpoint_url=connection.endpoint)
        self.url: str = self._client.create_queue(QueueName=f"uploads-{uuid4().hex[:12]}")["QueueUrl"]

    @property
    def arn(self) -> str:
        told = self._client.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])
        return str(told["Attributes"]["QueueArn"])

    def send(self, *bodies: str) -> None:
        for start in range(0, len(bodies), 10):
            entries = [{"Id": str(at), "MessageBody": body} for at, body in enumerate(bodies[start : start + 10])]
            assert not self._client.send_message_batch(QueueUrl=self.url, Entries=entries).get("Failed")

    def queue(self, *, visibility_s: int = 900, kind: type[SqsQueue] = SqsQueue) -> SqsQueue:
        """Return the queue as ours opens it; it does not wait, as moto never says that it is empty when it is not."""
        return kind(self.url, self.connection, visibility_s=visibility_s, wait_s=0)

    def waiting(self) -> int:
        """Return how many messages can be had."""
        return self._count("ApproximateNumberOfMessages")

    def hidden(self) -> int:
        """Return how many messages somebody has taken and not acknowledged."""
        return self._count("ApproximateNumberOfMessagesNotVisible")

    def drop(self) -> None:
        self._client.delete_queue(QueueUrl=self.url)

    def _count(self, name: str) -> int:
        told = self._client.get_queue_attributes(QueueUrl=self.url, AttributeNames=[name])
        return int(told["Attributes"][name])


def counting(connection: Connection) -> tuple[Connection, list[str]]:
    """Return a connection, and the names of the requests to queues that are sent through it."""
    requests: list[str] = []

    @dataclass(frozen=True)
    class Counting(Connection):
        def session(self) -> Any:
            session = super().session()
            session.events.register("before-call.sqs", lambda model, **_: requests.append(model.name))
            return session

    return Counting(**connection.to_options()), requests


@contextmanager
def thousands() -> Iterator[None]:
    """Let moto hold thousands of messages.

    For each of them it counts the whole queue several times over, and of two deletions at once it forgets one.
    """
    from moto.sqs.models import Queue

    one_at_a_time, delete = threading.Lock(), Queue.delete_message

    def delete_alone(queue: Queue, receipt_handle: str) -> None:
        with one_at_a_time:
            delete(queue, receipt_handle)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("moto.sqs.models.unix_time_millis", lambda: time.time() * 1000)
        patch.setattr(Queue, "delete_message", delete_alone)
        patch.setattr(Queue, "attributes", {})
        patch.setattr("moto.sqs.models.SQSBackend.is_message_valid_based_on_retention_period", lambda *_: True)
        yield


def eventually(said: Callable[[], bool], *, seconds: float = 10.0) -> None:
    """Wait until something is so; fail where it is not in time."""
    deadline = time.monotonic() + seconds
    while not said():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.02)
