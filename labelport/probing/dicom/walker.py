"""A walk over data elements that builds no objects: tags, places and lengths (PS3.5 section 7).

Sequences are jumped over; one of undefined length is walked to its delimiter, at most 16 deep, because
5,000 nested ones are a known way to break a parser.
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from labelport.probing.dicom.window import Closed, Ended, Window

UNDEFINED = 0xFFFFFFFF
ITEM = 0xFFFEE000
ITEM_END = 0xFFFEE00D
SEQUENCE_END = 0xFFFEE0DD
DEEPEST = 16

LONG = frozenset({b"OB", b"OW", b"OF", b"OD", b"OL", b"OV", b"SQ", b"UC", b"UR", b"UT", b"UN", b"SV", b"UV"})
SHORT = frozenset(b"AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US".split())

_HEADS = {True: struct.Struct("<HH2sH"), False: struct.Struct(">HH2sH")}
_LENGTHS = {True: struct.Struct("<I"), False: struct.Struct(">I")}
_ITEMS = {True: struct.Struct("<HHI"), False: struct.Struct(">HHI")}


class TooDeep(Exception):
    """Sequences are nested deeper than any real file nests them."""


class NoItem(Exception):
    """A sequence of undefined length holds something that is no item."""


class Coding(NamedTuple):
    """How elements are written."""

    explicit: bool
    """The value representation stands in the element."""

    little: bool
    """Little endian."""


IMPLICIT = Coding(explicit=False, little=True)


class Element(NamedTuple):
    """Where a data element lies."""

    tag: int
    """Group and element, as 0xGGGGEEEE."""

    vr: bytes
    """Value representation; empty where it is implicit."""

    at: int
    """Offset of its first byte."""

    value_at: int
    """Offset of its value."""

    length: int
    """Bytes of its value; ``UNDEFINED`` for items up to a delimiter."""


def elements(
    window: Window, at: int, end: int, coding: Coding, *, depth: int = 0, wanted: frozenset[int] | None = None
) -> Iterator[Element]:
    """Yield the elements of [at, end), up to the delimiter of the item that they stand in (``depth`` > 0).

    ``wanted``: only elements of these tags, and the first of each group. An element that reaches beyond
    ``end`` is the last one. Raises what ``Window.need`` raises, ``TooDeep``, and ``NoItem``.
    """
    last_group = -1
    while at + 8 <= end:
        if wanted is not None:
            at = _skipped(window, at, coding, wanted, last_group)
            if at > end:
                raise Ended
            if at + 8 > end:
                return
        element = _element(window, at, end, coding)
        last_group = element.tag >> 16
        if last_group == 0xFFFE:
            if element.tag != ITEM and depth:
                return
            at += 8  # a stray delimiter at the top: real files have them
            continue
        yield element
        if element.length == UNDEFINED and last_group == 0x7FE0:
            return
        at = _behind(window, element, end, coding, depth=depth)


def _skipped(window: Window, at: int, coding: Coding, wanted: frozenset[int], last_group: int) -> int:
    """Return the offset of the next element that is wanted, odd, or not here: the others are passed quickly."""
    explicit, little = coding
    unpack, long_length = _HEADS[little].unpack_from, _LENGTHS[little].unpack_from
    buffer = window.buffer
    place = at - window.start
    stop = len(buffer) - 12
    while 0 <= place <= stop:
        group, number, vr, length = unpack(buffer, place)
        if group != last_group or group << 16 | number in wanted:
            break
        if explicit and vr in SHORT:
            place += 8 + length
            continue
        ahead = 12 if explicit and vr in LONG else 8
        if explicit and ahead == 8 and vr.isalpha():
            break
        (length,) = long_length(buffer, place + ahead - 4)
        if length == UNDEFINED:
            break
        place += ahead + length
    return window.start + place


def _element(window: Window, at: int, end: int, coding: Coding) -> Element:
    explicit, little = coding
    if at < window.start or at + 12 > window.end:
        window.need(at, min(12, end - at))
    place = at - window.start
    group, number, vr, length = _HEADS[little].unpack_from(window.buffer, place)
    tag = group << 16 | number
    if explicit and vr in SHORT:
        return Element(tag, vr, at, at + 8, length)
    if explicit and vr in LONG and group != 0xFFFE:
        if at + 12 > end:
            raise Ended
        return Element(tag, vr, at, at + 12, _LENGTHS[little].unpack_from(window.buffer, place + 8)[0])
    if explicit and vr.isalpha() and vr.isupper() and group != 0xFFFE:
        return Element(tag, vr, at, at + 8, length)
    # Implicit; also a single element without representation amid explicit ones, as some writers make them.
    return Element(tag, b"", at, at + 8, _LENGTHS[little].unpack_from(window.buffer, place + 4)[0])


def _behind(window: Window, element: Element, end: int, coding: Coding, *, depth: int) -> int:
    """Return the offset behind an element."""
    if element.length != UNDEFINED:
        return element.value_at + element.length
    return _sequence_end(window, element.value_at, end, inner(element.vr, coding), depth=depth + 1)


def inner(vr: bytes, coding: Coding) -> Coding:
    """Return how the items of a sequence are written: those in an UN are always implicit (PS3.5 6.2.2)."""
    return IMPLICIT if vr == b"UN" else coding


def items(window: Window, element: Element, end: int, coding: Coding, *, depth: int = 0) -> Iterator[tuple[int, int]]:
    """Yield start and end of the content of each item of a sequence; ``end`` is that of what holds it.

    An item of undefined length ends for its reader where ``elements`` stops; its end is that of the
    sequence, or ``end``.
    """
    if depth > DEEPEST:
        raise TooDeep
    stop = end if element.length == UNDEFINED else min(end, element.value_at + element.length)
    within = inner(element.vr, coding)
    unpack = _ITEMS[coding.little].unpack_from
    at = element.value_at
    while at + 8 <= stop:
        window.need(at, 8)
        group, number, length = unpack(window.buffer, at - window.start)
        tag = group << 16 | number
        if tag == SEQUENCE_END:
            return
        if tag != ITEM:
            raise NoItem
        at += 8
        yield at, stop if length == UNDEFINED else min(stop, at + length)
        at = _item_end(window, at, stop, within, depth=depth + 1) if length == UNDEFINED else at + length


def _sequence_end(window: Window, at: int, end: int, coding: Coding, *, depth: int) -> int:
    if depth > DEEPEST:
        raise TooDeep
    unpack = _ITEMS[coding.little].unpack_from
    while at + 8 <= end:
        window.need(at, 8)
        group, number, length = unpack(window.buffer, at - window.start)
        tag = group << 16 | number
        at += 8
        if tag == SEQUENCE_END:
            return at
        if tag != ITEM:
            raise NoItem
        at = _item_end(window, at, end, coding, depth=depth) if length == UNDEFINED else at + length
    raise Ended


def _item_end(window: Window, at: int, end: int, coding: Coding, *, depth: int) -> int:
    """Return the offset behind an item of undefined length whose content begins here."""
    while at + 8 <= end:
        element = _element(window, at, end, coding)
        if element.tag == ITEM_END:
            return at + 8
        if element.tag == SEQUENCE_END:
            return at  # the item's delimiter is missing
        at = _behind(window, element, end, coding, depth=depth)
    raise Ended


__all__ = ["IMPLICIT", "UNDEFINED", "Closed", "Coding", "Element", "Ended", "NoItem", "TooDeep", "elements", "items"]
