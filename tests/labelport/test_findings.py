"""Findings, and the registry that every code stands in."""

import ast
import re
from pathlib import Path

import pytest

from labelport.codes import CODES
from labelport.findings import Finding, finding, findings_table, severity_counts
from labelport.tables import FINDINGS
from tests.needs import ROOT

AREAS = {code.split(".")[0] for code in CODES}


def test_every_code_is_an_area_and_a_name_with_meaning_and_remedy() -> None:
    for code, entry in CODES.items():
        assert re.fullmatch(r"[a-z_]+\.[a-z_0-9]+", code)
        assert entry.meaning.endswith(".")
        assert entry.remedy.endswith(".")


def codes_in(path: Path) -> set[str]:
    """Return the texts of a module that are a code by their form, in an area of ours."""
    texts = {
        node.value
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return {text for text in texts if re.fullmatch(r"[a-z_]+\.[a-z_0-9]+", text) and text.split(".")[0] in AREAS}


def test_every_code_of_the_source_stands_in_the_registry() -> None:
    others = {"manifest.jsonl", "series.csv", "manifest.json", "table.csv", "createml.json", "volume.port"}
    found = {code for path in (ROOT / "labelport").rglob("*.py") for code in codes_in(path)}
    assert found - others - set(CODES) == set()
    assert len(found & set(CODES)) > 60


def test_severity_and_hint_come_from_the_registry_unless_they_are_given() -> None:
    plain = finding("probe.empty", stage="media_metadata", file="a.png", message="The object has no bytes.")
    assert (plain.severity, plain.hint) == (CODES["probe.empty"].severity, CODES["probe.empty"].remedy)
    assert finding("probe.empty", stage="s", severity="error", hint="").severity == "error"
    with pytest.raises(KeyError):
        finding("probe.no_such_code", stage="s")


def test_the_table_is_sorted_by_its_key_and_equal_findings_are_counted_together() -> None:
    def at(file: str, count: int = 1) -> Finding:
        return finding("probe.empty", stage="s", file=file, message="words", count=count)

    table = findings_table([at("é"), at("z"), at("a", 2), at("a")])
    assert table.schema.equals(FINDINGS.schema)
    assert table["file"].to_pylist() == ["a", "z", "é"]
    assert table["count"].to_pylist() == [3, 1, 1]
    assert findings_table([]).num_rows == 0


def test_findings_are_counted_by_severity() -> None:
    found = [finding("probe.empty", stage="s", count=3), finding("probe.not_media", stage="s")]
    assert severity_counts(found) == {"error": 0, "warning": 3, "info": 1, "loss": 0}
