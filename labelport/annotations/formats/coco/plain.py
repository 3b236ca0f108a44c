"""Objects that are written alike, cut into columns without decoding their values.

The text was decoded as ``list[Raw]`` before: it is JSON, and where each object begins and ends is known. If every
object has the names of the first one at the places where its quotation marks say, with the same text around them,
then what stands between are the values. Objects that were not are left to ``elements.any_elements``; so the check
must be exact, see ``_proven``.
"""

from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
from msgspec import Raw

from labelport.annotations.formats.coco.elements import Elements
from labelport.annotations.formats.coco.layout import Doubled, Layout, layout_at

Places = np.ndarray[Any, np.dtype[np.int64]]

FREE = "segmentation"
"""The member whose value may have any number of quotation marks and braces: lists here, an object there."""

LONG = 64
"""Mean bytes of a value from which on it is copied in another way."""

QUOTE, OPEN, CLOSE, OPEN_LIST, CLOSE_LIST = b'"{}[]'


@dataclass(frozen=True)
class _Form:
    """What all objects must look like."""

    layout: Layout
    quotes: tuple[int, ...]
    """Quotation marks of each value; of the free member whatever the first object has."""

    free: int | None
    """Number of the free member."""


def plain_elements(body: bytes, lengths: Places) -> Elements | None:
    """Return the columns of the objects of ``body``, a JSON list; null where they are not written alike.

    ``lengths`` are the bytes of each object, shape (objects,).
    """
    begin = body.find(b"{")
    first_end = begin + int(lengths[0])
    form = _form(body[begin:first_end])
    if form is None:
        return None
    between = body.find(b"{", first_end) - first_end if len(lengths) > 1 else 0
    ends = np.cumsum(lengths + between) - between + begin
    if int(ends[-1]) > len(body):
        return None
    cuts = _cuts(body, form, ends - lengths, ends)
    if cuts is None:
        return None
    columns = _columns(body, form.layout.keys, cuts)
    return Elements(len(lengths), columns, np.zeros(len(lengths), np.int32), (form.layout,))


def _form(first: bytes) -> _Form | None:
    try:
        values = msgspec.json.decode(first, type=dict[str, Raw])
        layout = layout_at(first, 0, {key: len(value) for key, value in values.items()})
    except (msgspec.MsgspecError, Doubled):
        return None
    if not layout.keys or any(b"\\" in literal for literal in layout.literals):
        return None
    free = layout.keys.index(FREE) if FREE in layout.keys else None
    texts = [bytes(value) for value in values.values()]
    if any(b"{" in text or not _is_told(text) for number, text in enumerate(texts) if number != free):
        return None
    return _Form(layout, tuple(text.count(b'"') for text in texts), free)


def _is_told(text: bytes) -> bool:
    """Return whether a value's marks tell where it ends: it has none, or is a text of two."""
    marks = text.count(b'"')
    return not marks or (marks == 2 and text.startswith(b'"'))


def _cuts(body: bytes, form: _Form, starts: Places, ends: Places) -> Places | None:
    """Return where each value begins and ends, shape (objects, 2 * members), or null."""
    buffer = np.frombuffer(body, np.uint8)
    marks = np.flatnonzero(buffer == QUOTE)
    first, last = np.searchsorted(marks, starts), np.searchsorted(marks, ends)
    literals = form.layout.literals
    members = len(form.layout.keys)
    free = members if form.free is None else form.free
    spans = [2 + count for count in form.quotes]
    fixed = sum(spans) - (form.quotes[free] if free < members else 0)
    counts = last - first
    if (counts < fixed).any() or (form.free is None and (counts != fixed).any()):
        return None
    cuts = np.empty((len(starts), 2 * members), np.int64)
    for number, literal in enumerate(literals[:-1]):
        mark = first + sum(spans[:number]) if number <= free else last - sum(spans[number:])
        place = marks[mark] - literal.index(b'"')
        if (number == 0 and (place != starts).any()) or not _stands(body, literal, place):
            return None
        cuts[:, 2 * number] = place + len(literal)
        if number:
            cuts[:, 2 * number - 1] = place
    cuts[:, -1] = ends - len(literals[-1])
    if not _stands(body, literals[-1], cuts[:, -1]) or (cuts[:, 1::2] <= cuts[:, ::2]).any():
        return None
    return cuts if _proven(buffer, form, cuts, counts - fixed) else None


def _stands(body: bytes, literal: bytes, places: Places) -> bool:
    """Return whether a text stands at all of the places."""
    if places.min() < 0 or int(places.max()) + len(literal) > len(body):
        return False
    windows: np.ndarray[Any, Any] = np.ndarray((len(body) - len(literal) + 1,), f"V{len(literal)}", body, 0, (1,))
    return windows[places].tobytes() == literal * len(places)


def _proven(buffer: np.ndarray[Any, Any], form: _Form, cuts: Places, marks: Places) -> bool:
    """Return whether every name stands in the object itself, and the free value is one value.

    A name inside of a value would mean that the value has opened an object and not closed it. So each object may
    have one opening brace of its own, and the free member's value one more, which its last byte must close. That
    the free member opens a list, and in it an object, is told by that brace. A further member behind the free
    value has a name: so there may be quotation marks (``marks``) only where the value is an object, and what
    follows that object would end otherwise, or have a brace of its own. A value of two marks is a text where it
    begins and ends with them; else they may be those of a further member's name.
    """
    for number, count in enumerate(form.quotes):
        if count and number != form.free:
            sides = buffer[cuts[:, 2 * number]], buffer[cuts[:, 2 * number + 1] - 1]
            if (
                any((side != QUOTE).any() for side in sides)
                or (cuts[:, 2 * number + 1] - cuts[:, 2 * number] < 2).any()
            ):
                return False
    braces = len(cuts)
    if form.free is not None:
        opening = buffer[cuts[:, 2 * form.free]]
        closing = buffer[cuts[:, 2 * form.free + 1] - 1]
        objects = opening == OPEN
        if (closing[objects] != CLOSE).any() or (closing[opening == OPEN_LIST] != CLOSE_LIST).any():
            return False
        if marks[~objects].any():
            return False
        braces += int(np.count_nonzero(objects))
    return int(np.count_nonzero(buffer == OPEN)) == braces


def _columns(body: bytes, keys: tuple[str, ...], cuts: Places) -> dict[str, pa.BinaryArray]:
    rows, edges = cuts.shape
    every = _pieces(body, cuts)
    columns = {}
    for number, key in enumerate(keys):
        own = cuts[:, 2 * number : 2 * number + 2]
        if (own[:, 1] - own[:, 0]).sum() > LONG * rows:
            # ``take`` grows its memory step by step, and ``if_else`` takes that of all pieces: five times as slow.
            columns[key] = _pieces(body, own).filter(pa.array(np.arange(2 * rows + 1) % 2 == 1))
        else:
            columns[key] = every.take(pa.array(np.arange(rows, dtype=np.int32) * edges + 2 * number + 1))
    return columns


def _pieces(body: bytes, cuts: Places) -> pa.BinaryArray:
    """Return a text cut at all of the places: what is before the first, between, and after the last."""
    offsets = np.empty(cuts.size + 2, np.int32)
    offsets[0], offsets[-1] = 0, len(body)
    offsets[1:-1] = cuts.reshape(-1)
    return pa.Array.from_buffers(pa.binary(), cuts.size + 1, [None, pa.py_buffer(offsets), pa.py_buffer(body)])
