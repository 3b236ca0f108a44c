"""Small images and clips for the whole suite, made in memory by Pillow and PyAV; the same bytes each time.

photo("JPEG", 40, 30, orientation=6)      a JPEG that is shown 30 x 40
clip("mp4", frames=25, b_frames=2)        25 frames of h264
clip("mp4", rotation=90)                  with a display matrix
sound("mp4")                              an mp4 without pictures
"""

import io
import struct
import tempfile
import zlib
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image

CODECS = {"webm": "libvpx", "mpeg": "mpeg2video", "asf": "wmv2"}
"""Codec of a container; h264 elsewhere."""


def picture(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """Return a gradient of any Pillow mode."""
    ramp = np.add.outer(np.arange(height) * 3, np.arange(width) * 5)
    grey = Image.fromarray((ramp % 256).astype(np.uint8))
    if mode in {"I;16", "I", "F"}:
        kind = {"I;16": np.uint16, "I": np.int32, "F": np.float32}[mode]
        return Image.fromarray((ramp * 37 % 65536).astype(kind))
    if mode == "P":
        return grey.convert("RGB").quantize(16)
    if mode in {"LA", "PA"}:
        return Image.merge("LA", (grey, grey.transpose(Image.Transpose.FLIP_TOP_BOTTOM)))
    return Image.merge("RGB", (grey, grey.rotate(180), grey)).convert(mode)


def exif(orientation: int, *, big_endian: bool = False) -> bytes:
    """Return an EXIF block (with its ``Exif`` mark) of one tag."""
    order = ">" if big_endian else "<"
    head = b"MM\x00*" if big_endian else b"II*\x00"
    entry = struct.pack(f"{order}HHIHH", 0x0112, 3, 1, orientation, 0)
    return b"Exif\x00\x00" + head + struct.pack(f"{order}IH", 8, 1) + entry + bytes(4)


def photo(
    kind: str = "JPEG",
    width: int = 40,
    height: int = 30,
    *,
    mode: str = "RGB",
    orientation: int | None = None,
    big_endian: bool = False,
    frames: int = 1,
    **options: Any,
) -> bytes:
    """Return an image in a format of Pillow (JPEG, PNG, GIF, BMP, TIFF, WEBP, PPM, JPEG2000, ICO)."""
    image = picture(width, height, mode)
    if orientation is not None:
        if kind == "TIFF":
            options["tiffinfo"] = {0x0112: orientation}
        else:
            options["exif"] = exif(orientation, big_endian=big_endian)
    if frames > 1:
        others = [image.transpose(Image.Transpose.FLIP_LEFT_RIGHT), image.rotate(180)]
        options |= {"save_all": True, "append_images": [others[n % 2] for n in range(frames - 1)]}
    sink = io.BytesIO()
    image.save(sink, kind, **options)
    return sink.getvalue()


def png_chunk(name: bytes, body: bytes) -> bytes:
    """Return a PNG chunk with its checksum."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_bomb(width: int, height: int) -> bytes:
    """Return a PNG of a few bytes that says it has so many pixels."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", head)
        + png_chunk(b"IDAT", zlib.compress(b""))
        + png_chunk(b"IEND", b"")
    )


def with_segments(jpeg: bytes, *segments: bytes) -> bytes:
    """Return a JPEG with segments (marker and body, without length) behind its start marker."""
    packed = b"".join(each[:2] + struct.pack(">H", len(each)) + each[2:] for each in segments)
    return jpeg[:2] + packed + jpeg[2:]


def clip(
    container: str = "mp4",
    *,
    frames: int = 25,
    width: int = 96,
    height: int = 64,
    rate: int = 25,
    b_frames: int = 0,
    gop: int = 12,
    codec: str | None = None,
    rotation: int | None = None,
    times: Sequence[int] | None = None,
    hidden: int = 0,
    with_sound: bool = False,
    movflags: str = "",
) -> bytes:
    """Return a clip. ``container``: mp4, mov, matroska, webm, avi, mpegts, mpeg, asf.

    ``rotation``: degrees clockwise by which a player turns it. ``times``: presentation times in ticks of
    1/``rate`` (variable rate). ``hidden``: so many first frames lie before an edit list's start.
    ``movflags``: faststart, or frag_keyframe+empty_moov for a fragmented file.
    """
    codec = codec or CODECS.get(container, "libx264")
    options = {"threads": "1", "g": str(gop)}
    if codec == "libx264":
        options |= {"bf": str(b_frames), "preset": "ultrafast" if not b_frames else "veryfast", "sc_threshold": "0"}
    with tempfile.TemporaryDirectory() as folder:
        # A path, because faststart makes FFmpeg read again what it has written.
        path = Path(folder, "clip")
        with av.open(str(path), "w", format=container, options={"movflags": movflags} if movflags else {}) as made:
            video: Any = made.add_stream(codec, rate=rate, options=options)
            video.width, video.height, video.pix_fmt = width, height, "yuv420p"
            if rotation is not None:
                video.set_display_rotation(-rotation)
            track = _sound_track(made) if with_sound else None
            for number in range(frames):
                pixels = np.full((height, width, 3), number * 9 % 256, np.uint8)
                pixels[:, : width // 2] = number * 5 % 256
                frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
                frame.pts = times[number] if times is not None else number - hidden
                frame.time_base = Fraction(1, rate)
                made.mux(video.encode(frame))
            made.mux(video.encode(None))
            if track is not None:
                _play(made, track)
        return path.read_bytes()


def sound(container: str = "mp4", *, seconds: float = 1.0, codec: str = "aac", cover: bool = False) -> bytes:
    """Return a container with sound only; ``cover``: and an attached picture."""
    sink = io.BytesIO()
    with av.open(sink, "w", format=container) as made:
        track = _sound_track(made, codec)
        picture_track: Any = None
        if cover:
            picture_track = made.add_stream("mjpeg", rate=1)
            picture_track.width, picture_track.height, picture_track.pix_fmt = 32, 32, "yuvj420p"
            picture_track.disposition = av.stream.Disposition.attached_pic
            made.mux(picture_track.encode(av.VideoFrame(32, 32, "yuvj420p")))
        _play(made, track, seconds)
        if picture_track is not None:
            made.mux(picture_track.encode(None))
    return sink.getvalue()


def _sound_track(made: Any, codec: str = "aac") -> Any:
    return made.add_stream(codec, rate=48000 if codec == "libopus" else 16000, layout="mono")


def _play(made: Any, track: Any, seconds: float = 1.0) -> None:
    rate = track.rate
    wave = (np.sin(np.arange(int(rate * seconds)) / rate * 2 * np.pi * 440) * 8000).astype(np.int16)
    resampler = av.AudioResampler(
        format=track.format, layout="mono", rate=rate, frame_size=track.codec_context.frame_size or 1024
    )
    frame = av.AudioFrame.from_ndarray(wave[None, :], format="s16", layout="mono")
    frame.sample_rate = rate
    frame.pts = 0
    for piece in [*resampler.resample(frame), *resampler.resample(None)]:
        made.mux(track.encode(piece))
    made.mux(track.encode(None))


def decoded_frames(content: bytes) -> list[Any]:
    """Return all frames of a clip of ours, as FFmpeg decodes them: the judge of what probes count."""
    with av.open(io.BytesIO(content), "r") as opened:
        return list(opened.decode(video=0))
