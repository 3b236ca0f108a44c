"""Values out of raw bytes: numbers, codes, identifiers, times. What is wrong raises ``BadValue``."""

import math
import re
import struct
from datetime import date

_UID = re.compile(r"[0-9A-Za-z._\-]{1,64}\Z")
_CODE = re.compile(r"[A-Za-z0-9 _.,/+()\-]{1,64}\Z")
_TIME = re.compile(r"(\d\d)(?::?(\d\d)(?::?(\d\d)(?:\.(\d{1,6}))?)?)?\Z")
_DATE_TIME = re.compile(r"(\d{8})(\d{2,6}(?:\.\d{1,6})?)(?:[+-]\d{4})?\Z")

_BINARY = {b"US": "H", b"SS": "h", b"UL": "I", b"SL": "i", b"FL": "f", b"FD": "d", b"UV": "Q", b"SV": "q"}
INT32 = 2**31 - 1


class BadValue(Exception):
    """The bytes are no value of their kind."""


def text(raw: bytes) -> str:
    """Return the text of a value without its padding. Never of a text column: those need the character set."""
    return raw.decode("latin-1").strip(" \0")


def numbers(raw: bytes, vr: bytes, *, little: bool) -> list[float]:
    """Return all numbers of a value; binary by its representation, else decimal strings."""
    if vr in _BINARY:
        letter = _BINARY[vr]
        count = len(raw) // struct.calcsize("=" + letter)
        if not count and raw:
            raise BadValue
        return list(struct.unpack_from(f"{'<' if little else '>'}{count}{letter}", raw))
    stripped = text(raw)
    if "_" in stripped:  # Python reads 1_0 as 10
        raise BadValue
    return [_decimal(part.strip(" \0")) for part in stripped.split("\\")] if stripped else []


def _decimal(part: str) -> float:
    try:
        return int(part)
    except ValueError:
        pass
    try:
        return float(part)
    except ValueError:
        raise BadValue from None


def integer(raw: bytes, vr: bytes, *, little: bool) -> int | None:
    """Return the first number as a whole one of 32 bits, or null for an empty value."""
    found = numbers(raw, vr, little=little)
    if not found:
        return None
    if not math.isfinite(found[0]) or found[0] != int(found[0]) or abs(found[0]) > INT32:
        raise BadValue
    return int(found[0])


def decimal(raw: bytes, vr: bytes, *, little: bool) -> float | None:
    """Return the first number, or null for an empty value."""
    found = decimals(raw, vr, little=little)
    return found[0] if found else None


def decimals(raw: bytes, vr: bytes, *, little: bool, count: int | None = None) -> list[float] | None:
    """Return all numbers, or null for an empty value; ``count``: neither fewer nor more."""
    found = [float(number) for number in numbers(raw, vr, little=little)]
    if not found:
        return None
    if not all(map(math.isfinite, found)) or (count is not None and len(found) != count):
        raise BadValue
    return found


def code(raw: bytes) -> str | None:
    """Return a code string, or null for an empty one. What no code string looks like is not let through."""
    found = text(raw)
    if not found:
        return None
    if not _CODE.match(found):
        raise BadValue
    return found


def codes(raw: bytes) -> list[str] | None:
    """Return the code strings of a value; an empty one among others is an empty text."""
    found = text(raw)
    return [code(part.encode("latin-1")) or "" for part in found.split("\\")] if found else None


def uid(raw: bytes) -> str | None:
    """Return a unique identifier, or null for an empty one."""
    found = text(raw)
    if not found:
        return None
    if not _UID.match(found):
        raise BadValue
    return found


def seconds_of_day(raw: bytes) -> float | None:
    """Return the seconds of the day of a TM or DT value: HHMMSS.FFFFFF, with a date before it or colons in it."""
    found = text(raw).split("\\")[0]
    if not found:
        return None
    dated = _DATE_TIME.match(found)
    parts = _TIME.match(dated.group(2) if dated else found)
    if not parts:
        raise BadValue
    hours, minutes, seconds, fraction = parts.groups()
    whole = int(hours) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)
    if whole > 86400:
        raise BadValue
    return whole + (int(fraction) / 10 ** len(fraction) if fraction else 0.0)


def day_and_second(raw: bytes) -> tuple[int, float] | None:
    """Return the number of the day and the second of it of a DT value, for differences only; null where it is empty."""
    seconds = seconds_of_day(raw)
    dated = _DATE_TIME.match(text(raw).split("\\")[0])
    if seconds is None:
        return None
    if dated is None:
        raise BadValue
    try:
        return date(int(dated.group(1)[:4]), int(dated.group(1)[4:6]), int(dated.group(1)[6:])).toordinal(), seconds
    except ValueError:
        raise BadValue from None
