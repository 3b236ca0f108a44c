"""Reading a JSON object of long arrays element by element, in bounded memory, from hostile files too.

``json.load`` keeps the whole tree, drops doubled keys and takes NaN. Here the file is read in windows,
each element of an array is decoded by itself, doubled keys and what is no JSON are kept visible, and
whatever cannot be read ends the reading with line and column.
"""

import codecs
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any, TypeAlias

WINDOW_CHARACTERS = 1 << 20
MOST_CHARACTERS = 128 << 20
"""Characters of one element; a group of a million URLs takes that."""

MOST_VALUES = 1_500_000
"""Values in one element: 128 MiB of ``[],`` would be gigabytes of lists."""

GROWTH = 4
"""A value that is longer than the window is tried again each time a fourth more was read."""

MOST_DIGITS = 1000
"""Digits of a whole number; more cost quadratic time."""

MOST_MEMBERS = 10_000
"""Members of the top-level object."""

MOST_NAME = 200
"""Characters of a name in a pointer."""

_BLANKS = re.compile(r"[ \t\n\r]*")
_NEAR_END = 32
"""Nothing is believed so near to the end of a window: ``1.5e+`` begins with a whole number."""


class JsonFault(ValueError):
    """The text is no JSON from here on, or more than is read. ``place`` is ``line:column``, or empty."""

    def __init__(self, message: str, place: str = "") -> None:
        super().__init__(message)
        self.place = place


class Doubled(dict[str, Any]):
    """An object in which names stand twice; the last value won."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        counts = Counter(name for name, _ in pairs)
        self.names = sorted(name for name, count in counts.items() if count > 1)


class NotJson(float):
    """NaN, an infinity, or a number beyond every type, where a number should be."""


Path: TypeAlias = "tuple[Path, str | int] | None"
"""Way to a value from the one that was read: the way to what holds it, and its name or number there."""


@dataclass(frozen=True)
class Member:
    """One member of the top-level object."""

    name: str
    """Its name."""

    value: Any
    """Its value; null where it is an array."""

    elements: Iterator[Any] | None
    """The elements of an array, to be read before the next member; null for every other value."""


class JsonElements:
    """The members of the object that a file is. Iterated once."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._decode = codecs.getincrementaldecoder("utf-8")()
        self._text = ""
        self._at = 0
        self._ended = False
        self._odd = False
        self._line = 1
        self._column = 1
        self._bytes = 0
        self._decoder = json.JSONDecoder(
            object_pairs_hook=self._object,
            parse_int=self._whole,
            parse_float=self._real,
            parse_constant=self._constant,
        )

    @property
    def odd(self) -> bool:
        """Return whether the value that was read last holds oddities (``oddities``)."""
        return self._odd

    def members(self) -> Iterator[Member]:
        """Yield the members in the order of the file, doubled names too.

        Raises ``JsonFault``: a byte order mark, no UTF-8, no JSON, no object, or beyond the limits.
        """
        self._grow()
        if self._text.startswith("\ufeff"):
            raise JsonFault("the file starts with a byte order mark")
        self._expect("{", "the file is no JSON object")
        if self._peek() == "}":
            self._at += 1
        else:
            yield from self._members()
        if self._peek() != "":
            raise self._fault("there is text after the end of the JSON object")

    def _members(self) -> Iterator[Member]:
        for _ in range(MOST_MEMBERS):
            if self._peek() != '"':
                raise self._fault("a name in quotation marks is missing")
            name = self._value()
            self._expect(":", "a colon is missing")
            if self._peek() == "[":
                self._at += 1
                elements = self._elements()
                yield Member(name, None, elements)
                for _ in elements:  # whatever the caller left unread
                    pass
            else:
                yield Member(name, self._value(), None)
            if self._next("}"):
                return
        raise self._fault(f"the object has more than {MOST_MEMBERS:,} members")

    def _elements(self) -> Iterator[Any]:
        if self._peek() == "]":
            self._at += 1
            return
        while True:
            yield self._value()
            if self._next("]"):
                return

    def _next(self, end: str) -> bool:
        """Step over a comma, or over the end; return whether it was the end."""
        found = self._peek()
        if found not in (",", end) or not found:
            raise self._fault(f"a comma or {end} is missing")
        self._at += 1
        return found == end

    def _expect(self, wanted: str, message: str) -> None:
        if self._peek() != wanted:
            raise self._fault(message)
        self._at += 1

    def _peek(self) -> str:
        """Step over blanks; return the next character, or nothing at the end of the file."""
        while True:
            found = _BLANKS.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if self._ended:
                return ""
            self._grow()

    def _value(self) -> Any:
        """Decode the value at the place, with more windows where it is cut by the end of one."""
        self._peek()
        while True:
            self._odd = False
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if self._ended or (error.pos + _NEAR_END < len(self._text) and "Unterminated" not in error.msg):
                    raise self._fault("the text is no JSON", error.pos) from None
            except RecursionError:
                raise self._fault("values are nested deeper than any manifest's") from None
            else:
                if end + _NEAR_END < len(self._text) or self._ended:
                    self._at = end
                    return value
            self._grow()

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) == len(pairs):
            return made
        self._odd = True
        return Doubled(pairs)

    def _whole(self, digits: str) -> int | NotJson:
        return int(digits) if len(digits) <= MOST_DIGITS else self._constant("inf")

    def _real(self, text: str) -> float:
        value = float(text)
        return value if value - value == 0 else self._constant(text)

    def _constant(self, text: str) -> NotJson:
        self._odd = True
        return NotJson(text.replace("Infinity", "inf"))

    def _grow(self) -> None:
        """Read one more window; forget what was read."""
        self._forget()
        if self._text and (len(self._text) > MOST_CHARACTERS or _values_in(self._text) > MOST_VALUES):
            raise self._fault(f"one value has more than {MOST_VALUES:,} parts or {MOST_CHARACTERS:,} characters")
        raw = self._file.read(max(WINDOW_CHARACTERS, len(self._text) // GROWTH))
        try:
            self._text += self._decode.decode(raw, final=not raw)
        except UnicodeDecodeError as error:
            raise JsonFault(f"byte {self._bytes + error.start} or one near it is not UTF-8") from None
        self._bytes += len(raw)
        self._ended = not raw

    def _forget(self) -> None:
        lines = self._text.count("\n", 0, self._at)
        self._line, self._column = self._position(self._at, lines)
        self._text = self._text[self._at :]
        self._at = 0

    def _position(self, at: int, lines: int) -> tuple[int, int]:
        if not lines:
            return self._line, self._column + at
        return self._line + lines, at - self._text.rfind("\n", 0, at)

    def _fault(self, message: str, at: int | None = None) -> JsonFault:
        place = self._at if at is None else at
        line, column = self._position(place, self._text.count("\n", 0, place))
        return JsonFault(message, f"{line}:{column}")


def _values_in(text: str) -> int:
    """Return a bound of the values in a text: commas and openings inside strings count too."""
    return text.count(",") + text.count("[") + text.count("{")


def escaped(name: str) -> str:
    """Return a member's name as a part of a JSON pointer (RFC 6901).

    >>> escaped("a/b~c")
    'a~1b~0c'
    """
    return name.replace("~", "~0").replace("/", "~1")


def oddities(value: Any) -> Iterator[tuple[str, Path]]:
    """Yield (what, the way to it) of doubled names and of what is no JSON number, anywhere in a value.

    ``what`` is ``doubled`` or ``number``. Iterative: values may be nested as deep as the decoder takes.
    """
    waiting: list[tuple[Any, Path]] = [(value, None)]
    while waiting:
        one, path = waiting.pop()
        if isinstance(one, NotJson):
            yield "number", path
        elif isinstance(one, dict):
            if isinstance(one, Doubled):
                yield from (("doubled", (path, name)) for name in one.names)
            waiting += [(inner, (path, name)) for name, inner in reversed(one.items())]
        elif isinstance(one, list):
            waiting += [(inner, (path, number)) for number, inner in reversed(list(enumerate(one)))]


def pointer_of(path: Path) -> str:
    """Return a way as a JSON pointer; long names are cut to 200 characters."""
    parts: list[str] = []
    while path is not None:
        path, name = path
        parts.append(f"/{escaped(str(name)[:MOST_NAME])}")
    return "".join(reversed(parts))
