"""Checking Label Studio's tasks: ours, hand-written ones, and what the platform exports."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labelport.findings import Finding
from labelport.manifests.array_check import FileLimits, Seen, Values, check_arrays, pointer_part
from labelport.manifests.array_detecting import members_of_entries
from labelport.manifests.chunks import is_index
from labelport.manifests.label_studio.addresses import address_faults, is_address
from labelport.manifests.label_studio.options import MOST_BYTES, MOST_ENTRIES, LabelStudioOptions

_OBJECTS = {"data": (dict,), "meta": (dict, list), "annotations": (list,), "predictions": (list,)}
"""Members of a task that the server looks at, and their types [read from the server's code]; it drops others."""

_SURE, _PERHAPS = 1.0, 0.8


def looks_like_label_studio(name: str, head: bytes) -> float:
    """Return how surely a file is one of Label Studio's: an array of tasks, or an index of chunks."""
    if is_index(name, head):
        return 0.9
    members = members_of_entries(head)
    if "data" in members:
        return _SURE
    if "image" in members and "predictions" not in members:
        return 0.0  # an image and its annotations beside it: CreateML
    return _PERHAPS if {"annotations", "predictions"} & members else 0.0


def check_label_studio(files: Sequence[Path], options: LabelStudioOptions) -> list[Finding]:
    """Return every violation of the files."""
    limits = FileLimits("label_studio.file_over_limit", MOST_ENTRIES, MOST_BYTES)
    return check_arrays(files, lambda values, seen: _TaskRules(values, seen, options), limits)


@dataclass
class _TaskRules:
    """What a task must be."""

    values: Values
    seen: Seen
    options: LabelStudioOptions
    urls: int = 0

    def check(self, entry: dict[str, Any], pointer: str) -> None:
        """Say everything that is wrong with one task."""
        for name, kinds in _OBJECTS.items():
            if name in entry and not isinstance(entry[name], kinds):
                self.values.fits(entry[name], kinds[0], f"{pointer}/{name}")
        if "data" not in entry:
            if self._data(entry, pointer):
                words = "it has no member data: Label Studio takes the whole object for it"
                self.values.say("label_studio.bare_task", pointer, words)
            else:
                self.values.say("manifest.missing_key", pointer, "it lacks data")
        elif isinstance(entry["data"], dict) and not self._data(entry["data"], f"{pointer}/data"):
            words = f"it names no object: none of {', '.join(self.options.key_of_kind.values())} is there"
            self.values.say("label_studio.no_object", f"{pointer}/data", words)

    def _data(self, data: dict[str, Any], pointer: str) -> bool:
        """Check what a task names; return whether it names anything."""
        shown = [name for name in self.options.key_of_kind.values() if name in data]
        single = (self.options.video_key, self.options.audio_key, self.options.text_key)
        recording = self.options.audio_key in data
        named = shown or [name for name, value in data.items() if _names_objects(value)]
        for name in named:
            place = f"{pointer}/{pointer_part(name)}"
            company = recording and name == self.options.image_key
            if isinstance(data[name], list) and name not in single:
                self._list(data[name], place, company=company)
            elif name == self.options.text_key and isinstance(data[name], str) and not is_address(data[name]):
                continue  # a text may stand here itself
            elif self.values.fits(data[name], str, place):
                self._address(data[name], place, shared=company)
        return bool(named)

    def _list(self, images: list[Any], pointer: str, *, company: bool) -> None:
        if not images:
            self.values.say("manifest.value_type", pointer, "the list of images is empty")
        for number, image in enumerate(images):
            place = f"{pointer}/{number}"
            if self.values.fits(image, str, place):
                self._address(image, place, shared=company)

    def _address(self, address: str, pointer: str, *, shared: bool) -> None:
        self.urls += 1
        for fault in address_faults(address):
            self.values.say(fault.code, pointer, fault.message)
        if not shared and self.seen.again("address", address):
            self.values.say("manifest.duplicate_url", pointer, "the address stands in this manifest already")


def _names_objects(value: Any) -> bool:
    """Return whether a value of a key that we do not know is an address, or a list that begins with one."""
    first = value[0] if isinstance(value, list) and value else value
    return isinstance(first, str) and is_address(first)
