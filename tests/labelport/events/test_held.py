"""What a run holds of a queue stays hidden while it works, and comes again where it does not end well."""

from collections.abc import Sequence

import pytest

from labelport.errors import QueueError
from labelport.events import held as module
from labelport.events.contract import Message
from labelport.events.held import holding
from labelport.events.sqs import SqsQueue
from tests.labelport.events.queues import Uploads, eventually


def bodies_of(batches: Sequence[Sequence[str]]) -> list[str]:
    return [body for batch in batches for body in batch]


def test_all_that_waits_is_taken_and_acknowledged_at_the_end(uploads: Uploads) -> None:
    uploads.send(*(f"m{number}" for number in range(25)))
    with holding(uploads.queue()) as held:
        assert sorted(bodies_of(list(held.taken()))) == sorted(f"m{number}" for number in range(25))
        assert (held.emptied, len(held)) == (True, 25)
        assert (uploads.waiting(), uploads.hidden()) == (0, 25)
        held.acknowledge()
    assert (uploads.waiting(), uploads.hidden()) == (0, 0)


def test_what_is_not_acknowledged_comes_again(uploads: Uploads) -> None:
    uploads.send("one")
    with holding(uploads.queue(visibility_s=1)) as held:
        assert bodies_of(list(held.taken())) == ["one"]
    assert uploads.hidden() == 1, "not at once, or a refused draft would be refused again within seconds"
    eventually(lambda: uploads.waiting() == 1)


@pytest.mark.slow
def test_messages_stay_hidden_for_longer_than_their_visibility_while_the_run_lasts(uploads: Uploads) -> None:
    """Also those that are taken late: the thread extends whatever is held by then."""
    uploads.send(*"abc")
    renewed: list[int] = []

    class Watched(SqsQueue):
        def extend(self, messages: Sequence[Message]) -> None:
            super().extend(messages)
            renewed.append(len(messages))

    with holding(uploads.queue(visibility_s=2, kind=Watched)) as held:
        taking = held.taken(most=13)
        next(taking)
        uploads.send(*(f"late{number}" for number in range(10)))
        next(taking)
        eventually(lambda: renewed[-1:] == [13] and len(renewed) > 4)  # three seconds and more
        assert (uploads.waiting(), uploads.hidden()) == (0, 13)
        held.acknowledge()
        assert (uploads.waiting(), uploads.hidden()) == (0, 0)
    count = len(renewed)
    assert not held._extending or not held._extending.is_alive()
    assert len(renewed) == count


def test_no_more_is_taken_than_was_asked_for(uploads: Uploads) -> None:
    uploads.send(*(f"m{number}" for number in range(35)))
    with holding(uploads.queue()) as held:
        assert len(bodies_of(list(held.taken(most=20)))) == 20
        assert not held.emptied
    assert uploads.waiting() == 15


def test_a_queue_that_fills_while_it_is_emptied_is_left_after_a_while(
    uploads: Uploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TRICKLE_S", 0.0)
    uploads.send(*(f"m{number}" for number in range(12)))
    with holding(uploads.queue()) as held:
        taken = []
        for batch in held.taken():
            taken += batch
            uploads.send("another")
        assert not held.emptied
    assert 12 < len(taken) < 30


def test_an_empty_queue_costs_one_question_and_no_thread(uploads: Uploads) -> None:
    with holding(uploads.queue()) as held:
        assert list(held.taken()) == []
        assert (held.emptied, len(held), held._extending) == (True, 0, None)
        held.acknowledge()


def test_bodies_are_not_kept(uploads: Uploads) -> None:
    uploads.send("x" * 100_000)
    with holding(uploads.queue()) as held:
        list(held.taken())
        assert [message.body for message in held._messages] == [""]


def test_a_queue_that_cannot_hide_is_drained_all_the_same(uploads: Uploads) -> None:
    """Where messages cannot be kept hidden they come again, which is harmless."""
    uploads.send("one")
    tried: list[int] = []

    class Stubborn(SqsQueue):
        def extend(self, messages: Sequence[Message]) -> None:
            tried.append(len(messages))
            raise QueueError("no right to extend")

    with holding(uploads.queue(visibility_s=1, kind=Stubborn)) as held:
        list(held.taken())
        eventually(lambda: len(tried) == 2)
        held.acknowledge()
    assert (uploads.waiting(), uploads.hidden()) == (0, 0)
