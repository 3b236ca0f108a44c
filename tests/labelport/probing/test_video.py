"""What the probe says of a clip, against what FFmpeg shows when it decodes it whole."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labelport.probing.contract import Probe, ProbeContext
from labelport.probing.video import PROBE
from tests.labelport.probing.objects import fits_the_table, probed
from tests.media import clip, decoded_frames, sound
from tests.needs import fixtures

CONTAINERS = ["mp4", "mov", "3gp", "matroska", "webm", "avi", "mpegts", "mpeg", "asf"]


def test_it_is_a_probe() -> None:
    probe: Probe = PROBE
    assert probe.kind == "video"
    assert (probe.limits.max_bytes, probe.limits.max_requests) == (16 << 20, 64)


@pytest.mark.parametrize("container", CONTAINERS)
def test_size_codec_rate_and_time_of_every_container(container: str) -> None:
    codec = "mpeg4" if container == "3gp" else None
    row, _ = probed(PROBE, clip(container, frames=50, codec=codec))
    assert (row["status"], row["kind"], row["width"], row["height"]) == ("ok", "video", 96, 64)
    assert row["duration_s"] == pytest.approx(2.0, abs=0.5 if container == "mpeg" else 0.05)
    assert row["fps"] == pytest.approx(25)
    assert row["video"]["pixel_format"] == "yuv420p"
    assert row["video"]["streams"] == 1
    assert row["bit_depth"] == 8
    names = {"webm": "vp8", "mpeg": "mpeg2video", "asf": "wmv2", "3gp": "mpeg4"}
    assert row["video"]["codec"] == names.get(container, "h264")


@pytest.mark.parametrize("container", ["mp4", "mov", "avi"])
@pytest.mark.parametrize("b_frames", [0, 2])
def test_an_index_gives_the_exact_number_of_frames(container: str, b_frames: int) -> None:
    content = clip(container, frames=37, b_frames=b_frames)
    row, _ = probed(PROBE, content)
    assert row["frames"] == len(decoded_frames(content)) == 37
    assert (row["frames_method"], row["frames_exact"], row["duration_exact"]) == ("index", True, True)


@pytest.mark.parametrize("container", ["matroska", "webm", "mpegts", "asf"])
def test_without_an_index_the_number_is_an_estimate_and_says_so(container: str) -> None:
    row, _ = probed(PROBE, clip(container, frames=40))
    assert row["frames"] == pytest.approx(40, abs=1)
    assert (row["frames_method"], row["frames_exact"], row["duration_exact"]) == ("estimated", False, False)


def test_a_fragmented_file_is_counted_by_its_index() -> None:
    row, _ = probed(PROBE, clip(frames=40, gop=10, movflags="frag_keyframe+empty_moov"))
    assert (row["frames"], row["frames_method"], row["frames_exact"]) == (40, "index", True)


@pytest.mark.parametrize("b_frames", [0, 2])
@pytest.mark.parametrize("hidden", [7, 15])
def test_frames_that_an_edit_list_hides_do_not_count(hidden: int, b_frames: int) -> None:
    content = clip(frames=50, hidden=hidden, b_frames=b_frames)
    row, _ = probed(PROBE, content)
    assert row["frames"] == len(decoded_frames(content)) == 50 - hidden
    assert row["video"]["edit_list"] is True
    assert row["frames_exact"] is True


def test_reordered_frames_alone_are_no_edit() -> None:
    row, _ = probed(PROBE, clip(frames=30, b_frames=2))
    assert row["video"]["edit_list"] is False


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("container", ["mp4", "mov"])
def test_width_and_height_are_as_displayed(container: str, rotation: int) -> None:
    row, _ = probed(PROBE, clip(container, frames=3, rotation=rotation))
    assert row["video"]["rotation"] == rotation
    assert (row["stored_width"], row["stored_height"]) == (96, 64)
    assert (row["width"], row["height"]) == ((64, 96) if rotation % 180 else (96, 64))


def test_a_variable_rate_is_told_and_the_average_given() -> None:
    times = [n * 4 if n % 2 else n * 4 + 1 for n in range(30)]
    content = clip(frames=30, times=times, rate=100)
    row, _ = probed(PROBE, content)
    assert row["video"]["variable_rate"] is True
    assert row["fps"] == pytest.approx(25, rel=0.05)
    assert probed(PROBE, clip(frames=30))[0]["video"]["variable_rate"] is False


def test_key_frames_are_given_where_the_index_holds_presentation_times() -> None:
    content = clip(frames=30, gop=10)
    row, _ = probed(PROBE, content)
    assert row["video"]["keyframes"] == [frame.pts for frame in decoded_frames(content) if frame.key_frame]
    assert row["video"]["time_base"] == "1/12800"


def test_key_frames_are_left_out_where_the_index_holds_decoding_times() -> None:
    assert probed(PROBE, clip(frames=30, gop=10, b_frames=2))[0]["video"]["keyframes"] is None
    assert probed(PROBE, clip("matroska", frames=30))[0]["video"]["keyframes"] is None


def test_a_clip_that_starts_late_says_when() -> None:
    row, _ = probed(PROBE, clip(frames=25, hidden=-50))
    assert (row["start_s"], row["frames"]) == (pytest.approx(2.0), 25)


def test_the_sound_of_a_clip_is_told_too() -> None:
    row, _ = probed(PROBE, clip(frames=25, with_sound=True))
    assert (row["kind"], row["channels"], row["sample_rate"]) == ("video", 1, 16000)
    assert row["audio"]["codec"] == "aac"


@pytest.mark.parametrize(
    ("container", "codec", "mime"),
    [
        ("mp4", "aac", "audio/mp4"),
        ("mov", "aac", "audio/mp4"),
        ("matroska", "libopus", "audio/x-matroska"),
        ("webm", "libopus", "audio/webm"),
        ("mpegts", "aac", "video/mp2t"),
    ],
)
def test_a_container_without_pictures_is_sound(container: str, codec: str, mime: str) -> None:
    row, _ = probed(PROBE, sound(container, codec=codec))
    assert (row["kind"], row["mime_type"], row["status"]) == ("audio", mime, "ok")
    assert row["duration_s"] == pytest.approx(1.0, abs=0.2)
    assert (row["channels"], row["audio"]["codec"]) == (1, codec.removeprefix("lib"))
    assert row.get("width") is None
    assert row.get("frames") is None


def test_a_cover_is_no_video() -> None:
    row, _ = probed(PROBE, sound("mp4", cover=True))
    assert (row["kind"], row.get("width")) == ("audio", None)


@pytest.mark.parametrize("movflags", ["faststart", ""])
@pytest.mark.parametrize("frames", [600])
def test_a_long_clip_costs_few_requests(movflags: str, frames: int) -> None:
    content = clip(frames=frames, width=320, height=240, movflags=movflags)
    row, asked = probed(PROBE, content, head=4096)
    assert row["frames"] == frames
    assert len(asked.ranges) <= 4
    assert asked.bytes <= 512 << 10


def test_a_clip_cut_behind_its_index_counts_what_is_there() -> None:
    content = clip(frames=50, width=320, height=240, movflags="faststart")
    cut = content[: len(content) * 6 // 10]
    row, _ = probed(PROBE, cut)
    assert (row["status"], row["frames_exact"], row["duration_exact"]) == ("truncated", False, False)
    assert 5 <= row["frames"] < 50
    assert f"{row['frames']} of 50" in row["error"]
    assert row["duration_s"] == pytest.approx(row["frames"] / 25)
    assert row["width"] == 320


def test_a_clip_cut_before_its_index_is_truncated_and_nothing_is_known() -> None:
    row, _ = probed(PROBE, clip(frames=50)[:-300])
    assert (row["status"], row.get("width")) == ("truncated", None)


@pytest.mark.parametrize("container", ["matroska", "avi", "asf"])
def test_other_containers_tell_by_their_length_that_they_are_cut(container: str) -> None:
    content = clip(container, frames=50)
    row, _ = probed(PROBE, content[: len(content) * 6 // 10])
    assert (row["status"], row["frames_exact"], row["width"]) == ("truncated", False, 96)


def test_an_index_without_pictures_is_partial() -> None:
    content = clip(frames=20, movflags="faststart")
    start = content.index(b"mdat") + 4
    row, _ = probed(PROBE, content[:start] + bytes(len(content) - start))
    assert (row["status"], row["frames"]) == ("partial", 20)


@pytest.mark.parametrize("container", ["mp4", "matroska", "avi", "mpegts"])
def test_a_head_without_a_body_is_a_row(container: str) -> None:
    row, _ = probed(PROBE, clip(container, frames=3)[:250])
    assert row["status"] in {"truncated", "unreadable", "unsupported", "partial"}
    assert row["error"]


def test_more_pixels_than_the_limit_are_not_decoded() -> None:
    row, _ = probed(PROBE, clip(frames=3), max_pixels=1000)
    assert (row["status"], row["width"], row["height"]) == ("too_large", 96, 64)


def test_a_spent_budget_gives_partial_and_names_the_limit() -> None:
    content = clip(frames=50, width=320, height=240)
    row, asked = probed(PROBE, content, head=1024, max_requests=1)
    assert row["status"] == "partial"
    assert "1 requests" in row["error"]
    assert not asked.ranges
    row, asked = probed(PROBE, clip("mpegts", frames=200, width=320, height=240), head=4096, max_bytes=60_000)
    assert row["status"] == "partial"
    assert asked.bytes <= 60_000


def test_what_the_store_raises_goes_on_to_who_knows_it() -> None:
    content = clip(frames=20)

    def broken(start: int, length: int, /) -> bytes:
        raise TimeoutError("the store")

    with pytest.raises(TimeoutError):
        PROBE.probe(content[:1024], len(content), broken, PROBE.limits, ProbeContext("x"))


def test_an_object_that_shrank_has_changed() -> None:
    content = clip(frames=20)
    row = PROBE.probe(
        content[:1024], len(content), lambda start, _: content[start:1500], PROBE.limits, ProbeContext("x")
    )
    assert row["status"] == "changed"


GOOD = [
    clip("mp4", frames=12, b_frames=2, rotation=90),
    clip("mp4", frames=12, movflags="frag_keyframe+empty_moov"),
    clip("matroska", frames=12, with_sound=True),
    clip("avi", frames=12),
    clip("mpegts", frames=12),
    clip("webm", frames=12),
    sound("mp4"),
]


@given(
    st.sampled_from(GOOD),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=12),
    st.floats(0.1, 1.0),
)
@settings(max_examples=120, deadline=5000, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_bytes_are_flipped_there_is_a_row(good: bytes, flips: list[tuple[float, int]], keep: float) -> None:
    content = bytearray(good)
    for place, value in flips:
        content[int(place * (len(content) - 1))] = value
    content = content[: int(len(content) * keep)]
    row, asked = probed(PROBE, bytes(content), head=1024)
    assert fits_the_table(row)
    assert len(asked.ranges) <= PROBE.limits.max_requests


def test_clips_are_as_the_reference_manifests_say() -> None:
    root = fixtures("cvat", "in", "video")
    compared = 0
    for manifest in sorted((root.parent.parent / "out" / "video_force").glob("*/manifest.jsonl")):
        properties = json.loads(manifest.read_text().splitlines()[2])["properties"]
        row, _ = probed(PROBE, (root / properties["name"]).read_bytes(), key=properties["name"])
        assert [row["width"], row["height"]] == properties["resolution"], properties
        if properties["name"] == "cut.mkv":
            assert (row["status"], row["frames"]) == ("truncated", None)
        else:
            assert (row["status"], row["frames"]) == ("ok", properties["length"]), properties
        compared += 1
    assert compared == 21
