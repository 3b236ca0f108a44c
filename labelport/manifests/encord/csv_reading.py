"""Reading Encord's CSV: blocks of rows, each below a header that says what they are (specification 4)."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO

TITLES = {
    "video title": "video",
    "image title": "image",
    "image group title": "group",
    "series title": "dicom",
    "dicom title": "dicom",
}
"""What a block holds by its title column; the page spells that of DICOM in two ways."""

OBJECT, CREATE = "objecturl", "create video"

MOST_LINE = 1 << 20
"""Characters of a line: sixty times the longest URL."""


@dataclass(frozen=True)
class Header:
    """A header row."""

    line: int
    cells: tuple[str, ...]
    """Lower-case and trimmed."""

    @property
    def kind(self) -> str | None:
        """Return video, image, group or dicom; a lone ObjectUrl is video, an unknown header null."""
        if self.cells == (OBJECT,):
            return "video"
        rest = self.cells[2:]
        if len(self.cells) < 2 or rest not in ((), (CREATE,)):
            return None
        return TITLES.get(self.cells[1])

    @property
    def says_create(self) -> bool:
        """Return whether there is the column Create video."""
        return self.cells[-1:] == (CREATE,)


@dataclass(frozen=True)
class Row:
    """A row of a block."""

    line: int
    header: Header
    cells: tuple[str, ...]

    @property
    def url(self) -> str:
        """Return the first cell."""
        return self.cells[0]

    @property
    def title(self) -> str:
        """Return the title; where it is blank, the name of the file, as Encord does."""
        given = self.cells[1].strip() if len(self.cells) > 1 and len(self.header.cells) > 1 else ""
        return given or self.url.rsplit("/", 1)[-1]

    @property
    def create_video(self) -> bool | None:
        """Return the third cell: blank means true for groups; null where it is neither true nor false."""
        if not self.header.says_create:
            return False
        cell = self.cells[2].strip().lower() if len(self.cells) > 2 else ""
        return {"true": True, "false": False, "": self.header.kind == "group"}.get(cell)


@dataclass(frozen=True)
class CsvItem:
    """What Encord makes of rows: one object, or all rows of one title."""

    kind: str
    """video, image, group, sequence or dicom."""

    title: str
    urls: tuple[str, ...]


def csv_lines(file: IO[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield (line number, cells) of each row; rows without a cell are left out.

    Raises ``csv.Error``, for lines of more than ``MOST_LINE`` characters too.
    """
    reader = csv.reader(_bounded(file), strict=True)
    before = 0
    for cells in reader:
        line, before = before + 1, reader.line_num
        if cells:
            yield line, cells


def _bounded(file: IO[str]) -> Iterator[str]:
    """Yield the lines of a file, none longer than memory should hold."""
    while line := file.readline(MOST_LINE):
        if len(line) == MOST_LINE:
            raise csv.Error("the line is too long")
        yield line


def csv_rows(lines: Iterable[tuple[int, Sequence[str]]]) -> Iterator[Header | Row]:
    """Yield headers and the rows below them; rows before the first header are below one of no cells."""
    header = Header(1, ())
    for line, cells in lines:
        if cells[0].strip().lower() == OBJECT:
            header = Header(line, tuple(cell.strip().lower() for cell in cells))
            yield header
        else:
            yield Row(line, header, tuple(cells))


def csv_items(rows: Iterable[Header | Row]) -> list[CsvItem]:
    """Return what Encord makes of the rows of a file, in the order of their first rows.

    Rows of one title are one group, sequence or DICOM series; rows of other kinds are an item each.
    """
    items: dict[object, CsvItem] = {}
    for number, row in enumerate(rows):
        if isinstance(row, Header) or row.header.kind is None:
            continue
        kind = "sequence" if row.header.kind == "group" and row.create_video else row.header.kind
        key: object = (kind, row.title) if kind in {"group", "sequence", "dicom"} else number
        known = items.get(key)
        items[key] = CsvItem(kind, row.title, (*(known.urls if known else ()), row.url))
    return list(items.values())
