"""What the header of a recording says, and how a walker says that there is none."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["Sound", "SoundFault", "checked", "cut"]

_MOST_CHANNELS = 512
"""More than any recording has; FFmpeg draws the line here as well."""

_MOST_HERTZ = 2**31 - 1


@dataclass(frozen=True, kw_only=True)
class Sound:
    """One recording, as its file says it."""

    format: str
    """wav, mp3, flac, aac, ogg: what stands behind a tag may be another one than the first bytes said."""

    codec: str | None
    """As FFmpeg calls it; None where nobody knows it."""

    channels: int
    """0: neither header nor decoder says it."""

    sample_rate: int
    """Hz, of what a player plays."""

    samples: int | None
    """Of each channel, as played; None where the file does not say and nothing tells."""

    exact: bool
    """The samples were counted or declared, and no estimate is in them."""

    start_samples: int = 0
    """What lies before the first sample, in a stream that was recorded from its middle."""

    bit_depth: int | None = None
    """Bits of a sample that mean something; None where the codec has none."""

    coded_bytes: int | None = None
    """Bytes of all sound, for the average bit rate."""

    bit_rate: int | None = None
    """Bits a second where every frame has the same."""

    status: Literal["ok", "partial", "truncated", "unsupported"] = "ok"
    """What is wrong."""

    error: str | None = None
    """One sentence on it."""


class SoundFault(Exception):
    """Raised by a walker where a file has no header that can be read; carries the status of the row."""

    def __init__(self, status: Literal["truncated", "unreadable", "unsupported", "partial"], words: str) -> None:
        super().__init__(words)
        self.status = status


def checked(channels: int, sample_rate: int) -> None:
    """Raise ``SoundFault`` (unreadable) where a header says a number of channels or a rate that no sound has."""
    if channels < 1 or sample_rate < 1:
        raise SoundFault("unreadable", "The header says sound without channels or without a sample rate.")
    if channels > _MOST_CHANNELS or sample_rate > _MOST_HERTZ:
        words = f"The header says {channels:,} channels at {sample_rate:,} Hz, more than any recording has."
        raise SoundFault("unreadable", words)


def cut(there: int | None, whole: int | None, sample_rate: int) -> str:
    """Return the sentence on a file of which so many of its samples are there."""
    if there is None or whole is None:
        return "The file is cut."
    return f"The file is cut: {there / sample_rate:,.1f} of {whole / sample_rate:,.1f} s are there."
