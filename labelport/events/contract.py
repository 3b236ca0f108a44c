"""What a queue of events is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

BATCH = 10
"""Most messages of one request, whether they are given, hidden or acknowledged (SQS API reference)."""


@dataclass(frozen=True)
class Message:
    """One message as the queue gave it."""

    receipt: str
    """What deletes it, until its visibility runs out."""

    body: str
    """Text, mostly JSON; whatever somebody sent."""


class Queue(Protocol):
    """A queue of one dataset. Every method raises ``QueueError``."""

    @property
    def visibility_s(self) -> int:
        """Return for how many seconds messages that were given are hidden."""
        ...

    def count(self) -> int:
        """Return about how many messages wait, those under way not counted; raises ``QueueError``."""
        ...

    def receive(self) -> Sequence[Message]:
        """Return some messages and hide them for the visibility time; none: the queue is empty now."""
        ...

    def extend(self, messages: Sequence[Message]) -> None:
        """Hide messages for another visibility time."""
        ...

    def delete(self, messages: Sequence[Message]) -> None:
        """Acknowledge messages: they are not given again."""
        ...
