"""Saying what is wrong with a shape at its place."""

from dataclasses import dataclass

from labelport.annotations.said import Said
from labelport.codes import Severity


@dataclass(frozen=True)
class Telling:
    """Says findings of one value of a file."""

    said: Said
    file: str
    pointer: str

    def say(self, code: str, below: str, words: str, *, value: object = None, severity: Severity | None = None) -> None:
        """Say a finding at a place below the value: ``/points``; empty: the value itself."""
        self.said.say(code, self.file, self.pointer + below, words, value=value, severity=severity)
