"""Ogg: its first pages say what sounds, its last page how long.

Not read through FFmpeg: there the length of Opus is 6.5 ms too long (the samples that a decoder throws
away at the start), and nothing tells a file that is cut. Sources: RFC 3533 (Ogg), Vorbis I 4.2.2,
RFC 7845 (Opus in Ogg) and RFC 6716 3.1 (how long an Opus packet is), Ogg FLAC mapping 1.0, Speex manual 6.
"""

import zlib
from collections.abc import Callable, Iterator
from functools import cache
from typing import Literal, NamedTuple

from labelport.probing.audio.flac import STREAM_INFO_BYTES, stream_info
from labelport.probing.audio.header import Sound, SoundFault, checked
from labelport.probing.reader import RangeReader

__all__ = ["sound"]

_HEADER_BYTES = 27
_LONGEST = 65_307
"""Bytes of the longest page: so many at the end hold the last one whole."""

_MOST_PAGES = 512
_MOST_TRIES = 64
"""Places in the tail that may look like a page and are none."""

_BEGINS = 2
_NO_POSITION = (1 << 64) - 1


class _Page(NamedTuple):
    flags: int
    position: int
    """Of the last sample that ends in it, as its codec counts."""

    serial: bytes
    packets: tuple[int, ...]
    """Bytes of the packets that end in it."""

    body: int
    """Where its content begins, from the page's start."""

    length: int
    """Bytes of all of it."""


class _Stream(NamedTuple):
    """What the first packet of a stream says."""

    codec: str
    channels: int
    sample_rate: int
    skipped: int = 0
    """Samples that a decoder throws away at the start."""

    most: int = 0
    """Samples that a packet may hold."""

    bit_depth: int | None = None


def sound(reader: RangeReader) -> Sound:
    """Return what the first and the last page of the first stream of sound say. Raises ``SoundFault``."""
    head = reader.at(0, max(len(reader.head), 4096))
    serials, serial, stream = _streams(head)
    checked(stream.channels, stream.sample_rate)
    begins, first, sure = _start(head, serial, stream)
    last = _last(reader, serial, serials)
    samples = None if last.position is None else max(last.position - first - stream.skipped, 0)
    status, error = last.status, last.error
    return Sound(
        format="ogg",
        codec=stream.codec,
        channels=stream.channels,
        sample_rate=stream.sample_rate,
        samples=samples,
        exact=samples is not None and sure and status == "ok",
        start_samples=first,
        bit_depth=stream.bit_depth,
        coded_bytes=reader.size - begins if begins is not None else None,
        status=status,
        error=error,
    )


def _page(content: bytes, at: int) -> _Page | None:
    header = content[at : at + _HEADER_BYTES]
    if len(header) < _HEADER_BYTES or header[:5] != b"OggS\x00":
        return None
    lacing = content[at + _HEADER_BYTES : at + _HEADER_BYTES + header[26]]
    if len(lacing) < header[26]:
        return None
    packets, length = [], 0
    for value in lacing:
        length += value
        if value < 255:
            packets.append(length)
            length = 0
    body = _HEADER_BYTES + len(lacing)
    return _Page(
        header[5],
        int.from_bytes(header[6:14], "little"),
        header[14:18],
        tuple(packets),
        body,
        body + sum(lacing),
    )


def _pages(content: bytes) -> Iterator[tuple[int, _Page]]:
    """Yield the pages from the start, with their places."""
    at = 0
    for _ in range(_MOST_PAGES):
        page = _page(content, at)
        if page is None:
            return
        yield at, page
        at += page.length


def _streams(head: bytes) -> tuple[set[bytes], bytes, _Stream]:
    """Return the serials of all streams, and serial and header of the first with sound."""
    serials: set[bytes] = set()
    found: tuple[bytes, _Stream] | None = None
    for at, page in _pages(head):
        if not page.flags & _BEGINS:
            break
        serials.add(page.serial)
        packet = head[at + page.body : at + page.length]
        stream = next((read(packet) for mark, read in _CODECS.items() if packet.startswith(mark)), None)
        if stream is not None and found is None:
            found = page.serial, stream
    if found is None:
        raise SoundFault("unsupported", "No stream of it is sound of a codec that is known.")
    return serials, *found


def _vorbis(packet: bytes) -> _Stream:
    longest = 1 << (_little(packet, 28, 1) >> 4)
    return _Stream("vorbis", _little(packet, 11, 1), _little(packet, 12, 4), most=longest // 2)


def _opus(packet: bytes) -> _Stream:
    return _Stream("opus", _little(packet, 9, 1), _OPUS_RATE, skipped=_little(packet, 10, 2))


def _flac(packet: bytes) -> _Stream:
    info = stream_info(packet[17 : 17 + STREAM_INFO_BYTES])
    return _Stream("flac", info.channels, info.sample_rate, most=info.block, bit_depth=info.bit_depth)


def _speex(packet: bytes) -> _Stream:
    most = _little(packet, 56, 4) * max(_little(packet, 64, 4), 1)
    return _Stream("speex", _little(packet, 48, 4), _little(packet, 36, 4), most=most)


def _little(packet: bytes, at: int, length: int) -> int:
    return int.from_bytes(packet[at : at + length], "little")


_CODECS: dict[bytes, Callable[[bytes], _Stream]] = {
    b"\x01vorbis": _vorbis,
    b"OpusHead": _opus,
    b"\x7fFLAC": _flac,
    b"Speex   ": _speex,
}
_OPUS_RATE = 48_000
"""Positions of Opus count at this rate, whatever was recorded."""


def _start(head: bytes, serial: bytes, stream: _Stream) -> tuple[int | None, int, bool]:
    """Return where the sound begins in the file, the samples that lie before it, and whether that is exact.

    A stream that was recorded from its middle goes on counting from where it was.
    """
    for at, page in _pages(head):
        if page.serial != serial or page.position in {0, _NO_POSITION} or not page.packets:
            continue
        if stream.codec == "opus":
            first = page.position - _opus_samples(head, at + page.body, page.packets)
            return at, max(first, 0), True
        first = page.position - len(page.packets) * stream.most
        return at, max(first, 0), first <= 0
    return None, 0, True


def _opus_samples(content: bytes, at: int, packets: tuple[int, ...]) -> int:
    """Return the samples of the packets that lie one after the other from a place, by their first bytes."""
    samples = 0
    for length in packets:
        packet = content[at : at + min(length, 2)]
        at += length
        if not packet:
            continue
        mode, code = packet[0] >> 3, packet[0] & 3
        if mode < 12:
            frame = (480, 960, 1920, 2880)[mode & 3]
        else:
            frame = (480, 960)[mode & 1] if mode < 16 else 120 << (mode & 3)
        count = 2 if code in (1, 2) else 1
        samples += frame * (packet[1] & 63 if code == 3 and len(packet) == 2 else count)
    return samples


class _End(NamedTuple):
    position: int | None
    status: Literal["ok", "partial", "truncated"]
    error: str | None


def _last(reader: RangeReader, serial: bytes, serials: set[bytes]) -> _End:
    """Return the last position of a stream, and whether the file ends where its last page does."""
    start = max(reader.size - _LONGEST, 0)
    tail = reader.at(start, reader.size - start)
    at = len(tail)
    verdict: tuple[Literal["ok", "partial", "truncated"], str | None] | None = None
    for _ in range(_MOST_TRIES):
        at = tail.rfind(b"OggS", 0, at)
        if at < 0:
            break
        page = _page(tail, at)
        if page is None or at + page.length > len(tail) or not _whole(tail[at : at + page.length]):
            continue
        if page.serial not in serials:
            words = "It holds several recordings, one after the other; how long they are together is not known."
            return _End(None, "partial", words)
        verdict = verdict or _behind(tail, at + page.length)
        if page.serial == serial and page.position != _NO_POSITION:
            if verdict[0] == "ok" and not page.position:
                verdict = "partial", "The recording holds no sound."
            return _End(page.position, *verdict)
    return _End(None, *_unfound(tail))


def _behind(tail: bytes, at: int) -> tuple[Literal["ok", "partial", "truncated"], str | None]:
    """Return status and error by what follows the last page that is whole."""
    rest = tail[at : at + 4]
    if not rest or rest != b"OggS"[: len(rest)]:
        return "ok", None  # a tag that somebody added
    page = _page(tail, at)
    if page is None or at + page.length > len(tail):
        return "truncated", "The file ends within a page; how long the whole was is not known."
    return "partial", "The last page is damaged; the length is that of what comes before."


def _unfound(tail: bytes) -> tuple[Literal["partial", "truncated"], str]:
    at = tail.rfind(b"OggS")
    page = _page(tail, at) if at >= 0 else None
    if at >= 0 and (page is None or at + page.length > len(tail)):
        return "truncated", "The file ends within a page; how long the whole was is not known."
    return "partial", "Its last page was not found; how long it is is not known."


def _whole(page: bytes) -> bool:
    """Return whether a page has the checksum that it says (RFC 3533, 6: polynomial 0x04c11db7, bits unreflected)."""
    blank = page[:22] + bytes(4) + page[26:]
    # zlib's CRC-32 is the same one on mirrored bits, but that it begins and ends inverted.
    value = zlib.crc32(blank.translate(_mirrored()), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{value:032b}"[::-1], 2) == int.from_bytes(page[22:26], "little")


@cache
def _mirrored() -> bytes:
    return bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
