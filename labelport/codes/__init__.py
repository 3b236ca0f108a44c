"""The registry of finding codes: severity, meaning, remedy.

A code never changes its meaning. The docs are generated from here, and a test fails on a code that
is not. Codes of a plug-in are added by its ``CODES``.
"""

from dataclasses import dataclass

from labelport.codes import annotations, pipeline, volumes
from labelport.codes.rows import Severity

__all__ = ["CODES", "Code", "Severity"]


@dataclass(frozen=True)
class Code:
    """What a code means."""

    severity: Severity
    """Severity where the finding does not say otherwise."""

    meaning: str
    """When it is reported."""

    remedy: str
    """What to do; the hint of a finding that brings none of its own."""


CODES: dict[str, Code] = {
    code: Code(severity, meaning, remedy)
    for code, severity, meaning, remedy in (*pipeline.ROWS, *annotations.ROWS, *volumes.ROWS)
}
"""All codes by name."""
