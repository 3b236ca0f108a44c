"""Checking RedBrick's tasks: ours, hand-written ones, and what the platform exports."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labelport.findings import Finding
from labelport.manifests.array_check import Seen, Values, check_arrays, pointer_part
from labelport.manifests.array_detecting import members_of_entries
from labelport.manifests.chunks import is_index
from labelport.manifests.redbrick.items import item_faults
from labelport.manifests.urls import url_faults

_TASK = frozenset({"name", "series", "items", "classification", "priority", "metaData", "preAssign"})
"""Members of a task that is imported [vendor's SDK]; ``items`` at the top is its older, flat form."""


def looks_like_redbrick(name: str, head: bytes) -> float:
    """Return how surely a file is one of RedBrick's: an array of tasks, or an index of chunks."""
    if is_index(name, head):
        return 0.9
    members = members_of_entries(head)
    if "name" not in members:
        return 0.0
    return 1.0 if "series" in members else 0.8 if "items" in members else 0.0


def check_redbrick(files: Sequence[Path]) -> list[Finding]:
    """Return every violation of the files."""
    return check_arrays(files, _TaskRules)


@dataclass
class _TaskRules:
    """What a task must be."""

    values: Values
    seen: Seen
    urls: int = 0

    def check(self, entry: dict[str, Any], pointer: str) -> None:
        """Say everything that is wrong with one task."""
        name = self.values.text(entry, "name", pointer)
        if name is not None and self.seen.again("name", name):
            words = "another task has this name: RedBrick takes one of them"
            self.values.say("manifest.duplicate_title", f"{pointer}/name", words, severity="error")
        self.values.unknown(entry, _TASK, pointer, severity="warning")
        if "series" in entry:
            self._all_series(entry["series"], f"{pointer}/series")
        elif "items" in entry:
            self._items(entry["items"], f"{pointer}/items")
        else:
            self.values.say("manifest.missing_key", pointer, "it lacks series")
        self._metadata(entry, pointer)
        priority = entry.get("priority", 0)
        if self.values.fits(priority, float, f"{pointer}/priority") and not 0 <= priority <= 1:
            self.values.say("manifest.value_type", f"{pointer}/priority", "it must be from 0 to 1")

    def _all_series(self, series: Any, pointer: str) -> None:
        if not self.values.fits(series, list, pointer):
            return
        if not series:
            self.values.say("manifest.value_type", pointer, "the list of series is empty")
        names: set[str] = set()
        for number, one in enumerate(series):
            place = f"{pointer}/{number}"
            if not self.values.fits(one, dict, place):
                continue
            name = self.values.text(one, "name", place, required=False)
            if name is not None and name in names:
                self.values.say("manifest.duplicate_title", f"{place}/name", "another series of the task has this name")
            names |= {name} if name is not None else set()
            if "items" in one:
                self._items(one["items"], f"{place}/items")
            else:
                self.values.say("manifest.missing_key", place, "it lacks items")
            self._metadata(one, place)

    def _items(self, items: Any, pointer: str) -> None:
        if isinstance(items, str):
            self._item(items, pointer)
        elif self.values.fits(items, list, pointer):
            if not items:
                self.values.say("manifest.value_type", pointer, "the list of items is empty")
            for number, item in enumerate(items):
                if self.values.fits(item, str, f"{pointer}/{number}"):
                    self._item(item, f"{pointer}/{number}")

    def _item(self, item: str, pointer: str) -> None:
        self.urls += 1
        is_url = item.startswith(("https://", "http://"))  # of a public storage method
        for fault in url_faults(item) if is_url else item_faults(item):
            self.values.say(fault.code, pointer, fault.message)
        if self.seen.again("item", item):
            self.values.say("manifest.duplicate_url", pointer, "the item stands in this manifest already")

    def _metadata(self, holder: dict[str, Any], pointer: str) -> None:
        if "metaData" not in holder or not self.values.fits(holder["metaData"], dict, f"{pointer}/metaData"):
            return
        for name, value in holder["metaData"].items():
            self.values.fits(value, str, f"{pointer}/metaData/{pointer_part(name)}")
