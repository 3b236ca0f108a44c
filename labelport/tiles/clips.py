"""Small pictures of videos: the first frame, or one that is sought by its share of the time.

A frame by its number would need all those before it: for a small picture the nearest one in time will do.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from labelport.probing.av_open import HEAD_BYTES, open_media
from labelport.probing.contract import RangeRead
from labelport.probing.reader import RangeReader
from labelport.probing.sniff import sniff
from labelport.probing.video.streams import real_videos
from labelport.tiles.picture import SIDE, NoPicture, Picture, refuse_too_large, small_size

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

MOST_READ = 64 << 20
"""Bytes that are read of a video for one picture."""

MOST_REQUESTS = 256
MOST_DECODED = 1000
"""Frames that are decoded from a key frame on; the last of them is shown where the wanted one is farther."""

EARLIER_S = (0.0, 1.0, 10.0)
"""Where nothing can be decoded behind a place, seeking goes to so many seconds before it, then to the start."""

_INDEXED = frozenset({"mp4", "mov", "3gp", "avi"})


def clip_picture(read: RangeRead, size: int, *, frame: int = 0, frames: int = 1, side: int = SIDE) -> Picture:
    """Return the small picture of frame ``frame`` of ``frames``, turned as a player turns it.

    Raises ``NoPicture``, ``MediaRefused``, and what FFmpeg raises: call it in a worker.
    """
    reader = RangeReader(
        read, size, max_bytes=MOST_READ, max_requests=MOST_REQUESTS, block_bytes=64 << 10, ahead_bytes=2 << 20
    )
    try:
        found = _found(reader, size, frame, frames)
    except Exception as error:
        # What the store raised, or the budget: FFmpeg may have made something else of it.
        raise reader.failure or error from None
    return _picture(found, side)


def _found(reader: RangeReader, size: int, frame: int, frames: int) -> "VideoFrame":
    indexed = sniff(reader.at(0, HEAD_BYTES), size, "").format in _INDEXED
    with open_media(reader) as container:
        streams = real_videos(container, indexed=indexed)
        if not streams:
            raise NoPicture("has no pictures")
        stream = streams[0]
        context = stream.codec_context
        if context is None:
            raise NoPicture("no decoder for it")
        refuse_too_large(context.width, context.height)
        context.thread_type = "NONE"
        found = next(_frames(container, stream), None) if frame <= 0 else _sought(container, stream, frame, frames)
        if found is None:
            raise NoPicture("cannot be decoded")
        return found


def _frames(container: "InputContainer", stream: "VideoStream") -> "Iterator[VideoFrame]":
    """Yield what can be decoded from here on; packets that cannot be are passed over."""
    import av  # noqa: PLC0415  -- only workers pay for it

    for packet in container.demux(stream):
        try:
            yield from packet.decode()
        except av.error.InvalidDataError:
            continue


def _sought(container: "InputContainer", stream: "VideoStream", frame: int, frames: int) -> "VideoFrame | None":
    """Return the last frame that is shown at or before its time; half a frame is added, for rounding."""
    start, length = _times(container, stream)
    target = start + round(length * min((frame + 0.5) / max(frames, 1), 1.0))
    second = round(1 / stream.time_base) if stream.time_base else 1
    for back in (*[max(start, target - round(each * second)) for each in EARLIER_S], start):
        container.seek(back, stream=stream)
        reached: VideoFrame | None = None
        for count, each in enumerate(_frames(container, stream)):
            if each.pts is not None and each.pts > target and reached is not None:
                break
            reached = each
            if count >= MOST_DECODED:
                break
        if reached is not None:
            return reached
    return None


def _times(container: "InputContainer", stream: "VideoStream") -> tuple[int, int]:
    """Return start and length in ticks of the stream."""
    base: Any = stream.time_base
    if stream.duration:
        return stream.start_time or 0, stream.duration
    if container.duration and base:
        return stream.start_time or 0, round(container.duration / 1_000_000 / base)
    raise NoPicture("cannot be sought in")


def _picture(frame: "VideoFrame", side: int) -> Picture:
    wide, high = small_size(frame.width, frame.height, side)
    pixels = frame.reformat(width=wide, height=high, format="rgb24").to_ndarray()
    turns = round(frame.rotation / 90) % 4  # counter-clockwise, as numpy turns
    width, height = (frame.height, frame.width) if turns % 2 else (frame.width, frame.height)
    return Picture(width, height, np.ascontiguousarray(np.rot90(pixels, turns)))
