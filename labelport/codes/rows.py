"""What a row of the registry is."""

from typing import Literal

Severity = Literal["error", "warning", "info", "loss"]

Row = tuple[str, Severity, str, str]
"""Code, severity, meaning, remedy."""
