"""Frames of MPEG audio and ADTS: what the header of one says, and where several follow one another.

Two bytes of sync stand in any file by chance; only frames of one stream, each where the one before it
ends, are evidence. Sources: ISO 11172-3 2.4.2.3 and 13818-3 (MPEG audio), ISO 13818-7 6.2 (ADTS).
"""

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

__all__ = ["LONGEST", "AudioFrame", "first_run", "frame_at", "frames_from"]


class AudioFrame(NamedTuple):
    """One frame, by its header."""

    codec: str
    """mp1, mp2, mp3 (MPEG layers) or aac."""

    length: int
    """Bytes, with the header."""

    samples: int
    """Of each channel."""

    sample_rate: int
    """Hz. That of the core where AAC is doubled by SBR: the header does not say so."""

    channels: int
    """0: the AAC stream says it elsewhere."""

    bit_rate: int
    """Bits a second; 0 for AAC, where no header says it."""

    stream: int
    """Bits of the header that all frames of a stream share."""


LONGEST = 2881
"""Bytes of the longest frame of MPEG audio (layer II, MPEG-2.5); a stream cut anywhere has a frame within."""

_BIT_RATES = {
    (True, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""kbit/s by (MPEG-1, layer)."""

_ENOUGH = 3
"""Frames in a row: by chance one stands in 2^13 places, and the next two there in 2^17 each."""

_AAC_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
_AAC_CHANNELS = (0, 1, 2, 3, 4, 5, 6, 8)


def frame_at(content: bytes, at: int) -> AudioFrame | None:
    """Return the frame whose header stands at a place."""
    if len(content) < at + 7 or content[at] != 0xFF or content[at + 1] & 0xE0 != 0xE0:
        return None
    return _adts(content, at) if content[at + 1] & 0x16 == 0x10 else _mpeg(content, at)


def _mpeg(content: bytes, at: int) -> AudioFrame | None:
    version, layer = content[at + 1] >> 3 & 3, 4 - (content[at + 1] >> 1 & 3)
    rate_bits, hertz_bits, padding = content[at + 2] >> 4, content[at + 2] >> 2 & 3, content[at + 2] >> 1 & 1
    if version == 1 or layer == 4 or rate_bits in (0, 15) or hertz_bits == 3:
        return None
    hertz = (44100, 48000, 32000)[hertz_bits] // {3: 1, 2: 2, 0: 4}[version]
    bit_rate = _BIT_RATES[(version == 3, layer)][rate_bits - 1] * 1000
    if layer == 1:
        samples, length = 384, (12 * bit_rate // hertz + padding) * 4
    else:
        samples = 576 if layer == 3 and version != 3 else 1152
        length = samples // 8 * bit_rate // hertz + padding
    stream = (content[at + 1] & 0xFE) << 8 | content[at + 2] & 0x0C
    channels = 1 if content[at + 3] >> 6 == 3 else 2
    return AudioFrame(f"mp{layer}", length, samples, hertz, channels, bit_rate, stream)


def _adts(content: bytes, at: int) -> AudioFrame | None:
    rate = content[at + 2] >> 2 & 15
    length = (content[at + 3] & 3) << 11 | content[at + 4] << 3 | content[at + 5] >> 5
    if rate >= len(_AAC_RATES) or length <= 7:
        return None
    channels = _AAC_CHANNELS[(content[at + 2] & 1) << 2 | content[at + 3] >> 6]
    samples = 1024 * ((content[at + 6] & 3) + 1)
    stream = content[at + 1] << 16 | content[at + 2] << 8 | content[at + 3] & 0xF0
    return AudioFrame("aac", length, samples, _AAC_RATES[rate], channels, 0, stream)


def frames_from(content: bytes, at: int, *, stream: int | None = None) -> Iterator[tuple[int, AudioFrame]]:
    """Yield the frames of one stream that follow one another from a place, with their places.

    ``stream``: which one; that of the first frame where it is not given. The last may end behind the content.
    """
    while (frame := frame_at(content, at)) is not None and stream in (None, frame.stream):
        yield at, frame
        stream = frame.stream
        at += frame.length


def first_run(
    content: bytes, *, start: int = 0, within: int = LONGEST, stream: int | None = None, whole: bool = False
) -> int | None:
    """Return where the first run of three frames begins; None where there is none.

    ``within``: how far behind ``start`` it may begin. Fewer frames are enough only at ``start`` itself: two
    that reach the end of the content, or one that is all there is. ``whole``: nothing follows the content.
    """
    at = content.find(b"\xff", start, start + within + 1)
    while at >= 0:
        if _runs(content, at, stream=stream) or (at == start and _ends(content, at, whole=whole)):
            return at
        at = content.find(b"\xff", at + 1, start + within + 1)
    return None


def _runs(content: bytes, at: int, *, stream: int | None) -> bool:
    return len(list(islice(frames_from(content, at, stream=stream), _ENOUGH))) == _ENOUGH


def _ends(content: bytes, at: int, *, whole: bool) -> bool:
    """Return whether the few frames from a place are all that the content has room for."""
    frames = list(frames_from(content, at))
    end = at + sum(frame.length for _, frame in frames)
    if len(frames) >= 2:
        return end + 7 > len(content) or (whole and content[end : end + 3] == b"TAG")
    if len(frames) != 1 or frames[0][1].codec == "mp1":
        return False  # a byte order mark of UTF-16 is a header of layer I
    return whole and (end == len(content) or content[end : end + 3] == b"TAG")
