"""WAV: its chunks are walked and jumped over by length; the sound itself is never read.

RIFF, its 64-bit forms RF64 and BW64, and Wave64 differ in how a chunk is headed. Sources: RIFF and
WAVE, Microsoft's Multimedia Programming Interface 1.0 and ``mmreg.h``; EBU Tech 3306 (RF64); ITU-R
BS.2088 (BW64); Sony Pictures Digital, Wave64 (2001).
"""

import struct
from collections.abc import Iterator
from typing import Literal, NamedTuple

from labelport.probing.audio.header import Sound, SoundFault, checked, cut
from labelport.probing.reader import RangeReader

__all__ = ["sound"]

_MOST_CHUNKS = 256
_UNKNOWN = frozenset({0, 0xFFFFFFFF, (1 << 63) - 1, (1 << 64) - 1})
"""Lengths that a recorder writes before it knows."""

_LARGEST_RIFF = 1 << 32
"""A RIFF of more bytes says its lengths modulo this."""

_SUB_FORMAT = 0xFFFE
_PCM, _FLOAT, _ALAW, _MULAW = 1, 3, 6, 7
_SAMPLES = {
    (_PCM, 1): "pcm_u8",
    (_PCM, 2): "pcm_s16le",
    (_PCM, 3): "pcm_s24le",
    (_PCM, 4): "pcm_s32le",
    (_PCM, 8): "pcm_s64le",
    (_FLOAT, 2): "pcm_f16le",
    (_FLOAT, 4): "pcm_f32le",
    (_FLOAT, 8): "pcm_f64le",
    (_ALAW, 1): "pcm_alaw",
    (_MULAW, 1): "pcm_mulaw",
}
"""Codec by number and bytes of a sample."""

_BLOCKS = {
    0x02: "adpcm_ms",
    0x11: "adpcm_ima_wav",
    0x31: "gsm_ms",
    0x50: "mp2",
    0x55: "mp3",
    0xFF: "aac",
    0x161: "wmav2",
    0x2000: "ac3",
}
"""Codecs whose samples do not lie side by side (RFC 2361)."""

_SAMPLES_OF_BLOCK = frozenset({0x02, 0x11, 0x31})
"""Codecs whose format chunk says how many samples a block holds."""


class _Chunk(NamedTuple):
    name: bytes
    body: int
    length: int


class _Layout(NamedTuple):
    """Where the first chunk begins, the bytes of a chunk's header, and the grid that chunks begin on."""

    first: int
    header: int
    grid: int

    def chunk(self, start: bytes, at: int) -> _Chunk:
        """Return the chunk that these bytes head; Wave64 names it by a GUID and counts the header."""
        if self.header == 8:
            return _Chunk(start[:4], at + 8, int.from_bytes(start[4:8], "little"))
        return _Chunk(start[:4], at + 24, max(int.from_bytes(start[16:24], "little") - 24, 0))


_RIFF = _Layout(12, 8, 2)
_WAVE64 = _Layout(40, 24, 8)


class _Format(NamedTuple):
    """The chunk ``fmt ``."""

    code: int
    channels: int
    rate: int
    byte_rate: int
    block_bytes: int
    bits: int
    """Of a sample, with padding."""

    valid_bits: int
    block_samples: int
    """Of each channel; 0 where the codec has no such blocks."""

    @property
    def sample_bytes(self) -> int:
        return -(-self.bits // 8)

    @property
    def side_by_side(self) -> bool:
        """Whether samples lie one after the other."""
        return (self.code, self.sample_bytes) in _SAMPLES


class _Found(NamedTuple):
    """What the chunks say."""

    form: _Format
    fact: int
    """Samples of each channel; 0 where the file does not say."""

    body: int
    """Where the sound begins."""

    declared: int
    """Its bytes, as written."""


def sound(reader: RangeReader) -> Sound:
    """Return what the chunks say. Raises ``SoundFault``."""
    start = reader.at(0, 8)
    form, fact, body, declared = _found(reader, _WAVE64 if start[:4] == b"riff" else _RIFF)
    there = max(reader.size - body, 0)
    known = _known(declared, start, reader.size)
    length = min(declared, there) if known else there
    short = known and declared > there
    samples, counted = _samples(form, length, fact if known and not short else 0)
    status: Literal["ok", "partial", "truncated", "unsupported"] = "ok"
    error = None
    codec = _SAMPLES.get((form.code, form.sample_bytes)) or _BLOCKS.get(form.code)
    if codec is None:
        status, error = "unsupported", f"Sound of the codec number 0x{form.code:04x}, {form.bits} bits, is not known."
    elif short:
        status, error = "truncated", cut(samples, _samples(form, declared, fact)[0], form.rate)
    elif length == 0:
        status, error = "partial", "The recording holds no sound."
    return Sound(
        format="wav",
        codec=codec,
        channels=form.channels,
        sample_rate=form.rate,
        samples=samples,
        exact=counted and known and not short and start[:4] == b"RIFF",
        bit_depth=form.valid_bits if form.side_by_side else None,
        coded_bytes=length,
        status=status,
        error=error,
    )


def _known(declared: int, start: bytes, size: int) -> bool:
    """Return whether the length of the sound was written when the recording ended."""
    if start[:4] != b"RIFF":
        return declared not in _UNKNOWN
    if size > _LARGEST_RIFF:
        return False
    closed = int.from_bytes(start[4:8], "little") + 8 == size
    return declared not in _UNKNOWN or (declared == 0 and closed)


def _found(reader: RangeReader, layout: _Layout) -> _Found:
    form: _Format | None = None
    fact, long_bytes, end = 0, None, layout.first
    for chunk in _walk(reader, layout):
        if chunk.name == b"ds64":
            long_bytes = int.from_bytes(reader.at(chunk.body + 8, 8), "little")
        elif chunk.name == b"fmt ":
            form = _format(reader.at(chunk.body, min(chunk.length, 40)))
        elif chunk.name == b"fact":
            fact = int.from_bytes(reader.at(chunk.body, min(chunk.length, 4)), "little")
        elif chunk.name == b"data":
            if form is None:
                raise SoundFault("unreadable", "Nothing says what its sound is.")
            declared = long_bytes if long_bytes is not None and chunk.length == 0xFFFFFFFF else chunk.length
            return _Found(form, fact, chunk.body, declared)
        end = chunk.body + chunk.length
    if end + layout.header > reader.size:
        raise SoundFault("truncated", "The file ends before its sound.")
    raise SoundFault("partial", f"Its sound was not found behind {_MOST_CHUNKS} chunks.")


def _walk(reader: RangeReader, layout: _Layout) -> Iterator[_Chunk]:
    at = layout.first
    for _ in range(_MOST_CHUNKS):
        start = reader.at(at, layout.header)
        if len(start) < layout.header:
            return
        chunk = layout.chunk(start, at)
        yield chunk
        at = -(-(chunk.body + chunk.length) // layout.grid) * layout.grid


def _format(body: bytes) -> _Format:
    if len(body) < 16:
        raise SoundFault("unreadable", "What describes its sound is too short.")
    code, channels, rate, byte_rate, block_bytes, bits = struct.unpack_from("<HHIIHH", body)
    checked(channels, rate)
    valid_bits = bits
    if code == _SUB_FORMAT and len(body) >= 26:
        stated, code = int.from_bytes(body[18:20], "little"), int.from_bytes(body[24:26], "little")
        valid_bits = stated if 0 < stated <= bits else bits
    blocks = code in _SAMPLES_OF_BLOCK and len(body) >= 20
    block_samples = int.from_bytes(body[18:20], "little") if blocks else 0
    return _Format(code, channels, rate, byte_rate, block_bytes, bits, valid_bits, block_samples)


def _samples(form: _Format, length: int, fact: int) -> tuple[int | None, bool]:
    """Return the samples of so many bytes, and whether that is more than an estimate."""
    if form.side_by_side:
        frame = form.channels * form.sample_bytes
        return length // frame, form.block_bytes == frame
    if form.block_samples and form.block_bytes:
        most = -(-length // form.block_bytes) * form.block_samples
        if most - form.block_samples < fact <= most:
            return fact, True
        return length * form.block_samples // form.block_bytes, False
    if fact:
        return fact, False
    return (length * form.rate // form.byte_rate if form.byte_rate else None), False
