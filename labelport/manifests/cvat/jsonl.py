"""Reading JSON Lines that anybody may have written: one object a line, and every fault with its place.

Memory is bounded by the longest line that is read, whatever the file.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

BOM = b"\xef\xbb\xbf"
MOST_LINE = 4 << 20
"""Bytes of a line that is read: ten thousand context images. A longer one is no line of a manifest."""

SKIP_BYTES = 1 << 20

MOST_POINTER = 100
"""Characters of a member's name that a pointer repeats."""

Say = Callable[[str, str, str], None]
"""Takes code, pointer and message."""


def objects(path: Path, say: Say, *, doubles: bool) -> Iterator[tuple[int, int, dict[str, Any]]]:
    """Yield (line number, byte offset, object) of every line that is one JSON object.

    ``doubles``: also say which members stand twice.
    """
    parse = _Parser(say, doubles=doubles).object
    offset = number = 0
    with path.open("rb") as file:
        while raw := file.readline(MOST_LINE):
            number += 1
            start, offset = offset, offset + len(raw)
            if len(raw) == MOST_LINE and not raw.endswith(b"\n"):
                say("cvat.not_readable", f"{number}", f"the line has more than {MOST_LINE:,} bytes")
                while raw and not raw.endswith(b"\n"):
                    raw = file.readline(SKIP_BYTES)
                    offset += len(raw)
                continue
            if number == 1 and raw.startswith(BOM):
                say("manifest.unreadable", "1:1", "the file starts with a byte order mark")
                raw = raw.removeprefix(BOM)
            value = parse(number, raw)
            if value is not None:
                yield number, start, value


class _Parser:
    """Parses lines, one at a time."""

    def __init__(self, say: Say, *, doubles: bool) -> None:
        self._say = say
        self._doubles = doubles
        self._twice: set[str] = set()
        # One decoder for all lines: making it takes as long as parsing a line.
        self._decode = json.JSONDecoder(object_pairs_hook=self._unique, parse_constant=_no_number).decode

    def _unique(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            counts = Counter(name for name, _ in pairs)
            self._twice.update(name for name, count in counts.items() if count > 1)
        return found

    def object(self, number: int, body: bytes) -> dict[str, Any] | None:
        """Return the object of a line, or null where it is none, and say why."""
        if not body.strip():
            self._say("cvat.not_readable", f"{number}", "a blank line: CVAT's page forbids them")
            return None
        self._twice.clear()
        try:
            value = self._decode(body.decode())
        except UnicodeDecodeError as error:
            self._say("manifest.unreadable", f"{number}:{error.start + 1}", "the line is not UTF-8")
            return None
        except (ValueError, RecursionError) as error:
            column = error.colno if isinstance(error, json.JSONDecodeError) else 1
            self._say("cvat.not_readable", f"{number}:{column}", "the line is not JSON")
            return None
        if not isinstance(value, dict):
            self._say("cvat.not_readable", f"{number}", "the line is not a JSON object")
            return None
        for name in sorted(self._twice) if self._doubles else ():
            self._say("cvat.invalid", f"{number}/{pointer_of(name)}", "the member stands twice")
        return value


def _no_number(word: str) -> None:
    """Refuse NaN and Infinity, which Python reads and JSON (RFC 8259, section 6) does not know."""
    raise ValueError(f"{word} is no JSON")


def pointer_of(name: str) -> str:
    """Return a member's name as it stands in a JSON pointer (RFC 6901), as printable text of bounded length."""
    short = name[:MOST_POINTER].replace("~", "~0").replace("/", "~1")
    return "".join(letter if letter.isprintable() else f"\\u{ord(letter):04x}" for letter in short)
