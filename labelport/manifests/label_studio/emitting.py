"""Emitting Label Studio's tasks: chunks, index, README (specification 7; kinds by the table of 1.10)."""

from collections.abc import Iterator, Mapping

from labelport.findings import Finding, finding
from labelport.manifests.beside import write_beside
from labelport.manifests.contract import EmitContext, Emitted, SeriesReader, Sink
from labelport.manifests.holding import meant_as
from labelport.manifests.intake import unreachable
from labelport.manifests.json_array import write_arrays
from labelport.manifests.label_studio.addresses import label_studio_intake
from labelport.manifests.label_studio.options import LabelStudioOptions
from labelport.manifests.label_studio.readme import label_studio_readme, words_of
from labelport.manifests.label_studio.tasks import TAKEN, Shape, TaskMaker
from labelport.manifests.leftover import leftover_findings
from labelport.manifests.user_notes import NoteTaker


def emit_label_studio(series: SeriesReader, options: LabelStudioOptions, sink: Sink, context: EmitContext) -> Emitted:
    """Write the tasks of a dataset. Memory: one chunk, and 16 bytes for each object."""
    intake = label_studio_intake(options, context)
    nowhere = unreachable(intake)
    if nowhere:
        return Emitted(nowhere)
    taker = NoteTaker(frozenset({*options.key_of_kind.values(), options.series_key}))
    maker = TaskMaker(options, intake, taker)
    written = write_arrays(
        map(maker.unit, series),
        sink,
        base=options.manifest_name,
        most_entries=options.max_entries,
        most_bytes=options.max_bytes,
        wrote=context.wrote,
        stage=intake.stage,
        code="label_studio.file_over_limit",
    )
    shapes = {tuple(section.split(" ")): count for section, count in sorted(written.sections.items())}
    findings = [
        *intake.findings(),
        *taker.findings(intake.stage),
        *written.refused,
        *maker.unlisted.findings(
            stage=intake.stage, message="{count} objects are of a format that Label Studio does not list"
        ),
        *_several_shapes(shapes, intake.stage),
        *leftover_findings(context, options, intake.stage, kinds=TAKEN, extensions=meant_as(TAKEN)),
    ]
    if written.entries:
        stores = ("raw",) if options.use == "original" else ("raw", "publish")
        by_url = {(intake.address(store, "x") or "").startswith("https://") for store in stores}
        beside = label_studio_readme(options, written, shapes, findings, by_url=by_url)
        write_beside(sink, options.manifest_name, beside, findings)
    return Emitted(findings, written.entries)


def _several_shapes(shapes: Mapping[Shape, int], stage: str) -> Iterator[Finding]:
    if len(shapes) > 1:
        held = "; ".join(f"{count:,} of {words_of(shape)}" for shape, count in shapes.items())
        words = f"one labeling config does not show all tasks: {held}"
        yield finding("label_studio.mixed_tasks", stage=stage, message=words)
