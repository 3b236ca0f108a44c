"""The rule itself: which keys match, and what their series is."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa

from labelport.findings import Finding, finding
from labelport.series.contract import Built, RuleContext
from labelport.series.members import MEMBER_COLUMNS, item_row, series_row
from labelport.series.pattern.judging import STAGE, judged, tracks_of
from labelport.series.pattern.names import LATE_S, Name, NameReader
from labelport.series.pattern.numbers import gaps_of, shown_number
from labelport.series.pattern.options import TAKEN, PatternOptions
from labelport.series.pattern.ordering import Member, doubles_of, ordered

NOT_TAKEN, TOO_SLOW = "kind_not_taken", "too_slow"
"""Remarks on a row: it matches but has another kind; the expression took too long."""


class PatternRule:
    """Objects whose keys an expression names as one series, in the order of their numbers and versions."""

    name = "pattern"
    version = "2"
    columns = MEMBER_COLUMNS
    Options = PatternOptions

    def __init__(self, options: PatternOptions, context: RuleContext) -> None:
        self._options = options
        self._context = context
        self._reader = NameReader(options.match)

    def group(self, media: pa.RecordBatch) -> pa.Array:
        """Return what the group ``series`` holds, of rows that match and have the right kind."""
        return self.group_and_remark(media)[0]

    def group_and_remark(self, media: pa.RecordBatch) -> tuple[pa.Array, pa.Array]:
        """Return group keys, and a word on rows that were looked at and not taken; what ``finish`` counts."""
        keys: list[str | None] = []
        remarks: list[str | None] = []
        kinds = media.column("kind").to_pylist()
        for key, kind in zip(media.column("key").to_pylist(), kinds, strict=True):
            try:
                name = self._reader.read(key)
            except TimeoutError:
                keys.append(None)
                remarks.append(TOO_SLOW)
                continue
            taken = name is not None and kind in self._options.kinds
            keys.append(name.series if name is not None and taken else None)
            remarks.append(f"{NOT_TAKEN}:{kind}" if name is not None and not taken else None)
        return pa.array(keys, pa.string()), pa.array(remarks, pa.string())

    def refs(self, group_key: str) -> list[str]:  # noqa: ARG002 -- the contract of rules
        """Return nothing: the expression names all members."""
        return []

    def build(self, group_key: str, rows: pa.Table, context: pa.Table) -> Built:  # noqa: ARG002
        """Return the series of one group with what is odd about its numbers."""
        members, bad = ordered([(row, self._name(row)) for row in rows.to_pylist()], versions=self._options.versions)
        everyone = [*members, *bad]
        has_index = any(member.number is not None for member in members)
        has_version = any(member.name.version is not None for member in members)
        doubles = doubles_of(members) if has_index or has_version else []
        dropped = doubles if self._options.duplicates == "first" else []
        hidden = {member.key for member in dropped}
        kept = [member for member in everyone if member.key not in hidden]
        found = judged(members, bad, doubles, kept=kept, versions=self._options.versions)
        strides = sorted({gaps_of(numbers).stride for numbers in tracks_of(members).values()} - {1})
        series = series_row(
            self._context,
            self.name,
            group_key,
            kind="versions" if has_version and not has_index else "frames",
            members=[member.row for member in kept],
            items=len(kept),
            order_basis="index" if has_index else "natural",
            flags=[one.code.partition(".")[2] for one in found],
            attributes={"stride": ", ".join(map(shown_number, strides))} if strides else {},
        )
        name = series["series_id"]
        return Built([series], _items(name, kept, dropped), [replace(one, series_id=name) for one in found])

    def finish(self, counts: dict[str, int]) -> Sequence[Finding]:
        """Return what is odd about the expression as a whole."""
        found = []
        slow = counts.get(TOO_SLOW, 0)
        if slow:
            words = f"The expression takes longer than 50 ms on a key; not taken: {slow:,}."
            found.append(finding("pattern.too_slow", stage=STAGE, message=words, value=self._options.match, count=slow))
        others = {word.partition(":")[2]: n for word, n in sorted(counts.items()) if word.startswith(f"{NOT_TAKEN}:")}
        if others:
            listed = ", ".join(f"{n:,} {kind}" for kind, n in others.items())
            words = f"The expression matches, and the rule takes {', '.join(self._options.kinds)} only: {listed}."
            hint = (
                None
                if others.keys() <= TAKEN
                else "Narrow the expression ($ is its end), or leave them to other rules."
            )
            count = sum(others.values())
            found.append(
                finding("pattern.kind_not_taken", stage=STAGE, message=words, hint=hint, value=listed, count=count)
            )
        if counts.get("objects") and not counts.get("claimed") and not slow and not others:
            words = "The expression matches no object that the rules before it left over."
            hint = "Mend the expression: it is searched in the whole key below the prefix, and case counts."
            found.append(finding("pattern.no_match", stage=STAGE, message=words, hint=hint, value=self._options.match))
        return found

    def _name(self, row: Mapping[str, Any]) -> Name:
        name = self._reader.read(row["key"], timeout_s=LATE_S)
        assert name is not None, f"the expression took {row['key']!r} and does not match it any more"
        return name


def _items(series: str, kept: Sequence[Member], dropped: Sequence[Member]) -> list[dict[str, Any]]:
    items = []
    places: dict[object, int] = {}
    first_of: dict[object, int] = {}
    for index, member in enumerate(kept):
        places.setdefault(member.place, index)
        first = first_of.setdefault(member.image, index) if member.name.version is not None else index
        items.append(_item(series, index, "image", member, of_index=None if first == index else first))
    for index, member in enumerate(dropped):
        items.append(_item(series, index, "duplicate", member, of_index=places[member.place]))
    return items


def _item(series: str, index: int, role: str, member: Member, *, of_index: int | None) -> dict[str, Any]:
    return item_row(
        series,
        index,
        role,
        member.row,
        channel=member.name.camera,
        version=member.name.version,
        of_index=of_index,
        label_this=role == "image",
    )
