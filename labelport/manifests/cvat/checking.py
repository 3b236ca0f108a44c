"""Checking CVAT manifests: first as CVAT's reader does, then every line (specification 2.13).

A finding's pointer is the line, then the JSON pointer of the member: ``3/width``; for text that is no
JSON ``line:column``. Files are read line by line; names are kept to find doubles.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from labelport.codes import Severity
from labelport.findings import Finding, finding
from labelport.manifests.cvat.entries import ImageLines, VideoLines, Violation, type_violations, version_violations

Level = Literal["reader", "full"]
INDEX = "index.json"
BOM = b"\xef\xbb\xbf"
_TYPE = re.compile(rb'"type"\s*:\s*"(?:images|video)"')
_VERSION = re.compile(rb'^\s*(?:\xef\xbb\xbf)?\s*\{\s*"version"\s*:')
_INDEX = re.compile(rb'^\s*\{\s*(?:"0"\s*:\s*\d+|\})')


def looks_like_cvat(name: str, head: bytes) -> float:
    """Return how surely the first bytes are those of a CVAT manifest or of its index."""
    if name.rsplit("/", 1)[-1] == INDEX:
        return 0.9 if _INDEX.match(head) else 0.0
    if not _VERSION.match(head):
        return 0.6 if name.endswith(".jsonl") and _TYPE.search(head[:512]) else 0.0
    return 1.0 if _TYPE.search(head[:512]) else 0.5


def check_cvat(files: Sequence[Path], *, level: Level = "full") -> list[Finding]:
    """Return the findings of manifests and indices; an index is compared with the manifest beside it."""
    manifests = [path for path in files if path.name != INDEX]
    found: list[Finding] = []
    indices = {path for path in files if path.name == INDEX}
    for path in manifests:
        checked = _Checked(path, level)
        checked.run()
        found += checked.findings
        index = path.with_name(INDEX)
        if path.name == "manifest.jsonl" and (index in indices or index.is_file()):
            indices.discard(index)
            if level == "full":
                found += _index_findings(index, checked.offsets)
    for index in sorted(indices):
        beside = index.with_name("manifest.jsonl")
        if beside.is_file():
            checked = _Checked(beside, "reader")
            checked.run()
            found += _index_findings(index, checked.offsets)
        else:
            found.append(_index_finding(index, "there is no manifest.jsonl beside this index"))
    return found


@dataclass
class _Checked:
    """One manifest, read line by line."""

    path: Path
    level: Level
    findings: list[Finding] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)
    reordered: int = 0
    first_reordered: int = 0

    def run(self) -> None:
        """Read the whole file, however wrong its first lines are."""
        lines = self._lines()
        version = next(lines, None)
        kind = next(lines, None)
        if version is None or kind is None:
            if not self.findings:
                self._say("cvat.not_readable", "", "the file has fewer than two lines of header")
            return
        for violation in version_violations(version[2]):
            self._add(violation, self.level == "full" or violation.reader, version[0])
        for violation in type_violations(kind[2]):
            self._add(violation, self.level == "full" or violation.reader, kind[0])
        if kind[2].get("type") == "video":
            self._run_entries(lines, video=True)
        elif kind[2].get("type") == "images":
            self._run_entries(lines, video=False)

    def _run_entries(self, lines: Iterator[tuple[int, int, dict[str, Any]]], *, video: bool) -> None:
        properties = next(lines, None) if video else None
        state: Any = VideoLines.start(properties[2] if properties else None) if video else ImageLines.start()
        if video:
            for violation in state.header():
                self._add(violation, violation.reader or self.level == "full", properties[0] if properties else 3)
        count = 0
        for number, offset, entry in lines:
            self.offsets.append(offset)
            for violation in state.entry(entry, first=count == 0):
                self._add(violation, self.level == "full" or (violation.reader and count == 0), number)
            if not state.in_known_order(entry):
                self.reordered += 1
                self.first_reordered = self.first_reordered or number
            count += 1
        if count == 0 and not any(f.severity == "error" for f in self.findings):
            self._say("manifest.empty", "", "the manifest has no entry")
        if self.reordered and self.level == "full":
            message = f"in {self.reordered} lines the members stand in another order than CVAT's tool writes"
            self._say("cvat.member_order", f"{self.first_reordered}", message, count=self.reordered)

    def _lines(self) -> Iterator[tuple[int, int, dict[str, Any]]]:
        """Yield (line number, byte offset, object) of every line that is one JSON object."""
        offset = 0
        with self.path.open("rb") as file:
            for number, raw in enumerate(file, start=1):
                start, offset = offset, offset + len(raw)
                body = raw
                if number == 1 and raw.startswith(BOM):
                    self._say("manifest.unreadable", "1:1", "the file starts with a byte order mark")
                    body = raw[len(BOM) :]
                value = self._value(number, body)
                if value is not None:
                    yield number, start, value

    def _value(self, number: int, body: bytes) -> dict[str, Any] | None:
        if not body.strip():
            self._say("cvat.not_readable", f"{number}", "a blank line: CVAT's page forbids them")
            return None
        doubles: list[str] = []

        def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
            names = [name for name, _ in pairs]
            doubles.extend(name for name in names if names.count(name) > 1)
            return dict(pairs)

        try:
            value = json.loads(body, object_pairs_hook=unique)
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
        for name in sorted(set(doubles)):
            if self.level == "full":
                self._say("cvat.invalid", f"{number}/{name}", f"the member {name!r} stands twice")
        return value

    def _add(self, violation: Violation, counts: bool, number: int) -> None:
        if not counts:
            return
        code = "cvat.not_readable" if violation.reader else violation.code
        self._say(code, f"{number}{violation.pointer}", violation.message)

    def _say(self, code: str, pointer: str, message: str, *, count: int = 1, severity: Severity | None = None) -> None:
        self.findings.append(
            finding(
                code,
                stage="check",
                file=str(self.path),
                pointer=pointer,
                message=message,
                count=count,
                severity=severity,
            )
        )


def _index_findings(index: Path, offsets: Sequence[int]) -> list[Finding]:
    try:
        given = json.loads(index.read_bytes())
    except (ValueError, RecursionError):
        return [_index_finding(index, "the index is not JSON")]
    wanted = {str(number): offset for number, offset in enumerate(offsets)}
    if given == wanted:
        return []
    if not isinstance(given, dict):
        return [_index_finding(index, "the index is not a JSON object")]
    wrong = [name for name in wanted if given.get(name) != wanted[name]]
    spare = [name for name in given if name not in wanted]
    message = f"{len(wrong)} offsets are wrong or absent, {len(spare)} entries are not in the manifest"
    return [_index_finding(index, message, pointer=f"/{(wrong + spare)[0]}")]


def _index_finding(index: Path, message: str, *, pointer: str = "") -> Finding:
    return finding("cvat.index_stale", stage="check", file=str(index), pointer=pointer, message=message)
