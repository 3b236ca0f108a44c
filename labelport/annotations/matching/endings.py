"""Paths found by how they end.

Reversed and sorted, all paths of one ending stand side by side: a look-up is a bisection, however many paths
share a name.
"""

from bisect import bisect_left
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Rows: TypeAlias = np.ndarray[Any, np.dtype[np.int64]]
NOTHING: Rows = np.zeros(0, np.int64)


class Endings:
    """Rows of an index by the ends of their paths, at slashes."""

    def __init__(self, paths: pa.Array, rows: Rows) -> None:
        """``paths``: strings without null, one for each of ``rows``."""
        # A slash behind the first folder: then a path ends with itself as with any of its folders.
        turned = pc.binary_join_element_wise(
            pc.utf8_reverse(paths), pa.scalar("/", paths.type), pa.scalar("", paths.type)
        )
        order = pc.array_sort_indices(turned)
        self._turned: list[str] = turned.take(order).to_pylist()
        self._rows: Rows = rows[order.to_numpy().astype(np.int64)]

    def __len__(self) -> int:
        return len(self._turned)

    def ending(self, path: str) -> tuple[Rows, bool]:
        """Return the rows whose path is this one (and true); where there are none, those whose path ends with it."""
        wanted = f"{path[::-1]}/"
        first = bisect_left(self._turned, wanted)
        found = self._turned[first : first + 2]
        if not path or not found or not found[0].startswith(wanted):
            return NOTHING, False
        if len(found) == 1 or not found[1].startswith(wanted):
            return self._rows[first : first + 1], found[0] == wanted
        equal = found[0] == wanted
        # NUL and "0" are what follows next on the text itself and on its slash.
        bound = f"{wanted}\0" if equal else f"{wanted[:-1]}0"
        return self._rows[first : bisect_left(self._turned, bound, lo=first)], equal

    def equal(self, path: str) -> Rows:
        """Return the rows of exactly this path."""
        rows, equal = self.ending(path)
        return rows if equal else NOTHING

    def beside(self, path: str, count: int) -> Rows:
        """Return the rows of the ``count`` paths before and behind the place where this one would stand."""
        at = bisect_left(self._turned, f"{path[::-1]}/")
        return self._rows[max(at - count, 0) : at + count]
