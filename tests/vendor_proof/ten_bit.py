"""Clips of 10 bits a sample, made here: no fixture is one, and their checksums differ from PyAV to PyAV."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np

ENCODERS = {
    "h264_10.mp4": ("libx264", "yuv420p10le"),
    "h264_422_10.mkv": ("libx264", "yuv422p10le"),
    "hevc_10.mp4": ("libx265", "yuv420p10le"),
    "prores.mov": ("prores_ks", "yuv422p10le"),
    "ffv1_10.mkv": ("ffv1", "yuv420p10le"),
}
"""Encoder and pixel format of each clip."""

FRAMES = 40
WIDTH, HEIGHT = 130, 70


def ten_bit_clips(folder: Path) -> Iterator[tuple[str, str | None]]:
    """Write the clips; yield the name of each, and why it could not be made."""
    for name, (encoder, pixels) in ENCODERS.items():
        try:
            codec = av.codec.Codec(encoder, "w")
        except av.codec.codec.UnknownCodecError:
            yield name, f"this build of PyAV has no encoder {encoder}"
            continue
        if pixels not in {each.name for each in codec.video_formats or ()}:
            yield name, f"the encoder {encoder} of this build takes no {pixels}"
            continue
        _write(folder / name, encoder, pixels)
        yield name, None


def _write(path: Path, encoder: str, pixels: str) -> None:
    """Encode a slope of all values that moves, with a key frame every 8; one thread, so that bytes repeat."""
    slope = np.add.outer(np.arange(HEIGHT) * 397, np.arange(WIDTH) * 211)
    with av.open(str(path), "w") as container:
        track: Any = container.add_stream(
            encoder, rate=25, options={"g": "8", "bf": "0", "x265-params": "log-level=none"}
        )
        track.width, track.height, track.pix_fmt = WIDTH, HEIGHT, pixels
        track.codec_context.thread_count = 1
        track.codec_context.gop_size = 8
        for number in range(FRAMES):
            planes = [(slope * step + number * 977) % 65536 for step in (1, 2, 3)]
            frame = av.VideoFrame.from_ndarray(np.dstack(planes).astype(np.uint16), format="rgb48le")
            container.mux(track.encode(frame))
        container.mux(track.encode(None))
