"""The stage of a manifest: emit, check, publish, and show it under fixed names."""

import hashlib
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labelport.catalogue.generation import Generation
from labelport.catalogue.outcome import DraftRefused, Outcome, Verdict, outcome_of
from labelport.catalogue.stage import Stage
from labelport.errors import SettingsError
from labelport.findings import findings_table
from labelport.manifests.addresses import uris_of, urls_of
from labelport.manifests.batches import Batches, batch_options
from labelport.manifests.beside import toolchain
from labelport.manifests.emission import platform_of, stage_name
from labelport.manifests.judging import Judgement, judged, verdicts_on
from labelport.manifests.ledger import Story
from labelport.manifests.live import publish_live
from labelport.manifests.placing import free_placements, is_placed, place, placements_of, placing_extras
from labelport.manifests.reading import StageSeries, columns_for
from labelport.manifests.run import Made, Run
from labelport.manifests.sink import DraftSink, FolderSink, copy_outputs
from labelport.options import ManifestOptions
from labelport.progress import Progress, silent
from labelport.registry import MANIFESTS, plugins
from labelport.runners.contract import Runner
from labelport.settings import DatasetSettings

if TYPE_CHECKING:
    from labelport.dataset import Dataset

VERSION = "2"


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
    inputs = _Inputs.of(dataset, options)
    stamp = inputs.stamp(dataset, options)
    live = stage.current()
    if live is not None and live.stamp.equals(**stamp):
        copied = _show(dataset, name, live, before=None)
        verdicts = verdicts_on(options, Judgement(**live.extras["judgement"]))
        return _outcome(
            stage.name, live, verdicts, story=Story(), changed=False, seconds=time.monotonic() - started, copied=copied
        )
    with ExitStack() as stack:
        platform = platform_of(options.platform)
        temporary = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="labelport-manifest-")))
        (temporary / "scratch").mkdir()
        run = Run(
            dataset,
            options,
            platform,
            StageSeries(inputs.series, inputs.media, columns=columns_for(platform, options)),
            inputs.media,
            inputs.renditions,
            FolderSink(temporary / "files"),
            temporary / "scratch",
            progress,
            _Runners(dataset.settings, runner, stack).get,
        )
        made = run.make(live)
        draft = _Judged(run, made, live)
        if not all(verdict.passed for verdict in draft.verdicts if verdict.blocking):
            raise DraftRefused(stage.name, draft.verdicts)
        progress("publishing", 0, None)
        published = draft.publish(stage, **stamp)
    copied = _show(dataset, name, published, before=live)
    retention = dataset.settings.retention
    stage.collect(generations=retention.generations, days=retention.days)
    changed = live is None or live.stamp.content_version != published.stamp.content_version
    return _outcome(
        stage.name,
        published,
        draft.verdicts,
        story=made.ledger.story,
        changed=changed,
        seconds=time.monotonic() - started,
        copied=copied,
    )


@dataclass(frozen=True)
class _Inputs:
    """The generations that a manifest is made of."""

    series: Generation
    media: Generation
    renditions: Generation | None
    """What `use` names; null: the originals are used, or none was ever made."""

    @classmethod
    def of(cls, dataset: "Dataset", options: ManifestOptions) -> "_Inputs":
        """Return those of now; raises ``StageAbsent``."""

        def stage(name: str) -> Stage:
            return Stage(dataset.publish, name, dataset=dataset.name)

        renditions = None if options.use == "original" else stage("renditions").current()
        return cls(stage("series").require(), stage("media_metadata").require(), renditions)

    def stamp(self, dataset: "Dataset", options: ManifestOptions) -> dict[str, Any]:
        """Return what the manifest depends on: content of the inputs, files of the options, code, settings."""
        name = options.manifest_name
        given = {"series": self.series, "media_metadata": self.media, "renditions": self.renditions}
        contents = {stage: one.stamp.content_version for stage, one in given.items() if one is not None}
        return {
            "inputs": {**contents, **_file_tokens(dataset, options)},
            "code_version": code_version(options),
            "settings_hash": f"{settings_hash(dataset.settings, name)}-{_place_hash(dataset)}",
        }


class _Judged:
    """A run's files with the verdict on them, ready to be published."""

    def __init__(self, run: Run, made: Made, live: Generation | None) -> None:
        self._run, self._made, self._live = run, made, live
        settings, options = run.dataset.settings, run.options
        batch = set(made.batch_files)
        full = [name for name in run.sink.names if name not in batch]
        checked = run.check(full, options)
        if batch:
            checked += run.check(made.batch_files, batch_options(options, made.batches.pending))
        digests = run.digests()
        wanted = placements_of(run.platform, options, full)
        placed = (live.extras.get("placed") if live else None) or {}
        placements, taken = free_placements(run.dataset.bucket, wanted, digests, placed, stage=run.stage)
        self.findings = [*made.emitted.findings, *made.findings, *taken, *checked]
        judgement = judged(made.emitted.entries, self.findings, checked, redact=settings.privacy.redact_keys)
        finished = live is not None and is_placed(run.dataset.publish, options.manifest_name, live.id)
        before = live.extras if live else {}
        self.extras = {
            "judgement": asdict(judgement),
            "story": asdict(made.ledger.story),
            **(made.batches.extras() if options.delta or made.batches.files else {}),
            **placing_extras(placements, digests, before, finished=finished),
        }
        self.verdicts = verdicts_on(options, judgement)

    def publish(self, stage: Stage, **stamp: Any) -> Generation:
        """Write the draft with files, uploads and findings, and publish it."""
        draft = stage.draft(self._live)
        try:
            copy_outputs(self._run.sink, DraftSink(draft))
            for name in self._made.batches.carried():
                draft.carry_file(name)
            draft.write("uploads", self._made.ledger.batches())
            draft.write("findings", [findings_table(self.findings)])
            draft.seal(**stamp, extras=self.extras)
            return draft.publish()
        except BaseException:
            draft.drop()
            raise


def _show(dataset: "Dataset", name: str, current: Generation, *, before: Generation | None) -> int:
    """Make the fixed names show a generation; return how many files were written or removed."""
    copied = publish_live(dataset.publish, name, current, before=before)
    return copied + place(dataset.bucket, dataset.publish, name, current, extras=current.extras)


def _file_tokens(dataset: "Dataset", options: ManifestOptions) -> dict[str, str]:
    """Return the tokens of the files that a manifest's options name; one that is not there has none, and waits."""
    give: Callable[[ManifestOptions], Sequence[str]] = getattr(platform_of(options.platform), "files", lambda _: ())
    tokens: dict[str, str] = {}
    for path in give(options):
        try:
            tokens[f"file:{path}"] = dataset.file_token(path)
        except SettingsError:
            tokens[f"file:{path}"] = "absent"
    return tokens


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


def _place_hash(dataset: "Dataset") -> str:
    """Return 8 hex digits over how objects are called: another endpoint or region of a connection writes anew."""
    stores = ("raw", "publish")
    called = [name(store, "key") for name in (urls_of(dataset), uris_of(dataset)) for store in stores]
    return hashlib.sha256(json.dumps(called).encode()).hexdigest()[:8]


def _outcome(
    stage: str,
    generation: Generation,
    verdicts: tuple[Verdict, ...],
    *,
    story: Story,
    changed: bool,
    seconds: float,
    copied: int,
) -> Outcome:
    numbers = verdicts[0].evidence
    return outcome_of(
        stage,
        generation,
        changed=changed,
        counts={
            "entries": numbers["entries"],
            "series": generation.stamp.rows.get("uploads", 0),
            "added": story.added,
            "changed": story.changed,
            "removed": story.removed,
            "waiting": Batches.of(generation.extras).waiting,
            "files": len(generation.files()),
            "skipped": numbers["skipped"],
            "copied": copied,
        },
        cost={"seconds": seconds},
        verdicts=verdicts,
    )
