"""The stage media_metadata: one row an object, probed only where it is new, overwritten or outdated."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa

from labelport.catalogue.draft import Draft
from labelport.catalogue.generation import Generation
from labelport.catalogue.merge import merge_sorted
from labelport.catalogue.outcome import DraftRefused, Outcome, Verdict, outcome_of
from labelport.catalogue.stage import Stage
from labelport.dataset import Dataset
from labelport.errors import SettingsError
from labelport.probing.faults import COLUMNS, STAGE, findings_of, not_probed_yet, unreadable_share
from labelport.probing.harvest import PLAIN, Harvest, Harvester
from labelport.probing.todo import Todo, todo_of
from labelport.probing.versions import current_versions, digest, probes
from labelport.probing.windows import without
from labelport.progress import Progress, silent
from labelport.registry import PROBES, modules
from labelport.runners.contract import Runner, Work
from labelport.runners.local import LocalRunner
from labelport.settings import DatasetSettings
from labelport.storage.access import access_of
from labelport.storage.runs import SetAside, set_aside

CODE_VERSION = "1"
INPUT = "bucket_inventory"
FUNCTION = "labelport.probing.shard:probe_shard"
HELD_ROWS = 20_000
"""Rows of media held in memory, about 20 MB; more are set aside in a temporary file."""

_SLIM = pa.schema([PLAIN.field(name) for name in COLUMNS])
_KEY = pa.schema([PLAIN.field("key")])


def code_version(settings: DatasetSettings) -> str:  # noqa: ARG001 -- every stage has this signature
    """Return the version of the stage's code and of all probes."""
    return f"{CODE_VERSION}-{digest(current_versions())}"


def settings_hash(settings: DatasetSettings) -> str:
    """Return the hash of the settings that the rows depend on."""
    return settings.hash_of("bucket", "privacy")


def refresh_media(
    dataset: Dataset,
    *,
    runner: Callable[[], Runner] | None = None,
    allow_errors: bool = False,
    progress: Progress = silent,
) -> Outcome:
    """Probe what the inventory has and media lack, judge the whole, and publish it.

    Rows of equal token and probe version are carried over; results are parked as they arrive, so that
    a killed or refused run is gone on with and nothing is probed twice. An unchanged run starts no
    process. ``allow_errors`` lifts the guard ``unreadable_share`` for this run.

    Raises ``StageAbsent`` without an inventory, ``DraftRefused``, ``CatalogueConflict``,
    ``RunnerUnavailable``, ``TooManyCrashes``, ``BucketError``.
    """
    started = time.monotonic()
    settings = dataset.settings
    inventory = Stage(dataset.publish, INPUT, dataset=settings.name).require()
    stage = Stage(dataset.publish, STAGE, dataset=settings.name)
    live = stage.current()
    versions = current_versions(hmac_key=dataset.key, keep=settings.privacy.keep)
    stamp = _stamp(settings, inventory)
    if live is not None and live.stamp.equals(**stamp) and _complete(live, versions):
        verdict = _judged(live, settings, lifted=True)
        return _outcome(live, verdict, {"kept": verdict.evidence["objects"]}, seconds=time.monotonic() - started)
    with (
        todo_of(inventory, live, versions=versions, limit=settings.limits.max_probes_per_run) as todo,
        set_aside(schema=PLAIN, rows=HELD_ROWS) as rows,
        set_aside(schema=_SLIM) as slim,
        set_aside(schema=_KEY) as keys,
    ):
        made = _Made(rows, slim, keys)
        harvest = Harvester(
            _work(dataset, versions),
            runner or (lambda: _runner_of(dataset)),
            stage.parked,
            give=made.add,
            versions=versions,
            late=todo.late,
            total=todo.wanted.num_rows,
            progress=progress,
        ).bring_in(todo.wanted)
        progress("publishing", 0, None)
        extras: dict[str, Any] = {"pending": harvest.pending + todo.left, "versions": digest(versions)}
        extras["errors_allowed"] = allow_errors or bool(live and live.extras.get("errors_allowed"))
        draft = stage.draft(live)
        try:
            _write(draft, live, todo, made, limit=settings.limits.max_probes_per_run)
            published, verdict = _published(draft, live, settings, stamp, extras, lifted=allow_errors)
        except BaseException:
            draft.drop()
            raise
    stage.parked.clear()
    stage.collect(generations=settings.retention.generations, days=settings.retention.days)
    seconds = time.monotonic() - started
    return _outcome(
        published, verdict, _counts(todo, harvest), before=live, harvest=harvest, draft=draft, seconds=seconds
    )


def _stamp(settings: DatasetSettings, inventory: Generation) -> dict[str, Any]:
    return {
        "inputs": {INPUT: inventory.stamp.content_version},
        "code_version": code_version(settings),
        "settings_hash": settings_hash(settings),
    }


@dataclass(frozen=True)
class _Made:
    """New rows: whole, as findings need them, and their keys; what is set aside is read once."""

    rows: SetAside
    slim: SetAside
    keys: SetAside

    def add(self, table: pa.Table) -> None:
        """Add rows of ``PLAIN``, in key order."""
        self.rows.add(table)
        self.slim.add(table.select(list(COLUMNS)))
        self.keys.add(table.select(["key"]))


def _complete(live: Generation, versions: Mapping[str, str]) -> bool:
    """Return whether nothing was left for a later run, and the key of the project is still the same."""
    return not live.extras.get("pending") and live.extras.get("versions") == digest(versions)


def _work(dataset: Dataset, versions: Mapping[str, str]) -> Work:
    privacy = dataset.settings.privacy
    access = access_of(dataset.bucket)
    options = {
        **access,
        "key_env": privacy.key_env,
        "keep": list(privacy.keep),
        "versions": dict(versions),
        # Read by the runner.
        "env": [*access["env"], *([privacy.key_env] if privacy.key_env else [])],
        "preload": modules(PROBES),
    }
    deadline_s = max((probe.limits.deadline_s for probe in probes().values()), default=30.0)
    return Work(FUNCTION, options, deadline_s=deadline_s)


def _runner_of(dataset: Dataset) -> Runner:
    if dataset.settings.runner != "local":
        raise SettingsError(
            "runner: dask is not in this version; without that line the workers of this machine are used"
        )
    if dataset.bucket.uri.startswith("memory://"):
        raise SettingsError(f"{dataset.bucket.uri} lies in this process, where no worker can read it: use a folder")
    return LocalRunner()


def _write(draft: Draft, live: Generation | None, todo: Todo, made: _Made, *, limit: int | None) -> None:
    """Write media and all findings: those of rows that were carried over are made from them again."""
    new = made.rows.batches()
    carried: Iterator[pa.RecordBatch] = iter(())
    if live is None:
        draft.write("media", new)
    else:
        if made.rows.num_rows or todo.vanished.num_rows:
            draft.update("media", upserts=new, deletes=_tables(todo.vanished.batches()))
        else:
            draft.keep("media")
        vanished = (batch.select(["key"]) for batch in todo.vanished_too.batches())
        touched = merge_sorted([made.keys.batches(), vanished], ("key",))
        carried = without(live.batches("media", columns=list(COLUMNS)), touched)
    draft.write("findings", _findings(carried, made.slim.batches(), left=todo.left, limit=limit))


def _findings(
    carried: Iterator[pa.RecordBatch], new: Iterator[pa.RecordBatch], *, left: int, limit: int | None
) -> Iterator[pa.Table]:
    yield not_probed_yet(left, limit)
    plain = (pa.Table.from_batches([batch]).select(_SLIM.names).cast(_SLIM) for batch in carried)
    media = merge_sorted([(batch for table in plain for batch in table.to_batches()), new], ("key",))
    yield from (findings_of(batch) for batch in media)


def _published(
    draft: Draft,
    live: Generation | None,
    settings: DatasetSettings,
    stamp: Mapping[str, Any],
    extras: Mapping[str, Any],
    *,
    lifted: bool,
) -> tuple[Generation, Verdict]:
    """Judge the draft, and publish it; raises ``DraftRefused``."""
    sealed = draft.seal(**stamp, extras=extras)
    verdict = _judged(sealed, settings, lifted=lifted, allowed_share=_allowed_share(live, settings))
    if verdict.blocking and not verdict.passed:
        raise DraftRefused(STAGE, (verdict,))
    return draft.publish(), verdict


def _tables(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.Table]:
    for batch in batches:
        yield pa.Table.from_batches([batch])


def _judged(generation: Generation, settings: DatasetSettings, *, lifted: bool, allowed_share: float = 0.0) -> Verdict:
    return unreadable_share(
        generation.batches("media", columns=["key", "status"]),
        settings.limits,
        redact=settings.privacy.redact_keys,
        allowed_share=allowed_share,
        lifted=lifted,
    )


def _allowed_share(live: Generation | None, settings: DatasetSettings) -> float:
    """Return the share of faults that somebody let pass: the same files do not block the next run again."""
    if live is None or not live.extras.get("errors_allowed"):
        return 0.0
    return float(_judged(live, settings, lifted=True).evidence["share"])


def _counts(todo: Todo, harvest: Harvest) -> dict[str, int]:
    return {
        "probed": harvest.probed,
        "resumed": harvest.resumed,
        "kept": todo.kept,
        "added": todo.added,
        "changed": todo.changed,
        "deleted": todo.deleted,
        "left": todo.left,
    }


def _outcome(
    generation: Generation,
    verdict: Verdict,
    counts: Mapping[str, int],
    *,
    before: Generation | None = None,
    harvest: Harvest | None = None,
    draft: Draft | None = None,
    seconds: float,
) -> Outcome:
    statuses = {f"status_{status}": count for status, count in verdict.evidence["statuses"].items()}
    none = asdict(Harvest()) if harvest is None else asdict(harvest)
    version = generation.stamp.content_version
    return outcome_of(
        STAGE,
        generation,
        changed=draft is not None and (before is None or before.stamp.content_version != version),
        counts={
            **dict.fromkeys(("probed", "resumed", "kept", "added", "changed", "deleted", "left"), 0),
            **counts,
            **statuses,
        },
        cost={
            "requests": none["requests"],
            "bytes": none["bytes_read"],
            "seconds": seconds,
            "copies": draft.copied if draft else 0,
            "shards_written": draft.written if draft else 0,
        },
        verdicts=(verdict,),
    )
