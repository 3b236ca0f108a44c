"""Emitting Labelbox's data rows: chunks, index, README (specification 7; kinds by the table of 1.10)."""

from collections.abc import Iterator

from labelport.findings import Finding, finding
from labelport.manifests.beside import write_beside
from labelport.manifests.contract import EmitContext, Emitted, SeriesReader, Sink
from labelport.manifests.holding import meant_as
from labelport.manifests.intake import Intake, intake_by_url, unreachable
from labelport.manifests.json_array import write_arrays
from labelport.manifests.labelbox.checking import is_path_style
from labelport.manifests.labelbox.options import LabelboxOptions
from labelport.manifests.labelbox.readme import labelbox_readme
from labelport.manifests.labelbox.rows import TAKEN, RowMaker
from labelport.manifests.leftover import leftover_findings
from labelport.manifests.user_notes import NoteTaker


def emit_labelbox(series: SeriesReader, options: LabelboxOptions, sink: Sink, context: EmitContext) -> Emitted:
    """Write the data rows of a dataset. Memory: one chunk, and 16 bytes for each object."""
    intake = intake_by_url("labelbox", options, context)
    nowhere = unreachable(intake)
    if nowhere:
        return Emitted(nowhere)
    taker = NoteTaker(frozenset({options.series_field}))
    maker = RowMaker(options, intake, taker)
    written = write_arrays(
        map(maker.unit, series),
        sink,
        base=options.manifest_name,
        most_entries=options.max_entries,
        most_bytes=options.max_bytes,
        wrote=context.wrote,
        stage=intake.stage,
        code="manifest.group_over_limit",
    )
    findings = [
        *intake.findings(),
        *taker.findings(intake.stage),
        *written.refused,
        *_path_style(intake, written.entries),
        *leftover_findings(context, options, intake.stage, kinds=TAKEN, extensions=meant_as(TAKEN)),
    ]
    if written.entries:
        beside = labelbox_readme(options, written, taker.columns, findings)
        write_beside(sink, options.manifest_name, beside, findings)
    return Emitted(findings, written.entries)


def _path_style(intake: Intake, entries: int) -> Iterator[Finding]:
    if entries and is_path_style(intake.address("raw", "x") or ""):
        words = "the bucket stands in the path of the URLs, as its name has dots: Labelbox wants it in the host name"
        yield finding("labelbox.path_style", stage=intake.stage, message=words)
