"""DICOM with and without preamble; NIfTI plain, compressed and in pairs."""

import struct
import zlib

from labelport.probing.signatures import Signature

__all__ = ["dicom", "gzip_content", "nifti"]

_DICOM: Signature = ("dicom", "dicom", "application/dicom")
_REPRESENTATIONS = frozenset(
    b"AE AS AT CS DA DS DT FD FL IS LO LT OB OD OF OL OV OW PN SH SL SQ SS ST SV TM UC UI UL UN UR US UT UV".split()
)
_LONG = frozenset({b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"})
_FIRST_ELEMENTS = {2: range(0x0103), 8: range(0x0061)}
"""Elements that a file without preamble begins with, by group."""

_HEADER = 352
_INFLATED = 4096


def dicom(head: bytes) -> Signature | None:
    """Return DICOM by ``DICM`` at 128, or by a plausible first element of group 0002 or 0008."""
    if head[128:132] == b"DICM":
        return _DICOM
    return _DICOM if _plausible(head, 0, second=False) or _big_endian(head) else None


def _plausible(head: bytes, at: int, *, second: bool) -> bool:
    """Return whether a data element stands here, and another of no lower tag behind it."""
    if len(head) < at + 8:
        return False
    group, element = struct.unpack_from("<HH", head, at)
    if group not in _FIRST_ELEMENTS or (not second and element not in _FIRST_ELEMENTS[group]):
        return False
    representation = head[at + 4 : at + 6]
    if representation in _REPRESENTATIONS:
        if representation in _LONG:
            return True
        length = int.from_bytes(head[at + 6 : at + 8], "little")
        skip = 8
    else:
        length = int.from_bytes(head[at + 4 : at + 8], "little")
        skip = 8
        if length > 1024 or length % 2 or (element == 0 and length != 4):
            return False
    following = at + skip + length
    if second or len(head) < following + 8:
        return second or (length <= 64 and len(head) >= at + skip + length and length > 0)
    next_group = int.from_bytes(head[following : following + 2], "little")
    return next_group >= group and (_plausible(head, following, second=True) or next_group in (0x10, 0x20, 0x28))


def _big_endian(head: bytes) -> bool:
    """Return whether an explicit big-endian data set begins here (retired syntax 1.2.840.10008.1.2.2)."""
    if head[:3] != b"\x00\x08\x00" or head[4:6] not in _REPRESENTATIONS:
        return False
    following = 8 + int.from_bytes(head[6:8], "big")
    return head[following : following + 2] in {b"\x00\x08", b"\x00\x10"}


def nifti(head: bytes, size: int) -> Signature | None:
    """Return nifti1 or nifti2 by the header's length and magic, either byte order; pairs too."""
    first = head[:4]
    if first in (b"\x5c\x01\x00\x00", b"\x00\x00\x01\x5c") and head[344:348] in (b"n+1\x00", b"ni1\x00"):
        return "nifti", "nifti1", "application/x-nifti"
    if first in (b"\x1c\x02\x00\x00", b"\x00\x00\x02\x1c") and head[4:8] in (b"n+2\x00", b"ni2\x00"):
        return "nifti", "nifti2", "application/x-nifti"
    if first in (b"\x5c\x01\x00\x00", b"\x00\x00\x01\x5c") and size == 348 and len(head) == 348 and head[38:39] == b"r":
        return "nifti", "analyze", "application/octet-stream"
    return None


def gzip_content(head: bytes) -> Signature:
    """Return NIfTI where a gzip holds one, else gzip: never more than 4 KiB are inflated.

    A gzip may have several members (RFC 1952, 2.2), and the first need not hold the whole header.
    """
    archive: Signature = ("archive", "gzip", "application/gzip")
    inflated, rest = b"", head[:65536]
    try:
        while rest and len(inflated) < _HEADER:
            member = zlib.decompressobj(31)
            inflated += member.decompress(rest, _INFLATED)
            rest = member.unused_data
    except zlib.error:
        return archive
    return (nifti(inflated, _INFLATED) if len(inflated) >= _HEADER else None) or archive
