"""One entry of a CreateML file: its image, and its annotations with what is wrong with them."""

from typing import NamedTuple

import msgspec

from labelport.annotations.json_text import read_json
from labelport.annotations.said import Said

SIDES = ("x", "y", "width", "height")
NO_BOX = (float("nan"),) * 4

_IMAGE = ("image", "imagefilename")
_ANNOTATIONS = ("annotations", "annotation")
_MARK = ("label", "coordinates")
_NAMES = frozenset(_MARK)

_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_NUMBERS = msgspec.json.Decoder(dict[str, float])
_NUMBER = msgspec.json.Decoder(float)
_TEXT = msgspec.json.Decoder(str)
_UNREADABLE = (msgspec.MsgspecError, RecursionError)

Members = dict[str, msgspec.Raw]
Box = tuple[float, ...]


class Mark(NamedTuple):
    """One annotation."""

    pointer: str
    label: str
    box: Box
    """x, y of the centre, width, height; NaN of a class."""

    extras: bytes | None
    """Members that have no column, as given."""


class Entry(NamedTuple):
    """What a file says of one image."""

    pointer: str
    name: str
    marks: list[Mark]
    given: int
    """How many annotations it has, those that were refused too."""

    extras: bytes | None


class Entries:
    """Reads the entries of one file."""

    def __init__(self, file: str, said: Said) -> None:
        self._file = file
        self._said = said
        self._colons = 0
        """That are known of in the entry: one a name, and those in its texts."""
        self._told: set[str] = set()

    def read(self, number: int, raw: msgspec.Raw) -> Entry | None:
        """Return an entry, or null with a finding where it cannot be read.

        Findings: ``createml.no_image``, ``createml.no_label``, ``json.wrong_type``, ``json.number``,
        ``json.duplicate_key``, ``json.too_deep``.
        """
        pointer = f"/{number}"
        self._colons = 0
        self._told = set()
        members = self._object(raw, pointer, "an entry is an object")
        if members is None:
            return None
        name = self._image(members, pointer)
        made = self._marks(members, pointer)
        marks = [mark for mark in made if mark is not None]
        extras = _others(members, (*_IMAGE, *_ANNOTATIONS, *_MARK))
        odd = extras is not None or any(mark.extras for mark in marks)
        # A colon more is that of a name that stands twice.
        if (odd or bytes(raw).count(b":") != self._colons) and not self._is_sound(raw, pointer):
            return None
        return None if name is None else Entry(pointer, name, marks, len(made), extras)

    def _image(self, members: Members, pointer: str) -> str | None:
        key = _given(members, _IMAGE)
        name = "" if key is None else self._text(members[key], f"{pointer}/{key}")
        if name == "":
            self._say("createml.no_image", pointer, "the entry names no image")
        return name or None

    def _marks(self, members: Members, pointer: str) -> list[Mark | None]:
        """Return the annotations of an entry, null for each that cannot be read; a label of the entry is a class."""
        made: list[Mark | None] = []
        key = _given(members, _ANNOTATIONS)
        if key is not None:
            made += self._listed(members[key], f"{pointer}/{key}")
        if _has(members, "label"):
            made.append(self._mark({name: members[name] for name in _MARK if name in members}, pointer))
        return made

    def _listed(self, raw: msgspec.Raw, pointer: str) -> list[Mark | None]:
        try:
            listed = _LIST.decode(raw)
        except _UNREADABLE:
            self._say("json.wrong_type", pointer, "annotations are a list")
            return [None]
        made: list[Mark | None] = []
        for at, each in enumerate(listed):
            place = f"{pointer}/{at}"
            members = self._object(each, place, "an annotation is an object")
            made.append(None if members is None else self._mark(members, place))
        return made

    def _mark(self, members: Members, pointer: str) -> Mark | None:
        label: str | None = ""
        if _has(members, "label"):
            label = self._text(members["label"], f"{pointer}/label")
        if label == "":
            self._say("createml.no_label", pointer, "the annotation has no label")
        box: Box | None = NO_BOX
        inner: bytes | None = None
        if _has(members, "coordinates"):
            box, inner = self._box(members["coordinates"], f"{pointer}/coordinates")
        extras = _others(members, _MARK, coordinates=inner) if inner or not _NAMES.issuperset(members) else None
        return Mark(pointer, label, box, extras) if label and box else None

    def _box(self, raw: msgspec.Raw, pointer: str) -> tuple[Box | None, bytes | None]:
        """Return the four numbers, and members beside them."""
        try:
            given = _NUMBERS.decode(raw)
            box = (given["x"], given["y"], given["width"], given["height"])
        except (*_UNREADABLE, KeyError):
            pass
        else:
            if len(given) == len(SIDES):
                self._colons += len(SIDES)
                return box, None
        members = self._object(raw, pointer, "coordinates are an object")
        if members is None:
            return None, None
        numbers = [self._number(members, side, f"{pointer}/{side}") for side in SIDES]
        found = tuple(number for number in numbers if number is not None)
        return found if len(found) == len(SIDES) else None, _others(members, SIDES)

    def _number(self, members: Members, name: str, pointer: str) -> float | None:
        raw = bytes(members.get(name, b"null"))
        try:
            return _NUMBER.decode(raw)
        except _UNREADABLE:
            self._told.add(pointer)
            if raw[:1] in b"-0123456789":
                self._say("json.number", pointer, "the number is beyond every type")
            else:
                self._say(
                    "json.wrong_type", pointer, f"{name} is no number" if name in members else f"{name} is missing"
                )
            return None

    def _object(self, raw: msgspec.Raw, pointer: str, words: str) -> Members | None:
        try:
            members = _OBJECT.decode(raw)
        except _UNREADABLE:
            self._say("json.wrong_type", pointer, words)
            return None
        self._colons += len(members)
        return members

    def _text(self, raw: msgspec.Raw, pointer: str) -> str | None:
        self._colons += bytes(raw).count(b":")
        try:
            return _TEXT.decode(raw)
        except _UNREADABLE:
            self._say("json.wrong_type", pointer, "this is no text")
            return None

    def _is_sound(self, raw: msgspec.Raw, pointer: str) -> bool:
        """Say what is odd in an entry that cannot be seen in its known members; return whether it can be kept."""
        inner = Said()
        value = read_json(bytes(raw), self._file, inner)
        for each in inner.findings():
            place = pointer if value is None else pointer + each.pointer
            if place not in self._told:
                self._said.say(each.code, self._file, place, each.message, count=each.count)
        return value is not None

    def _say(self, code: str, pointer: str, words: str) -> None:
        self._said.say(code, self._file, pointer, words)


def _given(members: Members, names: tuple[str, ...]) -> str | None:
    """Return the first of these names that is there and not null."""
    return next((name for name in names if _has(members, name)), None)


def _has(members: Members, name: str) -> bool:
    raw = members.get(name)
    return raw is not None and bytes(raw) != b"null"


def _others(members: Members, known: tuple[str, ...], **more: bytes | None) -> bytes | None:
    """Return the members of other names as one JSON object, their text as given; null where there are none."""
    others = [(name, bytes(raw)) for name, raw in members.items() if name not in known]
    others += [(name, raw) for name, raw in more.items() if raw]
    if not others:
        return None
    return b"{" + b", ".join(msgspec.json.encode(name) + b": " + raw for name, raw in others) + b"}"
