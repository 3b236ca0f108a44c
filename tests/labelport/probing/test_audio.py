"""What the probe says of sound, against what was encoded, what FFmpeg decodes, and the module ``wave``."""

import io
import wave
from functools import cache
from typing import Any

import pytest

from labelport.probing.audio import PROBE
from labelport.probing.contract import MediaRow, Probe, ProbeContext
from labelport.probing.sniff import extension_mismatch, sniff
from tests.labelport.probing.objects import Asked, fits_the_table, probed
from tests.media import decoded_samples, id3, recording

FORMATS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "u8": ("wav", "pcm_u8", {}),
    "s16": ("wav", "pcm_s16le", {}),
    "s24": ("wav", "pcm_s24le", {}),
    "s32": ("wav", "pcm_s32le", {}),
    "float": ("wav", "pcm_f32le", {}),
    "double": ("wav", "pcm_f64le", {}),
    "alaw": ("wav", "pcm_alaw", {}),
    "adpcm": ("wav", "adpcm_ms", {}),
    "adpcm_ima": ("wav", "adpcm_ima_wav", {}),
    "six channels": ("wav", "pcm_s16le", {"channels": 6}),
    "broadcast": ("wav", "pcm_s16le", {"write_bext": "1"}),
    "rf64": ("wav", "pcm_s16le", {"rf64": "always"}),
    "wave64": ("w64", "pcm_s16le", {}),
    "piped wav": ("wav", "pcm_s16le", {"piped": True}),
    "mp3": ("mp3", "libmp3lame", {}),
    "mp3 varying": ("mp3", "libmp3lame", {"varying": True}),
    "mp3 low rate": ("mp3", "libmp3lame", {"rate": 22_050, "channels": 1}),
    "mp3 cover": ("mp3", "libmp3lame", {"cover": 400}),
    "mp3 no header": ("mp3", "libmp3lame", {"write_xing": "0"}),
    "mp3 varying, no header": ("mp3", "libmp3lame", {"write_xing": "0", "varying": True}),
    "mp2": ("mp2", "mp2", {}),
    "flac": ("flac", "flac", {}),
    "flac 24": ("flac", "flac", {"bits": 24}),
    "flac cover": ("flac", "flac", {"cover": 400}),
    "flac piped": ("flac", "flac", {"piped": True}),
    "vorbis": ("ogg", "vorbis", {}),
    "opus": ("opus", "libopus", {"rate": 48_000}),
    "opus mono": ("ogg", "libopus", {"rate": 48_000, "channels": 1}),
    "ogg flac": ("ogg", "flac", {}),
    "aac": ("adts", "aac", {}),
}
EXACT = sorted(
    set(FORMATS)
    - {"rf64", "wave64", "piped wav", "mp3 no header", "mp3 varying, no header", "mp2", "flac piped", "aac"}
)


@cache
def made(name: str, seconds: int = 3) -> bytes:
    container, codec, options = FORMATS[name]
    return recording(container, codec, samples=seconds * options.get("rate", 44_100) + 37, **options)


def heard(content: bytes, key: str = "x", **limits: Any) -> tuple[MediaRow, Asked]:
    assert sniff(content[: 64 << 10], len(content), key).kind == "audio"
    return probed(PROBE, content, key=key, **limits)


def test_it_is_a_probe() -> None:
    probe: Probe = PROBE
    assert (probe.kind, probe.version) == ("audio", "audio-1")
    assert (probe.limits.head_bytes, probe.limits.max_bytes) == (64 << 10, 1 << 20)


@pytest.mark.parametrize("name", EXACT)
def test_what_is_called_exact_is_what_a_decoder_gives_out(name: str) -> None:
    row, _ = heard(made(name))
    assert (row["status"], row["duration_exact"], row["start_s"]) == ("ok", True, 0.0)
    assert round(row["duration_s"] * row["sample_rate"]) == decoded_samples(made(name))
    assert fits_the_table(row)


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_every_length_is_close_to_what_was_recorded(name: str) -> None:
    row, _ = heard(made(name))
    rate = FORMATS[name][2].get("rate", 44_100)
    assert row["duration_s"] == pytest.approx(3 + 37 / rate, abs=0.07)
    assert row["duration_exact"] is (name in EXACT)
    assert (row["channels"], row["sample_rate"]) == (FORMATS[name][2].get("channels", 2), rate)
    assert {row.get(name) for name in ("frames", "width", "height", "fps", "video")} == {None}


@pytest.mark.parametrize(
    ("name", "codec", "depth"),
    [
        ("u8", "pcm_u8", 8),
        ("s16", "pcm_s16le", 16),
        ("s24", "pcm_s24le", 24),
        ("float", "pcm_f32le", 32),
        ("alaw", "pcm_alaw", 8),
        ("adpcm", "adpcm_ms", None),
        ("mp3", "mp3", None),
        ("mp2", "mp2", None),
        ("flac", "flac", 16),
        ("flac 24", "flac", 24),
        ("vorbis", "vorbis", None),
        ("opus", "opus", None),
        ("ogg flac", "flac", 16),
        ("aac", "aac", None),
    ],
)
def test_codec_and_bit_depth(name: str, codec: str, depth: int | None) -> None:
    row, _ = heard(made(name))
    assert (row["audio"]["codec"], row["audio"]["bit_depth"], row["bit_depth"]) == (codec, depth, depth)


@pytest.mark.parametrize(
    ("name", "bit_rate"), [("s16", 1_411_200), ("mp3", 128_000), ("mp2", 384_000), ("aac", 128_000)]
)
def test_the_bit_rate_is_that_of_the_sound(name: str, bit_rate: int) -> None:
    row, _ = heard(made(name, 20))
    assert row["audio"]["bit_rate"] == pytest.approx(bit_rate, rel=0.03)


def test_a_cover_is_not_part_of_the_bit_rate() -> None:
    plain, covered = heard(made("mp3", 20))[0], heard(made("mp3 cover", 20))[0]
    assert covered["audio"]["bit_rate"] == plain["audio"]["bit_rate"]


@pytest.mark.parametrize("width", [1, 2, 3, 4])
@pytest.mark.parametrize("channels", [1, 2, 5])
def test_the_standard_library_reads_the_same_of_a_wav(width: int, channels: int) -> None:
    sink = io.BytesIO()
    with wave.open(sink, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(8_000)
        file.writeframes(bytes(1001 * width * channels))
    row, _ = heard(sink.getvalue())
    with wave.open(io.BytesIO(sink.getvalue())) as file:
        assert row["duration_s"] == file.getnframes() / file.getframerate()
        assert (row["channels"], row["bit_depth"]) == (file.getnchannels(), 8 * file.getsampwidth())


@pytest.mark.parametrize(
    ("name", "requests", "kilobytes"),
    [
        ("s16", 0, 0),
        ("s24", 0, 0),
        ("rf64", 0, 0),
        ("wave64", 0, 0),
        ("piped wav", 0, 0),
        ("mp3", 0, 0),
        ("mp3 varying", 0, 0),
        ("mp3 no header", 0, 0),
        ("mp2", 0, 0),
        ("mp3 cover", 1, 32),
        ("mp3 varying, no header", 2, 48),
        ("flac", 1, 48),
        ("flac cover", 1, 48),
        ("vorbis", 1, 80),
        ("opus", 1, 80),
        ("ogg flac", 1, 80),
        ("aac", 1, 64),
    ],
)
def test_a_long_recording_costs_its_head_and_little_more(name: str, requests: int, kilobytes: int) -> None:
    content = made(name, 20)
    assert len(content) > 144 << 10
    row, asked = heard(content)
    assert row["status"] == "ok"
    assert row["duration_s"] == pytest.approx(20, rel=0.04)
    assert len(asked.ranges) == requests
    assert asked.bytes <= kilobytes << 10


@pytest.mark.parametrize("name", ["s16", "mp3", "flac", "vorbis", "opus"])
def test_an_object_without_a_telling_name_is_read_from_a_shorter_head(name: str) -> None:
    whole, _ = heard(made(name, 20))
    row, asked = heard(made(name, 20), head=16 << 10)
    assert row == whole
    assert len(asked.ranges) <= 1


@pytest.mark.parametrize("tag", [id3(0), id3(300), id3(70_000), id3(250_000), id3(20) + id3(90_000, version=4)])
@pytest.mark.parametrize(("name", "format_name"), [("mp3", "mp3"), ("flac", "flac"), ("aac", "aac")])
def test_tags_in_front_are_jumped_over(name: str, format_name: str, tag: bytes) -> None:
    plain, _ = heard(made(name, 20))
    row, asked = heard(tag + made(name, 20))
    same = ("format", "mime_type", "channels", "sample_rate", "bit_depth", "duration_exact", "status")
    assert [row[column] for column in same] == [plain[column] for column in same]
    assert row["duration_s"] == pytest.approx(plain["duration_s"], rel=0.01 if name == "aac" else 0)
    assert row["format"] == format_name
    assert len(asked.ranges) <= 3


@pytest.mark.parametrize(
    ("name", "extension", "format_name"),
    [("s16", ".mp3", "wav"), ("mp3", ".wav", "mp3"), ("flac", ".mp3", "flac"), ("aac", ".m4a", "aac")],
)
def test_a_name_that_says_another_format_chooses_nothing(name: str, extension: str, format_name: str) -> None:
    row, _ = heard(made(name), "x" + extension)
    assert (row["format"], row["status"]) == (format_name, "ok")
    assert extension_mismatch(extension, row["format"])


@pytest.mark.parametrize(
    ("name", "extension"), [("opus", ".opus"), ("opus", ".ogg"), ("vorbis", ".oga"), ("wave64", ".w64")]
)
def test_names_that_fit(name: str, extension: str) -> None:
    row, _ = heard(made(name), "x" + extension)
    assert not extension_mismatch(extension, row["format"])


def test_titles_and_artists_stay_out_of_the_row() -> None:
    secret = "Jane Doe 1961-02-03"
    tags = {"title": secret, "artist": secret, "comment": secret}
    for container, codec in (("mp3", "libmp3lame"), ("flac", "flac"), ("ogg", "vorbis"), ("wav", "pcm_s16le")):
        content = recording(container, codec, tags=tags)
        assert b"Jane" in content
        row, _ = heard(content)
        assert "Jane" not in str(row)


def test_a_spent_budget_is_partial_and_names_the_limit() -> None:
    row, asked = heard(made("vorbis", 20), max_requests=1)
    assert (row["status"], len(asked.ranges)) == ("partial", 0)
    assert "1 requests" in row["error"]


def test_what_the_store_raises_goes_on_to_who_knows_it() -> None:
    content = made("vorbis", 20)

    def broken(start: int, length: int, /) -> bytes:
        raise TimeoutError("the store")

    with pytest.raises(TimeoutError):
        PROBE.probe(content[: 64 << 10], len(content), broken, PROBE.limits, ProbeContext("x"))


def test_an_object_that_shrank_has_changed() -> None:
    content = made("vorbis", 20)
    row = PROBE.probe(content[: 64 << 10], len(content), lambda *_: b"", PROBE.limits, ProbeContext("x"))
    assert row["status"] == "changed"


def test_formats_that_are_not_read_are_said_so() -> None:
    row, _ = heard(recording("aiff", "pcm_s16be"))
    assert row["status"] == "unsupported"
