"""Which rule claims an object: the rules of a dataset in their order, over rows of media.

Looks at one row at a time, so what is said of a row never depends on which others were looked at: only on
which groups were founded (``labelport.series.founding``), where a rule has such.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.errors import SettingsError
from labelport.options import RuleOptions
from labelport.privacy import series_id
from labelport.registry import SERIES_RULES, plugins
from labelport.series.contract import Founding, Rule, RuleContext, Tabled, files_of
from labelport.series.hashes import Hashes, Mask, hashes_of, is_among
from labelport.series.joining import NO_VALUES, Joiner
from labelport.series.row_hashing import Words, row_hashes, with_words
from labelport.series.where import Admission, admission
from labelport.tables import CLAIMS, USABLE

IDENTITY = ("store", "key", "token")
LOOKED_AT = ("kind", "format", "status", "probe_version")
"""Columns that are read of every row, whatever the rules read."""

UNGROUPED = "ungrouped"
"""Remark on a usable row that no rule claims, with its kind: ``ungrouped:image``."""

FOUNDS = "founds"
"""Remark on a row that founded its group."""

Places: TypeAlias = np.ndarray[Any, np.dtype[np.int64]]

Founded: TypeAlias = Mapping[str, Hashes]
"""Names under which groups can be joined, as sorted hashes, by the place of the rule."""


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

    def said_of(self, group_keys: Sequence[str]) -> list[bytes]:
        """Return what the rule's table says of each group; empty where it has none."""
        if not isinstance(self.rule, Tabled):
            return [b""] * len(group_keys)
        said = {key: self.rule.said_of(key) for key in dict.fromkeys(group_keys)}
        return [said[key] for key in group_keys]


@dataclass(frozen=True)
class Grouper:
    """The rules of a dataset in the order in which they are tried, and what is joined to what they build."""

    rules: tuple[PlacedRule, ...]
    joiner: Joiner = NO_VALUES
    own: frozenset[str] = field(default=frozenset(), repr=False)
    """Keys of tables that the settings name: they are no media."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Return all media columns that some rule, or the joining, reads."""
        named = [name for placed in self.rules for name in placed.columns]
        return tuple(dict.fromkeys([*IDENTITY, *LOOKED_AT, *named, *self.joiner.columns]))

    def claims(self, media: pa.Table, founded: Founded | None = None) -> pa.Table:
        """Return a row of ``tables.CLAIMS`` for each row of media, in their order; words are plain text.

        Rows that no rule claims have the rule "" and the group "": remembered, they are not looked at
        again before they change.
        """
        rows = media.num_rows
        said = self.joiner.said_of(media["key"].to_pylist()) if self.joiner.table is not None else None
        # Of objects that no rule claims: they may be context.
        hashes = np.zeros(rows, np.uint64)
        if said is not None:
            hashes[:] = [int.from_bytes(word, "little") for word in said]
        places_of = np.zeros(rows, np.int64)
        groups: list[pa.Array] = [pa.array([""], pa.string())]
        rules = np.zeros(rows, np.int64)
        remarks: dict[int, list[str]] = {}
        free = self._usable(media)
        known = 1
        for number, placed in enumerate(self.rules, start=1):
            places = np.flatnonzero(free & _admitted(placed.admission, media))
            if not len(places):
                continue
            offered = media if len(places) == rows else media.take(pa.array(places))
            keys, words = _grouped(placed.rule, offered.combine_chunks(), (founded or {}).get(placed.place))
            for row, word in words.items():
                remarks.setdefault(int(places[row]), []).append(f"{placed.position}:{word}")
            claimed = np.flatnonzero(pc.is_valid(keys).to_numpy(zero_copy_only=False))
            if not len(claimed):
                continue
            mine = places[claimed]
            groups.append(keys)
            places_of[mine] = known + claimed
            known += len(keys)
            rules[mine] = number
            hashes[mine] = self._hashes(
                placed, offered, claimed, keys, None if said is None else [said[at] for at in mine]
            )
            free[mine] = False
        unclaimed = np.flatnonzero(free)
        for place, kind in zip(unclaimed.tolist(), media["kind"].take(pa.array(unclaimed)).to_pylist(), strict=True):
            remarks.setdefault(place, []).append(f"{UNGROUPED}:{kind}")
        noted = (
            [" ".join(remarks[row]) if row in remarks else None for row in range(rows)] if remarks else [None] * rows
        )
        return pa.table(
            {
                **{name: media[name] for name in IDENTITY},
                "rule": pa.array(["", *(placed.place for placed in self.rules)]).take(pa.array(rules)),
                "group_key": pa.concat_arrays(groups).take(pa.array(places_of)),
                "row_hash": pa.array(hashes),
                "status": media["status"].cast(pa.string()),
                "probe_version": media["probe_version"],
                "remarks": pa.array(noted, pa.string()),
            }
        ).select(CLAIMS.schema.names)

    def _hashes(
        self, placed: PlacedRule, offered: pa.Table, claimed: Places, keys: pa.Array, joined: list[bytes] | None
    ) -> Words:
        """Return the row hashes of what a rule claims; ``joined``: what is joined to each of these rows."""
        columns = tuple(dict.fromkeys([*placed.columns[len(IDENTITY) :], *self.joiner.columns]))
        taken = offered.select(columns)
        if len(claimed) < offered.num_rows:
            taken = taken.take(pa.array(claimed))
        hashes = row_hashes(taken, seed=placed.seed)
        listed = placed.said_of(keys.take(pa.array(claimed)).to_pylist()) if isinstance(placed.rule, Tabled) else None
        if listed is None and joined is None:
            return hashes
        nothing = [b""] * len(claimed)
        return with_words(hashes, list(zip(listed or nothing, joined or nothing, strict=True)))

    def _usable(self, media: pa.Table) -> Mask:
        usable = pc.is_in(media["status"].cast(pa.string()), value_set=pa.array(USABLE))
        if self.own:
            usable = pc.and_(usable, pc.invert(pc.is_in(media["key"], value_set=pa.array(sorted(self.own)))))
        return usable.to_numpy().astype(bool) if media.num_rows else np.zeros(0, bool)


def grouper_of(options: Sequence[RuleOptions], context: RuleContext, joiner: Joiner = NO_VALUES) -> Grouper:
    """Return the rules that the settings name, made from their options.

    Raises ``KeyError`` for an unknown rule, ``SettingsError`` where the table of one cannot be used.
    """
    known = plugins(SERIES_RULES)
    placed = []
    for number, given in enumerate(options):
        here = replace(context, later=tuple(options[number + 1 :]))
        placed.append(placed_rule(number, known[given.rule], given, here))
    own = {path for given in options for path in files_of(given)} | set(joiner.files)
    return Grouper(tuple(placed), joiner, frozenset(own))


def placed_rule(position: int, kind: Any, options: RuleOptions, context: RuleContext) -> PlacedRule:
    """Return one rule made from its options."""
    try:
        made: Rule = kind(options, context)
    except SettingsError as error:
        raise SettingsError(f"series rule {position + 1} ({options.rule}): {error}") from error
    # The key of the project shows in ids only; so does the dataset's name.
    ids = series_id(dataset=context.dataset, rule=made.name, group_key="", key=context.hmac_key)
    seed = msgspec.msgpack.encode([made.version, options.model_dump_json(), ids])
    return PlacedRule(position, made, admission(options.where), hashlib.blake2b(seed, digest_size=16).digest())


def group_name(rule: str, group_key: str) -> str:
    """Return how a group is named in findings and compared: ``<rule>:<group key>``, without the rule's position.

    Two rules of one name with one group key are one group here: they are always built together, so that
    ``series``, which knows no position, says which rows belong to it.
    """
    return f"{rule.partition(':')[2]}:{group_key}"


def _admitted(admitted: Admission, media: pa.Table) -> Mask:
    mask = admitted.mask(media)
    if mask is None:
        return np.ones(media.num_rows, bool)
    return np.asarray(pc.fill_null(mask, False).to_numpy(zero_copy_only=False), bool)


def _grouped(rule: Rule, offered: pa.Table, founded: Hashes | None) -> tuple[pa.Array, dict[int, str]]:
    """Return group keys, and remarks by row where the rule makes any (the method ``group_and_remark``)."""
    keys: list[pa.Array] = []
    words: dict[int, str] = {}
    remarking = getattr(rule, "group_and_remark", None)
    start = 0
    for batch in offered.to_batches():
        if remarking is not None:
            named, remarked = remarking(batch)
            words |= {start + row: word for row, word in enumerate(remarked.to_pylist()) if word is not None}
        else:
            named = rule.group(batch)
            if isinstance(rule, Founding):
                own = named.to_pylist()
                words |= {start + row: FOUNDS for row, key in enumerate(own) if key is not None}
                named = pa.array(_joining(rule, batch, own, founded), pa.string())
        start += batch.num_rows
        keys.append(named.cast(pa.string()))
    whole = pa.concat_arrays([pa.array([], pa.string()), *keys])
    if len(whole) != offered.num_rows:
        raise ValueError(f"the rule {rule.name} gave {len(whole)} group keys for {offered.num_rows} rows")
    return whole, words


def _joining(
    rule: Founding, batch: pa.RecordBatch, keys: Sequence[str | None], founded: Hashes | None
) -> list[str | None]:
    """Return the group keys of founding rows, and of those that seek a group that was founded."""
    if founded is None or not len(founded):
        return list(keys)
    sought = [names if key is None else () for key, names in zip(keys, rule.sought(batch), strict=True)]
    flat = [name for names in sought for name in names]
    there = {name for name, known in zip(flat, is_among(hashes_of(flat), founded).tolist(), strict=True) if known}
    first = [next((name for name in names if name in there), None) for names in sought]
    return [key if name is None else rule.joined(name) for key, name in zip(keys, first, strict=True)]
