"""What a probe is: from the first bytes of an object to what is known of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

MediaRow = dict[str, Any]
"""Columns of ``tables.MEDIA`` by name; a column that is absent is null."""


class RangeRead(Protocol):
    """``read(start, length)``: bytes of the object, fewer at its end, never an error for that."""

    def __call__(self, start: int, length: int, /) -> bytes:
        """Return the bytes."""
        ...


@dataclass(frozen=True)
class Limits:
    """Budget of one object."""

    head_bytes: int = 32 << 10
    """First read."""

    max_bytes: int = 8 << 20
    """All reads together."""

    max_requests: int = 64
    """Range requests."""

    deadline_s: float = 30.0
    """Wall seconds, enforced from outside."""

    max_pixels: int = 250_000_000
    """More: ``too_large``."""


class BudgetSpent(Exception):
    """Raised by the reader when an object's budget is spent; the probe answers ``partial``."""


@dataclass(frozen=True)
class ProbeContext:
    """What a probe may know beside the bytes."""

    key: str = ""
    """Key of the object; only its extension may be looked at, and only to compare."""

    hmac_key: bytes | None = field(default=None, repr=False)
    """The project's key, for identifiers."""

    keep: frozenset[str] = frozenset()
    """Opt-in text columns (``privacy.keep``)."""


class Probe(Protocol):
    """One kind of media. Found through the entry points ``labelport.probes``."""

    kind: str
    """image, video, audio, dicom, nifti …"""

    version: str
    """``<kind>-<n>``: another one re-probes the rows of this kind only."""

    formats: Mapping[str, str]
    """Formats that it reads (as ``sniff`` names them) and their MIME types."""

    limits: Limits
    """Budget of an object."""

    def probe(self, head: bytes, size: int, read: RangeRead, limits: Limits, context: ProbeContext) -> MediaRow:
        """Return what is known. Never raises for bad media: the row has ``status`` and ``error``."""
        ...
