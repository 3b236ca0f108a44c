"""What is said of single values and names of a JSON file, whatever section they are in."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from labelport.codes import Severity
from labelport.manifests.collecting import Collected
from labelport.manifests.json_elements import MOST_NAME, escaped, oddities, pointer_of
from labelport.privacy import plain

MOST_POINTER = 1000

_TYPES = {
    str: "text in quotation marks",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    dict: "an object",
}


@dataclass(frozen=True)
class ValueRules:
    """Says what is wrong with values. Pointers hold names of the file: they are cut, and never run on."""

    collected: Collected

    def say(
        self,
        code: str,
        pointer: str,
        message: str,
        *,
        hint: str | None = None,
        severity: Severity | None = None,
        count: int = 1,
    ) -> None:
        """Add a finding."""
        place = plain(pointer[:MOST_POINTER], most=MOST_POINTER) if self.collected.lists(code) else ""
        self.collected.say(code, place, message, hint=hint, severity=severity, count=count)

    def fits(self, value: Any, kind: type, pointer: str) -> bool:
        """Return whether a value has a JSON type, and say so where not. Whole numbers are numbers, true is none."""
        kinds = (int, float) if kind is float else kind
        good = isinstance(value, kinds) and (kind is bool or not isinstance(value, bool))
        if not good:
            self.say("encord.value_type", pointer, f"it must be {_TYPES[kind]}")
        return good

    def odd(self, value: Any, pointer: str) -> None:
        """Say which names stand twice anywhere in a value, and which numbers JSON does not have."""
        for what, path in oddities(value):
            code = "encord.duplicate_json_key" if what == "doubled" else "manifest.unreadable"
            words = "the key stands twice" if what == "doubled" else "JSON has no such number, or none so large"
            self.say(code, pointer + pointer_of(path) if self.collected.lists(code) else "", words)

    def unknown(self, code: str, name: str, known: Iterable[str], pointer: str) -> None:
        """Say that the key ``name`` of the object at ``pointer`` is unknown, and which one may be meant."""
        if not self.collected.lists(code):
            self.say(code, "", "")  # counted: looking for what was meant takes long
            return
        words = sorted(known)
        by_letters = {_letters(word): word for word in words}
        meant = by_letters.get(_letters(name[:100])) or next(iter(get_close_matches(name[:100], words, n=1)), None)
        self.say(
            code,
            f"{pointer}/{pointer_part(name)}",
            f"the key {plain(name[:60])!r} is unknown here",
            hint=f"Did you mean {meant}?" if meant else None,
        )


def pointer_part(name: str) -> str:
    """Return a name of the file as it stands in a pointer: escaped, cut, without control characters."""
    return plain(escaped(name[:MOST_NAME]), most=2 * MOST_NAME)


def _letters(name: str) -> str:
    return name.lower().replace("_", "")
