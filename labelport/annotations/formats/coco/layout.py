"""The text of a JSON object around its values: order of the members, blanks, line breaks.

A source writes its objects in one or a few layouts. They are kept once, so that an export writes each object as
its source did, and only the values come from the tables.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import msgspec

_NAME = re.compile(rb'[ \t\r\n]*("(?:[^"\\]|\\.)*")[ \t\r\n]*:[ \t\r\n]*', re.DOTALL)
_AFTER = re.compile(rb"[ \t\r\n]*([,}])")
_NOTHING = re.compile(rb"\{[ \t\r\n]*\}")


@dataclass(frozen=True)
class Layout:
    """An object's text without its values: literal 0, value 0, literal 1, value 1, …, last literal."""

    keys: tuple[str, ...]
    """Names of the members in their order."""

    literals: tuple[bytes, ...]
    """One more than keys: ``{"id": ``, ``, "name": ``, ``}``."""

    @cached_property
    def form(self) -> bytes:
        """Return the layout as a format for ``%``, with a place for each value."""
        return b"%b".join(literal.replace(b"%", b"%%") for literal in self.literals)


class Doubled(ValueError):
    """A name stands twice in an object."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def layout_at(text: bytes, at: int, lengths: Mapping[str, int]) -> Layout:
    """Return the layout of the object that begins at ``at`` in a text that is known to be JSON.

    ``lengths`` are those of the values by name, as a parser gives them: of a name that stands twice the last.
    Raises ``Doubled`` for such a name.
    """
    nothing = _NOTHING.match(text, at)
    if nothing:
        return Layout((), (nothing.group(),))
    keys: list[str] = []
    literals: list[bytes] = []
    begin, place = at, at + 1
    while True:
        name = _NAME.match(text, place)
        key = msgspec.json.decode(name.group(1), type=str) if name else ""
        if name is None or key not in lengths or key in keys:
            raise Doubled(key)
        keys.append(key)
        literals.append(text[begin : name.end()])
        begin = name.end() + lengths[key]
        after = _AFTER.match(text, begin)
        if after is None:
            raise Doubled(key)
        if after.group(1) == b"}":
            literals.append(text[begin : after.end()])
            break
        place = after.end()
    if len(keys) < len(lengths):
        raise Doubled(keys[-1])
    return Layout(tuple(keys), tuple(literals))


def plain_layout(keys: Sequence[str]) -> Layout:
    """Return the layout that is written where there is no source: ``{"id": 1, "name": "a"}``."""
    if not keys:
        return Layout((), (b"{}",))
    names = [msgspec.json.encode(key) + b": " for key in keys]
    return Layout(tuple(keys), (b"{" + names[0], *(b", " + name for name in names[1:]), b"}"))


def with_members(given: Layout, keys: Sequence[str]) -> Layout:
    """Return a layout with further members at its end, in the manner of the ones before."""
    if not keys:
        return given
    if not given.keys:
        return plain_layout(keys)
    last = given.literals[-2]
    colon = last[len(last.rstrip(b" \t\r\n:")) :]
    before = last[: last.index(b'"')] if len(given.keys) > 1 else b", "
    added = [before + msgspec.json.encode(key) + colon for key in keys]
    return Layout((*given.keys, *keys), (*given.literals[:-1], *added, given.literals[-1]))


def without_members(given: Layout, keys: Sequence[str]) -> Layout:
    """Return a layout without some of its members."""
    kept = [number for number, key in enumerate(given.keys) if key not in keys]
    if len(kept) == len(given.keys):
        return given
    if not kept:
        return Layout((), (b"{}",))
    opening, first = given.literals[0], given.literals[kept[0]]
    start = opening[: opening.index(b'"')] + first[first.index(b'"') :]
    rest = [given.literals[number] for number in kept[1:]]
    return Layout(tuple(given.keys[number] for number in kept), (start, *rest, given.literals[-1]))
