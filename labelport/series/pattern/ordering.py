"""The members of one series in the order that labelers see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from labelport.series.natural import natural_key
from labelport.series.pattern.names import Name
from labelport.series.pattern.numbers import number_of

Place: TypeAlias = tuple[int | None, str | None, str | None]
"""Index, camera and version: what makes an object the only one of its series."""


@dataclass(frozen=True)
class Member:
    """One object of a series."""

    row: Mapping[str, Any]
    name: Name
    number: int | None
    """Its index; null where the expression has none, or it is no number."""

    @property
    def key(self) -> str:
        """Return the object's key."""
        return str(self.row["key"])

    @property
    def place(self) -> Place:
        """Return what tells it from the others."""
        return self.number, self.name.camera, self.name.version

    @property
    def image(self) -> tuple[int | None, str | None]:
        """Return what its versions share."""
        return self.number, self.name.camera


def ordered(
    named: Sequence[tuple[Mapping[str, Any], Name]], *, versions: Sequence[str]
) -> tuple[list[Member], list[Member]]:
    """Return members in order, and those whose index is no number while others have one: they go last.

    By index, then camera, then version (those of ``versions`` first, in that order), then the bytes of
    the key; without index and version by the natural order of the key.
    """
    members = [Member(row, name, number_of(name.index)) for row, name in named]
    has_index = any(member.name.index is not None for member in members)
    has_version = any(member.name.version is not None for member in members)
    bad = sorted((m for m in members if has_index and m.number is None), key=lambda m: natural_key(m.key))
    good = [member for member in members if not has_index or member.number is not None]
    if not has_index and not has_version:
        return sorted(good, key=lambda member: natural_key(member.key)), bad
    rank = {version: place for place, version in enumerate(versions)}

    def order(member: Member) -> tuple[object, ...]:
        version = member.name.version
        # Without a version: the plain image, before its windows.
        place = -1 if version is None else rank.get(version, len(rank))
        camera = natural_key(member.name.camera or "")
        return member.number or 0, camera, place, natural_key(version or ""), member.key.encode()

    return sorted(good, key=order), bad


def doubles_of(members: Sequence[Member]) -> list[Member]:
    """Return the members whose index, camera and version another one before them has."""
    seen: set[Place] = set()
    doubles = []
    for member in members:
        if member.place in seen:
            doubles.append(member)
        seen.add(member.place)
    return doubles
