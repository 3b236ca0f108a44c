"""How the voxels of a NIfTI file are stored, and stretches of its bytes, out of gzip members too."""

import math
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from labelport.probing.contract import ProbeContext, RangeRead
from labelport.probing.nifti import PROBE, layout_of
from labelport.tiles.picture import MOST_BYTES, NoPicture

PIECES = (64 << 10, 4 << 20)
"""Bytes that are read, and inflated, at once: at first, and at most."""

HEAD = 4096

_DTYPES = {
    "uint8": "u1", "int8": "i1", "int16": "i2", "uint16": "u2", "int32": "i4", "uint32": "u4", "int64": "i8",
    "uint64": "u8", "float32": "f4", "float64": "f8", "complex64": "c8", "complex128": "c16", "rgb24": "u1",
    "rgba32": "u1",
}  # fmt: skip
_COLOURS = {"rgb24": 3, "rgba32": 4}
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True)
class Voxels:
    """How the voxels of the first volume of a file lie in it."""

    read: RangeRead
    size: int
    """How the file that holds them is read, and its bytes."""

    shape: tuple[int, int, int]
    """x, y, z as stored; x runs fastest."""

    dtype: np.dtype[Any]
    colours: int
    offset: int
    compressed: bool
    header: dict[str, Any]
    """What the probe says of the volume."""

    @property
    def slice_bytes(self) -> int:
        """Return the bytes of one slice along the third axis."""
        return self.shape[0] * self.shape[1] * self.colours * self.dtype.itemsize


def voxels_of(read: RangeRead, size: int, other: tuple[RangeRead, int] | None) -> Voxels:
    """Return where the voxels of a file stand; ``other``: how the ``.img`` of a pair is read, and its bytes.

    Raises ``NoPicture``, ``zlib.error``, and what reading raises.
    """
    head = read(0, min(HEAD, size))
    row = PROBE.probe(head, size, read, PROBE.limits, ProbeContext())
    if "nifti" not in row:
        raise NoPicture(str(row["status"]).replace("_", " "))
    said = row["nifti"]
    header = next(stretches(inflated(read, size), [(0, HEAD)])) if said["compressed"] else head
    layout, little, _ = layout_of(header)
    (offset,) = struct.unpack_from(("<" if little else ">") + layout.vox_offset[1], header, layout.vox_offset[0])
    if said["dtype"] not in _DTYPES or not math.isfinite(offset) or offset < 0:
        raise NoPicture(f"{said['dtype']} voxels")
    x, y, z = [*said["dims"][:3], 1, 1][:3]
    dtype = np.dtype(_DTYPES[said["dtype"]]).newbyteorder("<" if little else ">")
    found = Voxels(
        read, size, (x, y, z), dtype, _COLOURS.get(said["dtype"], 1), int(offset), said["compressed"], dict(said)
    )
    if not said["pair"]:
        return found
    if other is None:
        raise NoPicture("half of a pair")
    return replace(found, read=other[0], size=other[1], compressed=other[0](0, min(2, other[1])) == _GZIP)


def stretches(pieces: Iterator[bytes], places: Sequence[tuple[int, int]]) -> Iterator[bytes]:
    """Yield ``length`` bytes from ``start`` of what pieces hold, for ascending places; fewer where they end."""
    held, at = bytearray(), 0
    for start, length in places:
        while at + len(held) < start + length:
            piece = next(pieces, None)
            if piece is None:
                break
            held += piece
            if at + len(held) <= start:
                at += len(held)
                held.clear()
        cut = min(max(start - at, 0), len(held))
        del held[:cut]
        at += cut
        yield bytes(held[:length])


def inflated(read: RangeRead, size: int) -> Iterator[bytes]:
    """Yield what a file of gzip members holds, a piece after the other."""
    at, piece = 0, PIECES[0]
    stream = zlib.decompressobj(31)
    waiting = b""
    while True:
        if not waiting:
            waiting = read(at, min(piece, size - at)) if at < min(size, MOST_BYTES) else b""
            at += len(waiting)
            piece = min(2 * piece, PIECES[1])
            if not waiting:
                return
        yield stream.decompress(waiting, PIECES[1])
        waiting = stream.unconsumed_tail
        if stream.eof:
            waiting = stream.unused_data
            if waiting[:2] not in (_GZIP, _GZIP[:1], b""):
                return  # what follows the last member is no part of the volume
            stream = zlib.decompressobj(31)


def real_numbers(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return values that can be drawn: complex ones become their magnitude, what is not finite 0."""
    values = np.abs(values) if values.dtype.kind == "c" else values.astype(np.float64)
    return np.asarray(np.nan_to_num(values, posinf=0, neginf=0))
