"""Lines of YOLO Keras: the name of an image, which may hold blanks, and boxes of five numbers joined by commas."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from labelport.annotations.formats.yolo_darknet.class_names import plain_text
from labelport.annotations.formats.yolo_darknet.rows import NUMBER

_IS_NUMBER = re.compile(NUMBER)
_BOX = re.compile(rb",".join([NUMBER] * 5))
_PICTURE = re.compile(rb"\.[A-Za-z][A-Za-z0-9]{0,4}")
"""The end of a name: an extension that begins with a letter."""

MOST_BOX = 2000
"""Bytes of one box."""


@dataclass
class Line:
    """One line that is not blank."""

    number: int
    """From 1."""

    name: bytes
    """Empty where the line begins with a box."""

    fields: list[bytes] = field(default_factory=list)
    """What stands behind the name: field ``i`` of the list is field ``i + 2`` of the line."""

    bad: list[int] = field(default_factory=list)
    """Which of them are no boxes."""


def lines_of(body: bytes) -> Iterator[Line]:
    """Yield the lines of a file; a line break is ``\\n``, ``\\r\\n`` or ``\\r``."""
    for number, text in enumerate(plain_text(body).split(b"\n"), 1):
        fields = text.split()
        if fields:
            yield _line(number, text, fields)


def _line(number: int, text: bytes, fields: list[bytes]) -> Line:
    """Split from the right while fields are boxes, or meant as boxes: what is left is the name."""
    bad: list[int] = []
    at = len(fields)
    while at > 1:
        word = fields[at - 1]
        if not is_box(word):
            if not is_meant_as_box(word):
                break
            bad.append(at - 1)
        at -= 1
    if at == 1 and is_box(fields[0]):
        return Line(number, b"", fields[1:])
    name = fields[0] if at == 1 else text.rsplit(None, len(fields) - at)[0].lstrip()
    return Line(number, name, fields[at:], [each - at for each in reversed(bad)])


def is_box(word: bytes) -> bool:
    """Return whether a word is five numbers joined by commas."""
    return len(word) <= MOST_BOX and _BOX.fullmatch(word) is not None


def is_meant_as_box(word: bytes) -> bool:
    """Return whether a word is joined by commas, holds a number, and does not end like a picture's name.

    >>> is_meant_as_box(b"1,2,3,4"), is_meant_as_box(b"1,2,x,4,0"), is_meant_as_box(b"1,2.jpg")
    (True, True, False)
    """
    if b"," not in word or _PICTURE.fullmatch(word[word.rfind(b".") :]):
        return False
    return any(_IS_NUMBER.fullmatch(each) for each in word[:MOST_BOX].split(b","))


def is_name(word: bytes) -> bool:
    """Return whether a name ends with an extension, as those of a list of images do."""
    return _PICTURE.fullmatch(word[word.rfind(b".") :]) is not None
