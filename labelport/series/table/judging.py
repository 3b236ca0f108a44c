"""One series of the table against the objects that are there: which rows count, and in which order."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labelport.series.joined_table import UNKNOWN, frame_limit
from labelport.series.table.cells import Listed
from labelport.series.table.options import Column
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

    faults: tuple[Fault, ...] = ()

    def place_of(self, index: int) -> int | None:
        """Return the place of the item that ``of_index`` names: that of this index, without indices the place itself."""
        return _place(self.items, index, is_numbered=self.is_numbered)


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
    items = sorted((row for row in kept if row.role == "item"), key=_order)
    others = sorted((row for row in kept if row.role != "item"), key=_order)
    while dangling := [row for row in [*items, *others] if _dangles(row, items, is_numbered=is_numbered)]:
        # An item that goes may be the one that another row means.
        faults += [
            Fault(row.row, "of_index", "table.of_index", "The row was left out: no item of the series has this number.")
            for row in dangling
        ]
        items, others = ([row for row in side if row not in dangling] for side in (items, others))
    if others and not items:
        words = "The series has context or labels only; it was left out."
        faults.append(Fault(others[0].row, "series", "table.no_item", words))
    return Judged(tuple(items), tuple(others), is_numbered, tuple(faults))


def _fault(row: Listed, fact: Fact | None, *, is_numbered: bool) -> Fault | None:
    if fact is None:
        words = "There is no such object among those that were read; the row was left out."
        return Fault(row.row, "key", "table.key_absent", words)
    if not fact.usable:
        return Fault(row.row, "key", "table.not_usable", "The object's status keeps it out; the row was left out.")
    if row.role == "item" and is_numbered and row.index is None:
        words = "The row was left out: it has no index, and others of the series have one."
        return Fault(row.row, "index", "table.bad_index", words)
    if row.frame is not None and (row.frame < 0 or (fact.frames != UNKNOWN and row.frame >= fact.frames)):
        known = "" if fact.frames == UNKNOWN else f" to {fact.frames - 1:,}"
        return Fault(row.row, "frame", "table.frame_range", f"The row was left out: frames are numbered from 0{known}.")
    return None


def _dangles(row: Listed, items: Sequence[Listed], *, is_numbered: bool) -> bool:
    return row.of_index is not None and _place(items, row.of_index, is_numbered=is_numbered) is None


def _place(items: Sequence[Listed], index: int, *, is_numbered: bool) -> int | None:
    if not is_numbered:
        return index if 0 <= index < len(items) else None
    return next((place for place, item in enumerate(items) if item.index == index), None)


def _order(row: Listed) -> tuple[int, int]:
    return row.index or 0, row.row
