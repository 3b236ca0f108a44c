"""Cells of Centaur's CSVs: plain, without quoting (specification 6.1 and 6.2)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

SERIES_HEADER = ("content_id", "origin", "series", "series_index", "notes")
AUDIO_HEADER = ("origin", "image_id", "notes")

FORMULA_STARTS = ("=", "+", "-", "@")
MOST_LABEL_LIST = 2000
"""Characters of a list of frames to label that stands in every row; a longer one would make the file grow
with the square of the series. [our decision]"""

_UNSAFE = re.compile(r'[,"\x00-\x1f\x7f\u0085\u2028\u2029\ud800-\udfff]')
_BLANKS = re.compile(r"[\x00-\x20\x7f\u0085\u2028\u2029]+")
_QUOTED = re.compile(r'[,"\r\n]')


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


class LabelWords(NamedTuple):
    """What the notes of a series say of the frames to label."""

    labelled: tuple[str, ...] = ()
    """In the row of a frame to label."""

    context: tuple[str, ...] = ()
    """In the rows of the others."""

    unlisted: bool = False
    """The list was too long to stand in every row: each row speaks for itself."""


def label_words(labelled: Mapping[int, bool]) -> LabelWords:
    """Return what notes say where only some frames of a series are to be labelled; nothing where all or none are.

    ``labelled``: by index.
    """
    wanted = [str(number) for number in sorted(labelled) if labelled[number]]
    if len(wanted) in {0, len(labelled)}:
        return LabelWords()
    listed = "-".join(wanted)
    if len(listed) > MOST_LABEL_LIST:
        return LabelWords(("label this frame",), ("context only",), unlisted=True)
    words = f"label frames {listed}"
    return LabelWords((words,), ("context only", words))


def row(cells: Sequence[str]) -> bytes:
    """Return one line of a CSV, LF at its end; a cell that is not plain is quoted (RFC 4180, 2.6 and 2.7)."""
    line = ",".join(cells)
    if '"' in line or "\n" in line or "\r" in line or line.count(",") != len(cells) - 1:
        line = ",".join('"' + cell.replace('"', '""') + '"' if _QUOTED.search(cell) else cell for cell in cells)
    return line.encode() + b"\n"
