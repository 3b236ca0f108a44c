"""Emitting RedBrick's tasks: chunks, index, README (specification 7; kinds by the table of 1.10)."""

from labelport.manifests.beside import write_beside
from labelport.manifests.contract import EmitContext, Emitted, SeriesReader, Sink
from labelport.manifests.holding import meant_as
from labelport.manifests.json_array import write_arrays
from labelport.manifests.leftover import leftover_findings
from labelport.manifests.redbrick.items import redbrick_intake
from labelport.manifests.redbrick.options import RedbrickOptions
from labelport.manifests.redbrick.readme import redbrick_readme
from labelport.manifests.redbrick.tasks import TAKEN, TaskMaker
from labelport.manifests.user_notes import NoteTaker


def emit_redbrick(series: SeriesReader, options: RedbrickOptions, sink: Sink, context: EmitContext) -> Emitted:
    """Write the tasks of a dataset. Memory: one chunk, and 16 bytes for each object."""
    intake = redbrick_intake(options, context)
    taker = NoteTaker(frozenset())
    maker = TaskMaker(options, intake, taker)
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
        *leftover_findings(context, options, intake.stage, kinds=TAKEN, extensions=meant_as(TAKEN)),
    ]
    if written.entries:
        places = {store: context.uri(store, "") for store in ("raw", "publish")}
        beside = redbrick_readme(options, written, places, findings)
        write_beside(sink, options.manifest_name, beside, findings)
    return Emitted(findings, written.entries)
