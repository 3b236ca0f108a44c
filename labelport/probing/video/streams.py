"""Which stream of a container is the video, and what its sound is."""

from typing import TYPE_CHECKING, Any

from labelport.probing.contract import MediaRow

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.video.stream import VideoStream

__all__ = ["real_videos", "sound"]

_PICTURE_CODECS = frozenset({"mjpeg", "png", "bmp", "gif", "webp", "tiff"})
_NOT_SHOWN = ("attached_pic", "timed_thumbnails", "still_image")


def real_videos(container: "InputContainer") -> "list[VideoStream]":
    """Return the video streams that a player plays, the default one first.

    Covers do not count, nor does a track of one picture beside sound.
    """
    heard = bool(container.streams.audio)
    found = [stream for stream in container.streams.video if not _cover(stream, heard=heard)]
    return sorted(found, key=lambda stream: not _disposed(stream, "default"))


def _cover(stream: "VideoStream", *, heard: bool) -> bool:
    if any(_disposed(stream, name) for name in _NOT_SHOWN):
        return True
    return heard and codec_name(stream) in _PICTURE_CODECS and max(stream.frames, len(stream.index_entries)) <= 1


def _disposed(stream: "VideoStream", name: str) -> bool:
    import av.stream  # noqa: PLC0415  -- only workers pay for it

    flag = getattr(av.stream.Disposition, name, None)
    return flag is not None and bool(stream.disposition & flag)


def codec_name(stream: Any) -> str | None:
    """Return the codec's own name (h264, not that of a decoder); None where nothing decodes it."""
    context = stream.codec_context
    return str(context.codec.canonical_name) if context is not None else None


def sound(stream: "AudioStream") -> MediaRow:
    """Return the columns of sound."""
    context = stream.codec_context
    if context is None:
        return {}
    sample = context.format
    lossless = sample is not None and (codec_name(stream) or "").startswith(("pcm_", "flac", "alac"))
    return {
        "channels": context.channels or None,
        "sample_rate": context.sample_rate or None,
        "audio": {
            "codec": codec_name(stream),
            "bit_depth": sample.bits if lossless and sample is not None else None,
            "bit_rate": context.bit_rate or None,
        },
    }
