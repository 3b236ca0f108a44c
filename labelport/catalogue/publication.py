"""The inventory judged and published: the same for a listing and for a drain of the queue."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from labelport.catalogue.difference import Changes
from labelport.catalogue.draft import Draft
from labelport.catalogue.generation import Generation
from labelport.catalogue.guards import not_empty, removed_share
from labelport.catalogue.heard import OF_EVENTS
from labelport.catalogue.outcome import DraftRefused, Verdict
from labelport.findings import Finding, findings_table
from labelport.privacy import plain, shown_key
from labelport.settings import DatasetSettings

STAGE = "bucket_inventory"
UNREACHABLE = "inventory.queue_unreachable"
PASSING = ("inventory.vanished", UNREACHABLE)
"""Findings of the moment: they alone are no reason for a new generation."""


@dataclass(frozen=True)
class MadeBy:
    """The code and settings that an inventory is made by; it has no inputs in the catalogue."""

    code_version: str
    settings_hash: str

    events: str | None
    """Hash of the queue that tells of changes since; null where there is none."""

    def equals(self, live: Generation) -> bool:
        """Return whether the live generation was made by the same code and settings."""
        return live.stamp.equals(inputs={}, code_version=self.code_version, settings_hash=self.settings_hash)

    def follows(self, live: Generation) -> bool:
        """Return whether this queue tells of all that changed since the live generation was published.

        One that was published without it, by somebody else or before the queue was named, may be older
        than the first message.
        """
        return self.events is not None and live.extras.get("events") == self.events


@dataclass(frozen=True, kw_only=True)
class Fresh:
    """What a run found the bucket to be."""

    changes: Changes

    rows: int
    """Objects of the dataset now."""

    found: Sequence[Finding]

    whole: bool
    """True: a listing, whose findings replace those of before; false: a drain, whose findings join them."""


def judged(
    settings: DatasetSettings, live: Generation | None, fresh: Fresh, *, lifted: bool, evidence: Mapping[str, Any]
) -> tuple[Verdict, ...]:
    """Judge before anything is written: the counts are those of the draft, and a refusal costs no shard.

    ``evidence``: what the verdict shows besides. Raises ``DraftRefused``.
    """
    before = None if live is None else live.stamp.rows["inventory"]
    globs = ", ".join([*settings.include, *(f"not {glob}" for glob in settings.left_out)])
    examples = [plain(shown_key(key, settings.privacy.redact_keys)) for key in fresh.changes.removed_examples]
    removed = removed_share(
        before=before or 0,
        listed=fresh.rows,
        removed=fresh.changes.deleted,
        limit=settings.limits.removed_share,
        place=settings.bucket_uri,
        examples=examples,
        lifted=lifted,
    )
    verdicts = (
        replace(removed, evidence={**removed.evidence, **evidence}),
        not_empty(before=before, listed=fresh.rows, place=settings.bucket_uri, globs=globs, lifted=lifted),
    )
    if any(verdict.blocking and not verdict.passed for verdict in verdicts):
        raise DraftRefused(STAGE, verdicts)
    return verdicts


def already_live(live: Generation | None, fresh: Fresh, made_by: MadeBy) -> Generation | None:
    """Return the live generation where it says all this already, else null."""
    if live is None or fresh.changes.any or not made_by.equals(live):
        return None
    if made_by.events is not None and not made_by.follows(live):
        return None  # published once with this queue, or it could never be drained
    rows = live.table("findings", columns=["code", "message", "count"]).to_pylist()
    told = {row["code"] for row in rows}
    # That it happened again is no reason: where publish lies in the bucket, publishing makes such events.
    if any(each.code in OF_EVENTS and each.code not in told for each in fresh.found):
        return None
    lasting = {(row["code"], row["message"], row["count"]) for row in rows if _lasts(row["code"])}
    found = {(each.code, each.message, each.count) for each in fresh.found if _lasts(each.code)}
    return live if lasting == found or not fresh.whole else None


def _lasts(code: str) -> bool:
    return code not in PASSING and code not in OF_EVENTS


def publish(draft: Draft, live: Generation | None, fresh: Fresh, made_by: MadeBy) -> Generation:
    """Write the draft and publish it, or drop it and raise: ``CatalogueConflict``, ``OSError``."""
    try:
        _write(draft, live, fresh)
        extras = {} if made_by.events is None else {"events": made_by.events}
        sealed = draft.seal(
            inputs={}, code_version=made_by.code_version, settings_hash=made_by.settings_hash, extras=extras
        )
        rows = sealed.stamp.rows["inventory"]
        assert rows == fresh.rows, f"the draft has {rows} rows, and there are {fresh.rows} objects"
        return draft.publish()
    except BaseException:
        draft.drop()
        raise


def _write(draft: Draft, live: Generation | None, fresh: Fresh) -> None:
    if live is None:
        draft.write("inventory", fresh.changes.upserts)
    elif fresh.changes.any:
        draft.update("inventory", upserts=fresh.changes.upserts, deletes=_tables(fresh.changes.deletes))
    else:
        draft.keep("inventory")
    findings = findings_table(fresh.found)
    if fresh.whole:
        draft.write("findings", [findings])
    else:
        draft.update("findings", upserts=[findings])


def _tables(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    for batch in batches:
        yield pa.Table.from_batches([batch])
