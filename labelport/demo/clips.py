"""H.264 clips, encoded here: one turned by its display matrix, one with B-frames, one short.

Equal bytes on one toolchain: x264 runs on one thread and without its macroblock tree, which gave other
bytes from call to call (measured: 5 versions of one clip in 6 calls).
"""

import io
import struct
from collections.abc import Iterator
from fractions import Fraction

import av
import numpy as np

from labelport.demo.scenes import Colour, Gray, landscape, ultrasound

BIT_EXACT = 0x400
"""AVFMT_FLAG_BITEXACT: no version, no random ids, no time in the file."""

QUARTER_TURN = struct.pack(">9i", 0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30)
"""Display matrix: shown turned by 90 degrees clockwise (ISO/IEC 14496-12, 8.3.2; 16.16 and 2.30)."""

_UNTURNED = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)


def clips() -> Iterator[tuple[str, bytes]]:
    """Yield the clips."""
    day = [landscape(320, 240, light=n // 24, moment=n / 71) for n in range(72)]
    yield "clips/day_b_frames.mp4", encoded_clip(day, container="mp4", b_frames=2)
    lying = [np.ascontiguousarray(np.rot90(landscape(240, 320, light=2, moment=n / 35))) for n in range(36)]
    yield "clips/dusk_rotated.mp4", turned(encoded_clip(lying, container="mp4"))
    beat = [ultrasound(320, 240, phase=n / 12) for n in range(24)]
    yield "clips/heart.mkv", encoded_clip(beat, container="matroska", rate=Fraction(12))
    yield "clips/heart.mov", encoded_clip(beat, container="mov", rate=Fraction(12))
    yield "clips/short.mp4", encoded_clip(day[:3], container="mp4", rate=Fraction(30000, 1001))


def encoded_clip(
    pictures: list[Colour] | list[Gray], *, container: str, b_frames: int = 0, rate: Fraction = Fraction(24)
) -> bytes:
    """Return pictures (RGB or gray, even sides) as a clip with a key frame every 12."""
    out = io.BytesIO()
    with av.open(out, "w", format=container) as file:
        file.flags |= BIT_EXACT
        settings = {"bf": str(b_frames), "g": "12", "crf": "27", "x264-params": "threads=1:mbtree=0"}
        stream = file.add_stream("libx264", rate=rate, options=settings)
        stream.codec_context.thread_count = 1
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        for picture in pictures:
            kind = "rgb24" if picture.ndim == 3 else "gray"
            file.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format=kind)))
        file.mux(stream.encode(None))
    return out.getvalue()


def turned(mp4: bytes) -> bytes:
    """Return an mp4 of one track with a display matrix that turns it by 90 degrees clockwise."""
    track = mp4.index(b"tkhd")
    place = mp4.index(_UNTURNED, track)
    return mp4[:place] + QUARTER_TURN + mp4[place + len(QUARTER_TURN) :]
