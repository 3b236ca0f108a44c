"""Saying one thing of many rows: with their places as long as places are listed, and counted beyond."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from labelport.annotations.said import Said
from labelport.codes import Severity


@dataclass(frozen=True)
class Teller:
    """Says what is found in one list of one file."""

    said: Said
    file: str
    place: str
    """Pointer of the list: ``/annotations``."""

    base: int = 0
    """Number of the first row."""

    def rows(
        self,
        code: str,
        rows: Iterable[int],
        message: str | Callable[[int], str],
        *,
        member: str | Callable[[int], str] = "",
        value: Callable[[int], Any] | None = None,
        severity: Severity | None = None,
    ) -> None:
        """Say it of each row; message, member (a pointer within the row) and value may depend on the row."""
        chosen = list(rows)
        for number, row in enumerate(chosen):
            if not self.said.lists(code, self.file):
                self.said.count(code, self.file, len(chosen) - number)
                return
            inner = member if isinstance(member, str) else member(row)
            words = message if isinstance(message, str) else message(row)
            pointer = f"{self.place}/{self.base + row}{inner}"
            what = None if value is None else value(row)
            self.said.say(code, self.file, pointer, words, value=what, severity=severity)


def text_value(column: Any) -> Callable[[int], str]:
    """Return what gives the text of a row of a column, for a finding."""

    def value(row: int) -> str:
        found = column[row].as_py()
        return "" if found is None else bytes(found[:100]).decode(errors="replace")

    return value
