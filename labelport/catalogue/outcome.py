"""What a stage tells its caller: verdicts on the draft, and the outcome.

The same for the Dagster asset, the command line and the tests.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from labelport.catalogue.generation import Generation
from labelport.errors import LabelportError


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """How one check judged a draft, with its evidence."""

    name: str
    """Name of the check: removed_share, unreadable_share, complete, valid_for_platform …"""

    passed: bool
    """The draft may be published as far as this check is concerned (and nothing is to be warned of)."""

    blocking: bool
    """A failed one drops the draft; else it only warns."""

    message: str
    """One sentence: the numbers, and how to lift the guard for one run."""

    evidence: Mapping[str, Any] = field(default_factory=dict)
    """Numbers and examples (JSON values); keys of objects are redacted as settings say."""


class DraftRefused(LabelportError, ValueError):
    """A blocking check failed: the draft was dropped, the old generation stays live."""

    def __init__(self, stage: str, verdicts: tuple[Verdict, ...]) -> None:
        self.stage = stage
        self.verdicts = verdicts
        failed = "; ".join(v.message for v in verdicts if v.blocking and not v.passed)
        super().__init__(f"{stage}: nothing was published. {failed}")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a run of a stage did."""

    stage: str
    """Name of the stage."""

    generation: str
    """Id of the live generation."""

    folder: str
    """URI of the live generation's folder."""

    content_version: str
    """Hash of the content: the Dagster data version."""

    changed: bool
    """False: the stamp was equal, or the content: the old generation is still the live one."""

    rows: Mapping[str, int]
    """Rows of each table of the live generation."""

    counts: Mapping[str, int]
    """What was done: added, changed, deleted, probed, kept, groups_built, files … by stage."""

    cost: Mapping[str, float] = field(default_factory=dict)
    """requests, bytes, seconds, copies: what it cost."""

    findings: Mapping[str, int] = field(default_factory=dict)
    """Findings in the live generation by severity."""

    verdicts: tuple[Verdict, ...] = ()
    """All verdicts, those of a carried-over generation included (recomputed)."""


def findings_by_severity(generation: Generation) -> dict[str, int]:
    """Return how many findings a generation has of each severity, counts included."""
    found = {"error": 0, "warning": 0, "info": 0, "loss": 0}
    for batch in generation.batches("findings", columns=["severity", "count"]):
        severity = batch.column("severity").cast(pa.string())
        sums = pa.table({"severity": severity, "count": batch.column("count")}).group_by("severity")
        for row in sums.aggregate([("count", "sum")]).to_pylist():
            found[row["severity"]] += row["count_sum"]
    return found


def outcome_of(
    stage: str,
    generation: Generation,
    *,
    changed: bool,
    counts: Mapping[str, int],
    cost: Mapping[str, float],
    verdicts: tuple[Verdict, ...],
) -> Outcome:
    """Return the outcome of a run after which this generation is live."""
    return Outcome(
        stage=stage,
        generation=generation.id,
        folder=generation.uri,
        content_version=generation.stamp.content_version,
        changed=changed,
        rows=generation.stamp.rows,
        counts=counts,
        cost=cost,
        findings=findings_by_severity(generation),
        verdicts=verdicts,
    )
