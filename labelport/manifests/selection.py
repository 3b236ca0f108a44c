"""Which series a manifest takes: ``where``, ``sample`` and ``split``.

Sample and split go by hash of the series id alone, so a new series elsewhere moves no other one.
"""

import hashlib
import heapq
from collections.abc import Callable, Iterator
from typing import Any

from labelport.manifests.contract import Item, Series, SeriesReader
from labelport.options import MediaWhere, Sample, SeriesWhere, as_list

MAIN_ROLES = ("image", "audio", "video")
"""Roles that make an item a member of its series, not its company."""


def main_items(series: Series) -> list[Item]:
    """Return the items of role image, audio or video, by index."""
    return [item for item in series.items if item.row["role"] in MAIN_ROLES]


def key_matcher(where: MediaWhere | None) -> Callable[[str], bool]:
    """Return the test of a key against ``where.key``; without one every key passes."""
    globs = as_list(where.key) if where else []
    if not globs:
        return lambda _: True
    from labelport.storage.globs import key_filter  # noqa: PLC0415  -- most manifests have no glob, and it compiles

    return key_filter(globs).matches


def matcher(where: SeriesWhere | None) -> Callable[[Series], bool]:
    """Return the test of a series against ``where``: all that is given must hold.

    ``kind`` may name the kind of the series (stack) or of its media (dicom); ``format`` and ``key``
    must hold for every item of role image, audio or video.
    """
    if where is None:
        return lambda _: True
    kinds, rules, formats = as_list(where.kind), as_list(where.rule), as_list(where.format)
    key_fits = key_matcher(where)

    def fits(series: Series) -> bool:
        row, items = series.row, main_items(series)
        flags = set(row.get("flags") or ())
        attributes = dict(row.get("attributes") or ())
        return (
            (not kinds or row["kind"] in kinds or _all(items, lambda item: item.media.get("kind") in kinds))
            and (not rules or row["rule"] in rules)
            and (not formats or _all(items, lambda item: item.media.get("format") in formats))
            and (where.key is None or _all(items, lambda item: key_fits(item.row["key"])))
            and all(attributes.get(name) == value for name, value in where.attributes.items())
            and flags.issuperset(where.flags)
            and flags.isdisjoint(where.without_flags)
        )

    return fits


def _all(items: list[Item], test: Callable[[Item], bool]) -> bool:
    return bool(items) and all(test(item) for item in items)


def sample_rank(series_id: str, random_state: int) -> bytes:
    """Return the hash by which a sample is drawn: the n smallest are in it."""
    return hashlib.sha256(f"{random_state}\0{series_id}".encode()).digest()


def part_of(series_id: str, split: dict[str, float]) -> str:
    """Return the part of a split that a series belongs to.

    The hash is a number in [0, 1); the parts follow each other in the order of their names, so the
    order in the YAML does not matter.
    """
    point = int.from_bytes(hashlib.sha256(series_id.encode()).digest()[:8], "big") / 2**64
    reached = 0.0
    names = sorted(split)
    for name in names:
        reached += split[name]
        if point < reached:
            return name
    return names[-1]


class SelectedSeries:
    """A reader over those series of another one that ``where``, ``sample`` and ``split`` take."""

    def __init__(
        self,
        series: SeriesReader,
        *,
        where: SeriesWhere | None = None,
        sample: Sample | None = None,
        split: dict[str, float] | None = None,
        part: str | None = None,
    ) -> None:
        self._series = series
        self._fits = matcher(where)
        self._sample = sample
        self._split = split
        self._part = part
        self._chosen: frozenset[str] | None = None

    def __iter__(self) -> Iterator[Series]:
        """Yield the selected series in the order of the reader."""
        chosen = self._sampled()
        for series in self._series:
            name = series.row["series_id"]
            if chosen is not None and name not in chosen:
                continue
            if self._split is not None and self._part is not None and part_of(name, self._split) != self._part:
                continue
            if chosen is not None or self._fits(series):
                yield series

    def _sampled(self) -> frozenset[str] | None:
        if self._sample is None:
            return None
        if self._chosen is None:
            state = self._sample.random_state
            names: Iterator[str] = (s.row["series_id"] for s in self._series if self._fits(s))
            self._chosen = frozenset(heapq.nsmallest(self._sample.n, names, key=lambda n: sample_rank(n, state)))
        return self._chosen


def selected(series: SeriesReader, options: Any, *, part: str | None = None) -> SelectedSeries:
    """Return the series that a manifest's options take; with ``part`` those of one part of the split."""
    return SelectedSeries(series, where=options.where, sample=options.sample, split=options.split, part=part)
