"""A small JSON file as a value, with every way in which it is no JSON said with its place."""

import json
from collections.abc import Iterator
from typing import Any

from labelport.annotations.said import Said
from labelport.manifests.json_elements import Doubled, NotJson, oddities, pointer_of

MOST_DEPTH = 64
MOST_DIGITS = 1000
"""Digits of a whole number; more cost quadratic time."""


class _NotJsonText(ValueError):
    """A constant that JSON does not have."""


def read_json(body: bytes, file: str, said: Said) -> Any | None:
    """Return the value of a JSON text (RFC 8259), or null where it cannot be read, with a finding.

    Findings: ``json.not_json`` at ``line:column`` (also NaN and infinities, which Python writes and JSON does not
    have), ``json.too_deep``, ``json.duplicate_key`` (the last one wins), ``json.number`` at its JSON pointer (the
    value is a ``NotJson`` then). A byte order mark is taken away.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line, column = position(body, error.start)
        said.say("json.not_json", file, f"{line}:{column}", "this byte is not UTF-8")
        return None
    try:
        value = json.loads(
            text, object_pairs_hook=_object, parse_constant=_constant, parse_int=_whole, parse_float=_real
        )
    except json.JSONDecodeError as error:
        said.say("json.not_json", file, f"{error.lineno}:{error.colno}", f"the text is no JSON: {_reason(error)}")
        return None
    except _NotJsonText as error:
        word = str(error)
        line, column = position(text.encode(), max(_outside_strings(text, word), 0))
        said.say("json.not_json", file, f"{line}:{column}", f"{word} is no JSON")
        return None
    except RecursionError:
        said.say("json.too_deep", file, "", f"values are nested deeper than {MOST_DEPTH} levels")
        return None
    if deeper_than(value, MOST_DEPTH):
        said.say("json.too_deep", file, "", f"values are nested deeper than {MOST_DEPTH} levels")
        return None
    for what, path in oddities(value):
        if what == "doubled":
            said.say("json.duplicate_key", file, pointer_of(path), "this name stands twice in its object")
        else:
            said.say("json.number", file, pointer_of(path), "the number is beyond every type")
    return value


def position(body: bytes, at: int) -> tuple[int, int]:
    """Return line and column, both from 1, of a byte; columns count bytes.

    >>> position(b"ab\\ncd", 4)
    (2, 2)
    """
    return body.count(b"\n", 0, at) + 1, at - body.rfind(b"\n", 0, at)


def deeper_than(value: Any, most: int) -> bool:
    """Return whether lists and objects are nested in more than ``most`` levels."""
    level: list[Any] = [value] if isinstance(value, dict | list) else []
    for _ in range(most):
        level = [inner for one in level for inner in _inside(one) if isinstance(inner, dict | list)]
        if not level:
            return False
    return bool(level)


def _inside(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, list):
        yield from value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    return made if len(made) == len(pairs) else Doubled(pairs)


def _constant(word: str) -> Any:
    raise _NotJsonText(word)


def _whole(digits: str) -> int | NotJson:
    return int(digits) if len(digits) <= MOST_DIGITS else NotJson("inf")


def _real(text: str) -> float:
    value = float(text)
    return value if value - value == 0 else NotJson(value)


def _reason(error: json.JSONDecodeError) -> str:
    return error.msg[:1].lower() + error.msg[1:]


def _outside_strings(text: str, word: str) -> int:
    """Return where a word stands outside of strings, -1 where nowhere."""
    inside, at = False, 0
    while at < len(text):
        if text[at] == "\\" and inside:
            at += 2
            continue
        if text[at] == '"':
            inside = not inside
        elif not inside and text.startswith(word, at):
            return at
        at += 1
    return -1
