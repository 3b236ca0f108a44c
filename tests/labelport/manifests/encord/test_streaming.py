"""Memory of writing and checking does not grow with the bucket, but for 16 bytes an object to find doubles."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

EMIT = r"""
import re, sys
from pathlib import Path
from labelport.manifests.contract import EmitContext, Item, Series
from labelport.manifests.emission import emit_manifest
from labelport.manifests.encord import Encord, EncordOptions
from labelport.manifests.encord import checking, emitting
from labelport.manifests.sink import FolderSink
from labelport.storage.keys import url_of
from labelport.storage.opening import open_bucket
from labelport.testing.manifest import media_row

folder, dialect, items, each = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])

class Made:
    def __iter__(self):
        for number in range(items // each):
            name = f"pattern-{number:026d}"
            rows = [media_row(f"site/c{number:06d}/{index:04d}.png", width=640, height=480) for index in range(each)]
            yield Series(
                {"series_id": name, "kind": "single" if each == 1 else "frames", "attributes": [], "metadata": [], "flags": []},
                tuple(Item({"index": i, "role": "image", "store": "raw", "key": row["key"]}, row) for i, row in enumerate(rows)),
            )

def peak():
    return int(re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[0]) >> 10

options = EncordOptions(dialect=dialect)
context = EmitContext(
    dataset="d",
    bucket=open_bucket("memory://streaming"),
    runner=lambda: None,
    url=lambda store, key: url_of("https://acme-media.s3.eu-west-2.amazonaws.com/us", key),
)
before = peak()
emitted = emit_manifest(Encord(), options, Made(), FolderSink(folder), context)
written = peak() - before
found = Encord().check(sorted(path for path in folder.iterdir() if path.suffix == ".json"), options)
print(emitted.entries, len(emitted.findings), len(found), written, peak() - before)
"""


@pytest.mark.parametrize("dialect", ["file", "sdk"])
@pytest.mark.parametrize("each", [1, 100], ids=["single images", "groups of a hundred"])
def test_a_hundred_thousand_objects_take_little_memory(each: int, dialect: str, tmp_path: Path) -> None:
    items = 100_000
    done = subprocess.run(
        [sys.executable, "-c", EMIT, str(tmp_path), dialect, str(items), str(each)],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    entries, said, found, written, checked = map(int, done.stdout.split())
    assert (entries, said, found) == (items // each, 0, 0)
    assert written < 60
    assert checked < 80
