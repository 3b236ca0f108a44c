"""The files of a Centaur manifest: their names, and what stands in the first line of each."""

import re
from collections.abc import Sequence

from labelport.manifests.centaur.cells import AUDIO_HEADER, SERIES_HEADER

ONLY_IN_TEMPLATE = ("template_line", "content_id", "origin", "series")
ONLY_IN_OURS = ("origin", "series", "series_index", "reason")
AMBIGUOUS = (
    "template_line",
    "content_id",
    "origin",
    "series",
    "series_index",
    "rule",
    "candidates",
    "first_candidate",
)
SIDE_HEADERS = {
    "only_in_template": ONLY_IN_TEMPLATE,
    "only_in_ours": ONLY_IN_OURS,
    "ambiguous": AMBIGUOUS,
}
"""Headers of the side files, by the end of their names."""


def filled_name(base: str) -> str:
    """Return the name of the filled series CSV of a manifest."""
    return f"{base}.csv"


def draft_name(base: str) -> str:
    """Return the name of the draft."""
    return f"{base}.draft.csv"


def dicom_name(base: str) -> str:
    """Return the name of the CSV of single-frame DICOM, filled or not."""
    return f"{base}.dicom.csv"


def audio_name(base: str) -> str:
    """Return the name of the audio CSV."""
    return f"{base}.audio.csv"


def side_name(base: str, which: str) -> str:
    """Return the name of a side file; ``which``: a key of ``SIDE_HEADERS``."""
    return f"{base}.{which}.csv"


def side_header(header: Sequence[str]) -> tuple[str, ...] | None:
    """Return the header of the side file that begins so, or null where none does."""
    return tuple(header) if tuple(header) in SIDE_HEADERS.values() else None


def looks_like_centaur(name: str, head: bytes) -> float:
    """Return how surely a file is one of Centaur's CSVs or a side file, by its first line; extra columns are allowed."""
    line = re.split(rb"[\r\n]", head.removeprefix(b"\xef\xbb\xbf"), maxsplit=1)[0].decode("utf-8", "replace")
    first = tuple(cell.strip().strip('"').strip().lower() for cell in line.split(","))
    if first[: len(SERIES_HEADER)] == SERIES_HEADER or first[: len(AUDIO_HEADER)] == AUDIO_HEADER:
        return 1.0
    if side_header(first):
        return 0.9
    if {"origin", "series", "series_index"} <= set(first):
        return 0.8
    return 0.5 if name.lower().endswith(".csv") and {"content_id", "origin"} <= set(first) else 0.0
