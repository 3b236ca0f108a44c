"""Sets of a million keys in 8 bytes each.

A digest is Python's own hash of the text, which differs from process to process: it answers questions
and is never written. Two keys of one digest are met once in 10^13 pairs or so.
"""

from array import array
from bisect import bisect_left


class KeyDigests:
    """A set of keys: first all are added, then it is asked."""

    def __init__(self) -> None:
        self._digests = array("q")
        self._sorted = True

    def __len__(self) -> int:
        return len(self._digests)

    def add(self, key: str) -> None:
        """Add a key; one that is there already counts twice."""
        self._digests.append(hash(key))
        self._sorted = False

    def __contains__(self, key: str) -> bool:
        self._sort()
        digest = hash(key)
        at = bisect_left(self._digests, digest)
        return at < len(self._digests) and self._digests[at] == digest

    def repeated(self) -> frozenset[int]:
        """Return the digests (``hash`` of the key) that were added more than once."""
        self._sort()
        pairs = zip(self._digests, self._digests[1:], strict=False)
        return frozenset(one for one, other in pairs if one == other)

    def _sort(self) -> None:
        if not self._sorted:
            self._digests = array("q", sorted(self._digests))
            self._sorted = True
