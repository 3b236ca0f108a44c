"""The cells of columns that no table has, as JSON, without what could open a door or name a patient's study."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Flags = np.ndarray[Any, np.dtype[np.bool_]]

_QUERY = r"([A-Za-z][A-Za-z0-9+.\-]*://[^\s?#\"']*)[?#][^\s\"']*"
"""An address up to its query: a signature stands there."""

_USER = r"([A-Za-z][A-Za-z0-9+.\-]*://)[^\s/@]*@"
_UID = r"\b[0-2](?:\.(?:0|[1-9][0-9]*)){5,}\b"
"""A DICOM UID (PS3.5, 9.1), as it may stand in any text."""

SEPARATOR = ", "

_encode = json.encoder.encode_basestring


def without_secrets(cells: pa.Array) -> pa.Array:
    """Return texts whose addresses have neither query nor user."""
    if not pc.any(pc.match_substring(cells, "://")).as_py():
        return cells
    return pc.replace_substring_regex(pc.replace_substring_regex(cells, _QUERY, r"\1"), _USER, r"\1")


def extras_of(columns: Sequence[tuple[str, pa.Array]], count: int) -> pa.Array:
    """Return a JSON object a row of (name, texts); empty cells are left out, and rows of only these are null."""
    names = _names([name for name, _ in columns])
    parts = [_member(name, cells) for name, (_, cells) in zip(names, columns, strict=True)]
    if not parts:
        return pa.nulls(count, pa.string())
    # Not null_handling="skip": that leaves out rows of which all parts are null (pyarrow 26).
    joined = pc.binary_join_element_wise(*parts, pa.scalar(""), null_handling="replace", null_replacement="")
    inside = pc.utf8_rtrim(joined, characters=SEPARATOR)
    made = pc.binary_join_element_wise(pa.scalar("{"), inside, pa.scalar("}"), pa.scalar(""))
    return pc.if_else(pc.equal(inside, ""), pa.scalar(None, pa.string()), made)


def _member(name: str, cells: pa.Array) -> pa.Array:
    """Return ``"name": "text", `` of each cell, null of an empty one."""
    texts = pc.dictionary_encode(cells)
    clean = without_secrets(pc.utf8_trim_whitespace(texts.dictionary))
    clean = pc.replace_substring_regex(clean, _UID, "[uid]")
    key = f"{_encode(name)}: "
    members = pa.array([key + _encode(text) + SEPARATOR if text else None for text in clean.to_pylist()], pa.string())
    return members.take(texts.indices)


def _names(given: Sequence[str]) -> list[str]:
    """Return names of which none is empty and none stands twice."""
    made: list[str] = []
    for number, name in enumerate(given, 1):
        wanted = name or f"column {number}"
        made.append(f"{wanted} ({number})" if wanted in made else wanted)
    return made


def json_texts(cells: pa.Array) -> pa.Array:
    """Return texts as JSON texts; an empty one is null."""
    return pa.array([_encode(text) if text else None for text in cells.to_pylist()], pa.string())


def with_member(extras: pa.Array, name: str, cells: pa.Array, where: Flags) -> pa.Array:
    """Return extras with one more member in some rows."""
    made = extras.to_pylist()
    for row in np.flatnonzero(where).tolist():
        member = f"{_encode(name)}: {_encode(cells[row].as_py())}"
        made[row] = f"{{{member}}}" if made[row] is None else f"{made[row][:-1]}, {member}}}"
    return pa.array(made, pa.string())
