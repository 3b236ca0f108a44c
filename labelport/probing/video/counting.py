"""How many frames a video shows, and how sure that is."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, Protocol

__all__ = ["Counted", "Entry", "estimated", "from_index"]


class Entry(Protocol):
    """One packet, as the container's index lists it."""

    pos: int
    timestamp: int
    size: int
    is_keyframe: bool
    is_discard: bool


@dataclass(frozen=True, kw_only=True)
class Counted:
    """Frames of one stream."""

    frames: int | None
    """What a player shows: packets that an edit list discards do not count."""

    method: Literal["index", "estimated", "header"] | None
    exact: bool
    missing: int = 0
    """Frames whose bytes lie behind the end of the file."""

    keyframes: tuple[int, ...] = ()
    """Timestamps (DTS) of the key frames that are shown and there."""

    first_timestamp: int | None = None
    """DTS of the first packet."""

    variable_rate: bool | None = None
    """Whether the packets' durations differ by more than a tick of rounding."""

    discarded: int = 0


def from_index(entries: Iterable[Entry], size: int) -> Counted:
    """Count the frames of an index whose entries are all frames (ISO media, AVI), in one pass."""
    shown = missing = discarded = 0
    first: int | None = None
    before: int | None = None
    least, most = None, 0
    keyframes = []
    for entry in entries:
        stamp = entry.timestamp
        if first is None:
            first = stamp
        if before is not None:
            step = stamp - before
            least = step if least is None or step < least else least
            most = step if step > most else most
        before = stamp
        if entry.is_discard:
            discarded += 1
        elif entry.pos + entry.size > size:
            missing += 1
        else:
            shown += 1
            if entry.is_keyframe:
                keyframes.append(stamp)
    return Counted(
        frames=shown,
        method="index",
        exact=missing == 0,
        missing=missing,
        keyframes=tuple(keyframes),
        first_timestamp=first,
        variable_rate=None if least is None else most - least > 1,
        discarded=discarded,
    )


def estimated(duration_s: float | None, rate: Fraction | None) -> Counted:
    """Return duration times rate, rounded; no number where one of them is not known."""
    if not duration_s or not rate:
        return Counted(frames=None, method=None, exact=False)
    return Counted(frames=max(round(duration_s * rate), 1), method="estimated", exact=False)
