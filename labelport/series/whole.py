"""Findings about the stage as a whole: what is in no series, and what rules say of themselves.

Made anew each run from counts over the claims, and from media, so they never depend on how the claims came to be.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace

from labelport.findings import Finding, finding
from labelport.series.contract import Inspecting, MediaRows, Tabled
from labelport.series.grouping import UNGROUPED, Grouper
from labelport.series.plain import Tables, media_rows
from labelport.tables import USABLE

STAGE = "series"

Said = Mapping[tuple[str, str, str], int]
"""Claims by rule, status and remarks."""


def whole_findings(grouper: Grouper, said: Said, media: Tables) -> list[Finding]:
    """Return what is to be said of the stage: from how many claims say what, of the tables of rules, of media."""
    return [
        *_not_usable(said),
        *_ungrouped(said),
        *_of_rules(grouper, said),
        *_of_tables(grouper, said, media_rows(media)),
        *_of_media(grouper, said, media),
    ]


def claimed(said: Said) -> int:
    """Return how many objects some rule claimed."""
    return sum(count for (rule, _, _), count in said.items() if rule)


def ungrouped(said: Said) -> dict[str, int]:
    """Return how many usable objects no rule claimed, by kind."""
    kinds: Counter[str] = Counter()
    for (_, _, remarks), count in said.items():
        for word in remarks.split():
            about, _, kind = word.partition(":")
            if about == UNGROUPED:
                kinds[kind] += count
    return dict(sorted(kinds.items()))


def not_usable(said: Said) -> dict[str, int]:
    """Return how many objects cannot be in a series, by status."""
    statuses: Counter[str] = Counter()
    for (_, status, _), count in said.items():
        if status not in USABLE:
            statuses[status] += count
    return dict(sorted(statuses.items()))


def _not_usable(said: Said) -> Iterator[Finding]:
    for status, count in not_usable(said).items():
        words = f"In no series for their status {status}: {count:,}."
        yield finding(
            "series.not_usable", stage=STAGE, pointer=f"status={status}", message=words, value=status, count=count
        )


def _ungrouped(said: Said) -> Iterator[Finding]:
    for kind, count in ungrouped(said).items():
        words = f"Claimed by no rule, of the kind {kind}: {count:,}."
        hint = "Archives are never opened: unpack them into the bucket." if kind == "archive" else None
        yield finding(
            "series.ungrouped", stage=STAGE, pointer=f"kind={kind}", message=words, hint=hint, value=kind, count=count
        )


def _of_rules(grouper: Grouper, said: Said) -> Iterator[Finding]:
    objects = sum(count for (_, status, _), count in said.items() if status in USABLE)
    for placed in grouper.rules:
        counts: Counter[str] = Counter(objects=objects, claimed=0)
        for (rule, _, remarks), count in said.items():
            if rule == placed.place:
                counts["claimed"] += count
            for word in remarks.split():
                position, _, about = word.partition(":")
                if position == str(placed.position):
                    counts[about] += count
        for found in placed.rule.finish(dict(counts)):
            yield replace(found, pointer=" ".join(filter(None, [placed.place, found.pointer])))


def _of_tables(grouper: Grouper, said: Said, media: MediaRows) -> Iterator[Finding]:
    for placed in grouper.rules:
        if isinstance(placed.rule, Tabled):
            yield from placed.rule.survey(media, sum(n for (rule, _, _), n in said.items() if rule == placed.place))


def _of_media(grouper: Grouper, said: Said, media: Tables) -> Iterator[Finding]:
    statuses: Counter[str] = Counter()
    for (_, status, _), count in said.items():
        statuses[status] += count
    told: set[tuple[str, str, str]] = set()
    for placed in grouper.rules:
        if not isinstance(placed.rule, Inspecting):
            continue
        for found in placed.rule.inspect(media, statuses):
            about = (found.code, found.file, found.pointer)
            if about not in told:  # two rules of one name see the same
                yield found
            told.add(about)
