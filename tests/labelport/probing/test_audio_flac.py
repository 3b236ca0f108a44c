"""FLAC: the header says how long it should be, the last frame whether it is."""

import struct
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelport.probing.audio import PROBE
from labelport.probing.contract import MediaRow
from tests.labelport.probing.objects import fits_the_table, probed
from tests.media import decoded_samples, recording


@cache
def flac(seconds: int = 4, **options: Any) -> bytes:
    return recording("flac", "flac", samples=seconds * 44_100 + 11, **options)


def row_of(content: bytes) -> MediaRow:
    row, asked = probed(PROBE, content)
    assert fits_the_table(row)
    assert len(asked.ranges) <= 2
    return row


def with_samples(content: bytes, samples: int) -> bytes:
    """Return a FLAC whose header says another number of samples."""
    place = content.index(b"fLaC") + 8 + 10
    packed = int.from_bytes(content[place : place + 8], "big") & ~((1 << 36) - 1) | samples
    return content[:place] + packed.to_bytes(8, "big") + content[place + 8 :]


@pytest.mark.parametrize("keep", [0.3, 0.6, 0.95])
def test_a_file_that_is_cut_is_found_out_and_counted(keep: float) -> None:
    content = flac()
    cut = content[: int(len(content) * keep)]
    row = row_of(cut)
    assert (row["status"], row["duration_exact"]) == ("truncated", False)
    assert row["duration_s"] == pytest.approx(4 * keep, abs=0.25)
    assert 0 <= decoded_samples(cut) - round(row["duration_s"] * 44_100) <= 4_608
    assert "of 4.0 s" in row["error"]


def test_a_file_that_is_cut_by_one_frame_is_found_out() -> None:
    content = flac()
    last = content.rindex(b"\xff\xf8")
    assert row_of(content[:last])["status"] == "truncated"
    assert row_of(content[: last + 40])["status"] == "ok", (
        "the last frame says where it ends, not how many bytes it has"
    )


@pytest.mark.parametrize("keep", [4, 20, 41, 60])
def test_a_file_that_is_cut_before_its_sound(keep: int) -> None:
    assert row_of(flac()[:keep])["status"] == "truncated"


def test_the_length_of_a_piped_file_is_that_of_its_last_frame() -> None:
    content = flac(piped=True)
    assert content != flac()
    row = row_of(content)
    assert round(row["duration_s"] * 44_100) == decoded_samples(content)
    assert (row["status"], row["duration_exact"]) == ("ok", False)


@pytest.mark.parametrize("bits", [None, 24])
@pytest.mark.parametrize(("rate", "channels"), [(44_100, 1), (48_000, 2), (8_000, 6), (96_000, 2), (11_025, 1)])
def test_rates_channels_and_depths(rate: int, channels: int, bits: int | None) -> None:
    row = row_of(recording("flac", "flac", samples=rate, rate=rate, channels=channels, bits=bits))
    assert (row["status"], row["duration_s"], row["duration_exact"]) == ("ok", 1.0, True)
    assert (row["sample_rate"], row["channels"], row["bit_depth"]) == (rate, channels, bits or 16)


@pytest.mark.parametrize("more", [1, 100_000])
def test_a_header_that_promises_more_than_there_is_makes_it_truncated(more: int) -> None:
    row = row_of(with_samples(flac(), 4 * 44_100 + 11 + more))
    assert (row["status"], row["duration_exact"]) == ("truncated", False)


def test_a_header_that_says_less_than_there_is_is_not_called_exact() -> None:
    row = row_of(with_samples(flac(), 100))
    assert row["duration_exact"] is False


def test_a_tag_behind_the_sound_changes_nothing() -> None:
    assert row_of(flac() + b"TAG" + bytes(125)) | {"audio": None} == row_of(flac()) | {"audio": None}


def test_an_end_without_frames_is_partial() -> None:
    row = row_of(flac() + bytes(300_000))
    assert (row["status"], row["duration_exact"]) == ("partial", False)


def test_a_flood_of_metadata_is_not_walked() -> None:
    content = flac()
    blocks = (b"\x01" + (0).to_bytes(3, "big")) * 500_000
    row = row_of(content[:42] + blocks + content[42:])
    assert (row["status"], row["duration_exact"]) == ("ok", True)


def test_a_block_of_metadata_that_ends_behind_the_file() -> None:
    content = flac()
    row = row_of(content[:42] + b"\x06\xff\xff\xff" + content[42:])
    assert row["status"] == "truncated"


def test_a_file_that_does_not_begin_with_what_describes_it_is_unreadable() -> None:
    content = flac()
    assert row_of(content[:4] + b"\x04" + content[5:])["status"] == "unreadable"
    place = 8 + 10
    assert row_of(content[:place] + struct.pack(">Q", 0) + content[place + 8 :])["status"] == "unreadable"


@given(st.integers(4, 200), st.integers(0, 255), st.floats(0, 1))
def test_a_changed_byte_and_a_cut_are_a_row(at: int, value: int, keep: float) -> None:
    content = bytearray(flac(1))
    content[at] = value
    row = row_of(bytes(content[: max(int(len(content) * keep), 64)]))
    assert row["status"] in {"ok", "unreadable", "truncated", "partial"}
    assert row.get("duration_s") is None or row["duration_s"] >= 0
