"""One run of a manifest's stage, up to the verdict: full manifest, uploads, batch, check. Nothing is published here."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labelport.catalogue.generation import Generation
from labelport.findings import Finding
from labelport.manifests.addresses import uris_of, urls_of
from labelport.manifests.batches import (
    PAGE,
    WITHDRAWN,
    Batches,
    batch_findings,
    batch_name,
    batch_options,
    batches_page,
    withdrawn_csv,
)
from labelport.manifests.checking import BESIDE
from labelport.manifests.contract import EmitContext, Emitted, Platform, Series, SeriesReader, Sink
from labelport.manifests.emission import emit_manifest, stage_name
from labelport.manifests.facts import kept_facts, remember_facts
from labelport.manifests.ledger import Ledger, WrittenSeries, write_ledger
from labelport.manifests.live import folder_of
from labelport.manifests.reading import media_rows, rows_of
from labelport.manifests.renditions import as_shown, rendition_rows
from labelport.manifests.selection import selected
from labelport.manifests.sink import FolderSink, PartSink, WithoutSkipped, lazily
from labelport.manifests.uploads import Delivery
from labelport.options import ManifestOptions
from labelport.progress import Progress
from labelport.runners.contract import Runner

if TYPE_CHECKING:
    from labelport.dataset import Dataset


@dataclass
class Made:
    """What a run has written into its folder."""

    emitted: Emitted
    ledger: Ledger
    batches: Batches

    batch_files: list[str] = field(default_factory=list)
    """Outputs of the batch that waits."""

    findings: list[Finding] = field(default_factory=list)
    """What the batch gave rise to."""


@dataclass(frozen=True)
class Run:
    """One emission of a dataset's manifest into a temporary folder."""

    dataset: "Dataset"
    options: ManifestOptions
    platform: Platform
    series: SeriesReader
    media: Generation
    renditions: Generation | None
    """What `use` names stands in it; null: there is none, or the originals are used."""

    sink: FolderSink
    scratch: Path
    """A folder for what waits on disk."""

    progress: Progress
    runner: Callable[[], Runner]

    @property
    def stage(self) -> str:
        """Return the name of the stage."""
        return stage_name(self.options.manifest_name)

    def make(self, live: Generation | None) -> Made:
        """Write the full manifest, the uploads, and with ``delta`` the batch of what is due."""
        written = WrittenSeries()
        try:
            emitted = self._emit(written)
            ledger = self._ledger(written, live)
        finally:
            written.close()
        before = Batches.of(live.extras if live else {})
        if not self.options.delta:
            return Made(emitted, ledger, before.with_pending((), 0))
        return self._with_batch(Made(emitted, ledger, before), emitted.cache)

    def check(self, names: list[str], options: ManifestOptions) -> list[Finding]:
        """Return what the platform's check finds in outputs, by their names."""
        paths = {self.sink.folder.joinpath(*name.split("/")): name for name in names}
        manifests = [path for path, name in paths.items() if not name.endswith(BESIDE) and name != WITHDRAWN]
        return [
            replace(f, stage=self.stage, store="publish", file=paths.get(Path(f.file), f.file))
            for f in self.platform.check(manifests, options)
        ]

    def digests(self) -> dict[str, str]:
        """Return the SHA-256 of each output, hex, by its name."""
        found: dict[str, str] = {}
        for name in self.sink.names:
            with self.sink.folder.joinpath(*name.split("/")).open("rb") as file:
                found[name] = hashlib.file_digest(file, "sha256").hexdigest()
        return found

    def _emit(self, written: WrittenSeries) -> Emitted:
        """Write the files; what was decoded is remembered at once, so that a killed run costs it once."""
        cache = kept_facts(self.dataset.publish, self.stage)
        context = replace(self._context(cache), wrote=written.tell)
        told = _Told(self.series, self.progress)
        emitted = emit_manifest(self.platform, self.options, told, self.sink, context)
        if emitted.cache and emitted.cache != cache:
            remember_facts(self.dataset.publish, self.stage, emitted.cache)
        return emitted

    def _context(self, cache: Mapping[str, Any]) -> EmitContext:
        return EmitContext(
            dataset=self.dataset.name,
            bucket=self.dataset.bucket,
            publish=self.dataset.publish,
            runner=self.runner,
            rendition_names=tuple(sorted(self.dataset.settings.renditions)),
            media=lambda: media_rows(self.media),
            renditions=self._renditions(),
            url=urls_of(self.dataset),
            uri=uris_of(self.dataset),
            file=self.dataset.file,
            folder=folder_of(self.options.manifest_name),
            cache=cache,
        )

    def _renditions(self) -> Callable[[], Iterator[Mapping[str, Any]]] | None:
        found = self.renditions
        return None if found is None else lambda: rendition_rows(found)

    def _ledger(self, written: WrittenSeries, live: Generation | None) -> Ledger:
        before = (row for batch in live.batches("uploads") for row in rows_of(batch)) if live else iter(())
        delivery = Delivery(
            manifest=self.options.manifest_name,
            url=urls_of(self.dataset),
            attributes=told_attributes(self.options),
            batch=Batches.of(live.extras if live else {}).pending if self.options.delta else None,
            now=datetime.now(UTC),
        )
        with as_shown(
            selected(self.series, self.options), self.options.use, self._renditions(), stage=self.stage
        ) as shown:
            return write_ledger(written.of(shown, self.scratch), before, delivery, self.scratch)

    def _with_batch(self, made: Made, cache: Mapping[str, Any]) -> Made:
        """Write the batch of what is due, the list of what is gone, and the page about both."""
        ledger, number = made.ledger, made.batches.pending
        start = len(self.sink.names)
        if ledger.waiting:
            options = batch_options(self.options, number)
            sink: Sink = WithoutSkipped(self.sink)
            context = replace(self._context(cache), whole=False)
            if getattr(self.platform, "fixed_names", False):
                sink = PartSink(sink, batch_name(number))
                context = replace(context, folder=f"{context.folder}{batch_name(number)}/")
            # What it says of the objects was said of the full manifest already.
            emit_manifest(self.platform, options, ledger.due_series(self.series), sink, context)
        files = self.sink.names[start:]
        batches = made.batches.with_pending(files, ledger.waiting)
        with lazily(self.sink, WITHDRAWN) as output:
            for line in withdrawn_csv(ledger):
                output.write(line)
        with self.sink.open(PAGE) as page:
            page.write(
                batches_page(batches, manifest=self.options.manifest_name, new=ledger.new, withdrawn=ledger.withdrawn)
            )
        found = list(batch_findings(self.platform, ledger, stage=self.stage, number=number))
        return replace(made, batches=batches, batch_files=files, findings=found)


def told_attributes(options: ManifestOptions) -> tuple[str, ...]:
    """Return the attributes of series that a manifest's entries hold: those that its options name."""
    names = (*getattr(options, "notes", ()), *getattr(options, "client_metadata", ()), *getattr(options, "tags", ()))
    return tuple(dict.fromkeys(name for name in names if isinstance(name, str)))


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
