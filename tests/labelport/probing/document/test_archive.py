"""Archives: named by their first bytes, opened by nothing."""

import bz2
import gzip
import io
import lzma
import tarfile
import tracemalloc
import zipfile

import pytest

from labelport.probing.document.archive import PROBE
from labelport.probing.sniff import sniff
from tests.labelport.probing.objects import fits_the_table, probed


def zipped(*members: tuple[str, bytes], stored: bool = False) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED) as made:
        for name, content in members:
            made.writestr(name, content)
    return sink.getvalue()


def tarred() -> bytes:
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w") as made:
        made.addfile(tarfile.TarInfo("a.png"))
    return sink.getvalue()


TYPES = ("[Content_Types].xml", b"<Types/>")
MADE = {
    "zip": zipped(("a.png", b"x")),
    "docx": zipped(TYPES, ("_rels/.rels", b"<a/>"), ("word/document.xml", b"<w/>")),
    "xlsx": zipped(TYPES, ("xl/workbook.xml", b"<w/>")),
    "pptx": zipped(TYPES, ("ppt/presentation.xml", b"<w/>")),
    "odt": zipped(("mimetype", b"application/vnd.oasis.opendocument.text"), stored=True),
    "epub": zipped(("mimetype", b"application/epub+zip"), stored=True),
    "tar": tarred(),
    "gzip": gzip.compress(tarred()),
    "bzip2": bz2.compress(b"words"),
    "xz": lzma.compress(b"words"),
    "7z": b"7z\xbc\xaf\x27\x1c" + bytes(30),
    "rar": b"Rar!\x1a\x07\x01\x00" + bytes(30),
    "zstd": b"\x28\xb5\x2f\xfd" + bytes(30),
}


@pytest.mark.parametrize("name", list(MADE))
def test_an_archive_is_named_and_its_head_is_all_that_is_read(name: str) -> None:
    content = MADE[name]
    found = sniff(content[:16384], len(content), "x")
    assert found[:2] == ("archive", name)
    assert PROBE.formats[name] == found.mime_type
    row, asked = probed(PROBE, content)
    assert fits_the_table(row)
    assert row == {"status": "ok"}
    assert not asked.ranges


def test_empty_streams_of_bzip2_are_archives_too() -> None:
    assert sniff(bz2.compress(b""), 14, "x").format == "bzip2"


BOMBS = {
    "zip": zipped(("a", bytes(16 << 20))),
    "gzip": gzip.compress(bytes(16 << 20)),
    "xz": lzma.compress(bytes(16 << 20)),
    "bzip2": bz2.compress(bytes(16 << 20)),
}


@pytest.mark.parametrize("name", list(BOMBS))
def test_a_bomb_costs_its_head(name: str) -> None:
    content = BOMBS[name]
    tracemalloc.start()
    assert sniff(content[:16384], len(content), "x.dcm")[:2] == ("archive", name)
    row, asked = probed(PROBE, content, head=16384)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (row["status"], asked.ranges) == ("ok", [])
    assert peak < 100_000


def test_no_bytes_are_empty() -> None:
    assert probed(PROBE, b"")[0]["status"] == "empty"
