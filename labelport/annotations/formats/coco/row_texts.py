"""Objects of a list as one text, put together by Arrow: literals of their layout around the texts of their members."""

from collections.abc import Mapping, Sequence
from typing import IO, Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.annotations.formats.coco.elements import Elements, any_elements
from labelport.annotations.formats.coco.layout import Layout
from labelport.annotations.formats.coco.plain import plain_elements

Codes = np.ndarray[Any, np.dtype[np.int64]]


class ListWriter:
    """Writes the rows of one list, with the text that stands between them."""

    def __init__(self, out: IO[bytes], between: bytes) -> None:
        self._out = out
        self._between = between
        self._begun = False

    def write(self, texts: Mapping[str, pa.BinaryArray], layouts: Sequence[Layout], codes: Codes) -> None:
        """Write rows: ``codes`` gives each row's layout; ``texts`` the members, one Arrow array a name."""
        if not len(codes):
            return
        groups = [np.flatnonzero(codes == code) for code in range(len(layouts))]
        present = [number for number, rows in enumerate(groups) if len(rows)]
        made = [self._joined(texts, layouts[number], groups[number], len(codes)) for number in present]
        rows = made[0] if len(made) == 1 else _ordered(made, [groups[number] for number in present])
        _, offsets, body = rows.buffers()
        edges = np.frombuffer(offsets, np.int32)[[rows.offset, rows.offset + len(rows)]].tolist()
        view = memoryview(body)[edges[0] : edges[1]]
        self._out.write(view if self._begun else view[len(self._between) :])
        self._begun = True

    def _joined(self, texts: Mapping[str, pa.BinaryArray], layout: Layout, rows: Codes, count: int) -> pa.BinaryArray:
        first = self._between + layout.literals[0]
        if not layout.keys:
            return pa.array([first] * len(rows), pa.binary())
        chosen = [texts[key] if len(rows) == count else texts[key].take(pa.array(rows)) for key in layout.keys]
        parts: list[Any] = []
        for literal, column in zip((first, *layout.literals[1:-1]), chosen, strict=True):
            parts += [pa.scalar(literal, pa.binary()), pc.fill_null(column, b"null") if column.null_count else column]
        return pc.binary_join_element_wise(*parts, pa.scalar(layout.literals[-1], pa.binary()), b"")


def _ordered(made: Sequence[pa.BinaryArray], groups: Sequence[Codes]) -> pa.BinaryArray:
    return pa.concat_arrays(made).take(pa.array(np.argsort(np.concatenate(groups))))


def members_of(objects: pa.BinaryArray) -> Elements:
    """Return JSON objects as columns; null ones have no members."""
    texts = [text if text is not None else b"{}" for text in objects.to_pylist()]
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    body = b"".join((b"[", b",".join(texts), b"]"))
    made = plain_elements(body, lengths) if texts and _all_json(texts, body) else None
    return any_elements(texts) if made is None else made


def _all_json(texts: Sequence[bytes], body: bytes) -> bool:
    try:
        return len(msgspec.json.decode(body, type=list[msgspec.Raw])) == len(texts)
    except msgspec.MsgspecError:
        return False
