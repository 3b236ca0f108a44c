"""Sound as FFmpeg sees it: of containers that hold nothing else, and beside pictures."""

import io
import re
from bisect import bisect_left
from typing import TYPE_CHECKING

from labelport.probing.audio.flac import STREAM_INFO_BYTES, stream_info
from labelport.probing.audio.header import SoundFault, cut
from labelport.probing.av_open import open_media
from labelport.probing.av_streams import codec_name, default_first, timed
from labelport.probing.contract import MediaRow

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer

__all__ = ["as_decoded", "sound", "sound_only"]

MIME_TYPES = {
    "mp4": "audio/mp4",
    "mov": "audio/mp4",
    "3gp": "audio/3gpp",
    "matroska": "audio/x-matroska",
    "webm": "audio/webm",
    "asf": "audio/x-ms-wma",
    "ogg": "audio/ogg",
}
"""Of containers with sound only; the others have one type for both."""

_DECLARED = frozenset({"mp4", "mov", "3gp"})
"""Containers that say how long a stream is, and where each packet lies."""


def sound(stream: "AudioStream") -> MediaRow:
    """Return the columns of sound; none where nothing decodes it."""
    context = stream.codec_context
    if context is None:
        return {}
    return {
        "channels": context.channels or None,
        "sample_rate": context.sample_rate or None,
        "audio": {
            "codec": codec_name(stream),
            "bit_depth": _bit_depth(codec_name(stream) or "", bytes(context.extradata or b"")),
            "bit_rate": context.bit_rate or None,
        },
    }


def _bit_depth(codec: str, described: bytes) -> int | None:
    """Return the bits of a sample that mean something, by what describes the codec; None where it has none.

    Not by how FFmpeg holds the samples: those of 24 bits lie in 32 there.
    """
    if found := re.match(r"pcm_[suf](\d+)", codec):
        return int(found[1])
    if codec in {"pcm_alaw", "pcm_mulaw"}:
        return 8
    if codec == "flac" and len(described) == STREAM_INFO_BYTES:
        try:
            return stream_info(described).bit_depth
        except SoundFault:
            return None
    if codec == "alac" and len(described) >= 18:
        return described[17]  # bitDepth of ALACSpecificConfig, behind a box header and the frame length
    return None


def sound_only(container: "InputContainer", *, format_name: str, mime_type: str, size: int) -> MediaRow:
    """Return the row of a container without pictures; for one that is cut, by its index, of what is there."""
    stream = default_first(container.streams.audio)[0]
    row: MediaRow = {
        **timed(container, stream),
        **sound(stream),
        "kind": "audio",
        "mime_type": MIME_TYPES.get(format_name, mime_type),
        # A fragmented file counts no packets in its header, and its duration leaves edit lists out.
        "duration_exact": format_name in _DECLARED and bool(stream.duration) and stream.frames > 0,
        "status": "ok",
    }
    if codec_name(stream) is None:
        return {**row, "status": "unsupported", "error": "No decoder knows the codec of the sound."}
    row["bit_depth"] = row["audio"]["bit_depth"]
    there = _seconds_there(stream, size) if format_name in _DECLARED else None
    if there is None:
        return row
    whole = row["duration_s"]
    words = cut(round(there * 1000), round(whole * 1000) if whole else None, 1000)
    return {**row, "duration_s": there, "duration_exact": False, "status": "truncated", "error": words}


def _seconds_there(stream: "AudioStream", size: int) -> float | None:
    """Return how much lies within the file; None where nothing is missing. Packets lie in the order of time."""
    entries = stream.index_entries
    there = bisect_left(range(len(entries)), True, key=lambda n: entries[n].pos + entries[n].size > size)
    if there == len(entries) or not stream.time_base:
        return None
    return max(float((entries[there].timestamp - (stream.start_time or 0)) * stream.time_base), 0.0)


def as_decoded(frames: bytes) -> tuple[int, int] | None:
    """Return channels and sample rate as a decoder gives them out; None where it cannot.

    ``frames``: the first of a stream without a container. HE-AAC has twice the rate of its headers and
    may have twice the channels.
    """
    try:
        with open_media(io.BytesIO(frames)) as container:
            context = container.streams.audio[0].codec_context
            return (context.channels, context.sample_rate) if context.channels and context.sample_rate else None
    except Exception:  # FFmpeg has an error for everything; the frames' own headers are good enough then
        return None
