"""Reading JSON Lines from anywhere: line by line in bounded memory, doubled names and what is no JSON kept visible."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from labelport.manifests.ground_truth.lines import MOST_LINE
from labelport.manifests.json_elements import Doubled, NotJson

MOST_BYTES = 4 * MOST_LINE + 2
"""Bytes of a line that is read: the longest in UTF-8, and its end."""

_BOM = "\ufeff"


@dataclass(frozen=True)
class Line:
    """One line of a file."""

    number: int
    """From 1."""

    value: Any = None
    """What it says; null where it cannot be read."""

    characters: int = 0
    """Its length, without its end."""

    odd: bool = False
    """A name stands twice in it, or something that is no JSON number."""

    fault: str | None = None
    """Why it cannot be read."""

    column: int = 1
    """Where, in characters from 1."""

    too_long: bool = False
    """It is longer than any line may be, and was not read."""

    bom: bool = False
    """It begins with a byte order mark, which is left out."""


class LineReader:
    """Decodes the lines of a file."""

    def __init__(self) -> None:
        self._odd = False
        self._decoder = json.JSONDecoder(
            object_pairs_hook=self._object, parse_float=self._real, parse_constant=self._constant
        )

    def lines(self, file: IO[bytes]) -> Iterator[Line]:
        """Yield all lines, those that cannot be read too."""
        number = 0
        while raw := file.readline(MOST_BYTES):
            number += 1
            if len(raw) == MOST_BYTES and not raw.endswith(b"\n"):
                while (rest := file.readline(MOST_BYTES)) and not rest.endswith(b"\n"):
                    pass
                yield Line(number, too_long=True)
            else:
                yield self._line(number, raw.rstrip(b"\r\n"))

    def _line(self, number: int, raw: bytes) -> Line:
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            column = len(raw[: error.start].decode("utf-8", "replace")) + 1
            return Line(number, fault="a byte is not UTF-8", column=column)
        bom = number == 1 and text.startswith(_BOM)
        text = text.removeprefix(_BOM) if bom else text
        if not text.strip():
            return Line(number, fault="the line is blank", bom=bom)
        if len(text) > MOST_LINE:
            return Line(number, too_long=True, bom=bom)
        self._odd = False
        try:
            value = self._decoder.decode(text)
        except json.JSONDecodeError as error:
            return Line(number, fault="it is no JSON from here on", column=error.colno, bom=bom)
        except RecursionError:
            return Line(number, fault="values are nested deeper than any manifest's", bom=bom)
        except ValueError:  # a whole number of more than 4,300 digits, which Python does not read
            return Line(number, fault="a number is too long", bom=bom)
        return Line(number, value, len(text), self._odd, bom=bom)

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) == len(pairs):
            return made
        self._odd = True
        return Doubled(pairs)

    def _real(self, text: str) -> float:
        value = float(text)
        return value if value - value == 0 else self._constant(text)

    def _constant(self, text: str) -> NotJson:
        self._odd = True
        return NotJson(text.replace("Infinity", "inf"))
