"""Groups given to their rules, and what comes back as rows of the catalogue."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa

from labelport.findings import Finding, finding, findings_table
from labelport.privacy import plain, shown_key
from labelport.series.contract import Built
from labelport.series.gathering import Group
from labelport.series.grouping import Grouper, PlacedRule, group_name
from labelport.series.plain import Tables, plain_schema, plain_table
from labelport.series.whole import STAGE
from labelport.tables import FINDINGS, MEDIA

LARGE_GROUP = 200_000
BLOCK_ROWS = 4_096
"""Rows of groups whose context is looked up at once: one group after the other would open shards for each."""

PLAIN_FINDINGS = plain_schema(FINDINGS)


def built_groups(groups: Iterator[Group], media: Tables, grouper: Grouper) -> Iterator[tuple[Group, Built]]:
    """Yield what each group is, findings named for their group."""
    held: list[Group] = []
    rows = 0
    for group in groups:
        held.append(group)
        rows += group.rows.num_rows
        if rows >= BLOCK_ROWS:
            yield from _block(held, media, grouper)
            held, rows = [], 0
    yield from _block(held, media, grouper)


def named_findings(group: Group, built: Built) -> pa.Table:
    """Return the findings of one group as rows; no other group can have rows of their keys.

    A finding that is about no member has the series, or the group, in its pointer.
    """
    if not built.findings:
        return plain_table([], PLAIN_FINDINGS)
    members = set(group.rows["key"].to_pylist())
    own = f"{group.rule}:{group.group_key}"
    table = findings_table(found if found.file in members else _pointed(found, own) for found in built.findings)
    rows = plain_table(table, PLAIN_FINDINGS)
    at = rows.schema.get_field_index("of_group")
    return rows.set_column(
        at, PLAIN_FINDINGS.field(at), pa.repeat(group_name(group.rule, group.group_key), rows.num_rows)
    )


def _pointed(found: Finding, own: str) -> Finding:
    about = found.series_id or own
    if found.pointer.startswith(about):
        return found
    return replace(found, pointer=" ".join(filter(None, [about, found.pointer])))


def _block(groups: Sequence[Group], media: Tables, grouper: Grouper) -> Iterator[tuple[Group, Built]]:
    placed = {one.place: one for one in grouper.rules}
    refs = [_refs(group, placed[group.rule]) for group in groups]
    contexts = _Contexts(media, sorted({key for keys in refs for key in keys}), placed)
    for group, keys in zip(groups, refs, strict=True):
        rule = placed[group.rule]
        built = rule.rule.build(group.group_key, group.rows.select(rule.columns), contexts.of(rule, keys))
        _refuse_strangers(built, rule, group)
        built = grouper.joiner.joined(built, group.rows)
        if group.rows.num_rows > LARGE_GROUP:
            built = replace(built, findings=[*built.findings, _large(group)])
        yield group, built


def _refs(group: Group, placed: PlacedRule) -> list[str]:
    keys = placed.rule.refs(group.group_key)
    if not keys:
        return []
    own = set(group.rows["key"].to_pylist())
    return [key for key in keys if key not in own]


class _Contexts:
    """Media rows that groups show as context, looked up together."""

    def __init__(self, media: Tables, keys: Sequence[str], placed: dict[str, PlacedRule]) -> None:
        columns = tuple(dict.fromkeys(name for one in placed.values() for name in one.columns))
        self._rows = plain_table([], plain_schema(MEDIA, columns))
        if keys:
            wanted = pa.table({"store": pa.repeat("raw", len(keys)), "key": pa.array(keys, pa.string())})
            self._rows = plain_table(media.lookup("media", wanted, columns=columns), self._rows.schema)
        self._places = {key: place for place, key in enumerate(self._rows["key"].to_pylist())}

    def of(self, placed: PlacedRule, keys: Sequence[str]) -> pa.Table:
        """Return the rows of these keys that are there, in key order."""
        places = sorted({self._places[key] for key in keys if key in self._places})
        rows = self._rows.select(placed.columns)
        return rows.take(pa.array(places, pa.int64())) if places else rows.slice(0, 0)


def _refuse_strangers(built: Built, placed: PlacedRule, group: Group) -> None:
    """Raise where a rule gives series of another group: the next run could not find them again."""
    for row in built.series:
        given: tuple[Any, Any] = (row["rule"], row["group_key"])
        if given != (placed.rule.name, group.group_key):
            shown = plain(shown_key(group.group_key, "auto"))
            raise ValueError(
                f"the rule {placed.rule.name} built a series of another rule or group for the group {shown}"
            )


def _large(group: Group) -> Finding:
    count = group.rows.num_rows
    words = f"The rule {group.rule} puts {count:,} objects into one group."
    return finding("series.group_large", stage=STAGE, message=words, value=str(count))
