"""Numbers in names: what they count, what is missing, and how they are padded."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

MOST = 50
"""Most ranges or pairs that a finding lists."""

LONGEST_SHOWN = 40
"""Digits of a number that are shown; of a longer one the first and the last few, and how many there are."""

_NUMBER = re.compile(r"[+-]?[0-9]+")
_LONGEST = 4000
"""Python turns no text of more than 4,300 digits into a number; no key of an object store is that long."""


def number_of(text: str | None) -> int | None:
    """Return the integer that a text is, null where it is none. Signs and leading zeros are allowed."""
    if text is None or len(text) > _LONGEST or not _NUMBER.fullmatch(text):
        return None
    return int(text)


@dataclass(frozen=True)
class Gaps:
    """What is missing between the least and the greatest of some numbers."""

    ranges: tuple[tuple[int, int], ...] = ()
    """First and last of each run of missing numbers."""

    stride: int = 1
    """Constant distance of the numbers; 1 where they have none."""

    @property
    def count(self) -> int:
        """Return how many numbers are missing."""
        return sum(last - first + 1 for first, last in self.ranges)

    def __str__(self) -> str:
        """Return the missing numbers as ``3-5, 9``, at most 50 runs of them."""
        shown = [shown_number(a) if a == b else f"{shown_number(a)}-{shown_number(b)}" for a, b in self.ranges[:MOST]]
        return ", ".join([*shown, *(["…"] if len(self.ranges) > MOST else [])])


def shown_number(number: int) -> str:
    """Return a number as people can read it: the names of hostile objects hold numbers of 900 digits.

    >>> shown_number(-12), shown_number(10**99 + 7)
    ('-12', '1000000…0000007 (100 digits)')
    """
    text = str(number)
    digits = len(text.lstrip("-"))
    return text if digits <= LONGEST_SHOWN else f"{text[:7]}…{text[-7:]} ({digits:,} digits)"


def gaps_of(numbers: Iterable[int]) -> Gaps:
    """Return what is missing; a constant stride (0, 10, 20) is no gap, and neither is a start at 1000."""
    ordered = sorted(set(numbers))
    steps = {two - one for one, two in pairwise(ordered)}
    if len(steps) <= 1:
        return Gaps(stride=steps.pop() if steps else 1)
    return Gaps(tuple((one + 1, two - 1) for one, two in pairwise(ordered) if two - one > 1))


def mixes_padding(texts: Sequence[str]) -> bool:
    """Return whether numbers are written in two styles (7 and 007); 9 and 10, or 099 and 100, are one."""
    digits = [text.lstrip("+-") for text in texts]
    padded = [len(text) for text in digits if len(text) > 1 and text.startswith("0")]
    return bool(padded) and min(len(text) for text in digits) < max(padded)
