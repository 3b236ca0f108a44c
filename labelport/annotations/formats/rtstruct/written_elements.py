"""Data sets of DICOM as bytes (PS3.5 section 7.1), little endian, with VRs or without, and the file around them.

Values are written as they are given: objects for each element would take pydicom half a millisecond a contour, and a
structure set has tens of thousands. Tags and VRs are those of its dictionary (PS3.6).
"""

import struct
from collections.abc import Mapping, Sequence
from functools import cache

DataSet = Mapping[str, str | bytes | Sequence["DataSet"]]
"""Values by keyword of PS3.6, in any order; several values of one element stand between backslashes. Text is UTF-8."""

EXPLICIT_VR = "1.2.840.10008.1.2.1"
IMPLICIT_VR = "1.2.840.10008.1.2"

LONGEST = 65_534
"""Bytes of a value where its length takes two bytes: with VRs, most elements."""

IMPLEMENTATION_UID = "2.25.23124083215399423326665025045466876182"
"""Names this writer: a random UUID (PS3.5 B.2)."""

IMPLEMENTATION_NAME = "LABELPORT"

_LONG_VRS = (b"OB", b"OW", b"OF", b"OD", b"OL", b"OV", b"SQ", b"UC", b"UR", b"UT", b"UN", b"SV", b"UV")
_ITEM = struct.pack("<HH", 0xFFFE, 0xE000)
_PREAMBLE = bytes(128) + b"DICM"


def encoded(data: DataSet, *, explicit: bool) -> bytes:
    """Return a data set, its elements in the order of their tags.

    Raises ``KeyError`` for an unknown keyword, ``struct.error`` for a value that is too long for its VR.
    """
    made = []
    for keyword in sorted(data, key=_tag_and_vr):
        tag, vr = _tag_and_vr(keyword)
        body = _body(data[keyword], vr, explicit=explicit)
        head = struct.pack("<HH", tag >> 16, tag & 0xFFFF)
        if not explicit:
            made += [head, struct.pack("<I", len(body)), body]
        elif vr in _LONG_VRS:
            made += [head, vr, struct.pack("<HI", 0, len(body)), body]
        else:
            made += [head, vr, struct.pack("<H", len(body)), body]
    return b"".join(made)


def file_head(sop_class: str, sop_uid: str, syntax: str) -> bytes:
    """Return what stands before the data set of a file: preamble and File Meta Information (PS3.10 section 7.1)."""
    meta = encoded(
        {
            "FileMetaInformationVersion": b"\0\1",
            "MediaStorageSOPClassUID": sop_class,
            "MediaStorageSOPInstanceUID": sop_uid,
            "TransferSyntaxUID": syntax,
            "ImplementationClassUID": IMPLEMENTATION_UID,
            "ImplementationVersionName": IMPLEMENTATION_NAME,
        },
        explicit=True,
    )
    length = encoded({"FileMetaInformationGroupLength": struct.pack("<I", len(meta))}, explicit=True)
    return b"".join((_PREAMBLE, length, meta))


def fits(data: DataSet) -> bool:
    """Return whether no value of a data set is too long to be written with its VR."""
    return all(
        len(_body(value, b"", explicit=True)) <= LONGEST if isinstance(value, str | bytes) else all(map(fits, value))
        for value in data.values()
    )


def _body(value: str | bytes | Sequence[DataSet], vr: bytes, *, explicit: bool) -> bytes:
    if isinstance(value, str):
        value = value.encode("utf-8", "replace")
    if not isinstance(value, bytes):
        items = [encoded(item, explicit=explicit) for item in value]
        return b"".join(piece for item in items for piece in (_ITEM, struct.pack("<I", len(item)), item))
    if len(value) % 2:
        value += b"\0" if vr in (b"UI", b"OB") else b" "
    return value


@cache
def _tag_and_vr(keyword: str) -> tuple[int, bytes]:
    from pydicom.datadict import dictionary_VR, tag_for_keyword  # noqa: PLC0415  -- only where something is written

    tag = tag_for_keyword(keyword)
    if tag is None:
        raise KeyError(keyword)
    return tag, dictionary_VR(tag).encode()
