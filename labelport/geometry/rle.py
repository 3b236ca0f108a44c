"""Masks as run lengths, the way COCO writes them: checked here before anything decodes them.

Runs go down the columns (column-major), and the first run counts zeros. Source: the ``maskApi`` of the COCO API
(``rleEncode``, ``rleToString``, ``rleFrString``, ``rleToBbox``). A library that is given runs that do not add up
returns memory that nobody wrote (pycocotools 2.0.11), so whoever decodes calls ``check`` first; ``decode`` does.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

Counts = np.ndarray[Any, np.dtype[np.int64]]
Mask = np.ndarray[Any, np.dtype[np.uint8]]

MOST_PIXELS = 1 << 28
"""Pixels of a mask that is decoded: a text of twenty characters can claim any size."""

_MOST_GROUPS = 7
"""Groups of 5 bits of one count: 35 bits with the sign. Sums of such numbers stay within 64 bits."""

_FIRST, _VALUE, _SIGN, _MORE = 48, 0x1F, 0x10, 0x20


class RleFault(ValueError):
    """Runs that are no mask."""


class RleSumFault(RleFault):
    """Runs that are counts, but not those of a mask of this size."""


def counts_of_text(text: bytes) -> Counts:
    """Return the runs of COCO's compressed text, shape (runs,).

    Each count is written in groups of 5 bits, the low one first: character = value + 48, bit 0x20 = more follow,
    and the sign is bit 0x10 of the last group. From the fourth count on, the number is the difference from the
    count two places before. Raises ``RleFault`` where the text does not decode whole; negative counts are left
    to ``check``.

    >>> counts_of_text(b":5d00Th7").tolist()
    [10, 5, 20, 5, 7960]
    """
    groups = np.frombuffer(text, np.uint8).astype(np.int64) - _FIRST
    if not len(groups):
        return groups
    if groups.min() < 0 or groups.max() >= 2 * _MORE:
        raise RleFault("a character is none of a run length text")
    ends = np.flatnonzero(groups < _MORE)
    if not len(ends) or ends[-1] != len(groups) - 1:
        raise RleFault("the text ends within a count")
    starts = np.concatenate([[0], ends[:-1] + 1])
    lengths = ends - starts + 1
    if lengths.max() > _MOST_GROUPS:
        raise RleFault("a count is beyond every mask")
    shifts = 5 * (np.arange(len(groups)) - np.repeat(starts, lengths))
    counts = np.add.reduceat((groups & _VALUE) << shifts, starts)
    counts -= np.where(groups[ends] & _SIGN, np.int64(1) << (5 * lengths), 0)
    counts[1::2] = np.cumsum(counts[1::2])
    counts[2::2] = np.cumsum(counts[2::2])
    return counts


def text_of_counts(counts: Counts | Sequence[int]) -> bytes:
    """Return runs as COCO's compressed text. Raises ``RleFault`` for counts that are negative or beyond 2^34.

    >>> text_of_counts([10, 5, 20, 5, 7960])
    b':5d00Th7'
    """
    given = _as_counts(counts)
    if not len(given):
        return b""
    if given.min() < 0 or given.max() >> (5 * _MOST_GROUPS - 1):
        raise RleFault("a count is negative or beyond every mask")
    left = given.copy()
    left[3:] -= given[1:-2]
    characters = np.zeros((len(left), _MOST_GROUPS), np.uint8)
    lengths = np.zeros(len(left), np.int64)
    open_ = np.ones(len(left), np.bool_)
    for group in range(_MOST_GROUPS):
        bits = left & _VALUE
        left = left >> 5
        more = open_ & (left != np.where(bits & _SIGN, -1, 0))
        characters[:, group] = bits + np.where(more, _MORE, 0) + _FIRST
        lengths += open_
        open_ = more
    return characters[np.arange(_MOST_GROUPS) < lengths[:, None]].tobytes()


def check(counts: Counts | Sequence[int], height: int, width: int) -> None:
    """Raise ``RleFault`` for a negative count or size, ``RleSumFault`` where the runs do not add up to all pixels."""
    given = _as_counts(counts)
    if len(given) and given.min() < 0:
        raise RleFault("a run is shorter than nothing")
    if height < 0 or width < 0:
        raise RleFault("the mask has a size below nothing")
    # As floats first: a sum of 64-bit numbers can wrap around to the right one.
    if given.sum(dtype=np.float64) > 2.0**62 or int(given.sum()) != height * width:
        raise RleSumFault(f"the runs add up to {given.sum(dtype=np.float64):.0f} pixels of {height * width}")


def decode(counts: Counts | Sequence[int], height: int, width: int) -> Mask:
    """Return the mask of runs, uint8 of shape (height, width), 1 inside.

    Raises ``RleFault`` where ``check`` does, and for more than ``MOST_PIXELS``.
    """
    given = _as_counts(counts)
    check(given, height, width)
    if height * width > MOST_PIXELS:
        raise RleFault(f"a mask of {height * width:,} pixels is not decoded")
    values = (np.arange(len(given)) % 2).astype(np.uint8)
    return np.repeat(values, given).reshape((height, width), order="F")


def encode(mask: np.ndarray[Any, Any]) -> Counts:
    """Return the runs of a mask of shape (height, width); whatever is not 0 is inside.

    >>> encode(np.array([[0, 1], [1, 1]])).tolist()
    [1, 3]
    """
    flat = np.asarray(mask).ravel(order="F") != 0
    if not len(flat):
        return np.zeros(0, np.int64)
    turns = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    edges = np.concatenate([[0], [0] if flat[0] else [], turns, [len(flat)]])
    return np.diff(edges).astype(np.int64)


def bounds_of(counts: Counts | Sequence[int], height: int) -> tuple[int, int, int, int]:
    """Return x0, y0, x1, y1 of what is inside, as edges in pixels; four zeros where nothing is.

    ``counts`` must have passed ``check``.

    >>> bounds_of([10, 5, 20, 5, 7960], 80)
    (0, 10, 1, 40)
    """
    given = _as_counts(counts)
    ends = np.cumsum(given)[1::2]
    lengths = given[1::2]
    ends, lengths = ends[lengths > 0], lengths[lengths > 0]
    if not len(ends) or height < 1:
        return 0, 0, 0, 0
    first_column, top = np.divmod(ends - lengths, height)
    last_column, bottom = np.divmod(ends - 1, height)
    x0, x1 = int(first_column.min()), int(last_column.max()) + 1
    if (first_column != last_column).any():
        return x0, 0, x1, height
    return x0, int(top.min()), x1, int(bottom.max()) + 1


def area_of(counts: Counts | Sequence[int]) -> int:
    """Return how many pixels are inside."""
    return int(_as_counts(counts)[1::2].sum())


def _as_counts(counts: Counts | Sequence[int]) -> Counts:
    try:
        given = np.asarray(counts)
        if given.dtype != np.int64 and given.size and not np.issubdtype(given.dtype, np.integer):
            raise RleFault("a run is no whole number")
        return np.atleast_1d(given.astype(np.int64, copy=False)).reshape(-1)
    except (OverflowError, TypeError, ValueError) as error:
        raise error if isinstance(error, RleFault) else RleFault("a run is no whole number") from None
