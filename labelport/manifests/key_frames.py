"""Values that the user gave to one object, where a manifest shows it as several pictures.

The numbers of key frames are those of the object's frames; a series of its pictures counts from 0 in its
own order. So the numbers move with the pictures, and say which of them are to be labelled.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from labelport.manifests.contract import Item, Series
from labelport.series.notes import Kind, entry, joined

_OF_SERIES: tuple[Kind, ...] = ("client_metadata", "embedding")
"""What an object says of itself as a whole: once for the series that it became."""

_KEY_FRAMES = "keyframes:"


@dataclass(frozen=True)
class Marked:
    """The key frames of a series by column, as the user's table has them."""

    of_series: Mapping[str, Sequence[int]]
    """Joined by series: frames of its only object, else numbers of its items."""

    alone: bool
    """The series is one object."""

    def columns_of(self, item: Item) -> Mapping[str, Sequence[int]]:
        """Return the frames of an item's object by column; what was joined to the object wins."""
        own = joined(item.row.get("notes"), "keyframes")
        return own or (self.of_series if self.alone else {})

    def of_object(self, item: Item) -> frozenset[int] | None:
        """Return the frames of an item's object that are to be labelled, or null where nothing says so."""
        if item.row.get("frame") is not None:
            return None
        return frozenset(number for some in self.columns_of(item).values() for number in some) or None


def marked_frames(series: Series, main: Sequence[Item]) -> Marked:
    """Return the key frames that a series has; ``main``: its items of role image, audio or video."""
    return Marked(joined(series.row.get("metadata"), "keyframes"), len(main) == 1)


@dataclass
class KeyFrames:
    """Collects key frames in the numbers of the pictures."""

    columns: dict[str, list[int]] = field(default_factory=dict)
    """Indices of pictures by column."""

    absent: int = 0
    """Numbers of which there is no picture."""

    def add(self, item: Item, pictures: Sequence[Item], marked: Marked, first: Mapping[int, int]) -> None:
        """Add those of an item; ``pictures``: what stands for it; ``first``: new index by old one."""
        index = item.row["index"]
        if not marked.alone:
            for column, numbers in marked.of_series.items():
                if index in numbers:
                    self.columns.setdefault(column, []).append(first[index])
        there: dict[int | None, int] = {}
        for picture in pictures:
            there.setdefault(picture.row.get("frame"), picture.row["index"])
        for column, numbers in marked.columns_of(item).items():
            moved = [there[number] for number in numbers if number in there]
            self.columns.setdefault(column, []).extend(moved)
            if item.row.get("frame") is None:  # other items may be the other frames of the object
                self.absent += len(numbers) - len(moved)


def with_moved_values(
    series: Series, only: Item | None, main: Sequence[Item], key_frames: KeyFrames
) -> tuple[list[Item], list[tuple[str, str]]]:
    """Return the items and the metadata of a series whose items became several pictures each.

    Key frames stand in the metadata by the pictures' indices. ``only``: the one object that the series was;
    what it says as a whole moves to the metadata too, over what the series said. Notes stay on each picture.
    """
    metadata = {name: text for name, text in _pairs(series.row.get("metadata")) if not name.startswith(_KEY_FRAMES)}
    gone: tuple[str, ...] = (_KEY_FRAMES,)
    if only is not None:
        gone += tuple(f"{kind}:" for kind in _OF_SERIES)
        metadata |= {name: text for name, text in _pairs(only.row.get("notes")) if name.startswith(gone[1:])}
    metadata |= dict(entry("keyframes", name, sorted(set(numbers))) for name, numbers in key_frames.columns.items())
    items = [replace(item, row={**item.row, "notes": _without(item.row.get("notes"), gone)}) for item in main]
    return items, sorted(metadata.items())


def _pairs(value: Any) -> list[tuple[str, str]]:
    return list(dict(value or ()).items())


def _without(value: Any, starts: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(name, text) for name, text in _pairs(value) if not name.startswith(starts)]
