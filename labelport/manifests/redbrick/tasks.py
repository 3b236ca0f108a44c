"""One task from a series: RedBrick shows together what is in one, so the versions and time points are series of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labelport.manifests.chunks import Unit
from labelport.manifests.contract import Item, Series
from labelport.manifests.holding import held
from labelport.manifests.intake import Intake
from labelport.manifests.json_array import array_entry
from labelport.manifests.redbrick.options import RedbrickOptions
from labelport.manifests.user_notes import LABEL_THIS, Notes, NoteTaker

TAKEN = frozenset({"image", "video", "dicom", "nifti"})
"""Kinds of media that a task can hold."""

_ALONE = frozenset({"video", "nifti"})
"""Kinds of which each object is a series by itself."""


@dataclass(frozen=True)
class _Part:
    """A series of a task: the numbers of its items."""

    name: str
    numbers: tuple[int, ...]


@dataclass
class TaskMaker:
    """Makes tasks in the order of the series."""

    options: RedbrickOptions
    intake: Intake
    taker: NoteTaker

    def unit(self, series: Series) -> Unit | None:
        """Return the task of a series, or null where it is left out, which the intake was told."""
        holding = held(series, self.intake, TAKEN)
        if holding is None:
            return None
        items = _whole_files(holding.items)
        keys = self.intake.addresses(series, items)
        if keys is None:
            return None
        name = series.row["series_id"]
        if holding.context:
            self.intake.ungrouped.add(name)
        notes = self.taker.notes(series, items)
        parts = _parts(series, holding.kind, items)
        everywhere = {**notes.of_series, **_agreed(notes, range(len(items)))}
        shown = [key.removeprefix(self.options.root) for key in keys]
        members: dict[str, Any] = {
            "name": name,
            "series": [
                self._series(part, shown, series=series, items=items, notes=notes, everywhere=everywhere)
                for part in parts
            ],
        }
        if everywhere:
            members["metaData"] = dict(sorted(everywhere.items()))
        return Unit(name, (array_entry(members, len(items)),))

    def _series(
        self,
        part: _Part,
        keys: Sequence[str],
        *,
        series: Series,
        items: Sequence[Item],
        notes: Notes,
        everywhere: Mapping[str, str],
    ) -> dict[str, Any]:
        """Return a series of a task; notes on which its items agree, and not all of the task, are its own."""
        members: dict[str, Any] = {"name": part.name, "items": [keys[number] for number in part.numbers]}
        own = {name: text for name, text in _agreed(notes, part.numbers).items() if everywhere.get(name) != text}
        said = {**everywhere, **own}.items()
        mine = {pair for number in part.numbers for pair in notes.of_items[number].items()}
        for column in sorted({name for name, _ in mine - said} - {LABEL_THIS}):
            self.taker.lose(series, column)
        if any(not item.row.get("label_this", True) for item in items):
            chosen = (place for place, n in enumerate(part.numbers) if items[n].row.get("label_this", True))
            own[LABEL_THIS] = ",".join(map(str, chosen)) or "none"
        if own:
            members["metaData"] = dict(sorted(own.items()))
        return members


def _agreed(notes: Notes, numbers: Sequence[int]) -> dict[str, str]:
    """Return the notes that all of these items have, with one and the same text."""
    first = notes.of_items[numbers[0]]
    return {
        name: text
        for name, text in first.items()
        if name != LABEL_THIS and all(notes.of_items[number].get(name) == text for number in numbers)
    }


def _whole_files(items: Sequence[Item]) -> list[Item]:
    """Return the items, and of those that name frames of a file the first of each file: RedBrick reads it whole."""
    found: list[Item] = []
    seen: set[tuple[str, str]] = set()
    for item in items:
        name = (item.row["store"], item.row["key"])
        if item.row.get("frame") is None or name not in seen:
            found.append(item)
        seen.add(name)
    return found


def _parts(series: Series, kind: str, items: Sequence[Item]) -> list[_Part]:
    """Return the series of a task: one, or one a time point, a version, or a file that is a series by itself."""
    name = series.row["series_id"]
    if kind in _ALONE and len(items) > 1:
        return [_Part(f"{name}/{item.row['index']:04d}", (number,)) for number, item in enumerate(items)]
    groups: dict[str, list[int]] = {}
    for number, item in enumerate(items):
        groups.setdefault(_part_name(series, item), []).append(number)
    return [_Part(part or name, tuple(numbers)) for part, numbers in groups.items()]


def _part_name(series: Series, item: Item) -> str:
    """Return what an item is called apart by, or nothing: its time point in a 4-D series, its version."""
    words = []
    if series.row["kind"] == "volume4d" and item.row.get("time_index") is not None:
        words.append(f"t{item.row['time_index']:04d}")
    if series.row["kind"] == "versions" or (item.row["store"] == "publish" and item.row.get("version")):
        words.append(item.row.get("version") or f"{item.row['index']:04d}")
    return "/".join(words)
