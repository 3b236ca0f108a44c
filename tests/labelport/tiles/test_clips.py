"""Videos: the frame that is asked for, as FFmpeg decodes them one after the other."""

from typing import Any

import numpy as np
import pytest

from labelport.probing.av_open import MediaRefused
from labelport.tiles.clips import clip_picture
from labelport.tiles.picture import NoPicture, Picture
from tests.labelport.probing.dicom_files import Reads
from tests.media import clip, decoded_frames, sound


def shown(body: bytes, frame: int = 0, frames: int = 1, side: int = 240) -> Picture:
    return clip_picture(
        lambda start, length: body[start : start + length], len(body), frame=frame, frames=frames, side=side
    )


def nearest(picture: Picture, judged: list[Any]) -> int:
    """Return the number of the frame that a picture is most like."""
    wide = [frame.to_ndarray(format="rgb24").astype(int) for frame in judged]
    return int(np.argmin([np.abs(each - picture.pixels).mean() for each in wide]))


@pytest.mark.parametrize("container", ["mp4", "mov", "matroska", "webm", "avi", "mpegts"])
def test_first_middle_and_last_frame_are_found_by_seeking(container: str) -> None:
    body = clip(container, frames=25)
    judged = decoded_frames(body)
    found = [nearest(shown(body, number, 25), judged) for number in (0, 12, 24)]
    assert found[0] == 0
    assert abs(found[1] - 12) <= 1
    assert found[2] >= 23


def test_frames_that_are_decoded_in_another_order_are_found_too() -> None:
    body = clip("mp4", frames=25, b_frames=2)
    judged = decoded_frames(body)
    assert [nearest(shown(body, number, 25), judged) for number in (0, 12, 24)] == [0, 12, 24]


def test_a_frame_has_the_pixels_that_ffmpeg_gives() -> None:
    body = clip("mp4", frames=3)
    assert np.array_equal(shown(body).pixels, decoded_frames(body)[0].to_ndarray(format="rgb24"))


@pytest.mark.parametrize(("rotation", "size"), [(90, (64, 96)), (180, (96, 64)), (270, (64, 96))])
def test_a_clip_is_turned_as_a_player_turns_it(rotation: int, size: tuple[int, int]) -> None:
    stored = shown(clip("mp4", frames=2, rotation=0)).pixels
    made = shown(clip("mp4", frames=2, rotation=rotation))
    assert (made.width, made.height) == size
    assert np.array_equal(made.pixels, np.rot90(stored, -rotation // 90))


def test_a_large_clip_is_made_small() -> None:
    assert shown(clip("mp4", frames=2, width=320, height=160), side=40).pixels.shape == (20, 40, 3)


def test_of_a_long_clip_only_a_part_is_read() -> None:
    noise = clip("mp4", frames=250, width=640, height=480, codec="mpeg4")
    body = noise + bytes(8 << 20)
    reads = Reads(body)
    clip_picture(reads, len(body), frame=125, frames=250)
    assert sum(length for _, length in reads.calls) < len(noise)


@pytest.mark.parametrize(
    "body", [b"", b"ffconcat version 1.0\nfile other.mp4\n", bytes(5000), b"#EXTM3U\nhttp://127.0.0.1/a.ts\n"], ids=len
)
def test_what_is_no_container_is_never_given_to_ffmpeg(body: bytes) -> None:
    with pytest.raises(MediaRefused):
        shown(body)


def test_a_container_of_sound_has_no_pictures() -> None:
    with pytest.raises(NoPicture, match="pictures"):
        shown(sound("mp4"))


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_clip_that_is_cut_gives_a_picture_or_an_exception(share: float) -> None:
    for container in ("mpegts", "matroska", "mp4"):
        body = clip(container, frames=25)
        try:
            made = shown(body[: int(len(body) * share)], 24, 25)
        except Exception:
            continue
        assert made.pixels.shape == (64, 96, 3)
