"""What is wrong with a table of the user's own, as findings with the place of each cell."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from labelport.codes import CODES
from labelport.findings import Finding, finding
from labelport.series.user_table import UserTable

STAGE = "series"
MOST = 1_000
"""Findings of one code with a place of their own; the others are counted in one, which says so."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a table. No cell's text is in it but keys of objects."""

    code: str
    message: str
    row: int | None = None
    """Number of the row; null: the header, or a line that is no row."""

    column: str | None = None
    """Name of the column as written."""

    line: int | None = None
    """Line, where there is no row."""


def table_findings(table: UserTable, problems: Iterable[Problem]) -> Iterator[Finding]:
    """Yield a finding for each problem, at most 1,000 of a code, and one that counts the rest of it."""
    seen: Counter[str] = Counter()
    for problem in problems:
        seen[problem.code] += 1
        if seen[problem.code] <= MOST:
            yield finding(
                problem.code,
                stage=STAGE,
                file=table.path,
                pointer=_pointer(table, problem),
                message=problem.message,
            )
    for code, count in sorted(seen.items()):
        if count > MOST:
            words = f"{count - MOST:,} more of the same kind: {CODES[code].meaning}"
            yield finding(code, stage=STAGE, file=table.path, message=words, count=count - MOST)


def uneven_rows(table: UserTable, code: str) -> Iterator[Problem]:
    """Yield the lines whose number of cells is not that of the header."""
    for line in table.uneven:
        yield Problem(code, "The line has more or fewer cells than the header; it was left out.", line=line)


def absent(key: str) -> str:
    """Return words on a cell that names no object, and what people overlook in it.

    The cell itself is not in them: where the wrong column was named, it may be a patient's name.
    """
    words = "There is no such object among those that were read"
    if key != key.strip():
        return f"{words}: mind the blanks around its key"
    if "://" in key or key.startswith(("/", "./")):
        return f"{words}: keys begin below the bucket's prefix, without a slash"
    return f"{words}: folders of a key end in /, not in a backslash" if "\\" in key else words


def _pointer(table: UserTable, problem: Problem) -> str:
    if problem.row is not None:
        return table.pointer(problem.row, problem.column or table.columns.column_names[0])
    return f"{problem.line or 1}:{problem.column or 1}"
