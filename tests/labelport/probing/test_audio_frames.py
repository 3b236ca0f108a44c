"""MPEG audio and ADTS: frames by chance and frames in a row, lengths that are said and lengths that are estimated."""

import io
import random
import struct
import time
from functools import cache
from typing import Any

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelport.probing.audio import PROBE
from labelport.probing.audio import frames as frames_module
from labelport.probing.audio.containers import as_decoded
from labelport.probing.audio_frames import first_run, frame_at, frames_from
from labelport.probing.contract import MediaRow
from labelport.probing.sniff import sniff
from tests.labelport.probing.objects import fits_the_table, probed
from tests.media import decoded_samples, id3, recording


@cache
def mp3(
    seconds: int = 6, *, header: bool = True, varying: bool = False, rate: int = 44_100, channels: int = 2
) -> bytes:
    """Return an MP3 without a tag: its first byte is that of a frame."""
    content = recording(
        "mp3",
        "libmp3lame",
        samples=seconds * rate,
        rate=rate,
        channels=channels,
        varying=varying,
        write_xing="1" if header else "0",
        id3v2_version="0",
    )
    assert content[0] == 0xFF
    return content


def row_of(content: bytes, **limits: Any) -> MediaRow:
    row, _ = probed(PROBE, content, **limits)
    assert fits_the_table(row)
    return row


def format_of(content: bytes) -> str:
    return sniff(content[: 64 << 10], len(content), "x").format


RATES = [
    (rate, codec, container)
    for container, codec, rates in (
        ("mp3", "libmp3lame", (8_000, 11_025, 16_000, 24_000, 32_000, 44_100, 48_000)),
        ("mp2", "mp2", (16_000, 22_050, 32_000, 48_000)),
        ("adts", "aac", (8_000, 16_000, 44_100, 96_000)),
    )
    for rate in rates
]


@pytest.mark.parametrize(("rate", "codec", "container"), RATES)
@pytest.mark.parametrize("channels", [1, 2])
def test_the_headers_of_all_rates_are_read_as_ffmpeg_reads_them(
    rate: int, codec: str, container: str, channels: int
) -> None:
    content = recording(container, codec, samples=rate, rate=rate, channels=channels)
    at = first_run(content, whole=True)
    assert at is not None
    frame = frame_at(content, at)
    assert frame is not None
    with av.open(io.BytesIO(content), "r") as opened:
        stream = opened.streams.audio[0]
        packets = [packet for packet in opened.demux(stream) if packet.size]
        assert (frame.sample_rate, frame.channels) == (stream.codec_context.sample_rate, stream.codec_context.channels)
        assert frame.codec == stream.codec_context.codec.canonical_name
    lengths = [found.length for _, found in frames_from(content, at)]
    assert lengths[-len(packets) :] == [packet.size for packet in packets]  # the first says the length, and is no sound


@pytest.mark.parametrize("start", [b"", b"\xff\xfb\x90\x64", b"\xff\xf1\x50\x80\x20\x1f\xfc", b"\xff\xfe"])
def test_random_bytes_are_never_sound(start: bytes) -> None:
    for seed in range(60):
        content = start + random.Random(seed).randbytes(64 << 10)
        assert sniff(content, len(content), "x.mp3").kind != "audio"
        assert sniff(content[:5_000], 5_000, "x.mp3").kind != "audio"
        assert sniff(content, 10 << 20, "x.mp3").kind != "audio"


def test_frames_of_different_streams_are_chance() -> None:
    pieces = []
    for rate in (44_100, 48_000, 32_000, 44_100):
        content = mp3(rate=rate, header=False)
        frame = frame_at(content, 0)
        assert frame is not None
        pieces.append(content[: frame.length])
    assert first_run(b"".join(pieces) + bytes(9_000)) is None
    assert first_run(pieces[0] * 3 + bytes(9_000)) == 0


def test_bytes_that_are_all_sync_cost_little() -> None:
    for content in (b"\xff" * (64 << 10), b"\xff\xfb\x90\x64" * (16 << 10), id3(20) + b"\xff\xfb" * (32 << 10)):
        began = time.process_time()
        sniff(content, len(content), "x")
        row_of(b"ID3\x03\x00\x00\x00\x00\x00\x00" + content)
        assert time.process_time() - began < 0.5


@pytest.mark.parametrize("text", ["A" * 67, "words\n" * 30])
def test_a_text_of_utf_16_is_text(text: str) -> None:
    content = text.encode("utf-16")
    assert sniff(content, len(content), "x.mp3").kind == "text"


@pytest.mark.parametrize("text", [b"ID3 is a tag.\n", b"ID3\x03 no", b"ID3"])
def test_three_letters_are_no_tag(text: bytes) -> None:
    assert sniff(text, len(text), "x.mp3").kind != "audio"


@pytest.mark.parametrize("junk", [1, 417, 1_900])
def test_a_stream_that_was_cut_begins_within_a_frame(junk: int) -> None:
    content = mp3(header=False)[4 + 417 - junk % 417 :]
    assert format_of(content) == "mp3"
    assert row_of(content)["duration_s"] == pytest.approx(6, abs=0.2)


def test_a_file_of_one_or_two_frames_is_sound() -> None:
    content = mp3(header=False)
    first = frame_at(content, 0)
    assert first is not None
    for end in (first.length, 2 * first.length + 1):
        assert format_of(content[:end]) == "mp3"
        assert format_of(content[:end] + b"TAG" + bytes(125)) == "mp3"
    assert row_of(content[: first.length])["duration_s"] == pytest.approx(1152 / 44_100)


def vbri(content: bytes) -> bytes:
    """Return an MP3 whose first frame says its length as Fraunhofer's encoder does."""
    start = content.index(b"Xing") - 36
    frame = frame_at(content, start)
    assert frame is not None
    frames = int.from_bytes(content[start + 44 : start + 48], "big")
    fields = b"VBRI" + struct.pack(">HHHIIHHHH", 1, 0, 75, len(content) - start, frames, 0, 1, 2, 1)
    return (
        content[: start + 4]
        + bytes(32)
        + fields
        + bytes(frame.length - 36 - len(fields))
        + content[start + frame.length :]
    )


def test_the_header_of_fraunhofers_encoder_is_read() -> None:
    content = vbri(mp3(varying=True))
    row = row_of(content)
    with av.open(io.BytesIO(content), "r") as opened:
        stream = opened.streams.audio[0]
        assert stream.duration is not None
        assert stream.time_base is not None
        assert row["duration_s"] == pytest.approx(float(stream.duration * stream.time_base))
    assert row["duration_exact"] is True


@pytest.mark.parametrize("varying", [False, True])
@pytest.mark.parametrize("keep", [0.3, 0.7, 0.97])
def test_a_file_that_is_cut_is_told_by_its_first_frame(keep: float, varying: bool) -> None:
    for content in (mp3(varying=varying), *([vbri(mp3(varying=True))] if varying else [])):
        row = row_of(content[: int(len(content) * keep)])
        assert (row["status"], row["duration_exact"]) == ("truncated", False)
        assert row["duration_s"] == pytest.approx(6 * keep, rel=0.05)
        assert "of 6." in row["error"]


def test_without_a_header_a_cut_file_is_as_long_as_it_is() -> None:
    content = mp3(header=False)
    row = row_of(content[: len(content) // 2])
    assert (row["status"], row["duration_exact"]) == ("ok", False)
    assert row["duration_s"] == pytest.approx(3, abs=0.1)


@pytest.mark.parametrize("second", ["same", "tagged"])
def test_two_recordings_in_one_file_are_not_as_long_as_the_first_says(second: str) -> None:
    content = mp3() + (id3(100) if second == "tagged" else b"") + mp3()
    row = row_of(content)
    assert (row["status"], row["duration_exact"]) == ("ok", False)
    assert row["duration_s"] == pytest.approx(12, rel=0.01)


@pytest.mark.parametrize("behind", [b"TAG" + bytes(125), b"APETAGEX" + bytes(40_000)])
def test_a_tag_behind_the_sound_changes_nothing(behind: bytes) -> None:
    row = row_of(mp3() + behind)
    assert row == row_of(mp3())
    assert row["duration_s"] == 6.0


@pytest.mark.parametrize("frames", [0, 1, 5_000_000, 0xFFFFFFFF])
def test_a_header_that_cannot_be_is_not_believed(frames: int) -> None:
    content = mp3()
    place = content.index(b"Info") + 8
    row = row_of(content[:place] + struct.pack(">I", frames) + content[place + 4 :])
    assert row["duration_exact"] is False
    assert row["duration_s"] == pytest.approx(6, rel=0.05)


def test_samples_that_the_encoder_added_do_not_count() -> None:
    content = mp3()
    assert decoded_samples(content) == 6 * 44_100
    assert row_of(content)["duration_s"] == 6.0
    place = content.index(b"Lavc" if b"Lavc" in content[:300] else b"Lavf")
    bare = row_of(content[:place] + bytes(4) + content[place + 4 :])
    assert bare["duration_s"] > 6.0


def test_a_varying_rate_without_a_header_is_estimated_from_several_places() -> None:
    content = mp3(20, header=False, varying=True) * 3
    row, asked = probed(PROBE, content)
    assert row["duration_s"] == pytest.approx(60, rel=0.04)
    assert row["duration_exact"] is False
    assert (len(asked.ranges), asked.bytes) == (6, 96 << 10)


def test_silence_at_the_start_says_nothing_of_the_rest() -> None:
    silent = b"\xff\xfb\x10\x64" + bytes(100)  # 32 kbit/s, the least: what encoders of varying rate make of silence
    seconds = 700 * 1152 / 44_100
    content = silent * 700 + mp3(20, header=False, varying=True)
    row, _ = probed(PROBE, content)
    assert len(content) * 8 / 32_000 > 60, "as a constant rate would have it"
    assert row["duration_s"] == pytest.approx(seconds + 20, rel=0.1)


def test_a_tag_of_256_megabytes_costs_nothing() -> None:
    tag = b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f"
    row, asked = probed(PROBE, tag + mp3())
    assert (row["status"], asked.ranges) == ("truncated", [])


def test_tags_without_end_are_no_sound() -> None:
    row, asked = probed(PROBE, (b"ID3\x03\x00\x00\x00\x00\x00\x00") * 20_000)
    assert row["status"] == "unreadable"
    assert len(asked.ranges) <= 1


def test_a_tag_before_nothing_known_is_unreadable() -> None:
    assert row_of(id3(200) + bytes(5_000))["status"] == "unreadable"
    assert row_of(id3(200) + random.Random(1).randbytes(90_000))["status"] == "unreadable"


def test_a_decoder_says_rate_and_channels_of_aac(monkeypatch: pytest.MonkeyPatch) -> None:
    content = recording("adts", "aac", samples=44_100 * 2)
    plain = row_of(content)
    assert as_decoded(content) == (2, 44_100)
    monkeypatch.setattr(frames_module, "as_decoded", lambda _: (2, 88_200))  # as HE-AAC is decoded
    doubled = row_of(content)
    assert (doubled["sample_rate"], doubled["duration_s"]) == (88_200, plain["duration_s"])
    monkeypatch.setattr(frames_module, "as_decoded", lambda _: None)
    assert row_of(content) == plain


@pytest.mark.parametrize("content", [b"", b"\xff\xf1", bytes(4_000), b"ffconcat version 1.0\nfile x\n"])
def test_what_no_decoder_takes_says_nothing(content: bytes) -> None:
    assert as_decoded(content) is None


@given(st.binary(max_size=60), st.integers(0, 50))
def test_no_bytes_make_a_frame_header_raise(content: bytes, at: int) -> None:
    frame = frame_at(content, at)
    assert frame is None or (frame.length > 0 and frame.samples > 0 and frame.sample_rate > 0)


@given(st.integers(0, 5_999), st.integers(0, 255))
def test_a_changed_byte_of_the_start_is_a_row(at: int, value: int) -> None:
    content = bytearray(mp3())
    content[at] = value
    row = row_of(bytes(content))
    assert row["status"] in {"ok", "unreadable", "truncated", "unsupported"}
