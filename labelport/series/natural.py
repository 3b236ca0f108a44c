"""Natural order of text: ``f2`` before ``f10``, on every machine the same."""

import re
from typing import TypeAlias

_RUNS = re.compile(r"([0-9]+)")

NaturalKey: TypeAlias = tuple[tuple[object, ...], int, bytes]


def natural_key(text: str) -> NaturalKey:
    """Return what sorts a text naturally.

    Runs of ASCII digits compare as integers of any length, the text between them by code point; no
    locale, no case folding. Equal ones (``f1``, ``f01``): the shorter text, then the bytes.
    """
    parts: list[object] = []
    for place, part in enumerate(_RUNS.split(text)):
        if place % 2:
            digits = part.lstrip("0")
            parts.append((len(digits), digits))  # not int(): Python refuses more than 4,300 digits
        else:
            parts.append(part)
    return tuple(parts), len(text), text.encode("utf-8", "surrogatepass")
