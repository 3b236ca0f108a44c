import io
from fractions import Fraction

import av
import pytest
from av.video.frame import PictureType

from labelport.demo.clips import clips, encoded_clip, turned
from labelport.demo.scenes import landscape


@pytest.fixture(scope="module")
def made() -> dict[str, bytes]:
    return dict(clips())


def frames_of(clip: bytes) -> list[av.VideoFrame]:
    with av.open(io.BytesIO(clip), "r") as file:
        return list(file.decode(video=0))


def test_the_rotated_clip_is_shown_upright(made: dict[str, bytes]) -> None:
    frames = frames_of(made["clips/dusk_rotated.mp4"])
    assert (len(frames), frames[0].width, frames[0].height) == (36, 320, 240)
    assert {frame.rotation for frame in frames} == {-90}  # FFmpeg counts against the clock


def test_the_clip_with_b_frames_has_them(made: dict[str, bytes]) -> None:
    frames = frames_of(made["clips/day_b_frames.mp4"])
    assert len(frames) == 72
    assert PictureType.B in {PictureType(frame.pict_type) for frame in frames}


def test_the_others_play(made: dict[str, bytes]) -> None:
    assert len(frames_of(made["clips/heart.mkv"])) == len(frames_of(made["clips/heart.mov"])) == 24
    assert len(frames_of(made["clips/short.mp4"])) == 3


def test_turning_changes_the_matrix_alone() -> None:
    clip = encoded_clip([landscape(64, 48)] * 2, container="mp4", rate=Fraction(5))
    differing = [n for n, (a, b) in enumerate(zip(clip, turned(clip), strict=True)) if a != b]
    track = clip.index(b"tkhd")
    assert differing
    assert all(track < n < track + 92 for n in differing)
