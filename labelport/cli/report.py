"""What a command has to say: for people as tables, for machines as one JSON document."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labelport.catalogue.outcome import Outcome, Verdict

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

CLEAN, FOUND, WRONG_USE = 0, 1, 2
"""Exit codes: clean; findings of severity error, or a refused draft; wrong use."""

EXAMPLES = 3
MOST_GROUPS = 50
WIDTH_OF_A_PIPE = 120

_ORDER = ("error", "warning", "loss", "info")
_COLOURS = {"error": "red", "warning": "yellow", "loss": "magenta", "info": "cyan"}


@dataclass
class Report:
    """What one command did."""

    command: str
    """Name of the command."""

    outcomes: Sequence[Outcome] = ()
    """Of the stages that ran."""

    findings: Sequence[Mapping[str, Any]] = ()
    """Rows of ``tables.FINDINGS``, keys redacted."""

    severities: Mapping[str, int] = field(default_factory=dict)
    """How many findings of each severity there are, shown or not."""

    refused: str | None = None
    """Why nothing was published, where a check refused it."""

    refusals: Sequence[Verdict] = ()
    """The verdicts of a refused draft."""

    written: Sequence[Path] = ()
    """Files that were written for the user."""

    shown: Sequence["RenderableType"] = ()
    """Tables for people."""

    kept: bool = True
    """The catalogue outlives the command; else its folders are not named."""

    numbers: Mapping[str, Any] = field(default_factory=dict)
    """Further values for machines."""

    @property
    def exit_code(self) -> int:
        """Return 1 where something is wrong with the data, else 0."""
        return FOUND if self.refused or self.severities.get("error") else CLEAN

    def as_json(self) -> str:
        """Return everything as one JSON document."""
        told = {
            "command": self.command,
            "exit_code": self.exit_code,
            "stages": [_outcome(outcome, kept=self.kept) for outcome in self.outcomes],
            "refused": self.refused,
            "refusals": [_verdict(verdict) for verdict in self.refusals],
            "severities": dict(self.severities),
            "findings": list(self.findings),
            "findings_left_out": sum(self.severities.values()) - sum(found["count"] for found in self.findings),
            "written": [str(path) for path in self.written],
            **self.numbers,
        }
        return json.dumps(told, ensure_ascii=False, default=str, indent=2)

    def print(self) -> None:
        """Print tables on standard output; a refusal goes to standard error."""
        out = console()
        for each in self.shown:
            out.print(each)
        if self.findings:
            out.print(findings_table(self.findings))
        for outcome in self.outcomes:
            for verdict in outcome.verdicts:
                if not verdict.passed:
                    out.print(f"{verdict.name}: {verdict.message}", markup=False)
        for path in self.written[:20]:
            out.print(f"wrote {path}", markup=False, soft_wrap=True)
        if len(self.written) > 20:
            out.print(f"… and {len(self.written) - 20} more files")
        if self.refused:
            console(stderr=True).print(self.refused, markup=False, style="red")


def console(*, stderr: bool = False) -> "Console":
    """Return a console; into a pipe it writes 120 columns and no colours."""
    from rich.console import Console  # noqa: PLC0415  -- `--help` and `--json` need none

    terminal = (sys.stderr if stderr else sys.stdout).isatty()
    return Console(stderr=stderr, highlight=False, emoji=False, width=None if terminal else WIDTH_OF_A_PIPE)


def findings_table(findings: Sequence[Mapping[str, Any]]) -> "RenderableType":
    """Return findings grouped by code: how many, examples with their places, and what to do."""
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    groups: dict[tuple[int, str, str], list[Mapping[str, Any]]] = {}
    for found in findings:
        rank = _ORDER.index(found["severity"])
        groups.setdefault((rank, found["severity"], found["code"]), []).append(found)
    table = Table("severity", "code", "count", "what, and what to do", title="Findings", title_justify="left", box=None)
    table.columns[2].justify = "right"
    for (_, severity, code), rows in sorted(groups.items())[:MOST_GROUPS]:
        words = Text()
        for row in rows[:EXAMPLES]:
            place = " ".join(part for part in (row["file"], row["pointer"]) if part)
            words.append(f"{place}: {row['message']}\n" if place else f"{row['message']}\n")
        if len(rows) > EXAMPLES:
            words.append(f"… and {len(rows) - EXAMPLES} more\n", style="dim")
        words.append(f"→ {rows[0]['hint']}", style="bold")
        table.add_row(Text(severity, style=_COLOURS[severity]), code, f"{sum(row['count'] for row in rows):,}", words)
    return table


def outcomes_table(outcomes: Sequence[Outcome]) -> "RenderableType":
    """Return what each stage did."""
    from rich.table import Table  # noqa: PLC0415

    table = Table("stage", "", "rows", "what was done", title="Stages", title_justify="left", box=None)
    for outcome in outcomes:
        rows = {name: count for name, count in outcome.rows.items() if name != "findings"}
        done = [
            f"{name} {count:,}" for name, count in outcome.counts.items() if count and not name.startswith("status_")
        ]
        table.add_row(
            outcome.stage,
            "changed" if outcome.changed else "unchanged",
            ", ".join(f"{name} {count:,}" for name, count in rows.items()),
            ", ".join(done),
        )
    return table


def _outcome(outcome: Outcome, *, kept: bool) -> dict[str, Any]:
    return {
        "stage": outcome.stage,
        "changed": outcome.changed,
        "generation": outcome.generation,
        "folder": outcome.folder if kept else None,
        "content_version": outcome.content_version,
        "rows": dict(outcome.rows),
        "counts": dict(outcome.counts),
        "cost": dict(outcome.cost),
        "findings": dict(outcome.findings),
        "verdicts": [_verdict(verdict) for verdict in outcome.verdicts],
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "name": verdict.name,
        "passed": verdict.passed,
        "blocking": verdict.blocking,
        "message": verdict.message,
        "evidence": dict(verdict.evidence),
    }
