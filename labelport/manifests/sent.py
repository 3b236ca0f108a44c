"""``sent``: somebody says that the platform has a batch. Only then do later batches leave its series out."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from labelport.catalogue.generation import Generation
from labelport.catalogue.stage import Stage
from labelport.errors import SettingsError
from labelport.manifests.batches import BATCHES, PAGE, Batches, batch_name, batches_page
from labelport.manifests.emission import stage_name
from labelport.manifests.ledger import BATCH_ROWS
from labelport.manifests.live import publish_live
from labelport.manifests.reading import rows_of
from labelport.manifests.uploads import DUE, confirmed
from labelport.storage.contract import Bucket
from labelport.tables import UPLOADS


class BatchUnknown(SettingsError):
    """There is no batch of that number (code ``manifest.batch_unknown``); the message lists those that there are."""


@dataclass(frozen=True)
class Sent:
    """What a confirmation did."""

    batch: int
    """Number of the batch."""

    series: int
    """Series that the platform has now; those of an earlier confirmation where there was one."""

    again: bool
    """It was confirmed before: nothing was done."""

    left: int = 0
    """Series of the batch that came after ``before``: they are due in the next one."""


def confirm_batch(
    publish: Bucket, manifest: str, batch: int | None, *, dataset: str, now: datetime, before: datetime | None = None
) -> Sent:
    """Write down that the platform has a batch: null is the one that waits.

    ``before``: only what stood in the batch at that time, where the files were given to the platform and the
    batch was written again since. Files are not touched, and a confirmed batch is never written again.

    Raises ``StageAbsent``, ``BatchUnknown`` with a list of the batches, ``CatalogueConflict`` where a run
    published in between.
    """
    stage = Stage(publish, stage_name(manifest), dataset=dataset)
    live = stage.require()
    batches = Batches.of(live.extras)
    number = batches.pending if batch is None else batch
    if 1 <= number <= batches.confirmed:
        return Sent(number, _count(live, number), again=True)
    if number != batches.pending or not batches.waiting:
        raise BatchUnknown(_unknown(manifest, number, batches, asked=batch is not None, known=BATCHES in live.extras))
    done, left, withdrawn = _counted(live, number, before)
    if not done:
        raise BatchUnknown(f"nothing stood in {batch_name(number)} of {manifest} at that time: all of it came later")
    draft = stage.draft(live)
    try:
        for name in live.files():
            if name != PAGE:
                draft.carry_file(name)
        after = Batches(number, batches.files, 0)
        with draft.open_file(PAGE) as page:
            page.write(batches_page(after, manifest=manifest, withdrawn=withdrawn, later=left))
        draft.keep("findings")
        draft.write("uploads", _confirmed_rows(live, number, before, now))
        extras = {**live.extras, **after.extras()}
        stamp = live.stamp
        # What came later moves to the next batch: the next run must not find everything equal.
        settings_hash = f"{stamp.settings_hash}+{left}-left" if left else stamp.settings_hash
        draft.seal(inputs=stamp.inputs, code_version=stamp.code_version, settings_hash=settings_hash, extras=extras)
        published = draft.publish()
    except BaseException:
        draft.drop()
        raise
    publish_live(publish, manifest, published, before=live)
    return Sent(number, done, again=False, left=left)


def _unknown(manifest: str, number: int, batches: Batches, *, asked: bool, known: bool) -> str:
    if not known:
        return f"{manifest} has no batches: write `delta: true` to the manifest, and materialize it"
    there = [f"{batch_name(n)} is confirmed" for n in range(1, batches.confirmed + 1)][-5:]
    there += [f"{batch_name(batches.pending)} waits with {batches.waiting} series"] if batches.waiting else []
    start = f"{manifest} has no batch {number}" if asked else f"no batch of {manifest} waits"
    return f"{start}: {', '.join(there) or 'there is none yet'}"


def _is_confirmed(row: dict[str, object], number: int, before: datetime | None) -> bool:
    if row["state"] not in DUE or row["batch"] != number:
        return False
    written = row["written_at"]
    return before is None or (isinstance(written, datetime) and written <= before)


def _rows(live: Generation) -> Iterator[dict[str, object]]:
    return (row for batch in live.batches("uploads") for row in rows_of(batch))


def _counted(live: Generation, number: int, before: datetime | None) -> tuple[int, int, int]:
    """Return how many series of a batch are confirmed, how many are left, and how many the platform has too much."""
    done = left = withdrawn = 0
    for row in _rows(live):
        withdrawn += row["state"] == "withdrawn"
        if _is_confirmed(row, number, None):
            fits = _is_confirmed(row, number, before)
            done, left = done + fits, left + (not fits)
    return done, left, withdrawn


def _count(live: Generation, number: int) -> int:
    """Return how many series the platform has as a confirmed batch gave them."""
    return sum(row["confirmed_at"] is not None and row["batch"] == number for row in _rows(live))


def _confirmed_rows(live: Generation, number: int, before: datetime | None, now: datetime) -> Iterator[pa.Table]:
    rows: list[dict[str, object]] = []
    for row in _rows(live):
        rows.append(confirmed(row, now) if _is_confirmed(row, number, before) else row)
        if len(rows) == BATCH_ROWS:
            yield pa.Table.from_pylist(rows, schema=UPLOADS.schema)
            rows = []
    if rows:
        yield pa.Table.from_pylist(rows, schema=UPLOADS.schema)
