"""One shape of a LabelMe file as a row."""

import math
from typing import Any, NamedTuple

import numpy as np

from labelport.annotations.formats.labelme.masks import BadMask, checked_mask
from labelport.annotations.formats.labelme.numbers import Point, as_json, is_text, points_of
from labelport.annotations.formats.labelme.telling import Telling
from labelport.annotations.shapes import is_axis_box
from labelport.codes import Severity
from labelport.options import AnnotationOptions

Box = tuple[float, float, float, float]

KNOWN = frozenset({"label", "points", "group_id", "shape_type", "mask"})
"""Members that have columns. ``flags`` and ``description`` are kept where they say something."""

COUNTS = {
    "rectangle": (2, 4),
    "oriented_rectangle": (4, 4),
    "circle": (2, 2),
    "line": (2, 2),
    "linestrip": (2, None),
    "point": (1, 1),
    "points": (1, None),
    "mask": (2, 2),
}
"""Fewest and most points of each type of shape; those of a polygon are options."""

KINDS = {
    "oriented_rectangle": "rotated_box",
    "circle": "circle",
    "line": "line",
    "linestrip": "line",
    "point": "point",
    "points": "point",
}


class Row(NamedTuple):
    """An annotation before it is in columns."""

    label: str
    kind: str
    box: Box
    segmentation: bytes | None
    segmentation_kind: str
    group: str | None
    members: dict[str, Any]
    """What has no column."""
    pointer: str
    points: list[Point]
    """As given, for what is joined to others."""


def row_of(shape: Any, tell: Telling, options: AnnotationOptions) -> Row | None:
    """Return the row of a shape, null with findings where it is none."""
    if not isinstance(shape, dict):
        tell.say("json.wrong_type", "", "a shape is no object; it was left out")
        return None
    label = shape.get("label")
    if not is_text(label) or not label.strip():
        tell.say("labelme.no_label", "/label", "the shape has no label; it was left out")
    group = _group_of(shape.get("group_id"), tell)
    points = points_of(shape.get("points"), tell)
    made = None if points is None else _geometry(shape, points, tell, options)
    if made is None or not is_text(label) or not label.strip():
        return None
    kind, box, segmentation, segmentation_kind, more = made
    members = {name: value for name, value in shape.items() if name not in KNOWN and not _says_nothing(name, value)}
    return Row(
        label, kind, box, segmentation, segmentation_kind, group, {**members, **more}, tell.pointer, points or []
    )


_Geometry = tuple[str, Box, bytes | None, str, dict[str, str]]


def _geometry(
    shape: dict[str, Any], points: list[Point], tell: Telling, options: AnnotationOptions
) -> _Geometry | None:
    """Return kind, box, segmentation, its kind, and the type of shape where the kind does not tell it."""
    given = shape.get("shape_type")
    # Version 3 and older have polygons alone, and no such member.
    form = "polygon" if given is None else given
    if form == "polygon":
        return _polygon(shape, points, tell, options)
    if not isinstance(form, str) or form not in COUNTS:
        tell.say("labelme.unknown_shape", "/shape_type", "the type of the shape is not known", value=_shown(form))
        return None
    fewest, most = COUNTS[form]
    if len(points) < fewest or (most is not None and len(points) > most) or (form == "rectangle" and len(points) == 3):
        _say_count(form, points, tell)
        return None
    if form == "mask":
        return _mask(shape.get("mask"), points, tell)
    if form == "rectangle" and (len(points) == 2 or is_axis_box(np.array(points))):
        return "box", bounds(points), None, "none", {}
    more = {"shape_type": form} if (form, len(points)) in _AMBIGUOUS else {}
    box = _circle_box(points) if form == "circle" else bounds(points)
    return KINDS.get(form, "rotated_box"), box, as_json(shape["points"]), "points", more


_AMBIGUOUS = {("linestrip", 2), ("points", 1), ("rectangle", 4)}
"""Types of shape that are written as another one unless it is kept which they were."""


def _polygon(shape: dict[str, Any], points: list[Point], tell: Telling, options: AnnotationOptions) -> _Geometry | None:
    count = len(points)
    if count in (1, 2):
        becomes = "point" if count == 1 else "line"
        read = options.short_polygon == "point"
        words = (
            f"the polygon has {count} point{'s'[: count - 1]}; it was {f'read as a {becomes}' if read else 'left out'}"
        )
        severity: Severity | None = "error" if options.short_polygon == "error" else None
        tell.say("labelme.short_polygon", "/points", words, severity=severity)
        return (
            (becomes, bounds(points), as_json(shape["points"]), "points", {"shape_type": "polygon"}) if read else None
        )
    if count < max(options.polygon_min_points, 3):
        _say_count("polygon", points, tell)
        return None
    return "polygon", bounds(points), as_json(shape["points"]), "points", {}


def _mask(text: Any, points: list[Point], tell: Telling) -> _Geometry | None:
    x0, y0, x1, y1 = (float(math.floor(number)) for number in bounds(points))
    try:
        made = checked_mask(text, int(x1 - x0) + 1, int(y1 - y0) + 1)
    except BadMask as error:
        tell.say("labelme.bad_mask", "/mask", f"the mask cannot be read: {error}; it was left out")
        return None
    return "mask", (x0, y0, x1 + 1, y1 + 1), made, "png", {}


def bounds(points: list[Point]) -> Box:
    """Return x0, y0, x1, y1 of points."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs), min(ys), max(xs), max(ys)


def _circle_box(points: list[Point]) -> Box:
    (x, y), (on_x, on_y) = points
    radius = math.hypot(on_x - x, on_y - y)
    return x - radius, y - radius, x + radius, y + radius


def _group_of(value: Any, tell: Telling) -> str | None:
    if value is None or is_text(value):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    tell.say("json.wrong_type", "/group_id", "the group is no whole number; it was not read", severity="warning")
    return None


def _shown(form: Any) -> str | None:
    return form if is_text(form) else None


def _says_nothing(name: str, value: Any) -> bool:
    """Return whether LabelMe writes a member so where there is nothing to say."""
    return (name == "flags" and value == {}) or (name == "description" and value in ("", None))


def _say_count(form: str, points: list[Point], tell: Telling) -> None:
    words = f"a {form} cannot have {len(points)} points; it was left out"
    tell.say("labelme.point_count", "/points", words, value=len(points))
