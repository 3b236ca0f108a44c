"""Many objects, and files made to exhaust a checker: within bounds of time and memory, in processes of their own."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

PLATFORMS = {"label_studio": "LabelStudio", "labelbox": "Labelbox", "redbrick": "Redbrick"}
OBJECTS, MOST_MEGABYTES = 250_000, 120
"""A million take up to 180 MiB and some minutes: a chunk, and a digest of each object, beside what was imported."""

MEGABYTE, MEGABYTES = 1 << 20, 30

MEMORY = r"""
import importlib, re, sys, time
from pathlib import Path

def megabytes(name):  # ru_maxrss counts the parent, too
    return int(re.findall(name + r":\s+(\d+) kB", Path("/proc/self/status").read_text())[0]) >> 10

package, name, path = sys.argv[1:4]
package = importlib.import_module(f"labelport.manifests.{package}")
platform = getattr(package, name)()
options = getattr(package, f"{name}Options")()
"""
EMIT = (
    MEMORY
    + r"""
from labelport.manifests.sink import FolderSink
from tests.labelport.manifests.many_series import context, many_series

platform.emit(many_series(10), options, FolderSink(Path(path) / "few"), context())
before, started = megabytes("VmRSS"), time.process_time()
done = platform.emit(many_series(int(sys.argv[4])), options, FolderSink(Path(path) / "many"), context())
seconds = time.process_time() - started
print(megabytes("VmHWM") - before, done.entries, int(done.entries / seconds))
files = sorted((Path(path) / "many").glob("*.json"))
print(len([f for f in platform.check(files, options) if f.severity == "error"]), megabytes("VmHWM") - before)
"""
)
CHECK = (
    MEMORY
    + r"""
found = platform.check([Path(path)], options)
print(megabytes("VmHWM"), len(found), *sorted({f.code for f in found if f.severity == "error"}))
"""
)


def run(program: str, platform: str, path: Path) -> list[str]:
    """Run a program in a process of its own; return the words that it prints."""
    arguments = [sys.executable, "-c", program, platform, PLATFORMS[platform], str(path), str(OBJECTS)]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=280, check=False)
    assert not done.returncode, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize("platform", PLATFORMS)
def test_many_objects_are_written_and_checked_in_little_memory(platform: str, tmp_path: Path) -> None:
    written, entries, rate, errors, checked = map(int, run(EMIT, platform, tmp_path))
    print(f"{platform}: {entries:,} entries, {rate:,} objects/s, {written} MiB to write, {checked} to check")
    assert entries == OBJECTS
    assert errors == 0
    assert max(written, checked) <= MOST_MEGABYTES


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
    "nested arrays": repeated(b"[", b"[", b"]"),
    "nested objects": repeated(b"[", b'{"a":', b"1}]"),
    "empty arrays in one entry": repeated(b"[[", b"[],", b"[]]]"),
    "keys in one entry": repeated(b"[{", b'"abc":1,', b'"a":1}]'),
    "empty entries": repeated(b"[", b"{},", b"{}]"),
    "one key": repeated(b'[{"', b"k", b'":[1,2,3]}]'),
    "one url": repeated(b'[{"name":5,"row_data":"https://a/?', b"&", b'","data":{"image":"https://a b"}}]'),
    "one number": repeated(b'[{"data":', b"9", b"}]"),
    "no numbers": repeated(b'[{"data":{"a":[', b"NaN,", b"1]}}]"),
    "no end": repeated(b'[{"data":"', b"x", b""),
    "blanks": repeated(b"[", b" \n", b"7]"),
}


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("name", FILES)
def test_megabytes_of_anything_are_judged_in_bounds(name: str, platform: str, tmp_path: Path) -> None:
    path = tmp_path / "x"
    FILES[name](path)
    started = time.monotonic()
    peak, findings, *errors = run(CHECK, platform, path)
    path.unlink()
    assert time.monotonic() - started < 60
    assert int(peak) < 500
    assert int(findings) < 5000
    assert errors
