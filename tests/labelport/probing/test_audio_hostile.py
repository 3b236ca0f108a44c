"""Sound that means harm, and good files with bytes flipped and ends cut: a row always, for next to nothing."""

import random
import struct
import subprocess
import sys
import time
import tracemalloc
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labelport.probing.audio import PROBE as AUDIO
from labelport.probing.contract import MediaRow, Probe
from labelport.probing.sniff import Sniffed, sniff
from labelport.probing.video import PROBE as VIDEO
from tests.labelport.probing.objects import Asked, fits_the_table, probed
from tests.media import id3, recording, sound, with_pictures

PROBES: dict[str, Probe] = {"audio": AUDIO, "video": VIDEO}


def looked_at(name: str, content: bytes) -> tuple[Sniffed, MediaRow, Asked]:
    found = sniff(content[: 64 << 10], len(content), name)
    probe = PROBES.get(found.kind)
    row, asked = probed(probe, content, key=name) if probe and found.format in probe.formats else ({}, Asked())
    return found, row, asked


def riff(*chunks: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", 4 + sum(map(len, chunks))) + b"WAVE" + b"".join(chunks)


def list_of_lists(depth: int) -> bytes:
    return b"".join(b"LIST" + struct.pack("<I", (depth - level) * 12) + b"INFO" for level in range(depth))


FORMAT = b"fmt " + struct.pack("<IHHIIHH", 16, 1, 2, 44_100, 176_400, 4, 16)
TEXT = b"ffconcat version 1.0\nfile victim.wav\n"

HOSTILE = {
    "nested.wav": (riff(FORMAT, list_of_lists(5_000)), "wav", "truncated"),
    "endless.wav": (riff(b"junk" + struct.pack("<I", 0xFFFFFFFF), FORMAT), "wav", "truncated"),
    "wave64.w64": (b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00" + b"\xff" * 4_000, "wav", "truncated"),
    "huge.rf64": (b"RF64\xff\xff\xff\xffWAVEds64" + b"\xff" * 4_000, "wav", "truncated"),
    "text.wav": (riff(b"data" + struct.pack("<I", len(TEXT)) + TEXT), "wav", "unreadable"),
    "tag.mp3": (b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f" + bytes(90_000), "mp3", "truncated"),
    "tags.mp3": (id3(0) * 9_000, "mp3", "unreadable"),
    "concat.mp3": (TEXT * 3_000, "ffconcat", None),
    "tagged text.mp3": (id3(30) + TEXT * 3_000, "mp3", "unreadable"),
    "tagged text.aac": (id3(30) + b"\xff\xf1" + TEXT * 3_000, "mp3", "unreadable"),
    "metadata.flac": (b"fLaC\x00\x00\x00\x22" + bytes(34) + b"\x01\x00\x00\x00" * 90_000, "flac", "unreadable"),
    "frames.flac": (
        b"fLaC\x80\x00\x00\x22" + bytes(10) + b"\x0a\xc4\x42\xf0" + b"\xff\xf8" * 90_000,
        "flac",
        "partial",
    ),
    "pages.ogg": (b"OggS\x00\x02" + b"OggS" * 90_000, "ogg", "unsupported"),
    "lacing.ogg": ((b"OggS\x00\x02" + bytes(20) + b"\xff" * 256) * 900, "ogg", "unsupported"),
}


@pytest.mark.parametrize("name", list(HOSTILE))
def test_it_is_named_and_costs_little(name: str) -> None:
    content, format_name, status = HOSTILE[name]
    began = time.process_time()
    tracemalloc.start()
    found, row, asked = looked_at(name, content)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (found.format, row.get("status")) == (format_name, status)
    assert not row or fits_the_table(row)
    assert asked.bytes <= 512 << 10
    assert peak < 16 << 20
    assert time.process_time() - began < 2


@cache
def good() -> tuple[bytes, ...]:
    return (
        recording("wav", samples=9_000),
        recording("wav", "adpcm_ms", samples=9_000),
        recording("wav", samples=9_000, rf64="always"),
        recording("w64", samples=9_000),
        recording("mp3", "libmp3lame", samples=40_000),
        recording("mp3", "libmp3lame", samples=40_000, write_xing="0", varying=True),
        id3(500) + recording("adts", "aac", samples=30_000),
        recording("flac", "flac", samples=20_000),
        recording("ogg", "vorbis", samples=20_000),
        recording("opus", "libopus", samples=20_000, rate=48_000),
        sound("mp4"),
        recording("ipod", "alac", samples=9_000),
        recording("matroska", "libopus", samples=20_000, rate=48_000),
        with_pictures("webm", "libvpx", pictures=1),
        with_pictures("mpegts", "libx264", pictures=2),
        recording("asf", "wmav2", samples=20_000),
    )


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.integers(0, len(good()) - 1),
    st.lists(st.tuples(st.floats(0, 1) | st.floats(0, 0.02), st.integers(0, 255)), max_size=12),
    st.floats(0, 1) | st.just(1.0),
)
def test_whatever_is_flipped_or_cut_is_a_row(which: int, flips: list[tuple[float, int]], keep: float) -> None:
    content = bytearray(good()[which])
    for place, value in flips:
        content[int(place * (len(content) - 1))] = value
    kept = bytes(content[: int(len(content) * keep)])
    found, row, asked = looked_at("x", kept)
    if not row:
        return
    assert fits_the_table(row)
    assert len(asked.ranges) <= PROBES[found.kind].limits.max_requests
    assert row.get("duration_s") is None or row["duration_s"] >= 0
    assert row["status"] == "ok" or row["error"]


def test_random_bytes_are_of_no_kind() -> None:
    for seed in range(200):
        content = random.Random(seed).randbytes(4_000 + seed)
        assert sniff(content, len(content), "x.mp3").kind not in {"audio", "video"}


def test_no_text_of_the_file_stands_in_an_error() -> None:
    secret = b"Jane^Doe"
    for content in (
        riff(b"fmt " + struct.pack("<I", 16) + secret * 2, b"data" + struct.pack("<I", 99) + secret),
        id3(90) + secret * 900,
        b"fLaC\x00\x00\x00\x22" + secret * 20,
        b"OggS\x00\x02" + bytes(20) + b"\x01\x08" + secret,
    ):
        _, row, _ = looked_at("x", content)
        assert row["status"] != "ok"
        assert "Jane" not in str(row)


def test_the_probe_imports_nothing_heavy() -> None:
    words = (
        "import sys, labelport.probing.audio, labelport.probing.video; "
        "print([name for name in ('av', 'pandas', 'numpy', 'dagster', 'tinytag') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
