"""Texts that were asked for, decoded by the object's character set."""

from typing import Any

from labelport.privacy import plain

LONGEST = 200


def decoded(raw: bytes, charset: str | None) -> tuple[str, bool]:
    """Return a text, and whether its character set was unknown (then it is read as latin-1).

    ``charset``: Specific Character Set, several values joined by a backslash (ISO 2022).
    """
    from pydicom.charset import decode_bytes, python_encoding  # noqa: PLC0415  # 0.3 s that nobody pays unasked

    names = [name.strip() for name in (charset or "").split("\\")]
    encodings = [python_encoding.get(name) for name in names]
    known = [encoding for encoding in encodings if encoding is not None]
    fallback = len(known) != len(encodings)
    if fallback or not known:
        text = raw.decode("latin-1")
    else:
        try:
            text = decode_bytes(raw, known, set(b"\r\n\t\f"))
        except (UnicodeError, LookupError, ValueError):
            text, fallback = raw.decode("latin-1"), True
    return plain(text.strip(" \0"), most=LONGEST), fallback


def decoded_texts(raw: dict[str, bytes], charset: str | None) -> tuple[dict[str, Any], bool]:
    """Return the texts by column, and whether any of them needed the fallback."""
    found: dict[str, Any] = {}
    any_fallback = False
    for name, value in raw.items():
        text, fallback = decoded(value, charset)
        found[name] = text or None
        any_fallback |= fallback
    return found, any_fallback
