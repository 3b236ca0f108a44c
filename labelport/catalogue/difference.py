"""What is new, changed and gone against the live inventory."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pyarrow as pa

from labelport.catalogue.merge import diff
from labelport.storage.listing import EXAMPLES
from labelport.storage.runs import set_aside
from labelport.tables import INVENTORY

KEYS = pa.schema([INVENTORY.schema.field("key")])


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What a listing or a drain changes."""

    upserts: Iterator[pa.RecordBatch]
    """Rows of new and changed objects in the order of their keys; read once."""

    deletes: Iterator[pa.RecordBatch]
    """Keys that are gone, in their order; read once."""

    added: int = 0
    changed: int = 0
    deleted: int = 0
    same: int = 0
    removed_examples: tuple[str, ...] = ()

    @property
    def any(self) -> bool:
        """Return whether anything differs."""
        return bool(self.added or self.changed or self.deleted)


def compared(old: Iterator[pa.RecordBatch], new: Iterator[pa.RecordBatch], *, place: ExitStack) -> Changes:
    """Compare rows of ``tables.INVENTORY``, both sides sorted with strictly increasing keys.

    Changed is what has another token. Rows and keys are set aside in ``place``, beyond 100,000 in files.
    """
    upserts = place.enter_context(set_aside(schema=INVENTORY.schema))
    deletes = place.enter_context(set_aside(schema=KEYS))
    added = changed = deleted = same = 0
    examples: list[str] = []
    for part in diff(old, new, key=INVENTORY.key, compare=("token",)):
        fresh = pa.concat_tables([part.added, part.changed]).select(INVENTORY.schema.names)
        upserts.add(fresh.sort_by("key").cast(INVENTORY.schema))
        deletes.add(part.deleted.select(["key"]).cast(KEYS))
        if len(examples) < EXAMPLES:
            examples += part.deleted["key"].slice(0, EXAMPLES - len(examples)).to_pylist()
        added += part.added.num_rows
        changed += part.changed.num_rows
        deleted += part.deleted.num_rows
        same += part.same
    return Changes(
        upserts=upserts.batches(),
        deletes=deletes.batches(),
        added=added,
        changed=changed,
        deleted=deleted,
        same=same,
        removed_examples=tuple(examples),
    )
