"""The name that may have been meant."""

from collections.abc import Iterable
from difflib import SequenceMatcher

LEAST_RATIO = 0.6
"""Below this two names have little in common."""

MOST_CHARACTERS = 200
"""Of names that are compared: comparing takes the product of their lengths."""


def nearest(name: str, paths: Iterable[str]) -> str | None:
    """Return the path that is most like a name, or null where none is; the same at any order of the paths.

    >>> nearest("tray/0070.png", ["tray/0007.png", "box/0070.jpg", "readme"])
    'tray/0007.png'
    """
    if len(name) > MOST_CHARACTERS:
        return None
    wanted = _comparable(name)
    matcher = SequenceMatcher(None, autojunk=False)
    matcher.set_seq2(wanted)
    best: tuple[float, str] | None = None
    for path in sorted(set(paths)):
        if len(path) > MOST_CHARACTERS:
            continue
        # The end of a path as long as the name: folders that the name does not give are no difference.
        matcher.set_seq1(_comparable("/".join(path.split("/")[-(name.count("/") + 1) :])))
        least = best[0] if best else LEAST_RATIO
        if matcher.real_quick_ratio() < least or matcher.quick_ratio() < least:
            continue
        ratio = matcher.ratio()
        if ratio > least or (best is None and ratio >= least):
            best = ratio, path
    return best[1] if best else None


def _comparable(text: str) -> str:
    return text.replace("\\", "/").casefold()
