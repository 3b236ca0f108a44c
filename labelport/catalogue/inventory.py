"""The stage bucket_inventory: one row an object, published only where the listing can be believed."""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from labelport.catalogue.draft import Draft
from labelport.catalogue.generation import Generation
from labelport.catalogue.guards import not_empty, removed_share
from labelport.catalogue.listed import Listed, listed_objects
from labelport.catalogue.merge import diff
from labelport.catalogue.outcome import DraftRefused, Outcome, Verdict, outcome_of
from labelport.catalogue.stage import Stage
from labelport.codes import CODES
from labelport.findings import Finding, finding, findings_table
from labelport.privacy import plain, shown_key
from labelport.progress import Progress, silent
from labelport.settings import DatasetSettings
from labelport.storage.contract import Bucket
from labelport.storage.globs import key_filter
from labelport.storage.listing import EXAMPLES, ListingNotes
from labelport.storage.opening import key_inside
from labelport.storage.runs import SetAside, set_aside
from labelport.tables import INVENTORY

STAGE = "bucket_inventory"
CODE_VERSION = "1"
PASSING = ("inventory.vanished",)
"""Findings of the moment: they alone are no reason for a new generation."""

_KEYS = pa.schema([INVENTORY.schema.field("key")])


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


def code_version(settings: DatasetSettings) -> str:  # noqa: ARG001 -- every stage has this signature
    """Return the version of the stage's code."""
    return CODE_VERSION


def settings_hash(settings: DatasetSettings) -> str:
    """Return the hash of the settings that decide which objects are listed."""
    return settings.hash_of("bucket", "include", "exclude")


def refresh_inventory(dataset: OpenDataset, *, allow_removed: bool = False, progress: Progress = silent) -> Outcome:
    """List the bucket, judge what changed, and publish it.

    The listing is sorted in bounded runs and compared with the live generation as two sorted streams;
    shards without a difference are carried over, and a listing without any publishes nothing.
    ``allow_removed`` lifts the guards ``removed_share`` and ``not_empty`` for this run.

    Raises ``BucketError`` where the bucket cannot be listed whole, ``DraftRefused``, ``CatalogueConflict``.
    """
    started = time.monotonic()
    settings = dataset.settings
    stage = Stage(dataset.publish, STAGE, dataset=settings.name)
    live = stage.current()
    wanted = key_filter(settings.include, settings.exclude)
    inside = key_inside(settings.bucket_uri, settings.publish)
    with ExitStack() as stack:
        listed = stack.enter_context(listed_objects(dataset.bucket, wanted=wanted, inside=inside, progress=progress))
        upserts = stack.enter_context(set_aside(schema=INVENTORY.schema))
        deletes = stack.enter_context(set_aside(schema=_KEYS))
        changes = Changes(added=listed.num_rows) if live is None else _compared(live, listed, upserts, deletes)
        verdicts = _judged(settings, live, listed.num_rows, changes, allow_removed)
        if any(verdict.blocking and not verdict.passed for verdict in verdicts):
            raise DraftRefused(STAGE, verdicts)
        found = findings_of(listed.notes, redact=settings.privacy.redact_keys)
        made_by = MadeBy(code_version(settings), settings_hash(settings))
        if live is not None and not changes.any and made_by.equals(live) and _lasting(live) == _lasting_of(found):
            return _outcome(live, listed.num_rows, changes, verdicts, changed=False, seconds=time.monotonic() - started)
        progress("publishing", 0, None)
        draft = stage.draft(live)
        try:
            published = _published(
                draft, live, listed=listed, upserts=upserts, deletes=deletes, found=found, made_by=made_by
            )
        except BaseException:
            draft.drop()
            raise
    stage.collect(generations=settings.retention.generations, days=settings.retention.days)
    return _outcome(
        published, listed.num_rows, changes, verdicts, changed=True, seconds=time.monotonic() - started, draft=draft
    )


@dataclass(frozen=True)
class MadeBy:
    """The code and settings that a listing is made by; it has no inputs in the catalogue."""

    code_version: str
    settings_hash: str

    def equals(self, live: Generation) -> bool:
        """Return whether the live generation was made by the same."""
        return live.stamp.equals(inputs={}, code_version=self.code_version, settings_hash=self.settings_hash)


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What a listing changes."""

    added: int = 0
    changed: int = 0
    deleted: int = 0
    same: int = 0
    removed_examples: tuple[str, ...] = ()

    @property
    def any(self) -> bool:
        """Return whether anything differs."""
        return bool(self.added or self.changed or self.deleted)


def _compared(live: Generation, listed: Listed, upserts: SetAside, deletes: SetAside) -> Changes:
    """Compare the listing with the live generation; set its new and changed rows and lost keys aside."""
    added = changed = deleted = same = 0
    examples: list[str] = []
    for part in diff(live.batches("inventory"), listed.batches, key=INVENTORY.key, compare=("token",)):
        new = pa.concat_tables([part.added, part.changed]).select(INVENTORY.schema.names)
        upserts.add(new.sort_by("key").cast(INVENTORY.schema))
        deletes.add(part.deleted.select(["key"]).cast(_KEYS))
        if len(examples) < EXAMPLES:
            examples += part.deleted["key"].slice(0, EXAMPLES - len(examples)).to_pylist()
        added += part.added.num_rows
        changed += part.changed.num_rows
        deleted += part.deleted.num_rows
        same += part.same
    return Changes(added=added, changed=changed, deleted=deleted, same=same, removed_examples=tuple(examples))


def _judged(
    settings: DatasetSettings, live: Generation | None, listed: int, changes: Changes, lifted: bool
) -> tuple[Verdict, ...]:
    """Judge before anything is written: the counts are those of the draft, and a refusal costs no shard."""
    before = None if live is None else live.stamp.rows["inventory"]
    redact = settings.privacy.redact_keys
    globs = ", ".join([*settings.include, *(f"not {glob}" for glob in settings.exclude)])
    return (
        removed_share(
            before=before or 0,
            listed=listed,
            removed=changes.deleted,
            limit=settings.limits.removed_share,
            place=settings.bucket_uri,
            examples=[plain(shown_key(key, redact)) for key in changes.removed_examples],
            lifted=lifted,
        ),
        not_empty(before=before, listed=listed, place=settings.bucket_uri, globs=globs, lifted=lifted),
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


def _published(
    draft: Draft,
    live: Generation | None,
    *,
    listed: Listed,
    upserts: SetAside,
    deletes: SetAside,
    found: Sequence[Finding],
    made_by: MadeBy,
) -> Generation:
    if live is None:
        draft.write("inventory", listed.batches)
    elif upserts.num_rows or deletes.num_rows:
        draft.update("inventory", upserts=upserts.batches(), deletes=_tables(deletes.batches()))
    else:
        draft.keep("inventory")
    draft.write("findings", [findings_table(found)])
    sealed = draft.seal(inputs={}, code_version=made_by.code_version, settings_hash=made_by.settings_hash)
    rows = sealed.stamp.rows["inventory"]
    assert rows == listed.num_rows, f"the draft has {rows} rows, and {listed.num_rows} objects were listed"
    return draft.publish()


def _tables(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    for batch in batches:
        yield pa.Table.from_batches([batch])


def _lasting(live: Generation) -> set[tuple[str, str, int]]:
    rows = live.table("findings", columns=["code", "message", "count"]).to_pylist()
    return {(row["code"], row["message"], row["count"]) for row in rows if row["code"] not in PASSING}


def _lasting_of(found: Sequence[Finding]) -> set[tuple[str, str, int]]:
    return {(each.code, each.message, each.count) for each in found if each.code not in PASSING}


def _outcome(
    generation: Generation,
    listed: int,
    changes: Changes,
    verdicts: tuple[Verdict, ...],
    *,
    changed: bool,
    seconds: float,
    draft: Draft | None = None,
) -> Outcome:
    return outcome_of(
        STAGE,
        generation,
        changed=changed,
        counts={
            "listed": listed,
            "added": changes.added,
            "changed": changes.changed,
            "deleted": changes.deleted,
            "same": changes.same,
        },
        cost={
            "seconds": seconds,
            "copies": draft.copied if draft else 0,
            "shards_written": draft.written if draft else 0,
        },
        verdicts=verdicts,
    )
