"""Containers of nested boxes: ISO BMFF and old QuickTime, Matroska, RIFF."""

from labelport.probing.signatures import Signature

__all__ = ["iso_media", "matroska", "riff"]

_STILL_BRANDS = {
    b"heic": "heic",
    b"heix": "heic",
    b"hevc": "heic",
    b"hevx": "heic",
    b"heim": "heic",
    b"heis": "heic",
    b"mif1": "heic",
    b"msf1": "heic",
    b"avif": "avif",
    b"avis": "avif",
}
_VIDEO = {
    "mp4": ("video", "mp4", "video/mp4"),
    "mov": ("video", "mov", "video/quicktime"),
    "3gp": ("video", "3gp", "video/3gpp"),
}
_OLD_FIRST = frozenset({b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot", b"moof", b"styp", b"sidx"})
"""Boxes that a file without ``ftyp`` begins with."""


def iso_media(head: bytes) -> Signature | None:
    """Return mp4, mov, 3gp, heic or avif by the brand of ``ftyp``; mov of the old kind by its first boxes."""
    name = head[4:8]
    if name == b"ftyp":
        return _by_brand(head)
    if name not in _OLD_FIRST:
        return None
    length = int.from_bytes(head[:4], "big")
    if length in (0, 1) or length >= 8:
        if name in {b"free", b"skip", b"wide", b"pnot"} and head[length + 4 : length + 8] not in _OLD_FIRST | {b"ftyp"}:
            return None  # four letters alone are too weak
        return _VIDEO["mp4" if name in {b"moof", b"styp", b"sidx"} else "mov"]
    return None


def _by_brand(head: bytes) -> Signature:
    length = min(int.from_bytes(head[:4], "big"), len(head), 4096)
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, length - 3, 4))]
    for brand in brands[:1] if brands[0] not in {b"mif1", b"msf1", b"miaf"} else brands[1:] + brands[:1]:
        if brand in _STILL_BRANDS and (brand not in {b"mif1", b"msf1"} or brand == brands[0]):
            still = _STILL_BRANDS[brand]
            return "image", still, f"image/{still}"
    if brands[0] == b"qt  ":
        return _VIDEO["mov"]
    if brands[0][:2] == b"3g":
        return _VIDEO["3gp"]
    return _VIDEO["mp4"]


def matroska(head: bytes) -> Signature:
    """Return webm or matroska by the DocType (0x4282) of the EBML header."""
    at = head.find(b"\x42\x82", 4, 128)
    if at > 0 and head[at + 3 : at + 7] == b"webm":
        return "video", "webm", "video/webm"
    return "video", "matroska", "video/x-matroska"


def riff(head: bytes) -> Signature | None:
    """Return avi, wav or webp by the form of a RIFF file."""
    form = head[8:12]
    if form == b"WEBP":
        return "image", "webp", "image/webp"
    if form in {b"AVI ", b"AVIX"}:
        return "video", "avi", "video/x-msvideo"
    if form == b"WAVE":
        return "audio", "wav", "audio/wav"
    return None
