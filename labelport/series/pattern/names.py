"""What the expression says of one key."""

from dataclasses import dataclass

import regex

from labelport.errors import LabelportError
from labelport.series.pattern.options import FLAGS

TIMEOUT_S = 0.05
"""Longest search in one key: an expression may backtrack for years, and ``re`` cannot be stopped."""

LATE_S = 2.0
"""Longest search in a key that matched in time before: the machine may be busy."""

MOST_TIMEOUTS = 200
"""So many keys that take too long end the run: a bucket of a million would take a day."""


class PatternTooSlow(LabelportError, ValueError):
    """An expression backtracks without end on too many keys."""


@dataclass(frozen=True)
class Name:
    """What the groups of the expression hold in one key; null: not there, or nothing."""

    series: str
    index: str | None
    version: str | None
    camera: str | None
    folder: str
    """The key's folder, with index, version and camera blanked: they may well stand in it."""


class NameReader:
    """One expression, compiled."""

    def __init__(self, expression: str) -> None:
        self._compiled = regex.compile(expression, FLAGS)
        self._slow = 0
        self.groups = frozenset(self._compiled.groupindex)
        """Groups that the expression has."""

    def read(self, key: str, *, timeout_s: float = TIMEOUT_S) -> Name | None:
        """Return what the expression says of a key, null where it does not match.

        Raises ``TimeoutError`` where it takes too long twice (once may be a busy machine), ``PatternTooSlow``
        where that happened too often.
        """
        try:
            try:
                found = self._compiled.search(key, timeout=timeout_s)
            except TimeoutError:
                found = self._compiled.search(key, timeout=timeout_s)
        except TimeoutError:
            self._slow += 1
            if self._slow >= MOST_TIMEOUTS:
                raise PatternTooSlow(
                    f"the expression {self._compiled.pattern!r} backtracks without end on {MOST_TIMEOUTS} keys and more: "
                    "mend it (nested repetitions such as (.+)+ do that)"
                ) from None
            raise
        if found is None or found["series"] is None:
            return None
        given = {name: found[name] if name in self.groups else None for name in ("index", "version", "camera")}
        return Name(found["series"], **given, folder=_folder(key, found, self.groups))


def _folder(key: str, found: "regex.Match[str]", groups: frozenset[str]) -> str:
    cuts = sorted(found.span(name) for name in ("index", "version", "camera") if name in groups)
    text, at = [], 0
    for start, end in cuts:
        if start >= at:  # absent: -1; nested in another: blanked already
            # A slash within a group is blanked too: the folder is the camera's.
            text += [key[at:start], "\0"]
            at = end
    blanked = "".join([*text, key[at:]])
    return blanked[: blanked.rfind("/") + 1]
