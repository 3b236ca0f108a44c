"""The sensor that looks whether annotation files or results changed, and asks for runs.

As ``bucket_changes`` it only looks: folders by fingerprint or the kernel's notifications; other places are asked
for every ``poll``. Runs that fail are tried again by ``bucket_changes``, which sees all runs of a dataset.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import dagster as dg

from labelport.storage.folder_watch import FolderWatches
from orchestration.sensors import EVENTS, TICK_S, look_at_bucket, look_at_runs, request
from orchestration.watch import Watch

CHANGED = "annotations changed"
POLL = "poll of annotations"
WATCHED = "watched:"
"""Begins tokens of the kernel's notifications: an equal one proves nothing."""


def build_annotation_changes(watched: Sequence[Watch]) -> dg.SensorDefinition:
    """Return the one sensor of all datasets that have annotations or results."""
    folders = FolderWatches()
    annotated = [watch for watch in watched if watch.annotations]

    @dg.sensor(
        name="annotation_changes",
        target=dg.AssetSelection.groups(*(watch.name for watch in annotated)),
        minimum_interval_seconds=10,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Asks for a run of a dataset when its annotation files or a platform's results changed.",
    )
    def annotation_changes(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        states: dict[str, dict[str, Any]] = json.loads(context.cursor or "{}")
        now, end = time.time(), time.monotonic() + TICK_S
        active = look_at_runs(context.instance, now).active
        after: dict[str, dict[str, Any]] = {}
        requests = []
        # Those looked at longest ago come first: a tick that runs out of time starves nobody.
        for watch in sorted(annotated, key=lambda each: states.get(each.name, {}).get("looked", 0.0)):
            state = after[watch.name] = dict(states.get(watch.name, {}))
            if watch.name in active or time.monotonic() > end:
                continue
            state["looked"] = now
            seen = _look(watch, folders)
            reason = why(watch, state, seen, now)
            # What cannot be seen now keeps its token: a mount that is back with the same files asks for nothing.
            state["tokens"] = {uri: token or state.get("tokens", {}).get(uri) for uri, token in seen.items()}
            if reason is not None:
                state["asked"] = now
                # The bucket is listed whole only where nothing else tells what is new in it.
                requests.append(request(watch, reason, listing=EVENTS if watch.events else "full"))
        return dg.SensorResult(
            run_requests=requests,
            cursor=json.dumps(after),
            skip_reason=None if requests else dg.SkipReason("nothing changed"),
        )

    return annotation_changes


def why(watch: Watch, state: dict[str, Any], seen: dict[str, str | None], now: float) -> str | None:
    """Return why a dataset needs a run for its annotations now, in words for a tag, or null.

    ``seen``: the token of each place, null where a glance shows nothing (S3, a mount that is away).
    """
    before: dict[str, str | None] = state.get("tokens", {})
    if any(token is not None and token != before.get(uri) for uri, token in seen.items()):
        return CHANGED
    if (
        any(_is_polled(token, before.get(uri)) for uri, token in seen.items())
        and watch.poll_s
        and now - state.get("asked", 0) >= watch.poll_s
    ):
        return POLL
    return None


def _is_polled(token: str | None, before: str | None) -> bool:
    """Return whether nothing cheaper tells for certain that a place did not change.

    The kernel tells nothing of what other machines write to a network file system. A folder that was read before
    and shows nothing now is away: a run could only fail.
    """
    return before is None if token is None else token.startswith(WATCHED)


def _look(watch: Watch, folders: FolderWatches) -> dict[str, str | None]:
    """Return what a glance at each place shows: a token that changes with its files, or null."""
    found: dict[str, str | None] = {}
    for uri in watch.annotations:
        seen = look_at_bucket(replace(watch, bucket=uri, include=("**/*",), exclude=()), folders)
        found[uri] = seen.fingerprint or (f"{WATCHED}{seen.hint}" if seen.hint else None)
    return found
