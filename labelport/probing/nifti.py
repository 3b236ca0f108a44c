"""The probe of NIfTI volumes: the header alone, plain or compressed, both versions and byte orders."""

import math
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from labelport.probing.contract import Limits, MediaRow, ProbeContext, RangeRead
from labelport.probing.nifti_geometry import affines

HEADER_BYTES = 4096
"""Inflated at most; a header has 348 or 540."""

COMPRESSED_MOST = 64 << 10
"""Read at most of a compressed file; 265 bytes were enough in all that were measured."""

LARGEST = 8 << 30
"""Bytes of voxels that a header may promise."""

DEFLATE_RATIO = 1032
"""No deflate stream inflates to more than this many times its size: one that promises more is short."""

_INT32 = 2**31 - 1
_BITS = {
    1: ("binary", 1), 2: ("uint8", 8), 4: ("int16", 16), 8: ("int32", 32), 16: ("float32", 32),
    32: ("complex64", 64), 64: ("float64", 64), 128: ("rgb24", 24), 256: ("int8", 8), 512: ("uint16", 16),
    768: ("uint32", 32), 1024: ("int64", 64), 1280: ("uint64", 64), 1536: ("float128", 128),
    1792: ("complex128", 128), 2048: ("complex256", 256), 2304: ("rgba32", 32),
}  # fmt: skip
_CHANNEL_BITS = {"rgb24": 8, "rgba32": 8}
_INTENTS = {
    0: "none", 2: "correlation", 3: "t test", 4: "f test", 5: "z score", 6: "chi2", 22: "p value",
    1001: "estimate", 1002: "label", 1003: "neuroname", 1004: "generic matrix", 1005: "symmetric matrix",
    1006: "displacement vector", 1007: "vector", 1008: "pointset", 1009: "triangle", 1010: "quaternion",
    1011: "dimensionless", 2001: "time series", 2002: "node index", 2003: "rgb vector", 2004: "rgba vector",
    2005: "shape",
}  # fmt: skip
_UNITS = {1: "unit_metre", 3: "unit_micron"}
"""Flags by the lowest three bits of xyzt_units; 2 says millimetres, 0 nothing, which all tools take for them."""


class NotNifti(Exception):
    """The bytes are no NIfTI header."""


@dataclass(frozen=True)
class Layout:
    """Where the fields of a version lie: offset and ``struct`` letter."""

    version: int
    length: int
    dim: tuple[int, str]
    datatype: int
    pixdim: tuple[int, str]
    vox_offset: tuple[int, str]
    slope: tuple[int, str]
    codes: tuple[int, str]
    quaternion: tuple[int, str]
    rows: tuple[int, str]
    intent: tuple[int, str]
    units: tuple[int, str]


VERSION_1 = Layout(
    1, 348, (40, "8h"), 70, (76, "8f"), (108, "f"), (112, "2f"), (252, "2h"), (256, "6f"), (280, "12f"),
    intent=(68, "h"), units=(123, "B"),
)  # fmt: skip
VERSION_2 = Layout(
    2, 540, (16, "8q"), 12, (104, "8d"), (168, "q"), (176, "2d"), (344, "2i"), (352, "6d"), (400, "12d"),
    intent=(504, "i"), units=(500, "i"),
)  # fmt: skip
_MAGIC = {
    b"n+1\0": (VERSION_1, False),
    b"ni1\0": (VERSION_1, True),
    b"n+2\0": (VERSION_2, False),
    b"ni2\0": (VERSION_2, True),
}
LIMITS = Limits(head_bytes=4 << 10, max_bytes=128 << 10, max_requests=4)


@dataclass(frozen=True)
class NiftiProbe:
    """NIfTI-1 and NIfTI-2; ``.hdr`` of a pair is the volume, its ``.img`` has no header of its own."""

    kind: str = "nifti"
    version: str = "nifti-2"
    formats: Mapping[str, str] = field(
        default_factory=lambda: {
            "nifti1": "application/x-nifti",
            "nifti2": "application/x-nifti",
            "analyze": "application/octet-stream",
        }
    )
    limits: Limits = LIMITS

    def probe(
        self,
        head: bytes,
        size: int,
        read: RangeRead,
        limits: Limits,  # noqa: ARG002
        context: ProbeContext,
    ) -> MediaRow:
        """Return the row of a volume. Never raises for bad media; what ``read`` raises goes through.

        ``width`` and ``height`` are the first two dimensions, ``frames`` the product of the others.
        """
        if size == 0:
            return {"status": "empty", "error": "The object has no bytes."}
        if is_analyze(head, size):
            return {
                "kind": "nifti",
                "format": "analyze",
                "status": "unsupported",
                "error": "An ANALYZE 7.5 header does not say which side is left: write the volume as NIfTI.",
            }
        compressed = head[:2] == b"\x1f\x8b"
        try:
            header = _inflated(head, size, read) if compressed else _plain(head, size, read)
            return _row(header, size, compressed=compressed, key=context.key)
        except NotNifti as fault:
            return {"status": "not_media", "error": str(fault)}
        except (zlib.error, struct.error, ValueError, OverflowError) as error:
            return {"status": "unreadable", "error": f"The header cannot be read ({type(error).__name__})."}


PROBE = NiftiProbe()


def _plain(head: bytes, size: int, read: RangeRead) -> bytes:
    wanted = min(VERSION_2.length, size)
    return head if len(head) >= wanted else head + read(len(head), wanted - len(head))


def _inflated(head: bytes, size: int, read: RangeRead) -> bytes:
    """Return the first bytes of a compressed file, at most ``HEADER_BYTES``: a bomb inflates no farther."""
    header = _members(head)
    if len(header) < VERSION_2.length and len(head) < min(size, COMPRESSED_MOST):
        header = _members(head + read(len(head), min(size, COMPRESSED_MOST) - len(head)))
    return header


def _members(compressed: bytes) -> bytes:
    """Return the beginning of what one or several gzip members hold."""
    made = b""
    while compressed[:2] == b"\x1f\x8b" and len(made) < HEADER_BYTES:
        stream = zlib.decompressobj(31)
        made += stream.decompress(compressed, HEADER_BYTES - len(made))
        compressed = stream.unused_data
    return made


def layout_of(header: bytes) -> tuple[Layout, bool, bool]:
    """Return the layout, whether it is little endian, and whether the voxels lie in another file (a pair).

    Raises ``NotNifti``.
    """
    for little in (True, False):
        length = int.from_bytes(header[:4], "little" if little else "big")
        magic = header[344:348] if length == VERSION_1.length else header[4:8]
        layout, pair = _MAGIC.get(magic, (None, False))
        if layout is not None and layout.length == length:
            if len(header) < length:
                raise ValueError("the header is cut short")
            return layout, little, pair
    raise NotNifti("The bytes are no NIfTI header.")


def is_analyze(head: bytes, size: int) -> bool:
    """Return whether an object is a header of ANALYZE 7.5: 348 bytes without NIfTI's magic, ``regular`` is ``r``."""
    lengths = (VERSION_1.length.to_bytes(4, "little"), VERSION_1.length.to_bytes(4, "big"))
    return (
        size == VERSION_1.length
        and head[:4] in lengths
        and head[38:39] == b"r"
        and head[344:348] not in (b"n+1\0", b"ni1\0")
    )


def _row(header: bytes, size: int, *, compressed: bool, key: str) -> MediaRow:
    layout, little, pair = layout_of(header)
    order = "<" if little else ">"

    def at(place: tuple[int, str]) -> tuple[Any, ...]:
        return struct.unpack_from(order + place[1], header, place[0])

    dim = at(layout.dim)
    pixdim = at(layout.pixdim)
    (datatype,) = at((layout.datatype, "h"))
    slope, intercept = at(layout.slope)
    qform, sform = at(layout.codes)
    row: MediaRow = {"kind": "nifti", "format": f"nifti{layout.version}", "phi_risk": "none"}
    if not 1 <= dim[0] <= 7 or any(count < 1 for count in dim[1 : dim[0] + 1]):
        return {**row, "status": "unreadable", "error": "Its dimensions are no dimensions."}
    dims = list(dim[1 : dim[0] + 1])
    if datatype not in _BITS:
        return {**row, "status": "unsupported", "error": f"Voxels of type code {datatype} are not known."}
    dtype, bits = _BITS[datatype]
    affine, flags = affines(
        pixdim, quaternion=at(layout.quaternion), rows=at(layout.rows), qform_code=qform, sform_code=sform
    )
    if name_disagrees(key, compressed=compressed, pair=pair):
        flags.append("name_disagrees")
    if not all(map(math.isfinite, pixdim[1 : dim[0] + 1])):
        flags.append("bad_number")
    unit = _UNITS.get(at(layout.units)[0] & 7)
    if unit is not None:
        flags.append(unit)
    offset = at(layout.vox_offset)[0]
    status, error = _status(dims, bits, offset=offset, size=size, compressed=compressed, pair=pair)
    if max(dims) <= _INT32:
        width, height = dims[0], dims[1] if len(dims) > 1 else 1
        row |= {"width": width, "height": height, "stored_width": width, "stored_height": height}
    return {
        **row,
        "mime_type": "application/x-nifti",
        "status": status,
        "error": error,
        "bit_depth": _CHANNEL_BITS.get(dtype, bits),
        "frames": min(math.prod(dims[2:]), 2**63 - 1),
        "frames_method": "header",
        "frames_exact": status == "ok",
        "flags": sorted(set(flags)),
        "nifti": {
            "version": layout.version,
            "byte_order": "little" if little else "big",
            "compressed": compressed,
            "dims": dims,
            "pixdim": [_finite(value) for value in pixdim[1 : dim[0] + 1]],
            "affine": affine,
            "dtype": dtype,
            "slope": _finite(slope),
            "intercept": _finite(intercept),
            "sform_code": sform if abs(sform) < 1 << 15 else None,
            "qform_code": qform if abs(qform) < 1 << 15 else None,
            "intent": _INTENTS.get(at(layout.intent)[0], f"code {at(layout.intent)[0]}"),
            "pair": pair,
        },
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _status(
    dims: list[int], bits: int, *, offset: float, size: int, compressed: bool, pair: bool
) -> tuple[str, str | None]:
    """Return status and error by what the header promises: voxels x bits + offset."""
    voxels = -(-math.prod(dims) * bits // 8)
    if voxels > LARGEST or max(dims) > _INT32:
        return "too_large", f"Its voxels would take {voxels:,} bytes; the limit is {LARGEST:,}."
    if pair:
        return "ok", None
    if not math.isfinite(offset) or offset < 0:
        return "unreadable", "Its voxels begin at no place in the file."
    promised = voxels + int(offset)
    if compressed and promised > size * DEFLATE_RATIO:
        return "truncated", f"{size:,} compressed bytes cannot hold the {promised:,} that its header promises."
    if not compressed and promised > size:
        return "truncated", f"{promised - size:,} bytes of its voxels are missing."
    return "ok", None


def name_disagrees(key: str, *, compressed: bool, pair: bool) -> bool:
    """Return whether the name says another form than the content has: gzip or not, a pair or one file."""
    name = key.lower()
    if name.endswith(".gz") != compressed and name.endswith((".nii", ".nii.gz", ".hdr", ".hdr.gz")):
        return True
    stem = name.removesuffix(".gz")
    return (stem.endswith(".hdr") and not pair) or (stem.endswith(".nii") and pair)
