"""Emitting Centaur's CSVs (specification 6): drafts without a template, else the template filled."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from labelport.errors import SettingsError
from labelport.findings import Finding
from labelport.manifests.beside import write_beside
from labelport.manifests.centaur.cells import unsafe_because
from labelport.manifests.centaur.drafting import Drafts, Recordings
from labelport.manifests.centaur.filling import Filling
from labelport.manifests.centaur.joining import Join
from labelport.manifests.centaur.options import CentaurOptions
from labelport.manifests.centaur.readme import centaur_readme
from labelport.manifests.centaur.rows import OurRow
from labelport.manifests.centaur.saying import TemplateRemarks, no_template, said_of_fault, said_of_filling
from labelport.manifests.centaur.taking import TAKEN, Taking, origin_of
from labelport.manifests.centaur.template import Template, TemplateFault
from labelport.manifests.contract import EmitContext, Emitted, SeriesReader, Sink
from labelport.manifests.emission import stage_name
from labelport.manifests.leftover import leftover_findings

ENTRIES = ("rows", "dicom rows", "audio rows")

EXTENSIONS = frozenset({".jpg", ".jpeg", ".png", ".dcm", ".dicom", ".mp3", ".wav"})
"""What a broken object of no known kind was meant as."""


def emit_centaur(series: SeriesReader, options: CentaurOptions, sink: Sink, context: EmitContext) -> Emitted:
    """Write the CSVs of a dataset: the template filled, or where there is none drafts with empty content_id.

    Memory: one series, 16 bytes an origin, and a template's bytes while it is read.
    """
    emission = _Emission(options, sink, context)
    if options.template is None:
        return emission.draft(series, [], "`template` names none")
    try:
        body = context.file(options.template).body
    except SettingsError as error:
        return emission.draft(series, [], str(error))
    with Join() as join:
        remarks = TemplateRemarks(options)
        try:
            template = Template(body)
            del body
            join.add_template(remarks.usable(template))
        except TemplateFault as fault:
            said = said_of_fault(fault, options)
            return emission.draft(series, [said], f"the template {options.template} cannot be used")
        extra = template.extra
        del template
        return emission.fill(series, join, extra, list(remarks.findings()))


@dataclass
class _Joined:
    """Hands the rows of series to the join, and recordings to their file."""

    join: Join
    recordings: Recordings

    def series(self, file: int, series_id: str, rows: Sequence[OurRow]) -> None:
        self.join.add_ours(file, series_id, rows)

    def recording(self, series_id: str, cells: Sequence[str]) -> None:
        self.recordings.write(series_id, cells)


@dataclass(frozen=True)
class _Emission:
    """One run of the emitter."""

    options: CentaurOptions
    sink: Sink
    context: EmitContext

    def draft(self, series: SeriesReader, said: list[Finding], why: str) -> Emitted:
        """Write drafts."""
        with ExitStack() as stack:
            drafts = Drafts(stack, self.sink, self.options.manifest_name, self.context.wrote)
            taking = Taking(self.options, self.context, drafts)
            for one in series:
                taking.take(one)
        findings = [*said, *taking.findings()]
        if drafts.counts["rows"] or drafts.counts["dicom rows"]:
            findings.append(no_template(self.options, why))
        return self._concluded(findings, drafts.counts, None, {})

    def fill(self, series: SeriesReader, join: Join, extra: Sequence[str], said: list[Finding]) -> Emitted:
        """Fill the template that the join holds."""
        base, whole = self.options.manifest_name, self._is_whole()
        with ExitStack() as stack:
            recordings = Recordings(stack, self.sink, base, self.context.wrote)
            taking = Taking(self.options, self.context, _Joined(join, recordings))
            for one in series:
                taking.take(one)
        findings = [*said, *taking.findings()]
        del taking
        # Of a selection alone nobody can say that a guess fits one object only.
        guesses = whole or self._objects is not None
        join.match(self._others, guesses=guesses, partial=self.options.partial)
        filling = Filling(join, self.sink, base, extra, whole)
        filling.write(self.context.wrote)
        rules = join.by_rule()
        findings += said_of_filling(filling, rules, self.options)
        counts = filling.counts + Counter({"series": recordings.count, "audio rows": recordings.count})
        return self._concluded(findings, counts, filling, rules)

    def _is_whole(self) -> bool:
        """Return whether the series are all that the manifest takes: a batch is a selection of them."""
        return self.context.whole

    @property
    def _objects(self) -> Callable[[], Iterator[Mapping[str, Any]]] | None:
        """Return what gives the rows of all objects that the manifest could name; null where nobody knows them."""
        return self.context.media if self.options.use == "original" else self.context.renditions

    def _others(self) -> Iterator[tuple[str, str | None]]:
        """Yield origin and address of all objects that the manifest could name."""
        use = self.options.use
        store = "raw" if use == "original" else "publish"
        for row in self._objects() if self._objects else ():
            if (row["store"] == store) if use == "original" else (row["name"] == use and not row.get("gone_since")):
                origin = origin_of(row["key"], self.options)
                if origin and unsafe_because(origin) is None:
                    yield origin, self.context.uri(store, row["key"])

    def _concluded(
        self, findings: list[Finding], counts: Counter[str], filling: Filling | None, rules: dict[str, int]
    ) -> Emitted:
        stage = stage_name(self.options.manifest_name)
        findings += leftover_findings(self.context, self.options, stage, kinds=TAKEN, extensions=EXTENSIONS)
        entries = sum(counts[name] for name in ENTRIES)
        if entries:
            text = centaur_readme(self.options, counts, findings, filling=filling, rules=rules)
            write_beside(self.sink, self.options.manifest_name, text, findings)
        return Emitted(findings, entries)
