"""The stage series: which objects belong together and in which order, built again only where media changed.

``claims`` is what makes it incremental: it holds every row of media, those that no rule claims too (rule ""
and group ""), with the token, status and probe version under which the row was looked at. Otherwise a
thumbnail that belongs to nothing would be grouped anew in each run.
"""

import hashlib
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import msgspec
import pyarrow as pa

from labelport.catalogue.draft import Draft
from labelport.catalogue.generation import Generation
from labelport.catalogue.outcome import Outcome, Verdict, outcome_of
from labelport.catalogue.stage import Stage
from labelport.dataset import Dataset
from labelport.errors import SettingsError
from labelport.privacy import series_id
from labelport.progress import Progress, silent
from labelport.registry import SERIES_RULES, plugins
from labelport.series.builder import Rebuilt, rebuilt
from labelport.series.contract import RuleContext, files_of
from labelport.series.grouping import Grouper, grouper_of
from labelport.series.joining import NO_VALUES, joiner_of
from labelport.series.plain import media_rows
from labelport.series.whole import claimed, ungrouped
from labelport.settings import DatasetSettings
from labelport.storage.runs import SetAside

STAGE = "series"
INPUT = "media_metadata"
CODE_VERSION = "1"
NEWEST = 5
"""Series that the generation remembers as the newest, for the preview."""


def code_version(settings: DatasetSettings) -> str:
    """Return the version of the stage's code and of the rules that the settings name."""
    known = plugins(SERIES_RULES)
    versions = [[rule.rule, getattr(known.get(rule.rule), "version", "")] for rule in settings.series]
    return f"{CODE_VERSION}-{hashlib.sha256(msgspec.json.encode(versions)).hexdigest()[:8]}"


def settings_hash(settings: DatasetSettings) -> str:
    """Return the hash of the settings that the series depend on."""
    return settings.hash_of("name", "series", "metadata")


def refresh_series(dataset: Dataset, *, progress: Progress = silent) -> Outcome:
    """Group what is new or changed in media, build the groups that this touches, and publish.

    Another rule list, code version or project key regroups all objects; groups whose members, rule and
    options are the same as before are not built even then.

    So does another content of a file that the settings name (tables of rules, ``metadata``). Where such a
    file is absent or cannot be read, nothing is published: objects would silently go to other rules.

    Raises ``StageAbsent`` without media, ``SeriesIdTaken`` where two rules make one series,
    ``CatalogueConflict``, ``SettingsError``.
    """
    started = time.monotonic()
    settings = dataset.settings
    media = Stage(dataset.publish, INPUT, dataset=settings.name).require()
    stage = Stage(dataset.publish, STAGE, dataset=settings.name)
    live = stage.current()
    made_by = {"code_version": code_version(settings), "settings_hash": settings_hash(settings)}
    files = _file_tokens(dataset)
    stamp: dict[str, Any] = {"inputs": {INPUT: media.stamp.content_version, **files}, **made_by}
    # The settings name the key's variable; what it holds shows in ids only.
    ids = series_id(dataset=settings.name, rule="", group_key="", key=dataset.key)
    same_ids = live is not None and live.extras.get("ids") == ids
    if live is not None and same_ids and live.stamp.equals(**stamp):
        return _outcome(live, _kept(live), changed=False, cost={"seconds": time.monotonic() - started})
    everything = (
        live is None
        or not same_ids
        or not live.stamp.equals(inputs={INPUT: live.stamp.inputs.get(INPUT, ""), **files}, **made_by)
    )
    grouper = _grouper(dataset, media)
    with rebuilt(media, live, grouper, everything=everything, progress=progress) as result:
        progress("publishing", 0, None)
        draft = stage.draft(live)
        try:
            _write(draft, live, result)
            counts = _counts(result)
            extras = {"ids": ids, "counts": counts, "newest": _newest(live, result)}
            draft.seal(**stamp, extras=extras)
            published = draft.publish()
        except BaseException:
            draft.drop()
            raise
    stage.collect(generations=settings.retention.generations, days=settings.retention.days)
    return _outcome(
        published,
        counts,
        changed=live is None or live.stamp.content_version != published.stamp.content_version,
        cost={"seconds": time.monotonic() - started, "copies": draft.copied, "shards_written": draft.written},
    )


def complete(generation: Generation) -> Verdict:
    """Judge whether anything is wrong with the series; never blocking: a gap in one stops no other."""
    codes: Counter[str] = Counter()
    errors = 0
    for batch in generation.batches("findings", columns=["code", "severity", "count"]):
        for row in batch.to_pylist():
            codes[row["code"]] += row["count"]
            errors += row["count"] if row["severity"] == "error" else 0
    series = generation.stamp.rows["series"]
    words = f"Series: {series:,}, errors: {errors:,}. See the findings." if errors else f"Series: {series:,}, no error."
    evidence = {"series": series, "errors": errors, "codes": dict(sorted(codes.items()))}
    return Verdict(name="complete", passed=not errors, blocking=False, message=words, evidence=evidence)


def _file_tokens(dataset: Dataset) -> dict[str, str]:
    """Return the tokens of all files that the settings name, by the name of the stage's input."""
    tokens = {}
    for number, rule in enumerate(dataset.settings.series, start=1):
        for path in files_of(rule):
            with _named(f"series rule {number} ({rule.rule})"):
                tokens[f"file:{path}"] = dataset.file_token(path)
    if dataset.settings.metadata is not None:
        with _named("metadata"):
            path = dataset.settings.metadata.path
            tokens[f"file:{path}"] = dataset.file_token(path)
    return tokens


def _grouper(dataset: Dataset, media: Generation) -> Grouper:
    settings = dataset.settings
    joiner = NO_VALUES
    if settings.metadata is not None:
        with _named("metadata"):
            joiner = joiner_of(settings.metadata, dataset.file(settings.metadata.path), media_rows(media))
    return grouper_of(settings.series, RuleContext(settings.name, dataset.key, dataset.file), joiner)


@contextmanager
def _named(place: str) -> Iterator[None]:
    """Say of a wrong setting where it stands."""
    try:
        yield
    except SettingsError as error:
        raise SettingsError(f"{place}: {error}") from error


def _write(draft: Draft, live: Generation | None, result: Rebuilt) -> None:
    if live is None:
        draft.write("claims", result.claims.batches())
        draft.write("series", result.series())
        draft.write("items", result.items())
    else:
        draft.update("claims", upserts=result.claims.batches(), deletes=_tables(result.lost))
        draft.update("series", upserts=result.series(), deletes=_tables(result.gone))
        draft.update("items", upserts=result.items(), deletes=_tables(result.gone_too))
    draft.write("findings", result.findings())


def _tables(place: SetAside) -> Iterator[pa.Table]:
    for batch in place.batches():
        yield pa.Table.from_batches([batch])


def _newest(live: Generation | None, result: Rebuilt) -> list[str]:
    """Return a few ids, the newest first; some may be gone by now."""
    before = live.extras.get("newest", []) if live else []
    return list(dict.fromkeys([*result.new_ids, *before]))[:NEWEST]


def _counts(result: Rebuilt) -> dict[str, int]:
    changes = result.changes
    return {
        "groups_built": result.groups_built,
        "groups_kept": result.groups_kept,
        "groups_removed": result.groups_removed,
        "claimed": claimed(changes.said),
        "ungrouped": sum(ungrouped(changes.said).values()),
        "added": changes.added,
        "changed": changes.changed,
        "deleted": changes.deleted,
    }


def _kept(live: Generation) -> dict[str, int]:
    """Return what a run did that had nothing to do."""
    before: Mapping[str, int] = live.extras["counts"]
    nothing = dict.fromkeys(("groups_built", "groups_removed", "added", "changed", "deleted"), 0)
    return {**before, **nothing, "groups_kept": before["groups_built"] + before["groups_kept"]}


def _outcome(generation: Generation, counts: Mapping[str, int], *, changed: bool, cost: Mapping[str, float]) -> Outcome:
    rows = generation.stamp.rows
    return outcome_of(
        STAGE,
        generation,
        changed=changed,
        counts={"series": rows["series"], "items": rows["items"], **counts},
        cost=cost,
        verdicts=(complete(generation),),
    )
