import io
import json
from typing import Any

from rich.console import Console

from labelport.catalogue.outcome import Outcome, Verdict
from labelport.cli.report import CLEAN, FOUND, Report, findings_table


def row(code: str, severity: str, file: str = "", **more: Any) -> dict[str, Any]:
    fields = {"stage": "series", "pointer": "", "message": f"{code} happened", "hint": f"mend {code}", "count": 1}
    return fields | {"code": code, "severity": severity, "file": file} | more


def text_of(table: Any) -> str:
    out = io.StringIO()
    Console(file=out, width=120, highlight=False).print(table)
    return out.getvalue()


def test_findings_are_grouped_by_code_errors_first_with_examples_and_what_to_do() -> None:
    rows = [row("series.index_gap", "warning", f"us/case{n}") for n in range(5)]
    shown = text_of(findings_table([*rows, row("manifest.empty", "error", count=7)])).splitlines()
    assert "manifest.empty" in shown[2]
    assert shown[2].split()[2] == "7"
    text = "\n".join(shown)
    assert text.count("us/case") == 3
    assert "… and 2 more" in text
    assert "→ mend series.index_gap" in text


def test_a_key_with_brackets_is_no_markup() -> None:
    assert "[bold]x[/].png" in text_of(findings_table([row("probe.empty", "warning", "[bold]x[/].png")]))


def test_errors_and_refusals_are_exit_code_1_and_warnings_are_not() -> None:
    assert Report("probe", severities={"error": 0, "warning": 9}).exit_code == CLEAN
    assert Report("probe", severities={"error": 1}).exit_code == FOUND
    assert Report("probe", refused="media_metadata: nothing was published.").exit_code == FOUND


def test_json_holds_stages_findings_and_how_many_were_left_out() -> None:
    verdict = Verdict(name="removed_share", passed=True, blocking=True, message="0 of 3.", evidence={"removed": 0})
    outcome = Outcome(
        stage="bucket_inventory",
        generation="g",
        folder="/somewhere",
        content_version="abc",
        changed=True,
        rows={"inventory": 3},
        counts={"listed": 3},
        verdicts=(verdict,),
    )
    report = Report(
        "inventory",
        outcomes=[outcome],
        findings=[row("inventory.vanished", "info", count=2)],
        severities={"info": 12},
        kept=False,
    )
    told = json.loads(report.as_json())
    assert told["exit_code"] == 0
    assert told["stages"][0]["rows"] == {"inventory": 3}
    assert told["stages"][0]["folder"] is None  # the catalogue ended with the command
    assert told["stages"][0]["verdicts"][0]["evidence"] == {"removed": 0}
    assert told["findings_left_out"] == 10
