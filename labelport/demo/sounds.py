"""Recordings of a drawn heartbeat, and the pictures that are shown with them.

Equal bytes on one toolchain: the encoders of FFmpeg write no version and no random ids in bit-exact mode.
"""

import io
import wave
from collections.abc import Iterator
from typing import Any

import av
import numpy as np
import numpy.typing as npt
from PIL import Image

from labelport.demo.clips import BIT_EXACT
from labelport.demo.pictures import encoded

Samples = npt.NDArray[np.int16]
RATE = 8000
"""Samples a second: a heartbeat lies below 200 Hz."""


def recordings() -> Iterator[tuple[str, bytes]]:
    """Yield recordings, with their pictures beside them; the last one has none."""
    calm, fast, murmur = (
        heartbeat(6, rate=60),
        heartbeat(6, rate=96, seed=1),
        heartbeat(8, rate=72, murmur=0.3, seed=2),
    )
    yield "recordings/abs1234.mp4", compressed(calm, container="mp4", codec="aac")  # sound only, as phones write it
    yield "recordings/abs1234.jpeg", encoded(_seen(calm), "JPEG", quality=85)
    yield "recordings/abs1235.wav", pcm(fast)
    yield "recordings/abs1235.png", encoded(_seen(fast), "PNG")
    yield "recordings/abs1236.flac", compressed(murmur, container="flac", codec="flac")
    yield "recordings/abs1236.png", encoded(_seen(murmur), "PNG")
    yield "recordings/abs1237.mp3", compressed(heartbeat(4, rate=110, seed=3), container="mp3", codec="mp3")


def heartbeat(seconds: float, *, rate: float, murmur: float = 0.0, seed: int = 0) -> Samples:
    """Return both sounds of each beat and a little noise, 16 bit, ``RATE`` samples a second; ``rate`` a minute."""
    random = np.random.default_rng(seed)
    time = np.arange(int(seconds * RATE)) / RATE
    phase = (time * rate / 60) % 1
    first = np.exp(-(((phase - 0.10) / 0.030) ** 2)) * np.sin(2 * np.pi * 55 * time)
    second = 0.7 * np.exp(-(((phase - 0.42) / 0.022) ** 2)) * np.sin(2 * np.pi * 75 * time)
    between = murmur * np.exp(-(((phase - 0.26) / 0.08) ** 2)) * random.normal(0, 0.35, len(time))
    sound = 0.6 * (first + second + between) + random.normal(0, 0.004, len(time))
    samples: Samples = (np.clip(sound, -1, 1) * 32767).astype(np.int16)
    return samples


def pcm(samples: Samples) -> bytes:
    """Return samples as a WAV of one channel."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.astype("<i2").tobytes())
    return out.getvalue()


def compressed(samples: Samples, *, container: str, codec: str) -> bytes:
    """Return samples as a compressed recording of one channel."""
    out = io.BytesIO()
    with av.open(out, "w", format=container) as file:
        file.flags |= BIT_EXACT
        stream: Any = file.add_stream(codec, rate=RATE)  # the stubs do not know which kind a name gives
        stream.codec_context.thread_count = 1
        stream.codec_context.layout = "mono"
        frame = av.AudioFrame.from_ndarray(samples[None, :], format="s16", layout="mono")
        frame.sample_rate = RATE
        for part in av.AudioResampler(stream.format.name, "mono", RATE).resample(frame):
            file.mux(stream.encode(part))
        file.mux(stream.encode(None))
    return out.getvalue()


def _seen(samples: Samples) -> Image.Image:
    """Return the curve of a recording, white on blue, 640 x 160."""
    width, height = 640, 160
    columns = np.array_split(samples.astype(float) / 32768, width)
    low, high = (np.array([end(part) for part in columns]) for end in (np.min, np.max))
    y = np.linspace(1, -1, height)[:, None]
    line = (y <= high + 0.01) & (y >= low - 0.01)
    picture = np.where(line[..., None], (235, 240, 255), (18, 30, 62)).astype(np.uint8)
    return Image.fromarray(picture)
