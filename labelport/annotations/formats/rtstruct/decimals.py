"""Numbers of a multi-valued decimal string (VR DS, PS3.5 section 6.2), as many at once as there are."""

import re
from typing import Any

import msgspec
import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]

_JSON = msgspec.json.Decoder(list[float])
_DECIMAL = re.compile(rb"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_PADDING = b" \0"


def numbers(raw: bytes) -> Floats | None:
    """Return the numbers between backslashes, shape (n,); null where anything is no finite number.

    >>> numbers(b"1.5\\\\-2e1\\\\ +.25 ").tolist(), numbers(b"1,5\\\\2")
    ([1.5, -20.0, 0.25], None)
    """
    stripped = raw.strip(_PADDING)
    if not stripped:
        return np.zeros(0, np.float64)
    if b"," not in stripped:
        # Decimal strings are JSON's numbers, mostly; its decoder is four times as fast as any other way.
        try:
            return np.array(_JSON.decode(b"[" + stripped.replace(b"\\", b",") + b"]"), np.float64)
        except (msgspec.DecodeError, UnicodeDecodeError):
            pass
    parts = [part.strip(_PADDING) for part in stripped.split(b"\\")]
    if not all(map(_DECIMAL.fullmatch, parts)):
        return None
    found = np.array([float(part) for part in parts], np.float64)
    return found if np.isfinite(found).all() else None
