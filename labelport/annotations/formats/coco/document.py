"""What is kept of a COCO file beside its rows: so that an export writes it as it was, from the tables alone.

The text around the lists, the layouts of objects, and the texts of numbers by row of the source: ``1.50`` is the
same number as ``1.5``, and is written as it came as long as the table says the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from labelport.annotations.formats.coco.elements import Elements, Layouts
from labelport.annotations.formats.coco.layout import Layout
from labelport.annotations.formats.coco.text_file import TextFile

VERSION = 1


class _KeptLayout(msgspec.Struct, array_like=True):
    keys: list[str]
    literals: list[bytes]


class _KeptArray(msgspec.Struct, array_like=True):
    blanks: tuple[bytes, bytes, bytes]
    layouts: list[_KeptLayout]
    rows: bytes


class _Kept(msgspec.Struct, array_like=True):
    version: int
    skeleton: _KeptLayout
    members: dict[str, bytes]
    arrays: dict[str, _KeptArray]


@dataclass(frozen=True)
class SourceRows:
    """One list of a source file."""

    blanks: tuple[bytes, bytes, bytes]
    """Text before the first element, between two, after the last."""

    layouts: list[Layout]
    rows: pa.Table
    """A row an element: ``layout`` int32, and by member the texts that the tables do not have."""


@dataclass(frozen=True)
class SourceText:
    """A source file without its values."""

    skeleton: Layout
    members: dict[str, bytes]
    arrays: dict[str, SourceRows]


def document_of(file: TextFile, pieces: Mapping[str, Sequence[Elements]]) -> bytes:
    """Return what is kept of a file; ``pieces`` are the elements of its lists."""
    arrays = {name: _kept_array(array.blanks, pieces[name]) for name, array in file.arrays.items()}
    return msgspec.msgpack.encode(_Kept(VERSION, _kept(file.skeleton), file.members, arrays))


def source_text(document: bytes) -> SourceText | None:
    """Return what was kept of a file; null where the document is of another format or version."""
    try:
        kept = msgspec.msgpack.decode(document, type=_Kept)
        if kept.version != VERSION:
            return None
        arrays = {
            name: SourceRows(each.blanks, [_layout(one) for one in each.layouts], _table(each.rows))
            for name, each in kept.arrays.items()
        }
    except (msgspec.MsgspecError, pa.ArrowException, OSError, UnicodeDecodeError):
        return None
    return SourceText(_layout(kept.skeleton), kept.members, arrays)


def _kept(given: Layout) -> _KeptLayout:
    return _KeptLayout(list(given.keys), list(given.literals))


def _layout(given: _KeptLayout) -> Layout:
    return Layout(tuple(given.keys), tuple(given.literals))


def _kept_array(blanks: tuple[bytes, bytes, bytes], pieces: Sequence[Elements]) -> _KeptArray:
    layouts = Layouts()
    codes = [np.array([layouts.number(form) for form in each.forms], np.int32)[each.layouts] for each in pieces]
    return _KeptArray(blanks, [_kept(each) for each in layouts.all()], _rows(pieces, codes))


def _rows(pieces: Sequence[Elements], codes: Sequence[np.ndarray[Any, Any]]) -> Any:
    names = list(dict.fromkeys(name for each in pieces for name in each.columns))
    columns: dict[str, Any] = {
        name: pa.chunked_array([each.column(name) for each in pieces], pa.binary()) for name in names
    }
    numbers: Any = [pa.array(each) for each in codes]
    columns["layout"] = pa.chunked_array(numbers, pa.int32())
    sink = pa.BufferOutputStream()
    table = pa.table({f"text:{name}" if name != "layout" else name: column for name, column in columns.items()})
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return memoryview(sink.getvalue())


def _table(rows: bytes) -> pa.Table:
    with pa.ipc.open_stream(pa.py_buffer(rows)) as reader:
        return reader.read_all().combine_chunks()


def texts_of(given: SourceRows, member: str, rows: np.ndarray[Any, Any]) -> pa.BinaryArray:
    """Return the kept texts of a member for some rows of the source; -1 is no row, and has none."""
    name = f"text:{member}"
    if name not in given.rows.column_names:
        return pa.nulls(len(rows), pa.binary())
    found = given.rows.column(name).take(pa.array(rows, mask=rows < 0))
    return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found
