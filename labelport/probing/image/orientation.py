"""How an image is to be turned: EXIF tag 0x0112, else XMP ``tiff:Orientation``, as Pillow reads them."""

import binascii
import re

from labelport.probing.image.ifd import At, IfdFault, read_directory, read_structure

__all__ = ["Turn", "exif_orientation", "raw_profile", "turn", "xmp_orientation"]

TAG = 0x0112
_XMP = re.compile(rb'tiff:Orientation(?:="|>)([0-9])')

Turn = tuple[int | None, tuple[str, ...]]
"""Orientation 1..8 or None; flags."""


def exif_orientation(at: At) -> int | None:
    """Return the orientation of an EXIF block, either byte order; None where it says none.

    ``at``: reads within the block, with or without ``Exif\\0\\0`` before it. Raises ``IfdFault`` where
    the block cannot be read.
    """
    shift = 6 if at(0, 6) == b"Exif\x00\x00" else 0

    def inner(offset: int, length: int) -> bytes:
        return at(offset + shift, length)

    structure = read_structure(inner)
    value = read_directory(inner, structure, structure.first).number(TAG, inner, 0)
    return value if 1 <= value <= 8 else None


def xmp_orientation(packet: bytes) -> int | None:
    """Return the orientation of an XMP packet; None where it says none."""
    match = _XMP.search(packet)
    value = int(match[1]) if match else 0
    return value if 1 <= value <= 8 else None


def raw_profile(text: bytes) -> bytes:
    """Return the EXIF block of ImageMagick's ``Raw profile type exif``: three lines, then hex."""
    try:
        return binascii.unhexlify(b"".join(text.split(b"\n")[3:]))
    except binascii.Error as error:
        msg = "a raw profile that is no hex"
        raise IfdFault(msg) from error


def turn(exif: At | bytes | None, xmp: bytes | None) -> Turn:
    """Return the orientation and what was odd on the way: trouble in EXIF never fails an image."""
    flags: tuple[str, ...] = ()
    if exif is not None:
        try:
            found = exif_orientation(_inside(exif) if isinstance(exif, bytes) else exif)
        except IfdFault:
            flags = ("exif_unreadable",)
        else:
            if found is not None:
                return found, flags
    return (xmp_orientation(xmp) if xmp else None), flags


def _inside(block: bytes) -> At:
    return lambda offset, length: block[offset : offset + length]
