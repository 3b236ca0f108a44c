"""One skeleton of a file, with what is wrong in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from labelport.annotations.formats.datature_skeleton.telling import Teller, is_text

PAIR = 2


@dataclass(frozen=True)
class Skeleton:
    """A skeleton by its columns."""

    name: str
    keypoints: tuple[str, ...]
    connections: tuple[tuple[int, int], ...]
    """Pairs of numbers of keypoints, from 0; pairs that lead nowhere are left out."""


def skeleton_of(held: Any, pointer: str, teller: Teller) -> Skeleton | None:
    """Return a skeleton, or null with a finding where it has no name, or a keypoint has none."""
    if not isinstance(held, dict):
        teller.wrong_type(pointer, "a skeleton is an object")
        return None
    if not is_text(held.get("name")):
        teller.wrong_type(f"{pointer}/name", "a skeleton has a name")
    keypoints = _keypoints(held.get("keypoints"), f"{pointer}/keypoints", teller)
    if keypoints is None:
        return None
    connections = _connections(held.get("connections"), f"{pointer}/connections", keypoints, teller)
    return Skeleton(held["name"], tuple(keypoints), tuple(connections)) if is_text(held.get("name")) else None


def _keypoints(given: Any, pointer: str, teller: Teller) -> list[str] | None:
    if not isinstance(given, list):
        teller.wrong_type(pointer, "keypoints is no list")
        return None
    names: dict[str, int] = {}
    made: list[str] = []
    for place, keypoint in teller.objects(given, pointer):
        name = keypoint.get("name")
        if not is_text(name):
            teller.wrong_type(f"{place}/name", "a keypoint has a name")
            continue
        if name in names:
            words = f"the keypoint {names[name]} has this name too"
            teller.said.say("skeleton.duplicate_keypoint", teller.file, f"{place}/name", words, value=name)
        names.setdefault(name, len(made))
        made.append(name)
        _categories(keypoint.get("category"), f"{place}/category", teller)
    return made if len(made) == len(given) else None


def _categories(given: Any, pointer: str, teller: Teller) -> None:
    if given is None:
        return
    if not isinstance(given, list):
        teller.wrong_type(pointer, "category is a list of texts")
        return
    for number, each in enumerate(given):
        if not is_text(each):
            teller.wrong_type(f"{pointer}/{number}", "this is no text")


def _connections(given: Any, pointer: str, keypoints: Sequence[str], teller: Teller) -> list[tuple[int, int]]:
    numbers = {name: number for number, name in reversed(list(enumerate(keypoints)))}
    made = [
        _pair(connection.get("pair"), f"{place}/pair", numbers, len(keypoints), teller)
        for place, connection in teller.objects(given, pointer)
    ]
    return [pair for pair in made if pair is not None]


def _pair(given: Any, pointer: str, numbers: dict[str, int], count: int, teller: Teller) -> tuple[int, int] | None:
    """Return a pair as numbers from 0, or null with a finding for each end that leads nowhere."""
    named = isinstance(given, list) and len(given) == PAIR and all(is_text(each) for each in given)
    counted = isinstance(given, list) and len(given) == PAIR and all(type(each) is int for each in given)
    if not named and not counted:
        teller.wrong_type(pointer, "a pair is two names, or two numbers")
        return None
    ends: list[int] = []
    for at, each in enumerate(given):
        if named and each not in numbers:
            code, words = "skeleton.unknown_keypoint", "the skeleton has no keypoint of this name"
        elif counted and not 0 <= each < count:
            code, words = "skeleton.index_out_of_range", f"the skeleton has {count:,} keypoints, counted from 0"
        else:
            ends.append(numbers[each] if named else each)
            continue
        teller.said.say(code, teller.file, f"{pointer}/{at}", words, value=each)
    if len(ends) != PAIR:
        return None
    if ends[0] == ends[1]:
        teller.said.say("skeleton.self_pair", teller.file, pointer, "both ends are one keypoint", value=given[0])
        return None
    return ends[0], ends[1]
