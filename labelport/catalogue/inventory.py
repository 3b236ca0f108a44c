"""The stage bucket_inventory: one row an object, published only where it can be believed."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Literal, Protocol

from labelport.catalogue.difference import Changes, compared
from labelport.catalogue.draft import Draft
from labelport.catalogue.drain import drained
from labelport.catalogue.generation import Generation
from labelport.catalogue.heard import Heard, heard_messages
from labelport.catalogue.listed import listed_objects
from labelport.catalogue.outcome import Outcome, Verdict, outcome_of
from labelport.catalogue.pointer import current_id
from labelport.catalogue.publication import STAGE, UNREACHABLE, Fresh, MadeBy, already_live, judged, publish
from labelport.catalogue.stage import Stage
from labelport.codes import CODES
from labelport.errors import CatalogueConflict
from labelport.events.contract import Queue
from labelport.events.held import Held
from labelport.findings import Finding, finding
from labelport.privacy import plain, shown_key
from labelport.progress import Progress, silent
from labelport.settings import DatasetSettings
from labelport.storage.contract import Bucket
from labelport.storage.globs import KeyFilter, key_filter
from labelport.storage.listing import ListingNotes
from labelport.storage.opening import key_inside
from labelport.storage.s3.address import parse_address

__all__ = ["STAGE", "OpenDataset", "code_version", "findings_of", "refresh_inventory", "settings_hash"]

CODE_VERSION = "1"


class OpenDataset(Protocol):
    """What the stage takes of ``labelport.dataset.Dataset``, which is above this room."""

    @property
    def settings(self) -> DatasetSettings:
        """Return what its owner wrote."""
        ...

    @property
    def bucket(self) -> Bucket:
        """Return the raw objects."""
        ...

    @property
    def publish(self) -> Bucket:
        """Return where the catalogue lies."""
        ...

    def queue(self) -> Queue | None:
        """Return the queue of events, or null."""
        ...


def code_version(settings: DatasetSettings) -> str:  # noqa: ARG001 -- every stage has this signature
    """Return the version of the stage's code."""
    return CODE_VERSION


def settings_hash(settings: DatasetSettings) -> str:
    """Return the hash of the settings that decide which objects are listed."""
    given = settings.hash_of("bucket", "include", "exclude")
    own = settings.left_out[len(settings.exclude) :]
    return "+".join([given, *own])


def refresh_inventory(
    dataset: OpenDataset,
    *,
    allow_removed: bool = False,
    listing: Literal["full", "events"] = "full",
    progress: Progress = silent,
) -> Outcome:
    """Find out what is in the bucket, judge what changed, and publish it; then acknowledge the events.

    ``full`` lists the bucket: sorted in bounded runs, and compared with the live generation as two sorted
    streams. ``events`` lists nothing: it takes the messages of the dataset's queue and asks for the keys
    that they name (``labelport.catalogue.drain``). It lists all the same where the live generation is no
    ground for that; the evidence of the check ``removed_share`` says why.

    Shards without a difference are carried over, and where nothing differs nothing is published. A listing
    takes the messages that wait before it begins, and acknowledges them too: it is the truth of a later
    moment, and the backlog of a first upload costs no HEADs.
    ``allow_removed`` lifts the guards ``removed_share`` and ``not_empty`` for this run.

    Counts: ``listed`` (0 for a drain), ``added``, ``changed``, ``deleted``, ``same``; of the queue
    ``messages`` taken, ``messages_left`` (about), ``heads``, ``events_elsewhere``, ``events_not_understood``.

    Raises ``BucketError`` where the bucket cannot be listed whole or a HEAD fails, ``QueueError`` where the
    queue cannot be drained or the messages cannot be acknowledged after publishing, ``DraftRefused``,
    ``CatalogueConflict``. Whatever is raised before publishing, the messages stay in the queue and come
    again when their visibility runs out.
    """
    started = time.monotonic()
    settings = dataset.settings
    stage = Stage(dataset.publish, STAGE, dataset=settings.name)
    live = stage.current()
    events = settings.hash_of("events") if settings.events else None
    made_by = MadeBy(code_version(settings), settings_hash(settings), events)
    because = why_listed(live, made_by) if listing == "events" else ""
    taking = Taking.of(settings)
    draft = None
    with ExitStack() as place:
        heard, held = place.enter_context(_messages(dataset, taking, needed=because is None, progress=progress))
        if live is not None and because is None:
            fresh = _drained(dataset, live, heard, place=place, progress=progress)
        else:
            fresh = _listed(dataset, live, heard, taking=taking, place=place, progress=progress)
        evidence = {"listing": "full" if fresh.whole else "events", "listed_because": because, "queue": heard.trouble}
        shown = {name: words for name, words in evidence.items() if words}
        verdicts = judged(settings, live, fresh, lifted=allow_removed, evidence=shown)
        published = already_live(live, fresh, made_by)
        if published is None:
            progress("publishing", 0, None)
            draft = stage.draft(live)
            published = publish(draft, live, fresh, made_by)
        elif held is not None:
            _refuse_overtaken(dataset, published)
        if held is not None:
            held.acknowledge()
    if draft is not None:
        stage.collect(generations=settings.retention.generations, days=settings.retention.days)
    return _outcome(published, fresh, heard, verdicts=verdicts, draft=draft, seconds=time.monotonic() - started)


def why_listed(live: Generation | None, made_by: MadeBy) -> str | None:
    """Return why a drain must list the bucket instead, or null where the live generation is ground for it."""
    if made_by.events is None:
        return "the dataset has no queue of events"
    if live is None:
        return "nothing was published yet"
    if not made_by.equals(live):
        return "settings or code changed"
    if not made_by.follows(live):
        return "the live generation was published without this queue"
    return None


@dataclass(frozen=True)
class Taking:
    """Which keys of the bucket are the dataset's."""

    wanted: KeyFilter

    inside: str | None
    """Folder of the bucket in which Labelport itself publishes."""

    @classmethod
    def of(cls, settings: DatasetSettings) -> "Taking":
        """Return what the settings take."""
        wanted = key_filter(settings.include, settings.left_out)
        return cls(wanted, key_inside(settings.bucket_uri, settings.publish))

    def takes(self, key: str) -> bool:
        """Return whether a listing would give a key."""
        return self.wanted.matches(key) and not (self.inside is not None and key.startswith(self.inside))


@contextmanager
def _messages(
    dataset: OpenDataset, taking: Taking, *, needed: bool, progress: Progress
) -> Iterator[tuple[Heard, Held | None]]:
    queue = dataset.queue()
    if queue is None:
        yield Heard(), None
        return
    place = parse_address(dataset.settings.bucket_uri)
    with heard_messages(queue, place, belongs=taking.takes, needed=needed, progress=progress) as taken:
        yield taken


def _listed(
    dataset: OpenDataset,
    live: Generation | None,
    heard: Heard,
    *,
    taking: Taking,
    place: ExitStack,
    progress: Progress,
) -> Fresh:
    listed = place.enter_context(
        listed_objects(dataset.bucket, wanted=taking.wanted, inside=taking.inside, progress=progress)
    )
    if live is None:
        changes = Changes(upserts=listed.batches, deletes=iter(()), added=listed.num_rows)
    else:
        changes = compared(live.batches("inventory"), listed.batches, place=place)
    redact = dataset.settings.privacy.redact_keys
    found = [*findings_of(listed.notes, redact=redact), *heard.findings(stage=STAGE, redact=redact)]
    if heard.trouble:
        found.append(finding(UNREACHABLE, stage=STAGE, message=heard.trouble))
    return Fresh(changes=changes, rows=listed.num_rows, found=found, whole=True)


def _drained(dataset: OpenDataset, live: Generation, heard: Heard, *, place: ExitStack, progress: Progress) -> Fresh:
    changes = drained(dataset.bucket, live, heard.keys, place=place, progress=progress)
    rows = live.stamp.rows["inventory"] + changes.added - changes.deleted
    found = heard.findings(stage=STAGE, redact=dataset.settings.privacy.redact_keys)
    return Fresh(changes=changes, rows=rows, found=found, whole=False)


def _refuse_overtaken(dataset: OpenDataset, published: Generation) -> None:
    """Raise ``CatalogueConflict`` where another generation is live by now: the messages may be news to it."""
    now = current_id(dataset.publish, STAGE)
    if now != published.id:
        raise CatalogueConflict(
            f"{STAGE}: somebody else published {now} while this run worked. Its events stay in the queue and are "
            "looked at again by the next run."
        )


def findings_of(notes: ListingNotes, *, redact: str | bool) -> list[Finding]:
    """Return what a listing left out as findings of the whole stage, one a code."""
    found = []
    for code, count in sorted(notes.counts.items()):
        names = ", ".join(plain(shown_key(name, redact)) for name in notes.examples[code])
        more = ", …" if count > len(notes.examples[code]) else ""
        message = f"{CODES[code].meaning} {count:,}: {names}{more}"
        found.append(finding(code, stage=STAGE, message=message, value=names, count=count))
    return found


def _outcome(
    generation: Generation,
    fresh: Fresh,
    heard: Heard,
    *,
    verdicts: tuple[Verdict, ...],
    draft: Draft | None,
    seconds: float,
) -> Outcome:
    changes = fresh.changes
    return outcome_of(
        STAGE,
        generation,
        changed=draft is not None,
        counts={
            "listed": fresh.rows if fresh.whole else 0,
            "added": changes.added,
            "changed": changes.changed,
            "deleted": changes.deleted,
            "same": changes.same,
            "messages": heard.messages,
            "messages_left": heard.left,
            "heads": 0 if fresh.whole else len(heard.keys),
            "events_elsewhere": heard.elsewhere,
            "events_not_understood": heard.not_understood,
        },
        cost={
            "seconds": seconds,
            "copies": draft.copied if draft else 0,
            "shards_written": draft.written if draft else 0,
        },
        verdicts=verdicts,
    )
