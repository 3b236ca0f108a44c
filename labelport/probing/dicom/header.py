"""The allow-listed values of a data set, and where its pixels lie."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from labelport.probing.contract import BudgetSpent
from labelport.probing.dicom import tags, values
from labelport.probing.dicom.classes import is_enhanced, is_positron, named_class
from labelport.probing.dicom.frames import WHOLE_OBJECT, Group, functional_groups, per_frame_rows
from labelport.probing.dicom.opening import Opened
from labelport.probing.dicom.references import MOST, SEQUENCES, referred_to
from labelport.probing.dicom.tags import ALLOWED, Allowed
from labelport.probing.dicom.walker import UNDEFINED, Coding, Element, NoItem, TooDeep, elements, items
from labelport.probing.dicom.window import Closed, Ended, OverCap, Window

VALUE_LONGEST = 64 << 10
"""A wanted value longer than this is left out: a frame time vector of 8,000 frames fits."""

_LAST = 0x0028FFFF
_GROUPS = 0x5200FFFF
_POSITRON = 0x0054FFFF
_REFERENCES = {"report": 0x0040A385, "rtstruct": tags.REFERENCED_FRAMES_OF_REFERENCE}
"""The last tag that is wanted of classes whose references stand behind group 0028."""


@dataclass
class Header:
    """What was read; ``fault`` says why it is not all."""

    found: dict[str, Any] = field(default_factory=dict)
    """Fields of ``tables.DICOM``, identifiers not hashed yet."""

    texts: dict[str, bytes] = field(default_factory=dict)
    """Raw values of the texts that were asked for, and of the patient's ID."""

    flags: set[str] = field(default_factory=set)
    fault: str | None = None
    """too_deep, no_item, ended, over_cap: what stopped the walk before it had all."""

    header_end: int | None = None
    pixels: Element | None = None
    complete: bool = False
    """The walk went past group 0028."""

    at_end: bool = False
    """The walk came to the end of the object."""


def read_header(window: Window, opened: Opened, *, texts: frozenset[str]) -> Header:
    """Walk the data set as far as is needed; ``texts``: opt-in columns.

    Past group 0028 nothing more is read, but for enhanced objects (to the per-frame groups), PET (group 0054),
    reports and structure sets (their references); what lies in the bytes that are here is looked at.
    """
    header = Header()
    walk = _Walk(window, opened.coding, header, texts)
    try:
        walk.run(opened.at)
        header.at_end = header.pixels is None
    except Closed:
        pass
    except TooDeep:
        header.fault = "too_deep"
    except NoItem:
        header.fault = "no_item"
    except Ended:
        header.fault = "ended"
    except (OverCap, BudgetSpent):
        if header.complete and walk.goal in _REFERENCES.values():
            header.flags.add("references_cut")  # all else is here
        else:
            header.fault = "over_cap"
    if walk.closed and header.fault in ("too_deep", "no_item"):
        header.fault = None  # behind all that was wanted
    walk.finish()
    return header


class _Walk:
    def __init__(self, window: Window, coding: Coding, header: Header, texts: frozenset[str]) -> None:
        self.window = window
        self.coding = coding
        self.header = header
        self.texts = texts
        self.closed = False
        self.goal = _LAST
        self.shared: Group = {}
        self.frames: list[Group] = []

    def run(self, at: int) -> None:
        header, size = self.header, self.window.size
        for element in elements(self.window, at, size, self.coding, wanted=_WANTED):
            group = element.tag >> 16
            if element.tag > self.goal and not self.closed:
                self._past(element)
            if element.tag in tags.PIXELS:
                header.pixels = element
                return
            if group & 1:
                header.found["has_private"] = True
            elif 0x6000 <= group <= 0x60FF:
                header.found["has_overlay"] = True
            else:
                self._take(element)
            if element.length != UNDEFINED and element.value_at + element.length > size:
                raise Ended

    def _past(self, element: Element) -> None:
        """The goal is passed: go on to a farther one, or read nothing more."""
        header = self.header
        if header.header_end is None:
            header.header_end = element.at
            header.complete = True
            self.goal = self._farther()
        if element.tag > self.goal:
            self.window.close()
            self.closed = True

    def _farther(self) -> int:
        found = self.header.found
        sop_class = found.get("sop_class")
        if is_enhanced(sop_class) or ((found.get("frames") or 1) > 1 and _may_have_groups(sop_class)):
            return _GROUPS
        if is_positron(sop_class):
            return _POSITRON
        return _REFERENCES.get(named_class(sop_class) or "", _LAST)

    def _take(self, element: Element) -> None:
        allowed = ALLOWED.get(element.tag)
        if allowed is not None:
            self._take_value(element, allowed)
        elif element.tag in tags.OPT_IN or element.tag == tags.PATIENT_ID:
            name = tags.OPT_IN.get(element.tag, "patient_id")
            if name in self.texts and element.length <= VALUE_LONGEST:
                self.header.texts[name] = self.window.bytes(element.value_at, element.length)
        elif element.tag in SEQUENCES:
            self._take_references(element)
        elif element.tag == tags.ULTRASOUND_REGIONS:
            self.header.found["ultrasound_regions"] = sum(
                1 for _ in items(self.window, element, self.window.size, self.coding)
            )
        elif element.tag in (tags.SHARED_GROUPS, tags.FRAME_GROUPS):
            self._take_groups(element)

    def _take_value(self, element: Element, allowed: Allowed) -> None:
        if element.length > VALUE_LONGEST:
            if element.length != UNDEFINED and element.value_at + element.length <= self.window.size:
                self.header.flags.add("value_too_long")
            return
        raw = self.window.bytes(element.value_at, element.length)
        vr = element.vr if element.vr not in (b"", b"UN") else allowed.vr
        try:
            value = _KINDS[allowed.kind](raw, vr, self.coding.little)
        except values.BadValue:
            self.header.flags.add(_flag(allowed.kind))
            return
        if value is not None:
            self.header.found[allowed.column] = value

    def _take_references(self, element: Element) -> None:
        """Keep the series that the object refers to; a structure set's frame of reference, too."""
        found = self.header.found
        kept: dict[str, None] = dict.fromkeys(found.get("referenced_series_uids", ()))
        try:
            for name, uid in referred_to(self.window, element, self.window.size, self.coding):
                if name == "frame_of_reference_uid":
                    if element.tag == tags.REFERENCED_FRAMES_OF_REFERENCE:
                        found.setdefault(name, uid)
                elif len(kept) < MOST or uid in kept:
                    kept[uid] = None
                else:
                    self.header.flags.add("references_cut")
                    break
        except (Closed, Ended):
            self.header.flags.add("references_cut")
            raise
        finally:
            if kept:
                found["referenced_series_uids"] = list(kept)
                found["referenced_series_uid"] = found["referenced_series_uids"][0]

    def _take_groups(self, element: Element) -> None:
        groups, bad = functional_groups(self.window, element, self.window.size, self.coding)
        if bad:
            self.header.flags.add("bad_number")
        if element.tag == tags.SHARED_GROUPS:
            self.shared = groups[0] if groups else {}
        else:
            self.frames = groups

    def finish(self) -> None:
        """Put what the functional groups say into the header."""
        found = self.header.found
        for name in WHOLE_OBJECT:
            if name in self.shared and name not in found:
                found[name] = self.shared[name]
        if not self.frames:
            return
        rows = per_frame_rows(self.frames, self.shared)
        if len(rows) != (found.get("frames") or 1):
            self.header.flags.add("per_frame_differs")
        found["per_frame"] = rows


def _may_have_groups(sop_class: str | None) -> bool:
    """Return whether multi-frame objects of a class are to be followed to their functional groups."""
    return sop_class is None or not sop_class.startswith(
        ("1.2.840.10008.5.1.4.1.1.66.", "1.2.840.10008.5.1.4.1.1.77.1.6", "1.2.840.10008.5.1.4.1.1.3.1")
    )


def _flag(kind: str) -> str:
    return {"code": "bad_code", "codes": "bad_code", "charset": "bad_code", "uid": "bad_uid"}.get(kind, "bad_number")


def _label(raw: bytes) -> str | None:
    """Return a maker's or a model's name: printable ASCII, at most 64 characters."""
    shown = "".join(c if " " <= c <= "~" else "?" for c in values.text(raw))[:64].strip()
    return shown or None


def _numbers(count: int | None) -> Callable[[bytes, bytes, bool], Any]:
    return lambda raw, vr, little: values.decimals(raw, vr, little=little, count=count)


def _text(read: Callable[[bytes], Any]) -> Callable[[bytes, bytes, bool], Any]:
    return lambda raw, _vr, _little: read(raw)


def _charset(raw: bytes) -> str | None:
    found = values.codes(raw)
    return "\\".join(found) if found else None


_KINDS: dict[str, Callable[[bytes, bytes, bool], Any]] = {
    "integer": lambda raw, vr, little: values.integer(raw, vr, little=little),
    "decimal": lambda raw, vr, little: values.decimal(raw, vr, little=little),
    "decimals": _numbers(None),
    "pair": _numbers(2),
    "triple": _numbers(3),
    "six": _numbers(6),
    "code": _text(values.code),
    "codes": _text(values.codes),
    "charset": _text(_charset),
    "uid": _text(values.uid),
    "time": _text(values.seconds_of_day),
    "label": _text(_label),
}
"""What makes a value out of raw bytes, their representation, and whether they are little endian."""

_WANTED = frozenset(
    {
        *ALLOWED,
        *tags.OPT_IN,
        tags.PATIENT_ID,
        *SEQUENCES,
        tags.CONTENT,
        tags.STRUCTURES,
        tags.ULTRASOUND_REGIONS,
        tags.SHARED_GROUPS,
        tags.FRAME_GROUPS,
        *tags.PIXELS,
    }
)
