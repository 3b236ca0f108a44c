"""Which stream of a container is the video: not a cover, nor one picture beside sound."""

import re
from typing import TYPE_CHECKING, Any

from labelport.probing.av_streams import codec_name, default_first, disposed

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream

__all__ = ["played_videos", "real_videos"]

_PICTURE_CODECS = frozenset({"mjpeg", "png", "bmp", "gif", "webp", "tiff"})
_NOT_SHOWN = ("attached_pic", "timed_thumbnails", "still_image")

_MOST_PACKETS = 512
"""Some ten seconds of sound: a video whose container has no index has shown its second picture by then."""


def real_videos(container: "InputContainer", *, indexed: bool) -> "list[VideoStream]":
    """Return the video streams that a player plays, the default one first.

    Covers do not count, nor, by the index, does a track of one picture beside sound. ``indexed``: the
    container has one.
    """
    heard = bool(container.streams.audio)
    return default_first(stream for stream in container.streams.video if not _cover(stream, heard and indexed))


def _cover(stream: "VideoStream", one_is_none: bool) -> bool:
    if any(disposed(stream, name) for name in _NOT_SHOWN):
        return True
    pictures = len(stream.index_entries) or stream.frames
    return one_is_none and (pictures == 1 or (pictures == 0 and codec_name(stream) in _PICTURE_CODECS))


def played_videos(
    container: "InputContainer", videos: "list[VideoStream]"
) -> "tuple[list[VideoStream], list[Packet[Any]]]":
    """Return the videos of a container without an index that has sound, and the packets that were read of them.

    One picture is no video. That is certain where the file ends without a second one. Where it goes on
    after ``_MOST_PACKETS``, it is so of codecs of still pictures, and of tracks that are said to be over.
    """
    import av  # noqa: PLC0415  -- only workers pay for it

    read: list[Packet[Any]] = []
    pictures = dict.fromkeys((stream.index for stream in videos), 0)
    reached: float | None = None
    try:
        for number, packet in enumerate(container.demux()):
            if packet.stream.index in pictures and packet.size:
                read.append(packet)
                pictures[packet.stream.index] += 1
            if pictures[videos[0].index] > 1:
                return videos, read
            if number >= _MOST_PACKETS and packet.pts is not None:
                reached = float(packet.pts * packet.time_base)
                break
    except av.FFmpegError:
        return videos, read  # damaged, or the budget is spent
    return [stream for stream in videos if pictures[stream.index] > 1 or _goes_on(stream, reached)], read


def _goes_on(stream: "VideoStream", reached: float | None) -> bool:
    """Return whether a track with one picture so far may have more behind a place in time; None: the end."""
    if reached is None or codec_name(stream) in _PICTURE_CODECS:
        return False
    for name, value in stream.metadata.items():  # statistics of a track, as Matroska's writers give them
        clock = re.fullmatch(r"(\d+):(\d\d):(\d\d(?:\.\d+)?)", value) if name.startswith("DURATION") else None
        if clock and int(clock[1]) * 3600 + int(clock[2]) * 60 + float(clock[3]) <= reached:
            return False
    return True
