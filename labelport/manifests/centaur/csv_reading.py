"""Reading a CSV from anywhere: row by row, none larger than memory should hold."""

import csv
import io
from collections.abc import Iterator
from typing import IO

BOM = "\ufeff"
MOST_ROW = 1 << 20
"""Characters of one row, line breaks in its cells included."""


class CsvFault(ValueError):
    """The bytes are no CSV in UTF-8."""

    def __init__(self, line: int, words: str) -> None:
        super().__init__(words)
        self.line = line
        """Line in which it was found; a byte that is not UTF-8 may lie below it."""


class CsvRows:
    """The rows of a CSV as (line number, cells), from its bytes; rows without a cell are left out."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = io.TextIOWrapper(file, encoding="utf-8", newline="")
        self._characters = 0
        self.line = 0
        """Last line that was read."""

        self.has_bom = False
        """Whether the file starts with a byte order mark; known with the first row."""

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the rows; raises ``CsvFault``."""
        reader = csv.reader(self._lines(), strict=True)
        try:
            for cells in reader:
                line, self.line = self.line + 1, reader.line_num
                self._characters = 0
                if cells:
                    yield line, cells
        except UnicodeDecodeError:
            raise CsvFault(self.line + 1, "a byte in this line or below it is not UTF-8") from None
        except csv.Error:
            raise CsvFault(self.line + 1, "this line or one below it is no CSV") from None

    def _lines(self) -> Iterator[str]:
        while line := self._file.readline(MOST_ROW):
            self._characters += len(line)
            if self._characters > MOST_ROW:
                raise csv.Error("the row is too long")
            if not self.line and line.startswith(BOM):
                self.has_bom = True
                line = line.removeprefix(BOM)
            yield line


def header_of(cells: list[str]) -> tuple[str, ...]:
    """Return the cells of a header as they are compared: lower-case and trimmed."""
    return tuple(cell.strip().lower() for cell in cells)
