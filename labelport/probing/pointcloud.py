"""The probe of point clouds: the header of a PCD file, or the length of KITTI's plain floats; no point is read.

PCD: https://pointclouds.org/documentation/tutorials/pcd_file_format.html. What a header is and where it
ends follows the reader of CVAT's dataset manifest tool (specification of manifests, 2.10).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from labelport.privacy import plain
from labelport.probing.contract import Limits, MediaRow, ProbeContext, RangeRead
from labelport.probing.sniff import sniff
from labelport.probing.sniff_clouds import HEADER_BYTES, POINT_BYTES

__all__ = ["POINTS_FLAG", "PROBE", "PointcloudProbe"]

POINTS_FLAG = "pcd_points"
"""Flag of a row whose header says another number of points than WIDTH x HEIGHT."""

_VERSIONS = frozenset(f"{zero}.{digit}" for zero in ("0", "") for digit in range(1, 8))
_ENCODINGS = frozenset({"ascii", "binary", "binary_compressed"})
_NUMBER = re.compile(r"[0-9]{1,18}")
_TYPES = frozenset("IUF")
_SIZES = frozenset({1, 2, 4, 8})
_MOST_SIDE = 2**31 - 1
_MOST_NAME = 64


@dataclass(frozen=True)
class Fields:
    """The fields of a point."""

    names: list[str]
    sizes: list[int]
    """Bytes of a value."""

    types: list[str]
    """I, U or F: signed, unsigned, floating."""

    counts: list[int]
    """Values a point."""

    def row(self, encoding: str, *, estimated: bool) -> MediaRow:
        """Return the struct ``pointcloud`` of a row."""
        lists = {"fields": self.names, "sizes": self.sizes, "types": self.types, "counts": self.counts}
        return {**lists, "encoding": encoding, "estimated": estimated}


KITTI = Fields(["x", "y", "z", "intensity"], [4] * 4, ["F"] * 4, [1] * 4)


class HeaderFault(Exception):
    """What is wrong with a header; ``status`` is that of its row."""

    def __init__(self, status: str, words: str) -> None:
        super().__init__(words)
        self.status = status


class PointcloudProbe:
    """The probe of ``.pcd``, and of ``.bin`` in KITTI's layout."""

    kind = "pointcloud"
    version = "pointcloud-1"
    formats: Mapping[str, str] = MappingProxyType(
        {"pcd": "application/octet-stream", "kitti": "application/octet-stream"}
    )
    limits = Limits(head_bytes=HEADER_BYTES, max_bytes=64 << 10, max_requests=4)

    def probe(
        self,
        head: bytes,
        size: int,
        read: RangeRead,
        limits: Limits,  # noqa: ARG002 -- a header has its own
        context: ProbeContext,
    ) -> MediaRow:
        """Return points, grid and fields. Never raises for bad media; what ``read`` raises goes through.

        ``width``, ``height``: the grid of an organised cloud; ``points`` and 1 otherwise.
        """
        if size == 0:
            return {"status": "empty", "error": "The object has no bytes."}
        if sniff(head, size, context.key).format == "kitti":
            return _kitti(size)
        wanted = min(HEADER_BYTES, size)
        if len(head) < wanted:
            head += read(len(head), wanted - len(head))
        try:
            values, header_bytes = _header(head[:HEADER_BYTES], size)
            return _pcd(values, head, header_bytes=header_bytes, size=size)
        except HeaderFault as fault:
            return {"status": fault.status, "error": str(fault)}


def _kitti(size: int) -> MediaRow:
    """Return the row of a cloud without a header: what it says is a guess by its length and name."""
    points = size // POINT_BYTES
    return {
        "status": "ok",
        "points": points,
        "width": points if points <= _MOST_SIDE else None,
        "height": 1,
        "pointcloud": KITTI.row("kitti", estimated=True),
    }


def _header(head: bytes, size: int) -> tuple[dict[str, str], int]:
    """Return the values of a header by key, upper case, and its length in bytes. Raises ``HeaderFault``."""
    values: dict[str, str] = {}
    at = 0
    while (end := head.find(b"\n", at)) >= 0 or (at < len(head) == size):
        stop = end + 1 if end >= 0 else len(head)
        raw, at = head[at:stop], stop
        try:
            line = raw.decode()
        except UnicodeDecodeError:
            raise HeaderFault("unreadable", "A line of its header is not UTF-8.") from None
        if line.startswith("#"):
            continue
        key, blank, value = line.partition(" ")
        if not blank:
            raise HeaderFault("unreadable", "A line of its header has no blank between key and value.")
        values[key.upper()] = value.strip()
        if "DATA" in line:
            return values, at
    if len(head) < size:
        raise HeaderFault("too_large", f"Its header has no line DATA within {HEADER_BYTES:,} bytes.")
    raise HeaderFault("truncated", "The file ends before the line DATA of its header.")


def _pcd(values: Mapping[str, str], head: bytes, *, header_bytes: int, size: int) -> MediaRow:
    if values.get("VERSION") not in _VERSIONS:
        raise HeaderFault("unsupported", "Its header says no version of 0.1 to 0.7.")
    width, height = _number(values, "WIDTH"), _number(values, "HEIGHT")
    points = _number(values, "POINTS") if "POINTS" in values else width * height
    if max(width, height) > _MOST_SIDE:
        raise HeaderFault("too_large", "The header says a wider or higher grid than any cloud has.")
    encoding = values.get("DATA", "")
    if encoding not in _ENCODINGS:
        raise HeaderFault("unsupported", "Its points are neither ascii, binary nor binary_compressed.")
    row: MediaRow = {
        "status": "ok",
        "points": points,
        "width": width,
        "height": height,
        "flags": [POINTS_FLAG] if points != width * height else None,
    }
    fields = _fields(values)
    if fields is None:
        row |= {"status": "partial", "error": "FIELDS, SIZE, TYPE and COUNT of its header do not fit one another."}
        return row
    row["pointcloud"] = fields.row(encoding, estimated=False)
    body = head[header_bytes:]
    return row | _length(fields, points, encoding, body=body, header_bytes=header_bytes, size=size)


def _number(values: Mapping[str, str], key: str) -> int:
    found = values.get(key, "")
    if not _NUMBER.fullmatch(found):
        raise HeaderFault("unreadable", f"{key} of its header is no whole number of at most 18 digits.")
    return int(found)


def _fields(values: Mapping[str, str]) -> Fields | None:
    """Return the fields of a header; None where its four lists do not fit one another."""
    names, types = values.get("FIELDS", "").split(), values.get("TYPE", "").split()
    sizes = values.get("SIZE", "").split()
    counts = values.get("COUNT", "").split() or ["1"] * len(names)  # optional in older versions
    if not names or {len(types), len(sizes), len(counts)} != {len(names)} or not set(types) <= _TYPES:
        return None
    if not all(_NUMBER.fullmatch(each) for each in (*sizes, *counts)):
        return None
    found = Fields([plain(name, most=_MOST_NAME) for name in names], [*map(int, sizes)], types, [*map(int, counts)])
    return found if set(found.sizes) <= _SIZES and all(0 < count <= _MOST_SIDE for count in found.counts) else None


def _length(fields: Fields, points: int, encoding: str, *, body: bytes, header_bytes: int, size: int) -> MediaRow:
    """Return status and error by the bytes that the points need at least. ``body``: the first behind the header."""
    if encoding == "binary":
        promised = points * sum(each * count for each, count in zip(fields.sizes, fields.counts, strict=True))
    elif encoding == "ascii":  # a digit and a blank a value, and nothing behind the last
        promised = max(0, points * sum(fields.counts) * 2 - 1)
    else:  # two lengths, uint32: of what follows, and of what it inflates to
        promised = 8 + int.from_bytes(body[:4], "little") if points else 0
    missing = header_bytes + promised - size
    if missing <= 0:
        return {}
    return {"status": "truncated", "error": f"{missing:,} bytes of its points are missing."}


PROBE = PointcloudProbe()
"""The probe, as the entry point names it."""
