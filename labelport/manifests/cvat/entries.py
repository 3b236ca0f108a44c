"""What may stand in the lines of a CVAT manifest: one function a kind of line.

``reader`` marks what CVAT's own reader refuses; the rest no reader looks at, and a task made of it
fails later or shows the wrong frame.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from labelport.manifests.cvat.jsonl import pointer_of
from labelport.manifests.cvat.layouts import PCD

VERSIONS = ("1.0", "1.1")
TYPES = ("images", "video")
MD5 = re.compile(r"[0-9a-f]{32}")

IMAGE_KEYS = ("name", "extension", "width", "height", "checksum", "meta")
IMAGE_ORDERS = (IMAGE_KEYS, ("name", "extension", "width", "height", "meta", "checksum"))
META_KEYS = frozenset({"related_images", "original_name"})
FRAME_KEYS = ("number", "pts", "checksum")
MOST_SHOWN = 20
"""Characters of a value that a message repeats."""

PROPERTY_KEYS = frozenset({"name", "resolution", "length", "chapters"})


@dataclass(frozen=True)
class Violation:
    """One thing that is wrong with a line."""

    pointer: str
    """JSON pointer inside the line."""

    message: str
    """What is so."""

    reader: bool = False
    """CVAT's reader refuses it (of entries: in the first one)."""

    code: str = "cvat.invalid"
    """Code where the reader does not refuse it."""


def is_int(value: object) -> bool:
    """Return whether a JSON value is a whole number (true is none)."""
    return isinstance(value, int) and not isinstance(value, bool)


def version_violations(line: Mapping[str, Any]) -> Iterator[Violation]:
    """Yield what is wrong with the first line."""
    if line.get("version") not in VERSIONS:
        words = f"the version is {_shown(line.get('version'))}: readers take '1.0' and '1.1'"
        yield Violation("/version", words, True)
    yield from _dropped(line, {"version"})


def type_violations(line: Mapping[str, Any]) -> Iterator[Violation]:
    """Yield what is wrong with the second line."""
    if line.get("type") not in TYPES:
        words = f"the type is {_shown(line.get('type'))}: readers take 'images' and 'video'"
        yield Violation("/type", words, True)
    yield from _dropped(line, {"type"})


def _shown(value: object) -> str:
    """Return a value for a message: only a short text is one that somebody mistyped."""
    return (
        repr(value)
        if isinstance(value, str) and len(value) <= MOST_SHOWN
        else f"no short text ({type(value).__name__})"
    )


def _dropped(line: Mapping[str, Any], known: Iterable[str], *, pointer: str = "") -> Iterator[Violation]:
    for name in sorted({*line} - {*known}):
        yield Violation(f"{pointer}/{pointer_of(name)}", "CVAT drops this member", code="cvat.unknown_key")


def _checksum(entry: Mapping[str, Any]) -> Iterator[Violation]:
    value = entry.get("checksum")
    if not isinstance(value, str) or not MD5.fullmatch(value):
        yield Violation("/checksum", "the checksum is not 32 lower-case hex digits")


def _in_order(entry: Mapping[str, Any], order: tuple[str, ...]) -> bool:
    known = [name for name in entry if name in order]
    return known == [name for name in order if name in entry]


@dataclass
class ImageLines:
    """Checks the entries of a manifest of images or of clouds."""

    version: object
    """What the first line says."""

    clouds: int = 0
    """Entries that are clouds, by their extension."""

    images: int = 0
    """The others."""

    _names: set[bytes] = field(default_factory=set)
    """Digests of the paths seen so far: 16 bytes each."""

    def entry(self, entry: Mapping[str, Any], *, first: bool) -> Iterator[Violation]:
        """Yield what is wrong with an entry; ``first``: CVAT's reader looks at it."""
        for member in ("name", "extension"):
            if not isinstance(entry.get(member), str):
                yield Violation(f"/{member}", f"{member} is absent or no text", first)
        yield from self._sides(entry, first=first)
        if isinstance(entry.get("name"), str) and isinstance(entry.get("extension"), str):
            yield from self._path(entry["name"], entry["extension"])
        if "checksum" in entry:
            yield from _checksum(entry)
        if "meta" in entry:
            yield from _meta(entry["meta"])
        yield from _dropped(entry, IMAGE_KEYS)

    def _sides(self, entry: Mapping[str, Any], *, first: bool) -> Iterator[Violation]:
        is_cloud = isinstance(entry.get("extension"), str) and entry["extension"].lower() == PCD
        if is_cloud:
            self.clouds += 1
        else:
            self.images += 1
        for member in ("width", "height"):
            if member not in entry and is_cloud and self.version == "1.0":
                continue  # clouds have sizes since version 1.1
            if not is_int(entry.get(member)):
                yield Violation(f"/{member}", f"{member} is absent or no whole number", first)
            elif entry[member] <= 0:
                yield Violation(f"/{member}", f"{member} must be above 0")

    def _path(self, name: str, extension: str) -> Iterator[Violation]:
        path = name + extension
        if name.startswith("/") or ".." in path.split("/") or not name or "\0" in path:
            yield Violation("/name", "the name is empty, absolute or holds '..': names are below the manifest's folder")
        digest = blake2b(path.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        if digest in self._names:
            yield Violation("/name", "the name stands in an earlier line")
        self._names.add(digest)

    def in_known_order(self, entry: Mapping[str, Any]) -> bool:
        """Return whether the members stand as one of CVAT's versions writes them."""
        return any(_in_order(entry, order) for order in IMAGE_ORDERS)


def _meta(meta: object) -> Iterator[Violation]:
    if not isinstance(meta, dict):
        yield Violation("/meta", "meta is no object")
        return
    related = meta.get("related_images", [])
    if not isinstance(related, list) or not all(isinstance(path, str) for path in related):
        yield Violation("/meta/related_images", "related_images is no list of texts")
    if not isinstance(meta.get("original_name", ""), str):
        yield Violation("/meta/original_name", "original_name is no text")
    for name in sorted({*meta} - META_KEYS):
        yield Violation(f"/meta/{pointer_of(name)}", "CVAT does not know this member of meta", code="cvat.unknown_meta")


@dataclass
class VideoLines:
    """Checks the third line and the entries of a video manifest."""

    line: Mapping[str, Any] | None
    """The line with the properties."""

    number: int | None = None
    """Of the last entry."""

    pts: int | None = None
    """Of the last entry."""

    @property
    def _properties(self) -> Mapping[str, Any]:
        given = (self.line or {}).get("properties")
        return given if isinstance(given, dict) else {}

    def header(self) -> Iterator[Violation]:
        """Yield what is wrong with the properties."""
        if self.line is None or not isinstance(self.line.get("properties"), dict):
            yield Violation("/properties", "the third line of a video manifest holds no properties", True)
            return
        given = self._properties
        if not isinstance(given.get("name"), str):
            yield Violation("/properties/name", "the name is absent or no text", True)
        resolution = given.get("resolution")
        if not isinstance(resolution, list):
            yield Violation("/properties/resolution", "the resolution is absent or no list", True)
        elif len(resolution) != 2 or not all(is_int(side) and side > 0 for side in resolution):
            yield Violation("/properties/resolution", "the resolution is not two whole numbers above 0")
        length = given.get("length")
        if not is_int(length) or length == 0:
            yield Violation("/properties/length", "the length is absent, 0, or no whole number", True)
        elif isinstance(length, int) and length < 0:
            yield Violation("/properties/length", "the length is below 0")
        yield from _chapters(given.get("chapters", []))
        yield from _dropped(given, PROPERTY_KEYS, pointer="/properties")

    def entry(self, entry: Mapping[str, Any], *, first: bool) -> Iterator[Violation]:
        """Yield what is wrong with a key frame."""
        number, pts = entry.get("number"), entry.get("pts")
        length = self._properties.get("length")
        if not isinstance(number, int) or not is_int(number):
            yield Violation("/number", "the number is absent or no whole number", first)
        else:
            if self.number is not None and number <= self.number:
                yield Violation("/number", f"the number {number} does not grow")
            elif first and number != 0:
                yield Violation("/number", f"the first number is {number}: it must be 0")
            if isinstance(length, int) and number >= length:
                yield Violation("/number", f"the number {number} is not below the length {length}")
            self.number = number
        if not isinstance(pts, int) or not is_int(pts):
            yield Violation("/pts", "pts is absent or no whole number", first)
        else:
            if self.pts is not None and pts <= self.pts:
                yield Violation("/pts", f"pts {pts} does not grow")
            self.pts = pts
        yield from _checksum(entry)
        yield from _dropped(entry, FRAME_KEYS)

    def in_known_order(self, entry: Mapping[str, Any]) -> bool:
        """Return whether the members stand as CVAT's tool writes them."""
        return _in_order(entry, FRAME_KEYS)


def _chapters(chapters: object) -> Iterator[Violation]:
    if not isinstance(chapters, list):
        yield Violation("/properties/chapters", "chapters is no list")
        return
    for place, chapter in enumerate(chapters):
        if not isinstance(chapter, dict) or not all(is_int(chapter.get(name)) for name in ("start", "stop")):
            yield Violation(f"/properties/chapters/{place}", "a chapter has no whole numbers start and stop")
