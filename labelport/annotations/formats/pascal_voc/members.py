"""Elements of Pascal VOC that have no column, as JSON members and back.

An element with text alone is a text; one with children is an object, whose attributes have an ``@`` before their
name and whose own text is ``#text``; elements of one name are a list.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

MOST_DEPTH = 32
"""Levels of elements below an object: a JSON export of them stays within what is read."""

OF_OBJECT = ("pose", "truncated", "difficult", "occluded", "attributes", "polygon", "part", "actions", "point")
OF_IMAGE = ("source", "owner", "segmented")
"""Elements that Pascal VOC and its dialects have: those are written, others are not."""

TAKEN_FOR_GRANTED = {"pose": "Unspecified", "truncated": "0", "difficult": "0"}
"""Elements that are written of every object: these values say nothing, and are not kept."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class TooDeep(ValueError):
    """Elements are nested deeper than ``MOST_DEPTH`` levels. ``line`` is where."""

    def __init__(self, line: int) -> None:
        super().__init__(f"elements are nested deeper than {MOST_DEPTH} levels")
        self.line = line


def add_element(members: dict[str, Any], element: Any, depth: int = 0) -> None:
    """Add an lxml element to the members of its parent. Raises ``TooDeep``."""
    name, value = element.tag, _value_of(element, depth)
    if name not in members:
        members[name] = value
    elif isinstance(members[name], list):
        members[name].append(value)
    else:
        members[name] = [members[name], value]


def _value_of(element: Any, depth: int) -> Any:
    attributes = element.attrib
    if not len(element) and not attributes:
        return element.text or ""
    if depth > MOST_DEPTH:
        raise TooDeep(element.sourceline or 1)
    made: dict[str, Any] = {f"@{name}": value for name, value in attributes.items()}
    texts = [element.text or ""]
    for child in element:
        add_element(made, child, depth + 1)
        texts.append(child.tail or "")
    text = " ".join(filter(None, map(str.strip, texts)))
    return {**made, "#text": text} if text else made


def as_extras(members: Mapping[str, Any]) -> bytes | None:
    """Return members as one JSON object, null where there are none."""
    return json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode() if members else None


def from_extras(extras: bytes | None) -> dict[str, Any]:
    """Return the members of extras of any format; none where they are no JSON object."""
    if extras is None:
        return {}
    try:
        value = json.loads(extras)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def elements_of(name: str, value: Any, depth: int = 0) -> str:
    """Return a member as XML elements; an empty text where it cannot be one."""
    if isinstance(value, list):
        return "".join(elements_of(name, each, depth) for each in value if not isinstance(each, list))
    if value is None or not _NAME.fullmatch(name) or depth > MOST_DEPTH:
        return ""
    if not isinstance(value, dict):
        text = _text_of(value)
        return "" if unwritable(text) else f"<{name}>{escaped(text)}</{name}>"
    attributes, inner = "", ""
    for key, each in value.items():
        if key.startswith("@"):
            text = _text_of(each)
            if _NAME.fullmatch(key[1:]) and not unwritable(text):
                attributes += f' {key[1:]}="{_quoted(text)}"'
        elif key == "#text":
            inner += "" if unwritable(str(each)) else escaped(str(each))
        else:
            inner += elements_of(key, each, depth + 1)
    return f"<{name}{attributes}>{inner}</{name}>"


def unwritable(text: str) -> bool:
    """Return whether a text has characters that XML 1.0 cannot hold (section 2.2), however written."""
    return _UNWRITABLE.search(text) is not None


def escaped(text: str) -> str:
    """Return a text as the content of an element (XML 1.0, sections 2.4 and 2.11).

    >>> escaped("<A & B>")
    '&lt;A &amp; B&gt;'
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")


def _quoted(text: str) -> str:
    return escaped(text).replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;")


def _text_of(value: Any) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)
