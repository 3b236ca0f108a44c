"""One series of the table against the objects that are there: which rows count, and in which order."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labelport.series.joined_table import UNKNOWN, frame_limit
from labelport.series.table.cells import Listed
from labelport.series.table.options import Column
from labelport.series.table_findings import absent
from labelport.tables import USABLE


@dataclass(frozen=True)
class Fact:
    """What is known of an object that a row names."""

    usable: bool
    frames: int
    """How many frames it has, -1 where that is not known."""


@dataclass(frozen=True)
class Fault:
    """What keeps a row from counting."""

    row: int
    column: Column
    code: str
    words: str


@dataclass(frozen=True)
class Judged:
    """A series as it comes out."""

    items: tuple[Listed, ...]
    """Rows that claim, in the order that labelers see."""

    others: tuple[Listed, ...]
    """Context and labels, in the order of their index and then of the table."""

    is_numbered: bool
    """The table gives an index."""

    places: Mapping[int | None, int]
    """Place of the item that an ``of_index`` names: the first of this index, or without indices the item at this place
    of the table."""

    faults: tuple[Fault, ...] = ()


def fact_of(media: Mapping[str, Any]) -> Fact:
    """Return what is known of an object by its row of media."""
    return Fact(media["status"] in USABLE, frame_limit(media))


def judged(rows: Sequence[Listed], facts: Mapping[str, Fact], *, elsewhere: Collection[str] = ()) -> Judged:
    """Return a series of the rows that count, and why others do not.

    ``facts``: of the objects that are there. ``elsewhere``: objects that other rules have: they are no items,
    and no fault of the table.
    """
    faults: list[Fault] = []
    kept = []
    is_numbered = any(row.index is not None for row in rows if row.role == "item")
    for row in rows:
        if row.role == "item" and row.key in elsewhere:
            continue
        fault = _fault(row, facts.get(row.key), is_numbered=is_numbered)
        if fault is None:
            kept.append(row)
        else:
            faults.append(fault)
    numbers = _numbers(rows, is_numbered=is_numbered)
    dangling = _dangling(kept, numbers)
    words = "The row was left out: no item of the series has this number."
    faults += [Fault(row, "of_index", "table.of_index", words) for row in sorted(dangling)]
    items = sorted((row for row in kept if row.role == "item" and row.row not in dangling), key=_order)
    others = sorted((row for row in kept if row.role != "item" and row.row not in dangling), key=_order)
    places: dict[int | None, int] = {}
    for place, row in enumerate(items):
        places.setdefault(numbers[row.row], place)
    if others and not items:
        words = "The series has context or labels only; it was left out."
        faults.append(Fault(others[0].row, "series", "table.no_item", words))
    return Judged(tuple(items), tuple(others), is_numbered, places, tuple(faults))


def _fault(row: Listed, fact: Fact | None, *, is_numbered: bool) -> Fault | None:
    if fact is None:
        return Fault(row.row, "key", "table.key_absent", f"{absent(row.key)}; the row was left out.")
    if not fact.usable:
        return Fault(row.row, "key", "table.not_usable", "The object's status keeps it out; the row was left out.")
    if row.role == "item" and is_numbered and row.index is None:
        words = "The row was left out: it has no index, and others of the series have one."
        return Fault(row.row, "index", "table.bad_index", words)
    if row.frame is not None and (row.frame < 0 or (fact.frames != UNKNOWN and row.frame >= fact.frames)):
        known = "" if fact.frames == UNKNOWN else f" to {fact.frames - 1:,}"
        return Fault(row.row, "frame", "table.frame_range", f"The row was left out: frames are numbered from 0{known}.")
    return None


def _numbers(rows: Sequence[Listed], *, is_numbered: bool) -> dict[int, int | None]:
    """Return what ``of_index`` calls each item, by row: its index, or where none has one its place in the table."""
    items = [row for row in rows if row.role == "item"]
    return {row.row: row.index if is_numbered else place for place, row in enumerate(items)}


def _dangling(kept: Sequence[Listed], numbers: Mapping[int, int | None]) -> set[int]:
    """Return the rows whose ``of_index`` names no item; an item that goes may be the one that another row means."""
    there = Counter(numbers[row.row] for row in kept if row.role == "item")
    naming: dict[int | None, list[Listed]] = {}
    for row in kept:
        if row.of_index is not None:
            naming.setdefault(row.of_index, []).append(row)
    dangling: set[int] = set()
    left = [row for number, rows in naming.items() if not there[number] for row in rows]
    while left:
        row = left.pop()
        if row.row in dangling:
            continue
        dangling.add(row.row)
        if row.role == "item":
            number = numbers[row.row]
            there[number] -= 1
            left += naming.get(number, ()) if not there[number] else ()
    return dangling


def _order(row: Listed) -> tuple[int, int]:
    return row.index or 0, row.row
