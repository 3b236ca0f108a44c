"""Checking a sequence file: its prefix, and frames that are counted from 1 in the order of their names."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from labelport.manifests.collecting import Collected
from labelport.manifests.ground_truth.check_lines import reference_faults
from labelport.manifests.json_elements import JsonElements, JsonFault, Member, escaped, oddities, pointer_of
from labelport.manifests.urls import text_faults

_MEMBERS = ("seq-no", "prefix", "number-of-frames", "frames")
_OF_FRAME = frozenset({"frame-no", "frame", "unix-timestamp"})
_CODE = "ground_truth.sequence"


class SequenceCheck:
    """The check of one sequence file; pointers are JSON pointers. Memory: a part of the file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.collected = Collected(str(path))
        self._given: dict[str, Any] = {}
        self._frames = 0
        self._last: str | None = None

    def run(self) -> None:
        """Read the file and say everything that is wrong with it."""
        try:
            with self._path.open("rb") as file:
                elements = JsonElements(file)
                for member in elements.members():
                    self._member(member, elements)
        except JsonFault as fault:
            self.collected.say("manifest.unreadable", fault.place, str(fault))
            return
        for name in _MEMBERS:
            if name not in self._given:
                self.collected.say(_CODE, "", f"the member {name} is missing")
        count = self._given.get("number-of-frames")
        if _is_whole(count) and "frames" in self._given and count != self._frames:
            self.collected.say(_CODE, "/number-of-frames", f"the file has {self._frames:,} frames")
        if "frames" in self._given and not self._frames:
            self.collected.say("manifest.empty", "/frames", "the sequence has no frame")

    def _member(self, member: Member, elements: JsonElements) -> None:
        name, place = member.name, f"/{escaped(member.name[:200])}"
        if name in self._given:
            self.collected.say("ground_truth.duplicate_json_key", place, "the name stands twice in one object")
        if name not in _MEMBERS:
            self.collected.say("ground_truth.unknown_member", place, "a sequence file has no such member")
            return
        self._given[name] = member.value
        if name == "frames":
            self._frames, self._last = 0, None
            if member.elements is None:
                self.collected.say(_CODE, place, "it must be an array of frames")
            else:
                self._all_frames(member.elements, elements)
        elif name == "prefix":
            self._prefix(member.value)
        elif not _is_whole(member.value):
            self.collected.say(_CODE, place, "it must be a whole number")

    def _prefix(self, prefix: Any) -> None:
        if not isinstance(prefix, str):
            self.collected.say(_CODE, "/prefix", "it must be a text")
            return
        if not prefix.endswith("/"):
            self.collected.say(_CODE, "/prefix", "it must end with a slash")
        for fault in reference_faults(f"{prefix}x"):  # a bucket's own root is a prefix, too
            self.collected.say(fault.code, "/prefix", fault.message)

    def _all_frames(self, frames: Iterable[Any], elements: JsonElements) -> None:
        for frame in frames:
            place = f"/frames/{self._frames}"
            for what, path in oddities(frame) if elements.odd else ():
                code = "ground_truth.duplicate_json_key" if what == "doubled" else "manifest.unreadable"
                words = "the name stands twice in one object" if what == "doubled" else "it is no JSON number"
                self.collected.say(code, f"{place}{pointer_of(path)}", words)
            self._frames += 1
            if isinstance(frame, dict):
                self._frame(place, frame)
            else:
                self.collected.say(_CODE, place, "it is no JSON object")

    def _frame(self, place: str, frame: dict[str, Any]) -> None:
        for name in frame.keys() - _OF_FRAME:
            words = "a frame has no such member"
            self.collected.say("ground_truth.unknown_member", f"{place}/{escaped(name[:200])}", words)
        number = frame.get("frame-no")
        if not _is_whole(number) or number != self._frames:
            words = f"frames are counted from 1, and this is number {self._frames:,}"
            self.collected.say(_CODE, f"{place}/frame-no", words)
        if "unix-timestamp" in frame and not _is_whole(frame["unix-timestamp"]):
            self.collected.say(_CODE, f"{place}/unix-timestamp", "it must be a whole number, or absent")
        self._name(place, frame.get("frame"))

    def _name(self, place: str, name: Any) -> None:
        if not isinstance(name, str) or not name:
            self.collected.say(_CODE, f"{place}/frame", "it must be the name of an object below the prefix")
            return
        for fault in text_faults(name):
            if fault.code != "manifest.url_whitespace" or any(character in name for character in "\r\n\t"):
                self.collected.say(fault.code, f"{place}/frame", fault.message)
        if self._last is not None and name <= self._last:
            words = "by the bytes of its name it does not come after the frame before it"
            self.collected.say("ground_truth.frame_order", f"{place}/frame", words)
        self._last = name


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
