"""The host as a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from labelport.runners.frames import Opening, send
from labelport.runners.worker import preloads
from labelport.testing.runner import MISBEHAVE

IMPORTED = """
import sys
import labelport.runners.host
print(sorted({"dagster", "pyarrow", "numpy", "pandas"} & set(sys.modules)))
"""


def start() -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "labelport.runners.host"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        process_group=0,
    )


def test_the_host_imports_nothing_heavy() -> None:
    told = subprocess.run([sys.executable, "-c", IMPORTED], capture_output=True, text=True, check=True)
    assert told.stdout == "[]\n"


@pytest.mark.parametrize("opened", [False, True])
def test_a_host_ends_with_its_input_and_takes_its_folder_along(tmp_path: Path, opened: bool) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    host = start()
    assert host.stdin is not None
    if opened:
        preload = preloads(MISBEHAVE, ())
        send(host.stdin, Opening(MISBEHAVE, b"{}", preload, 30.0, 1 << 30, 1, 8, os.fspath(scratch)))  # type: ignore[arg-type]
    out, _ = host.communicate(timeout=20)
    assert (host.returncode, out) == (0, b"")
    assert scratch.exists() is not opened
