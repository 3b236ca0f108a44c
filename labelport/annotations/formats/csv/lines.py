"""The rows of a CSV text with the physical line of each: in blocks where rows are lines, else one by one.

RFC 4180 lets a quoted cell hold line breaks. Most files have none, and are cut into cells a block of lines at a time.
"""

import csv
import io
from collections import deque
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import numpy as np

BLOCK = 512
"""Lines that are cut at one time. Few: Python's collector of garbage looks at all rows that lie in memory again and
again (860,000 rows of six cells take 0.9 s so, and 2.5 s in blocks of 65,536 lines)."""

MOST_AGAIN = 1 << 24
"""Characters that are read a second time after quotes that were not closed; beyond it rows stay as they came."""

Refuse = Callable[[int, int, int], None]
"""Takes line, last line and count of cells of a row that has another count than the header."""

Block = tuple[np.ndarray[Any, np.dtype[np.int64]], list[list[str]]]
"""Lines in which rows start, and their cells."""


class PhysicalLines:
    """The lines of a text with their number; lines may be given back."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = iter(text)
        self._again: deque[str] = deque()
        self.number = 0
        """Of the line that was given last, from 1."""

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._text)
        self.number += 1
        return line

    def block(self, most: int) -> list[str]:
        """Return the next lines, none at the end."""
        made = [self._again.popleft() for _ in range(min(most, len(self._again)))]
        made += islice(self._text, most - len(made))
        self.number += len(made)
        return made

    def again(self, lines: list[str]) -> None:
        """Give the last lines once more."""
        self._again.extendleft(reversed(lines))
        self.number -= len(lines)


def blocks(lines: PhysicalLines, delimiter: str, count: int, refuse: Refuse) -> Iterator[Block]:
    """Yield the rows of ``count`` cells; ``refuse`` takes the others. Empty lines are no rows.

    Raises ``UnicodeDecodeError`` where the text is none.
    """
    slowly = RowByRow(lines, delimiter, count, refuse)
    while block := lines.block(BLOCK):
        rows = _one_a_line(block, delimiter)
        if rows is None:
            lines.again(block)
            yield slowly.until(lines.number + len(block))
            continue
        counts = np.fromiter(map(len, rows), np.int64, len(rows))
        first = lines.number - len(block) + 1
        fits = counts == count
        if not fits.all():
            for at in np.flatnonzero(~fits & (counts > 0)).tolist():
                refuse(first + at, first + at, len(rows[at]))
            rows = [row for row in rows if len(row) == count]
        yield np.flatnonzero(fits) + first, rows


def _one_a_line(block: list[str], delimiter: str) -> list[list[str]] | None:
    """Return one row a line, or null where rows go over several lines or a cell is too long."""
    try:
        # An empty line ends the block: it is no row of its own where a quote is open before it.
        rows = list(csv.reader([*block, "\n"], delimiter=delimiter, skipinitialspace=True))
    except csv.Error:
        return None
    if len(rows) != len(block) + 1 or rows[-1]:
        return None
    return rows[:-1]


class RowByRow:
    """Reads rows that may go over several lines."""

    def __init__(self, lines: PhysicalLines, delimiter: str, count: int | None, refuse: Refuse) -> None:
        self._lines = lines
        self._delimiter = delimiter
        self._count = count
        self._refuse = refuse
        self._left = MOST_AGAIN
        self._row: list[str] = []

    def until(self, last: int) -> Block:
        """Return the rows that start up to a line.

        A row of several lines that does not fit has a quote that was not closed, most likely: its first line is
        taken alone, and the others are read again. Within one line, quotes may stand anywhere.
        """
        starts: list[int] = []
        rows: list[list[str]] = []
        reader = self._reader()
        while self._lines.number < last:
            self._row.clear()
            start = self._lines.number + 1
            try:
                cells = next(reader)
            except csv.Error:
                cells = self._alone(start)
                reader = self._reader()
            else:
                if len(self._row) > 1 and not self._fits(cells):
                    cells = self._alone(start)
                    reader = self._reader()
                elif cells and not self._fits(cells):
                    self._refuse(start, start, len(cells))
                    cells = []
            if cells:
                starts.append(start)
                rows.append(cells)
        return np.array(starts, np.int64), rows

    def _fits(self, cells: list[str]) -> bool:
        return self._count in (None, len(cells))

    def _reader(self) -> Iterator[list[str]]:
        return csv.reader(self._kept(), delimiter=self._delimiter, skipinitialspace=True, strict=True)

    def _kept(self) -> Iterator[str]:
        """Yield the lines and keep those of the row that is read."""
        for line in self._lines:
            self._row.append(line)
            yield line

    def _alone(self, start: int) -> list[str]:
        """Return the cells of the first line of a row, none where it does not fit; the others are given back.

        Where too much was read twice already, the row is refused with all of its lines.
        """
        end = self._lines.number
        rest = self._row[1:]
        length = sum(map(len, rest))
        first = self._row[:1]
        if length <= self._left:
            self._left -= length
            self._lines.again(rest)
            rows = _one_a_line(first, self._delimiter)
            if rows is not None and self._fits(rows[0]):
                return rows[0]
        self._refuse(start, end, _cells_in(first, self._delimiter))
        return []


def _cells_in(line: list[str], delimiter: str) -> int:
    """Return how many cells a line begins; 0 where one is too long."""
    try:
        return len(next(csv.reader(line, delimiter=delimiter, skipinitialspace=True)))
    except csv.Error:
        return 0
