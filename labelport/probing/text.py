"""Is it text, and which: the last question of ``sniff``."""

import codecs
import re

__all__ = ["is_text", "playlist", "text_format"]

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

_CONTROL = bytes(c for c in range(32) if c not in b"\t\n\r\f\x1b\x08") + b"\x7f"

_JSON_TOKEN = re.compile(r'\s*([{}\[\],:]|"(?:[^"\\\x00-\x1f]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)')

_HEAD_CHARACTERS = 4096


def decoded(head: bytes) -> str | None:
    """Return the first characters of a text, or None where the bytes are none.

    A character that the end of the head cuts is fine; NUL is not, but in UTF-16 and UTF-32 with BOM.
    Latin-1 is accepted below 1 % of control characters (specification 7b).
    """
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            text = _incremental(head[len(bom) :], encoding)
            return text if text is None or "\x00" not in text else None
    if b"\x00" in head:
        return None
    text = _incremental(head, "utf-8")
    controls = len(head) - len(head.translate(None, _CONTROL))
    if text is not None:
        # An MPEG or PCM head of small bytes is valid UTF-8 too, but full of controls.
        return text if controls * 20 <= len(head) else None
    return head.decode("latin-1") if controls * 100 < len(head) else None


def _incremental(data: bytes, encoding: str) -> str | None:
    try:
        return codecs.getincrementaldecoder(encoding)().decode(data)
    except UnicodeDecodeError:
        return None


def is_text(head: bytes) -> bool:
    """Return whether the bytes are text."""
    return decoded(head) is not None


_PLAYLIST_STARTS = frozenset(bytes([byte]) for byte in b"fF#\x00\xef\xfe\xff \t\n\r\x0b\x0c")
"""First bytes of a playlist: its word, a BOM, or what stands before it."""


def playlist(head: bytes) -> bool:
    """Return whether the bytes are a list of other files: FFmpeg would go and read those.

    ``ffconcat`` and ``#EXTM3U`` are what its demuxers look for, after a BOM and blanks too.
    """
    if head[:1] not in _PLAYLIST_STARTS or (head[:1] == b"\xff" and head[1:2] != b"\xfe"):
        return False  # asked of every object, and most are pictures
    start = head[:64]
    for bom, _ in _BOMS:
        start = start.removeprefix(bom)
    start = start.replace(b"\x00", b"").lstrip()
    return start[:8].lower() == b"ffconcat" or start[:7].upper() == b"#EXTM3U"


def text_format(head: bytes, extension: str) -> tuple[str, str] | None:
    """Return format and MIME type of a text; None where the bytes are no text."""
    text = decoded(head)
    if text is None:
        return None
    start = text[:_HEAD_CHARACTERS].lstrip("\ufeff \t\r\n")
    lower = start[:256].lower()
    if playlist(head):
        return ("m3u", "application/vnd.apple.mpegurl") if lower.startswith("#extm3u") else ("ffconcat", "text/plain")
    if lower.startswith(("<!doctype html", "<html")):
        return "html", "text/html"
    if lower.startswith("<svg") or (lower.startswith(("<?xml", "<!--", "<!doctype svg")) and "<svg" in start):
        return "svg", "image/svg+xml"
    if lower.startswith("<?xml"):
        return "xml", "application/xml"
    if lower.startswith(("{", "[")) and _tokenises(start):
        return _json(start)
    by_name = {".md": ("markdown", "text/markdown"), ".markdown": ("markdown", "text/markdown")}
    by_name |= {".csv": ("csv", "text/csv"), ".tsv": ("tsv", "text/tab-separated-values")}
    return by_name.get(extension, ("text", "text/plain"))


def _tokenises(start: str) -> bool:
    """Return whether the head is JSON as far as it goes; the last 200 characters may be cut."""
    at = 0
    while at < len(start):
        token = _JSON_TOKEN.match(start, at)
        if token is None:
            rest = start[at:].lstrip()
            return not rest or (rest[0] in '"-tfn0123456789' and len(start) >= _HEAD_CHARACTERS - 64)
        at = token.end()
    return True


def _json(start: str) -> tuple[str, str]:
    first, _, rest = start.partition("\n")
    if first.startswith("{") and first.rstrip().endswith("}") and rest.lstrip().startswith("{"):
        return "ndjson", "application/x-ndjson"
    return "json", "application/json"
