"""Objects of a JSON array as columns of raw texts: one Arrow array a member, in the order of the source.

Two ways lead to the same columns. ``plain.py`` cuts the text at the names of members, at numpy's speed, and asks
for objects of one layout; ``any_elements`` decodes every object by itself, and takes whatever is JSON.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
from msgspec import Raw

from labelport.annotations.formats.coco.layout import Doubled, Layout, layout_at, plain_layout

Rows = np.ndarray[Any, np.dtype[np.int64]]
Numbers = np.ndarray[Any, np.dtype[np.int32]]

MOST_LAYOUTS = 1000
"""Layouts of one array that are kept as they are; of the rest the order of members is kept, and not the blanks."""


class Layouts:
    """Numbers layouts in the order in which they appear."""

    def __init__(self) -> None:
        self._numbers: dict[Layout, int] = {}

    def number(self, given: Layout) -> int:
        """Return the number of a layout."""
        if given not in self._numbers and len(self._numbers) >= MOST_LAYOUTS:
            given = plain_layout(given.keys)
        return self._numbers.setdefault(given, len(self._numbers))

    def all(self) -> list[Layout]:
        """Return the layouts in the order of their numbers."""
        return list(self._numbers)


@dataclass(frozen=True)
class Elements:
    """Elements of an array, one row each."""

    count: int
    columns: dict[str, pa.BinaryArray]
    """By member: its JSON text; null where an element does not have it."""

    layouts: Numbers
    """Shape (count,): number of each element's layout in ``forms``."""

    forms: Sequence[Layout] = ()
    """Layouts in the order in which they appear."""

    wrong: Sequence[int] = ()
    """Rows that are no objects: null in every column."""

    doubled: Sequence[tuple[int, str]] = field(default_factory=list)
    """(row, name) of names that stand twice in an object; the last value is in the column."""

    def column(self, name: str) -> pa.BinaryArray:
        """Return a member's texts; all null where no element has it."""
        found = self.columns.get(name)
        return pa.nulls(self.count, pa.binary()) if found is None else found


def only(given: Elements, names: Sequence[str]) -> Elements:
    """Return elements with some of their members."""
    columns = {name: column for name, column in given.columns.items() if name in names}
    return replace(given, columns=columns)


def texts_array(raws: Sequence[Any]) -> pa.BinaryArray:
    """Return texts as one Arrow array of one buffer; an empty one, which no JSON value is, as null."""
    lengths = np.fromiter(map(len, raws), np.int32, len(raws))
    offsets = np.zeros(len(raws) + 1, np.int32)
    np.cumsum(lengths, out=offsets[1:])
    valid = None if lengths.all() else pa.py_buffer(np.packbits(lengths > 0, bitorder="little"))
    return pa.Array.from_buffers(pa.binary(), len(raws), [valid, pa.py_buffer(offsets), pa.py_buffer(b"".join(raws))])


def any_elements(raws: Sequence[Any]) -> Elements:
    """Return the columns of elements that were decoded as ``Raw``, whatever they are."""
    decode = msgspec.json.Decoder(dict[str, Raw]).decode
    objects: list[dict[str, Raw]] = []
    wrong: list[int] = []
    for row, raw in enumerate(raws):
        try:
            objects.append(decode(raw))
        except msgspec.MsgspecError:
            objects.append({})
            wrong.append(row)
    layouts = Layouts()
    numbers, doubled = _layouts_of(raws, objects, set(wrong), layouts)
    names = dict.fromkeys(name for each in dict.fromkeys(map(tuple, objects)) for name in each)
    columns = {name: texts_array([each.get(name, b"") for each in objects]) for name in names}
    return Elements(len(objects), columns, numbers, layouts.all(), wrong, doubled)


def _layouts_of(
    raws: Sequence[Any], objects: Sequence[dict[str, Raw]], wrong: set[int], layouts: Layouts
) -> tuple[Numbers, list[tuple[int, str]]]:
    """Return each object's layout, and which names stand twice."""
    known: dict[tuple[str, ...], tuple[Layout, int]] = {}
    doubled: list[tuple[int, str]] = []
    numbers = np.zeros(len(objects), np.int32)
    for row, (raw, each) in enumerate(zip(raws, objects, strict=True)):
        keys = tuple(each)
        text = bytes(raw)
        found = known.get(keys)
        if found is None or found[0].form % tuple(each.values()) != text:
            if row in wrong:
                layout = plain_layout(keys)
            else:
                try:
                    layout = layout_at(text, 0, {key: len(value) for key, value in each.items()})
                except Doubled as error:
                    doubled.append((row, error.name))
                    layout = plain_layout(keys)
            found = known[keys] = (layout, layouts.number(layout))
        numbers[row] = found[1]
    return numbers, doubled
