"""Parts of concatenations: one multi-frame object that was cut into several (PS3.3 C.7.6.16.2.2.4)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from labelport.series.dicom.instances import Instance


@dataclass(frozen=True)
class Parts:
    """Objects, and what is wrong with those that are parts."""

    used: list[Instance]
    """All but further parts of one number."""

    twice: dict[str, list[Instance]]
    """By ConcatenationUID: parts whose InConcatenationNumber another one has, too."""

    absent: dict[str, list[tuple[int, int]]]
    """By ConcatenationUID: runs (first, count) of the numbers that are not here."""


def parts_of(instances: Iterable[Instance]) -> Parts:
    """Return the parts of each concatenation told apart; of equal numbers the least SOPInstanceUID is used.

    Where no part says how many there are (InConcatenationTotalNumber is optional), an absent last one is not seen.
    """
    parts: dict[str, dict[int, list[Instance]]] = defaultdict(lambda: defaultdict(list))
    used: list[Instance] = []
    for instance in instances:
        uid, number = instance.dicom.get("concatenation_uid"), instance.dicom.get("in_concatenation_number")
        if uid is None or number is None:
            used.append(instance)
        else:
            parts[uid][number].append(instance)
    twice: dict[str, list[Instance]] = {}
    absent: dict[str, list[tuple[int, int]]] = {}
    for uid, numbered in parts.items():
        further: list[Instance] = []
        for _, same in sorted(numbered.items()):
            first, *others = sorted(same, key=lambda instance: instance.order)
            used.append(first)
            further += others
        if further:
            twice[uid] = further
        total = max(one.dicom.get("in_concatenation_total") or 0 for same in numbered.values() for one in same)
        numbers = [0, *sorted(numbered), *([total + 1] if total > max(numbered) else [])]
        runs = [(a + 1, b - a - 1) for a, b in pairwise(numbers) if b - a > 1]
        if runs:
            absent[uid] = runs
    return Parts(used, twice, absent)
