"""Rows and stages that the tests of the catalogue are told with."""

from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from labelport.catalogue.draft import Draft
from labelport.catalogue.generation import Generation
from labelport.catalogue.stage import Stage
from labelport.tables import FINDINGS, INVENTORY, ITEMS, MEDIA, TABLES, Table

WORDS = Table(
    "words",
    pa.schema(
        [
            pa.field("word", pa.string(), nullable=False),
            pa.field("number", pa.int32(), nullable=False),
            pa.field("value", pa.int64()),
            pa.field("mood", pa.dictionary(pa.int32(), pa.string())),
        ]
    ),
    ("word", "number"),
)
"""A small table with a key of two columns."""

SCHEMAS = {**TABLES, WORDS.name: WORDS}


def words(rows: Mapping[tuple[str, int], int] | Iterable[tuple[str, int]]) -> pa.Table:
    """Return rows of ``WORDS`` in the order of their keys; the value and a mood that follows from it."""
    given = dict(rows) if isinstance(rows, Mapping) else dict.fromkeys(rows, 0)
    in_order = sorted(given, key=lambda key: (key[0].encode(), key[1]))
    return pa.Table.from_pylist(
        [{"word": w, "number": n, "value": given[w, n], "mood": ("glad", "sad")[given[w, n] % 2]} for w, n in in_order],
        schema=WORDS.schema,
    )


def inventory(objects: Mapping[str, str]) -> pa.Table:
    """Return rows of ``INVENTORY`` from tokens by key."""
    in_order = sorted(objects, key=str.encode)
    return pa.Table.from_pylist([{"key": k, "size": len(k), "token": objects[k]} for k in in_order], INVENTORY.schema)


def numbered(numbers: Iterable[int], *, token: str = "t") -> pa.Table:
    """Return rows of ``INVENTORY`` with keys ``k00007``."""
    return inventory({f"k{number:05d}": token for number in numbers})


def media(keys: Iterable[str], **values: Any) -> pa.Table:
    """Return rows of ``MEDIA``."""
    row = {"store": "raw", "token": "t", "kind": "image", "status": "ok", "probe_version": "1", "size": 1, **values}
    return pa.Table.from_pylist([{**row, "key": key} for key in keys], schema=MEDIA.schema)


def items(series: Mapping[str, int]) -> pa.Table:
    """Return rows of ``ITEMS``: so many items of each series."""
    return pa.Table.from_pylist(
        [
            {"series_id": name, "index": index, "role": "image", "store": "raw", "key": f"{index}", "label_this": True}
            for name in sorted(series)
            for index in range(series[name])
        ],
        schema=ITEMS.schema,
    )


def sealed(draft: Draft, *, inputs: Mapping[str, str] | None = None) -> Generation:
    """Seal a draft with a stamp that says nothing."""
    return draft.seal(inputs=inputs or {}, code_version="1", settings_hash="s")


def publish(stage: Stage, table: str, rows: pa.Table) -> Generation:
    """Write a table anew and publish it."""
    draft = stage.draft(stage.current())
    draft.write(table, [rows])
    draft.write("findings", [FINDINGS.empty()])
    sealed(draft)
    return draft.publish()


def change(stage: Stage, table: str, *, upserts: pa.Table | None = None, deletes: pa.Table | None = None) -> Generation:
    """Update a table and publish it."""
    draft = stage.draft(stage.require())
    draft.update(
        table,
        upserts=[] if upserts is None else [upserts],
        deletes=[] if deletes is None else [deletes],
    )
    draft.keep("findings")
    sealed(draft)
    return draft.publish()


def keys_of(generation: Generation, table: str = "inventory") -> list[str]:
    """Return the keys that a reader sees."""
    return [key for batch in generation.batches(table, columns=["key"]) for key in batch.column("key").to_pylist()]


def shard_sizes(generation: Generation, table: str = "inventory") -> list[int]:
    """Return the rows of each shard."""
    return [shard.rows for shard in generation.shards(table).shards]
