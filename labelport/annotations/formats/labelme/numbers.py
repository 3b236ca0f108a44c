"""Points of LabelMe's JSON, as they come and as they are written."""

import json
import math
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, TypeGuard

import msgspec

from labelport.annotations.formats.labelme.telling import Telling

Point = tuple[float, float]


def points_of(value: Any, tell: Telling) -> list[Point] | None:
    """Return the points of a shape, null with a finding at the first place that is none (``json.wrong_type``)."""
    try:
        made: list[Point] = msgspec.convert(value, list[Point])
    except msgspec.ValidationError:
        return _told_points(value, tell)
    return made if all(map(math.isfinite, chain.from_iterable(made))) else _told_points(value, tell)


def _told_points(value: Any, tell: Telling) -> list[Point] | None:
    """Return the points one by one, slowly, up to the first that is none."""
    if not isinstance(value, list):
        tell.say("json.wrong_type", "/points", "points are no list; the shape was left out")
        return None
    made: list[Point] = []
    for number, each in enumerate(value):
        if not isinstance(each, list) or len(each) != 2:
            tell.say("json.wrong_type", f"/points/{number}", "a point is no list of two numbers")
            return None
        found = [number_of(one) for one in each]
        if found[0] is None or found[1] is None:
            at = 0 if found[0] is None else 1
            tell.say("json.wrong_type", f"/points/{number}/{at}", "a coordinate is no finite number")
            return None
        made.append((found[0], found[1]))
    return made


def number_of(value: Any) -> float | None:
    """Return a finite JSON number, null for everything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if number - number == 0 else None


def as_json(value: Any) -> bytes:
    """Return a value as JSON without blanks; numbers beyond every type become null, they were told where read."""
    try:
        return msgspec.json.encode(value)
    except (ValueError, OverflowError, TypeError, RecursionError):
        # Whole numbers beyond 64 bits, and halves of pairs of surrogates, that JSON can only say with an escape.
        return json.dumps(_finite(value), separators=(",", ":")).encode()


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and value - value != 0 else value


def is_text(value: Any) -> TypeGuard[str]:
    """Return whether a value is a text that can be written as UTF-8: JSON can hold halves of characters."""
    try:
        return isinstance(value, str) and value.encode() is not None
    except UnicodeEncodeError:
        return False


def plain(number: float) -> float | int:
    """Return a whole number without a fraction, so that it is written so."""
    return int(number) if number == int(number) and abs(number) < 1 << 53 else number


def flat(points: Sequence[Point]) -> list[float | int]:
    """Return points as one list x, y, x, y."""
    return [plain(number) for point in points for number in point]


def pairs(points: Iterable[Iterable[float]]) -> bytes:
    """Return points as LabelMe writes them, whole numbers without a fraction.

    >>> pairs([(1.0, 2.5)])
    b'[[1,2.5]]'
    """
    return as_json([[plain(number) for number in point] for point in points])
