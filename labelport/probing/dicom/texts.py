"""Texts that were asked for, decoded by the object's character set."""

import codecs
import re
from typing import Any

from labelport.privacy import plain

LONGEST = 200
_ESCAPE = b"\x1b"
_SPELT = re.compile(r"ISO[ _-]IR[ _-](\d+)|ISO[ _-]2022[ _-](?:IR[ _-])?(\d+)")


def decoded(raw: bytes, charset: str | None, *, most: int = LONGEST) -> tuple[str, bool]:
    """Return a text, and whether its character set was unknown or wrong (then it is read as latin-1).

    ``charset``: Specific Character Set, several values joined by a backslash (ISO 2022, PS3.5 6.1.2.4). Without
    one, text is ASCII: other bytes are read as latin-1, and that is said. ``most``: characters; it is cut there.
    """
    encodings = _encodings(charset)
    text = None
    if encodings and (encodings != [_ASCII] or raw.isascii()):
        extended = _ESCAPE in raw and encodings[0] not in _ALONE
        text = _escaped(raw, encodings) if extended else _strict(raw, encodings[0])
    fallback = text is None
    return plain((raw.decode("latin-1") if text is None else text).strip(" \0"), most=most), fallback


_ASCII = "iso8859"
"""What pydicom calls the default repertoire, which is ASCII."""

_ALONE = ("UTF8", "GB18030", "GBK")
"""Codecs of character sets that have no code extensions (PS3.3 C.12.1.1.2): an escape in them is a character."""


def _encodings(charset: str | None) -> list[str]:
    """Return the codecs of the values, none where one is unknown; an empty value is the default repertoire."""
    from pydicom.charset import python_encoding  # noqa: PLC0415  # 0.3 s that nobody pays unasked

    found = [python_encoding.get(_respelt(name.strip())) for name in (charset or "").split("\\")]
    return [name for name in found if name is not None] if None not in found else []


def _respelt(name: str) -> str:
    """Return a defined term where a known slip of the pen was written: ``ISO-IR 100``, ``ISO 2022-IR 87``."""
    spelt = _SPELT.fullmatch(name)
    if not spelt:
        return name
    alone, extension = spelt.groups()
    return f"ISO_IR {alone}" if alone else f"ISO 2022 IR {extension}"


def _strict(raw: bytes, encoding: str) -> str | None:
    try:
        return codecs.decode(raw, encoding)
    except (UnicodeError, LookupError, ValueError):
        return None


def _escaped(raw: bytes, encodings: list[str]) -> str | None:
    """Return a text with code extensions, or null where what they promise is not there."""
    from pydicom.charset import CODES_TO_ENCODINGS, decode_bytes  # noqa: PLC0415

    for escape in re.finditer(rb"\x1b(\$?[()-]?[@-~])", raw):
        promised = CODES_TO_ENCODINGS.get(escape.group())
        if promised is None or (promised != _ASCII and promised not in encodings):
            return None
    try:
        text = decode_bytes(raw, encodings, set(b"\r\n\t\f"))
    except (UnicodeError, LookupError, ValueError):
        return None
    return None if "\ufffd" in text else text


def decoded_texts(raw: dict[str, bytes], charset: str | None) -> tuple[dict[str, Any], bool]:
    """Return the texts by column, and whether any of them needed the fallback."""
    found: dict[str, Any] = {}
    any_fallback = False
    for name, value in raw.items():
        text, fallback = decoded(value, charset)
        found[name] = text or None
        any_fallback |= fallback
    return found, any_fallback
