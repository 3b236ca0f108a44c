"""Groups given to their rules, and what comes back as rows of the catalogue."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pyarrow as pa

from labelport.findings import Finding, finding, findings_table
from labelport.privacy import plain, shown_key
from labelport.series.contract import Blockwise, Built
from labelport.series.gathering import Block, Group
from labelport.series.grouping import Grouper, PlacedRule, group_name
from labelport.series.plain import Tables, plain_schema, plain_table
from labelport.series.whole import STAGE
from labelport.tables import FINDINGS, MEDIA

LARGE_GROUP = 200_000

PLAIN_FINDINGS = plain_schema(FINDINGS)


def built_groups(blocks: Iterator[Block], media: Tables, grouper: Grouper) -> Iterator[tuple[Group, Built]]:
    """Yield what each group is, with what is joined to it."""
    placed = {one.place: one for one in grouper.rules}
    for block in blocks:
        rule = placed[block.rule]
        for group, built in zip(block.groups(), _built(block, media, rule), strict=True):
            _refuse_strangers(built, rule, group)
            whole = grouper.joiner.joined(built.in_rows() if grouper.joiner.table else built, group.rows)
            if group.rows.num_rows > LARGE_GROUP:
                whole = replace(whole, findings=[*whole.findings, _large(group)])
            yield group, whole


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


def _built(block: Block, media: Tables, placed: PlacedRule) -> Iterable[Built]:
    if isinstance(placed.rule, Blockwise):
        sizes = [end - start for start, end in pairwise(block.starts)]
        return placed.rule.build_block(
            list(zip(block.group_keys, sizes, strict=True)), block.rows.select(placed.columns)
        )
    return _one_by_one(block, media, placed)


def _one_by_one(block: Block, media: Tables, placed: PlacedRule) -> Iterator[Built]:
    refs = [_refs(group, placed) for group in block.groups()]
    # All at once: one group after the other would open shards for each.
    context = _Context(media, sorted({key for keys in refs for key in keys}), placed)
    for group, keys in zip(block.groups(), refs, strict=True):
        yield placed.rule.build(group.group_key, group.rows.select(placed.columns), context.of(keys))


def _refs(group: Group, placed: PlacedRule) -> list[str]:
    keys = placed.rule.refs(group.group_key)
    if not keys:
        return []
    own = set(group.rows["key"].to_pylist())
    return [key for key in keys if key not in own]


class _Context:
    """Media rows that groups show as context, looked up together."""

    def __init__(self, media: Tables, keys: Sequence[str], placed: PlacedRule) -> None:
        self._rows = plain_table([], plain_schema(MEDIA, placed.columns))
        if keys:
            wanted = pa.table({"store": pa.repeat("raw", len(keys)), "key": pa.array(keys, pa.string())})
            self._rows = plain_table(media.lookup("media", wanted, columns=placed.columns), self._rows.schema)
        self._places = {key: place for place, key in enumerate(self._rows["key"].to_pylist())}

    def of(self, keys: Sequence[str]) -> pa.Table:
        """Return the rows of these keys that are there, in key order."""
        places = sorted({self._places[key] for key in keys if key in self._places})
        if not places or places[-1] - places[0] + 1 == len(places):  # a slice copies nothing
            return self._rows.slice(places[0] if places else 0, len(places))
        return self._rows.take(pa.array(places, pa.int64()))


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
