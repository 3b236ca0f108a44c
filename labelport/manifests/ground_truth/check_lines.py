"""Checking the lines of a manifest: each an object with one source, nothing over the vendor's limits."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

from labelport.manifests.collecting import Collected
from labelport.manifests.ground_truth.line_reading import Line, LineReader
from labelport.manifests.ground_truth.lines import MOST_LINE, MOST_VALUE, object_line
from labelport.manifests.ground_truth.options import MOST_ENTRIES
from labelport.manifests.ground_truth.sequences import SCHEME
from labelport.manifests.intake import uri_faults
from labelport.manifests.json_elements import escaped, oddities, pointer_of
from labelport.manifests.urls import UrlFault

MOST_READ = 2_000_000
"""Lines of a file; twenty times what one labeling job takes. What stands behind them is not read."""

MOST_REMEMBERED = 2_000_000
"""Addresses; more are counted, and no longer compared."""


@dataclass
class Seen:
    """Digests of the addresses in the chunks of one manifest."""

    digests: set[bytes] = field(default_factory=set)

    def again(self, address: str) -> bool:
        """Remember an address; return whether it was there."""
        digest = blake2b(address.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        if digest in self.digests:
            return True
        if len(self.digests) < MOST_REMEMBERED:
            self.digests.add(digest)
        return False


def reference_faults(uri: str) -> Iterator[UrlFault]:
    """Yield what is wrong with the address of an object in S3."""
    bucket, slash, key = uri.removeprefix(SCHEME).partition("/")
    if not uri.startswith(SCHEME) or not bucket or not slash or not key:
        yield UrlFault("manifest.url_form", "it is no s3://bucket/key")
    yield from uri_faults(uri)


class LinesCheck:
    """The check of one file of lines; pointers are the line, then the JSON pointer or ``:column``."""

    def __init__(self, path: Path, seen: Seen) -> None:
        self._path = path
        self._seen = seen
        self.collected = Collected(str(path))
        self._kinds: Counter[str] = Counter()
        self._lines = 0

    @property
    def counts(self) -> tuple[int, int]:
        """Return how many entries the file has, and how many objects they name: one each."""
        return self._lines, self._lines

    def run(self) -> None:
        """Read the file and say everything that is wrong with it."""
        with self._path.open("rb") as file:
            for line in LineReader().lines(file):
                if self._lines == MOST_READ:
                    words = f"it has more than {MOST_READ:,} lines; the rest was not read"
                    self.collected.say("ground_truth.file_over_limit", f"{line.number}:1", words, severity="error")
                    return
                self._lines += 1
                self._line(line)
        if not self._lines:
            self.collected.say("manifest.empty", "1:1", "the file has no line")
        if self._lines > MOST_ENTRIES:
            words = f"it has {self._lines:,} lines; {MOST_ENTRIES:,} are the most of one labeling job"
            self.collected.say("ground_truth.file_over_limit", "1:1", words)
        if len(self._kinds) > 1:
            words = " and ".join(f"{count} {kind}" for kind, count in sorted(self._kinds.items()))
            self.collected.say("ground_truth.mixed", "", f"{words}: one labeling job takes lines of one kind")

    def _line(self, line: Line) -> None:
        say = self.collected.say
        if line.bom:
            say("manifest.unreadable", "1:1", "the file starts with a byte order mark")
        if line.too_long:
            say("ground_truth.line_too_long", f"{line.number}:1", f"it has more than {MOST_LINE:,} characters")
        elif line.fault is not None:
            say("manifest.unreadable", f"{line.number}:{line.column}", line.fault)
        elif not isinstance(line.value, dict):
            say("ground_truth.line", f"{line.number}:1", "it is no JSON object")
        else:
            self._object(line, line.value)

    def _object(self, line: Line, value: dict[str, Any]) -> None:
        for what, path in oddities(value) if line.odd else ():
            code, words = _ODDITIES[what]
            place = f"{line.number}{pointer_of(path)}" if self.collected.lists(code) else ""
            self.collected.say(code, place, words)
        for name, part in value.items():
            self._member(line, name, part)
        given = [name for name in ("source-ref", "source") if name in value]
        if len(given) != 1:
            words = "it has both source-ref and source" if given else "it has neither source-ref nor source"
            self.collected.say("ground_truth.line", f"{line.number}:1", words)
        for name in given:
            self._source(f"{line.number}/{name}", name, value[name])

    def _member(self, line: Line, name: str, part: Any) -> None:
        place = f"{line.number}/{escaped(name[:200])}"
        if name.startswith("$"):
            self.collected.say("ground_truth.reserved_key", place, "no name may begin with $")
        if line.characters > MOST_VALUE:
            length = len(part) if isinstance(part, str) else len(_written(part))
            if length > MOST_VALUE:
                words = f"it has {length:,} characters; {MOST_VALUE:,} are the most of one member"
                self.collected.say("ground_truth.line_too_long", place, words)

    def _source(self, place: str, name: str, given: Any) -> None:
        if not isinstance(given, str) or not given:
            self.collected.say("ground_truth.line", place, "it must be a text, and not empty")
            return
        if name == "source":
            self._kinds["texts"] += 1
            return
        self._kinds["sequences" if given.lower().endswith(".json") else "images"] += 1
        for fault in reference_faults(given):
            self.collected.say(fault.code, place, fault.message)
        if self._seen.again(given):
            self.collected.say("manifest.duplicate_url", place, "the address stands in this manifest already")


_ODDITIES = {
    "doubled": ("ground_truth.duplicate_json_key", "the name stands twice in one object"),
    "number": ("manifest.unreadable", "it is no JSON number"),
}


def _written(part: Any) -> str:
    """Return a member's value as it would be written; numbers that are no JSON were said before."""
    try:
        return object_line(part)
    except (ValueError, RecursionError):
        return ""
