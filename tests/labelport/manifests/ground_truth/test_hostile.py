"""Files made to exhaust a checker: judged within bounds of time and memory, in a process of its own."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

MEGABYTE, MEGABYTES = 1 << 20, 8
CHECK = r"""
import re, sys
from pathlib import Path
from labelport.manifests.ground_truth import GroundTruth
from labelport.manifests.tabular import Kili, Supervisely
platform = {"kili": Kili, "supervisely": Supervisely}.get(sys.argv[2], GroundTruth)
found = platform().check([Path(sys.argv[1])])
[peak] = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())  # ru_maxrss counts the parent, too
print(int(peak) >> 10, len(found), *sorted({f.code for f in found if f.severity == "error"}))
"""

FILES = {
    "one line.jsonl": (b'{"source":"', b"x", b'"}'),
    "one line without end.jsonl": (b"", b"x", b""),
    "blank lines.jsonl": (b"", b"\n", b""),
    "short lines.jsonl": (b"", b"{}\n", b""),
    "addresses.jsonl": (b"", b'{"source-ref":"s3://a/b"}\n', b'{"source-ref":1}\n'),
    "nested lines.jsonl": (b"", b"[" * 99_999 + b"\n", b""),
    "keys.jsonl": (b"", b"{" + b'"a":1,' * 10_000 + b'"a":1}\n', b""),
    "nan.jsonl": (b"", b'{"source":"x","a":[' + b"NaN," * 10_000 + b"1]}\n", b""),
    "frames.json": (b'{"frames":[', b'{"frame-no":1,"frame":"a"},', b"1]}"),
    "nested frames.json": (b'{"frames":', b"[", b"]}"),
    "members.json": (b"{", b'"seq-no":1,', b'"prefix":1}'),
    "one frame.json": (b'{"frames":[{"frame":"', b"x", b'"}]}'),
    "one name.json": (b'{"', b"x", b'":1}'),
    "kili rows.csv": (b"external_id,content\n", b"a\n", b""),
    "kili cell.csv": (b'external_id,content\n"', b"x\n", b'",a\n'),
    "kili line.csv": (b"external_id,content\n", b"x,", b"\n"),
    "kili header.csv": (b"external_id,content", b",x", b"\n"),
    "supervisely quotes.csv": (b"url;tag\n", b'"";""\n', b""),
}


@pytest.mark.parametrize("name", FILES)
def test_megabytes_of_anything_are_judged_in_bounds(name: str, tmp_path: Path) -> None:
    head, part, tail = FILES[name]
    path = tmp_path / name
    block = part * max(MEGABYTE // len(part), 1)
    with path.open("wb") as file:
        file.write(head)
        for _ in range(MEGABYTES * MEGABYTE // len(block)):
            file.write(block)
        file.write(tail)
    started = time.monotonic()
    command = [sys.executable, "-c", CHECK, str(path), name.partition(" ")[0]]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=True)
    path.unlink()
    peak, findings, *errors = done.stdout.split()
    assert time.monotonic() - started < 90
    assert int(peak) < 500
    assert int(findings) < 5000
    assert errors
