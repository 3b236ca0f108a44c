"""Cells of Centaur's CSVs: plain, without quoting (specification 6.1 and 6.2)."""

import re
from collections.abc import Iterable, Mapping, Sequence

SERIES_HEADER = ("content_id", "origin", "series", "series_index", "notes")
AUDIO_HEADER = ("origin", "image_id", "notes")

FORMULA_STARTS = ("=", "+", "-", "@")
_UNSAFE = re.compile(r'[,"\x00-\x1f\x7f\u0085\u2028\u2029]')
_BLANKS = re.compile(r"[\x00-\x20\x7f\u0085\u2028\u2029]+")


def unsafe_because(cell: str) -> str | None:
    """Return why a cell cannot stand in a CSV without quotes, or null where it can."""
    if _UNSAFE.search(cell):
        return "holds a comma, a quote mark or a control character"
    if cell.startswith(FORMULA_STARTS):
        return "starts with one of = + - @, which a spreadsheet runs as a formula"
    if cell != cell.strip():
        return "starts or ends with a blank"
    return None


def clean(text: str) -> str:
    """Return a text as it may stand in notes: dashes for commas, no control characters, no formula.

    >>> clean("a, b\\n c")
    'a- b c'
    """
    return _BLANKS.sub(" ", text.replace(",", "-").replace('"', "'")).strip().lstrip("=+-@ ")


def notes_cell(pairs: Iterable[tuple[str, str]], *, tail: Sequence[str] = ()) -> str:
    """Return ``key = value - key2 = value2 - <tail>``; empty values are left out."""
    parts = [f"{clean(name)} = {clean(value)}" for name, value in pairs if clean(name) and clean(value)]
    return " - ".join([*parts, *tail])


def label_frames(labelled: Mapping[int, bool], index: int) -> list[str]:
    """Return what notes say of the frames to label, where only some of a series are.

    ``labelled``: by index. A row that is not to be labelled says so first.
    """
    wanted = [str(number) for number in sorted(labelled) if labelled[number]]
    if len(wanted) in {0, len(labelled)}:
        return []
    words = f"label frames {'-'.join(wanted)}"
    return [words] if labelled[index] else ["context only", words]


def row(cells: Sequence[str]) -> bytes:
    """Return one line of a CSV, LF at its end."""
    return ",".join(cells).encode() + b"\n"
