"""Entries whose names must be unique in a manifest, though two objects may end up with one name.

CVAT calls a ``.bin`` ``.pcd`` and turns backslashes into slashes; and a hand-made table may put one object
into two series. Memory: eight bytes a name until one stands twice.
"""

from collections.abc import Iterator
from typing import Any

from labelport.manifests.cvat.digests import KeyDigests
from labelport.manifests.ordering import SortedRows

NAME_TAKEN = "with the name that the manifest would give it, it is another object's"
"""Said of an object whose name is another one's."""

STANDS_ALREADY = "the object stands in another series already"
"""Said of an object that is in two series."""


class UniquePaths:
    """Entries by path; each row starts with path and place (a number that no other row has)."""

    def __init__(self, rows: SortedRows) -> None:
        self._rows = rows
        self._names = KeyDigests()
        self._left_out: dict[int, tuple[str, bool]] | None = None

    @property
    def count(self) -> int:
        """Return how many were added."""
        return self._rows.count

    def add(self, row: Any, written: str) -> None:
        """Add an entry; ``written`` is its name in the manifest."""
        self._rows.add([*row, written if written != row[0] else None])
        self._names.add(written)

    def __iter__(self) -> Iterator[list[Any]]:
        """Yield the rows that have a name of their own, by path; their last value is the name where it is not the path."""
        left_out = self._clashes()
        return (row for row in self._rows if row[1] not in left_out) if left_out else iter(self._rows)

    def left_out(self) -> list[tuple[str, bool]]:
        """Return the others: path, and whether it is the same object once more."""
        return sorted(self._clashes().values())

    def close(self) -> None:
        """Drop what is on disk."""
        self._rows.__exit__(None, None, None)

    def _clashes(self) -> dict[int, tuple[str, bool]]:
        """Return those to leave out by place: of equal names the object that is called so stays, else the first."""
        if self._left_out is None:
            self._left_out = {}
            repeated = self._names.repeated()
            best: dict[str, tuple[bool, str, int]] = {}
            for row in self._rows if repeated else ():
                written = row[-1] or row[0]
                if hash(written) not in repeated:
                    continue
                candidate = (row[-1] is not None, row[0], row[1])
                kept = best.setdefault(written, candidate)
                if candidate == kept:
                    continue
                best[written] = min(kept, candidate)
                _, path, place = max(kept, candidate)
                self._left_out[place] = (path, path == best[written][1])
        return self._left_out
