import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from benchmarks.measuring import measured, measured_command

CHILD = "import time; held = bytearray(120 << 20)\nwhile time.process_time() < 0.4: pass"
PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {CHILD!r}], check=True)"


@pytest.mark.slow
def test_children_are_in_cpu_and_memory() -> None:
    found = measured("timeit", "-n", "1", "-r", "1", PARENT)
    assert "1 loop" in found.output
    assert 0.4 <= found.cpu_s < 2
    assert 120 < found.worker_mib < 180
    assert found.worker_mib < found.tree_mib < found.worker_mib + 60


def test_a_failed_command_is_no_measurement() -> None:
    with pytest.raises(subprocess.CalledProcessError):
        measured("benchmarks.floor")


@pytest.mark.slow
def test_a_command_that_takes_too_long_is_ended_with_its_children(tmp_path: Path) -> None:
    told = tmp_path / "pid"
    child = f"import os, time, pathlib; pathlib.Path({str(told)!r}).write_text(str(os.getpid())); time.sleep(60)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    with pytest.raises(subprocess.TimeoutExpired):
        measured_command([sys.executable, "-c", parent], limit_s=2)
    deadline = time.monotonic() + 10
    while _lives(told.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _lives(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_what_a_command_says_on_standard_error_can_be_kept() -> None:
    with tempfile.TemporaryFile("w+") as errors:
        found = measured_command(
            [sys.executable, "-c", "import sys; print(1); print(2, file=sys.stderr)"], errors=errors
        )
        errors.seek(0)
        assert (found.output, errors.read()) == ("1\n", "2\n")
