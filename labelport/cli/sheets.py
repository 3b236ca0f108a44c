"""The contact sheet as a file, for whoever asks for it on the command line."""

from pathlib import Path

from labelport.cli.report import Report
from labelport.cli.stages import Refreshed
from labelport.cli.writing import replacing
from labelport.errors import SettingsError


def refuse_other_pictures(path: Path | None) -> None:
    """Raise ``SettingsError`` for a file that is no PNG by its name, before any work is done."""
    if path is not None and path.suffix.lower() != ".png":
        raise SettingsError(f"{path}: a contact sheet is a PNG; write {path.with_suffix('.png').name}")


def add_contact_sheet(report: Report, done: Refreshed, path: Path) -> None:
    """Write the contact sheet of the series, and say in the report what is not on it.

    Where privacy allows no picture, or there is no series, no file is written. Raises ``BucketError`` where it
    cannot be written.
    """
    # Only here: drawing is not what a command is mostly asked for.
    from labelport.tiles.contact_sheet import contact_sheet  # noqa: PLC0415
    from labelport.tiles.sheet import large_sheet_png  # noqa: PLC0415

    sheet = contact_sheet(done.dataset, done.live("series"), done.live("media_metadata"))
    body = large_sheet_png(sheet.strips)
    if body:
        with replacing(path) as unfinished:
            unfinished.write_bytes(body)
        report.written = [*report.written, path]
    report.shown = [*report.shown, f"Contact sheet: {sheet.said()}"]
    report.numbers = {
        **report.numbers,
        "contact_sheet": {
            "tiles": sum(len(strip.tiles) for strip in sheet.strips),
            "withheld": dict(sheet.withheld),
            "without_picture": dict(sheet.blank),
        },
    }
