"""Planes of the first volume of a NIfTI file along its third stored axis, one after the other as they are inflated.

A compressed file is inflated once, and no more than a plane is held.
"""

import struct
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from labelport.annotations.structures_view.work import Grey
from labelport.probing.contract import ProbeContext, RangeRead
from labelport.probing.nifti import PROBE, layout_of
from labelport.tiles.picture import CUT_SHORT, MOST_BYTES, NoPicture, refuse_too_large

MOST_INFLATED = 1 << 30
"""Bytes that are read, or inflated, of one volume."""

PIECES = (64 << 10, 4 << 20)
"""Bytes that are read, and inflated, at once: at first, and at most."""

HEAD = 4096
_COLOURS = {"rgb24": 3, "rgba32": 4}
_NUMBERS = frozenset(
    "uint8 int8 uint16 int16 uint32 int32 uint64 int64 float32 float64 complex64 complex128".split()  # noqa: SIM905
)
_GZIP = b"\x1f\x8b"


def nifti_planes(
    read: RangeRead, size: int, planes: Sequence[int], *, other: tuple[RangeRead, int] | None = None
) -> Iterator[Grey | str]:
    """Yield planes, 0-based and ascending, shape (y, x), or a few words why one cannot be drawn.

    ``other``: how the ``.img`` of a pair is read, and its bytes. Colours become their mean, complex voxels their
    magnitude. Raises ``NoPicture``, ``zlib.error``, and what reading raises.
    """
    head = read(0, min(HEAD, size))
    row = PROBE.probe(head, size, read, PROBE.limits, ProbeContext())
    if "nifti" not in row:
        raise NoPicture(str(row["status"]).replace("_", " "))
    said = row["nifti"]
    x, y, z = [*said["dims"], 1, 1][:3]
    refuse_too_large(x, y)
    kind, colours, offset = _stored(said, next(_stretches(_pieces(read, size), [(0, HEAD)])))
    source = (read, size)
    if said["pair"]:
        if other is None:
            raise NoPicture("half of a pair")
        source = other
    length = x * y * colours * kind.itemsize
    if length > MOST_BYTES:
        raise NoPicture("too many bytes")
    places = [(offset + plane * length, length) for plane in planes if plane < z]
    for body in _bodies(source, places):
        if len(body) < length:
            yield "too many bytes" if body == b"" else CUT_SHORT
            continue
        values = np.frombuffer(body, kind).reshape(y, x, colours)
        yield _grey(values, said["slope"], said["intercept"])


def _stored(said: dict[str, Any], header: bytes) -> tuple[np.dtype[Any], int, int]:
    """Return the type of a voxel's number, how many numbers a voxel has, and where the first one stands."""
    layout, little, _ = layout_of(header)
    (offset,) = struct.unpack_from(("<" if little else ">") + layout.vox_offset[1], header, layout.vox_offset[0])
    name = "uint8" if said["dtype"] in _COLOURS else said["dtype"]
    if name not in _NUMBERS or not np.isfinite(offset) or offset < 0:
        raise NoPicture(f"{said['dtype']} voxels")
    return np.dtype(name).newbyteorder("<" if little else ">"), _COLOURS.get(said["dtype"], 1), int(offset)


def _bodies(source: tuple[RangeRead, int], places: Sequence[tuple[int, int]]) -> Iterator[bytes]:
    read, size = source
    if read(0, min(2, size)) == _GZIP:
        yield from _stretches(_pieces(read, size), places)
        return
    budget = MOST_INFLATED
    for start, length in places:
        budget -= length
        yield read(start, max(0, min(length, size - start))) if budget >= 0 else b""


def _stretches(pieces: Iterator[bytes], places: Sequence[tuple[int, int]]) -> Iterator[bytes]:
    """Yield the bytes [start, start + length) of what pieces hold, for ascending places; fewer where they end."""
    held, at = bytearray(), 0
    for start, length in places:
        if start + length > MOST_INFLATED:
            yield b""
            continue
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


def _pieces(read: RangeRead, size: int) -> Iterator[bytes]:
    """Yield what a file of gzip members holds, or the file where it is none."""
    at, piece = 0, PIECES[0]
    stream = zlib.decompressobj(31)
    waiting = b""
    packed: bool | None = None
    while True:
        if not waiting:
            waiting = read(at, min(piece, size - at)) if at < min(size, MOST_BYTES) else b""
            at += len(waiting)
            piece = min(2 * piece, PIECES[1])
            if not waiting:
                return
            packed = waiting[:2] == _GZIP if packed is None else packed
        if not packed:
            yield waiting
            waiting = b""
            continue
        yield stream.decompress(waiting, PIECES[1])
        waiting = stream.unconsumed_tail
        if stream.eof:
            waiting = stream.unused_data
            if waiting[:2] not in (_GZIP, _GZIP[:1], b""):
                return  # what follows the last member is no part of the volume
            stream = zlib.decompressobj(31)


def _grey(values: np.ndarray[Any, Any], slope: float | None, intercept: float | None) -> Grey:
    if values.shape[2] > 1:
        return Grey(values[..., :3].astype(np.float32).mean(axis=2))
    plane = values[..., 0]
    plane = np.abs(plane) if plane.dtype.kind == "c" else plane.astype(np.float64)
    plane = np.nan_to_num(plane, posinf=0, neginf=0)
    return Grey(plane, slope, intercept or 0.0) if slope else Grey(plane)
