"""Small images and clips for the whole suite, made in memory by Pillow and PyAV; the same bytes each time.

photo("JPEG", 40, 30, orientation=6)      a JPEG that is shown 30 x 40
clip("mp4", frames=25, b_frames=2)        25 frames of h264
clip("mp4", rotation=90)                  with a display matrix
sound("mp4")                              an mp4 without pictures
pcd(20, encoding="ascii")                 a point cloud; kitti(20): as plain floats
figures(3)                                a PDF of three pages, by matplotlib
recording("mp3", "libmp3lame", samples=99) so many samples of sound
"""

import io
import struct
import tempfile
import zlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image

CODECS = {"webm": "libvpx", "mpeg": "mpeg2video", "asf": "wmv2"}
"""Codec of a container; h264 elsewhere."""

SOUND_CODECS = {"webm": "libopus", "ogg": "libopus", "mpeg": "mp2", "asf": "libmp3lame"}
"""Codec of the sound beside pictures; aac elsewhere."""


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
            track = _sound_track(made, SOUND_CODECS.get(container, "aac")) if with_sound else None
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
    _encode(made, track, wave[None, :])


def _encode(made: Any, track: Any, wave: Any) -> None:
    """Encode a wave of shape (channels, samples), int16."""
    layout = LAYOUTS[wave.shape[0]]
    resampler = av.AudioResampler(
        format=track.format, layout=layout, rate=track.rate, frame_size=track.codec_context.frame_size or 1024
    )
    frame = av.AudioFrame.from_ndarray(wave, format="s16p", layout=layout)
    frame.sample_rate = track.rate
    frame.pts = 0
    for piece in [*resampler.resample(frame), *resampler.resample(None)]:
        made.mux(track.encode(piece))
    made.mux(track.encode(None))


LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1"}


class _Pipe:
    """A place to write that cannot be gone back in, as a recorder writes to a socket."""

    def __init__(self) -> None:
        self.content = b""

    def write(self, piece: bytes) -> int:
        self.content += bytes(piece)
        return len(piece)


def recording(
    container: str = "wav",
    codec: str = "pcm_s16le",
    *,
    samples: int = 44_100,
    rate: int = 44_100,
    channels: int = 2,
    bits: int | None = None,
    varying: bool = False,
    cover: int = 0,
    tags: Mapping[str, str] | None = None,
    piped: bool = False,
    **muxer: str,
) -> bytes:
    """Return sound of so many samples a channel.

    ``container``, ``codec``: as FFmpeg calls them. ``bits``: of FLAC and ALAC, 16 or 24. ``varying``: MP3 of
    varying bit rate. ``cover``: side of a picture of noise in it. ``piped``: written without going back, so
    that no length stands in the header. ``muxer``: options of the container (``write_xing="0"``).
    """
    with tempfile.TemporaryDirectory() as folder:
        # A path, because faststart makes FFmpeg read again what it has written.
        path, pipe = Path(folder, "sound"), _Pipe()
        with av.open(pipe if piped else str(path), "w", format=container, options=muxer) as made:
            made.metadata.update(tags or {})
            wave = noise(samples, channels=channels)
            _record(made, codec, wave=wave, rate=rate, bits=bits, varying=varying, cover=cover)
        return pipe.content if piped else path.read_bytes()


def _record(made: Any, codec: str, *, wave: Any, rate: int, bits: int | None, varying: bool, cover: int) -> None:
    options = {"vorbis": {"strict": "experimental"}, "libmp3lame": {"compression_level": "9"}}.get(codec, {})
    if varying:
        options |= {"flags": "qscale", "global_quality": str(118 * 4)}
    track = made.add_stream(codec, rate=rate, layout=LAYOUTS[wave.shape[0]], options=options)
    if bits is not None:
        track.format = {16: "s16", 24: "s32"}[bits] + ("p" if codec == "alac" else "")
    if codec.startswith("wma"):
        track.bit_rate = 96_000
    picture_track = _cover(made, cover) if cover else None
    _encode(made, track, wave)
    if picture_track is not None:
        made.mux(picture_track.encode(None))


def with_pictures(
    container: str, codec: str, *, pictures: int, seconds: int = 2, attached: bool = False, rate: int = 48_000
) -> bytes:
    """Return sound, and beside it a track of so many pictures of 64 x 48, one a quarter of a second."""
    form = {"mjpeg": "yuvj420p", "png": "rgb24"}.get(codec, "yuv420p")
    sink = io.BytesIO()
    with av.open(sink, "w", format=container) as made:
        track = made.add_stream(SOUND_CODECS.get(container, "aac"), rate=rate, layout="stereo")
        options = {"preset": "ultrafast"} if codec == "libx264" else {}
        video: Any = made.add_stream(codec, rate=4, options=options)
        video.width, video.height, video.pix_fmt = 64, 48, form
        if attached:
            video.disposition = av.stream.Disposition.attached_pic
        for number in range(pictures):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), number * 20, np.uint8), format="rgb24").reformat(
                format=form
            )
            frame.pts, frame.time_base = number, Fraction(1, 4)
            made.mux(video.encode(frame))
        made.mux(video.encode(None))
        _encode(made, track, noise(seconds * rate, channels=2))
    return sink.getvalue()


def noise(samples: int, *, channels: int) -> Any:
    """Return a tone in noise that swells and falls, of shape (channels, samples), int16."""
    random = np.random.default_rng(7)
    time = np.arange(samples) / max(samples, 1)
    wave = np.sin(np.arange(samples) * 0.06) * 6000 + random.normal(0, 2500, samples) * (0.1 + np.sin(time * 9) ** 2)
    return np.repeat(wave[None, :], channels, axis=0).clip(-32000, 32000).astype(np.int16)


def _cover(made: Any, side: int) -> Any:
    track = made.add_stream("mjpeg", rate=1, options={"flags": "qscale", "global_quality": str(118 * 2)})
    track.width, track.height, track.pix_fmt = side, side, "yuvj420p"
    track.disposition = av.stream.Disposition.attached_pic
    pixels = np.random.default_rng(3).integers(0, 255, (side, side, 3), np.uint8)
    made.mux(track.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuvj420p")))
    return track


def id3(length: int, *, version: int = 3) -> bytes:
    """Return an ID3v2 tag of so many bytes behind its header: a cover, and who sings."""
    size = bytes(length >> shift & 0x7F for shift in (21, 14, 7, 0))
    artist = b"TPE1" + (9).to_bytes(4, "big") + b"\x00\x00\x00Jane Doe"
    cover = b"APIC" + max(length - len(artist) - 10, 0).to_bytes(4, "big") + b"\x00\x00"
    return b"ID3" + bytes([version, 0, 0]) + size + (artist + cover + b"\xff\xe0" * length)[:length]


def decoded_samples(content: bytes) -> int:
    """Return the samples a channel that FFmpeg decodes before the first damage: the judge of what probes say."""
    samples = 0
    with av.open(io.BytesIO(content), "r") as opened, suppress(av.error.InvalidDataError):
        for frame in opened.decode(audio=0):
            samples += frame.samples
    return samples


def decoded_frames(content: bytes) -> list[Any]:
    """Return all frames of a clip of ours, as FFmpeg decodes them: the judge of what probes count."""
    with av.open(io.BytesIO(content), "r") as opened:
        return list(opened.decode(video=0))


FIELDS = (("x", 4, "F", 1), ("y", 4, "F", 1), ("z", 4, "F", 1), ("intensity", 4, "F", 1))
"""Fields of a cloud: name, bytes, type, count."""


def points(count: int, *, seed: int = 0) -> Any:
    """Return the points of a street, (count, 4) float32: x, y, z in metres, reflectance 0 to 1."""
    random = np.random.default_rng(seed)
    places = random.uniform(-60, 60, (count, 3)).round(3)
    return np.column_stack([places, random.uniform(0, 1, count).round(2)]).astype("<f4")


def pcd(
    count: int = 20,
    *,
    encoding: str = "binary",
    grid: tuple[int, int] | None = None,
    said: int | None = None,
    version: str = "0.7",
    fields: Sequence[tuple[str, int, str, int]] = FIELDS,
    comment: str = "# .PCD v0.7 - Point Cloud Data file format\n",
    line_end: str = "\n",
) -> bytes:
    """Return a cloud as PCD. ``grid``: WIDTH and HEIGHT; ``said``: what POINTS says.

    The body of ``binary`` is numpy's records of the fields, that of ``binary_compressed`` has the lengths of one
    and zeros for its content.
    """
    width, height = grid or (count, 1)
    columns = ["FIELDS", "SIZE", "TYPE", "COUNT"]
    lines = [f"VERSION {version}"]
    lines += [
        f"{name} {' '.join(map(str, values))}" for name, values in zip(columns, zip(*fields, strict=True), strict=True)
    ]
    lines += [f"WIDTH {width}", f"HEIGHT {height}", "VIEWPOINT 0 0 0 1 0 0 0"]
    lines += [f"POINTS {count if said is None else said}", f"DATA {encoding}"]
    header = (comment + "\n".join(lines) + "\n").replace("\n", line_end).encode()
    record = np.dtype([(name, f"<{kind.lower()}{size}", (times,)) for name, size, kind, times in fields])
    body = np.zeros(count, record).tobytes()
    if encoding == "ascii":
        values = sum(times for *_, times in fields)
        body = (" ".join("0" * values) + "\n").encode() * count
    if encoding == "binary_compressed":
        body = struct.pack("<II", len(body) // 2, len(body)) + bytes(len(body) // 2)
    return header + body


def kitti(count: int = 100, *, seed: int = 0) -> bytes:
    """Return a cloud as KITTI's plain floats."""
    made: bytes = points(count, seed=seed).tobytes()
    return made


def figures(pages: int = 1) -> bytes:
    """Return a PDF of so many pages, as matplotlib writes it."""
    import matplotlib.backends.backend_pdf as pdf
    from matplotlib.figure import Figure

    sink = io.BytesIO()
    with pdf.PdfPages(sink, metadata={"Title": "Jane Doe", "CreationDate": None}) as made:
        for page in range(pages):
            figure = Figure(figsize=(2, 2))
            figure.text(0.5, 0.5, str(page))
            made.savefig(figure)
    return sink.getvalue()
