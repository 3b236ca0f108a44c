"""Files made to exhaust a checker: judged within bounds of time and memory, in a process of its own."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

MEGABYTE, MEGABYTES = 1 << 20, 30
CHECK = r"""
import re, sys, time
from pathlib import Path
from labelport.manifests.encord import Encord
found = Encord().check([Path(sys.argv[1])])
[peak] = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())  # ru_maxrss counts the parent, too
print(int(peak) >> 10, time.process_time(), len(found), *sorted({f.code for f in found if f.severity == "error"}))
"""


def repeated(head: bytes, part: bytes, tail: bytes) -> Callable[[Path], None]:
    """Return what writes a file of 30 MB: a head, a part again and again, a tail."""

    def write(path: Path) -> None:
        with path.open("wb") as file:
            file.write(head)
            block = part * (MEGABYTE // len(part) or 1)
            for _ in range(MEGABYTES * MEGABYTE // len(block)):
                file.write(block)
            file.write(tail)

    return write


FILES = {
    "nested arrays": repeated(b'{"images":', b"[", b"]}"),
    "nested objects": repeated(b'{"images":[', b'{"a":', b"1}]}"),
    "empty arrays in one entry": repeated(b'{"images":[[', b"[],", b"[]]]}"),
    "keys in one entry": repeated(b'{"images":[{', b'"abc":1,', b'"a":1}]}'),
    "empty entries": repeated(b'{"images":[', b"{},", b"{}]}"),
    "members": repeated(b"{", b'"a":1,', b'"b":2}'),
    "one key": repeated(b'{"images":[{"', b"k", b'":[1,2,3]}]}'),
    "one url": repeated(b'{"images":[{"objectUrl":"https://a/?', b"&", b'"}]}'),
    "one number": repeated(b'{"images":[{"objectUrl":', b"9", b"}]}"),
    "no numbers": repeated(b'{"images":[{"clientMetadata":{"a":[', b"NaN,", b"1]}}]}"),
    "groups of the SDK": repeated(
        b'{"skipDuplicateUrls":true,"imageGroups":[', b'{"images":[{}]},', b'{"images":[7]}]}'
    ),
    "files of the SDK": repeated(b'{"dicomSeries":[{"dicomFiles":[', b'{"url":1},', b"{}]}]}"),
    "words of the SDK": repeated(b'{"images":[{"title":"', b'\\"pdf\\":', b'"}],"pdf":1}'),
    "names of the SDK": repeated(b'{"images":[{"a":{', b'"pdf":1,', b'"b":2}}]}'),
    "no end": repeated(b'{"images":[{"objectUrl":"', b"x", b""),
    "blanks": repeated(b'{"images":[', b" \n", b"]}"),
    "one line of CSV": repeated(b"ObjectUrl,Video title\n", b"https://a/b.mp4,", b"\n"),
    "one cell of CSV": repeated(b'ObjectUrl,Video title\n"', b"x\n", b'",a\n'),
}


@pytest.mark.parametrize("name", FILES)
def test_megabytes_of_anything_are_judged_in_bounds(name: str, tmp_path: Path) -> None:
    path = tmp_path / "x"
    FILES[name](path)
    done = subprocess.run(
        [sys.executable, "-c", CHECK, str(path)], capture_output=True, text=True, timeout=240, check=True
    )
    path.unlink()
    peak, seconds, findings, *errors = done.stdout.split()
    assert float(seconds) < 60  # of processor: the machine may be busy
    assert int(peak) < 500
    assert int(findings) < 5000
    assert errors
