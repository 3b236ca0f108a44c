"""Values of a skeleton file that are of another type than they should be."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

from labelport.annotations.said import Said


def is_text(value: object) -> TypeGuard[str]:
    """Return whether a value is a text that can be written as UTF-8: half a surrogate pair cannot."""
    return isinstance(value, str) and not any("\ud800" <= each <= "\udfff" for each in value)


def is_number(value: object) -> bool:
    """Return whether a value is a number."""
    return isinstance(value, int | float) and not isinstance(value, bool)


@dataclass(frozen=True)
class Teller:
    """Says what is wrong with values of one file."""

    file: str
    said: Said

    def wrong_type(self, pointer: str, words: str) -> None:
        """Say that a value is of another type."""
        self.said.say("json.wrong_type", self.file, pointer, words)

    def objects(self, value: Any, pointer: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield (pointer, object) of a list of objects; what is none is said. Null is an absent list."""
        if value is None:
            return
        if not isinstance(value, list):
            self.wrong_type(pointer, "this is no list")
            return
        for number, each in enumerate(value):
            if isinstance(each, dict):
                yield f"{pointer}/{number}", each
            else:
                self.wrong_type(f"{pointer}/{number}", "this is no object")

    def texts(self, held: dict[str, Any], pointer: str, names: Sequence[str]) -> None:
        """Say which of some members are no text."""
        for name in names:
            if held.get(name) is not None and not is_text(held[name]):
                self.wrong_type(f"{pointer}/{name}", f"{name} is no text")
