"""Small pictures of NIfTI volumes: one slice of the first volume, turned as radiologists look at it.

Of an uncompressed file only the slice is read; a compressed one is inflated to the end of the slice, under a cap.
"""

import math
import struct
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from labelport.probing.contract import ProbeContext, RangeRead
from labelport.probing.nifti import PROBE, layout_of
from labelport.tiles.picture import CUT_SHORT, MOST_BYTES, SIDE, NoPicture, Picture, refuse_too_large, shrunk
from labelport.tiles.windowing import bytes_of, range_of, stretched

MOST_INFLATED = 1 << 29
"""Bytes that a compressed volume is inflated to: zlib makes some 300 MB a second, and all but the slice is dropped."""

PIECES = (64 << 10, 4 << 20)
"""Bytes that are read, and inflated, at once: at first, and at most."""

HEAD = 4096

_DTYPES = {
    "uint8": "u1", "int8": "i1", "int16": "i2", "uint16": "u2", "int32": "i4", "uint32": "u4", "int64": "i8",
    "uint64": "u8", "float32": "f4", "float64": "f8", "complex64": "c8", "complex128": "c16", "rgb24": "u1",
    "rgba32": "u1",
}  # fmt: skip
_COLOURS = {"rgb24": 3, "rgba32": 4}


@dataclass(frozen=True)
class Voxels:
    """How the voxels of a volume lie in their file."""

    shape: tuple[int, int, int]
    """x, y, z as stored; x runs fastest."""

    dtype: np.dtype[Any]
    colours: int
    offset: int
    compressed: bool

    @property
    def slice_bytes(self) -> int:
        """Return the bytes of one slice along the third axis."""
        return self.shape[0] * self.shape[1] * self.colours * self.dtype.itemsize


def slice_picture(
    read: RangeRead,
    size: int,
    *,
    index: int | None = None,
    axis: int = 2,
    side: int = SIDE,
    other: tuple[RangeRead, int] | None = None,
) -> Picture:
    """Return the small picture of one slice: ``index`` along the stored ``axis`` 0 to 2, the middle one by default.

    ``other``: how the ``.img`` of a pair is read, and its bytes. Grey from percentile 1 to 99 of the slice; colours
    as they are; the magnitude of complex voxels. Raises ``NoPicture``, ``zlib.error``.
    """
    head = read(0, min(HEAD, size))
    row = PROBE.probe(head, size, read, PROBE.limits, ProbeContext())
    if "nifti" not in row:
        raise NoPicture(str(row["status"]).replace("_", " "))
    said = row["nifti"]
    voxels = _voxels(said, _inflated(read, size, 0, HEAD) if said["compressed"] else head)
    source = (read, size)
    if said["pair"]:
        if other is None:
            raise NoPicture("half of a pair")
        source = other
        compressed = other[0](0, 2) == b"\x1f\x8b"
        voxels = Voxels(voxels.shape, voxels.dtype, voxels.colours, voxels.offset, compressed)
    chosen = voxels.shape[axis] // 2 if index is None else index
    if not 0 <= chosen < voxels.shape[axis]:
        raise NoPicture("has no such slice")
    plane = _plane(source, voxels, axis, chosen)
    plane = _turned(plane, said["affine"], axis)
    high, wide = plane.shape[:2]
    return Picture(wide, high, _shown(plane, slope=said["slope"], side=side))


def _voxels(said: dict[str, Any], header: bytes) -> Voxels:
    layout, little, _ = layout_of(header)
    order = "<" if little else ">"
    (offset,) = struct.unpack_from(order + layout.vox_offset[1], header, layout.vox_offset[0])
    if said["dtype"] not in _DTYPES or not math.isfinite(offset) or offset < 0:
        raise NoPicture(f"{said['dtype']} voxels")
    x, y, z = [*said["dims"][:3], 1, 1][:3]
    dtype = np.dtype(_DTYPES[said["dtype"]]).newbyteorder("<" if little else ">")
    return Voxels((x, y, z), dtype, _COLOURS.get(said["dtype"], 1), int(offset), said["compressed"])


def _plane(source: tuple[RangeRead, int], voxels: Voxels, axis: int, index: int) -> np.ndarray[Any, Any]:
    """Return the slice, shape (first other axis, second other axis[, colours])."""
    sides = [length for each, length in enumerate(voxels.shape) if each != axis]
    refuse_too_large(sides[0], sides[1])
    length = voxels.slice_bytes if axis == 2 else voxels.slice_bytes * voxels.shape[2]
    if length > MOST_BYTES:
        raise NoPicture("too many bytes")
    start = voxels.offset + (voxels.slice_bytes * index if axis == 2 else 0)
    read, size = source
    body = _inflated(read, size, start, length) if voxels.compressed else read(start, length)
    if len(body) < length:
        raise NoPicture(CUT_SHORT)
    flat = np.frombuffer(body, voxels.dtype)
    if axis == 2:
        return np.moveaxis(flat.reshape(sides[1], sides[0], voxels.colours), 0, 1)
    x, y, z = voxels.shape
    block = flat.reshape(z, y, x, voxels.colours)
    return np.moveaxis(block[:, :, index] if axis == 0 else block[:, index], 0, 1)


def _inflated(read: RangeRead, size: int, start: int, length: int) -> bytes:
    """Return bytes [start, start + length) of what a file of gzip members holds; what lies before is dropped."""
    if start + length > MOST_INFLATED:
        raise NoPicture("too many bytes")
    kept = bytearray()
    at = done = 0
    stream = zlib.decompressobj(31)
    waiting = b""
    piece = PIECES[0]
    while done < start + length:
        if not waiting:
            waiting = read(at, min(piece, size - at)) if at < min(size, MOST_BYTES) else b""
            at += len(waiting)
            piece = min(2 * piece, PIECES[1])
            if not waiting:
                break
        made = stream.decompress(waiting, PIECES[1])
        kept += made[max(start - done, 0) : start + length - done]
        done += len(made)
        waiting = stream.unconsumed_tail
        if stream.eof:
            waiting = stream.unused_data
            if waiting[:2] not in (b"\x1f\x8b", b"\x1f", b""):
                break  # what follows the last member is no part of the volume
            stream = zlib.decompressobj(31)
    return bytes(kept)


def _turned(plane: np.ndarray[Any, Any], affine: list[float] | None, axis: int) -> np.ndarray[Any, Any]:
    """Return a slice as rows and columns: head or front on top, the patient's right or front at the left.

    Without an affine: the second axis upwards, as nearly all files are stored.
    """
    columns = [each for each in range(3) if each != axis]
    matrix = np.array(affine, np.float64).reshape(4, 4)[:3, :3] if affine else np.eye(3)
    lengths = np.linalg.norm(matrix, axis=0)
    if not (lengths[columns] > 0).all():
        matrix, lengths = np.eye(3), np.ones(3)
    toward = [matrix[:, each] / lengths[each] for each in columns]  # RAS directions of the two axes
    # The axis that goes rather up (or, in an axial slice, rather to the front) becomes the rows.
    upright = [max(abs(way[2]) * 2, abs(way[1])) if abs(way[0]) < 0.8 else 0.0 for way in toward]
    up = 0 if upright[0] > upright[1] else 1
    rows, across = toward[up], toward[1 - up]
    plane = plane if up == 0 else np.moveaxis(plane, 0, 1)
    goes_up = rows[2] if abs(rows[2]) >= abs(rows[1]) else rows[1]
    if goes_up >= 0:
        plane = plane[::-1]
    # In RAS x grows to the patient's right and y to the front: both are shown at the left.
    if (across[0] if abs(across[0]) >= abs(across[1]) else across[1]) > 0:
        plane = plane[:, ::-1]
    return plane


def _shown(plane: np.ndarray[Any, Any], *, slope: float | None, side: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    if plane.shape[2] > 1:
        return np.asarray(shrunk(np.ascontiguousarray(plane[..., :3], np.uint8), side), np.uint8)
    values = plane[..., 0]
    values = np.abs(values) if values.dtype.kind == "c" else values.astype(np.float64)
    values = np.nan_to_num(values, posinf=0, neginf=0)
    low, high = range_of(values)
    shares = stretched(shrunk(values, side), low, high)
    return bytes_of(1 - shares if slope is not None and slope < 0 and high > low else shares)
