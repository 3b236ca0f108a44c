"""The stage of a manifest: emit, check, publish, and show it under fixed names."""

import hashlib
import json
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labelport.catalogue.generation import Generation
from labelport.catalogue.outcome import DraftRefused, Outcome, Verdict, outcome_of
from labelport.catalogue.stage import Stage
from labelport.errors import SettingsError
from labelport.findings import Finding, findings_table
from labelport.manifests.addresses import uris_of, urls_of
from labelport.manifests.beside import toolchain
from labelport.manifests.checking import BESIDE
from labelport.manifests.contract import EmitContext, Emitted, Platform, Series, SeriesReader
from labelport.manifests.emission import emit_manifest, platform_of, stage_name
from labelport.manifests.facts import kept_facts, remember_facts
from labelport.manifests.judging import Judgement, judged, verdict_on
from labelport.manifests.live import publish_live
from labelport.manifests.reading import StageSeries, columns_for, media_rows, rows_of
from labelport.manifests.selection import selected
from labelport.manifests.sink import DraftSink, FolderSink, copy_outputs
from labelport.manifests.uploads import upload_batches
from labelport.options import ManifestOptions
from labelport.progress import Progress, silent
from labelport.registry import MANIFESTS, plugins
from labelport.runners.contract import Runner
from labelport.settings import DatasetSettings

if TYPE_CHECKING:
    from labelport.dataset import Dataset

VERSION = "1"
INPUTS = ("series", "media_metadata")


def code_version(options: ManifestOptions) -> str:
    """Return the version of the code that writes a manifest: platform's, this module's, and the decoders'.

    The decoders' versions are in it where the bytes depend on them, so that a new Pillow writes anew.
    """
    platform = plugins(MANIFESTS).get(options.platform)
    if platform is None:
        return f"{options.platform}-absent+{VERSION}"
    tools = getattr(platform(), "toolchain", lambda _: ())(options)
    return "+".join([platform.version, VERSION, *(f"{name}-{number}" for name, number in toolchain(*tools).items())])


def settings_hash(settings: DatasetSettings, name: str) -> str:
    """Return the hash of the settings that a manifest depends on: its own, ``url_base``, privacy, renditions' names."""
    given = [
        settings.hash_of("url_base", "privacy"),
        settings.manifest(name).model_dump(mode="json"),
        sorted(settings.renditions),
    ]
    return hashlib.sha256(json.dumps(given, sort_keys=True).encode()).hexdigest()[:16]


def refresh_manifest(
    dataset: "Dataset", name: str, *, runner: Callable[[], Runner] | None = None, progress: Progress = silent
) -> Outcome:
    """Write the manifest of that name, judge it, publish it, and copy it to ``<publish>/manifests/<name>/``.

    Equal inputs, code and settings: nothing is written, but a copy that a killed run left unfinished is
    finished. ``runner`` gives the runner of the exact modes; without one, workers of this machine. Work
    is asked for only where something has to be decoded.

    Raises ``KeyError`` for an unknown manifest, ``StageAbsent`` where there are no series yet,
    ``DraftRefused`` where the check fails or nothing is there to write, ``CatalogueConflict``.
    """
    started = time.monotonic()
    options = dataset.settings.manifest(name)
    stage = Stage(dataset.publish, stage_name(name), dataset=dataset.name)
    series, media = (Stage(dataset.publish, given, dataset=dataset.name).require() for given in INPUTS)
    stamp: dict[str, Any] = {
        "inputs": {"series": series.stamp.content_version, "media_metadata": media.stamp.content_version},
        "code_version": code_version(options),
        "settings_hash": f"{settings_hash(dataset.settings, name)}-{_place_hash(dataset)}",
    }
    live = stage.current()
    if live is not None and live.stamp.equals(**stamp):
        copied = publish_live(dataset.publish, name, live)
        verdict = verdict_on(options, Judgement(**live.extras["judgement"]))
        return _outcome(stage.name, live, verdict, changed=False, seconds=time.monotonic() - started, copied=copied)
    with ExitStack() as stack:
        platform = platform_of(options.platform)
        run = _Run(
            dataset,
            options,
            platform,
            StageSeries(series, media, columns=columns_for(platform, options)),
            media,
            FolderSink(Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="labelport-manifest-")))),
            progress,
        )
        emitted = run.emit(_Runners(dataset.settings, runner, stack).get)
        said, checked = run.findings(emitted)
        judgement = judged(emitted.entries, said, checked, redact=dataset.settings.privacy.redact_keys)
        verdict = verdict_on(options, judgement)
        if not verdict.passed:
            raise DraftRefused(stage.name, (verdict,))
        progress("publishing", 0, None)
        published = run.publish(stage, live, [*said, *checked], **stamp, extras={"judgement": asdict(judgement)})
    copied = publish_live(dataset.publish, name, published, before=live)
    retention = dataset.settings.retention
    stage.collect(generations=retention.generations, days=retention.days)
    changed = live is None or live.stamp.content_version != published.stamp.content_version
    return _outcome(stage.name, published, verdict, changed=changed, seconds=time.monotonic() - started, copied=copied)


class _Runners:
    """Makes the run's runner when it is first asked for, and closes it at the end."""

    def __init__(self, settings: DatasetSettings, given: Callable[[], Runner] | None, stack: ExitStack) -> None:
        self._settings = settings
        self._given = given
        self._stack = stack
        self._runner: Runner | None = None

    def get(self) -> Runner:
        if self._runner is None:
            if self._given is not None:
                self._runner = self._given()
            elif self._settings.runner != "local":
                raise SettingsError(
                    "runner: dask is not in this version; remove the line to use workers of this machine"
                )
            else:
                from labelport.runners.local import LocalRunner  # noqa: PLC0415  -- header modes need none

                self._runner = LocalRunner()
            self._stack.callback(self._runner.close)
        return self._runner


@dataclass(frozen=True)
class _Run:
    """One emission of a dataset's manifest into a temporary folder."""

    dataset: "Dataset"
    options: ManifestOptions
    platform: Platform
    series: SeriesReader
    media: Generation
    sink: FolderSink
    progress: Progress

    @property
    def stage(self) -> str:
        return stage_name(self.options.manifest_name)

    def emit(self, runner: Callable[[], Runner]) -> Emitted:
        """Write the files; what was decoded is remembered at once, so that a killed run costs it once."""
        context = EmitContext(
            dataset=self.dataset.name,
            bucket=self.dataset.bucket,
            runner=runner,
            rendition_names=tuple(sorted(self.dataset.settings.renditions)),
            media=lambda: media_rows(self.media),
            url=urls_of(self.dataset),
            uri=uris_of(self.dataset),
            file=self.dataset.file,
            cache=kept_facts(self.dataset.publish, self.stage),
        )
        told = _Told(self.series, self.progress)
        emitted = emit_manifest(self.platform, self.options, told, self.sink, context)
        if emitted.cache and emitted.cache != context.cache:
            remember_facts(self.dataset.publish, self.stage, emitted.cache)
        return emitted

    def findings(self, emitted: Emitted) -> tuple[list[Finding], list[Finding]]:
        """Return the findings of the emission, and those of the platform's check on what was written."""
        paths = {self.sink.folder.joinpath(*name.split("/")): name for name in self.sink.names}
        manifests = [path for path in paths if not path.name.endswith(BESIDE)]
        checked = [
            replace(f, stage=self.stage, store="publish", file=paths.get(Path(f.file), f.file))
            for f in self.platform.check(manifests, self.options)
        ]
        return emitted.findings, checked

    def publish(self, stage: Stage, live: Generation | None, found: Iterable[Finding], **stamp: Any) -> Generation:
        """Write the draft with files, uploads and findings, and publish it."""
        draft = stage.draft(live)
        try:
            copy_outputs(self.sink, DraftSink(draft))
            before = (row for batch in live.batches("uploads") for row in rows_of(batch)) if live else iter(())
            taken = selected(self.series, self.options)
            name = self.options.manifest_name
            draft.write("uploads", upload_batches(taken, before, manifest=name, url=urls_of(self.dataset)))
            draft.write("findings", [findings_table(found)])
            draft.seal(**stamp)
            return draft.publish()
        except BaseException:
            draft.drop()
            raise


class _Told:
    """A reader that tells how far it is."""

    def __init__(self, series: SeriesReader, progress: Progress) -> None:
        self._series = series
        self._progress = progress

    def __iter__(self) -> Iterator[Series]:
        for done, one in enumerate(self._series):
            if done % 1000 == 0:
                self._progress("emitting", done, None)
            yield one


def _place_hash(dataset: "Dataset") -> str:
    """Return 8 hex digits over how objects are called: another endpoint or region of a connection writes anew."""
    return hashlib.sha256(urls_of(dataset)("raw", "key").encode()).hexdigest()[:8]


def _outcome(
    stage: str, generation: Generation, verdict: Verdict, *, changed: bool, seconds: float, copied: int
) -> Outcome:
    return outcome_of(
        stage,
        generation,
        changed=changed,
        counts={
            "entries": verdict.evidence["entries"],
            "series": generation.stamp.rows.get("uploads", 0),
            "files": len(generation.files()),
            "skipped": verdict.evidence["skipped"],
            "copied": copied,
        },
        cost={"seconds": seconds},
        verdicts=(verdict,),
    )
