"""Numbers as JSON texts, a column at a time: the shortest that reads back equal, whole ones without a point."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.annotations.formats.coco.values import Floats

MOST_WHOLE = 1e15
DECIMALS = 6
"""A width that is a number of so many decimals is taken to have been written as one."""


def number_texts(values: Floats) -> pa.BinaryArray:
    """Return a text for each number; NaN and infinities are ``null``.

    >>> number_texts(np.array([40.0, 25.5, np.nan])).to_pylist()
    [b'40', b'25.5', b'null']
    """
    finite = np.isfinite(values)
    safe = np.where(finite, values, 0.0)
    texts = pa.array(safe).cast(pa.string())
    whole = (safe == np.floor(safe)) & (np.abs(safe) < MOST_WHOLE)
    if whole.any():
        digits = pa.array(np.where(whole, safe, 0).astype(np.int64)).cast(pa.string())
        texts = pc.if_else(pa.array(whole), digits, texts)
    if not finite.all():
        texts = pc.if_else(pa.array(finite), texts, "null")
    return texts.cast(pa.binary())


def box_texts(corners: Floats) -> pa.BinaryArray:
    """Return ``[x, y, width, height]`` for x0, y0, x1, y1 of shape (n, 4)."""
    x0, y0, x1, y1 = (np.ascontiguousarray(corners[:, side]) for side in range(4))
    cells = [number_texts(each) for each in (x0, y0, extent(x0, x1), extent(y0, y1))]
    inner = pc.binary_join_element_wise(*cells, b", ")
    return pc.binary_join_element_wise(b"[", inner, b"]", b"")


def extent(low: Floats, high: Floats) -> Floats:
    """Return the width that, added to ``low``, gives ``high``: that with the fewest digits where several do.

    Where none does (the sums all lie half way between two numbers), it gives a neighbour of ``high``.

    >>> extent(np.array([0.1]), np.array([0.1 + 0.2])).tolist()
    [0.2]
    """
    with np.errstate(invalid="ignore", over="ignore"):
        exact = high - low
        made = np.round(exact, DECIMALS)
        for candidate in (exact, np.nextafter(exact, np.inf), np.nextafter(exact, -np.inf)):
            made = np.where(low + made == high, made, candidate)
        return np.asarray(np.where(low + made == high, made, exact))


def list_texts(values: Floats, counts: np.ndarray[Any, np.dtype[np.int64]]) -> pa.BinaryArray:
    """Return ``[1, 2, 3]`` for lists of numbers: all numbers, and how many each list has."""
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    cells = pa.ListArray.from_arrays(pa.array(offsets), number_texts(values))
    return pc.binary_join_element_wise(b"[", pc.binary_join(cells, b", "), b"]", b"")
