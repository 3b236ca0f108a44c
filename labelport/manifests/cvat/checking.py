"""Checking CVAT manifests: first as CVAT's reader does, then every line (specification 2.13).

A finding's pointer is the line, then the JSON pointer of the member: ``3/width``; for text that is no
JSON ``line:column``. Files are read line by line; 16 bytes of each name are kept to find doubles.
"""

import re
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from labelport.codes import CODES
from labelport.findings import Finding
from labelport.manifests.collecting import Collected
from labelport.manifests.cvat.entries import ImageLines, VideoLines, Violation, type_violations, version_violations
from labelport.manifests.cvat.index_file import index_finding, index_findings
from labelport.manifests.cvat.jsonl import objects
from labelport.manifests.cvat.placing import INDEX, MANIFEST

Level = Literal["reader", "full"]
Line = tuple[int, int, dict[str, Any]]

_TYPE = re.compile(rb'(?:^|\n)[ \t]*\{\s*"type"\s*:\s*"(?:images|video)"\s*\}\s*(?:\n|$)')
_VERSION = re.compile(rb'\s*(?:\xef\xbb\xbf)?\s*\{\s*"version"\s*:\s*(?:"[^"\n]*"|[0-9.]+)\s*\}\s*(?:\n|$)')
_INDEX = re.compile(rb'\s*\{\s*"0"\s*:\s*\d+\s*(?:,\s*"1"\s*:|\}|$)')
_HEADER_BYTES = 512


def looks_like_cvat(name: str, head: bytes) -> float:
    """Return how surely the first bytes are those of a CVAT manifest or of its index."""
    if name.rsplit("/", 1)[-1] == INDEX:
        return 0.9 if _INDEX.match(head) else 0.0
    typed = _TYPE.search(head[:_HEADER_BYTES]) is not None
    if _VERSION.match(head):
        return 1.0 if typed else 0.5
    return 0.6 if typed and name.endswith(".jsonl") else 0.0


def check_cvat(files: Sequence[Path], *, level: Level = "full") -> list[Finding]:
    """Return the findings of manifests and indices; an index is compared with the manifest beside it."""
    found: list[Finding] = []
    indices = {path for path in files if path.name == INDEX}
    for path in (path for path in files if path.name != INDEX):
        checked = _Checked(path, level)
        checked.run()
        found += checked.said.findings()
        index = path.with_name(INDEX)
        if path.name == MANIFEST and (index in indices or index.is_file()):
            indices.discard(index)
            if level == "full":
                found += index_findings(index, checked.offsets)
    for index in sorted(indices):
        beside = index.with_name(MANIFEST)
        if beside.is_file():
            checked = _Checked(beside, "reader")
            checked.run()
            found += index_findings(index, checked.offsets)
        else:
            found.append(index_finding(index, f"there is no {MANIFEST} beside this index"))
    return found


@dataclass
class _Checked:
    """One manifest, read line by line."""

    path: Path
    level: Level
    offsets: "array[int]" = field(default_factory=lambda: array("Q"))
    reordered: int = 0
    first_reordered: int = 0

    def __post_init__(self) -> None:
        self.said = Collected(str(self.path))
        self._errors = 0

    def run(self) -> None:
        """Read the whole file, however wrong its first lines are."""
        lines = objects(self.path, self._say, doubles=self.level == "full")
        version = next(lines, None)
        kind = next(lines, None)
        if version is None or kind is None:
            if not self._errors:
                self._say("cvat.not_readable", "", "the file has fewer than two lines of header")
            return
        for violation in version_violations(version[2]):
            self._add(violation, version[0], reader=True)
        for violation in type_violations(kind[2]):
            self._add(violation, kind[0], reader=True)
        if kind[2].get("type") == "video":
            self._video(lines)
        elif kind[2].get("type") == "images":
            self._entries(lines, ImageLines(version=version[2].get("version")))

    def _video(self, lines: Iterator[Line]) -> None:
        properties = next(lines, None)
        state = VideoLines(properties[2] if properties else None)
        for violation in state.header():
            self._add(violation, properties[0] if properties else 3, reader=True)
        self._entries(lines, state)

    def _entries(self, lines: Iterator[Line], state: ImageLines | VideoLines) -> None:
        for number, offset, entry in lines:
            first = not self.offsets
            self.offsets.append(offset)
            for violation in state.entry(entry, first=first):
                self._add(violation, number, reader=first)
            if not state.in_known_order(entry):
                self.reordered += 1
                self.first_reordered = self.first_reordered or number
        if not self.offsets and not self._errors:
            self._say("manifest.empty", "", "the manifest has no entry")
        if self.level == "full":
            self._add_counted(state)

    def _add_counted(self, state: ImageLines | VideoLines) -> None:
        if self.reordered:
            message = f"in {self.reordered} lines the members stand in another order than CVAT's tool writes"
            self.said.say("cvat.member_order", f"{self.first_reordered}", message, count=self.reordered)
        if isinstance(state, ImageLines) and state.clouds and state.images:
            message = f"{state.clouds} clouds and {state.images} images in one file: a task takes one kind"
            self.said.say("cvat.mixed_media", "", message, hint="Put clouds and images into manifests of their own.")

    def _add(self, violation: Violation, number: int, *, reader: bool) -> None:
        """Add a violation; ``reader``: CVAT's reader looks at this line."""
        if self.level == "full" or (violation.reader and reader):
            code = "cvat.not_readable" if violation.reader else violation.code
            self._say(code, f"{number}{violation.pointer}", violation.message)

    def _say(self, code: str, pointer: str, message: str) -> None:
        self.said.say(code, pointer, message)
        self._errors += CODES[code].severity == "error"
