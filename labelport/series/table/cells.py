"""One row of the table: its cells as what they mean."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from labelport.series.notes import is_joined
from labelport.series.table.options import Column, TableOptions
from labelport.series.table_findings import Problem
from labelport.series.user_table import UserTable, flag_of, whole_number_of

Role = Literal["item", "context", "label"]
ROLES: Mapping[str, Role] = {
    **dict.fromkeys(("image", "audio", "video"), "item"),
    "context": "context",
    "label": "label",
}
"""Role of a row by the word in its cell; empty: an item. Which role an item has, its kind says."""

NAMES: tuple[Column, ...] = get_args(Column)
Fault: TypeAlias = tuple[str, str, Column]
"""Code, words and column."""


@dataclass(frozen=True)
class Listed:
    """One row that can be used as far as its own cells go."""

    row: int
    """Number of the row in the table."""

    key: str
    series: str
    index: int | None = None
    frame: int | None = None
    version: str | None = None
    camera: str | None = None
    role: Role = "item"
    of_index: int | None = None
    label: bool = True
    notes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Columns:
    """What the columns of a table are called in it."""

    names: Mapping[Column, str]
    """Ours to theirs, of those that are there."""

    notes: tuple[str, ...]
    """All others that have a name: they go into notes."""

    problems: tuple[Problem, ...] = ()


def columns_of(options: TableOptions, table: UserTable) -> Columns:
    """Return what the columns are; raises ``TableUnusable`` without key or series."""
    names: dict[Column, str] = {}
    problems = []
    for column in NAMES:
        called = options.columns.get(column, column)
        found = table.require(called) if column in ("key", "series") else table.find(called)
        if found is not None:
            names[column] = found
        elif column in options.columns:
            words = f"There is no column {called}, which `columns` names for {column}."
            problems.append(Problem("table.column_absent", words, column=called))
    taken = set(names.values())
    others = [name for name in table.columns.column_names if name and name not in taken]
    reserved = {name: None for name in others if is_joined(name) or name == "notes"}
    for name in others:
        table.find(name)  # two of one name are refused
    problems += [Problem("table.column_reserved", f"The column {name} is left out.", column=name) for name in reserved]
    return Columns(names, tuple(name for name in others if name not in reserved), tuple(problems))


def read_rows(
    table: UserTable, columns: Columns, rows: Sequence[int]
) -> Iterator[tuple[int, Listed | None, list[Fault]]]:
    """Yield each row with what is wrong with its cells; null where it cannot be used."""
    ours = {name: table.texts(called, rows) for name, called in columns.names.items()}
    more = [(name, table.texts(name, rows)) for name in columns.notes]
    for place, row in enumerate(rows):
        reading = _Reading({name: texts[place] for name, texts in ours.items()})
        listed = reading.row(row, [(name, texts[place]) for name, texts in more])
        yield row, None if reading.faults else listed, reading.faults


class _Reading:
    """Reads the cells of one row, and gathers what is wrong with them."""

    def __init__(self, cells: Mapping[Column, str | None]) -> None:
        self.faults: list[Fault] = []
        self._cells = cells

    def row(self, row: int, notes: Sequence[tuple[str, str | None]]) -> Listed:
        cells = self._cells
        return Listed(
            row=row,
            key=self._text("key"),
            series=self._text("series"),
            index=self._number("index", "table.bad_index"),
            frame=self._number("frame", "table.bad_value"),
            version=cells.get("version"),
            camera=cells.get("camera"),
            role=self._role(),
            of_index=self._number("of_index", "table.of_index"),
            label=self._flag(),
            notes=tuple(sorted((n, text) for n, text in [("notes", cells.get("notes")), *notes] if text is not None)),
        )

    def _text(self, column: Column) -> str:
        cell = self._cells[column]
        if cell is None:
            self.faults.append(("table.cell_empty", f"The {column} is empty; the row was left out.", column))
        return cell or ""

    def _number(self, column: Column, code: str) -> int | None:
        cell = self._cells.get(column)
        if cell is None:
            return None
        try:
            return whole_number_of(cell)
        except ValueError as error:
            self.faults.append((code, f"The row was left out: {error}.", column))
            return None

    def _role(self) -> Role:
        cell = self._cells.get("role")
        role = "item" if cell is None else ROLES.get(cell.strip().casefold())
        if role is None:
            words = f"The row was left out: roles are {', '.join(ROLES)}."
            self.faults.append(("table.bad_value", words, "role"))
        return role or "item"

    def _flag(self) -> bool:
        cell = self._cells.get("label")
        if cell is None:
            return True
        try:
            return flag_of(cell)
        except ValueError as error:
            self.faults.append(("table.bad_value", f"The row was left out: {error}.", "label"))
            return True
