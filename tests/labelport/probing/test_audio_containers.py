"""Sound in containers that could hold pictures: what is a video, what is not, and what is known of the sound."""

import io
from fractions import Fraction
from functools import cache
from typing import Any

import av
import pytest

from labelport.probing.contract import MediaRow
from labelport.probing.sniff import extension_mismatch, sniff
from labelport.probing.video import PROBE
from tests.labelport.probing.objects import fits_the_table, probed
from tests.media import clip, decoded_samples, recording, with_pictures

CONTAINERS: dict[str, tuple[str, str, dict[str, Any], str, str]] = {
    "mp4": ("mp4", "aac", {}, "mp4", "audio/mp4"),
    "m4a": ("ipod", "aac", {}, "mp4", "audio/mp4"),
    "m4a in front": ("ipod", "aac", {"movflags": "faststart"}, "mp4", "audio/mp4"),
    "alac": ("ipod", "alac", {"bits": 16}, "mp4", "audio/mp4"),
    "alac 24": ("ipod", "alac", {"bits": 24}, "mp4", "audio/mp4"),
    "mov": ("mov", "pcm_s24le", {}, "mov", "audio/mp4"),
    "mov alaw": ("mov", "pcm_alaw", {}, "mov", "audio/mp4"),
    "3gp": ("3gp", "libopencore_amrnb", {"rate": 8_000, "channels": 1}, "3gp", "audio/3gpp"),
    "mka": ("matroska", "flac", {}, "matroska", "audio/x-matroska"),
    "mka 24": ("matroska", "flac", {"bits": 24}, "matroska", "audio/x-matroska"),
    "webm": ("webm", "libopus", {"rate": 48_000}, "webm", "audio/webm"),
    "wma": ("asf", "wmav2", {}, "asf", "audio/x-ms-wma"),
    "ts": ("mpegts", "aac", {}, "mpegts", "video/mp2t"),
    "avi": ("avi", "libmp3lame", {}, "avi", "video/x-msvideo"),
}
DECLARED = {"mp4", "m4a", "m4a in front", "alac", "alac 24", "mov", "mov alaw", "3gp"}


@cache
def made(name: str, seconds: int = 2) -> bytes:
    container, codec, options, _, _ = CONTAINERS[name]
    return recording(container, codec, samples=seconds * options.get("rate", 44_100), **options)


def row_of(content: bytes, key: str = "x") -> MediaRow:
    row, _ = probed(PROBE, content, key=key)
    assert fits_the_table(row)
    return row


@pytest.mark.parametrize("name", sorted(CONTAINERS))
def test_a_container_with_sound_only_is_sound_of_that_format(name: str) -> None:
    _, _, options, format_name, mime = CONTAINERS[name]
    sniffed = sniff(made(name)[:4096], len(made(name)), "x")
    assert (sniffed.kind, sniffed.format) == ("video", format_name), "the head cannot tell"
    row = row_of(made(name))
    assert (row["kind"], row["mime_type"], row["status"]) == ("audio", mime, "ok")
    assert "format" not in row
    assert row["duration_s"] == pytest.approx(2.0, abs=0.1)
    assert row["duration_exact"] is (name in DECLARED)
    assert (row["channels"], row["sample_rate"]) == (options.get("channels", 2), options.get("rate", 44_100))
    assert {row.get(column) for column in ("width", "height", "frames", "frames_method", "fps", "video")} == {None}


@pytest.mark.parametrize("name", sorted(DECLARED))
def test_a_length_that_is_called_exact_is_what_was_recorded(name: str) -> None:
    assert row_of(made(name))["duration_s"] == pytest.approx(2.0, abs=0.002)


def test_a_fragmented_file_does_not_call_its_length_exact() -> None:
    content = recording("mp4", "aac", samples=88_200, movflags="frag_keyframe+empty_moov", frag_duration="500000")
    row = row_of(content)
    assert (row["status"], row["duration_exact"]) == ("ok", False)
    assert row["duration_s"] == pytest.approx(2.0, abs=0.05)


@pytest.mark.parametrize(
    ("name", "depth"),
    [
        ("alac", 16),
        ("alac 24", 24),
        ("mov", 24),
        ("mov alaw", 8),
        ("mka", 16),
        ("mka 24", 24),
        ("mp4", None),
        ("webm", None),
    ],
)
def test_the_bit_depth_is_that_of_the_recording_and_not_of_the_decoder(name: str, depth: int | None) -> None:
    row = row_of(made(name))
    assert (row["bit_depth"], row["audio"]["bit_depth"]) == (depth, depth)


@pytest.mark.parametrize(
    ("name", "key"),
    [("mp4", "abstract1234.mp4"), ("m4a", "x.m4a"), ("webm", "x.webm"), ("mka", "x.mka"), ("wma", "x.wma")],
)
def test_the_extension_of_the_container_is_no_mismatch(name: str, key: str) -> None:
    content = made(name)
    assert not extension_mismatch("." + key.rpartition(".")[2], sniff(content, len(content), key).format)


@pytest.mark.parametrize(
    ("name", "requests", "kilobytes"),
    [("m4a", 1, 32), ("m4a in front", 0, 0), ("webm", 0, 0), ("mka", 0, 0), ("wma", 0, 0)],
)
def test_a_long_one_costs_its_head_and_little_more(name: str, requests: int, kilobytes: int) -> None:
    content = made(name, 30)
    assert len(content) > 128 << 10
    row, asked = probed(PROBE, content)
    assert row["status"] == "ok"
    assert (len(asked.ranges), asked.bytes <= kilobytes << 10) == (requests, True)


@pytest.mark.parametrize(("container", "codec"), [("mp4", "mjpeg"), ("mp4", "png"), ("mov", "mjpeg")])
def test_a_cover_is_no_video(container: str, codec: str) -> None:
    row = row_of(with_pictures(container, codec, pictures=1, attached=True))
    assert (row["kind"], row["status"], row.get("width")) == ("audio", "ok", None)


ONE = [
    ("mp4", "libx264"),
    ("mov", "libx264"),
    ("mp4", "mjpeg"),
    ("avi", "mjpeg"),
    ("matroska", "libx264"),
    ("matroska", "mjpeg"),
    ("webm", "libvpx"),
    ("mpegts", "libx264"),
]


@pytest.mark.parametrize(("container", "codec"), ONE)
def test_one_picture_beside_sound_is_no_video(container: str, codec: str) -> None:
    row = row_of(with_pictures(container, codec, pictures=1, seconds=3))
    assert (row["kind"], row["status"], row.get("width"), row.get("frames")) == ("audio", "ok", None, None)


@pytest.mark.parametrize(("container", "codec"), [("matroska", "libx264"), ("matroska", "mjpeg"), ("webm", "libvpx")])
def test_one_picture_beside_long_sound_is_no_video_either(container: str, codec: str) -> None:
    content = with_pictures(container, codec, pictures=1, seconds=25)
    row, asked = probed(PROBE, content)
    assert row["kind"] == "audio"
    assert asked.bytes <= 256 << 10


@pytest.mark.parametrize(("container", "codec"), ONE)
@pytest.mark.parametrize("pictures", [2, 12])
def test_several_pictures_beside_sound_are_a_video(container: str, codec: str, pictures: int) -> None:
    row = row_of(with_pictures(container, codec, pictures=pictures, seconds=3))
    assert (row["kind"], row["status"], row["width"]) == ("video", "ok", 64)
    assert row["channels"] == 2


@pytest.mark.parametrize("container", ["mp4", "mov", "matroska", "webm"])
def test_one_picture_without_sound_is_a_video(container: str) -> None:
    row = row_of(clip(container, frames=1))
    assert (row["kind"], row["width"], row.get("channels")) == ("video", 96, None)


@pytest.mark.parametrize("container", ["mp4", "mpegts"])
def test_a_track_of_other_data_beside_the_sound_does_not_count(container: str) -> None:
    sink = io.BytesIO()
    with av.open(io.BytesIO(made("mp4")), "r") as source, av.open(sink, "w", format=container) as target:
        track = target.add_stream_from_template(source.streams.audio[0])
        other = target.add_data_stream("klv" if container == "mpegts" else "bin_data")
        for packet in source.demux(source.streams.audio[0]):
            if packet.dts is not None:
                packet.stream = track
                target.mux(packet)
        for number in range(3):
            data: Any = av.Packet(b"words" * 9)
            data.stream, data.pts, data.dts, data.time_base = other, number, number, Fraction(1, 2)
            target.mux(data)
    with av.open(io.BytesIO(sink.getvalue()), "r") as opened:
        assert len(opened.streams.data) == 1
    assert row_of(sink.getvalue())["kind"] == "audio"


def test_neither_pictures_nor_sound_is_unsupported() -> None:
    row = row_of(made("mp4").replace(b"soun", b"meta").replace(b"mp4a", b"xxxx"))
    assert row["status"] == "unsupported"
    assert "neither pictures nor sound" in row["error"]


def test_sound_of_a_codec_that_nobody_decodes_is_unsupported() -> None:
    content = made("mka").replace(b"A_FLAC", b"A_NONE")
    row = row_of(content)
    assert (row["kind"], row["status"], row.get("channels")) == ("audio", "unsupported", None)


@pytest.mark.parametrize("keep", [0.3, 0.7])
def test_a_file_that_is_cut_behind_its_index_is_as_long_as_what_is_there(keep: float) -> None:
    content = made("m4a in front", 10)
    cut = content[: int(len(content) * keep)]
    row = row_of(cut)
    assert (row["kind"], row["status"], row["duration_exact"]) == ("audio", "truncated", False)
    assert row["duration_s"] == pytest.approx(decoded_samples(cut) / 44_100, abs=0.05)
    assert "of 10.0 s" in row["error"]


def test_a_file_that_is_cut_before_its_index_is_truncated() -> None:
    assert row_of(made("m4a")[:-200])["status"] == "truncated"


@pytest.mark.parametrize("name", ["mka", "webm", "avi", "wma"])
def test_a_file_that_is_shorter_than_its_header_says(name: str) -> None:
    content = made(name, 6)
    row = row_of(content[: len(content) * 6 // 10])
    assert (row["kind"], row["status"], row["duration_exact"]) == ("audio", "truncated", False)
    assert row["channels"] == 2


def test_a_video_that_is_cut_after_its_first_picture_is_still_a_video() -> None:
    content = with_pictures("matroska", "libx264", pictures=12, seconds=3)
    with av.open(io.BytesIO(content), "r") as opened:
        second = [packet.pos for packet in opened.demux(video=0) if packet.size][1]
    assert second is not None
    row = row_of(content[:second])
    assert (row["kind"], row["status"]) == ("video", "truncated")


@pytest.mark.parametrize("container", ["mp4", "mov", "matroska", "webm", "avi", "mpeg", "asf", "ogg"])
def test_a_video_row_tells_its_sound(container: str) -> None:
    row = row_of(clip(container, codec="libvpx" if container == "ogg" else None, frames=25, with_sound=True))
    assert (row["kind"], row["channels"], row["sample_rate"]) == (
        "video",
        1,
        48_000 if container in {"webm", "ogg"} else 16_000,
    )
    assert row["audio"]["codec"] in {"aac", "opus", "mp2", "mp3"}
    silent = row_of(clip(container, codec="libvpx" if container == "ogg" else None, frames=3))
    assert (silent["kind"], silent.get("channels"), silent.get("audio")) == ("video", None, None)


def test_titles_and_artists_stay_out_of_the_row() -> None:
    content = recording("ipod", "aac", tags={"title": "Jane Doe", "artist": "Jane Doe"})
    assert b"Jane" in content
    assert "Jane" not in str(row_of(content))
