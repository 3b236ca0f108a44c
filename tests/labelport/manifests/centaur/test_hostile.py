"""Files made to exhaust a reader: judged or joined within bounds of time and memory, in a process of its own."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

MEGABYTES, MOST_MIB, MOST_CPU_S = 5, 300, 60
START = r"""
import re, sys, time
from pathlib import Path
from labelport.manifests.centaur import Centaur, CentaurOptions
from labelport.testing.manifest import Prefix, emit_to, media_row
path = Path(sys.argv[1])
"""
CHECK = "found = Centaur().check([path])"
JOIN = """
prefix = Prefix()
prefix.add("s", [media_row(f"x/{n}/a.png") for n in range(200)], kind="frames", rule="pattern")
options = CentaurOptions(template="t.csv")
found = emit_to(path.parent / "out", Centaur(), options, prefix, files={"t.csv": path.read_bytes()}).findings
"""
END = r"""
[peak] = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())  # ru_maxrss counts the parent, too
print(int(peak) >> 10, time.process_time(), len(found), *sorted({f.code for f in found if f.severity == "error"}))
"""
HEADER = b"content_id,origin,series,series_index,notes\n"


def repeated(head: bytes, part: bytes, tail: bytes = b"") -> Callable[[Path], None]:
    """Return what writes a file of 5 MB: a head, a part again and again, a tail."""

    def write(path: Path) -> None:
        with path.open("wb") as file:
            file.write(head)
            block = part * ((1 << 20) // len(part) or 1)
            for _ in range(MEGABYTES):
                file.write(block)
            file.write(tail)

    return write


def nested(path: Path) -> None:
    """Write a template of paths each of which is the tail of the next."""
    with path.open("wb") as file:
        file.write(HEADER)
        for depth in range(1500):
            file.write(b"%d,%sa.png,,,\n" % (depth, b"x/" * depth))


FILES = {
    "one line": repeated(HEADER, b"x"),
    "one cell": repeated(HEADER + b'1,"', b"x\n", b'",s,0,\n'),
    "one row of many cells": repeated(HEADER, b'"\n",', b"\n"),
    "one row of commas": repeated(HEADER, b","),
    "quote marks": repeated(HEADER, b'"'),
    "NUL": repeated(HEADER, b"\0"),
    "short rows": repeated(HEADER, b"1\n"),
    "rows that are faulty in every cell": repeated(HEADER, b'=,"a,b",s,-1,=\n'),
    "one origin": repeated(HEADER, b"1,a.png,,,\n"),
    "one series, one index": repeated(HEADER, b"1,a.png,s,0,\n"),
    "blank lines": repeated(HEADER, b"\n"),
    "a header without end": repeated(HEADER[:-1], b",x"),
    "paths that are tails of each other": nested,
}

WITHOUT_FAULT = {("check", "paths that are tails of each other"), ("check", "one origin")}
"""Templates as they may come; an origin that stands twice without a series is a warning."""


@pytest.mark.parametrize("what", ["check", "join"])
@pytest.mark.parametrize("name", FILES)
def test_megabytes_of_anything_are_read_in_bounds(name: str, what: str, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    FILES[name](path)
    (tmp_path / "out").mkdir()
    script = START + {"check": CHECK, "join": JOIN}[what] + END
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, timeout=240, check=True
    )
    path.unlink()
    peak, seconds, findings, *errors = done.stdout.split()
    assert float(seconds) < MOST_CPU_S
    assert int(peak) < MOST_MIB
    assert int(findings) < 8000
    assert errors or (what, name) in WITHOUT_FAULT
