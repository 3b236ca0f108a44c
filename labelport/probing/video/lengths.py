"""What a container says of its own length: a file that is shorter has been cut."""

from labelport.probing.reader import RangeReader

__all__ = ["shorter_than_declared"]

_MOST_BOXES = 256
_SEGMENT = b"\x18\x53\x80\x67"
_PROPERTIES_WITHIN = 4096
_FILE_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")


def shorter_than_declared(reader: RangeReader, format_name: str) -> bool:
    """Return whether the container's outermost lengths end behind the file.

    ISO media: any top-level box; Matroska: the Segment, where its size is known; AVI: the first RIFF;
    ASF: its properties. Others do not say. May raise ``BudgetSpent``.
    """
    if format_name in {"mp4", "mov", "3gp"}:
        return _boxes(reader)
    if format_name in {"matroska", "webm"}:
        return _segment(reader)
    if format_name == "avi":
        return int.from_bytes(reader.at(4, 4), "little") + 8 > reader.size
    if format_name == "asf":
        return _properties(reader)
    return False


def _boxes(reader: RangeReader) -> bool:
    at = 0
    for _ in range(_MOST_BOXES):
        start = reader.at(at, 16)
        if not start:
            return False
        length = int.from_bytes(start[:4], "big")
        if length == 1 and len(start) == 16:
            length = int.from_bytes(start[8:16], "big")
        if length == 0:
            return False  # to the end of the file
        if len(start) < 8:
            return True
        if length < 8:
            return False
        at += length
        if at > reader.size:
            return True
    return False


def _segment(reader: RangeReader) -> bool:
    header, begin = _sized(reader, 4)
    if header is None:
        return False
    at = begin + header
    if reader.at(at, 4) != _SEGMENT:
        return False
    length, body = _sized(reader, at + 4)
    return length is not None and body + length > reader.size


def _sized(reader: RangeReader, at: int) -> tuple[int | None, int]:
    """Return the EBML number at a place (None: unknown size), and the place behind it (RFC 8794, 4)."""
    raw = reader.at(at, 8)
    if not raw or raw[0] == 0:
        return None, at
    width = 9 - raw[0].bit_length()
    value = int.from_bytes(raw[:width], "big") & ((1 << 7 * width) - 1)
    return (None if value == (1 << 7 * width) - 1 or len(raw) < width else value), at + width


def _properties(reader: RangeReader) -> bool:
    """Return whether the file size of an ASF's properties (ASF specification 3.2) is beyond the object."""
    head = reader.at(0, _PROPERTIES_WITHIN)
    at = head.find(_FILE_PROPERTIES)
    if at < 0 or len(head) < at + 92:
        return False
    broadcast = head[at + 88] & 1  # written as it was sent: the size is not known
    return not broadcast and int.from_bytes(head[at + 40 : at + 48], "little") > reader.size
