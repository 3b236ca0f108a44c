"""Point clouds: PCD by the words of its header, KITTI's plain floats by what they could mean."""

import struct

from labelport.probing.signatures import Signature

__all__ = ["HEADER_BYTES", "POINT_BYTES", "kitti", "pcd"]

HEADER_BYTES = 4096
"""A PCD header ends within these, or is none."""

POINT_BYTES = 16
"""A point of KITTI: x, y, z and reflectance, float32, little endian."""

_PCD: Signature = ("pointcloud", "pcd", "application/octet-stream")
_KITTI: Signature = ("pointcloud", "kitti", "application/octet-stream")
_WORDS = frozenset(b"VERSION FIELDS SIZE TYPE COUNT WIDTH HEIGHT VIEWPOINT POINTS DATA".split())
_FEWEST_WORDS = 4

_POINTS_LOOKED_AT = 64
_FARTHEST_M = 1000.0
_SMALLEST = 1e-20
"""Integers, masks and 16-bit text are floats next to nothing: 8-bit 0x1f four times is 3e-20."""


def pcd(head: bytes) -> Signature | None:
    """Return PCD where the first lines are its header's words; comments and the order are free.

    The header is ASCII, so this is asked before text is. A file that begins with ``# .PCD`` is told by
    its signature already.
    """
    found: set[bytes] = set()
    for line in head[:HEADER_BYTES].split(b"\n"):
        if line.startswith(b"#"):
            continue
        word = line.partition(b" ")[0].strip().upper()
        if word not in _WORDS:
            break
        found.add(word)
        if word == b"DATA":
            break
    return _PCD if len(found) >= _FEWEST_WORDS and b"WIDTH" in found else None


def kitti(head: bytes, size: int) -> Signature | None:
    """Return KITTI where the bytes could be its points; they have no magic, so the name must be ``.bin`` too.

    What must hold (a judgement, no standard says it): ``size`` is a multiple of 16, and of the first 64
    points every number is finite and either 0 or not next to it, ``|x|, |y|, |z| < 1000`` (metres),
    reflectance is not negative, and two of the three coordinates vary (one point: it is not 0). So

    - zeros and other fillings are none, though a scanner may give 64 empty points;
    - integers, masks and UTF-16 are none: as floats they are next to 0;
    - float64 is none: its halves are no floats, or one of two coordinates;
    - weights of a network are none: a fourth of them would have to be positive throughout;
    - text is asked for before, and letters as floats are far beyond 1000.
    """
    if size % POINT_BYTES or len(head) < POINT_BYTES:
        return None
    looked_at = min(len(head) // POINT_BYTES, _POINTS_LOOKED_AT)
    points = list(struct.iter_unpack("<4f", head[: looked_at * POINT_BYTES]))
    if not all(map(_plausible, points)):
        return None
    varying = sum(len(set(axis)) > 1 for axis in list(zip(*points, strict=True))[:3])
    return _KITTI if varying >= 2 or (size == POINT_BYTES and any(points[0])) else None


def _plausible(point: tuple[float, ...]) -> bool:
    *place, reflectance = point
    near = all(value == 0 or _SMALLEST <= abs(value) < _FARTHEST_M for value in place)
    return near and (reflectance == 0 or _SMALLEST <= reflectance < float("inf"))
