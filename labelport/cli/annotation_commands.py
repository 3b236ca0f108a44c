"""The commands on annotation files."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labelport.cli.app import AsJson, app

if TYPE_CHECKING:
    from labelport.cli.report import Report

annotations = typer.Typer(
    no_args_is_help=True,
    help="Annotation files of any format.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(annotations, name="annotations")

Source = Annotated[
    str, typer.Argument(metavar="SRC", help="Annotation files: a file, a folder, an archive, or s3://bucket/prefix.")
]
Images = Annotated[
    str | None,
    typer.Option("--images", metavar="URI", help="The images: names are matched to them, and their sizes are read."),
]
Given = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="NAME=VALUE", help="An option of reading or writing: yolo_origin=centre. Repeatable."
    ),
]


@annotations.command("check")
def check_annotations(
    source: Source,
    *,
    format_id: Annotated[
        str, typer.Option("--format", help="Their format; default: by content, with the reason.")
    ] = "auto",
    images: Images = None,
    given: Given = None,
    as_json: AsJson = False,
) -> None:
    """Say what is wrong with annotation files, each fault with its place. Nothing is written."""
    from labelport.cli.door import through  # noqa: PLC0415

    def work() -> "Report":
        from labelport.cli.annotating import check_report  # noqa: PLC0415

        return check_report(source, format_id=format_id, images=images, given=given or ())

    through(work, as_json=as_json)


@annotations.command("structures")
def measure_structures(
    source: Source,
    *,
    format_id: Annotated[
        str, typer.Option("--format", help="Their format; default: by content, with the reason.")
    ] = "auto",
    images: Images = None,
    picture: Annotated[
        Path | None,
        typer.Option("--picture", metavar="FILE.png", help="Three slices of up to three series, with outlines."),
    ] = None,
    given: Given = None,
    as_json: AsJson = False,
) -> None:
    """Say how large the structures of volumes are: voxels and millilitres. Nothing else is written."""
    from labelport.cli.door import through  # noqa: PLC0415

    def work() -> "Report":
        from labelport.cli.structures import structures_report  # noqa: PLC0415

        return structures_report(source, format_id=format_id, images=images, picture=picture, given=given or ())

    through(work, as_json=as_json)


@app.command()
def convert(
    source: Source,
    target: Annotated[
        Path, typer.Argument(metavar="DST", help="A new or empty folder; or a new .tar, .zip, .json or .csv file.")
    ],
    *,
    to: Annotated[str, typer.Option("--to", metavar="FORMAT", help="coco, yolo_darknet, rtstruct, nifti_onehot …")],
    format_id: Annotated[
        str,
        typer.Option("--from", metavar="FORMAT", help="Format of the source; default: by content, with the reason."),
    ] = "auto",
    images: Images = None,
    given: Given = None,
    as_json: AsJson = False,
) -> None:
    """Write annotation files in another format, and say what it cannot hold."""
    from labelport.cli.door import through  # noqa: PLC0415

    def work() -> "Report":
        from labelport.cli.annotating import convert_report  # noqa: PLC0415

        return convert_report(source, target, to=to, format_id=format_id, images=images, given=given or ())

    through(work, as_json=as_json)
