"""ID3v2 tags in front of sound: how long they are. What they say is never read."""

__all__ = ["HEADER_BYTES", "tag_bytes"]

HEADER_BYTES = 10


def tag_bytes(header: bytes) -> int:
    """Return the length of the tag that begins with these bytes, header and footer too; 0 where none does.

    Source: ID3v2.4.0 main structure, 3.1 and 3.4 (versions 2 and 3 are laid out alike).
    """
    if len(header) < HEADER_BYTES or header[:3] != b"ID3" or header[3] not in (2, 3, 4) or header[4] == 0xFF:
        return 0
    if any(byte > 0x7F for byte in header[6:10]):
        return 0
    length = header[6] << 21 | header[7] << 14 | header[8] << 7 | header[9]
    return HEADER_BYTES + length + (HEADER_BYTES if header[5] & 0x10 else 0)
