"""Checking manifests that are JSON arrays: the file as a whole here, its entries by the rules of the platform."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from hashlib import blake2b
from pathlib import Path
from typing import Any, Protocol

from labelport.codes import Severity
from labelport.findings import Finding
from labelport.manifests.chunks import check_chunked
from labelport.manifests.collecting import Collected
from labelport.manifests.json_array import ArrayElements
from labelport.manifests.json_elements import MOST_NAME, JsonFault, escaped, oddities, pointer_of
from labelport.privacy import plain

MOST_FILE_BYTES = 1 << 30
"""Larger files are not read at all."""

MOST_READ = 2_000_000
"""Entries after which a file is not read on."""

MOST_REMEMBERED = 2_000_000
"""Texts of a kind that are remembered to find doubles; more are no longer compared."""

MOST_POINTER = 1000

_TYPES = {
    str: "text in quotation marks",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    dict: "an object",
    list: "a list",
}
_NUMBER = re.compile(r"\.\d{4,}(?=\.json$)")


@dataclass
class Seen:
    """What stands in the chunks of one manifest, to find doubles. Memory: about 100 bytes each."""

    known: dict[str, set[bytes]] = field(default_factory=lambda: defaultdict(set))

    def again(self, what: str, text: str) -> bool:
        """Remember a text of a kind; return whether it was there."""
        digests = self.known[what]
        digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).digest()
        if digest in digests:
            return True
        if len(digests) < MOST_REMEMBERED:
            digests.add(digest)
        return False


@dataclass(frozen=True)
class Values:
    """Says what is wrong with values of a file. Pointers hold names of the file: they are cut, and never run on."""

    collected: Collected

    def say(
        self, code: str, pointer: str, message: str, *, hint: str | None = None, severity: Severity | None = None
    ) -> None:
        """Add a finding."""
        place = plain(pointer[:MOST_POINTER], most=MOST_POINTER) if self.collected.lists(code) else ""
        self.collected.say(code, place, message, hint=hint, severity=severity)

    def fits(self, value: Any, kind: type, pointer: str) -> bool:
        """Return whether a value has a JSON type, and say so where not. Whole numbers are numbers, true is none."""
        kinds = (int, float) if kind is float else kind
        good = isinstance(value, kinds) and (kind is bool or not isinstance(value, bool))
        if not good:
            self.say("manifest.value_type", pointer, f"it must be {_TYPES[kind]}")
        return good

    def text(self, entry: Mapping[str, Any], name: str, pointer: str, *, required: bool = True) -> str | None:
        """Return a member that must be text and not blank, or null where it is absent or is none, which was said."""
        if name not in entry:
            if required:
                self.say("manifest.missing_key", pointer, f"it lacks {name}")
            return None
        place = f"{pointer}/{pointer_part(name)}"
        if not self.fits(entry[name], str, place):
            return None
        value: str = entry[name]
        if not value.strip():
            self.say("manifest.value_type", place, "it is blank")
            return None
        return value

    def odd(self, value: Any, pointer: str) -> None:
        """Say which names stand twice anywhere in a value, and which numbers JSON does not have."""
        for what, path in oddities(value):
            code = "manifest.duplicate_json_key" if what == "doubled" else "manifest.unreadable"
            words = "the key stands twice" if what == "doubled" else "JSON has no such number, or none so large"
            self.say(code, pointer + pointer_of(path) if self.collected.lists(code) else "", words)

    def unknown(
        self, entry: Mapping[str, Any], known: Iterable[str], pointer: str, *, severity: Severity | None = None
    ) -> None:
        """Say which keys of an object are unknown, and which ones may be meant."""
        words = sorted(known)
        for name in entry:
            if name in words:
                continue
            if not self.collected.lists("manifest.unknown_key"):
                self.say(
                    "manifest.unknown_key", "", "", severity=severity
                )  # counted: looking for what was meant takes long
                continue
            meant = next(iter(get_close_matches(name[:100].lower(), words, n=1)), None)
            self.say(
                "manifest.unknown_key",
                f"{pointer}/{pointer_part(name)}",
                f"the key {plain(name[:60])!r} is unknown here",
                hint=f"Did you mean {meant}?" if meant else None,
                severity=severity,
            )


def pointer_part(name: str) -> str:
    """Return a name of the file as it stands in a pointer: escaped, cut, without control characters."""
    return plain(escaped(name[:MOST_NAME]), most=2 * MOST_NAME)


class EntryRules(Protocol):
    """What a platform wants of the entries of one file."""

    urls: int
    """Objects that the entries named so far."""

    def check(self, entry: dict[str, Any], pointer: str) -> None:
        """Say everything that is wrong with one entry."""
        ...


@dataclass(frozen=True)
class FileLimits:
    """What a platform takes in one file at most."""

    code: str
    """Code of a file that has more."""

    entries: int
    bytes: int


def check_arrays(
    files: Sequence[Path], rules: Callable[[Values, Seen], EntryRules], limits: FileLimits | None = None
) -> list[Finding]:
    """Return every violation of the files, in their order; each index after the chunks that it names.

    Chunks of one manifest are one file to the search for doubles. A file that cannot be opened is a finding.
    """
    seen: dict[str, Seen] = defaultdict(Seen)

    def check_one(path: Path, _: bytes) -> tuple[list[Finding], tuple[int, int] | None]:
        check = _FileCheck(path, rules, seen[manifest_of(path)], limits)
        counts = check.run()
        return check.values.collected.findings(), counts

    return check_chunked(files, check_one)


def manifest_of(path: Path) -> str:
    """Return what the chunks of one manifest have in common: the path without the chunk's number.

    >>> manifest_of(Path("a/redbrick.0002.json"))
    'a/redbrick.json'
    """
    return _NUMBER.sub("", str(path))


class _FileCheck:
    """The check of one file."""

    def __init__(
        self, path: Path, rules: Callable[[Values, Seen], EntryRules], seen: Seen, limits: FileLimits | None
    ) -> None:
        self._path = path
        self._limits = limits
        self.values = Values(Collected(str(path)))
        self._rules = rules(self.values, seen)

    def run(self) -> tuple[int, int]:
        """Read the file and say everything that is wrong with it; return how many entries and URLs it has."""
        size = self._path.stat().st_size
        if size > MOST_FILE_BYTES:
            self.values.say("manifest.unreadable", "", f"it has {size:,} bytes, and was not read")
            return 0, 0
        try:
            with self._path.open("rb") as file:
                entries = self._read(ArrayElements(file))
        except JsonFault as fault:
            self.values.say("manifest.unreadable", fault.place, str(fault))
            return 0, self._rules.urls
        if not entries:
            self.values.say("manifest.empty", "", "the file has no entry")
        if self._limits:
            pairs = ((entries, self._limits.entries, "entries"), (size, self._limits.bytes, "bytes"))
            for reached, most, what in pairs:
                if reached > most:
                    self.values.say(self._limits.code, "", f"it has {reached:,} {what}; {most:,} are the most")
        return entries, self._rules.urls

    def _read(self, elements: ArrayElements) -> int:
        number = -1
        for number, entry in enumerate(elements.elements()):
            pointer = f"/{number}"
            if elements.odd:
                self.values.odd(entry, pointer)
            if number == MOST_READ:
                self.values.say("manifest.unreadable", pointer, f"the rest of more than {MOST_READ:,} was not read")
                break
            if self.values.fits(entry, dict, pointer):
                self._rules.check(entry, pointer)
        return number + 1
