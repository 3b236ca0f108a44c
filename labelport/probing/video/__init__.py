"""Video: size as displayed, frames and how sure, time, codec; from the container's index and one picture.

The first picture is decoded: only there a rotation stands in every container, its size is the true
one, and it shows that the stream can be decoded at all.
"""

from collections.abc import Iterable, Mapping
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from labelport.errors import LabelportError
from labelport.probing.audio.containers import sound, sound_only
from labelport.probing.av_open import MediaRefused, open_media
from labelport.probing.av_streams import codec_name, default_first, timed
from labelport.probing.contract import BudgetSpent, Limits, MediaRow, ProbeContext, RangeRead
from labelport.probing.reader import FewerBytes, RangeReader, reader_over
from labelport.probing.sniff import Sniffed, sniff
from labelport.probing.video.counting import Counted, estimated, from_index
from labelport.probing.video.lengths import shorter_than_declared
from labelport.probing.video.streams import played_videos, real_videos

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

__all__ = ["PROBE", "VideoProbe"]

_MIME_TYPES = {
    "mp4": "video/mp4",
    "mov": "video/quicktime",
    "3gp": "video/3gpp",
    "matroska": "video/x-matroska",
    "webm": "video/webm",
    "avi": "video/x-msvideo",
    "mpegts": "video/mp2t",
    "mpeg": "video/mpeg",
    "asf": "video/x-ms-asf",
    "ogg": "video/ogg",
}
_ISO = frozenset({"mp4", "mov", "3gp"})
_INDEXED = _ISO | {"avi"}
"""Formats whose index lists every frame."""

_MOST_PACKETS = 256
"""Packets that may be decoded in vain before the first picture."""


class VideoProbe:
    """The probe of video, and of sound in a video's container."""

    kind = "video"
    version = "video-2"
    formats: Mapping[str, str] = MappingProxyType(_MIME_TYPES)
    limits = Limits(head_bytes=64 << 10, max_bytes=16 << 20, max_requests=64)

    def probe(self, head: bytes, size: int, read: RangeRead, limits: Limits, context: ProbeContext) -> MediaRow:
        """Return what the container and its first picture say; faults of the file are its ``status``."""
        reader = reader_over(read, size, head=head, limits=limits)
        sniffed = sniff(head, size, context.key)
        if sniffed.format not in _MIME_TYPES:
            return {"status": "unsupported", "error": "This container is not read."}
        row: MediaRow = {}
        try:
            with open_media(reader) as container:
                row = _of_container(container, reader, sniffed, limits)
        except Exception as error:  # the edge of one object: FFmpeg has an error for everything
            row = {**row, **_fault(error, reader, sniffed)}
        return _after_reading(row, reader)


def _of_container(container: "InputContainer", reader: RangeReader, sniffed: Sniffed, limits: Limits) -> MediaRow:
    indexed = sniffed.format in _INDEXED
    videos = real_videos(container, indexed=indexed)
    packets: list[Packet[Any]] = []
    audios = default_first(container.streams.audio)
    if videos and audios and not indexed:
        played, packets = played_videos(container, videos)
        if played or not shorter_than_declared(reader, sniffed.format):
            videos = played
    if not videos:
        if not audios:
            return {"status": "unsupported", "error": "The container holds neither pictures nor sound."}
        return _sound_only(container, reader, sniffed)
    stream = videos[0]
    times = _times(container, stream)
    row: MediaRow = {
        "kind": "video",
        "stored_width": stream.codec_context.width if stream.codec_context else None,
        "stored_height": stream.codec_context.height if stream.codec_context else None,
        "status": "ok",
        **times,
        **(sound(audios[0]) if audios else {}),
    }
    codec = codec_name(stream)
    if codec is None:
        return {**row, "status": "unsupported", "error": "No decoder knows the codec of the pictures."}
    if _pixels(row) > limits.max_pixels:
        words = f"{_pixels(row):,} pixels are more than the limit of {limits.max_pixels:,}."
        return {
            **row,
            "width": row["stored_width"],
            "height": row["stored_height"],
            "status": "too_large",
            "error": words,
        }
    counted = _counted(stream, sniffed, times, reader.size)
    row |= _frames(counted, times, sniffed, reader)
    row |= _pictures(stream, chain(packets, container.demux(stream)), row)
    rotation = row.pop("rotation")
    row["video"] = {
        "codec": codec,
        "time_base": f"{stream.time_base.numerator}/{stream.time_base.denominator}" if stream.time_base else None,
        "rotation": rotation,
        "keyframes": _keyframes(stream, counted, sniffed),
        "variable_rate": counted.variable_rate,
        "edit_list": _edited(stream, counted) if sniffed.format in _ISO else None,
        "streams": len(videos),
        "pixel_format": stream.codec_context.pix_fmt,
    }
    return row


def _pixels(row: MediaRow) -> int:
    return (row["stored_width"] or 0) * (row["stored_height"] or 0)


def _times(container: "InputContainer", stream: "VideoStream") -> MediaRow:
    """Return duration, start and average rate."""
    return {**timed(container, stream), "fps": float(stream.average_rate) if stream.average_rate else None}


def _counted(stream: "VideoStream", sniffed: Sniffed, times: MediaRow, size: int) -> Counted:
    if sniffed.format in _INDEXED and len(stream.index_entries):
        return from_index(stream.index_entries, size)
    if sniffed.format == "avi" and stream.frames:
        return Counted(frames=stream.frames, method="header", exact=False)
    return estimated(times["duration_s"], stream.average_rate)


def _frames(counted: Counted, times: MediaRow, sniffed: Sniffed, reader: RangeReader) -> MediaRow:
    """Return the columns of frames; for a file that was cut, of what is there."""
    row: MediaRow = {
        "frames": counted.frames,
        "frames_method": counted.method,
        "frames_exact": counted.exact,
        "duration_exact": counted.method == "index" and counted.exact,
    }
    cut = counted.missing > 0
    if not cut and not (counted.method == "index" and sniffed.format in _ISO):
        cut = shorter_than_declared(reader, sniffed.format)
    if not cut:
        return row
    row |= {"status": "truncated", "frames_exact": False, "duration_exact": False}
    if counted.missing:
        row["error"] = (
            f"The file is cut: {counted.frames} of {(counted.frames or 0) + counted.missing} frames are there."
        )
        if times["fps"]:
            row["duration_s"] = (counted.frames or 0) / times["fps"]
        return row
    row["error"] = "The file is shorter than its header says."
    if counted.method == "estimated":  # duration times rate counts what is missing, too
        row |= {"frames": None, "frames_method": None}
    return row


def _pictures(stream: "VideoStream", packets: "Iterable[Packet[Any]]", row: MediaRow) -> MediaRow:
    """Return sizes and rotation by the first picture; by the header where none can be decoded."""
    frame = _first_picture(stream, packets)
    if frame is None:
        status = row["status"] if row["status"] != "ok" else "partial"
        return {
            "width": row["stored_width"] or None,
            "height": row["stored_height"] or None,
            "rotation": None,
            "status": status,
            "error": row.get("error") or "No picture can be decoded; the size is that of the header.",
        }
    rotation = -frame.rotation % 360
    turned = rotation % 180 == 90
    components = frame.format.components
    return {
        "stored_width": frame.width,
        "stored_height": frame.height,
        "width": frame.height if turned else frame.width,
        "height": frame.width if turned else frame.height,
        "rotation": rotation,
        "bit_depth": components[0].bits if components else None,
    }


def _first_picture(stream: "VideoStream", packets: "Iterable[Packet[Any]]") -> "VideoFrame | None":
    import av  # noqa: PLC0415  -- only workers pay for it

    stream.codec_context.thread_type = "NONE"  # one picture needs no threads
    try:
        for number, packet in enumerate(packets):
            if packet.stream.index != stream.index:
                continue
            try:
                frames = packet.decode()
            except av.error.InvalidDataError:
                frames = []
            if frames:
                return frames[0]
            if number >= _MOST_PACKETS:
                return None
    except av.FFmpegError:
        return None
    return None


def _keyframes(stream: "VideoStream", counted: Counted, sniffed: Sniffed) -> list[int] | None:
    """Return the PTS of the key frames where the index has them; None where it has only DTS.

    The index of ISO media lists DTS. They are PTS where nothing is reordered: no B-frames, and the
    first packet is decoded when it is shown.
    """
    exact = counted.exact and sniffed.format in _ISO and not stream.codec_context.has_b_frames and not counted.discarded
    return list(counted.keyframes) if exact and counted.first_timestamp == stream.start_time else None


def _edited(stream: "VideoStream", counted: Counted) -> bool:
    """Return whether an edit list shows other frames than those that are stored."""
    whole = (counted.frames or 0) + counted.missing
    return counted.discarded > 0 or (stream.frames > 0 and whole != stream.frames)


def _sound_only(container: "InputContainer", reader: RangeReader, sniffed: Sniffed) -> MediaRow:
    row = sound_only(container, format_name=sniffed.format, mime_type=sniffed.mime_type, size=reader.size)
    if row["status"] == "ok" and sniffed.format not in _ISO and shorter_than_declared(reader, sniffed.format):
        words = "The file is shorter than its header says; the length is the header's."
        row |= {"status": "truncated", "duration_exact": False, "error": words}
    return row


def _fault(error: Exception, reader: RangeReader, sniffed: Sniffed) -> MediaRow:
    """Return what an error says of the file; what the store raised goes on."""
    if isinstance(reader.failure, BudgetSpent | FewerBytes):
        return {}  # told by _after_reading
    if reader.failure is not None:
        raise reader.failure
    if isinstance(error, MediaRefused):
        return {"status": "refused", "error": str(error)}
    if isinstance(error, LabelportError):
        raise error
    try:
        cut = shorter_than_declared(reader, sniffed.format)
    except (BudgetSpent, FewerBytes):
        return {}
    if cut:
        return {
            "status": "truncated",
            "error": "The file is cut, and what describes it lay in the part that is missing.",
        }
    return {"status": "unreadable", "error": f"It cannot be opened as {sniffed.format} ({type(error).__name__})."}


def _after_reading(row: MediaRow, reader: RangeReader) -> MediaRow:
    """Return the row with what the reader ran into, which FFmpeg may have taken for the end of the file."""
    if isinstance(reader.failure, FewerBytes):
        return {"status": "changed", "error": "The object has fewer bytes than were listed."}
    if isinstance(reader.failure, BudgetSpent):
        row = {**row, "error": f"The budget was spent before everything was found: {reader.failure}."}
        if row.get("status", "ok") == "ok":
            row["status"] = "partial"
    elif reader.failure is not None:
        raise reader.failure
    return row


PROBE = VideoProbe()
"""The probe, as the entry point names it."""
