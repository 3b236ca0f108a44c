"""Cells of the CSVs: plain, so that no reader needs to know about quoting; texts alone are quoted."""

import csv
import io
from collections.abc import Iterator, Sequence

from labelport.manifests.beside import FORMULA_STARTS
from labelport.manifests.sink import unsafe_because
from labelport.manifests.urls import UrlFault, text_faults


def cell_fault(cell: str, delimiter: str) -> str | None:
    """Return why a cell cannot stand in a CSV without quotes, or null where it can.

    >>> cell_fault("a;b", ";")
    'holds a delimiter, a quote mark or a line break'
    """
    if any(character in cell for character in f'{delimiter}"\r\n'):
        return "holds a delimiter, a quote mark or a line break"
    if cell != cell.strip():
        return "starts or ends with a blank"
    return formula_fault(cell)


def formula_fault(cell: str) -> str | None:
    """Return why a spreadsheet must not see a cell, or null."""
    if cell.startswith(FORMULA_STARTS):
        return "starts with one of = + - @, a tab or a line end, which a spreadsheet may run as a formula"
    return None


def path_faults(path: str) -> Iterator[UrlFault]:
    """Yield what is wrong with a path relative to the CSV."""
    reason = unsafe_because(path)
    if reason:
        yield UrlFault("manifest.key_unsafe", f"as a path it {reason}")
    yield from (fault for fault in text_faults(path) if fault.code == "manifest.url_too_long")


def row(cells: Sequence[str], delimiter: str) -> bytes:
    """Return one line of a CSV, quoted where RFC 4180 asks for it, LF at its end."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerow(cells)
    return text.getvalue().encode()
