"""What the first frame of an MP3 says of those that follow: the headers Xing, Info and VBRI.

None is a standard. Xing (Info where the bit rate is constant) with what LAME and libavformat add, as
they write it; VBRI as Fraunhofer's encoder does.
"""

from typing import NamedTuple

from labelport.probing.audio_frames import LONGEST, AudioFrame

__all__ = ["Declared", "declared"]

_DECODER_DELAY = 529
"""Samples by which every decoder of layer III is late; LAME counts them as padding of the end."""

_WRITERS = frozenset({b"LAME", b"Lavf", b"Lavc"})
"""Encoders that say how many samples are not part of the recording."""


class Declared(NamedTuple):
    """What the first frame says."""

    samples: int
    """Of each channel, as played."""

    coded_bytes: int
    """From the first frame on; 0 where it is not said."""


def declared(content: bytes, at: int, frame: AudioFrame) -> Declared | None:
    """Return what the frame at a place says; None where it says nothing, or what cannot be."""
    if frame.codec != "mp3":
        return None
    found = _xing(content, at + 4 + _side_bytes(frame), frame) or _vbri(content, at + 36, frame)
    return found if found is not None and found.samples > 0 else None


def _side_bytes(frame: AudioFrame) -> int:
    """Return the bytes of the side information (ISO 11172-3 2.4.1.7, 13818-3 2.4.1.7)."""
    if frame.samples == 1152:
        return 17 if frame.channels == 1 else 32
    return 9 if frame.channels == 1 else 17


def _xing(content: bytes, at: int, frame: AudioFrame) -> Declared | None:
    if content[at : at + 4] not in {b"Xing", b"Info"}:
        return None
    fields = int.from_bytes(content[at + 4 : at + 8], "big")
    frames = coded_bytes = 0
    at += 8
    if fields & 1:
        frames = int.from_bytes(content[at : at + 4], "big")
        at += 4
    if fields & 2:
        coded_bytes = int.from_bytes(content[at : at + 4], "big")
        at += 4
    at += (100 if fields & 4 else 0) + (4 if fields & 8 else 0)
    trimmed = 0
    if content[at : at + 4] in _WRITERS:
        packed = int.from_bytes(content[at + 21 : at + 24], "big")
        trimmed = (packed >> 12) + max(packed & 0xFFF, _DECODER_DELAY)
    return _possible(frames, coded_bytes, trimmed, frame)


def _vbri(content: bytes, at: int, frame: AudioFrame) -> Declared | None:
    if content[at : at + 4] != b"VBRI":
        return None
    coded_bytes, frames = (
        int.from_bytes(content[at + 10 : at + 14], "big"),
        int.from_bytes(content[at + 14 : at + 18], "big"),
    )
    return _possible(frames, coded_bytes, 0, frame)


def _possible(frames: int, coded_bytes: int, trimmed: int, frame: AudioFrame) -> Declared | None:
    """Return the numbers where so many frames fit into so many bytes."""
    least = 8_000 if frame.samples < 1152 else 32_000
    shortest = frame.samples // 8 * least // frame.sample_rate
    if not frames or (coded_bytes and not shortest * frames <= coded_bytes <= LONGEST * (frames + 1)):
        return None
    samples = frames * frame.samples
    return Declared(samples - trimmed if trimmed < samples else samples, coded_bytes)
