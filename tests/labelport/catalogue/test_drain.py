"""Events of a bucket, drained into the inventory: moto's S3 makes them, moto's SQS brings them."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from labelport.catalogue.inventory import STAGE, refresh_inventory
from labelport.catalogue.outcome import DraftRefused
from labelport.catalogue.stage import Stage
from labelport.dataset import open_dataset
from labelport.errors import BucketError, QueueError
from labelport.storage.connection import Connection
from labelport.storage.contract import ListedObject
from labelport.storage.memory import MemoryBucket
from labelport.storage.s3.bucket import S3Bucket
from tests.labelport.catalogue.watched import Unlisted, Watched, counts, waits, watched
from tests.labelport.events.queues import counting, eventually, thousands
from tests.labelport.events.shapes import by_sns, envelope, notification

ODD_KEYS = ["x y.jpg", "x+y.jpg", "100%.jpg", "a%2Fb", "é/日本.dcm", "a", "a/1", "x y+%é.jpg", " ", "q?&=#'\"<>"]


def test_new_overwritten_and_deleted_objects_come_by_events_and_nothing_is_listed(birds: Watched) -> None:
    birds.put("dawn/new.wav")
    birds.put("dawn/3.wav", body=b"other")
    birds.delete("dawn/4.wav")
    first = Stage(birds.publish, STAGE, dataset="birds").require()
    outcome = replace(birds, bucket=Unlisted(birds.bucket)).drains()
    assert counts(outcome) == {"added": 1, "changed": 1, "deleted": 1, "messages": 3, "heads": 3}
    assert outcome.counts["listed"] == 0
    assert outcome.verdicts[0].evidence["listing"] == "events"
    assert outcome.changed
    assert outcome.generation != first.id
    assert birds.state() == birds.fresh()
    assert waits(birds) == 0


def test_odd_keys_come_by_events_as_a_listing_gives_them(birds: Watched) -> None:
    birds.put(*ODD_KEYS)
    assert birds.drains().counts["added"] == len(ODD_KEYS)
    assert birds.state() == birds.fresh()
    assert set(ODD_KEYS) < set(birds.listed_keys())
    birds.delete("a", "x+y.jpg")
    assert birds.drains().counts["deleted"] == 2
    assert birds.state() == birds.fresh()
    assert "a/1" in birds.listed_keys()


def test_odd_names_of_nothing_fail_no_drain(birds: Watched) -> None:
    """A message that no run could ever drain would stand in the way of all others."""
    odd = [
        "../up",
        "a//b",
        "/lead",
        "./x",
        "x/..",
        "new\nline",
        "\x01",
        "\x7f",
        "tail/",
        "\uffff",
        "e\u0301",
        "k" * 1000,
    ]
    birds.uploads.send(*(notification(birds.name, f"raw/{key}") for key in odd))
    assert counts(birds.drains()) == {"messages": len(odd), "heads": len(odd)}
    assert waits(birds) == 0


def test_nothing_differs_and_nothing_is_published_but_the_messages_are_acknowledged(birds: Watched) -> None:
    before = Stage(birds.publish, STAGE, dataset="birds").require().id
    birds.put("dawn/1.wav")  # the same bytes: the same ETag
    birds.put("brief.wav")
    birds.delete("brief.wav")
    outcome = birds.drains()
    assert counts(outcome) == {"same": 1, "messages": 3, "heads": 2}
    assert (outcome.changed, outcome.generation) == (False, before)
    assert waits(birds) == 0


def test_an_empty_queue_changes_nothing(birds: Watched) -> None:
    assert counts(birds.drains()) == {}


def test_doubled_and_disordered_events_are_settled_by_what_is_there(birds: Watched) -> None:
    birds.put("new.wav")
    birds.put("dawn/0.wav", body=b"last")
    birds.drains()
    raw = birds.name
    birds.uploads.send(
        notification(raw, "raw/new.wav", event="ObjectRemoved:Delete"),  # delivered after its create, meant before it
        notification(raw, "raw/new.wav", "raw/new.wav"),
        notification(raw, "raw/dawn/0.wav", event="ObjectRemoved:Delete"),
        notification(raw, "raw/gone.wav"),  # its delete was lost
    )
    assert counts(birds.drains()) == {"same": 2, "messages": 4, "heads": 3}
    assert birds.state() == birds.fresh()


@pytest.mark.parametrize("shape", [notification, envelope, lambda b, k: by_sns(notification(b, k)), lambda b, k: by_sns(envelope(b, k))])  # fmt: skip
def test_every_shape_brings_its_object(birds: Watched, shape: Callable[[str, str], str]) -> None:
    birds.put_unheard("x y+%é.jpg")
    birds.uploads.send(shape(birds.name, "raw/x y+%é.jpg"))
    assert counts(birds.drains()) == {"added": 1, "messages": 1, "heads": 1}


def test_folder_markers_globs_and_the_publish_folder_are_left_out_as_in_a_listing(moto: Connection) -> None:
    birds = watched(moto, exclude=["**/*.tmp"])
    birds.put("a.wav")
    birds.lists()
    birds.put("folder/", body=b"")
    birds.put("folder/x.tmp", "folder/x.wav")
    birds.put("with bytes/", body=b"1")
    outcome = birds.drains()
    assert counts(outcome) == {"added": 2, "messages": 4, "heads": 3}
    assert birds.state() == birds.fresh()
    birds.put("with bytes/", body=b"")
    assert counts(birds.drains()) == {"deleted": 1, "messages": 1, "heads": 1}
    assert birds.state() == birds.fresh()


def test_a_refused_drain_keeps_its_messages_and_the_guard_counts_all_rows(birds: Watched) -> None:
    guarded = replace(birds, settings=birds.with_settings(limits={"removed_share": 0.2}), visibility_s=1)
    birds.delete("dawn/0.wav", "dawn/1.wav", "dawn/2.wav")
    with pytest.raises(DraftRefused, match="3 of 10 objects") as refused:
        guarded.drains()
    evidence = refused.value.verdicts[0].evidence
    assert (evidence["before"], evidence["listed"], evidence["removed"]) == (10, 7, 3)
    assert evidence["examples"] == ["dawn/0.wav", "dawn/1.wav", "dawn/2.wav"]
    assert len(birds.listed_keys()) == 10
    assert waits(birds) == 3
    eventually(lambda: birds.uploads.waiting() == 3)
    assert counts(guarded.drains(allow_removed=True)) == {"deleted": 3, "messages": 3, "heads": 3}
    assert birds.state() == birds.fresh()
    assert waits(birds) == 0


def test_a_refused_listing_keeps_its_messages(birds: Watched) -> None:
    guarded = replace(birds, settings=birds.with_settings(limits={"removed_share": 0.2}))
    birds.delete("dawn/0.wav", "dawn/1.wav", "dawn/2.wav")
    with pytest.raises(DraftRefused):
        guarded.lists()
    assert waits(birds) == 3


def test_a_head_that_fails_publishes_nothing_and_keeps_the_messages(birds: Watched) -> None:
    birds.put("new.wav", "newer.wav")

    class Denied(Unlisted):
        def head(self, key: str) -> ListedObject:
            if key == "newer.wav":
                raise BucketError("s3:GetObject is denied")
            return super().head(key)

    with pytest.raises(BucketError, match="denied"):
        replace(birds, bucket=Denied(birds.bucket)).drains()
    assert len(birds.listed_keys()) == 10
    assert waits(birds) == 2


def test_a_bucket_that_is_gone_is_no_deletion_of_what_events_name(birds: Watched) -> None:
    birds.uploads.send(notification(birds.name, "raw/dawn/1.wav"))
    away = S3Bucket("s3://no-such-bucket/raw/", birds.uploads.connection)
    with pytest.raises(BucketError, match="there is no bucket"):
        replace(birds, bucket=away).drains()
    assert len(birds.listed_keys()) == 10
    assert waits(birds) == 1


def test_a_queue_that_cannot_be_drained_fails_a_drain_and_not_a_listing(birds: Watched) -> None:
    birds.put("new.wav")
    birds.uploads.drop()
    with pytest.raises(QueueError, match="no such queue"):
        birds.drains()
    outcome = birds.lists()
    assert counts(outcome) == {"listed": 11, "added": 1, "same": 10}
    assert "no such queue" in outcome.verdicts[0].evidence["queue"]
    assert "no such queue" in birds.findings()["inventory.queue_unreachable"][1]


@pytest.mark.slow
def test_messages_stay_hidden_while_a_drain_takes_longer_than_their_visibility(birds: Watched) -> None:
    birds.put("new.wav")
    seen: set[tuple[int, int]] = set()

    class Slow(Unlisted):
        def head(self, key: str) -> ListedObject:
            end = time.monotonic() + 5
            while time.monotonic() < end:
                seen.add((birds.uploads.waiting(), birds.uploads.hidden()))
                time.sleep(0.1)
            return super().head(key)

    outcome = replace(birds, bucket=Slow(birds.bucket), visibility_s=2).drains()
    assert outcome.counts["added"] == 1
    assert seen == {(0, 1)}
    assert waits(birds) == 0


@pytest.mark.slow
def test_the_whole_way_through_the_settings_and_the_real_queue(moto: Connection) -> None:
    """Also the publish folder lies in the bucket: its own events end after one run that finds nothing."""
    made = watched(moto)
    settings = made.with_settings(publish=f"s3://{made.name}/derived", bucket=f"s3://{made.name}/raw/")
    dataset = open_dataset(settings, moto)
    made.put(*ODD_KEYS)
    assert refresh_inventory(dataset, listing="events").counts["listed"] == len(ODD_KEYS)
    made.put("more.wav")
    made.delete("a")
    outcome = refresh_inventory(dataset, listing="events")
    assert (outcome.counts["added"], outcome.counts["deleted"], outcome.counts["listed"]) == (1, 1, 0)
    assert refresh_inventory(dataset, listing="events").counts["events_elsewhere"] > 0
    last = refresh_inventory(dataset, listing="events")
    assert not last.changed
    assert waits(made) == 0
    rows = Stage(dataset.publish, STAGE, dataset="birds").require().table("inventory").to_pylist()
    assert [row | {"last_modified": None} for row in rows] == made.fresh()


@pytest.mark.slow
def test_two_thousand_messages_cost_a_request_for_ten_and_a_head_for_each_key(moto: Connection) -> None:
    counted, requests = counting(moto)
    birds = watched(counted)
    birds.put("a.wav")
    birds.lists()
    stored = MemoryBucket(f"many-{birds.name}")
    keys = [f"{number % 500:05d}.wav" for number in range(2000)]
    for key in ["a.wav", *keys[:500]]:
        stored.put(key, b"tweet")
    meeting = Meeting(stored)
    with thousands():
        birds.uploads.send(*(notification(birds.name, f"raw/{key}") for key in keys))
        requests.clear()
        outcome = replace(birds, bucket=meeting).drains()
    assert counts(outcome) == {"added": 500, "messages": 2000, "heads": 500}
    assert Counter(requests) == {"ReceiveMessage": 201, "DeleteMessageBatch": 200}
    assert (meeting.heads, meeting.met) == (500, True)
    assert waits(birds) == 0


class Meeting(Unlisted):
    """A bucket that counts its HEADs, and whose first sixteen wait for each other."""

    def __init__(self, bucket: Any) -> None:
        super().__init__(bucket)
        self.heads = 0
        self.met = False
        self._lock = threading.Lock()
        self._sixteen = threading.Barrier(16)

    def head(self, key: str) -> ListedObject:
        with self._lock:
            self.heads += 1
            waits = self.heads <= 16
        if waits:
            self._sixteen.wait(timeout=10)
            self.met = True
        return super().head(key)
