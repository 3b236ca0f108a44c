"""Ogg: what its first pages and its last say; streams from the middle, one after another, and cut."""

import struct
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelport.probing.audio import PROBE
from labelport.probing.contract import MediaRow
from labelport.probing.sniff import sniff
from labelport.probing.video import PROBE as VIDEO
from tests.labelport.probing.objects import fits_the_table, probed
from tests.media import clip, decoded_samples, recording


@cache
def opus(seconds: int = 4, **options: Any) -> bytes:
    return recording("ogg", "libopus", samples=seconds * 48_000 + 11, rate=48_000, **options)


@cache
def vorbis(seconds: int = 4, **options: Any) -> bytes:
    return recording("ogg", "vorbis", samples=seconds * 44_100 + 11, **options)


def row_of(content: bytes) -> MediaRow:
    row, asked = probed(PROBE, content)
    assert fits_the_table(row)
    assert len(asked.ranges) <= 1
    assert asked.bytes <= 96 << 10
    return row


def checksum(page: bytes) -> int:
    """Return the checksum of a page whose own is zero, bit by bit as RFC 3533 says it."""
    value = 0
    for byte in page:
        value ^= byte << 24
        for _ in range(8):
            value = (value << 1 ^ 0x04C11DB7) & 0xFFFFFFFF if value & 1 << 31 else value << 1
    return value


def page(packet: bytes, *, serial: int = 1, position: int = 0, flags: int = 0) -> bytes:
    lacing = bytes([255] * (len(packet) // 255) + [len(packet) % 255])
    head = b"OggS\x00" + struct.pack("<BQIII", flags, position, serial, 0, 0) + bytes([len(lacing)]) + lacing
    made = head + packet
    return made[:22] + struct.pack("<I", checksum(made)) + made[26:]


def pages(content: bytes) -> Iterator[tuple[int, int]]:
    """Yield start and end of each page."""
    at = 0
    while at < len(content):
        lacing = content[at + 27 : at + 27 + content[at + 26]]
        end = at + 27 + len(lacing) + sum(lacing)
        yield at, end
        at = end


def shifted(content: bytes, samples: int) -> bytes:
    """Return an Ogg whose sound was recorded from the middle of a stream: positions are later by so much."""
    made = b""
    for at, end in pages(content):
        whole = bytearray(content[at:end])
        position = int.from_bytes(whole[6:14], "little")
        if position:
            whole[6:14] = (position + samples).to_bytes(8, "little")
            whole[22:26] = bytes(4)
            whole[22:26] = checksum(bytes(whole)).to_bytes(4, "little")
        made += bytes(whole)
    return made


@pytest.mark.parametrize("content", [opus(), vorbis()], ids=["opus", "vorbis"])
def test_a_stream_from_the_middle_has_a_start(content: bytes) -> None:
    row, plain = row_of(shifted(content, 10 * 44_100)), row_of(content)
    assert row["start_s"] == pytest.approx(10 * 44_100 / plain["sample_rate"], abs=0.1)
    assert row["duration_s"] == pytest.approx(plain["duration_s"], abs=0.1)
    assert row["duration_exact"] is (row["audio"]["codec"] == "opus")
    assert plain["start_s"] == 0


@pytest.mark.parametrize("keep", [0.3, 0.6, 0.98])
@pytest.mark.parametrize("content", [opus(6), vorbis(6)], ids=["opus", "vorbis"])
def test_a_file_that_is_cut_is_as_long_as_its_last_page(content: bytes, keep: float) -> None:
    cut = content[: int(len(content) * keep)]
    row = row_of(cut)
    assert (row["status"], row["duration_exact"]) == ("truncated", False)
    assert row["duration_s"] == pytest.approx(6 * keep, abs=1.2)
    assert abs(row["duration_s"] - decoded_samples(cut) / row["sample_rate"]) <= 1.0


@pytest.mark.parametrize("keep", [10, 30, 60, 120])
def test_a_file_that_is_cut_in_its_headers(keep: int) -> None:
    assert row_of(opus()[:keep])["status"] in {"truncated", "unsupported", "partial", "unreadable"}


def test_a_damaged_last_page_leaves_what_comes_before() -> None:
    content = bytearray(vorbis(6))
    content[-1] ^= 1
    row = row_of(bytes(content))
    assert (row["status"], row["duration_exact"]) == ("partial", False)
    assert 4 < row["duration_s"] < 6.01
    assert "damaged" in row["error"]


def test_an_absurd_position_in_a_damaged_page_is_not_believed() -> None:
    content = bytearray(opus())
    *_, (last, _) = pages(bytes(content))
    content[last + 6 : last + 14] = b"\xff\xff\xff\xff\xff\xff\xff\x7f"
    assert row_of(bytes(content))["duration_s"] < 5


def test_a_position_that_no_recording_reaches_is_unreadable() -> None:
    content = page(b"OpusHead\x01\x02" + bytes(9), flags=2) + page(b"\xfc" * 9, position=1 << 63)
    assert row_of(content)["status"] == "unreadable"


def test_recordings_one_after_the_other_are_said_so() -> None:
    content = opus(2) + vorbis(2)
    row = row_of(content)
    assert (row["status"], row["duration_s"], row["duration_exact"]) == ("partial", None, False)
    assert "several" in row["error"]


@pytest.mark.parametrize("behind", [b"TAG" + bytes(125), bytes(500)])
def test_what_somebody_added_behind_changes_nothing(behind: bytes) -> None:
    assert row_of(opus() + behind) | {"audio": None} == row_of(opus()) | {"audio": None}


def test_a_large_comment_is_not_read() -> None:
    tags = {"METADATA_BLOCK_PICTURE": "A" * 300_000}
    content = recording("ogg", "vorbis", samples=4 * 44_100 + 11, tags=tags)
    row = row_of(content)
    assert (row["status"], row["duration_exact"]) == ("ok", True)
    assert row["duration_s"] == row_of(vorbis())["duration_s"]


def test_a_skeleton_before_the_sound_is_no_sound() -> None:
    content = opus()
    row = row_of(page(b"fishead\x00" + bytes(56), serial=77, flags=2) + content)
    assert (row["status"], row["audio"]["codec"]) == ("ok", "opus")


def test_speex_is_read_by_its_header() -> None:
    head = b"Speex   1.2".ljust(28, b"\x00") + struct.pack("<13I", 1, 80, 16_000, 1, 4, 1, 0, 320, 0, 1, 0, 0, 0)
    content = page(head, flags=2) + page(b"comment") + page(b"x" * 70, position=320) + page(b"x" * 70, position=640)
    row = row_of(content)
    assert (row["audio"]["codec"], row["sample_rate"], row["channels"]) == ("speex", 16_000, 1)
    assert (row["duration_s"], row["duration_exact"]) == (0.04, True)


@pytest.mark.parametrize("packet", [b"CELT    ", b"\x01audio", b"unknown", b""])
def test_codecs_that_nobody_knows_are_unsupported(packet: bytes) -> None:
    assert row_of(page(packet, flags=2) + page(b"x" * 40, position=9))["status"] == "unsupported"


@pytest.mark.parametrize("packet", [b"\x01vorbis", b"OpusHead", b"\x01vorbis" + bytes(30), b"\x7fFLAC"])
def test_a_header_without_numbers_is_unreadable(packet: bytes) -> None:
    assert row_of(page(packet, flags=2) + page(b"x" * 40, position=9))["status"] in {"unreadable", "truncated"}


def test_headers_without_sound_are_partial() -> None:
    row = row_of(page(b"OpusHead\x01\x02" + bytes(9), flags=2) + page(b"OpusTags"))
    assert (row["status"], row["duration_s"]) == ("partial", 0.0)


@pytest.mark.parametrize(
    "flood",
    [
        b"OggS" * 100_000,
        (b"OggS\x00" + bytes(21) + b"\x00") * 20_000,
        (b"OggS\x00\x02" + bytes(20) + b"\xff" + b"\xff" * 255) * 900,
    ],
    ids=["marks", "empty pages", "long pages"],
)
def test_a_flood_of_pages_costs_little(flood: bytes) -> None:
    row = row_of(opus()[:19] + flood)
    assert row["status"] != "ok"
    assert row_of(opus(2) + flood)["status"] != "unreadable"


def test_pictures_in_an_ogg_are_a_video() -> None:
    content = clip("ogg", codec="libvpx", frames=25)
    assert sniff(content[:4096], len(content), "x")[:3] == ("video", "ogg", "video/ogg")
    row, _ = probed(VIDEO, content)
    assert (row["status"], row["kind"], row["width"], row["video"]["codec"]) == ("ok", "video", 96, "vp8")


@given(st.binary(max_size=80), st.integers(0, 400))
def test_no_bytes_in_the_first_pages_make_it_raise(noise: bytes, at: int) -> None:
    content = opus(1)
    row = row_of(content[:at] + noise + content[at + len(noise) :])
    assert row["status"]


def test_the_checksum_of_the_test_is_that_of_ffmpeg() -> None:
    content = opus(1)
    for at, end in list(pages(content))[:3]:
        blank = content[at : at + 22] + bytes(4) + content[at + 26 : end]
        assert checksum(blank) == int.from_bytes(content[at + 22 : at + 26], "little")
