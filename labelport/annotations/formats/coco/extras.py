"""Members without a column, as one JSON object a row: names and values as the source wrote them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.annotations.formats.coco.elements import Elements
from labelport.annotations.formats.coco.telling import Teller
from labelport.annotations.json_text import MOST_DEPTH, read_json
from labelport.annotations.said import Said
from labelport.findings import Finding
from labelport.manifests.json_elements import escaped

MOST_ELEMENT = 1 << 31


def extras_of(given: Elements, known: Collection[str]) -> pa.BinaryArray | None:
    """Return the members of each row that are not ``known``, in their order of appearance; null where none are."""
    names = [name for name in given.columns if name not in known]
    if not names:
        return None
    parts: list[Any] = []
    columns = [given.columns[name] for name in names]
    for name, column in zip(names, columns, strict=True):
        member = b", " + msgspec.json.encode(name) + b": "
        written = pc.binary_join_element_wise(pa.scalar(member), column, b"")
        parts.append(pc.fill_null(written, b"") if column.null_count else written)
    joined = pc.binary_join_element_wise(*parts, b"") if len(parts) > 1 else parts[0]
    # Without an end ``binary_slice`` counts a negative length (Arrow 26).
    body = pc.binary_slice(joined, 2, MOST_ELEMENT)
    made = pc.binary_join_element_wise(b"{", body, b"}", b"")
    return pc.if_else(pc.equal(joined, b""), None, made) if any(each.null_count for each in columns) else made


@dataclass(frozen=True)
class OddValue:
    """Something that is wrong within a value, wherever it stands."""

    row: int
    pointer: str
    """Within the row."""

    found: Finding


def odd_values(given: Elements, known: Collection[str]) -> list[OddValue]:
    """Return doubled names within values of unknown members, and values that are nested too deep.

    Equal values are looked at once, and told at the first.
    """
    made = []
    for name in (each for each in given.columns if each not in known):
        column = given.columns[name]
        nested = np.asarray(pc.fill_null(pc.match_substring(column, b"{"), False))
        deep = np.asarray(pc.fill_null(pc.greater(pc.count_substring(column, b"["), MOST_DEPTH - 4), False))
        rows = np.flatnonzero(nested | deep)
        if not len(rows):
            continue
        coded = column.take(pa.array(rows)).dictionary_encode()
        firsts = np.unique(np.asarray(coded.indices), return_index=True)[1]
        for first in np.sort(firsts).tolist():
            heard = Said()
            read_json(coded[first].as_py(), "", heard)
            row = int(rows[first])
            made += [OddValue(row, f"/{escaped(name)}{each.pointer}", each) for each in heard.findings()]
    return made


def tell_odd(odd: Iterable[OddValue], tell: Teller) -> None:
    """Say what is wrong within values."""
    for each in odd:
        found = each.found
        tell.rows(found.code, [each.row], found.message, member=each.pointer, severity=found.severity)
