"""Whatever happens, and however events come: the inventory equals one made from nothing."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from labelport.catalogue.inventory import STAGE, refresh_inventory
from labelport.catalogue.stage import Stage
from labelport.events.contract import Queue
from labelport.settings import DatasetSettings
from labelport.storage.memory import MemoryBucket, forget
from tests.labelport.events.queues import Uploads
from tests.labelport.events.shapes import by_sns, envelope, notification
from tests.moto import moto_server

KEYS = st.sampled_from(["a", "a/1", "b c", "b+c", "é", "folder/", "left out.tmp"])
BODIES = st.sampled_from([b"", b"1", b"2"])
STEPS = st.lists(
    st.tuples(st.sampled_from(["put", "put", "delete", "send", "drain", "list"]), KEYS, BODIES), max_size=14
)
SHAPES = (notification, envelope, lambda bucket, key: by_sns(notification(bucket, key)))


@dataclass(frozen=True)
class Birds:
    """Objects in memory, of which a test itself tells a real queue."""

    settings: DatasetSettings
    bucket: MemoryBucket
    publish: MemoryBucket
    uploads: Uploads
    opened: Queue | None

    def queue(self) -> Queue | None:
        return self.opened

    def state(self) -> dict[str, str]:
        rows = Stage(self.publish, STAGE, dataset="birds").require().table("inventory").to_pylist()
        return {row["key"]: row["token"] for row in rows}


@pytest.fixture(scope="module")
def uploads() -> Iterator[Uploads]:
    with moto_server() as connection:
        yield Uploads(connection)


def birds_of(uploads: Uploads) -> Birds:
    name = uuid4().hex
    given = DatasetSettings(
        name="birds", bucket="s3://raw/birds", publish=f"memory://out-{name}", events=uploads.url, exclude=["*.tmp"]
    )
    return Birds(given, MemoryBucket(name), MemoryBucket(f"out-{name}"), uploads, uploads.queue())


def fresh(birds: Birds) -> dict[str, str]:
    """Return the state of an inventory made from nothing, by a listing without a queue."""
    publish = MemoryBucket(f"fresh-{birds.bucket.uri}")
    try:
        unwatched = birds.settings.model_copy(update={"events": None})
        anew = Birds(unwatched, birds.bucket, publish, birds.uploads, None)
        refresh_inventory(anew, allow_removed=True)
        return anew.state()
    finally:
        forget(publish.uri.removeprefix("memory://"))


def send(birds: Birds, keys: list[str], chance: random.Random, *, lost: float) -> None:
    """Send events about these keys: in any order, some twice, some not at all."""
    told = [key for key in keys for _ in range(chance.choice([1, 1, 2])) if chance.random() >= lost]
    chance.shuffle(told)
    birds.uploads.send(*(chance.choice(SHAPES)("raw", f"birds/{key}") for key in told))
    keys.clear()


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example([("put", "a", b"1"), ("send", "a", b""), ("delete", "a", b""), ("drain", "a", b"")], random.Random(1), 0.0)
@given(STEPS, st.randoms(use_true_random=False), st.sampled_from([0.0, 0.5]))
def test_after_a_drain_of_all_events_or_a_listing_after_a_loss(
    uploads: Uploads, steps: list[tuple[str, str, bytes]], chance: random.Random, lost: float
) -> None:
    birds = birds_of(uploads)
    pending: list[str] = []
    refresh_inventory(birds, allow_removed=True)
    for step, key, body in steps:
        if step == "put":
            birds.bucket.put(key, body)
            pending.append(key)
        elif step == "delete":
            birds.bucket.delete(key)
            pending.append(key)
        elif step == "send":
            send(birds, pending, chance, lost=lost)
        else:
            refresh_inventory(birds, listing="events" if step == "drain" else "full", allow_removed=True)
    send(birds, pending, chance, lost=lost)
    drained = refresh_inventory(birds, listing="events", allow_removed=True)
    assert drained.counts["listed"] == 0
    assert waits_of(birds) == 0
    if not lost:
        assert birds.state() == fresh(birds)
    refresh_inventory(birds, allow_removed=True)
    assert birds.state() == fresh(birds)
    assert not refresh_inventory(birds, listing="events").changed
    for bucket in (birds.bucket, birds.publish):
        forget(bucket.uri.removeprefix("memory://"))


def waits_of(birds: Birds) -> int:
    return birds.uploads.waiting() + birds.uploads.hidden()
