"""An annotation as shapes of LabelMe, each the text of a JSON object."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from labelport.annotations.formats.labelme.masks import cropped, mask_text
from labelport.annotations.formats.labelme.numbers import as_json, pairs
from labelport.annotations.shapes import Shape, shape_of
from labelport.geometry import rings, rle

RESERVED = ("label", "points", "group_id", "shape_type", "mask", "flags")
"""Members that are written from columns, or must be of a type; others of the extras are written as they are."""

OLDER_TYPES = {
    ("point", "polygon"),
    ("line", "polygon"),
    ("line", "linestrip"),
    ("point", "points"),
    ("rotated_box", "rectangle"),
}
"""Kinds that were another type of shape than the one they are written as."""


@dataclass(frozen=True)
class Drawn:
    """One annotation to be written."""

    label: str
    kind: str
    box: tuple[float, float, float, float]
    """In pixels; NaN where there is none."""
    segmentation: bytes | None
    segmentation_kind: str
    scale: tuple[float, float]
    """What is multiplied to the numbers of the segmentation to get pixels."""
    group: str | None
    members: Mapping[str, Any]
    keypoints: Sequence[float]
    """x, y, visibility of each, in pixels."""
    keypoint_names: Sequence[str]

    @property
    def has_box(self) -> bool:
        """Return whether the box is known."""
        return all(map(math.isfinite, self.box))


@dataclass(frozen=True)
class Made:
    """The shapes of one annotation, without what they have in common."""

    shapes: list[tuple[str, bytes, bytes | None]]
    """Type, points and mask of each."""
    points: list[tuple[str, bytes]]
    """Label and points of each keypoint."""
    simpler: bool = False
    """Whether the box stands for an outline that cannot be read, or a mask for an outline with holes."""


def made_of(drawn: Drawn) -> Made:
    """Return the shapes of an annotation; none where nothing of it can be drawn."""
    points = list(_keypoints(drawn))
    if drawn.kind == "box" or (drawn.kind == "keypoints" and drawn.segmentation is None):
        return Made(_rectangle(drawn), points)
    if drawn.segmentation_kind == "png" and drawn.segmentation is not None:
        return Made([("mask", _corners(drawn), drawn.segmentation)] if drawn.has_box else [], points)
    shape = shape_of(drawn.segmentation, drawn.segmentation_kind, drawn.scale)
    if shape is None:
        return Made(*_without_shape(drawn, points))
    if shape.counts is not None and shape.size is not None:
        return Made(_decoded(shape.counts, *shape.size), points)
    if shape.holes:
        found = _with_holes(shape)
        return Made(found or _outlines(drawn, shape), points, simpler=True)
    return Made(_outlines(drawn, shape), points)


def texts_of(drawn: Drawn, made: Made, group: str | None) -> Iterator[bytes]:
    """Yield the text of each shape. ``group`` is that of the shapes where they are several."""
    common = b'"group_id":' + _group_text(group)
    several = drawn.members.get("shapes") if len(made.shapes) > 1 else None
    for number, (form, points, mask) in enumerate(made.shapes):
        members = drawn.members
        if isinstance(several, list):
            members = several[number] if len(several) == len(made.shapes) else {}
        yield _text(drawn.label, (form, points, mask), common, members if isinstance(members, Mapping) else {})
    for name, points in made.points:
        yield _text(name, ("point", points, None), common, {})


def _text(label: str, shape: tuple[str, bytes, bytes | None], group: bytes, members: Mapping[str, Any]) -> bytes:
    form, points, mask = shape
    flags = members.get("flags")
    more = {name: value for name, value in members.items() if name not in (*RESERVED, "shapes")}
    if not isinstance(more.get("description", ""), str | None):
        del more["description"]
    pieces = [
        b'{"label":' + as_json(label),
        b'"points":' + points,
        group,
        b'"shape_type":' + as_json(form),
        b'"flags":' + as_json(flags if isinstance(flags, dict) else {}),
    ]
    pieces += [as_json(name) + b":" + as_json(value) for name, value in more.items()]
    if mask is not None:
        pieces.append(b'"mask":"' + mask + b'"')
    return b",".join(pieces) + b"}"


def _group_text(group: str | None) -> bytes:
    return group.encode() if group is not None and is_whole(group) else as_json(group)


def is_whole(group: str) -> bool:
    """Return whether a group was a whole number."""
    digits = group.removeprefix("-")
    return group.isascii() and digits.isdigit() and len(digits) < 16 and str(int(group)) == group


def _rectangle(drawn: Drawn) -> list[tuple[str, bytes, bytes | None]]:
    x0, y0, x1, y1 = drawn.box
    return [("rectangle", pairs([(x0, y0), (x1, y1)]), None)] if drawn.has_box else []


def _corners(drawn: Drawn) -> bytes:
    """Return the first and the last pixel of a mask."""
    x0, y0, x1, y1 = drawn.box
    return pairs([(x0, y0), (x1 - 1, y1 - 1)])


def _without_shape(
    drawn: Drawn, points: list[tuple[str, bytes]]
) -> tuple[list[tuple[str, bytes, bytes | None]], list[tuple[str, bytes]], bool]:
    """Return what the box tells where there is no segmentation, or none that can be read."""
    x0, y0, x1, y1 = drawn.box
    if not drawn.has_box:
        return [], points, False
    if drawn.kind == "point":
        return [("point", pairs([(x0, y0)]), None)], points, False
    if drawn.kind == "circle":
        middle = (x0 + x1) / 2, (y0 + y1) / 2
        return [("circle", pairs([middle, (x1, middle[1])]), None)], points, False
    if drawn.kind in ("line", "rle", "mask"):
        return [], points, False
    return _rectangle(drawn), points, drawn.kind != "keypoints"


def _outlines(drawn: Drawn, shape: Shape) -> list[tuple[str, bytes, bytes | None]]:
    form = _form_of(drawn, shape)
    if drawn.segmentation_kind == "points" and drawn.scale == (1.0, 1.0) and drawn.segmentation is not None:
        # As they came, number by number.
        return [(form, drawn.segmentation, None)]
    return [(form, as_json(ring.tolist()), None) for ring in shape.rings]


def _form_of(drawn: Drawn, shape: Shape) -> str:
    kind, count = drawn.kind, len(shape.rings[0])
    told = drawn.members.get("shape_type")
    if isinstance(told, str) and (kind, told) in OLDER_TYPES:
        return told
    if kind == "circle" and count == 2:
        return "circle"
    if kind == "rotated_box" and count == 4:
        return "oriented_rectangle"
    if kind == "point":
        return "point" if count == 1 else "points"
    if kind == "line":
        return "line" if count == 2 else "linestrip"
    return "polygon"


def _decoded(counts: Any, height: int, width: int) -> list[tuple[str, bytes, bytes | None]]:
    """Return run lengths as a mask; nothing where they are of more pixels than are decoded."""
    try:
        return _mask(rle.decode(counts, height, width))
    except rle.RleFault:
        return []


def _mask(mask: Any, left: int = 0, top: int = 0) -> list[tuple[str, bytes, bytes | None]]:
    found = cropped(mask)
    if found is None:
        return []
    inside, x, y = found
    height, width = inside.shape
    x, y = x + left, y + top
    return [("mask", pairs([(x, y), (x + width - 1, y + height - 1)]), mask_text(inside))]


def _with_holes(shape: Shape) -> list[tuple[str, bytes, bytes | None]]:
    """Return a shape with holes as a mask; nothing where it is too large for one."""
    sides = np.array([rings.bounds(ring) for ring in shape.rings])
    with np.errstate(invalid="ignore"):
        left, top = np.floor(sides[:, :2].min(axis=0)).tolist()
        width, height = (np.ceil(sides[:, 2:].max(axis=0)) - (left, top)).tolist()
    corner = np.array([left, top])
    try:
        mask = rings.rasterise(
            [ring - corner for ring in shape.rings],
            int(height),
            int(width),
            holes=[hole - corner for hole in shape.holes],
        )
    except (rings.RingFault, OverflowError, ValueError):
        return []
    return _mask(mask, int(left), int(top))


def _keypoints(drawn: Drawn) -> Iterator[tuple[str, bytes]]:
    """Yield the keypoints that are labelled; one without a name is called by its number, from 1."""
    triples = zip(*[iter(drawn.keypoints)] * 3, strict=False)
    for number, (x, y, visibility) in enumerate(triples):
        if visibility > 0 and math.isfinite(x + y):
            named = number < len(drawn.keypoint_names)
            yield drawn.keypoint_names[number] if named else str(number + 1), pairs([(x, y)])
