"""Sets of names as sorted 64-bit hashes: 8 bytes a name, however long it is.

Hashes are those of this process and never leave it.
"""

from collections.abc import Iterable
from typing import Any, TypeAlias

import numpy as np

Hashes: TypeAlias = np.ndarray[Any, np.dtype[np.int64]]
Mask: TypeAlias = np.ndarray[Any, np.dtype[np.bool_]]


def hashes_of(names: Iterable[object]) -> Hashes:
    """Return the hash of each name, in their order."""
    return np.fromiter((hash(name) for name in names), np.int64)


def is_among(hashes: Hashes, known: Hashes) -> Mask:
    """Return which of some hashes are in a sorted array of them."""
    if not len(known):
        return np.zeros(len(hashes), bool)
    at = np.searchsorted(known, hashes)
    at[at == len(known)] = 0
    return np.equal(known[at], hashes)


def union(parts: Iterable[Hashes]) -> Hashes:
    """Return all hashes of some arrays, sorted, each once."""
    return np.unique(np.concatenate([*parts, np.zeros(0, np.int64)]))
