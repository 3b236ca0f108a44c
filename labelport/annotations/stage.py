"""The stage annotations: one row an annotation of all files that come with a dataset, read anew only where files changed.

Reading is a plan first: the verdicts judge what was read before ``CURRENT`` moves.
"""

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

import msgspec
import pyarrow as pa

from labelport.annotations.annotation_set import AnnotationSet, rows_of
from labelport.annotations.confining import Catalogue, confinement
from labelport.annotations.detecting import formats
from labelport.annotations.files import AnnotationFile
from labelport.annotations.formats.datature_skeleton import differences
from labelport.annotations.gathering import files_version, listed, read_sources
from labelport.annotations.images import index_of
from labelport.annotations.judging import numbers_of, verdicts_on
from labelport.annotations.kept import PART, SHARED, Before
from labelport.annotations.refreshing import Listing, Refreshed, refreshed
from labelport.annotations.results import manifests_of
from labelport.annotations.said import Said
from labelport.annotations.volumes.decoding import tell_undecodable
from labelport.annotations.volumes.document import read_document
from labelport.catalogue.generation import Generation
from labelport.catalogue.outcome import DraftRefused, Outcome, Verdict, outcome_of
from labelport.catalogue.stage import Stage
from labelport.dataset import Dataset
from labelport.errors import SettingsError
from labelport.findings import Finding, findings_table
from labelport.progress import Progress, silent
from labelport.runners.contract import Runner
from labelport.settings import DatasetSettings
from labelport.tables import SOURCES

STAGE = "annotations"
CODE_VERSION = "2"
ROWS_AT_ONCE = 1 << 15
_FINDING = tuple(each.name for each in fields(Finding))
ANEW = ("skeleton.coco_differs",)
"""Findings about files together: said anew in each run."""

GLOBAL = ("format.media_left_out", "format.told_absent", "dicom.no_decoder")
"""Findings of a whole source: said anew in each run."""


def code_version() -> str:
    """Return the version of the stage's code and of all formats: which of them a file is of is found on reading."""
    versions = [[name, each.version] for name, each in sorted(formats().items())]
    return f"{CODE_VERSION}-{hashlib.sha256(msgspec.json.encode(versions)).hexdigest()[:8]}"


def settings_hash(settings: DatasetSettings) -> str:
    """Return the hash of the settings that the rows depend on: where files lie, and how they are read."""
    read = [[s.name, s.uri, s.format, s.options.model_dump(mode="json")] for s in read_sources(settings)]
    return hashlib.sha256(msgspec.json.encode(read)).hexdigest()[:16]


def refresh_annotations(
    dataset: Dataset,
    *,
    allow_errors: bool = False,
    allow_removed: bool = False,
    runner: Callable[[], Runner] | None = None,
    progress: Progress = silent,
) -> Outcome:
    """Read the annotation files that are new or changed, match them to the dataset's images, judge, and publish.

    ``allow_errors`` lifts the guards on errors and unmatched annotations for this run, ``allow_removed`` that on
    files that vanished. ``runner`` gives the runner of the workers that read; without one, workers of this machine.
    Raises ``StageAbsent`` without series, ``DraftRefused``, ``BucketError`` where a source
    cannot be listed, ``CatalogueConflict``.
    """
    started = time.monotonic()
    settings = dataset.settings
    stage = Stage(dataset.publish, STAGE, dataset=settings.name)
    inputs = {name: Stage(dataset.publish, name, dataset=settings.name) for name in ("media_metadata", "series")}
    media, series = (each.require() for each in inputs.values())
    renditions = Stage(dataset.publish, "renditions", dataset=settings.name).current()
    progress("listing annotation files", 0, None)
    sources = read_sources(settings)
    listing_said = Said()
    files = {source.name: listed(dataset, source, media, listing_said) for source in sources}
    _refuse_doubles(files)
    manifests, contents = manifests_of(dataset, sources)
    given = {"media_metadata": media, "series": series, "renditions": renditions}
    stamp: dict[str, Any] = {
        "inputs": {
            **{name: one.stamp.content_version for name, one in given.items() if one is not None},
            **{f"files:{name}": files_version(each) for name, each in files.items()},
            **contents,
        },
        "code_version": code_version(),
        "settings_hash": settings_hash(settings),
    }
    live = stage.current()
    if live is not None and live.stamp.equals(**stamp):
        verdicts = _verdicts(settings, live.extras["numbers"], allow_errors=True, allow_removed=True)
        return _outcome(live, verdicts, counts={}, changed=False, seconds=time.monotonic() - started)
    before = _before(live, stamp, contents)
    index = index_of(media, series, renditions)
    with confinement(dataset, sources, Catalogue(index, media, series, manifests), runner) as confined:
        listings = [Listing(source, files[source.name], confined.reads[source.name]) for source in sources]
        run = refreshed(listings, before, index, progress, confined.volumes)
        run.said.take(listing_said)
        differences(run.rows.skeletons, run.rows.categories, run.said)
        tell_undecodable(_labelled_volumes(run.rows), media, run.said)
        findings = findings_of(run, before)
        numbers = numbers_of(run.rows, findings, **_file_counts(live, files))
        verdicts = _verdicts(settings, numbers, allow_errors=allow_errors, allow_removed=allow_removed)
        if not all(verdict.passed for verdict in verdicts if verdict.blocking):
            raise DraftRefused(STAGE, verdicts)
        progress("publishing", 0, None)
        published = _publish(stage, live, run, findings=findings, numbers=numbers, stamp=stamp)
    stage.collect(generations=settings.retention.generations, days=settings.retention.days)
    counts = {"files_read": len(run.read), "files_kept": numbers["files"] - len(run.read)}
    changed = live is None or live.stamp.content_version != published.stamp.content_version
    return _outcome(published, verdicts, counts=counts, changed=changed, seconds=time.monotonic() - started)


def _labelled_volumes(rows: AnnotationSet) -> list[str]:
    """Return the key of a plane of each series that labels of volumes lie on."""
    found: dict[str, str] = {}
    for body in rows.documents.values():
        document = read_document(body)
        for grid in () if document is None else document.grids:
            if grid.series_id and grid.kind == "dicom":
                found.setdefault(grid.series_id, grid.key)
    return list(found.values())


def _refuse_doubles(files: Mapping[str, Sequence[AnnotationFile]]) -> None:
    names = [file.name for each in files.values() for file in each]
    doubles = sorted(name for name, count in Counter(names).items() if count > 1)
    if doubles:
        raise SettingsError(f"two annotation files are called {doubles[0]}: rename the one in `annotations.source`")


def _before(live: Generation | None, stamp: Mapping[str, Any], contents: Mapping[str, str]) -> Before:
    """Return what the last run read, as far as it holds under today's code and settings."""
    if live is None:
        return Before()
    same = (live.stamp.code_version, live.stamp.settings_hash) == (stamp["code_version"], stamp["settings_hash"])
    known = {name: live.stamp.inputs.get(name) for name in contents}
    before = Before.of(live) if same and known == dict(contents) else Before()
    # Counts of what was not listed cannot be parted by file: then all is read.
    return before if not _counted_beyond(before) else Before()


def _counted_beyond(before: Before) -> bool:
    rows = before.findings.select(["code", "file"]).to_pylist() if before.findings is not None else []
    return any(not row["file"] and row["code"] not in GLOBAL for row in rows)


def findings_of(run: Refreshed, before: Before) -> list[Finding]:
    """Return the findings of files that were read now, and those of before of all others that stand."""
    said = run.said.findings()
    now = {(found.code, found.file, found.pointer) for found in said}
    rows = before.findings.to_pylist() if before.findings is not None else []
    old = [
        Finding(**{name: row[name] for name in _FINDING})
        for row in rows
        if row["file"] in run.kept and row["code"] not in ANEW and (row["code"], row["file"], row["pointer"]) not in now
    ]
    return [*said, *old]


def _file_counts(live: Generation | None, files: Mapping[str, Sequence[Any]]) -> dict[str, int]:
    """Return how many files there are, were, and vanished: those that hold annotations."""
    now = {file.name for each in files.values() for file in each}
    if live is None:
        return {"files": len(now), "before": 0, "removed": 0}
    rows = live.table("sources", columns=["source_file", "role"]).to_pylist()
    old = {row["source_file"] for row in rows if row["role"] in (PART, SHARED)}
    return {"files": len(now), "before": len(old), "removed": len(old - now)}


def _publish(
    stage: Stage,
    live: Generation | None,
    run: Refreshed,
    *,
    findings: Sequence[Finding],
    numbers: Mapping[str, Any],
    stamp: Mapping[str, Any],
) -> Generation:
    draft = stage.draft(live)
    try:
        rows = run.rows
        for name, table in (
            ("images", rows.images),
            ("categories", rows.categories),
            ("annotations", rows.annotations),
        ):
            draft.write(name, _parts(table))
        draft.write("skeletons", _parts(rows.skeletons))
        draft.write("sources", _parts(_sources(run)))
        draft.write("findings", [findings_table(findings)])
        draft.seal(**stamp, extras={"numbers": dict(numbers)})
        return draft.publish()
    except BaseException:
        draft.drop()
        raise


def _sources(run: Refreshed) -> pa.Table:
    """Return the table of files with how much came of each."""
    images, annotations = _counts(run.rows.images), _counts(run.rows.annotations)
    names = [row["source_file"] for row in run.sources]
    columns = {
        field.name: [row[field.name] for row in run.sources]
        for field in SOURCES.schema
        if field.name not in ("images", "annotations", "document")
    }
    return rows_of(
        SOURCES,
        len(names),
        images=[images.get(name, 0) for name in names],
        annotations=[annotations.get(name, 0) for name in names],
        document=[run.rows.documents.get(name) for name in names],
        **columns,
    )


def _counts(table: pa.Table) -> dict[str, int]:
    counted = table.select(["source_file"]).group_by("source_file").aggregate([([], "count_all")])
    return {row["source_file"]: row["count_all"] for row in counted.to_pylist()}


def _parts(table: pa.Table) -> Iterator[pa.Table]:
    for start in range(0, table.num_rows, ROWS_AT_ONCE):
        yield table.slice(start, ROWS_AT_ONCE)


def _verdicts(settings: DatasetSettings, numbers: Mapping[str, Any], **lifted: bool) -> tuple[Verdict, ...]:
    return verdicts_on(numbers, settings.limits, **lifted)


def _outcome(
    generation: Generation, verdicts: tuple[Verdict, ...], *, counts: Mapping[str, int], changed: bool, seconds: float
) -> Outcome:
    numbers = generation.extras["numbers"]
    told = {name: numbers[name] for name in ("files", "images", "annotations", "unmatched_annotations", "errors")}
    nothing = {"files_read": 0, "files_kept": numbers["files"]}
    return outcome_of(
        STAGE,
        generation,
        changed=changed,
        counts={**told, **nothing, **counts},
        cost={"seconds": seconds},
        verdicts=verdicts,
    )
