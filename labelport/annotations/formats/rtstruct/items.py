"""A structure set as nested items of raw elements, walked without building objects (PS3.5 section 7).

Each item knows its tag path, ``(3006,0039)[2].(3006,0040)[5]``, numbers from 0. Whatever is wrong raises ``Broken``.
"""

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from labelport.probing.dicom import values
from labelport.probing.dicom.opening import DEFLATED, NotDicom, coding_at, open_file
from labelport.probing.dicom.walker import UNDEFINED, Coding, Element, NoItem, TooDeep, elements, inner, items
from labelport.probing.dicom.window import Ended, Window, whole

RATIO = 200
"""Times its size that a deflated data set is inflated to at most."""

ROOM = 1 << 20
"""Bytes that a small one may have all the same."""


class Broken(Exception):
    """The bytes are no data set of items. The text is for people, and holds nothing of the file."""

    def __init__(self, words: str, pointer: str = "") -> None:
        super().__init__(words)
        self.pointer = pointer


@dataclass(frozen=True)
class Item:
    """A data set, or an item of one of its sequences."""

    window: Window
    start: int
    stop: int
    coding: Coding
    depth: int = 0
    pointer: str = ""
    """Tag path; empty for the whole data set."""

    def leaves(self, wanted: frozenset[int], *, last: int = 0xFFFFFFFF) -> dict[int, Element]:
        """Return the elements of some tags, the first of each; ``last``: no further than this tag."""
        found: dict[int, Element] = {}
        with _told(self.pointer):
            # The quick way over what is not wanted does not see where an item ends.
            quick = None if self.depth else wanted
            for element in elements(self.window, self.start, self.stop, self.coding, depth=self.depth, wanted=quick):
                if element.tag > last:
                    break
                if element.tag not in wanted:
                    continue
                if element.length != UNDEFINED and element.value_at + element.length > self.stop:
                    raise Ended
                found.setdefault(element.tag, element)
        return found

    def below(self, element: Element | None) -> Iterator["Item"]:
        """Yield the items of a sequence; none where it is absent."""
        if element is None:
            return
        path = f"{self.pointer}{'.' if self.pointer else ''}({element.tag >> 16:04X},{element.tag & 0xFFFF:04X})"
        coding = inner(element.vr, self.coding)
        with _told(self.pointer):
            places = items(self.window, element, self.stop, self.coding, depth=self.depth)
            for number, (start, stop) in enumerate(places):
                yield Item(self.window, start, stop, coding, self.depth + 1, f"{path}[{number}]")

    def raw(self, element: Element | None) -> bytes:
        """Return the bytes of a value; none where it is absent, or a sequence of undefined length."""
        if element is None or element.length == UNDEFINED:
            return b""
        return self.window.buffer[element.value_at : element.value_at + element.length]

    def text(self, element: Element | None) -> str:
        """Return a code or a number as text, without padding; never a text that has a character set."""
        return values.text(self.raw(element))

    def uid(self, element: Element | None) -> str:
        """Return an identifier; empty where it is absent, or none."""
        try:
            return values.uid(self.raw(element)) or ""
        except values.BadValue:
            return ""

    def whole(self, element: Element | None) -> int | None:
        """Return a whole number of 32 bits; null where it is absent, or none."""
        if element is None:
            return None
        vr = element.vr or b"IS"
        try:
            return values.integer(self.raw(element), vr, little=self.coding.little)
        except (values.BadValue, OverflowError):
            return None


def opened(body: bytes, most: int) -> Item:
    """Return the data set of a file, inflated where it is deflated, to ``most`` bytes."""
    window = whole(body)
    try:
        with _told(""):
            file = open_file(window)
            if file.transfer_syntax != DEFLATED:
                return Item(window, file.at, len(body), file.coding)
            plain = _inflated(body, file.at, min(most, RATIO * len(body) + ROOM))
            window = whole(plain)
            return Item(window, 0, len(plain), coding_at(window, 0))
    except NotDicom:
        raise Broken("the bytes are no DICOM data set") from None


def _inflated(body: bytes, at: int, most: int) -> bytes:
    try:
        made = zlib.decompressobj(-15).decompress(memoryview(body)[at:], most + 1)
    except zlib.error:
        raise Broken("the deflated data set cannot be inflated") from None
    if len(made) > most:
        raise Broken(f"the deflated data set has more than {most:,} bytes")
    return made


@contextmanager
def _told(pointer: str) -> Iterator[None]:
    try:
        yield
    except Ended:
        raise Broken("the file ends early, or a length in it is wrong", pointer) from None
    except NoItem:
        raise Broken("a sequence holds something that is no item", pointer) from None
    except TooDeep:
        raise Broken("its sequences are nested too deeply", pointer) from None
    except struct.error:
        raise Broken("a length in it is wrong", pointer) from None
