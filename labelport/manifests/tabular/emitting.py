"""Emitting the CSV of Supervisely, Kili or Scale: a row an object (specification 1.10 and 7)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from labelport.findings import Finding
from labelport.manifests.beside import readme, toolchain, write_beside
from labelport.manifests.contract import EmitContext, Emitted, Item, Series, SeriesReader, Sink
from labelport.manifests.holding import Holding, held
from labelport.manifests.intake import Intake, intake_by_url, unreachable
from labelport.manifests.kinds import Counted
from labelport.manifests.leftover import leftover_findings
from labelport.manifests.object_text import TextFault, text_of
from labelport.manifests.sink import LazyOutput, lazily
from labelport.manifests.tabular.cells import cell_fault, formula_fault, path_faults, row
from labelport.manifests.tabular.layouts import IMAGE_EXTENSIONS, LAYOUTS, Layout
from labelport.manifests.tabular.options import KiliOptions, ScaleOptions, SuperviselyOptions
from labelport.manifests.tabular.words import README
from labelport.privacy import key_may_identify
from labelport.probing.sniff import extension_of

Options = SuperviselyOptions | KiliOptions | ScaleOptions

MOST_TEXT = 100_000
"""Characters of a text in a cell: ours, since the vendor names none; Python's own reader of CSV takes 131,072."""


@dataclass
class _Emission:
    """One run of the emitter."""

    layout: Layout
    options: Options
    output: LazyOutput
    context: EmitContext
    intake: Intake
    columns: tuple[str, ...]
    rows: int = 0
    series: int = 0
    suspect_tags: Counted = field(default_factory=lambda: Counted("manifest.phi_suspect"))

    def take(self, series: Series) -> None:
        """Write the rows of a series, all of them or none."""
        taken = frozenset({"text"}) if self.columns == ("text",) else self.layout.taken
        holding = held(series, self.intake, taken)
        tags = self._tags(series) if holding is not None else None
        if holding is None or tags is None or not self._extensions_fit(series, holding.items):
            return
        contents = self._contents(series, holding.items)
        if contents is None:
            return
        if not self.rows:
            self.output.write(row(self.columns, self.layout.delimiter))
        for item, content in zip(holding.items, contents, strict=True):
            cells = {**dict.fromkeys(self.columns, content), "tag": tags, "external_id": _title(series, holding, item)}
            self.output.write(row([cells[column] for column in self.columns], self.layout.delimiter))
        self.rows += len(contents)
        self.series += 1
        if len(contents) > 1 or holding.context:
            self.intake.ungrouped.add(series.row["series_id"])
        if tags and key_may_identify(tags):
            self.suspect_tags.add(series.row["series_id"])
        self.context.wrote(series.row["series_id"])

    def _tags(self, series: Series) -> str | None:
        """Return the cell of the tags, or null where one of them cannot stand in it."""
        if not isinstance(self.options, SuperviselyOptions):
            return ""
        attributes = dict(series.row.get("attributes") or ())
        values = [attributes[name] for name in self.options.tags if attributes.get(name)]
        for value in values:
            reason = "holds a comma, which divides tags" if "," in value else cell_fault(value, self.layout.delimiter)
            if reason:
                words = f"the value of an attribute in `tags` {reason}; its whole series is left out"
                self.intake.say("manifest.csv_unsafe", series, words)
                return None
        return ",".join(dict.fromkeys(values))

    def _extensions_fit(self, series: Series, items: Sequence[Item]) -> bool:
        unfit = [
            item
            for item in items
            if self.layout.extensions and extension_of(item.row["key"]) not in self.layout.extensions
        ]
        for item in unfit:
            words = f"its address does not end as that of an image, and {self.layout.title} goes by that"
            self.intake.say("tabular.extension", series, words, key=item.row["key"])
        return not unfit

    def _contents(self, series: Series, items: Sequence[Item]) -> list[str] | None:
        """Return the cell of each object that says what is labeled, or null where one cannot be written."""
        contents = self._texts(series, items) if self.columns == ("text",) else self.intake.addresses(series, items)
        if contents is None:
            return None
        good = True
        for item, content in zip(items, contents, strict=True):
            reason = formula_fault(content) if self.columns == ("text",) else cell_fault(content, self.layout.delimiter)
            if reason:
                words = f"what it is called by {reason}; its whole series is left out"
                self.intake.say("manifest.csv_unsafe", series, words, key=item.row["key"])
                good = False
        return contents if good else None

    def _texts(self, series: Series, items: Sequence[Item]) -> list[str] | None:
        texts: list[str] = []
        for item in items:
            try:
                texts.append(text_of(self.context, item, most=MOST_TEXT))
            except TextFault as fault:
                words = f"the text was left out: {fault}"
                self.intake.say("tabular.text_unreadable", series, words, key=item.row["key"])
        return texts if len(texts) == len(items) else None

    def findings(self) -> Iterator[Finding]:
        """Yield all findings: those about objects first."""
        yield from self.intake.findings()
        words = "the tags of {count} series look like a name, a date or a record number"
        for found in self.suspect_tags.findings(stage=self.intake.stage, message=words):
            yield replace(found, pointer="tags")


def _title(series: Series, holding: Holding, item: Item) -> str:
    name: str = series.row["series_id"]
    return name if len(holding.items) == 1 else f"{name}/{item.row['index']:04d}"


def columns_of(options: Options) -> tuple[str, ...]:
    """Return the header that is written."""
    if isinstance(options, SuperviselyOptions):
        return (options.address, "tag")
    return ("external_id", "content") if isinstance(options, KiliOptions) else (options.column,)


def emit_tabular(platform: str, series: SeriesReader, options: Options, sink: Sink, context: EmitContext) -> Emitted:
    """Write ``<name>.csv``, README and list of skipped objects.

    Memory: one series, and 16 bytes for each object that is named. Texts are read one by one.
    """
    layout, columns = LAYOUTS[platform], columns_of(options)
    intake = intake_by_url(platform, options, context)
    if columns[0] == "path":
        intake = replace(intake, address=lambda _, key: key, faults=path_faults)
    elif columns != ("text",):
        nowhere = unreachable(intake)
        if nowhere:
            return Emitted(nowhere)
    name = options.manifest_name
    with lazily(sink, f"{name}.csv") as output:
        run = _Emission(layout, options, output, context, intake, columns)
        for one in series:
            run.take(one)
    leftover = leftover_findings(context, options, intake.stage, kinds=layout.taken, extensions=IMAGE_EXTENSIONS)
    findings = [*run.findings(), *leftover]
    if run.rows:
        text = readme(
            f"{layout.title} CSV",
            [words.format(name=f"{name}.csv") for words in README[columns[0] if platform != "kili" else "kili"]],
            options=options.model_dump(mode="json", exclude={"name", "platform"}),
            counts={"rows": run.rows, "series": run.series},
            tools=toolchain("labelport"),
            findings=findings,
        )
        write_beside(sink, name, text, findings)
    return Emitted(findings, run.rows)
