"""What is said of names that led to no image, to several, or only by folding."""

from collections.abc import Sequence
from itertools import combinations

import pyarrow as pa

from labelport.annotations.matching.endings import Rows
from labelport.annotations.matching.lookup import Lookup
from labelport.annotations.matching.nearest import nearest
from labelport.annotations.matching.spelling import MOST_NAME, cleaned, folded, stem_of
from labelport.annotations.said import Said
from labelport.codes import CODES

MOST_LISTED = 5
"""Images that are named where several fit."""

MOST_NEAREST = 200
"""Names of a source for which the nearest one is sought: each search costs about a millisecond."""

NEIGHBOURS = 8
"""Keys compared on either side of a name's place among all keys, by their ends and by their starts."""

_WORDS = {"case": "case", "unicode": "Unicode form", "percent": "percent signs"}


class Telling:
    """Says what came of names, as long as it would be listed; the rest is counted."""

    def __init__(self, keys: pa.ChunkedArray, plain: Lookup, foldings: Sequence[str], said: Said) -> None:
        self._keys = keys
        self._plain = plain
        self._foldings = foldings
        self._said = said
        self._sought = 0

    def unmatched(self, spellings: Sequence[str], file: str, pointer: str) -> None:
        """Say that no image has a name, with the nearest one."""
        if self._lists("name.unmatched", file):
            others = [each for each in dict.fromkeys(spellings[1:]) if each != spellings[0]][:MOST_LISTED]
            message = "no image of the dataset has this name" + (f", nor {' or '.join(others)}" if others else "")
            near = self._nearest(spellings[0])
            hint = None if near is None else f"The nearest name is {near}. {CODES['name.unmatched'].remedy}"
            self._said.say("name.unmatched", file, pointer, message, value=spellings[0], hint=hint)

    def ambiguous(self, spellings: Sequence[str], several: Rows, file: str, pointer: str) -> None:
        """Say that several images fit a name, and name some of them."""
        if self._lists("name.ambiguous", file):
            keys = sorted(self._key(row) for row in several[:MOST_LISTED].tolist())
            more = len(several) - len(keys)
            message = f"{len(several):,} images fit: {', '.join(keys)}" + (f" and {more:,} more" if more else "")
            self._said.say("name.ambiguous", file, pointer, message, value=spellings[0])

    def folded(self, spellings: Sequence[str], row: int, file: str, pointer: str) -> None:
        """Say that a name led to an image only by folding."""
        if self._lists("name.folded", file):
            key = self._key(row)
            message = f"the name led to {key} by setting aside {self._set_aside(spellings, key)}"
            self._said.say("name.folded", file, pointer, message, value=spellings[0])

    def _lists(self, code: str, file: str) -> bool:
        """Return whether a finding would be listed; else count it."""
        listed = self._said.lists(code, file)
        if not listed:
            self._said.count(code, file, 1)
        return listed

    def _nearest(self, name: str) -> str | None:
        self._sought += 1
        if self._sought > MOST_NEAREST or len(name) > MOST_NAME:
            return None
        return nearest(cleaned(name)[0], map(self._key, self._plain.near(name, NEIGHBOURS).tolist()))

    def _set_aside(self, spellings: Sequence[str], key: str) -> str:
        """Return the fewest foldings by which a spelling leads to a key, in words."""
        paths = [cleaned(spelling)[0] for spelling in spellings if spelling]
        for count in range(1, len(self._foldings)):
            for some in combinations(self._foldings, count):
                if any(_fits(folded(path, some), folded(key, some)) for path in paths):
                    return ", ".join(_WORDS[each] for each in some)
        return ", ".join(_WORDS[each] for each in self._foldings)

    def _key(self, row: int) -> str:
        return str(self._keys[row].as_py())


def _fits(path: str, key: str) -> bool:
    """Return whether a path may lead to a key on any level."""
    pairs = [(path, key), (path, stem_of(key)), (stem_of(path), stem_of(key))]
    return any(f"/{whole}".endswith(f"/{end}") or f"/{end}".endswith(f"/{whole}") for end, whole in pairs)
