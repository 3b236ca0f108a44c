"""Findings about objects, and the guard."""

from typing import Any

import pyarrow as pa
import pytest

from labelport.catalogue.outcome import Verdict
from labelport.probing.faults import findings_of, not_probed_yet, unreadable_share
from labelport.settings import Limits
from labelport.tables import FAULTS, FINDINGS, MEDIA


def media(*rows: dict[str, Any]) -> pa.RecordBatch:
    base = {"store": "raw", "token": "t", "size": 1, "status": "ok", "probe_version": "image-1"}
    full = [{**base, "key": f"{number}.png", **row} for number, row in enumerate(rows)]
    return pa.RecordBatch.from_pylist(full, schema=MEDIA.schema)


def judged(faults: int, of: int, **more: Any) -> Verdict:
    rows = [{"status": "truncated"}] * faults + [{}] * (of - faults)
    return unreadable_share([media(*rows)], Limits(), redact=False, **more)


def test_good_objects_make_no_findings() -> None:
    assert findings_of(media({}, {"extension_mismatch": False})).num_rows == 0


@pytest.mark.parametrize("status", [*FAULTS, "not_media"])
def test_every_status_that_is_not_ok_has_its_finding(status: str) -> None:
    (found,) = findings_of(media({"status": status, "error": "why"}, {})).to_pylist()
    assert (found["code"], found["file"], found["message"]) == (f"probe.{status}", "0.png", "why")


def test_one_object_may_have_several_findings_in_the_order_of_the_table() -> None:
    row = {"status": "truncated", "extension_mismatch": True, "kind": "image", "format": "jpeg", "extension": ".png"}
    found = findings_of(media(row, {"kind": "archive", "format": "zip"}))
    assert found.schema.equals(FINDINGS.schema)
    assert [(row["file"], row["code"]) for row in found.to_pylist()] == [
        ("0.png", "probe.extension_mismatch"),
        ("0.png", "probe.truncated"),
        ("1.png", "probe.archive_not_opened"),
    ]
    assert found["message"][0].as_py() == "The content is jpeg, the name ends in .png."


def test_a_flag_of_a_cloud_or_a_document_is_its_finding() -> None:
    rows = media(
        {"kind": "pointcloud", "flags": ["pcd_points"], "points": 20, "width": 6, "height": 3},
        {"kind": "pdf", "flags": ["pdf_mended", "pages_unconfirmed"]},
        {"kind": "pdf", "flags": ["pdf_encrypted"], "status": "partial", "error": "why"},
        {"kind": "image", "flags": ["pdf_mended"]},
    )
    found = findings_of(rows).to_pylist()
    assert [(row["file"], row["code"], row["severity"]) for row in found] == [
        ("0.png", "probe.pcd_points", "warning"),
        ("1.png", "probe.pdf_mended", "info"),
        ("2.png", "probe.pdf_encrypted", "info"),
    ]
    assert found[0]["message"] == "POINTS is 20, WIDTH x HEIGHT is 6 x 3."
    assert found[2]["message"] == "why"


def test_what_was_left_for_the_next_run_is_told_once() -> None:
    assert not_probed_yet(0, 10).num_rows == 0
    (found,) = not_probed_yet(1234, 10).to_pylist()
    assert (found["code"], found["count"]) == ("probe.not_probed_yet", 1234)


@pytest.mark.parametrize(
    ("faults", "passed", "blocking"),
    [(0, True, False), (5, True, False), (6, False, False), (20, False, False), (21, False, True)],
)
def test_some_faults_warn_and_many_block(faults: int, passed: bool, blocking: bool) -> None:
    verdict = judged(faults, 100)
    assert (verdict.passed, verdict.blocking) == (passed, blocking)


def test_a_lifted_guard_still_warns() -> None:
    verdict = judged(50, 100, lifted=True)
    assert (verdict.passed, verdict.blocking) == (False, False)
    assert "allow_errors" in judged(50, 100).message


def test_what_was_allowed_once_does_not_block_again_and_more_of_it_does() -> None:
    assert not judged(50, 100, allowed_share=0.5).blocking
    assert judged(51, 100, allowed_share=0.5).blocking


def test_the_verdict_brings_counts_and_redacted_examples() -> None:
    rows = media(*[{"status": "empty", "key": f"patient_{n}.png"} for n in range(7)], {"key": "z"})
    evidence = unreadable_share([rows], Limits(), redact=True).evidence
    assert evidence["statuses"] == {"empty": 7, "ok": 1}
    assert len(evidence["examples"]) == 5
    assert not any("patient" in example for example in evidence["examples"])


def test_no_objects_are_no_faults() -> None:
    assert unreadable_share([], Limits(), redact=False).passed
