"""The stages <format id>_annotations: the dataset's annotations in a format that was asked for."""

import hashlib
import json
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from labelport.annotations.annotation_set import AnnotationSet, rows_of
from labelport.annotations.contract import Format
from labelport.annotations.detecting import formats
from labelport.annotations.kept import set_of
from labelport.annotations.live import copied_whole, show
from labelport.annotations.outputs import FolderOutput, TarOutput, ZipOutput
from labelport.annotations.said import Said
from labelport.annotations.stage import STAGE
from labelport.annotations.unifying import matched_only, unified
from labelport.annotations.volumes.catalogue_volumes import volumes_from
from labelport.annotations.volumes.image_identities import ImageIdentities
from labelport.annotations.writing import Collision, Grids, is_on_volumes, write_annotations
from labelport.catalogue.generation import Generation
from labelport.catalogue.outcome import DraftRefused, Outcome, Verdict, outcome_of
from labelport.catalogue.stage import Stage
from labelport.dataset import Dataset
from labelport.findings import Finding, findings_table
from labelport.options import AnnotationOptions
from labelport.progress import Progress, silent
from labelport.settings import AnyAnnotationOptions, DatasetSettings
from labelport.tables import EXPORT_FILES

VERSION = "2"
NAMES_UNIQUE = "names_unique"
LOSSLESS = "lossless"
DESCRIBED = {
    NAMES_UNIQUE: "No two images get the same file.",
    LOSSLESS: "The format holds every annotation as it is.",
}
MINOR = ("loss.sizes", "loss.extras", "loss.categories", "loss.unlabelled", "loss.precision", "loss.ids")
"""Losses of nothing that a labeler drew: they are told, and are no reason to warn at every run."""


LOST = ("loss", "error")
"""Severities of findings that say that something is not in the files."""


def stage_name(format_id: str) -> str:
    """Return the name of the stage of an export."""
    return f"{format_id}_annotations"


def code_version(format_id: str) -> str:
    """Return the version of the code that writes a format."""
    chosen = formats().get(format_id)
    return f"{chosen.version if chosen else 'absent'}+{VERSION}"


def options_of(settings: DatasetSettings) -> AnnotationOptions:
    """Return the options of the dataset's exports."""
    options: AnnotationOptions = settings.annotations.options if settings.annotations else AnyAnnotationOptions()
    return options


def refresh_export(dataset: Dataset, format_id: str, *, progress: Progress = silent) -> Outcome:
    """Write the annotations in a format under ``<publish>/annotations/<format id>/``.

    Equal annotations, code and options: nothing is written, but a copy that a killed run left unfinished is
    finished. Raises ``StageAbsent`` where no annotations were published, ``DraftRefused`` where two images would
    get one file, ``KeyError`` for an unknown format, ``CatalogueConflict``.
    """
    started = time.monotonic()
    settings = dataset.settings
    chosen: Format = formats()[format_id]
    options = options_of(settings)
    source = Stage(dataset.publish, STAGE, dataset=settings.name).require()
    stage = Stage(dataset.publish, stage_name(format_id), dataset=settings.name)
    inputs = _inputs(dataset, source, on_volumes=is_on_volumes(chosen))
    stamp: dict[str, Any] = {
        "inputs": {name: each.stamp.content_version for name, each in inputs.items()},
        "code_version": code_version(format_id),
        "settings_hash": hashlib.sha256(
            json.dumps(options.model_dump(mode="json"), sort_keys=True).encode()
        ).hexdigest()[:16],
    }
    live = stage.current()
    equal = live is not None and live.stamp.equals(**stamp)
    if live is not None and equal and copied_whole(dataset.publish, format_id) == live.id:
        return _outcome(live, changed=False, copied=0, seconds=time.monotonic() - started)
    progress("writing annotations", 0, None)
    with tempfile.TemporaryDirectory(prefix="labelport-export-") as place:
        said = Said(stage.name, store="publish")
        # Into a folder that is not there yet: it is moved into place at once, not file by file.
        folder = Path(place) / "files"
        rows = unified(matched_only(set_of(source), said))
        with _given(dataset, inputs) as known:
            made = write_export(rows, chosen, folder, options, said=said, grids=known)
        if made.collision:
            raise DraftRefused(stage.name, _verdicts({}, collision=made.collision))
        files = _files(made.folder, format_id)
        published = live if live is not None and equal else _publish(stage, live, files, made.findings, stamp)
        copied = show(
            dataset.publish, format_id, published, before=live, read=lambda name: (made.folder / name).read_bytes()
        )
    stage.collect(generations=settings.retention.generations, days=settings.retention.days)
    changed = live is None or live.stamp.content_version != published.stamp.content_version
    return _outcome(published, changed=changed, copied=copied, seconds=time.monotonic() - started)


@dataclass(frozen=True)
class Export:
    """What was written."""

    folder: Path
    findings: list[Finding]
    collision: str = ""
    """Why nothing was written, where two images would get one file."""


def _inputs(dataset: Dataset, annotations: Generation, *, on_volumes: bool) -> dict[str, Generation]:
    """Return the generations that an export depends on; labels of volumes lie on series."""
    if not on_volumes:
        return {STAGE: annotations}
    others = ("media_metadata", "series")
    return {STAGE: annotations} | {
        name: Stage(dataset.publish, name, dataset=dataset.name).require() for name in others
    }


@contextmanager
def _given(dataset: Dataset, inputs: Mapping[str, Generation]) -> Iterator[Grids]:
    """Give the series as grids, and who their images are, where an export depends on them."""
    if "series" not in inputs:
        yield Grids()
        return
    with volumes_from(inputs["media_metadata"], inputs["series"], dataset.key) as volumes:
        yield Grids(volumes, ImageIdentities(dataset.bucket, dataset.key))


def write_export(
    given: AnnotationSet,
    chosen: Format,
    folder: Path,
    options: AnnotationOptions,
    *,
    said: Said,
    grids: Grids | None = None,
) -> Export:
    """Write a set into a folder: loose files, or one archive ``<format id>.tar`` (``.zip``)."""
    try:
        with output_at(folder, chosen.id, options.container) as output:
            findings = write_annotations(given, chosen, output, options=options, said=said, grids=grids)
    except Collision as collision:
        return Export(folder, collision.findings, str(collision))
    return Export(folder, findings)


@contextmanager
def output_at(folder: Path, name: str, container: str) -> Iterator[Any]:
    """Give the output of an export: the folder, or an archive ``<name>.tar`` or ``<name>.zip`` in it."""
    if container == "folder":
        with FolderOutput(folder) as output:
            yield output
        return
    folder.mkdir(exist_ok=True)
    make: Callable[[IO[bytes]], Any] = TarOutput if container == "tar" else ZipOutput
    with (folder / f"{name}.{container}").open("wb") as file, make(file) as output:
        yield output


def _files(folder: Path, format_id: str) -> pa.Table:
    """Return ``tables.EXPORT_FILES`` of what lies in a folder."""
    rows = []
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            rows.append((path.relative_to(folder).as_posix(), path.stat().st_size, digest))
    rows.sort(key=lambda row: row[0].encode())
    names, sizes, digests = ([row[at] for row in rows] for at in range(3))
    return rows_of(EXPORT_FILES, len(rows), name=names, format=format_id, size=sizes, sha256=digests)


def _publish(
    stage: Stage, live: Generation | None, files: pa.Table, findings: Sequence[Finding], stamp: dict[str, Any]
) -> Generation:
    losses: Counter[str] = Counter()
    for found in findings:  # what could not be written at all is lost as well
        losses[found.code] += found.count if found.severity in LOST else 0
    draft = stage.draft(live)
    try:
        draft.write("files", [files])
        draft.write("findings", [findings_table(findings)])
        draft.seal(**stamp, extras={"losses": {code: count for code, count in sorted(losses.items()) if count}})
        return draft.publish()
    except BaseException:
        draft.drop()
        raise


def _verdicts(losses: dict[str, int], *, collision: str = "") -> tuple[Verdict, ...]:
    unique = Verdict(
        name=NAMES_UNIQUE, passed=not collision, blocking=True, message=collision or DESCRIBED[NAMES_UNIQUE]
    )
    if collision:
        return (unique,)
    told = ", ".join(f"{code} {count:,}" for code, count in losses.items())
    words = f"What the format cannot hold, or could not be written: {told}." if told else DESCRIBED[LOSSLESS]
    passed = all(code in MINOR for code in losses)
    return (unique, Verdict(name=LOSSLESS, passed=passed, blocking=False, message=words, evidence=dict(losses)))


def _outcome(generation: Generation, *, changed: bool, copied: int, seconds: float) -> Outcome:
    losses = dict(generation.extras["losses"])
    return outcome_of(
        generation.contents.stage,
        generation,
        changed=changed,
        counts={"files": generation.stamp.rows["files"], "losses": sum(losses.values()), "copied": copied},
        cost={"seconds": seconds},
        verdicts=_verdicts(losses),
    )
