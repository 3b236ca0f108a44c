"""Which rule claims an object: the rules of a dataset in their order, over rows of media.

Looks at one row at a time, so what is said of a row never depends on which others were looked at.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.options import RuleOptions
from labelport.privacy import series_id
from labelport.registry import SERIES_RULES, plugins
from labelport.series.contract import Rule, RuleContext
from labelport.series.where import Admission, admission
from labelport.tables import CLAIMS, USABLE

IDENTITY = ("store", "key", "token")
LOOKED_AT = ("kind", "format", "status", "probe_version")
"""Columns that are read of every row, whatever the rules read."""

UNGROUPED = "ungrouped"
"""Remark on a usable row that no rule claims, with its kind: ``ungrouped:image``."""


@dataclass(frozen=True)
class PlacedRule:
    """A rule at its place in the settings."""

    position: int
    rule: Rule
    admission: Admission
    seed: bytes
    """Of the row hashes: other options, another version or another key rebuild all groups of the rule."""

    @property
    def place(self) -> str:
        """Return how claims name it: ``<position>:<name>``."""
        return f"{self.position}:{self.rule.name}"

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the media columns that ``build`` gets."""
        return tuple(dict.fromkeys([*IDENTITY, *self.rule.columns]))


@dataclass(frozen=True)
class Grouper:
    """The rules of a dataset in the order in which they are tried."""

    rules: tuple[PlacedRule, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Return all media columns that some rule reads."""
        named = [name for placed in self.rules for name in placed.columns]
        return tuple(dict.fromkeys([*IDENTITY, *LOOKED_AT, *named]))

    def claims(self, media: pa.Table) -> pa.Table:
        """Return a row of ``tables.CLAIMS`` for each row of media, in their order; words are plain text.

        Rows that no rule claims have the rule "" and the group "": remembered, they are not looked at
        again before they change.
        """
        rows = media.num_rows
        usable = pc.is_in(media["status"].cast(pa.string()), value_set=pa.array(USABLE))
        usable = usable.to_numpy().astype(bool) if rows else np.zeros(0, bool)
        rule_of = [""] * rows
        group_of = [""] * rows
        hash_of = [0] * rows
        remarks: list[list[str]] = [[] for _ in range(rows)]
        free = usable.copy()
        for placed in self.rules:
            places = np.flatnonzero(free & _admitted(placed.admission, media))
            if not len(places):
                continue
            offered = media.take(pa.array(places)).combine_chunks()
            keys, words = _grouped(placed.rule, offered)
            claimed = [row for row, key in enumerate(keys) if key is not None]
            hashes = row_hashes(offered.select(placed.columns[len(IDENTITY) :]), claimed, seed=placed.seed)
            for row, hashed in zip(claimed, hashes, strict=True):
                place = places[row]
                rule_of[place], group_of[place], hash_of[place] = placed.place, str(keys[row]), hashed
                free[place] = False
            for row, word in enumerate(words):
                if word is not None:
                    remarks[places[row]].append(f"{placed.position}:{word}")
        kinds = media["kind"].to_pylist()
        for place in np.flatnonzero(free):
            remarks[place].append(f"{UNGROUPED}:{kinds[place]}")
        return pa.table(
            {
                **{name: media[name] for name in IDENTITY},
                "rule": pa.array(rule_of, pa.string()),
                "group_key": pa.array(group_of, pa.string()),
                "row_hash": pa.array(hash_of, pa.uint64()),
                "status": media["status"].cast(pa.string()),
                "probe_version": media["probe_version"],
                "remarks": pa.array([" ".join(words) or None for words in remarks], pa.string()),
            }
        ).select(CLAIMS.schema.names)


def grouper_of(options: Sequence[RuleOptions], context: RuleContext) -> Grouper:
    """Return the rules that the settings name, made from their options; raises ``KeyError`` for an unknown one."""
    known = plugins(SERIES_RULES)
    return Grouper(
        tuple(placed_rule(number, known[given.rule], given, context) for number, given in enumerate(options))
    )


def placed_rule(position: int, kind: Any, options: RuleOptions, context: RuleContext) -> PlacedRule:
    """Return one rule made from its options."""
    made: Rule = kind(options, context)
    # The key of the project shows in ids only; so does the dataset's name.
    ids = series_id(dataset=context.dataset, rule=made.name, group_key="", key=context.hmac_key)
    seed = msgspec.msgpack.encode([made.version, options.model_dump_json(), ids])
    return PlacedRule(position, made, admission(options.where), hashlib.blake2b(seed, digest_size=16).digest())


def row_hashes(rows: pa.Table, places: Sequence[int], *, seed: bytes) -> list[int]:
    """Return 64 bits over all columns of some rows, the same in every process and on every machine."""
    taken = rows.take(pa.array(places, pa.int64()))
    columns = [taken.column(name).to_pylist() for name in taken.column_names]
    encode = msgspec.msgpack.Encoder().encode
    values = zip(*columns, strict=True) if columns else ((),) * len(places)
    return [
        int.from_bytes(hashlib.blake2b(encode(value), digest_size=8, key=seed).digest(), "little") for value in values
    ]


def group_name(rule: str, group_key: str) -> str:
    """Return how a group is named in findings and compared: ``<rule>:<group key>``, without the rule's position.

    Two rules of one name with one group key are one group here: they are always built together, so that
    ``series``, which knows no position, says which rows belong to it.
    """
    return f"{rule.partition(':')[2]}:{group_key}"


def _admitted(admitted: Admission, media: pa.Table) -> "np.ndarray[Any, np.dtype[np.bool_]]":
    mask = admitted.mask(media)
    if mask is None:
        return np.ones(media.num_rows, bool)
    return np.asarray(pc.fill_null(mask, False).to_numpy(zero_copy_only=False), bool)


def _grouped(rule: Rule, offered: pa.Table) -> tuple[list[str | None], list[str | None]]:
    """Return group keys, and remarks where the rule makes any (the method ``group_and_remark``)."""
    keys: list[str | None] = []
    words: list[str | None] = []
    remarking = getattr(rule, "group_and_remark", None)
    for batch in offered.to_batches():
        if remarking is None:
            keys += rule.group(batch).to_pylist()
            words += [None] * batch.num_rows
        else:
            named, remarked = remarking(batch)
            keys += named.to_pylist()
            words += remarked.to_pylist()
    if len(keys) != offered.num_rows:
        raise ValueError(f"the rule {rule.name} gave {len(keys)} group keys for {offered.num_rows} rows")
    return keys, words
