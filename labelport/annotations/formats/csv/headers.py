"""What the columns of a CSV file are, by the names in its header line."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["corners", "size", "cell", "class", "wide"]

DELIMITERS = (",", ";", "\t")

NAMES = ("filename", "image", "imagename", "imageid", "file", "path")
"""Columns that name the image; where several are there, the first of these."""

LABELS = ("label", "class", "classname", "labelname", "category")
"""Columns of the class; where several are there, the first of these."""

SIDES = {
    "x0": ("xmin", "x1", "x", "left"),
    "y0": ("ymin", "y1", "y", "top"),
    "x1": ("xmax", "x2", "right"),
    "y1": ("ymax", "y2", "bottom"),
    "width": ("width", "w"),
    "height": ("height", "h"),
}
CELLS = ("bbox", "box", "boundingbox", "bndbox")
"""Columns that hold all four numbers of a box."""

IMAGE_SIZES = (("width", "height"), ("imagewidth", "imageheight"), ("imgwidth", "imgheight"))
"""Columns of the image's size, where four corners are there beside them."""

ALL_KNOWN = frozenset([*NAMES, *LABELS, *CELLS, *(name for names in SIDES.values() for name in names)])

FOREIGN = frozenset(
    ["objecturl", "contentid", "origin", "seriesindex", "seriesid", "attachmenturl", "externalid", "rowdata"]
)
"""Columns of manifests and of results of platforms: beside them, an image and a label are no annotation."""

_BLANKS = re.compile(r"[\s_\-]+")


@dataclass(frozen=True)
class Layout:
    """Where the columns of a file lie; places count from 0."""

    kind: Kind
    name: int
    label: int | None = None
    box: tuple[int, ...] = ()
    """Four places, x0 y0 and x1 y1 or width and height; or the one place of a cell that holds all four."""

    classes: tuple[int, ...] = ()
    """Places of the one-hot columns."""

    size: tuple[int, int] | None = None
    """Places that may hold width and height of the image."""

    @property
    def used(self) -> tuple[int, ...]:
        """Return the places that are no extras, without those of the image's size."""
        label = () if self.label is None else (self.label,)
        return (self.name, *label, *self.box, *self.classes)


def plain(name: str) -> str:
    """Return a column's name as it is compared: lower-case, without blanks, hyphens and underscores.

    >>> plain(" X_min"), plain("Label Name")
    ('xmin', 'labelname')
    """
    return _BLANKS.sub("", name).lower()


def delimiter_of(line: str) -> str:
    """Return the delimiter of a header line: that which gives the most known names, then the most cells.

    >>> delimiter_of("filename;xmin;ymin"), delimiter_of("filename"), delimiter_of("path,with;both")
    (';', ',', ',')
    """
    names = {each: [plain(cell.strip().strip('"')) for cell in line.split(each)] for each in DELIMITERS}
    return max(DELIMITERS, key=lambda each: (len(ALL_KNOWN.intersection(names[each])), len(names[each])))


def box_layout(header: Sequence[str]) -> Layout | None:
    """Return the layout of a file of boxes, or null where a column that it needs is not there."""
    names = [plain(cell) for cell in header]
    name, label = _place(names, NAMES), _place(names, LABELS)
    if name is None or label is None:
        return None
    sides = {side: _place(names, known) for side, known in SIDES.items()}
    corners = [sides[side] for side in ("x0", "y0", "x1", "y1")]
    if None not in corners:
        return Layout("corners", name, label, _whole(corners), size=_size(names))
    sizes = [sides[side] for side in ("x0", "y0", "width", "height")]
    if None not in sizes:
        return Layout("size", name, label, _whole(sizes), size=_size(names, beside=False))
    cell = _place(names, CELLS)
    return None if cell is None else Layout("cell", name, label, (cell,), size=_size(names))


def class_layout(header: Sequence[str]) -> Layout | None:
    """Return the layout of a file of classes: a column of labels, else one-hot columns; null where there is none."""
    names = [plain(cell) for cell in header]
    name, label = _place(names, NAMES), _place(names, LABELS)
    if name is None or len(names) < 2:
        return None
    if label is not None:
        return Layout("class", name, label)
    classes = tuple(place for place, cell in enumerate(header) if place != name and cell.strip())
    return Layout("wide", name, classes=classes) if classes else None


def missing_words(header: Sequence[str], *, boxes: bool) -> str:
    """Return for people which columns a header has, and which it needs."""
    seen = ", ".join(cell.strip() or "(empty)" for cell in header[:12])
    more = f" and {len(header) - 12:,} more" if len(header) > 12 else ""
    needs = "filename, xmin, ymin, xmax, ymax (or width, height), label" if boxes else "filename, label"
    return f"the first line has the columns {seen[:300]}{more}; a header names {needs}"


def _place(names: Sequence[str], known: Sequence[str]) -> int | None:
    return next((names.index(each) for each in known if each in names), None)


def _whole(places: Sequence[int | None]) -> tuple[int, ...]:
    return tuple(place for place in places if place is not None)


def _size(names: Sequence[str], *, beside: bool = True) -> tuple[int, int] | None:
    """Return the places of the image's width and height; ``beside``: no box has the names width and height."""
    for width, height in IMAGE_SIZES[0 if beside else 1 :]:
        if width in names and height in names:
            return names.index(width), names.index(height)
    return None
