"""``labelport annotations structures``: how large the structures of volumes are, and a picture of them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from labelport.annotations.structures_view.sheet import structures_sheet
from labelport.annotations.structures_view.table import structure_table
from labelport.annotations.unifying import unified
from labelport.cli.annotating import options_from, read_source, reported
from labelport.cli.known_images import KnownImages, known_images
from labelport.cli.report import Report
from labelport.cli.writing import replacing
from labelport.errors import SettingsError
from labelport.privacy import plain

MOST_PICTURE_BYTES = 400_000
COLUMNS = ("structure", "ml", "voxels", "slices", "series")


def structures_report(
    source: str, *, format_id: str, images: str | None, picture: Path | None, given: Sequence[str]
) -> Report:
    """Return a row a structure: series, name, voxels, millilitres; and write three slices of a few of them.

    Raises ``SettingsError`` for an unknown format or option, a picture that is no PNG or without images,
    ``BucketError`` where a place cannot be read.
    """
    if picture is not None and (picture.suffix.lower() != ".png" or images is None):
        raise SettingsError("--picture FILE.png draws structures on their images: name a PNG, and the images")
    options = options_from(given)
    with known_images(images, options) as known:
        read = read_source(source, format_id, known, options)
        rows = unified(read.annotations)
        table = structure_table(rows, known.grids.volumes, known.said)
        written = [] if picture is None else _drawn(known, rows, picture)
    report = reported(
        "annotations structures", read, known.said.findings(), shown=[_table(table) if table else "No structures."]
    )
    report.written = written
    report.numbers = {**report.numbers, "structures": table}
    return report


def _drawn(known: KnownImages, rows: Any, picture: Path) -> list[Path]:
    assert known.dataset is not None
    assert known.media is not None
    body = structures_sheet(known.dataset, rows, known.grids.volumes, known.media, most=MOST_PICTURE_BYTES)
    if not body:
        return []
    with replacing(picture) as unfinished:
        unfinished.write_bytes(body)
    return [picture]


def _table(rows: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(title="Structures", title_justify="left", box=None)
    for name in COLUMNS:
        table.add_column(name, justify="left" if name in {"series", "structure"} else "right", overflow="fold")
    for row in rows:
        shown = dict(row) | {"series": row["series"] or row["image"]}
        table.add_row(*(Text(_cell(shown[name])) for name in COLUMNS))
    return table


def _cell(value: Any) -> str:
    if value is None:
        return "?"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.3f}" if isinstance(value, float) else plain(str(value))
