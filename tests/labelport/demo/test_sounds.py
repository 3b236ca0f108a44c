import io
import wave
from typing import Any

import av
import pytest

from labelport.demo.sounds import RATE, recordings


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return dict(recordings())


def test_the_same_bytes_come_again(files: dict[str, bytes]) -> None:
    assert dict(recordings()) == files


def test_the_wav_is_what_python_reads(files: dict[str, bytes]) -> None:
    with wave.open(io.BytesIO(files["recordings/abs1235.wav"])) as file:
        assert (file.getnchannels(), file.getframerate(), file.getnframes()) == (1, RATE, 6 * RATE)


@pytest.mark.parametrize(
    ("key", "seconds"),
    [("recordings/abs1234.mp4", 6), ("recordings/abs1236.flac", 8), ("recordings/abs1237.mp3", 4)],
)
def test_the_others_decode_to_as_many_seconds(files: dict[str, bytes], key: str, seconds: float) -> None:
    opened: Any = av.open(io.BytesIO(files[key]))
    with opened as file:
        assert [stream.type for stream in file.streams] == ["audio"]
        samples = sum(frame.samples for frame in file.decode(audio=0))
    assert samples / RATE == pytest.approx(seconds, abs=0.2)
