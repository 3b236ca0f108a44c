"""WAV: chunks that lie, recordings that were not closed, files that are cut."""

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelport.probing.audio import PROBE
from labelport.probing.contract import MediaRow, ProbeContext
from labelport.probing.sniff import sniff
from tests.labelport.probing.objects import fits_the_table, probed
from tests.media import recording


def chunk(name: bytes, body: bytes, length: int | None = None) -> bytes:
    return name + struct.pack("<I", len(body) if length is None else length) + body + bytes(len(body) % 2)


def form(*, code: int = 1, channels: int = 2, rate: int = 8_000, bits: int = 16, block: int | None = None) -> bytes:
    block = channels * bits // 8 if block is None else block
    return struct.pack("<HHIIHH", code, channels, rate, rate * block % (1 << 32), block % (1 << 16), bits)


def riff(*chunks: bytes, length: int | None = None, mark: bytes = b"RIFF") -> bytes:
    body = b"WAVE" + b"".join(chunks)
    return mark + struct.pack("<I", len(body) if length is None else length) + body


def wav(frames: int = 8_000, *, declared: int | None = None, length: int | None = None, **fields: int) -> bytes:
    return riff(chunk(b"fmt ", form(**fields)), chunk(b"data", bytes(frames * 4), declared), length=length)


def row_of(content: bytes) -> MediaRow:
    row, asked = probed(PROBE, content)
    assert fits_the_table(row)
    assert len(asked.ranges) <= 2
    return row


@pytest.mark.parametrize("declared", [0, 0xFFFFFFFF])
@pytest.mark.parametrize("length", [0, 36, 0xFFFFFFFF])
def test_a_recording_that_was_not_closed_is_as_long_as_its_object_and_says_so(declared: int, length: int) -> None:
    row = row_of(wav(declared=declared, length=length))
    assert (row["status"], row["duration_s"], row["duration_exact"]) == ("ok", 1.0, False)


def test_a_closed_recording_without_sound_is_partial() -> None:
    row = row_of(riff(chunk(b"fmt ", form()), chunk(b"data", b""), chunk(b"LIST", b"INFO")))
    assert (row["status"], row["duration_s"], row["duration_exact"]) == ("partial", 0.0, True)
    assert "no sound" in row["error"]


@pytest.mark.parametrize("keep", [0.2, 0.5, 0.99])
def test_a_file_that_is_cut_says_how_much_is_there(keep: float) -> None:
    content = wav(80_000)
    row = row_of(content[: int(len(content) * keep)])
    assert (row["status"], row["duration_exact"]) == ("truncated", False)
    assert row["duration_s"] == pytest.approx(10 * keep, abs=0.01)
    assert "of 10.0 s" in row["error"]


@pytest.mark.parametrize("keep", [12, 20, 36, 43])
def test_a_file_that_is_cut_before_its_sound(keep: int) -> None:
    assert row_of(wav()[:keep])["status"] in {"truncated", "unreadable"}


@pytest.mark.parametrize(("container", "muxer"), [("wav", {"rf64": "always"}), ("w64", {})])
def test_the_forms_of_64_bits_are_cut_as_well(container: str, muxer: dict[str, Any]) -> None:
    content = recording(container, samples=44_100, **muxer)
    row = row_of(content[: len(content) // 2])
    assert (row["status"], row["duration_exact"]) == ("truncated", False)
    assert row["duration_s"] == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("mark", [b"RF64", b"BW64"])
@pytest.mark.parametrize("size64", [0, 32_000, (1 << 64) - 1])
def test_the_length_of_64_bits_counts_where_it_is_one(mark: bytes, size64: int) -> None:
    sizes = chunk(b"ds64", struct.pack("<QQQI", 0, size64, 0, 0))
    behind = chunk(b"LIST", bytes(4_000))
    content = riff(sizes, chunk(b"fmt ", form()), chunk(b"data", bytes(32_000), 0xFFFFFFFF), behind, mark=mark)
    row = row_of(content)
    assert row["duration_s"] == pytest.approx(1.0 if size64 == 32_000 else 1.125, abs=0.001)
    assert (row["status"], row["duration_exact"]) == ("ok", False)


def test_more_than_32_bits_of_sound_in_a_plain_file_are_taken_from_the_object() -> None:
    head = wav(10, declared=1_000_000)
    size = 5 << 30
    row = PROBE.probe(head, size, lambda start, length: b"", PROBE.limits, ProbeContext("x"))
    assert row["duration_s"] == pytest.approx(size / 32_000, rel=1e-6)
    assert (row["status"], row["duration_exact"]) == ("ok", False)


def test_other_chunks_are_jumped_over_whatever_they_hold() -> None:
    nested = chunk(b"LIST", b"adtl" + chunk(b"LIST", b"adtl" * 5))
    odd = chunk(b"bext", bytes(603))
    picture = chunk(b"id3 ", bytes(200_000))
    content = riff(
        chunk(b"JUNK", bytes(28)), nested, odd, chunk(b"fmt ", form()), picture, chunk(b"data", bytes(32_000))
    )
    row, asked = probed(PROBE, content)
    assert (row["status"], row["duration_s"]) == ("ok", 1.0)
    assert asked.bytes <= 32 << 10


@pytest.mark.parametrize("declared", [0xFFFFFFF0, 0x7FFFFFFF, 1_000_000])
def test_a_chunk_that_ends_behind_the_object_hides_the_sound(declared: int) -> None:
    content = riff(chunk(b"fmt ", form()), chunk(b"LIST", b"INFO", declared), chunk(b"data", bytes(32_000)))
    assert row_of(content)["status"] == "truncated"


def test_a_flood_of_chunks_ends() -> None:
    row, asked = probed(PROBE, riff(chunk(b"fmt ", form()), chunk(b"JUNK", b"") * 50_000, chunk(b"data", bytes(99))))
    assert row["status"] == "partial"
    assert not asked.ranges
    spread = riff(chunk(b"fmt ", form()), chunk(b"JUNK", bytes(40_000)) * 100)
    row, asked = probed(PROBE, spread)
    assert (row["status"], len(asked.ranges)) == ("partial", PROBE.limits.max_requests - 1)


@pytest.mark.parametrize(
    "fields",
    [
        {"channels": 0},
        {"rate": 0},
        {"channels": 65_535, "bits": 8},
        {"rate": 0xFFFFFFFF, "bits": 8},
    ],
)
def test_numbers_that_no_recording_has_are_unreadable(fields: dict[str, int]) -> None:
    row = row_of(wav(**fields))
    assert row["status"] == "unreadable"
    assert "channels" in row["error"]


@pytest.mark.parametrize(("code", "bits"), [(0x1234, 16), (1, 40_000), (3, 24), (1, 0)])
def test_codecs_that_nobody_knows_are_unsupported_and_estimated(code: int, bits: int) -> None:
    row = row_of(wav(code=code, bits=bits, block=4))
    assert (row["status"], row["duration_exact"], row["audio"]["codec"]) == ("unsupported", False, None)
    assert f"0x{code:04x}" in row["error"]


def test_the_bits_that_mean_something_are_told_from_those_of_padding() -> None:
    guid = struct.pack("<H", 1) + bytes.fromhex("000000001000800000aa00389b71")
    extensible = form(code=0xFFFE, bits=32) + struct.pack("<HHI", 22, 24, 3) + guid
    row = row_of(riff(chunk(b"fmt ", extensible), chunk(b"data", bytes(8 * 8_000))))
    assert (row["bit_depth"], row["audio"]["codec"], row["duration_s"]) == (24, "pcm_s32le", 1.0)


def test_a_block_that_disagrees_with_its_samples_makes_the_length_inexact() -> None:
    row = row_of(wav(block=6))
    assert (row["duration_s"], row["duration_exact"]) == (1.0, False)


def test_coded_sound_is_exact_where_samples_and_blocks_agree() -> None:
    content = recording("wav", "adpcm_ms", samples=20_000)
    place = content.index(b"fact") + 8
    row = row_of(content)
    assert row["duration_exact"] is True
    for fact in (1, 0, 0xFFFFFFFF):
        row = row_of(content[:place] + struct.pack("<I", fact) + content[place + 4 :])
        assert row["duration_exact"] is False
        assert row["duration_s"] == pytest.approx(20_000 / 44_100, rel=0.1)


def test_mp3_inside_is_what_the_codec_says() -> None:
    row = row_of(recording("wav", "libmp3lame", samples=44_100))
    assert (row["format"], row["audio"]["codec"], row["duration_exact"]) == ("wav", "mp3", False)
    assert row["duration_s"] == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize(
    "content", [b"RIFF are words of a song\n" * 9, b"RF64" + b"text " * 20, b"RIFF\x00\x00\x00\x00AVI?"]
)
def test_four_letters_are_not_a_wav(content: bytes) -> None:
    assert sniff(content, len(content), "x.wav").kind != "audio"


WORD, LONG = st.integers(0, 65_535), st.integers(0, (1 << 32) - 1)


@given(st.tuples(WORD, WORD, LONG, LONG, WORD, WORD), LONG)
def test_no_header_makes_it_raise(fields: tuple[int, ...], declared: int) -> None:
    row = row_of(riff(chunk(b"fmt ", struct.pack("<HHIIHH", *fields)), chunk(b"data", bytes(100), declared)))
    assert row["status"] in {"ok", "truncated", "unreadable", "unsupported", "partial"}
    assert row.get("duration_s") is None or row["duration_s"] >= 0
