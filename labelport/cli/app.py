"""The commands. Heavy rooms are imported inside them: `labelport --help` is to be quick."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from labelport.cli.report import Report
    from labelport.cli.stages import Refreshed, Upto

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="From a bucket of raw media to labeling manifests. Exit codes: 0 clean, 1 findings of severity error "
    "(or nothing was published), 2 wrong use.",
)

Uri = Annotated[str, typer.Argument(metavar="URI", help="The bucket: a folder, or s3://bucket/prefix.")]
Table = Annotated[
    Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write the table: .parquet or .csv.")
]
Folder = Annotated[
    Path | None, typer.Option("-o", "--output", metavar="DIR", help="Write the tables into this folder.")
]
Given = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="A setting of the dataset: dotted name, YAML value. Repeatable."),
]
Catalogue = Annotated[
    Path | None,
    typer.Option("--catalogue", metavar="DIR", help="Keep the catalogue here: the next run reads only what changed."),
]
Events = Annotated[
    bool,
    typer.Option("--events", help="List nothing: drain the queue that --set events=URL names (with --catalogue)."),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output, for machines.")]
Removed = Annotated[
    bool, typer.Option("--allow-removed", help="Publish although many objects are gone (with --catalogue).")
]
Errors = Annotated[
    bool, typer.Option("--allow-errors", help="Publish although many objects are bad (with --catalogue).")
]


@app.command()
def inventory(
    uri: Uri,
    *,
    output: Table = None,
    given: Given = None,
    catalogue: Catalogue = None,
    events: Events = False,
    allow_removed: Removed = False,
    as_json: AsJson = False,
) -> None:
    """List what lies in a bucket: one row an object."""
    from labelport.cli.door import through  # noqa: PLC0415

    def work() -> "Report":
        from labelport.cli.overviews import inventory_overview  # noqa: PLC0415
        from labelport.cli.writing import refuse_other_formats, write_table  # noqa: PLC0415

        refuse_other_formats(output)
        with _chain("inventory", uri, given, catalogue, (allow_removed, False), events=events) as done:
            report = _report("inventory", done, catalogue)
            if not done.refused:
                live = done.live("bucket_inventory")
                report.shown = [inventory_overview(live)]
                report.written = [write_table(live, "inventory", output)] if output else []
            return report

    through(work, as_json=as_json)


@app.command()
def probe(
    uri: Uri,
    *,
    output: Table = None,
    given: Given = None,
    catalogue: Catalogue = None,
    allow_removed: Removed = False,
    allow_errors: Errors = False,
    as_json: AsJson = False,
) -> None:
    """Say what each object is, by content: kind, size, frames, and what is wrong with it."""
    from labelport.cli.door import through  # noqa: PLC0415

    def work() -> "Report":
        from labelport.cli.overviews import media_overview  # noqa: PLC0415
        from labelport.cli.writing import refuse_other_formats, write_table  # noqa: PLC0415

        refuse_other_formats(output)
        with _chain("media", uri, given, catalogue, (allow_removed, allow_errors)) as done:
            report = _report("probe", done, catalogue)
            if not done.refused:
                live = done.live("media_metadata")
                report.shown = [media_overview(live)]
                report.written = [write_table(live, "media", output)] if output else []
            return report

    through(work, as_json=as_json)


@app.command()
def series(
    uri: Uri,
    *,
    output: Folder = None,
    contact_sheet: Annotated[
        Path | None,
        typer.Option("--contact-sheet", metavar="FILE.png", help="Draw the first, middle and last of twelve series."),
    ] = None,
    given: Given = None,
    catalogue: Catalogue = None,
    allow_removed: Removed = False,
    allow_errors: Errors = False,
    as_json: AsJson = False,
) -> None:
    """Group objects into series with an order: stacks, clips, numbered frames, windows of one image."""
    from labelport.cli.door import through  # noqa: PLC0415

    def work() -> "Report":
        from labelport.cli.overviews import series_overview  # noqa: PLC0415
        from labelport.cli.sheets import add_contact_sheet, refuse_other_pictures  # noqa: PLC0415
        from labelport.cli.writing import write_tables  # noqa: PLC0415

        refuse_other_pictures(contact_sheet)
        with _chain("series", uri, given, catalogue, (allow_removed, allow_errors)) as done:
            report = _report("series", done, catalogue)
            if not done.refused:
                live = done.live("series")
                report.shown = series_overview(live, redact=done.dataset.settings.privacy.redact_keys)
                report.written = write_tables(live, ("series", "items", "findings"), output) if output else []
                if contact_sheet is not None:
                    add_contact_sheet(report, done, contact_sheet)
            return report

    through(work, as_json=as_json)


@app.command()
def manifest(
    platform: Annotated[str, typer.Argument(metavar="PLATFORM", help="cvat, encord, centaur, label_studio …")],
    uri: Uri,
    *,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="Write the manifest's files here.")],
    exact: Annotated[
        bool, typer.Option("--exact", help="Decode every image: checksums and true sizes (cvat).")
    ] = False,
    given: Given = None,
    catalogue: Catalogue = None,
    allow_removed: Removed = False,
    allow_errors: Errors = False,
    as_json: AsJson = False,
) -> None:
    """Write what a labeling platform takes. With --set also options of the platform: --set sorting=natural."""
    from labelport.cli.door import through  # noqa: PLC0415

    def work() -> "Report":
        from labelport.cli.report import outcomes_table  # noqa: PLC0415
        from labelport.cli.writing import write_files  # noqa: PLC0415

        options = {"mode": "exact"} if exact else {}
        with _chain(
            "manifest", uri, given, catalogue, (allow_removed, allow_errors), platform=platform, options=options
        ) as done:
            report = _report("manifest", done, catalogue)
            report.shown = [outcomes_table(done.outcomes)]
            if not done.refused:
                report.written = write_files(done.live(done.outcomes[-1].stage), output)
            return report

    through(work, as_json=as_json)


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Manifests, or folders of them.")],
    platform: Annotated[str | None, typer.Option(help="Whose manifests they are; default: by content.")] = None,
    given: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="NAME=VALUE", help="An option of the platform: urls=any, dialect=sdk. Repeatable."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say what a platform would refuse in a manifest, with the line."""
    from labelport.cli.door import through  # noqa: PLC0415

    def work() -> "Report":
        from labelport.cli.checking import check_report  # noqa: PLC0415

        return check_report(files, platform=platform, given=given or ())

    through(work, as_json=as_json)


@app.command()
def sent(
    manifest: Annotated[str, typer.Argument(metavar="NAME", help="Name of the manifest: the platform, or its `name`.")],
    batch: Annotated[
        int | None, typer.Argument(metavar="BATCH", help="Number of the batch; default: the one that waits.")
    ] = None,
    *,
    publish: Annotated[
        str, typer.Option(metavar="URI", envvar="LABELPORT_PUBLISH", help="The `publish` of the dataset.")
    ],
    before: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Only what stood in the batch then: where it was written again since."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say that the platform has a batch: later ones leave its series out."""
    from labelport.cli.door import through  # noqa: PLC0415

    def work() -> "Report":
        from labelport.cli.sending import sent_report  # noqa: PLC0415

        return sent_report(manifest, batch, publish=publish, before=before)

    through(work, as_json=as_json)


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="An empty or new folder, or an earlier demo.")],
    datasets: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Describe it for Dagster too: DIR/demo/defs.yaml, unless it is there."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write a sample bucket: real DICOM and NIfTI, drawn photos and clips, and a dozen bad files."""
    from labelport.cli.door import through  # noqa: PLC0415

    def work() -> "Report":
        from labelport.cli.sample import demo_report  # noqa: PLC0415

        return demo_report(folder, datasets=datasets)

    through(work, as_json=as_json)


@app.command()
def version() -> None:
    """Print the version."""
    from importlib.metadata import version as version_of  # noqa: PLC0415

    typer.echo(version_of("labelport"))


@contextmanager
def _chain(
    upto: "Upto",
    uri: str,
    given: Sequence[str] | None,
    catalogue: Path | None,
    allowed: tuple[bool, bool],
    *,
    events: bool = False,
    platform: str | None = None,
    options: dict[str, str] | None = None,
) -> Iterator["Refreshed"]:
    """Run the stages; guards protect a catalogue that is kept, and one that ends with the command has none."""
    from labelport.cli.asking import settings_from  # noqa: PLC0415
    from labelport.cli.bars import bars  # noqa: PLC0415
    from labelport.cli.stages import catalogue_at, refreshed  # noqa: PLC0415
    from labelport.dataset import open_dataset  # noqa: PLC0415
    from labelport.light import let_pyarrow_do_without_pandas  # noqa: PLC0415

    let_pyarrow_do_without_pandas()
    with catalogue_at(catalogue) as publish:
        settings = settings_from(uri, publish, given=given or (), platform=platform, options=options)
        removed, errors = allowed
        with bars() as progress:
            done = refreshed(
                open_dataset(settings),
                upto=upto,
                listing="events" if events else "full",
                allow_removed=removed,
                allow_errors=errors or catalogue is None,
                progress=progress,
            )
        yield done


def _report(command: str, done: "Refreshed", catalogue: Path | None) -> "Report":
    from labelport.cli.report import Report  # noqa: PLC0415

    return Report(
        command,
        outcomes=done.outcomes,
        findings=done.findings(),
        severities=done.severities(),
        refused=str(done.refused) if done.refused else None,
        refusals=done.refused.verdicts if done.refused else (),
        kept=catalogue is not None,
    )
