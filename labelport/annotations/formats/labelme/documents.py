"""One LabelMe file: its image, its shapes and its flags, with every fault at its JSON pointer."""

from dataclasses import dataclass
from typing import Any

from labelport.annotations.formats.labelme.grouping import joined_groups
from labelport.annotations.formats.labelme.image_path import spellings
from labelport.annotations.formats.labelme.numbers import as_json, is_text, number_of
from labelport.annotations.formats.labelme.shape_rows import Row, row_of
from labelport.annotations.formats.labelme.telling import Telling
from labelport.annotations.json_text import read_json
from labelport.annotations.said import Said
from labelport.manifests.json_elements import pointer_of
from labelport.options import AnnotationOptions

MOST_BYTES = 128 << 20
"""Bytes of one file: it may hold its picture."""

MOST_SIDE = (1 << 31) - 1

CLASSES = "image_classes"
"""A member of our own: which flags are classes. LabelMe keeps members that it does not know."""

READ = frozenset({CLASSES, "version", "flags", "shapes", "imagePath", "imageData", "imageHeight", "imageWidth"})
"""Members that are read, or written anew. The picture in ``imageData`` is never decoded, and not kept."""


@dataclass(frozen=True)
class Document:
    """What one file says."""

    file: str
    path: str
    """``imagePath`` as given; empty where there is none."""
    name: str
    spelled: list[str]
    size: tuple[float, float]
    """Width and height, NaN where unknown."""
    rows: list[Row]
    shapes: int
    """Shapes of the file, read or not."""
    flags: dict[str, Any]
    members: dict[str, Any]
    """What has no column, but for the flags."""

    declared: list[str]
    """Flags that are set, and of which the file says that they are classes."""

    @property
    def true_flags(self) -> list[str]:
        """Return the flags that are set, and of which nothing is said."""
        return [name for name in _set_flags(self.flags) if name not in self.declared]

    def classes(self, *, flags_too: bool) -> list[str]:
        """Return the classes of the image: those that the file says, or all flags that are set."""
        return _set_flags(self.flags) if flags_too else self.declared

    def extras(self, *, flags_too: bool) -> bytes | None:
        """Return the members as JSON, with the flags that are no classes."""
        classes = self.classes(flags_too=flags_too)
        flags = {name: value for name, value in self.flags.items() if name not in classes}
        members = {**self.members, **({"flags": flags} if flags else {})}
        return as_json(members) if members else None


def _set_flags(flags: dict[str, Any]) -> list[str]:
    return [name for name, value in flags.items() if value is True and name.strip() and is_text(name)]


def document_of(body: bytes, file: str, options: AnnotationOptions, said: Said) -> Document | None:
    """Return what a file says; null with findings where it is no LabelMe file."""
    value = read_json(body, file, said)
    if value is None:
        return None
    if not isinstance(value, dict) or "shapes" not in value:
        said.say("labelme.not_labelme", file, "", "the file is no object with a list `shapes`; it was not read")
        return None
    shapes = value["shapes"]
    if not isinstance(shapes, list):
        said.say("json.wrong_type", file, "/shapes", "shapes is no list; the file was not read")
        return None
    rows = [row_of(shape, Telling(said, file, f"/shapes/{number}"), options) for number, shape in enumerate(shapes)]
    given = value.get("imagePath")
    path = given if is_text(given) else ""
    if given is not None and not is_text(given):
        words = "the path is no text; the file's own name was taken"
        said.say("json.wrong_type", file, "/imagePath", words, severity="warning")
    name, spelled = spellings(file, path)
    flags = value.get("flags")
    declared = value.get(CLASSES)
    if flags is not None and not isinstance(flags, dict):
        said.say("json.wrong_type", file, "/flags", "flags is no object; it was not read", severity="warning")
    return Document(
        file=file,
        path=path,
        name=name,
        spelled=spelled,
        size=(_side(value, "imageWidth", file, said), _side(value, "imageHeight", file, said)),
        rows=joined_groups([row for row in rows if row is not None]),
        shapes=len(shapes),
        flags=flags if isinstance(flags, dict) else {},
        declared=_declared(declared, flags),
        members={each: inner for each, inner in value.items() if each not in READ},
    )


def _declared(names: Any, flags: Any) -> list[str]:
    if not isinstance(names, list) or not isinstance(flags, dict):
        return []
    return [name for name in _set_flags(flags) if name in names]


def flag_pointer(name: str) -> str:
    """Return the pointer of a flag of the file."""
    return pointer_of(((None, "flags"), name))


def _side(value: dict[str, Any], member: str, file: str, said: Said) -> float:
    given = value.get(member)
    if given is None:
        return float("nan")
    side = number_of(given)
    if side is not None and 1 <= side <= MOST_SIDE and side == int(side):
        return side
    words = f"{member} is no size of an image; it counts as not given"
    said.say("json.wrong_type", file, f"/{member}", words, severity="warning")
    return float("nan")
