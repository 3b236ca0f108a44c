"""A gzip stream (RFC 1952) of planes of which most are empty: what an empty one becomes is made once."""

import zlib
from collections.abc import Iterable, Iterator

LEVEL = 4
"""Of masks it makes no more bytes than level 6, in two thirds of the time; the levels below make half as many again."""

_START = b"\x1f\x8b\x08" + bytes(6) + b"\xff"
"""No name, and time 0: equal planes are equal bytes."""

_RAW = -zlib.MAX_WBITS


def packed(start: bytes, planes: Iterable[bytes | None], plane_bytes: int) -> Iterator[bytes]:
    """Yield one gzip member of ``start`` and planes; null is a plane of ``plane_bytes`` zeros.

    Deflate can be cut where a compressor forgets what was before (zlib's full flush), so that what another one made of
    zeros fits in between. A one-hot volume is nearly all zeros.
    """
    nothing = bytes(plane_bytes)
    alone = zlib.compressobj(LEVEL, zlib.DEFLATED, _RAW)
    empty = alone.compress(nothing) + alone.flush(zlib.Z_FULL_FLUSH)
    made = zlib.compressobj(LEVEL, zlib.DEFLATED, _RAW)
    yield _START + made.compress(start)
    check, length, is_open = zlib.crc32(start), len(start), True
    for plane in planes:
        if plane is not None:
            yield made.compress(plane)
        else:
            yield made.flush(zlib.Z_FULL_FLUSH) + empty if is_open else empty
        is_open = plane is not None
        check, length = zlib.crc32(nothing if plane is None else plane, check), length + plane_bytes
    yield made.flush()
    yield check.to_bytes(4, "little") + (length & 0xFFFFFFFF).to_bytes(4, "little")
