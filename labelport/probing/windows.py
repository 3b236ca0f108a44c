"""Two streams that are sorted by the same key, read side by side in bounded memory."""

from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.compute as pc


class Window:
    """A stream sorted by ``key`` that is read as far as somebody else has come."""

    def __init__(self, batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> None:
        self._batches = iter(batches)
        self._schema = schema
        self._rest: pa.RecordBatch | None = None

    def upto(self, key: str) -> pa.Table:
        """Return the rows not given yet whose key is not above ``key``."""
        taken: list[pa.RecordBatch] = []
        while (batch := self._rest or next(self._batches, None)) is not None:
            self._rest = None
            if not batch.num_rows:
                continue
            count = pc.sum(pc.less_equal(batch.column("key"), key)).as_py()
            taken.append(batch.slice(0, count))
            if count < batch.num_rows:
                self._rest = batch.slice(count)
                break
        return pa.Table.from_batches(taken) if taken else self._schema.empty_table()


def without(batches: Iterable[pa.RecordBatch], keys: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a sorted stream whose key is not in another one."""
    others = Window(keys, pa.schema([("key", pa.string())]))
    for batch in batches:
        if batch.num_rows:
            near = others.upto(batch.column("key")[-1].as_py())
            left = pc.invert(pc.is_in(batch.column("key"), value_set=near["key"]))
            yield batch.filter(left)
