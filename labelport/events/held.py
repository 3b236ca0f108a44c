"""Messages that a run has taken and not acknowledged: hidden from others for as long as it works on them."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from labelport.errors import QueueError
from labelport.events.contract import BATCH, Message, Queue

MOST_MESSAGES = 100_000
"""Taken at once. SQS itself hides at most 120,000 of a queue."""

TRICKLE_S = 30.0
"""After so long, a request that was not filled ends the taking: a queue that fills while it is emptied never ends."""


class Held:
    """What one run holds of a queue. Use ``holding``."""

    def __init__(self, queue: Queue) -> None:
        self.emptied = False
        """The queue said that it has no more."""
        self._queue = queue
        self._messages: list[Message] = []
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._extending: threading.Thread | None = None

    def __len__(self) -> int:
        return len(self._messages)

    def taken(self, most: int = MOST_MESSAGES) -> Iterator[list[str]]:
        """Yield the bodies of some messages, until the queue is empty or ``most`` were taken.

        Bodies are not kept: each may have a mebibyte. Raises ``QueueError``.
        """
        began = time.monotonic()
        while len(self._messages) < most:
            given = self._queue.receive()
            if not given:
                self.emptied = True
                return
            self._hold([Message(message.receipt, "") for message in given])
            yield [message.body for message in given]
            if len(given) < BATCH and time.monotonic() - began > TRICKLE_S:
                return

    def acknowledge(self) -> None:
        """Delete all that was taken; raises ``QueueError``."""
        self.end()
        self._queue.delete(self._messages)

    def end(self) -> None:
        """Stop hiding what was taken: it comes again when its visibility runs out.

        It is not made visible at once: a draft that was refused is refused again, and the sensor would ask
        for the next run within seconds.
        """
        self._over.set()
        if self._extending is not None:
            self._extending.join()

    def _hold(self, messages: list[Message]) -> None:
        with self._lock:
            self._messages += messages
        if self._extending is None:
            # A thread, because a listing, a HEAD and the writing of a shard may each take its time.
            self._extending = threading.Thread(target=self._extend, name="messages stay hidden", daemon=True)
            self._extending.start()

    def _extend(self) -> None:
        while not self._over.wait(self._queue.visibility_s / 3):
            with self._lock:
                messages = list(self._messages)
            # Where it fails they come again, to be looked at once more: nothing is lost.
            with suppress(QueueError):
                self._queue.extend(messages)


@contextmanager
def holding(queue: Queue) -> Iterator[Held]:
    """Give what holds the messages that are taken of a queue, until the context ends."""
    held = Held(queue)
    try:
        yield held
    finally:
        held.end()
