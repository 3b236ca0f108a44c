"""What FFmpeg says of any stream of a container, picture or sound."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from labelport.probing.contract import MediaRow

if TYPE_CHECKING:
    from av.container import InputContainer

__all__ = ["codec_name", "default_first", "disposed", "timed"]

S = TypeVar("S")


def codec_name(stream: Any) -> str | None:
    """Return the codec's own name (h264, not that of a decoder); None where nothing decodes it."""
    context = stream.codec_context
    return str(context.codec.canonical_name) if context is not None else None


def disposed(stream: Any, name: str) -> bool:
    """Return whether the container marks a stream so (default, attached_pic …)."""
    import av.stream  # noqa: PLC0415  -- only workers pay for it

    flag = getattr(av.stream.Disposition, name, None)
    return flag is not None and bool(stream.disposition & flag)


def default_first(streams: Iterable[S]) -> list[S]:
    """Return streams in their order, but the one that players take first."""
    return sorted(streams, key=lambda stream: not disposed(stream, "default"))


def timed(container: "InputContainer", stream: Any) -> MediaRow:
    """Return duration and start of a stream, in seconds; the container's duration where the stream says none."""
    base = stream.time_base
    duration = float(stream.duration * base) if stream.duration and base else None
    if duration is None and container.duration:
        duration = container.duration / 1_000_000
    start = float(stream.start_time * base) if stream.start_time is not None and base else None
    return {"duration_s": duration if duration and duration > 0 else None, "start_s": start}
