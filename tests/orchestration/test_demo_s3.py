import os
import subprocess
import sys
from pathlib import Path

import pytest

from labelport.demo.documents import documents
from labelport.demo.pictures import numbered_frames, oriented_photos
from tests.needs import ROOT
from tests.seaweed import seaweedfs_is_here


@pytest.mark.slow
def test_the_demo_on_s3_runs_twice_and_leaves_nothing_running(tmp_path: Path) -> None:
    seaweedfs_is_here()
    for key, body in (*oriented_photos(), *numbered_frames(), *documents()):
        path = tmp_path / "bucket" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    made = tmp_path / "made"
    command = [sys.executable, "-m", "orchestration.demo_s3", str(made), str(tmp_path / "bucket")]
    wide = {**os.environ, "COLUMNS": "300"}
    done = subprocess.run(command, cwd=ROOT, env=wide, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    assert "added 1, changed 1, deleted 1" in done.stdout
    assert "probed 2," in done.stdout
    assert processes_in(made) == []


def processes_in(folder: Path) -> list[str]:
    """Return the commands of processes whose working folder lies below one."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if (entry / "cwd").readlink().is_relative_to(folder):
                found.append((entry / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found
