"""Is it text, in which encoding, and of which format: the last question of ``sniff``."""

import codecs
import re

__all__ = ["encoding_of", "playlist", "text_format"]

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le", "utf-32le"),
    (codecs.BOM_UTF32_BE, "utf-32-be", "utf-32be"),
    (codecs.BOM_UTF8, "utf-8", "utf-8-bom"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "utf-16le"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "utf-16be"),
)
"""Byte order marks, the longer ones first; Python's name of the encoding, and ours."""

_CONTROL = bytes(c for c in range(32) if c not in b"\t\n\r\f\x1b\x08") + b"\x7f"

_ASCII = bytes(range(32, 127)) + b"\t\n\r\f"

_STRING = r'"(?:[^"\\\x00-\x1f]|\\.)*'
_JSON_TOKEN = re.compile(rf'\s*(?:[{{}}\[\],:]|{_STRING}"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)')
_JSON_CUT = re.compile(rf"\s*(?:{_STRING}\\?|-?[\d.eE+-]*|t(?:ru?)?|f(?:a(?:ls?)?)?|n(?:ul?)?)\Z")
"""A token that the head's end cuts."""

_HEAD_CHARACTERS = 4096


def encoding_of(head: bytes, *, whole: bool = False) -> str | None:
    """Return the encoding of a text by its first bytes; None where they are none.

    ``utf-8`` (ASCII too), ``utf-8-bom``, ``utf-16le``, ``utf-16be``, ``utf-32le``, ``utf-32be``, ``latin-1``.
    ``whole``: nothing follows the head, so its end cuts no character.
    """
    found = _decoded(head, whole=whole)
    return found[1] if found else None


def _decoded(head: bytes, *, whole: bool) -> tuple[str, str] | None:
    """Return the first characters of a text and its encoding, or None where the bytes are none.

    A character that the end of the head cuts is fine; NUL is not, but in UTF-16 and UTF-32 with BOM.
    Latin-1 is accepted below 1 % of control characters (specification 7b), where a tenth is ASCII.
    """
    for bom, codec, name in _BOMS:
        if head.startswith(bom):
            text = _incremental(head[len(bom) :], codec)
            return None if text is None or "\x00" in text else (text, name)
    if b"\x00" in head:
        return None
    text = _incremental(head, "utf-8", whole=whole)
    controls = len(head) - len(head.translate(None, _CONTROL))
    if text is not None:
        # An MPEG or PCM head of small bytes is valid UTF-8 too, but full of controls.
        return (text, "utf-8") if controls * 20 <= len(head) else None
    # What is not UTF-8 and has hardly a blank, a digit or an ASCII letter is a filling or a sample of sound.
    ascii_bytes = len(head) - len(head.translate(None, _ASCII))
    return (head.decode("latin-1"), "latin-1") if controls * 100 < len(head) <= ascii_bytes * 10 else None


def _incremental(data: bytes, codec: str, *, whole: bool = False) -> str | None:
    try:
        return codecs.getincrementaldecoder(codec)().decode(data, whole)
    except UnicodeDecodeError:
        return None


_PLAYLIST_STARTS = frozenset(bytes([byte]) for byte in b"fF#\x00\xef\xfe\xff \t\n\r\x0b\x0c")
"""First bytes of a playlist: its word, a BOM, or what stands before it."""


def playlist(head: bytes) -> bool:
    """Return whether the bytes are a list of other files: FFmpeg would go and read those.

    ``ffconcat`` and ``#EXTM3U`` are what its demuxers look for, after a BOM and blanks too.
    """
    if head[:1] not in _PLAYLIST_STARTS or (head[:1] == b"\xff" and head[1:2] != b"\xfe"):
        return False  # asked of every object, and most are pictures
    start = head[:64]
    for bom, _, _ in _BOMS:
        start = start.removeprefix(bom)
    start = start.replace(b"\x00", b"").lstrip()
    return start[:8].lower() == b"ffconcat" or start[:7].upper() == b"#EXTM3U"


def text_format(head: bytes, extension: str, *, whole: bool = False) -> tuple[str, str] | None:
    """Return format and MIME type of a text; None where the bytes are no text. ``whole`` as in ``encoding_of``."""
    found = _decoded(head, whole=whole)
    if found is None:
        return None
    text = found[0].lstrip("\ufeff \t\r\n")
    start = text[:_HEAD_CHARACTERS]
    lower = start[:256].lower()
    if playlist(head):
        return ("m3u", "application/vnd.apple.mpegurl") if lower.startswith("#extm3u") else ("ffconcat", "text/plain")
    if lower.startswith(("<!doctype html", "<html")):
        return "html", "text/html"
    if lower.startswith("<svg") or (lower.startswith(("<?xml", "<!--", "<!doctype svg")) and "<svg" in start):
        return "svg", "image/svg+xml"
    if lower.startswith("<?xml"):
        return "xml", "application/xml"
    if lower.startswith(("{", "[")) and _tokenises(start, cut=not whole or len(text) > len(start)):
        return _json(start)
    by_name = {".md": ("markdown", "text/markdown"), ".markdown": ("markdown", "text/markdown")}
    by_name |= {".csv": ("csv", "text/csv"), ".tsv": ("tsv", "text/tab-separated-values")}
    return by_name.get(extension, ("text", "text/plain"))


def _tokenises(start: str, *, cut: bool) -> bool:
    """Return whether the head is JSON as far as it goes; ``cut``: its last token may be half a one."""
    at = 0
    while at < len(start):
        token = _JSON_TOKEN.match(start, at)
        if token is None:
            return not start[at:].strip() or (cut and _JSON_CUT.match(start, at) is not None)
        at = token.end()
    return True


def _json(start: str) -> tuple[str, str]:
    first, _, rest = start.partition("\n")
    if first.startswith("{") and first.rstrip().endswith("}") and rest.lstrip().startswith("{"):
        return "ndjson", "application/x-ndjson"
    return "json", "application/json"
