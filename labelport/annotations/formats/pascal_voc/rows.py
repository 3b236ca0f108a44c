"""Rows of Pascal VOC files, gathered file by file in columns."""

from array import array
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from labelport.annotations.formats.pascal_voc.heads import ROOT
from labelport.annotations.formats.pascal_voc.members import TooDeep, add_element, as_extras
from labelport.annotations.formats.pascal_voc.objects import object_of, say_doubled, size_of, text_of
from labelport.annotations.formats.pascal_voc.spelling import differs, spellings
from labelport.annotations.formats.pascal_voc.xml_text import root_of, safe_parser
from labelport.annotations.said import Said

SEGMENTED = ("segmented", "0")
"""What says nothing of an image: there is no segmentation of it."""

_MOST_CACHED = 10_000


@dataclass
class Images:
    """Columns of the images, one row an XML file."""

    files: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    spelled: list[list[str]] = field(default_factory=list)
    plain: list[str] = field(default_factory=list)
    """Names without a folder that the file says."""
    inside: list[str] = field(default_factory=list)
    """The file name inside, where that of the XML file is another; else empty."""
    lines: list[int] = field(default_factory=list)
    size_lines: list[int] = field(default_factory=list)
    sizes: list[tuple[float, float]] = field(default_factory=list)
    states: list[str] = field(default_factory=list)
    extras: list[bytes | None] = field(default_factory=list)


@dataclass
class Rows:
    """Columns of the annotations."""

    images: Images = field(default_factory=Images)
    image: list[int] = field(default_factory=list)
    category: list[int] = field(default_factory=list)
    corners: "array[float]" = field(default_factory=lambda: array("d"))
    """Four numbers each."""
    lines: list[int] = field(default_factory=list)
    extras: list[bytes | None] = field(default_factory=list)
    categories: dict[str, int] = field(default_factory=dict)
    named_by: list[str] = field(default_factory=list)
    """File that named each category first."""
    _parser: Any = field(default_factory=safe_parser)
    _cached: dict[tuple[tuple[str, str], ...], bytes | None] = field(default_factory=dict)

    def add_file(self, body: bytes, file: str, said: Said) -> None:
        """Add the image and the objects of one file; whatever is wrong is a finding at its line."""
        root = root_of(body, file, said, self._parser)
        if root is None:
            return
        if root.tag != ROOT:
            said.say("voc.not_voc", file, str(root.sourceline), f"the root of the file is not `{ROOT}`", value=root.tag)
            return
        try:
            found = [object_of(each, file, said) for each in root.iterchildren("object")]
            self._image(root, file, said)
        except TooDeep as error:
            said.say("xml.too_deep", file, str(error.line), f"{error}; the file was not read")
            return
        image = len(self.images.files)
        kept = [each for each in found if each is not None]
        self.images.states.append("labelled" if kept else "unlabelled" if found else "negative")
        self.images.files.append(file)
        for name, corners, line, members in kept:
            if name not in self.categories:
                self.categories[name] = len(self.categories)
                self.named_by.append(file)
            self.image.append(image)
            self.category.append(self.categories[name])
            self.corners.extend(corners)
            self.lines.append(line)
            self.extras.append(self._extras(members))

    def _image(self, root: Any, file: str, said: Said) -> None:
        """Add the columns that the members of the root give."""
        given: dict[str, Any] = {}
        members: dict[str, Any] = {f"@{name}": value for name, value in root.attrib.items()}
        for child in root:
            if child.tag == "object":
                continue
            if child.tag not in ("filename", "folder", "size", "path"):
                add_element(members, child)
            elif child.tag in given and child.tag != "path":
                say_doubled(child, file, said)
            else:
                given[child.tag] = child
        filename, folder = text_of(given.get("filename")), text_of(given.get("folder"))
        name, spelled = spellings(file, folder, filename)
        line = given.get("filename", root).sourceline or 1
        if folder and not name.startswith(f"{folder}/"):
            members["folder"] = folder
        size, depth = size_of(given.get("size"), file, said)
        if depth not in ("", "3"):
            members["depth"] = depth
        columns = self.images
        columns.names.append(name)
        columns.spelled.append(spelled)
        columns.plain.append(filename or name)
        columns.inside.append(filename if filename and differs(file, filename) else "")
        columns.lines.append(line)
        columns.sizes.append(size)
        columns.size_lines.append(given.get("size", root).sourceline or 1)
        columns.extras.append(as_extras({key: value for key, value in members.items() if (key, value) != SEGMENTED}))

    def _extras(self, members: dict[str, Any]) -> bytes | None:
        """Return extras; equal ones are made once: most objects of a data set have the same few."""
        if not members:
            return None
        if not all(isinstance(value, str) for value in members.values()):
            return as_extras(members)
        key = tuple(members.items())
        if key not in self._cached and len(self._cached) < _MOST_CACHED:
            self._cached[key] = as_extras(members)
        return self._cached[key] if key in self._cached else as_extras(members)

    def boxes(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Return the four numbers of each object, shape (objects, 4)."""
        return np.array(self.corners).reshape(-1, 4)
