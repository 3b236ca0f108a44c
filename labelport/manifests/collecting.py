"""The findings of a check on one file: each with its place, up to a bound, and then counted.

A file can hold a million faults; a list of them would take more memory than the file.
"""

from collections import Counter

from labelport.codes import Severity
from labelport.findings import Finding, finding

MOST_PLACES = 1000
"""Findings of one code that are listed with their place."""


class Collected:
    """Collects the findings about one file."""

    def __init__(self, file: str, *, most: int = MOST_PLACES) -> None:
        self._file = file
        self._most = most
        self._findings: list[Finding] = []
        self._counts: Counter[str] = Counter()
        self._severities: dict[str, Severity] = {}

    def say(
        self,
        code: str,
        pointer: str,
        message: str,
        *,
        severity: Severity | None = None,
        hint: str | None = None,
        count: int = 1,
    ) -> None:
        """Add a finding; severity and hint default to those of the registry."""
        self._counts[code] += 1
        if self._counts[code] > self._most:
            return
        found = finding(
            code,
            stage="check",
            file=self._file,
            pointer=pointer,
            message=message,
            severity=severity,
            hint=hint,
            count=count,
        )
        self._severities[code] = found.severity
        self._findings.append(found)

    def lists(self, code: str) -> bool:
        """Return whether a further finding of a code would be listed: else its words need not be made."""
        return self._counts[code] < self._most

    def findings(self) -> list[Finding]:
        """Return all findings in the order in which they were said; then how many are not listed, by code."""
        return [
            *self._findings,
            *(
                finding(
                    code,
                    stage="check",
                    file=self._file,
                    message=f"{count - self._most:,} more of these are in the file and not listed",
                    severity=self._severities[code],
                    count=count - self._most,
                )
                for code, count in self._counts.items()
                if count > self._most
            ),
        ]
