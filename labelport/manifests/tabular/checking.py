"""Checking the CSV of Supervisely, Kili or Scale: header, cells, addresses, doubles."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import IO

from labelport.findings import Finding, finding
from labelport.manifests.collecting import Collected
from labelport.manifests.tabular.cells import cell_fault, formula_fault, path_faults
from labelport.manifests.tabular.layouts import BOM, ENDINGS, LAYOUTS, Layout
from labelport.manifests.urls import UrlFault, url_faults
from labelport.probing.sniff import extension_of

MOST_LINE = 1 << 20
"""Characters of a line; a cell may have 131,072 (``csv.field_size_limit``)."""

MOST_READ = 2_000_000
"""Rows of a file; what stands behind them is not read."""

MOST_REMEMBERED = 2_000_000
"""Addresses, and ids; more are counted, and no longer compared."""


def check_tabular(platform: str, files: Sequence[Path]) -> list[Finding]:
    """Return every violation of the files, in their order, pointers ``line:cell``."""
    found: list[Finding] = []
    for path in files:
        try:
            check = _Check(LAYOUTS[platform], Collected(str(path)))
            check.run(path)
            found += check.collected.findings()
        except OSError as error:
            words = f"the file cannot be read: {error.strerror}"
            found.append(finding("manifest.unreadable", stage="check", file=str(path), message=words))
    return found


@dataclass
class _Check:
    """The check of one file."""

    layout: Layout
    collected: Collected
    header: tuple[str, ...] = ()
    rows: int = 0
    addresses: set[bytes] = field(default_factory=set)
    ids: set[bytes] = field(default_factory=set)

    def run(self, path: Path) -> None:
        """Read the file and say everything that is wrong with it."""
        place = 1
        try:
            with path.open(encoding="utf-8", newline="") as file:
                ends = _Ends()
                last: tuple[int, list[str]] = (1, [])
                for place, cells in _csv_lines(ends.lines(file), self.layout.delimiter):
                    if not self.header:
                        self._header(place, cells)
                        if not self.header:
                            return
                    elif self.rows == MOST_READ:
                        words = f"it has more than {MOST_READ:,} rows; the rest was not read"
                        self.collected.say("tabular.row", f"{place}:1", words, severity="warning")
                        return
                    else:
                        self._row(place, cells)
                        last = (place, cells)
        except UnicodeDecodeError:
            self.collected.say("manifest.unreadable", f"{place}:1", "a byte in this line or below it is not UTF-8")
            return
        except csv.Error:
            self.collected.say("manifest.unreadable", f"{place}:1", "this line or one below it is no CSV")
            return
        if not self.rows:
            self.collected.say("manifest.empty", "1:1", "the file has no row")
        elif not ends.ended and self._looks_cut(last[1]):
            words = "the last line has no end, and its address ends like no object's: the file looks cut short"
            self.collected.say("tabular.row", f"{last[0]}:1", words)

    def _header(self, place: int, cells: list[str]) -> None:
        say = self.collected.say
        if cells[0].startswith(BOM):
            say("manifest.unreadable", f"{place}:1", "the file starts with a byte order mark")
            cells = [cells[0].removeprefix(BOM), *cells[1:]]
        names = tuple(cell.strip() for cell in cells)
        known = [name for name in names if name in self.layout.columns]
        addresses = [name for name in known if name in self.layout.addresses]
        if len(addresses) != 1 or not self.layout.required.issubset(known) or len(set(known)) < len(known):
            say("tabular.header", f"{place}:1", f"it must be {self.layout.header_words()}")
            return
        for number, name in enumerate(names, start=1):
            if name not in self.layout.columns:
                say("tabular.unknown_column", f"{place}:{number}", f"{self.layout.title} has no such column")
        self.header = names

    def _row(self, place: int, cells: list[str]) -> None:
        self.rows += 1
        fewest = len(self.header) - sum(name in self.layout.optional for name in self.header[-1:])
        if not fewest <= len(cells) <= len(self.header):
            words = f"{len(cells)} cells where the header has {len(self.header)}"
            self.collected.say("tabular.row", f"{place}:1", words)
        for number, (name, cell) in enumerate(zip(self.header, cells, strict=False), start=1):
            self._cell(f"{place}:{number}", name, cell)

    def _cell(self, place: str, name: str, cell: str) -> None:
        say = self.collected.say
        if name in self.layout.addresses | self.layout.required and not cell.strip():
            say("tabular.row", place, "the cell must be filled")
            return
        reason = formula_fault(cell) if name == "text" else cell_fault(cell, self.layout.delimiter)
        if reason and name in self.layout.columns:
            say("manifest.csv_unsafe", place, f"the cell {reason}")
        if name in self.layout.addresses and name != "text":
            self._address(place, name, cell)
        elif name == "external_id" and _again(self.ids, cell):
            say("manifest.duplicate_title", place, "another row has this id")

    def _address(self, place: str, name: str, cell: str) -> None:
        say = self.collected.say
        if name == "content" and "://" not in cell:
            words = "it is no URL: a path is read from the machine where the command runs, and from nowhere else"
            say("manifest.url_form", place, words, severity="warning")
        else:
            for fault in self._faults(name, cell):
                say(fault.code, place, fault.message)
        if self.layout.extensions and extension_of(cell) not in self.layout.extensions:
            say(
                "tabular.extension",
                place,
                f"it does not end as the address of an image, which {self.layout.title} wants",
            )
        if _again(self.addresses, cell):
            say("manifest.duplicate_url", place, "the address stands in this manifest already")

    def _faults(self, name: str, cell: str) -> Iterator[UrlFault]:
        # The vendor's own sample has paths from the root of Team Files.
        return path_faults(cell.removeprefix("/")) if name == "path" else url_faults(cell)

    def _looks_cut(self, cells: list[str]) -> bool:
        given = dict(zip(self.header, cells, strict=False))
        address = next((given[name] for name in self.layout.addresses - {"text"} if name in given), None)
        return address is not None and extension_of(address) not in ENDINGS


class _Ends:
    """Lines none longer than memory should hold; remembers whether the last one had an end."""

    def __init__(self) -> None:
        self.ended = True

    def lines(self, file: IO[str]) -> Iterator[str]:
        """Yield the lines of a file; raises ``csv.Error`` for one that is too long."""
        while line := file.readline(MOST_LINE):
            if len(line) == MOST_LINE:
                raise csv.Error("the line is too long")
            self.ended = line.endswith(("\n", "\r"))
            yield line


def _csv_lines(lines: Iterator[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield (line number, cells) of each row; blank lines are left out. Raises ``csv.Error``."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    before = 0
    for cells in reader:
        line, before = before + 1, reader.line_num
        if cells:
            yield line, cells


def _again(known: set[bytes], text: str) -> bool:
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
    if digest in known:
        return True
    if len(known) < MOST_REMEMBERED:
        known.add(digest)
    return False
