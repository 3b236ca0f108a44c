"""Streams without a header: MPEG-TS packets, MPEG and ADTS audio frames."""

from labelport.probing.signatures import Signature

__all__ = ["audio_frames", "mpeg_streams"]


def mpeg_streams(head: bytes, size: int) -> Signature | None:
    """Return mpegts where 0x47 stands every 188 (or, after four bytes, 192) bytes."""
    for offset, packet in ((0, 188), (4, 192)):
        marks = [head[at] for at in range(offset, min(len(head), offset + 5 * packet), packet)]
        enough = 3 if size >= offset + 3 * packet else 2
        if len(marks) >= enough and all(mark == 0x47 for mark in marks):
            return "video", "mpegts", "video/mp2t"
    return None


_BIT_RATES = {
    (True, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""kbit/s by (MPEG-1, layer); ISO 11172-3 and 13818-3."""


def _mpeg_frame(head: bytes, at: int) -> int | None:
    """Return the length of the MPEG audio frame at a place."""
    if len(head) < at + 4 or head[at] != 0xFF or head[at + 1] & 0xE0 != 0xE0:
        return None
    version, layer_bits = head[at + 1] >> 3 & 3, head[at + 1] >> 1 & 3
    rate_bits, hertz_bits, padding = head[at + 2] >> 4, head[at + 2] >> 2 & 3, head[at + 2] >> 1 & 1
    if version == 1 or layer_bits == 0 or rate_bits in (0, 15) or hertz_bits == 3:
        return None
    layer = 4 - layer_bits
    hertz = (44100, 48000, 32000)[hertz_bits] // {3: 1, 2: 2, 0: 4}[version]
    bits = _BIT_RATES[(version == 3, layer)][rate_bits - 1] * 1000
    if layer == 1:
        return (12 * bits // hertz + padding) * 4
    return (72 if layer == 3 and version != 3 else 144) * bits // hertz + padding


def _adts_frame(head: bytes, at: int) -> int | None:
    """Return the length of the ADTS frame at a place."""
    if len(head) < at + 7 or head[at] != 0xFF or head[at + 1] & 0xF6 != 0xF0 or head[at + 2] >> 2 & 15 > 12:
        return None
    length = (head[at + 3] & 3) << 11 | head[at + 4] << 3 | head[at + 5] >> 5
    return length if length > 7 else None


def audio_frames(head: bytes) -> Signature | None:
    """Return mp3 or aac where two frames follow one another (one, where the head ends in it)."""
    for frame, found in (
        (_adts_frame, ("audio", "aac", "audio/aac")),
        (_mpeg_frame, ("audio", "mp3", "audio/mpeg")),
    ):
        length = frame(head, 0)
        if length is not None and (frame(head, length) is not None or (len(head) <= length + 4 and len(head) > 64)):
            return found
    return None
