"""SIGKILL at every bad moment of a drain and of a listing: the next run looks again, and no row is lost or doubled."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from labelport.storage.connection import Connection
from labelport.storage.folder import FolderBucket
from tests.labelport.catalogue.watched import Watched, listed_birds, waits
from tests.labelport.events.queues import eventually
from tests.moto import moto_server
from tests.needs import ROOT

CHILD = """
import json, os, signal, sys
from dataclasses import dataclass

from labelport.catalogue import inventory
from labelport.catalogue.draft import Draft
from labelport.dataset import Dataset
from labelport.events.sqs import SqsQueue
from labelport.settings import DatasetSettings
from labelport.storage.connection import Connection
from labelport.storage.folder import FolderBucket
from labelport.storage.s3.bucket import S3Bucket

settings, connection, publish, visibility_s, mode, moment = json.loads(sys.argv[1])
settings = DatasetSettings.model_validate(settings)
connection = Connection.from_options(connection)


class Watched(Dataset):
    def queue(self):
        return SqsQueue(self.settings.events, self.connection, visibility_s=visibility_s, wait_s=0)


def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)


def half(queue, messages, delete=SqsQueue.delete):
    delete(queue, messages[:2])
    die()


if moment == "receive":
    inventory.drained = inventory.listed_objects = die
elif moment == "look":
    inventory.judged = die
elif moment == "draft":
    Draft.publish = die
elif moment == "publish":
    SqsQueue.delete = die
elif moment == "half of the deletion":
    SqsQueue.delete = half
dataset = Watched(settings, S3Bucket(settings.bucket_uri, connection), FolderBucket(publish), connection)
print(inventory.refresh_inventory(dataset, listing=mode).counts, flush=True)
"""


@pytest.fixture(scope="module")
def connection() -> Iterator[Connection]:
    with moto_server() as found:
        yield found


def run(birds: Watched, mode: str, moment: str) -> subprocess.CompletedProcess[str]:
    given = [birds.settings.model_dump(mode="json"), birds.uploads.connection.to_options(), birds.publish.uri]
    return subprocess.run(
        [sys.executable, "-c", CHILD, json.dumps([*given, birds.visibility_s, mode, moment])],
        capture_output=True, text=True, timeout=60, cwd=ROOT, check=False,
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["events", "full"])
@pytest.mark.parametrize("moment", ["receive", "look", "draft", "publish", "half of the deletion"])
def test_a_killed_run_leaves_its_messages_and_the_next_one_looks_again(
    connection: Connection, tmp_path: Path, mode: str, moment: str
) -> None:
    birds = replace(listed_birds(connection), publish=FolderBucket(str(tmp_path)), visibility_s=2)
    birds.lists()
    birds.put("new.wav")
    birds.put("dawn/3.wav", body=b"other")
    birds.delete("dawn/4.wav")
    before = birds.state()
    killed = run(birds, mode, moment)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    published = moment in ("publish", "half of the deletion")
    assert birds.state() == (birds.fresh() if published else before), "the old or the new one, whole"
    left = 1 if moment == "half of the deletion" else 3
    assert waits(birds) == left
    eventually(lambda: birds.uploads.waiting() == left)
    outcome = birds.drains()
    assert outcome.counts["heads"] == left
    assert outcome.changed is not published
    assert birds.state() == birds.fresh()
    assert waits(birds) == 0


@pytest.mark.slow
def test_a_run_that_is_not_killed_says_what_it_did(connection: Connection, tmp_path: Path) -> None:
    """The judge of the tests above: their child does the whole work."""
    birds = replace(listed_birds(connection), publish=FolderBucket(str(tmp_path)))
    birds.lists()
    birds.put("new.wav")
    done = run(birds, "events", "never")
    assert done.returncode == 0, done.stderr
    assert "'added': 1" in done.stdout
    assert birds.state() == birds.fresh()
    assert waits(birds) == 0
