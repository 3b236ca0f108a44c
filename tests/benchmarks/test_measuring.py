import subprocess

import pytest

from benchmarks.measuring import measured

CHILD = "import time; held = bytearray(120 << 20)\nwhile time.process_time() < 0.4: pass"
PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {CHILD!r}], check=True)"


@pytest.mark.slow
def test_children_are_in_cpu_and_memory() -> None:
    found = measured("timeit", "-n", "1", "-r", "1", PARENT)
    assert "1 loop" in found.output
    assert 0.4 <= found.cpu_s < 2
    assert 120 < found.worker_mib < 180


def test_a_failed_command_is_no_measurement() -> None:
    with pytest.raises(subprocess.CalledProcessError):
        measured("benchmarks.floor")
