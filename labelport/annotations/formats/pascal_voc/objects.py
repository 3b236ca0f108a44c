"""One object of a Pascal VOC file, and what else has numbers in it; every fault at its line."""

from collections.abc import Iterator
from typing import Any

from labelport.annotations.formats.pascal_voc.members import TAKEN_FOR_GRANTED, add_element
from labelport.annotations.said import Said

CORNERS = ("xmin", "ymin", "xmax", "ymax")
MOST_SIDE = (1 << 31) - 1

Object = tuple[str, tuple[float, float, float, float], int, dict[str, Any]]


def object_of(element: Any, file: str, said: Said) -> Object | None:
    """Return name, corners, line of the box and further members of an object; null with findings."""
    name = box = None
    members: dict[str, Any] = {}
    for child in element:
        tag = child.tag
        if tag == "bndbox" and box is None:
            box = child
        elif tag == "name" and name is None:
            name = (child.text or "").strip()
        elif tag in ("name", "bndbox"):
            say_doubled(child, file, said)
        elif tag not in TAKEN_FOR_GRANTED or child.text != TAKEN_FOR_GRANTED[tag] or len(child) or child.attrib:
            add_element(members, child)
    if not name:
        said.say("voc.no_name", file, str(element.sourceline), "the object has no name; it was left out")
    if box is None:
        said.say("voc.no_box", file, str(element.sourceline), "the object has no bndbox; it was left out")
        return None
    corners = _corners_of(box, file, said)
    if len(box) > len(CORNERS):
        members |= _beside_corners(box)
    if not name or corners is None:
        return None
    return name, corners, box.sourceline or 1, members


def _beside_corners(box: Any) -> dict[str, Any]:
    """Return what a box has beside its corners (an angle) as a member of the object."""
    inner: dict[str, Any] = {}
    for child in box:
        if child.tag not in CORNERS:
            add_element(inner, child)
    return {"bndbox": inner} if inner else {}


def _corners_of(box: Any, file: str, said: Said) -> tuple[float, float, float, float] | None:
    texts = {child.tag: child.text for child in box}
    try:
        found = (float(texts["xmin"]), float(texts["ymin"]), float(texts["xmax"]), float(texts["ymax"]))
    except (KeyError, TypeError, ValueError):
        found = None
    # A finite sum tells that all are finite; an underscore between digits is Python's, not a number's.
    if found is not None and len(box) == 4 and sum(found) - sum(found) == 0 and "_" not in "".join(texts.values()):
        return found
    values = dict(_read_corners(box, file, said))
    missing = [name for name in CORNERS if name not in values]
    if missing:
        line = str(box.sourceline)
        said.say("voc.bad_number", file, line, f"the box has no {', '.join(missing)}; the object was left out")
    if missing or any(value is None for value in values.values()):
        return None
    return values["xmin"], values["ymin"], values["xmax"], values["ymax"]  # type: ignore[return-value]


def _read_corners(box: Any, file: str, said: Said) -> Iterator[tuple[str, float | None]]:
    """Yield each corner once, null where it is no number: with a finding for everything that is wrong."""
    seen: set[str] = set()
    for child in box:
        if child.tag not in CORNERS:
            continue
        if child.tag in seen:
            say_doubled(child, file, said)
            continue
        seen.add(child.tag)
        value = _number(child.text)
        if value is None:
            words = f"{child.tag} is no number; the object was left out"
            said.say("voc.bad_number", file, str(child.sourceline), words, value=text_of(child))
        yield child.tag, value


def size_of(element: Any, file: str, said: Said) -> tuple[tuple[float, float], str]:
    """Return (width, height), NaN where it is not given, and the depth as given."""
    unknown = (float("nan"), float("nan"))
    if element is None:
        return unknown, ""
    texts = {child.tag: text_of(child) for child in element}
    depth = texts.get("depth", "")
    if not texts.get("width") and not texts.get("height"):
        return unknown, depth
    sides = [_number(texts.get(name)) for name in ("width", "height")]
    if all(side is not None and 1 <= side <= MOST_SIDE and side == int(side) for side in sides):
        return (sides[0], sides[1]), depth  # type: ignore[return-value]
    value = f"{texts.get('width')} x {texts.get('height')}"
    said.say("voc.bad_size", file, str(element.sourceline), "width and height are no size of an image", value=value)
    return unknown, depth


def _number(text: str | None) -> float | None:
    """Return a finite number, null where the text is none."""
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if value - value == 0 and "_" not in (text or "") else None


def text_of(element: Any) -> str:
    """Return an element's text without outer blanks; empty where there is no element."""
    return "" if element is None else (element.text or "").strip()


def say_doubled(element: Any, file: str, said: Said) -> None:
    """Say that an element stands twice."""
    words = f"{element.tag} stands twice; the first one was read"
    said.say("voc.doubled", file, str(element.sourceline), words)
