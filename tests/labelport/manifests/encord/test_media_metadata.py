from typing import Any

import pytest

from labelport.manifests.encord.media_metadata import media_metadata
from tests.labelport.manifests.encord.prefixes import image, nifti, pdf, sound, text, video


def test_all_members_are_written_where_all_are_exact() -> None:
    assert media_metadata("videos", video("a.mp4")) == {
        "fps": 29.97,
        "duration": 12.5,
        "width": 1280,
        "height": 720,
        "file_size": 1048576,
        "mime_type": "video/mp4",
    }
    assert media_metadata("images", image("a.png")) == {
        "mime_type": "image/png",
        "file_size": 20480,
        "width": 640,
        "height": 480,
    }
    assert media_metadata("audio", sound("a.wav")) == {
        "duration": 3.25,
        "file_size": 624044,
        "mime_type": "audio/wav",
        "sample_rate": 48000,
        "bit_depth": 16,
        "codec": "pcm",
        "num_channels": 2,
    }
    assert media_metadata("text", text("a.txt")) == {"file_size": 812, "mime_type": "text/plain"}
    assert media_metadata("pdfs", pdf("a.pdf")) == {"file_size": 81200, "num_pages": 3}
    assert media_metadata("nifti", nifti("a.nii.gz")) is None


def test_whole_numbers_become_floats_where_encord_wants_floats() -> None:
    found = media_metadata("videos", video("a.mp4", fps=25, duration_s=4))
    assert found is not None
    assert [type(found[name]) for name in ("fps", "duration", "width")] == [float, float, int]


@pytest.mark.parametrize(
    "column",
    [
        {"duration_exact": False},
        {"duration_exact": None},
        {"duration_s": None},
        {"duration_s": 0.0},
        {"fps": None},
        {"fps": float("nan")},
        {"video": {"variable_rate": True}},
        {"video": {"variable_rate": None}},
        {"video": None},
        {"width": None},
        {"width": 0},
        {"mime_type": None},
        {"mime_type": ""},
    ],
)
def test_one_unknown_or_guessed_member_leaves_all_of_a_video_out(column: dict[str, Any]) -> None:
    assert media_metadata("videos", video("a.mp4", **column)) is None


@pytest.mark.parametrize(
    "column",
    [{"audio": {"codec": "mp3", "bit_depth": None}}, {"audio": None}, {"sample_rate": None}, {"channels": None}],
)
def test_lossy_sound_has_no_bit_depth_and_so_no_metadata(column: dict[str, Any]) -> None:
    assert media_metadata("audio", sound("a.mp3", **column)) is None
