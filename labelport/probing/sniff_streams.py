"""Streams without a header of their own: MPEG-TS packets, frames of sound, tags before them, pages of Ogg."""

from labelport.probing.audio_frames import first_run, frame_at
from labelport.probing.id3 import HEADER_BYTES, tag_bytes
from labelport.probing.signatures import Signature

__all__ = ["audio_frames", "mpeg_streams", "ogg", "tagged"]


def mpeg_streams(head: bytes, size: int) -> Signature | None:
    """Return mpegts where 0x47 stands every 188 (or, after four bytes, 192) bytes."""
    for offset, packet in ((0, 188), (4, 192)):
        marks = [head[at] for at in range(offset, min(len(head), offset + 5 * packet), packet)]
        enough = 3 if size >= offset + 3 * packet else 2
        if len(marks) >= enough and all(mark == 0x47 for mark in marks):
            return "video", "mpegts", "video/mp2t"
    return None


def audio_frames(head: bytes, size: int) -> Signature | None:
    """Return mp3 or aac where frames follow one another; a stream that was cut begins within a frame."""
    at = first_run(head, whole=size <= len(head))
    return None if at is None else _frames_of(head, at)


def _frames_of(head: bytes, at: int) -> Signature:
    frame = frame_at(head, at)
    return _AAC if frame is not None and frame.codec == "aac" else _MP3


def tagged(head: bytes, size: int) -> Signature | None:
    """Return what stands behind ID3v2 tags: mp3, aac or flac; mp3 where that lies behind the head."""
    at = 0
    while length := tag_bytes(head[at : at + HEADER_BYTES]):
        at += length
    if not at:
        return None  # three letters of a text
    if head[at : at + 4] == b"fLaC":
        return _FLAC
    found = first_run(head, start=at, whole=size <= len(head))
    return _MP3 if found is None else _frames_of(head, found)


def ogg(head: bytes) -> Signature:
    """Return video or audio by the first packets of an Ogg: the pages that begin a stream come first (RFC 3533, 4)."""
    at = 0
    while head[at : at + 4] == b"OggS" and len(head) > at + 27 and head[at + 5] & 2:
        segments = head[at + 26]
        body = at + 27 + segments
        if head[body : body + 8].startswith(_OGG_PICTURES):
            return "video", "ogg", "video/ogg"
        at = body + sum(head[at + 27 : body])
    return "audio", "ogg", "audio/ogg"


_MP3 = ("audio", "mp3", "audio/mpeg")
_AAC = ("audio", "aac", "audio/aac")
_FLAC = ("audio", "flac", "audio/flac")
_OGG_PICTURES = (b"\x80theora", b"OVP80", b"BBCD\x00", b"\x01video", b"\x80daala")
