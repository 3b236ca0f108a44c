"""Findings: what is wrong or worth knowing, with its exact place and what to do about it.

Every stage has a findings table (``tables.FINDINGS``). The same words are shown in the Dagster UI,
in the report and by the command line.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

import pyarrow as pa

from labelport.codes import CODES, Severity
from labelport.tables import FINDINGS

__all__ = ["Finding", "Severity", "finding", "findings_table", "severity_counts"]

Store = Literal["raw", "publish"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One finding. ``message`` says what is so, ``hint`` what to do; neither holds header text."""

    stage: str
    """Stage that found it: bucket_inventory, media_metadata, series, <name>_manifest, check …"""

    code: str
    """Stable code ``<area>.<snake_case>`` of the registry in ``labelport.codes``."""

    severity: Severity
    """error, warning, info or loss."""

    file: str = ""
    """Key of the object, or path of the file; empty: the whole stage."""

    pointer: str = ""
    """Place in the file: JSON pointer, ``line:column``, DICOM tag; empty: the whole file."""

    message: str = ""
    """What is so, with the values."""

    hint: str = ""
    """What to do."""

    store: Store = "raw"
    """Which bucket ``file`` lies in."""

    series_id: str | None = None
    """The series it is about, where it is about one."""

    value: str | None = None
    """The value or list of values that gave rise to it (``3-5, 9``)."""

    count: int = 1
    """How many times, where equal findings were counted together."""


def finding(
    code: str, *, stage: str, severity: Severity | None = None, hint: str | None = None, **fields: object
) -> Finding:
    """Return a finding; severity and hint default to those of the registry.

    Raises ``KeyError`` for a code that is not in ``labelport.codes.CODES``.
    """
    entry = CODES[code]
    return Finding(
        stage=stage,
        code=code,
        severity=severity or entry.severity,
        hint=entry.remedy if hint is None else hint,
        **fields,  # type: ignore[arg-type]
    )


def findings_table(findings: Iterable[Finding]) -> pa.Table:
    """Return the findings as a table of ``tables.FINDINGS``, sorted by its key.

    Findings of equal key (stage, file, pointer, code) become one row: the first one's words, the
    counts added up.
    """
    merged: dict[tuple[str, str, str, str], dict[str, object]] = {}
    for found in findings:
        key = (found.stage, found.file, found.pointer, found.code)
        if key in merged:
            merged[key]["count"] = int(str(merged[key]["count"])) + found.count
        else:
            merged[key] = asdict(found)
    rows = [merged[key] for key in sorted(merged, key=lambda k: [part.encode() for part in k])]
    return pa.Table.from_pylist(rows, schema=FINDINGS.schema)


def severity_counts(findings: Sequence[Finding]) -> dict[str, int]:
    """Return how many findings there are of each severity, counts included."""
    counts = {"error": 0, "warning": 0, "info": 0, "loss": 0}
    for found in findings:
        counts[found.severity] += found.count
    return counts
