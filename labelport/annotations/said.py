"""The findings of a reading or a writing over many files: each with its place, up to a bound, and then counted.

A file can hold a million faults, and a folder a million files; a list of them would take more memory than the
annotations.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from labelport.codes import CODES, Severity
from labelport.findings import Finding, Store, finding

MOST_PLACES = 20
"""Findings of one code that are listed of one file; one more row counts the rest (annotations, section 2)."""

MOST_FILES = 1000
"""Files of which findings of one code are listed; one more row counts the rest of them."""

MOST_VALUE = 80
"""Characters of what stood there."""


class Said:
    """Collects findings."""

    def __init__(self, stage: str = "annotations", *, store: Store = "raw") -> None:
        self._stage = stage
        self._store = store
        self._findings: list[Finding] = []
        self._counts: Counter[tuple[str, str]] = Counter()
        self._files: Counter[str] = Counter()
        self._beyond: Counter[tuple[str, str]] = Counter()
        self._severities: dict[str, Severity] = {}

    def say(
        self,
        code: str,
        file: str,
        pointer: str,
        message: str,
        *,
        value: object = None,
        severity: Severity | None = None,
        hint: str | None = None,
        count: int = 1,
    ) -> None:
        """Add a finding. ``value`` is what stood there, cut to 80 characters; severity and hint default to the registry's."""
        self._severities.setdefault(code, severity or CODES[code].severity)
        if not self.lists(code, file):
            self._beyond[code, file if self._counts[code, file] else ""] += count
            return
        if not self._counts[code, file]:
            self._files[code] += 1
        self._counts[code, file] += 1
        self._findings.append(
            finding(
                code,
                stage=self._stage,
                file=file,
                pointer=pointer,
                message=message,
                value=None if value is None else str(value)[:MOST_VALUE],
                severity=severity,
                hint=hint,
                count=count,
                store=self._store,
            )
        )

    def lists(self, code: str, file: str) -> bool:
        """Return whether a further finding would be listed with its place: else its words need not be made."""
        found = self._counts.get((code, file), 0)
        return found < MOST_PLACES if found else self._files[code] < MOST_FILES

    def count(self, code: str, file: str, count: int) -> None:
        """Count findings of a code beyond those that were said with their place."""
        if count:
            self._severities.setdefault(code, CODES[code].severity)
            self._beyond[code, file] += count

    def forget(self) -> None:
        """Forget what was said: the same is looked at again, and more."""
        self._findings.clear()
        for counts in (self._counts, self._files, self._beyond):
            counts.clear()

    def take(self, other: "Said") -> None:
        """Add all that another collector holds."""
        self._findings += other._findings
        self._counts += other._counts
        self._files += other._files
        self._beyond += other._beyond
        self._severities |= other._severities

    def told(self) -> dict[str, Any]:
        """Return all that was said as JSON values, for ``retold`` in another process."""
        return {
            "findings": [asdict(each) for each in self._findings],
            "counts": [[*key, count] for key, count in self._counts.items()],
            "files": dict(self._files),
            "beyond": [[*key, count] for key, count in self._beyond.items()],
            "severities": dict(self._severities),
        }

    @classmethod
    def retold(cls, told: Mapping[str, Any]) -> "Said":
        """Return the collector of what ``told`` gave; raises ``KeyError``, ``TypeError`` for anything else."""
        made = cls()
        made._findings = [Finding(**each) for each in told["findings"]]
        made._counts = Counter({(code, file): count for code, file, count in told["counts"]})
        made._files = Counter(told["files"])
        made._beyond = Counter({(code, file): count for code, file, count in told["beyond"]})
        made._severities = dict(told["severities"])
        return made

    def add(self, findings: Iterable[Finding]) -> None:
        """Add findings that somebody else has bounded."""
        self._findings += findings

    def findings(self) -> list[Finding]:
        """Return all findings in the order in which they were said; then how many are not listed, by code and file."""
        rest = [
            finding(
                code,
                stage=self._stage,
                file=file,
                message=f"{count:,} more of these are {'in the file' if file else 'in other files'} and not listed",
                severity=self._severities[code],
                count=count,
                store=self._store,
            )
            for (code, file), count in self._beyond.items()
        ]
        return [*self._findings, *rest]
