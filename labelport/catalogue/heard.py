"""What the messages of a queue say of one dataset: at which of its keys to look."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from labelport.errors import QueueError
from labelport.events.contract import Queue
from labelport.events.held import Held, holding
from labelport.events.messages import hints_of
from labelport.findings import Finding, finding
from labelport.privacy import plain, shown_key
from labelport.progress import Progress, silent
from labelport.storage.listing import EXAMPLES
from labelport.storage.s3.address import S3Address

MOST_KEYS = 100_000
"""Of one run. The last messages may name some more, for one may name several thousand."""

PROGRESS_MESSAGES = 1000

ELSEWHERE = "inventory.event_elsewhere"
NOT_UNDERSTOOD = "inventory.event_not_understood"
OF_EVENTS = (ELSEWHERE, NOT_UNDERSTOOD)
"""Findings that messages give rise to. Each speaks of one run: what it acknowledged does not come again."""


@dataclass
class Heard:
    """What the messages say that a run took; it grows while they are taken."""

    keys: set[str] = field(default_factory=set)
    """Of the dataset, below the prefix."""

    messages: int = 0

    left: int = 0
    """About how many messages wait still; 0 where the queue said that it has no more."""

    elsewhere: int = 0
    """Objects of other buckets or prefixes that were named."""

    not_understood: int = 0
    """Messages that are no event of S3, whole or in part."""

    trouble: str | None = None
    """Why the queue could not be asked, or not to the end."""

    examples: list[str] = field(default_factory=list)
    """The first few objects that lie elsewhere."""

    def hear(self, body: str, place: S3Address, belongs: Callable[[str], bool]) -> None:
        """Take in what one message says; ``belongs``: whether a listing would take a key of the place."""
        hints = hints_of(body)
        self.messages += 1
        self.not_understood += not hints.understood
        for named in hints.objects:
            if named.bucket != place.name or not named.key.startswith(place.prefix):
                self.elsewhere += 1
                if len(self.examples) < EXAMPLES:
                    self.examples.append(f"{named.bucket}/{named.key}")
                continue
            key = named.key.removeprefix(place.prefix)
            if key and belongs(key):
                self.keys.add(key)

    def findings(self, *, stage: str, redact: str | bool) -> list[Finding]:
        """Return what is worth telling of the messages."""
        found = []
        if self.elsewhere:
            names = ", ".join(plain(shown_key(name, redact)) for name in self.examples)
            more = ", …" if self.elsewhere > len(self.examples) else ""
            message = f"One run took {self.elsewhere:,} events of other buckets or prefixes: {names}{more}"
            found.append(finding(ELSEWHERE, stage=stage, message=message, value=names, count=self.elsewhere))
        if self.not_understood:
            message = f"One run took {self.not_understood:,} messages that are no events of S3, whole or in part."
            found.append(finding(NOT_UNDERSTOOD, stage=stage, message=message, count=self.not_understood))
        return found


@contextmanager
def heard_messages(
    queue: Queue, place: S3Address, *, belongs: Callable[[str], bool], needed: bool, progress: Progress = silent
) -> Iterator[tuple[Heard, Held]]:
    """Take the messages that wait, and give what they say; they stay hidden until the context ends.

    ``belongs``: whether a listing would take a key of the place. ``needed``: raise ``QueueError`` where
    they cannot be taken; else that is said in ``trouble``.
    """
    heard = Heard()
    with holding(queue) as held:
        try:
            for bodies in held.taken():
                before = heard.messages
                for body in bodies:  # all of them: what is held is acknowledged, heard or not
                    heard.hear(body, place, belongs)
                if heard.messages // PROGRESS_MESSAGES > before // PROGRESS_MESSAGES:
                    progress("receiving", heard.messages, None)
                if len(heard.keys) >= MOST_KEYS:
                    break
        except QueueError as error:
            if needed:
                raise
            heard.trouble = str(error)
        if not held.emptied:
            with suppress(QueueError):  # the sensor counts for itself
                heard.left = queue.count()
        yield heard, held
