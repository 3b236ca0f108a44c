import os
import subprocess
import sys
from pathlib import Path

import pytest

from labelport.cli.bars import bars
from labelport.progress import silent


def test_into_a_pipe_nothing_is_drawn() -> None:
    with bars() as progress:
        assert progress is silent


@pytest.mark.slow
def test_on_a_terminal_bars_go_to_standard_error_and_results_to_standard_output(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a")
    terminal, other_end = os.openpty()
    command = [sys.executable, "-c", "import labelport.cli; labelport.cli.app()", "inventory", str(tmp_path), "--json"]
    environment = {**os.environ, "TERM": "xterm-256color"}
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=other_end, check=True, env=environment)
    os.close(other_end)
    drawn = os.read(terminal, 100_000)
    os.close(terminal)
    assert "━".encode() in drawn
    assert done.stdout.startswith(b"{")
    assert "━".encode() not in done.stdout
