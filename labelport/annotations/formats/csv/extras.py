"""Columns that mean nothing here, as one JSON object a row: kept for those who know them."""

import json
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from labelport.annotations.formats.csv.cells import is_empty
from labelport.annotations.formats.csv.rows import Rows
from labelport.annotations.said import Said

MOST_EXTRAS = 3 << 29
"""Bytes of the extras of one file; a column of text cannot hold more than 2 GiB."""

_TO_ESCAPE = r'["\\\x00-\x1f]'
_LONGEST_ESCAPE = 6


def extras_of(rows: Rows, used: Sequence[int], said: Said) -> pa.Array:
    """Return for each row the cells of the columns that are not used, as JSON bytes of column: text.

    Empty cells have no member; a row without one is null. Of two columns of one name, the second has its number
    behind the name. Finding: ``csv.extras_left_out``, where names of columns would fill the memory.
    """
    filled = {place: ~is_empty(rows.columns[place]) for place in range(len(rows.header)) if place not in used}
    filled = {place: flags for place, flags in filled.items() if flags.any()}
    keys = _keys(rows.header)
    size = sum(len(keys[place]) * int(flags.sum()) + _size(rows.columns[place]) for place, flags in filled.items())
    if size > MOST_EXTRAS:
        said.say("csv.extras_left_out", rows.file, "1:1", f"{len(filled):,} columns would take {size:,} bytes")
        filled = {}
    if not filled:
        return pa.nulls(len(rows.lines), pa.binary())
    members = [
        pc.if_else(pa.array(flags), pc.binary_join_element_wise(keys[place], _texts(rows.columns[place]), ""), "")
        for place, flags in filled.items()
    ]
    joined = pc.binary_join_element_wise(*members, "")
    objects = pc.binary_join_element_wise("{", pc.utf8_slice_codeunits(joined, len(", ")), "}", "")
    return pc.cast(pc.if_else(pc.equal(pc.binary_length(joined), 0), None, objects), pa.binary())


def _keys(header: Sequence[str]) -> list[str]:
    """Return the start of a member for each column: ``, "name": ``."""
    seen: set[str] = set()
    made = []
    for place, cell in enumerate(header):
        name = cell.strip()
        key = name if name not in seen else f"{name} ({place + 1})"
        seen.add(key)
        made.append(f", {json.dumps(key, ensure_ascii=False)}: ")
    return made


def _size(cells: pa.Array) -> int:
    """Return the most bytes that texts take in JSON, quotes included."""
    longest = _LONGEST_ESCAPE if pc.any(pc.match_substring_regex(cells, _TO_ESCAPE)).as_py() else 1
    return int(longest * cells.nbytes) + 2 * len(cells)


def _texts(cells: pa.Array) -> pa.Array:
    """Return texts as JSON strings."""
    if not pc.any(pc.match_substring_regex(cells, _TO_ESCAPE)).as_py():
        return pc.binary_join_element_wise('"', cells, '"', "")
    coded = cells.dictionary_encode()
    words = [json.dumps(each, ensure_ascii=False) for each in coded.dictionary.to_pylist()]
    return pa.array(words, pa.string()).take(coded.indices)
