"""Which row of a source file each row of a table came from, and in what layout it stood there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.annotations.formats.coco.document import SourceText, texts_of
from labelport.annotations.formats.coco.layout import Layout, plain_layout

Rows = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Origins:
    """For each row of a table."""

    files: Sequence[str]
    """Source files with a document."""

    file: Rows
    """Number of the file, -1 for rows of other formats."""

    row: Rows
    """Row of its list, -1 for rows of other formats."""

    layouts: Sequence[Layout]
    """Layouts of all files, and at last that of rows of other formats."""

    layout: Rows
    """Number of each row's layout."""

    texts: Mapping[str, pa.BinaryArray]
    """By member: its text in the source, null where none is kept."""

    def text(self, member: str) -> pa.BinaryArray:
        """Return a member's texts."""
        found = self.texts.get(member)
        return pa.nulls(len(self.file), pa.binary()) if found is None else found


def origins(
    table: pa.Table,
    name: str,
    sources: Mapping[str, SourceText],
    *,
    members: Sequence[str],
    foreign: Sequence[str],
    plain: bool,
) -> Origins:
    """Return where the rows of the list ``name`` came from.

    ``members`` are those whose texts are wanted, ``foreign`` the members of a row of another format. ``plain``:
    blanks of the sources are not kept, for their rows come to stand in one list.
    """
    count = table.num_rows
    file = np.full(count, -1, np.int64)
    row = np.full(count, -1, np.int64)
    layout = np.zeros(count, np.int64)
    layouts: list[Layout] = []
    parts: dict[str, list[tuple[Rows, pa.BinaryArray]]] = {}
    known = {key: each for key, each in sources.items() if name in each.arrays}
    numbers = _numbers(table, name) if known and count else row
    for number, (key, source) in enumerate(known.items()):
        array = source.arrays[name]
        mine = _of_file(table, key) & (numbers >= 0) & (numbers < array.rows.num_rows)
        chosen = np.flatnonzero(mine)
        if not len(chosen):
            continue
        file[chosen] = number
        row[chosen] = numbers[chosen]
        their = array.rows.column("layout").take(pa.array(numbers[chosen])).to_numpy()
        layout[chosen] = their + len(layouts)
        layouts += [plain_layout(each.keys) for each in array.layouts] if plain else array.layouts
        for member in members:
            if f"text:{member}" in array.rows.column_names:
                parts.setdefault(member, []).append((chosen, texts_of(array, member, numbers[chosen])))
    layout[file < 0] = len(layouts)
    layouts.append(plain_layout(foreign))
    texts = {member: _spread(found, count) for member, found in parts.items()}
    return Origins(list(known), file, row, layouts, layout, texts)


def _of_file(table: pa.Table, key: str) -> np.ndarray[Any, np.dtype[np.bool_]]:
    return np.asarray(pc.equal(table.column("source_file"), key))


def _numbers(table: pa.Table, name: str) -> Rows:
    """Return the number at the end of each row's pointer; categories have none, and are told by their order."""
    if "pointer" not in table.column_names:
        return np.full(table.num_rows, -1, np.int64)
    start = f"/{name}/"
    pointers = table.column("pointer").combine_chunks()
    digits = pc.utf8_slice_codeunits(pointers, len(start))
    good = pc.and_(pc.starts_with(pointers, start), pc.match_substring_regex(digits, r"^(0|[1-9][0-9]{0,9})$"))
    return np.asarray(pc.fill_null(pc.if_else(good, digits, None).cast(pa.int64()), -1))


def _spread(found: Sequence[tuple[Rows, pa.BinaryArray]], count: int) -> pa.BinaryArray:
    if len(found) == 1 and len(found[0][0]) == count:
        return found[0][1]
    place = np.full(count, -1, np.int64)
    at = 0
    for rows, texts in found:
        place[rows] = np.arange(at, at + len(texts))
        at += len(texts)
    return pa.concat_arrays([texts for _, texts in found]).take(pa.array(place, mask=place < 0))
