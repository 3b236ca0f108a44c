"""When the inventory is listed and when the queue is drained; runs and uploads at the same time."""

from dataclasses import replace
from typing import Any, Literal

import pytest

from labelport.catalogue import heard
from labelport.catalogue.inventory import refresh_inventory
from labelport.catalogue.outcome import Outcome
from labelport.errors import CatalogueConflict
from labelport.storage.connection import Connection
from labelport.storage.contract import ListedObject
from tests.labelport.catalogue.watched import Unlisted, Unwatched, Watched, counts, waits, watched
from tests.labelport.events.queues import eventually


def why(outcome: Outcome) -> str | None:
    """Return why a drain listed the bucket, or null where it did not."""
    words: str | None = outcome.verdicts[0].evidence.get("listed_because")
    return words


# When a drain lists


def test_a_first_drain_lists_and_says_why(moto: Connection) -> None:
    birds = watched(moto)
    birds.put("a.wav")
    outcome = birds.drains()
    assert (outcome.counts["listed"], why(outcome)) == (1, "nothing was published yet")
    assert outcome.verdicts[0].evidence["listing"] == "full"
    assert waits(birds) == 0


def test_changed_settings_and_code_list(birds: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    narrowed = replace(birds, settings=birds.with_settings(exclude=["dawn/1.wav"]))
    assert why(narrowed.drains()) == "settings or code changed"
    assert why(narrowed.drains()) is None
    monkeypatch.setattr("labelport.catalogue.inventory.CODE_VERSION", "0")
    assert why(narrowed.drains()) == "settings or code changed"


def test_a_dataset_without_a_queue_lists(birds: Watched) -> None:
    settings = birds.with_settings(events=None)
    other = Unwatched(settings, birds.bucket, birds.publish)
    assert why(refresh_inventory(other, listing="events")) == "the dataset has no queue of events"


def test_what_somebody_without_this_queue_published_is_no_ground_to_drain_on(birds: Watched) -> None:
    birds.put("theirs.wav")
    refresh_inventory(Unwatched(birds.with_settings(events=None), birds.bucket, birds.publish))
    outcome = birds.drains()
    assert why(outcome) == "the live generation was published without this queue"
    assert outcome.changed, "once, although nothing differs: the next one drains"
    assert why(birds.drains()) is None


def test_a_queue_that_was_named_after_the_last_listing_lists_once(birds: Watched, moto: Connection) -> None:
    other = watched(moto)
    moved = replace(birds, settings=birds.with_settings(events=other.uploads.url), uploads=other.uploads)
    assert why(moved.drains()) is not None
    assert why(moved.drains()) is None


# A listing with a queue


def test_a_listing_takes_the_backlog_of_a_first_upload_without_a_head(moto: Connection) -> None:
    birds = watched(moto)
    birds.put(*(f"{number}.wav" for number in range(25)))
    outcome = replace(birds, bucket=Unheaded(birds.bucket)).lists()
    assert counts(outcome) == {"listed": 25, "added": 25, "messages": 26}
    assert waits(birds) == 0


def test_a_listing_of_messages_that_are_no_events_says_so_too(birds: Watched) -> None:
    birds.uploads.send("hello")
    assert counts(birds.lists()) == {"listed": 10, "same": 10, "messages": 1, "events_not_understood": 1}
    assert "inventory.event_not_understood" in birds.findings()


# Runs and uploads at the same time


def test_an_object_overwritten_between_its_head_and_the_publication_comes_by_its_own_event(birds: Watched) -> None:
    birds.put("hot.wav", body=b"one")

    def overwrite(phase: str, done: int, total: int | None) -> None:
        if phase == "publishing":
            birds.put("hot.wav", body=b"two!")

    birds.drains(progress=overwrite)
    assert sizes(birds)["hot.wav"] == 3
    assert waits(birds) == 1
    assert counts(birds.drains()) == {"changed": 1, "messages": 1, "heads": 1}
    assert sizes(birds)["hot.wav"] == 4


@pytest.mark.parametrize("mode", ["full", "events"])
@pytest.mark.parametrize("when", ["receiving", "listing", "asking", "publishing"])
def test_what_is_uploaded_while_a_run_is_under_way_is_there_after_the_next(
    birds: Watched, mode: Literal["full", "events"], when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heard, "PROGRESS_MESSAGES", 1)
    birds.put("new.wav")
    birds.delete("dawn/1.wav")
    met: list[str] = []

    def meanwhile(phase: str, done: int, total: int | None) -> None:
        if phase == when and not met:
            met.append(phase)
            birds.put("dawn/1.wav", "late.wav")
            birds.delete("new.wav", "dawn/2.wav")

    refresh_inventory(birds, listing=mode, progress=meanwhile)
    assert bool(met) == (when != ("asking" if mode == "full" else "listing"))
    birds.drains()
    assert birds.state() == birds.fresh()
    assert waits(birds) == 0


@pytest.mark.slow
def test_a_drain_that_is_overtaken_keeps_its_messages(birds: Watched) -> None:
    """Whether it would publish (the first) or found nothing that differs (the second)."""
    hasty = replace(birds, visibility_s=1)
    for number, differs in enumerate([True, False]):
        birds.put("dawn/1.wav", body=b"other")
        met: list[str] = []

        def meanwhile(phase: str, done: int, total: int | None, met: list[str] = met, number: int = number) -> None:
            if phase == "asking" and not met:
                met.append(phase)
                birds.put(f"theirs {number}.wav")
                birds.lists()

        with pytest.raises(CatalogueConflict, match="run again" if differs else "looked at again"):
            hasty.drains(progress=meanwhile)
        assert waits(birds) == 1
        eventually(lambda: birds.uploads.waiting() == 1)
        birds.drains()
        assert birds.state() == birds.fresh()
        assert waits(birds) == 0


def sizes(birds: Watched) -> dict[str, int]:
    return {row["key"]: row["size"] for row in birds.rows()}


class Unheaded(Unlisted):
    """A bucket that is listed, and asked of no object."""

    def list(self, prefix: str = "") -> Any:
        return self._bucket.list(prefix)

    def head(self, key: str) -> ListedObject:
        raise AssertionError(f"{key} was asked for")
