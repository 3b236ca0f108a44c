"""What is to be probed: the inventory against the rows that are there."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import pyarrow as pa
import pyarrow.compute as pc

from labelport.catalogue.generation import Generation
from labelport.catalogue.merge import diff
from labelport.probing.shard import TRANSIENT
from labelport.probing.versions import outdated
from labelport.storage.runs import SetAside, set_aside
from labelport.tables import MEDIA

RETRIED = "retried"
"""Flag of a row that missed its deadline twice under one token: it stays."""

LISTED = pa.schema(
    [
        pa.field("store", pa.string(), nullable=False),
        pa.field("key", pa.string(), nullable=False),
        pa.field("token", pa.string(), nullable=False),
        pa.field("size", pa.int64(), nullable=False),
    ]
)
"""A listed object, as workers take it."""

WANTED = LISTED.append(pa.field("known", pa.bool_(), nullable=False))
"""``known``: there is a row of it already, to be replaced."""

KEYS = pa.schema([MEDIA.schema.field("store"), MEDIA.schema.field("key")])

_AGAIN = ""
"""Stands for the token of rows that are to be made again; no object has it."""


@dataclass
class Todo:
    """What is to be done, set aside in key order. A context: its files end with it."""

    wanted: SetAside
    """Rows of ``WANTED``."""

    vanished: SetAside
    """Keys of rows whose object is gone."""

    vanished_too: SetAside
    """The same: what is set aside is read once, and both media and findings lose these rows."""

    _stack: ExitStack
    added: int = 0
    changed: int = 0
    deleted: int = 0
    kept: int = 0
    left: int = 0
    """Beyond ``limits.max_probes_per_run``."""

    late: dict[str, str] = field(default_factory=dict)
    """Tokens of rows that missed their deadline once, by key."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()


def todo_of(
    inventory: Generation, live: Generation | None, *, versions: Mapping[str, str], limit: int | None = None
) -> Todo:
    """Compare inventory and media: new, overwritten, outdated and transient rows are to be done."""
    stack = ExitStack()
    todo = Todo(
        stack.enter_context(set_aside(schema=WANTED)),
        stack.enter_context(set_aside(schema=KEYS)),
        stack.enter_context(set_aside(schema=KEYS)),
        stack,
    )
    try:
        for part in diff(_old(live, versions, todo.late), _new(inventory), key=MEDIA.key, compare=("token",)):
            todo.added += part.added.num_rows
            todo.changed += part.changed.num_rows
            todo.deleted += part.deleted.num_rows
            todo.kept += part.same
            rows = pa.concat_tables([_todo(part.added, known=False), _todo(part.changed, known=True)]).sort_by("key")
            room = rows.num_rows if limit is None else max(0, min(rows.num_rows, limit - todo.wanted.num_rows))
            todo.left += rows.num_rows - room
            todo.wanted.add(rows.slice(0, room))
            if part.deleted.num_rows:
                todo.vanished.add(part.deleted.select(KEYS.names).cast(KEYS))
                todo.vanished_too.add(part.deleted.select(KEYS.names).cast(KEYS))
    except BaseException:
        stack.close()
        raise
    return todo


def transient(media: pa.RecordBatch | pa.Table) -> pa.Array | pa.ChunkedArray:
    """Return which rows the next run makes again: changed meanwhile, unreadable store, late for the first time."""
    status = media["status"].cast(pa.string())
    return pc.or_(
        pc.equal(status, "changed"),
        pc.or_(_flagged(media, TRANSIENT), pc.and_(pc.equal(status, "deadline"), pc.invert(_flagged(media, RETRIED)))),
    )


def _flagged(media: pa.RecordBatch | pa.Table, flag: str) -> pa.Array:
    """Return which rows have a flag."""
    flags = [flag in (given or ()) for given in media["flags"].to_pylist()]
    return pa.array(flags, pa.bool_())


def _old(live: Generation | None, versions: Mapping[str, str], late: dict[str, str]) -> Iterator[pa.RecordBatch]:
    """Yield keys and tokens of the rows that are there; a row that is to be made again has no token."""
    if live is None:
        return
    columns = ["store", "key", "token", "status", "flags", "probe_version"]
    for batch in live.batches("media", columns=columns):
        missed = batch.filter(pc.and_(pc.equal(batch["status"].cast(pa.string()), "deadline"), transient(batch)))
        late.update(zip(missed["key"].to_pylist(), missed["token"].to_pylist(), strict=True))
        again = pc.or_(transient(batch), outdated(batch["probe_version"], versions))
        token = pc.if_else(again, _AGAIN, batch["token"])
        yield pa.record_batch([batch["store"], batch["key"], token], names=["store", "key", "token"])


def _new(inventory: Generation) -> Iterator[pa.RecordBatch]:
    for batch in inventory.batches("inventory", columns=["key", "token", "size"]):
        store = pa.repeat("raw", batch.num_rows)
        yield pa.record_batch([store, batch["key"], batch["token"], batch["size"]], schema=LISTED)


def _todo(rows: pa.Table, *, known: bool) -> pa.Table:
    if not rows.num_rows:
        return WANTED.empty_table()
    given = rows.select(LISTED.names).cast(LISTED)
    return given.append_column(WANTED.field("known"), pa.repeat(known, rows.num_rows)).cast(WANTED)
