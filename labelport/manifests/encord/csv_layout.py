"""The bytes of Encord's CSV: a header row for each kind of media (specification 4).

A group's rows follow one another. Where any sequence is in the file, every block has three columns.
"""

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import IO

from labelport.manifests.chunks import Entry, Unit

IMAGE_TITLE, VIDEO_TITLE, GROUP_TITLE = "Image title", "Video title", "Image group title"
SEQUENCES, GROUPS, IMAGES, VIDEOS, DICOM = "sequence", "group", "image", "video", "dicom"
"""What an entry is."""

_BLOCKS = ((GROUP_TITLE, (SEQUENCES, GROUPS)), (IMAGE_TITLE, (IMAGES,)), (VIDEO_TITLE, (VIDEOS,)), ("", (DICOM,)))
"""Title column and the entries below it, in the order of the blocks; that of DICOM is an option."""

_FORMULAS = ("=", "+", "-", "@")


def title_fault(title: str) -> str | None:
    """Return why a title cannot stand in the CSV, or null where it can."""
    if any(c in title for c in ',"\r\n'):
        return "holds a comma, a quote mark or a line break"
    if title.startswith(_FORMULAS):
        return "starts with one of = + - @, which a spreadsheet runs as a formula"
    return None


def csv_entry(what: str, title: str, urls: Sequence[str]) -> Entry:
    """Return the rows of an entry, without the third column."""
    return Entry(what, b"".join(_row([url, title]) for url in urls), len(urls))


def _row(cells: Sequence[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue().encode()


class CsvChunk:
    """One CSV file in the making."""

    def __init__(self, dicom_title: str) -> None:
        self._dicom_title = dicom_title
        self._entries: list[Entry] = []
        self._bytes = 0
        self._rows: Counter[str] = Counter()

    def size_with(self, unit: Unit) -> int:
        """Return the bytes of the file with one more unit."""
        rows = self._rows_with(unit)
        every = SEQUENCES in rows
        thirds = sum(len(_third(what, every=every)) * count for what, count in rows.items())
        headers = sum(len(header) for header in self._headers(rows).values())
        return self._bytes + sum(len(entry.body) for entry in unit.entries) + thirds + headers

    def add(self, unit: Unit) -> None:
        """Take the entries of a unit in."""
        self._entries += unit.entries
        self._bytes += sum(len(entry.body) for entry in unit.entries)
        self._rows = self._rows_with(unit)

    def write(self, file: IO[bytes]) -> None:
        """Write the blocks in their order, entries in the order of the series."""
        every = SEQUENCES in self._rows
        headers = self._headers(self._rows)
        for title, kinds in _BLOCKS:
            if title in headers:
                file.write(headers[title])
            for entry in self._entries:
                if entry.section in kinds:
                    third = _third(entry.section, every=every)
                    file.write(entry.body.replace(b"\n", third + b"\n"))

    def _rows_with(self, unit: Unit) -> Counter[str]:
        rows = self._rows.copy()
        for entry in unit.entries:
            rows[entry.section] += entry.urls
        return rows

    def _headers(self, rows: Mapping[str, int]) -> dict[str, bytes]:
        """Return the header row of each block that the file has, by the block's title."""
        three = SEQUENCES in rows
        found: dict[str, bytes] = {}
        for title, held in _BLOCKS:
            if not rows.keys().isdisjoint(held):
                last = ",Create video" if three or GROUPS in held else ""
                found[title] = f"ObjectUrl,{title or self._dicom_title}{last}\n".encode()
        return found


def _third(what: str, *, every: bool) -> bytes:
    if what == SEQUENCES:
        return b",true"
    return b",false" if every or what == GROUPS else b""
