"""FLAC: the first metadata block says what it is, the last frame whether all of it is there.

The other blocks (pictures, comments) are not read. Source: RFC 9639, 8.2 (STREAMINFO) and 9.1 (frames).
"""

from functools import cache
from typing import Literal, NamedTuple

from labelport.probing.audio.header import Sound, SoundFault, checked, cut
from labelport.probing.reader import RangeReader

__all__ = ["StreamInfo", "sound", "stream_info"]

STREAM_INFO_BYTES = 34
_MOST_BLOCKS = 128
_TAIL_BYTES = (16 << 10, 256 << 10)
"""Least and most that are read at the end to find the last frames."""

_TAIL_UNTOLD = 64 << 10
"""Where the file does not say how long its longest frame is."""


class StreamInfo(NamedTuple):
    """The block STREAMINFO."""

    block: int
    """Samples of a frame, but of the last; the most where they vary."""

    most_frame: int
    """Bytes of a frame; 0 where it is not known."""

    sample_rate: int
    channels: int
    bit_depth: int
    samples: int
    """0 where it is not known."""


class _Frame(NamedTuple):
    """First sample of a frame, and the one behind its last."""

    first: int
    end: int


def stream_info(block: bytes) -> StreamInfo:
    """Return the 34 bytes of a STREAMINFO as numbers. Raises ``SoundFault``."""
    if len(block) < STREAM_INFO_BYTES:
        raise SoundFault("truncated", "The file ends within its header.")
    packed = int.from_bytes(block[10:18], "big")
    info = StreamInfo(
        int.from_bytes(block[2:4], "big"),
        int.from_bytes(block[7:10], "big"),
        packed >> 44,
        (packed >> 41 & 7) + 1,
        (packed >> 36 & 31) + 1,
        packed & (1 << 36) - 1,
    )
    checked(info.channels, info.sample_rate)
    return info


def sound(reader: RangeReader, start: int = 0) -> Sound:
    """Return what the header and the last frames say. ``start``: where ``fLaC`` stands. Raises ``SoundFault``."""
    header = reader.at(start + 4, 4 + STREAM_INFO_BYTES)
    if header and header[0] & 0x7F != 0:
        raise SoundFault("unreadable", "Its header does not begin with what describes the sound.")
    info = stream_info(header[4:])
    begins = _frames_begin(reader, start + 4)
    samples, exact, status, error = _length(reader, info, begins)
    return Sound(
        format="flac",
        codec="flac",
        channels=info.channels,
        sample_rate=info.sample_rate,
        samples=samples,
        exact=exact,
        bit_depth=info.bit_depth,
        coded_bytes=max(reader.size - begins, 0) if begins is not None else None,
        status=status,
        error=error,
    )


def _frames_begin(reader: RangeReader, at: int) -> int | None:
    """Return where the metadata ends; None where that is not told in the head."""
    for _ in range(_MOST_BLOCKS):
        if at + 4 > len(reader.head):
            return None
        block = reader.head[at : at + 4]
        at += 4 + int.from_bytes(block[1:4], "big")
        if at > reader.size or block[0] & 0x80:
            return at
    return None


_Length = tuple[int | None, bool, Literal["ok", "partial", "truncated"], str | None]


def _length(reader: RangeReader, info: StreamInfo, begins: int | None) -> _Length:
    """Return samples, whether they are exact, status and error.

    A file that is cut within its last frame passes for whole: frames do not say how many bytes they have.
    """
    if begins is not None and begins >= reader.size:
        return 0, False, "truncated", "The file ends before its sound."
    frames = _last_frames(reader, info, begins or 0)
    if any(frame.end == info.samples for frame in frames):
        return info.samples, True, "ok", None
    ends = {frame.end for frame in frames} | {0}
    last = next((frame for frame in reversed(frames) if frame.first in ends), frames[-1] if frames else None)
    if last is None:
        words = "Its last frame was not found; how long it is was not checked."
        return info.samples or None, False, "partial", words
    if not info.samples:
        return last.end, False, "ok", None
    # The last frame may be the one that is cut.
    return last.first, False, "truncated", cut(last.first, info.samples, info.sample_rate)


def _last_frames(reader: RangeReader, info: StreamInfo, begins: int) -> list[_Frame]:
    """Return the frames of the file's end, in their order; what looks like one by chance may be among them."""
    least, most = _TAIL_BYTES
    wanted = min(max(2 * info.most_frame, least), most) if info.most_frame else _TAIL_UNTOLD
    start = max(reader.size - wanted, begins)
    tail = reader.at(start, reader.size - start)
    frames = []
    at = tail.find(b"\xff")
    while at >= 0:
        frame = _frame(tail, at, info) if tail[at + 1 : at + 2] in {b"\xf8", b"\xf9"} else None
        if frame is not None and (not info.samples or frame.end <= info.samples):
            frames.append(frame)
        at = tail.find(b"\xff", at + 1)
    return frames


def _frame(content: bytes, at: int, info: StreamInfo) -> _Frame | None:
    """Return the frame whose header stands at a place: its fields fit the stream, and its checksum holds."""
    header = content[at : at + 16]
    if len(header) < 16 or header[3] & 1:
        return None
    block_code, rate_code, channel_code = header[2] >> 4, header[2] & 15, header[3] >> 4
    channels = channel_code + 1 if channel_code < 8 else 2
    if block_code == 0 or rate_code == 15 or channel_code > 10 or channels != info.channels:
        return None
    number, place = _number(header)
    if number is None:
        return None
    extra = {6: 1, 7: 2}.get(block_code, 0)
    written = int.from_bytes(header[place : place + extra], "big") + 1
    place += extra + {12: 1, 13: 2, 14: 2}.get(rate_code, 0)
    if place >= len(header) or _checksum(header[:place]) != header[place]:
        return None
    if extra:
        block = written
    else:
        block = 192 if block_code == 1 else 144 << block_code if block_code < 6 else 256 << block_code - 8
    first = number if header[1] & 1 else number * info.block
    return _Frame(first, first + block)


def _number(header: bytes) -> tuple[int | None, int]:
    """Return the number of a frame or of its first sample, coded like UTF-8, and the place behind it."""
    first = header[4]
    if first < 0x80:
        return first, 5
    more = 7 - (first ^ 0xFF).bit_length()  # the ones before the first zero, but for one
    if not 1 <= more <= 6:
        return None, 5
    number = first & (0x3F >> more)
    for byte in header[5 : 5 + more]:
        if byte & 0xC0 != 0x80:
            return None, 5
        number = number << 6 | byte & 0x3F
    return number, 5 + more


@cache
def _table() -> tuple[int, ...]:
    """Return the CRC-8 of each byte (polynomial 7)."""
    made = []
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = (value << 1 ^ 7) & 0xFF if value & 0x80 else value << 1
        made.append(value)
    return tuple(made)


def _checksum(header: bytes) -> int:
    value = 0
    for byte in header:
        value = _table()[value ^ byte]
    return value
