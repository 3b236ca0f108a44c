"""Files that mean harm: what each becomes, and that it costs next to nothing. Executed cases of the specification, 8."""

import gzip
import io
import struct
import tracemalloc
import zipfile
import zlib

import pytest

from labelport.probing.contract import MediaRow, Probe
from labelport.probing.image import PROBE as IMAGE
from labelport.probing.sniff import Sniffed, sniff
from labelport.probing.video import PROBE as VIDEO
from tests.labelport.probing.objects import Asked, fits_the_table, probed
from tests.media import clip, photo, png_bomb, png_chunk, with_segments


def zip_named_png() -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("a", bytes(1 << 20))
    return sink.getvalue()


def jpeg_of(width: int, height: int) -> bytes:
    content = bytearray(photo("JPEG"))
    struct.pack_into(">HH", content, content.index(b"\xff\xc0") + 5, height, width)
    return bytes(content)


def png_with(name: bytes, *, megabytes: int) -> bytes:
    plain = photo("PNG")
    body = b"Raw profile type exif\x00\x00" + zlib.compress(b"\n\n\n" + b"00" * (megabytes << 19), 9)
    return plain[:33] + png_chunk(name, body) + plain[33:]


def tiff_of_many_strips() -> bytes:
    """Return a TIFF that says it has four thousand million strips."""
    entries = [(256, 3, 1, 40), (257, 3, 1, 30), (273, 4, 0xFFFFFFFF, 8), (279, 4, 0xFFFFFFFF, 8)]
    return (
        b"II*\x00\x08\x00\x00\x00"
        + struct.pack("<H", 4)
        + b"".join(struct.pack("<HHII", *e) for e in entries)
        + bytes(64)
    )


def movie_of_many_samples() -> bytes:
    """Return an mp4 whose sample table says it has two thousand million samples of one length."""
    content = bytearray(clip(frames=3))
    place = content.index(b"stts") + 8
    struct.pack_into(">II", content, place + 4, 0x7FFFFFFF, 512)
    return bytes(content)


HOSTILE = {
    "ffconcat.mp4": (b"ffconcat version 1.0\nfile victim.mp4\n", "text", None),
    "playlist.mp4": (b"#EXTM3U\n#EXTINF:5,\n/etc/passwd\n", "text", None),
    "playlist.avi": (b"#EXTM3U\n#EXTINF:5,\nhttp://127.0.0.1/\n", "text", None),
    "bomb400.png": (png_bomb(20_000, 20_000), "image", "too_large"),
    "bomb.png": (png_bomb(2**31 - 1, 2**31 - 1), "image", "too_large"),
    "bomb.jpg": (jpeg_of(65_535, 65_535), "image", "too_large"),
    "nothing.png": (png_bomb(0, 10), "image", "unreadable"),
    "iccp.png": (png_with(b"iCCP", megabytes=64), "image", "ok"),
    "ztxt.png": (png_with(b"zTXt", megabytes=64), "image", "ok"),
    "segments.jpg": (with_segments(photo("JPEG"), *[b"\xff\xe2" + bytes(65_000)] * 16), "image", "ok"),
    "strips.tif": (tiff_of_many_strips(), "image", "truncated"),
    "samples.mp4": (movie_of_many_samples(), "video", None),
    "archive.png": (zip_named_png(), "archive", None),
    "zeros.nii.gz": (gzip.compress(bytes(16 << 20)), "archive", None),
}


def looked_at(name: str, content: bytes) -> tuple[Sniffed, MediaRow, Asked]:
    found = sniff(content[: 32 << 10], len(content), name)
    probes: dict[str, Probe] = {"image": IMAGE, "video": VIDEO}
    probe = probes.get(found.kind)
    row, asked = probed(probe, content, key=name) if probe else ({}, Asked())
    return found, row, asked


@pytest.mark.parametrize("name", list(HOSTILE))
def test_it_is_named_and_costs_little(name: str) -> None:
    content, kind, status = HOSTILE[name]
    tracemalloc.start()
    found, row, asked = looked_at(name, content)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.kind == kind
    if row:
        assert fits_the_table(row)
        assert status in {None, row["status"]}
    assert asked.bytes <= 512 << 10
    assert peak < 16 << 20


def test_no_text_of_the_file_stands_in_an_error() -> None:
    secret = b"Jane^Doe"
    for content in (
        photo("PNG")[:8] + png_chunk(secret[:4], secret),
        b"\x00\x00\x00\x18ftypmp42" + secret * 40,
        with_segments(photo("JPEG"), b"\xff\xe1Exif\x00\x00" + secret * 20),
    ):
        _, row, _ = looked_at("x", content)
        assert "Jane" not in str(row)
