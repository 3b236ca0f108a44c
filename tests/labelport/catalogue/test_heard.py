"""What messages say of a dataset: what is its own, what is not, and how much one run takes."""

import pytest

from labelport.catalogue import heard as module
from labelport.storage.connection import Connection
from tests.labelport.catalogue.watched import Watched, counts, waits, watched
from tests.labelport.events.shapes import TEST_EVENT, by_sns, notification


def test_the_test_event_comes_first_and_says_nothing(moto: Connection) -> None:
    birds = watched(moto)
    birds.put("a.wav")
    assert counts(birds.drains()) == {"listed": 1, "added": 1, "messages": 2}
    birds.uploads.send(TEST_EVENT, by_sns(TEST_EVENT))
    assert counts(birds.drains()) == {"messages": 2}
    assert birds.findings() == {}
    assert waits(birds) == 0


def test_events_of_elsewhere_and_other_messages_are_findings_and_acknowledged(birds: Watched) -> None:
    birds.uploads.send(
        notification("other-bucket", "raw/x.wav"),
        notification(birds.name, "derived/y.wav", "rawer/z.wav", "raw/dawn/1.wav"),
        "hello",
        '{"Records": [{"s3": 1}]}',
    )
    outcome = birds.drains()
    assert counts(outcome) == {
        "same": 1, "messages": 4, "heads": 1, "events_elsewhere": 3, "events_not_understood": 2
    }  # fmt: skip
    assert outcome.changed, "or nobody would ever see the findings"
    assert outcome.findings["warning"] == 5
    found = birds.findings()
    assert found["inventory.event_elsewhere"][0] == 3
    assert "other-bucket/raw/x.wav" in found["inventory.event_elsewhere"][1]
    assert found["inventory.event_not_understood"][0] == 2
    assert waits(birds) == 0
    birds.uploads.send("hello again", notification("other-bucket", "x"))
    again = birds.drains()
    assert not again.changed, "or a publish folder in the bucket would publish for ever"
    assert counts(again) == {"messages": 2, "events_elsewhere": 1, "events_not_understood": 1}
    birds.put("more.wav")
    birds.drains()
    assert birds.findings() == found, "they stay until a listing"
    birds.lists()
    birds.put("yet more.wav")
    birds.lists()
    assert birds.findings() == {}


def test_findings_of_the_last_listing_are_kept_by_a_drain(moto: Connection) -> None:
    birds = watched(moto)
    birds.put("folder/", body=b"")
    birds.put("a.wav")
    birds.lists()
    [kept] = birds.rows("findings")
    birds.put("b.wav")
    birds.uploads.send("hello")
    birds.drains()
    assert [row["code"] for row in birds.rows("findings")] == [
        "inventory.event_not_understood",
        "inventory.folder_marker",
    ]
    assert kept in birds.rows("findings")


def test_names_that_may_identify_are_redacted_in_the_finding(birds: Watched) -> None:
    birds.uploads.send(notification("other-bucket", "patient/DOE^JANE.dcm"))
    birds.drains()
    assert "DOE" not in str(birds.rows("findings"))


def test_more_keys_than_one_run_takes_are_left_and_counted(birds: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_KEYS", 5)
    birds.put(*(f"new/{number}.wav" for number in range(25)))
    first = birds.drains()
    assert counts(first) == {"added": 10, "messages": 10, "heads": 10, "messages_left": 15}
    assert waits(birds) == 15, "what was taken with the last key was heard, and nothing else is acknowledged"
    while birds.drains().counts["messages_left"]:
        pass
    assert birds.state() == birds.fresh()
