"""Mirror twins of keypoints: which one a flip puts in the place of which."""

from dataclasses import dataclass
from typing import Any

from labelport.annotations.formats.datature_skeleton.skeletons import PAIR, Skeleton
from labelport.annotations.formats.datature_skeleton.telling import is_text

MOST_CHIRALITY = 200
"""Entries of ``chirality`` from which twins are taken: each is asked for each skeleton."""


@dataclass(frozen=True)
class Mirror:
    """One entry of ``chirality``."""

    affects: frozenset[str | int] | None
    """Names and numbers of skeletons; null: all of them."""

    twins: dict[str, str]
    """By the name of a keypoint: groups of two are twins, whatever is performed; longer ones say an order."""


def mirrors_of(chirality: Any) -> list[Mirror]:
    """Return what ``chirality`` says of twins; values of other types say nothing."""
    listed = chirality if isinstance(chirality, list) else []
    return [_mirror(each) for each in listed[:MOST_CHIRALITY] if isinstance(each, dict)]


def twins_of(skeleton: Skeleton, number: int, mirrors: list[Mirror]) -> list[int] | None:
    """Return for each keypoint the number of its twin, its own where no group says one.

    Null where nothing in the file affects the skeleton. ``number``: its place in the file.
    """
    own = [
        each.twins for each in mirrors if each.affects is None or not each.affects.isdisjoint((skeleton.name, number))
    ]
    if not own:
        return None
    numbers = {name: at for at, name in reversed(list(enumerate(skeleton.keypoints)))}
    made = list(range(len(skeleton.keypoints)))
    for at, name in enumerate(skeleton.keypoints):
        if numbers[name] == at:
            twins = [twins[name] for twins in own if name in twins]
            made[at] = numbers.get(twins[-1], at) if twins else at
    return made


def _mirror(held: dict[str, Any]) -> Mirror:
    affects = held.get("affects")
    listed = affects if isinstance(affects, list) else [affects]
    known = frozenset(each for each in listed if is_text(each) or type(each) is int)
    twins: dict[str, str] = {}
    for group in _groups(held):
        if len(group) == PAIR and all(is_text(name) for name in group):
            one, other = group
            twins |= {one: other, other: one}
    return Mirror(None if affects is None else known, twins)


def _groups(chirality: dict[str, Any]) -> list[list[Any]]:
    order = chirality.get("order")
    groups = order.get("groups") if isinstance(order, dict) else None
    return [group for group in groups if isinstance(group, list)] if isinstance(groups, list) else []
