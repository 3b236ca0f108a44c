"""The sensor that looks whether a bucket, the settings or the code changed, and asks for runs.

It reads no folder for more than a fifth of a second, lists no bucket of S3 and takes no message:
``bucket_inventory`` does.
"""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import dagster as dg

from assets.bucket_inventory import LISTING
from assets.running import process_is_gone
from labelport.storage.fingerprint import folder_fingerprint
from labelport.storage.folder_watch import FolderWatches
from labelport.storage.opening import folder_of, key_inside
from orchestration.queues import waiting_messages
from orchestration.watch import Watch

UNFINISHED = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
FINISHED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]

BACK_OFF_S = (60, 300, 1500)
"""Three tries after a failure, then the next change or refresh."""

TICK_S = 5.0
"""A tick may take so long; proxies cut at 15 s, Dagster at 60 s."""

FINGERPRINT_S = 0.2
"""A folder that takes longer is watched by the kernel's notifications, and polled beside it."""


@dataclass(frozen=True)
class Runs:
    """What the run log says."""

    active: frozenset[str]
    """Datasets with a run under way, however it was started."""

    ended: dict[str, bool]
    """Datasets whose whole-group run ended since the last look; true: with success."""

    newest: float
    """Time of the newest of them, seconds since 1970."""


def look_at_runs(instance: dg.DagsterInstance, since: float) -> Runs:
    """Return what the run log says, by two queries whatever the number of datasets.

    A run whose process is gone (out of memory, power lost) is reported as failed: it would hold its
    dataset for hours, for nobody else notices.
    """
    active: set[str] = set()
    for run in instance.get_runs(dg.RunsFilter(statuses=UNFINISHED)):
        if process_is_gone(run.tags):
            instance.report_run_failed(run, "The process of this run is gone; the next run goes on where it stopped.")
            continue
        active |= {key.path[0] for key in run.asset_selection or ()} | {run.tags.get("dataset", "")}
    ended: dict[str, bool] = {}
    newest = since
    after = datetime.fromtimestamp(since, tz=UTC)
    for found in instance.get_run_records(dg.RunsFilter(statuses=FINISHED, updated_after=after), ascending=True):
        newest = max(newest, found.update_timestamp.timestamp())
        # Runs by hand are no verdict on the group: they may have been of one stage only.
        if "dataset" in found.dagster_run.tags:
            ended[found.dagster_run.tags["dataset"]] = found.dagster_run.is_success
    return Runs(frozenset(active), ended, newest)


EVENTS = "events"
"""Reason of a run that drains the queue and lists nothing."""

CountMessages = Callable[[Watch], int]
"""How many events wait for a dataset; raises ``LabelportError`` where its queue cannot be asked."""


def build_bucket_changes(watched: Sequence[Watch], count_messages: CountMessages) -> dg.SensorDefinition:
    """Return the one sensor of all datasets."""
    folders = FolderWatches()

    @dg.sensor(
        name="bucket_changes",
        target=dg.AssetSelection.groups(*(watch.name for watch in watched)),
        minimum_interval_seconds=10,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Asks for a run of a dataset when its bucket, its settings or its code changed.",
    )
    def bucket_changes(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        cursor = json.loads(context.cursor or "{}")
        now, end = time.time(), time.monotonic() + TICK_S
        runs = look_at_runs(context.instance, cursor.get("runs", now - 86400))
        queued = waiting_messages(watched, count_messages, warn=context.log.warning)
        states: dict[str, dict[str, Any]] = cursor.get("datasets", {})
        after: dict[str, dict[str, Any]] = {}
        requests = []
        # Those looked at longest ago come first: a tick that runs out of time starves nobody.
        for watch in sorted(watched, key=lambda w: states.get(w.name, {}).get("looked", 0.0)):
            state = after[watch.name] = dict(states.get(watch.name, {}))
            if watch.name in runs.ended:
                state["failed"] = 0 if runs.ended[watch.name] else state.get("failed", 0) + 1
                state["ended"] = now
            if watch.name in runs.active or time.monotonic() > end:
                continue
            state["looked"] = now
            seen = look_at_bucket(watch, folders)
            reason = why(watch, state, seen, queued=queued.get(watch.name, 0), now=now)
            state |= {"token": seen.fingerprint or state.get("token"), "hint": seen.hint or state.get("hint")}
            if reason is not None:
                state |= {"state": watch.state, "asked": now}
                requests.append(request(watch, reason))
        return dg.SensorResult(
            run_requests=requests,
            cursor=json.dumps({"runs": runs.newest, "datasets": after}),
            skip_reason=None if requests else dg.SkipReason("nothing changed"),
        )

    return bucket_changes


@dataclass(frozen=True)
class Seen:
    """What a glance at a bucket shows; nothing of S3."""

    fingerprint: str | None = None
    """Of a folder that can be read in a glance: equal ones prove that nothing changed."""

    hint: str | None = None
    """Of a folder under watch: another one says that something changed, an equal one proves nothing."""


def look_at_bucket(watch: Watch, folders: FolderWatches) -> Seen:
    """Return the fingerprint of a folder, or the count of the kernel's notifications where it is too large."""
    if folder_of(watch.bucket) is None:
        return Seen()
    published = key_inside(watch.bucket, watch.publish)
    without = [published] if published else []
    fingerprint = folder_fingerprint(
        watch.bucket, seconds=FINGERPRINT_S, include=watch.include, exclude=watch.exclude, without=without
    )
    # A folder that was too large once stays under watch: near the limit it may be read in a glance now and then.
    watched = fingerprint is None or folders.has(watch.bucket)
    hint = folders.token(watch.bucket, exclude=watch.exclude, without=without) if watched else None
    return Seen(fingerprint, hint)


def why(watch: Watch, state: dict[str, Any], seen: Seen, *, queued: int, now: float) -> str | None:
    """Return why a dataset needs a run now, in words for a tag, or null."""
    failed = state.get("failed", 0)
    waited = now - state.get("ended", 0)
    if state.get("state") != watch.state:
        return "settings or code changed"
    if _changed(state, seen):
        return "bucket changed"
    # A run that failed keeps its messages, and more may come: that is no reason to fail every ten seconds.
    if queued and (not failed or waited >= BACK_OFF_S[0]):
        return EVENTS
    if 0 < failed <= len(BACK_OFF_S) and waited >= BACK_OFF_S[failed - 1]:
        return f"retry {failed}"
    if watch.poll_s and _is_polled(watch, state, seen) and now - state.get("asked", 0) >= watch.poll_s:
        return "poll"
    return None


def _changed(state: dict[str, Any], seen: Seen) -> bool:
    if seen.fingerprint is not None:
        return bool(seen.fingerprint != state.get("token"))
    return seen.hint is not None and seen.hint != state.get("hint")


def _is_polled(watch: Watch, state: dict[str, Any], seen: Seen) -> bool:
    """Return whether nothing cheaper tells for certain that a bucket did not change.

    The kernel notifies of what this machine does; what another one writes to a network file system it misses.
    A folder that was read before and is neither read nor watched now is away: a run could only fail.
    """
    if watch.events or seen.fingerprint is not None:
        return False
    return seen.hint is not None or state.get("token") is None


def request(watch: Watch, reason: str, *, listing: str | None = None) -> dg.RunRequest:
    """Return the request of one run of the whole group, never of a part; ``listing``: how the bucket is listed."""
    listing = listing or (EVENTS if reason == EVENTS else "full")
    return dg.RunRequest(
        # A bare fingerprint would never fire again when a bucket goes from A to B and back to A.
        run_key=f"{watch.name}:{time.time_ns()}",
        asset_selection=list(watch.keys),
        tags={"dataset": watch.name, "labelport/reason": reason, LISTING: listing},
    )
