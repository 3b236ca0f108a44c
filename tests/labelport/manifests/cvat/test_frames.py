"""The algorithm on clips made here; its bytes are compared with the tool's in test_fixtures."""

import hashlib
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from labelport.manifests.cvat.frames import VideoRefused, chapter_frames, pixel_checksum, video_facts


def clip(path: Path, *, frames: int, gop: int) -> Callable[[], Any]:
    """Make a clip of a moving bar with a key frame every ``gop`` frames; return what opens it."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 32, 16, "yuv420p"
        stream.codec_context.gop_size = gop
        stream.codec_context.options = {"sc_threshold": "1000000000"}
        for number in range(frames):
            picture = np.zeros((16, 32, 3), np.uint8)
            picture[:, number % 32] = 255
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        container.mux(stream.encode(None))
    return lambda: av.open(str(path))


def test_every_key_frame_that_can_be_sought_is_listed(tmp_path: Path) -> None:
    facts = video_facts(clip(tmp_path / "a.mp4", frames=50, gop=10), force=False)
    assert (facts.resolution, facts.length, facts.chapters) == ((32, 16), 50, ())
    assert [number for number, _, _ in facts.frames] == [0, 10, 20, 30, 40]
    step = facts.frames[1][1] // 10
    assert [pts for _, pts, _ in facts.frames] == [number * step for number in (0, 10, 20, 30, 40)]
    assert all(len(checksum) == 32 for _, _, checksum in facts.frames)


@pytest.mark.parametrize(("gop", "passes"), [(108, True), (109, False)])
def test_one_key_frame_in_108_is_enough_and_one_in_109_is_not(gop: int, passes: bool, tmp_path: Path) -> None:
    opener = clip(tmp_path / "a.mp4", frames=220, gop=gop)
    if passes:
        assert len(video_facts(opener, force=False).frames) == 3
    else:
        with pytest.raises(VideoRefused) as refused:
            video_facts(opener, force=False)
        assert refused.value.code == "cvat.keyframes_too_sparse"
    assert len(video_facts(opener, force=True).frames) == 3


def test_a_short_clip_needs_one_key_frame(tmp_path: Path) -> None:
    assert len(video_facts(clip(tmp_path / "a.mp4", frames=100, gop=250), force=False).frames) == 1


def chapter(start: int, end: int, number: int = 0) -> dict[str, Any]:
    return {"start": start, "end": end, "time_base": Fraction(1, 1000), "metadata": {"title": "t"}, "id": number}


@pytest.mark.parametrize(
    ("start", "end", "frames"),
    [
        (0, 400, (0, 9)),  # ends at frame 10: the one before it is the last
        (20, 400, (0, 9)),  # between two frames, tie: the earlier
        (21, 400, (1, 9)),
        (0, 4000, (0, 24)),  # ends behind the last frame: that one is the last
        (0, 1, (0, -1)),  # too short: it stops before it starts, as in the tool
    ],
)
def test_chapters_are_frame_numbers_nearest_to_their_times(start: int, end: int, frames: tuple[int, int]) -> None:
    pts = [number * 512 for number in range(25)]  # 25 frames a second, time base 1/12800
    (found,) = chapter_frames([chapter(start, end, 7)], Fraction(1, 12800), pts)
    assert list(found) == ["start", "stop", "metadata", "id"]
    assert (found["start"], found["stop"], found["id"]) == (*frames, 7)


@pytest.mark.parametrize("size", [(1, 1), (31, 7), (32, 16), (101, 50), (128, 3)])
@pytest.mark.parametrize("pixels", ["yuv420p", "rgb24", "gray", "yuv444p10le"])
def test_the_checksum_is_that_of_pyavs_picture_with_or_without_padding(size: tuple[int, int], pixels: str) -> None:
    width, height = size
    noise = np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)
    frame = av.VideoFrame.from_ndarray(noise, "rgb24").reformat(format=pixels)
    assert pixel_checksum(frame) == hashlib.md5(frame.to_image().tobytes()).hexdigest()  # type: ignore[no-untyped-call]
