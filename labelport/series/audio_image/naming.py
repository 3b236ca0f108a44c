"""Which names a recording can be found under, and which names a picture looks for.

A name says at which level it pairs: ``beside`` in one folder, ``below`` in the folder of pictures. Either is the
recording's stem (``a.png`` for ``a.wav``) or all of it (``a.wav.png``).
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from labelport.privacy import plain

Level = Literal["beside", "below"]
LEVELS: tuple[Level, ...] = ("beside", "below")
"""In the order in which they are tried."""

Name: TypeAlias = str
"""``<level>:stem:<text>`` or ``<level>:whole:<text>``."""


@dataclass(frozen=True)
class Naming:
    """How the names of one rule's options are made."""

    images: str | None
    """Folder of pictures, with its slash."""

    by: Literal["path", "stem"]

    @property
    def places(self) -> str:
        """Return in words where the picture of a recording is looked for."""
        return "beside it" if self.images is None else f"beside it or below {plain(self.images)}"

    def group_of(self, recording: str) -> str:
        """Return the group key of a recording: its path without its extension, or its stem alone."""
        return self._cut(without_extension(recording))

    def announced(self, recording: str) -> list[Name]:
        """Return the names under which a recording can be found."""
        stem = without_extension(recording)
        names = [f"beside:stem:{stem}", f"beside:whole:{recording}"]
        if self.images is not None:
            names += [f"below:stem:{self._cut(stem)}", f"below:whole:{self._cut(recording)}"]
        return names

    def sought(self, picture: str) -> list[Name]:
        """Return the names that a picture looks for, the first level first."""
        stem = without_extension(picture)
        names = [f"beside:stem:{stem}", f"beside:whole:{stem}"]
        if self.images is not None and picture.startswith(self.images):
            below = self._cut(stem.removeprefix(self.images))
            names += [f"below:stem:{below}", f"below:whole:{below}"]
        return names

    def group_named(self, name: Name) -> str:
        """Return the group key that a name stands for."""
        _, form, text = name.split(":", 2)
        return self._cut(text if form == "stem" else without_extension(text))

    def fits(self, picture: str, recording: str, level: Level) -> bool:
        """Return whether a picture is a candidate for a recording at a level."""
        announced = set(self.announced(recording))
        return any(name in announced for name in self.sought(picture) if name.startswith(f"{level}:"))

    def _cut(self, path: str) -> str:
        return path if self.by == "path" else path.rpartition("/")[2]


def without_extension(key: str) -> str:
    """Return a key up to the last dot of its last segment; all of it where that has none.

    >>> without_extension("a.b/c.d.png"), without_extension("a.b/c")
    ('a.b/c.d', 'a.b/c')
    """
    folder, slash, name = key.rpartition("/")
    stem = name.rpartition(".")[0] if "." in name else name
    return f"{folder}{slash}{stem}"
