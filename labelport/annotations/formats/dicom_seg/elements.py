"""Elements of a header that may be damaged: what is wrong is null, and never an exception."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from labelport.geometry.stacks import Floats


def value_of(held: Any, keyword: str) -> Any:
    """Return an element's value as pydicom reads it; null where it is absent or no value of its kind."""
    try:
        return None if held is None else held.get(keyword)
    except Exception:  # pydicom raises what its parsers raise, of many kinds
        return None


def items_of(held: Any, keyword: str) -> Sequence[Any]:
    """Return the items of a sequence; none where it is absent or is no sequence."""
    found = value_of(held, keyword)
    try:
        return list(found) if found is not None and not isinstance(found, str | bytes) else []
    except TypeError:
        return []


def item_of(held: Any, keyword: str) -> Any:
    """Return the first item of a sequence; null where there is none."""
    return next(iter(items_of(held, keyword)), None)


def text_of(held: Any, keyword: str) -> str:
    """Return a text without its padding; empty where there is none."""
    found = value_of(held, keyword)
    return str(found).strip(" \0") if isinstance(found, str) else ""


def whole_of(held: Any, keyword: str) -> int | None:
    """Return a whole number; of several the first; null where there is none."""
    found = value_of(held, keyword)
    if isinstance(found, Sequence) and not isinstance(found, str | bytes):
        found = next(iter(found), None)
    try:
        return None if found is None or int(found) != found else int(found)
    except (TypeError, ValueError, OverflowError):
        return None


def floats_of(held: Any, keyword: str, count: int) -> Floats | None:
    """Return so many finite numbers, shape (count,); null for anything else."""
    try:
        found = np.array([float(each) for each in value_of(held, keyword)], np.float64)
    except (TypeError, ValueError):
        return None
    return found if found.shape == (count,) and np.isfinite(found).all() else None
