"""Claims: row by row, the same in every process."""

import os
import subprocess
import sys

import pyarrow as pa
import pytest

from labelport.series.grouping import group_name
from labelport.series.row_hashing import row_hashes
from tests.labelport.series.made import grouper, media_row, media_tables

ROWS = pa.table(
    {
        "width": pa.array([8, 8, None], pa.int32()),
        "video": pa.array([{"codec": "h264", "keyframes": [1, 2]}, {"codec": "h264", "keyframes": [1]}, None]),
        "phi_risk": pa.array(["none", "none", None]).dictionary_encode(),
    }
)
PRINT_HASHES = """
from tests.labelport.series.test_grouping import ROWS, claimed_hashes
from labelport.series.row_hashing import row_hashes
print(row_hashes(ROWS, seed=b"seed").tolist(), claimed_hashes())
"""


def claimed_hashes() -> list[int]:
    rows = media_tables([media_row("a.mp4", "video", video={"codec": "h264"})]).tables["media"]
    return list(grouper({"rule": "video"}).claims(rows)["row_hash"].to_pylist())


@pytest.mark.slow
def test_another_process_hashes_the_same() -> None:
    seen = {
        subprocess.run(
            [sys.executable, "-c", PRINT_HASHES],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert seen == {f"{row_hashes(ROWS, seed=b'seed').tolist()} {claimed_hashes()}\n".encode()}


def test_a_row_that_no_rule_claims_has_an_empty_rule_and_a_remark() -> None:
    rows = media_tables([media_row("a.wav", "audio"), media_row("b.mp4", "video"), media_row("c", status="empty")])
    claims = grouper({"rule": "video"}).claims(rows.tables["media"]).to_pylist()
    assert [(row["rule"], row["group_key"], row["remarks"], row["status"]) for row in claims] == [
        ("", "", "ungrouped:audio", "ok"),
        ("0:video", "b.mp4", None, "ok"),
        ("", "", None, "empty"),
    ]
    assert claims[0]["row_hash"] == 0


def test_groups_of_rules_of_one_name_are_one_group() -> None:
    assert group_name("0:pattern", "a:b") == group_name("12:pattern", "a:b") == "pattern:a:b"
