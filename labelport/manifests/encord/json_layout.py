"""The bytes of Encord's JSON: as ``json.dumps(…, indent=2, ensure_ascii=False)`` writes them, and a line end.

Entries are encoded one by one, so that a chunk's size is known before it is written.
"""

import json
from collections.abc import Mapping, Sequence
from typing import IO, Any

from labelport.manifests.chunks import Entry, Unit
from labelport.manifests.encord.sections import SECTIONS

_FLAT = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def object_bytes(members: Mapping[str, Any], *, depth: int) -> bytes:
    """Return a JSON object, each line indented by two blanks for each level of ``depth``.

    Raises ``ValueError`` for NaN and infinities.
    """
    blanks = "  " * depth
    return f"{blanks}{_encoded(members, blanks)}".encode()


def _encoded(value: Any, blanks: str) -> str:
    """Return a value as the standard library indents it, which encodes nested values ten times slower."""
    inner = f"{blanks}  "
    if isinstance(value, dict) and value:
        lines = [f"{inner}{_FLAT(name)}: {_encoded(part, inner)}" for name, part in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{blanks}}}"
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(f"{inner}{_encoded(part, inner)}" for part in value) + f"\n{blanks}]"
    return _FLAT(value)


def json_entry(section: str, members: Mapping[str, Any], urls: int) -> Entry:
    """Return an entry of a section, encoded where it stands: two levels deep."""
    return Entry(section, object_bytes(members, depth=2), urls)


class JsonChunk:
    """One JSON file in the making."""

    def __init__(self, flags: Mapping[str, bool], *, sections: Sequence[str] = tuple(SECTIONS)) -> None:
        """``flags``: what follows the sections (``skip_duplicate_urls``); ``sections``: their keys in order."""
        self._sections = sections
        self._tail = ",\n".join(f"  {_FLAT(name)}: {_FLAT(value)}" for name, value in flags.items()).encode()
        self._bodies: dict[str, list[bytes]] = {}
        self._size = len(_START) + len(self._tail) + len(_END)

    def size_with(self, unit: Unit) -> int:
        """Return the bytes of the file with one more unit."""
        opened = {entry.section for entry in unit.entries} - self._bodies.keys()
        brackets = sum(len(_opening(section)) + len(_CLOSING) for section in opened)
        return self._size + brackets + sum(len(entry.body) + len(_BETWEEN) for entry in unit.entries)

    def add(self, unit: Unit) -> None:
        """Take the entries of a unit in."""
        self._size = self.size_with(unit)
        for entry in unit.entries:
            self._bodies.setdefault(entry.section, []).append(entry.body)

    def write(self, file: IO[bytes]) -> None:
        """Write the file: sections in their order, entries in the order of the series."""
        file.write(_START)
        for name in self._sections:
            bodies = self._bodies.get(name)
            if bodies:
                file.write(_opening(name))
                for number, body in enumerate(bodies):
                    file.write(_BETWEEN + body if number else body)
                file.write(_CLOSING + _BETWEEN)
        file.write(self._tail + _END)


_START, _BETWEEN, _CLOSING, _END = b"{\n", b",\n", b"\n  ]", b"\n}\n"


def _opening(section: str) -> bytes:
    return f"  {_FLAT(section)}: [\n".encode()
