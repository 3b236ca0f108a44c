"""A million objects: memory is bounded by one series and one chunk, whatever the number of objects."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.labelport.manifests.ground_truth import million

pytestmark = pytest.mark.slow

MOST_MIB = 250


@pytest.mark.parametrize(
    ("platform", "options", "each", "entries"),
    [
        ("ground_truth", "{}", 1, 1_000_000),
        ("ground_truth", '{"max_entries": 1000000}', 1, 1_000_000),
        ("ground_truth", "{}", 100, 10_000),
        ("kili", "{}", 20, 1_000_000),
    ],
)
def test_a_million_objects_take_little_memory(
    tmp_path: Path, platform: str, options: str, each: int, entries: int
) -> None:
    command = [sys.executable, "-m", million.__name__, platform, options, str(each), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=True)
    written, seconds, mib = done.stdout.split()
    print(
        f"{platform} {options} {each} a series: {million.MILLION / float(seconds):,.0f} objects a CPU second, {mib} MiB"
    )
    assert int(written) == entries
    assert int(mib) <= MOST_MIB
