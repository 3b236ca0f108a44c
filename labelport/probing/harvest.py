"""Probing what is to be done: through the runner, parked as it arrives, given on in key order."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain

import pyarrow as pa
import pyarrow.compute as pc

from labelport.catalogue.merge import merge_sorted
from labelport.catalogue.parked import Parked
from labelport.probing.extensions import extension_of
from labelport.probing.shard import GONE
from labelport.probing.todo import LISTED, RETRIED, WANTED, transient
from labelport.probing.versions import DIED, outdated
from labelport.probing.windows import Window
from labelport.progress import Progress
from labelport.runners.contract import Death, Runner, Shard, ShardResult, Work
from labelport.storage.runs import SetAside, sorted_runs
from labelport.tables import MEDIA

SHARD_ROWS = 256
"""Objects of a shard: what a killed run may lose for each worker, and what a dead worker repeats."""


def _plain(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


PLAIN = pa.schema([field.with_type(_plain(field.type)) for field in MEDIA.schema])
"""Media without dictionaries: batches of different dictionaries cannot lie in one Arrow file."""


LISTED_NONE = pa.RecordBatch.from_pylist([], schema=LISTED)


@dataclass
class Harvest:
    """What a run brought in."""

    probed: int = 0
    resumed: int = 0
    pending: int = 0
    """Rows that the next run makes again."""

    requests: int = 0
    bytes_read: int = 0


@dataclass(frozen=True)
class _Block:
    """Up to ``SHARD_ROWS`` neighbours of the todo list."""

    todo: pa.Table
    resumed: pa.Table
    """Rows of media that were parked."""

    run: pa.RecordBatch
    """The others, as workers take them."""


@contextmanager
def parked_rows(parked: Parked, versions: Mapping[str, str]) -> Iterator[Window]:
    """Give the rows that an earlier run parked and that still hold, sorted by key.

    Rows of another probe version are left out here, those of another token by whoever takes them.
    """
    with sorted_runs(_holding(parked, versions), schema=PLAIN, key=MEDIA.key, rows=20_000) as runs:
        yield Window(merge_sorted(runs, MEDIA.key) if runs else iter(()), PLAIN)


def _holding(parked: Parked, versions: Mapping[str, str]) -> Iterator[pa.RecordBatch]:
    for table in parked.batches():
        if not set(PLAIN.names) <= set(table.schema.names):
            continue  # parked by another version of Labelport
        left = pc.or_(outdated(table["probe_version"], versions), transient(table))
        yield from table.filter(pc.invert(left)).select(PLAIN.names).cast(PLAIN).to_batches()


class Harvester:
    """Runs the blocks of a todo list; see ``bring_in``."""

    def __init__(
        self,
        work: Work,
        runner: Callable[[], Runner],
        parked: Parked,
        *,
        give: Callable[[pa.Table], None],
        versions: Mapping[str, str],
        late: Mapping[str, str],
        total: int,
        progress: Progress,
    ) -> None:
        self.harvest = Harvest()
        self._work = work
        self._runner = runner
        self._parked = parked
        self._give = give
        self._versions = versions
        self._late = late
        self._total = total
        self._progress = progress
        self._blocks: dict[int, _Block] = {}
        self._ready: dict[int, pa.Table] = {}
        self._following = 0

    def bring_in(self, wanted: SetAside) -> Harvest:
        """Probe what is wanted; a row for each object goes to ``give``, in key order.

        What an earlier run parked under the same token and probe version is taken over. No runner is
        made where that is all.
        """
        with parked_rows(self._parked, self._versions) as resumable:
            shards = self._shards(wanted, resumable)
            first = next(shards, None)
            if first is not None:
                runner = self._runner()
                try:
                    for result in runner.map(self._work, chain([first], shards)):
                        self._take(result)
                finally:
                    runner.close()
        assert not self._blocks
        assert not self._ready
        return self.harvest

    def _shards(self, wanted: SetAside, resumable: Window) -> Iterator[Shard]:
        """Yield what is to be run of each block; a block of parked rows alone is ready at once."""
        number = 0
        for batch in wanted.batches():
            for start in range(0, batch.num_rows, SHARD_ROWS):
                todo = pa.Table.from_batches([batch.slice(start, SHARD_ROWS)], schema=WANTED)
                near = resumable.upto(todo["key"][-1].as_py())
                block = _block(todo, near)
                self.harvest.resumed += block.resumed.num_rows
                if block.run.num_rows:
                    self._blocks[number] = block
                    yield Shard(number, block.run)
                else:
                    self._end(number, block.resumed)
                number += 1

    def _take(self, result: ShardResult) -> None:
        block = self._blocks.pop(result.number)
        rows = [_died(block, death, self._late, self._versions) for death in result.deaths]
        made = pa.Table.from_pylist(rows, schema=PLAIN)
        if result.survivors:
            made = pa.concat_tables([result.rows.select(PLAIN.names).cast(PLAIN), made])
        self._parked.park(made)
        self.harvest.probed += made.num_rows
        self.harvest.requests += pc.sum(made["probe_requests"]).as_py() or 0
        self.harvest.bytes_read += pc.sum(made["probe_bytes"]).as_py() or 0
        gone = _gone(made, block.todo)
        self.harvest.pending += pc.sum(transient(made)).as_py() or 0
        self._end(result.number, pa.concat_tables([block.resumed, made.filter(pc.invert(gone))]))

    def _end(self, number: int, rows: pa.Table) -> None:
        self._ready[number] = rows.sort_by("key")
        while self._following in self._ready:
            self._give(self._ready.pop(self._following))
            self._following += 1
        self._progress("probing", self.harvest.probed + self.harvest.resumed, self._total)


def _block(todo: pa.Table, parked: pa.Table) -> _Block:
    """Split neighbours into those that are parked under their token, and those to be run."""
    tokens = dict(zip(todo["key"].to_pylist(), todo["token"].to_pylist(), strict=True))
    held: dict[str, int] = {}
    for row, (key, token) in enumerate(zip(parked["key"].to_pylist(), parked["token"].to_pylist(), strict=True)):
        if tokens.get(key) == token:
            held[key] = row
    resumed = parked.take(pa.array(held.values(), pa.int64()))
    left = pc.invert(pc.is_in(todo["key"], value_set=pa.array(held, pa.string())))
    (run,) = todo.filter(left).select(LISTED.names).combine_chunks().to_batches() or [LISTED_NONE]
    return _Block(todo, resumed, run)


def _gone(made: pa.Table, todo: pa.Table) -> pa.ChunkedArray:
    """Return which rows are of objects that were deleted meanwhile and were never in the catalogue.

    One that was stays as ``changed`` until the inventory has lost it as well.
    """
    known = set(todo.filter(todo["known"])["key"].to_pylist())
    rows = zip(made["key"].to_pylist(), made["flags"].to_pylist(), strict=True)
    return pa.chunked_array([pa.array([GONE in (flags or ()) and key not in known for key, flags in rows], pa.bool_())])


def _died(block: _Block, death: Death, late: Mapping[str, str], versions: Mapping[str, str]) -> dict[str, object]:
    """Return the row of an object that killed its worker."""
    listed = block.run.slice(death.row, 1).to_pylist()[0]
    again = death.reason == "deadline" and late.get(listed["key"]) == listed["token"]
    return {
        **listed,
        "kind": "unknown",
        "extension": extension_of(listed["key"]),
        "extension_mismatch": False,
        "status": death.reason,
        "error": f"Reading was stopped: {death.detail}.",
        "flags": [RETRIED] if again else [],
        "probe_version": versions[DIED],
    }
