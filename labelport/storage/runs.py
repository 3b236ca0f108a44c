"""Tables larger than memory: sorted runs in temporary files, and rows set aside until they are needed."""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pyarrow as pa

BATCH_ROWS = 10_000
"""Rows of a batch that is read back."""

RUN_ROWS = 100_000
"""Rows sorted at once, some 15 MB of an inventory."""


@contextmanager
def sorted_runs(
    batches: Iterable[pa.RecordBatch], *, schema: pa.Schema, key: Sequence[str], rows: int = RUN_ROWS
) -> Iterator[list[Iterator[pa.RecordBatch]]]:
    """Give the batches as runs, each sorted by ``key`` (text by its UTF-8 bytes), for one merge.

    The last run is kept in memory, the others are temporary files, which end with the context.
    """
    order = [(name, "ascending") for name in key]
    with ExitStack() as stack:
        folder: Path | None = None
        paths: list[Path] = []
        held: pa.Table | None = None
        for gathered in _gathered(batches, schema, rows):
            if held is not None:
                folder = folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="labelport-")))
                paths.append(_written(folder / f"run-{len(paths)}.arrow", held))
            held = gathered.sort_by(order)
        yield [*(_read(path) for path in paths), *([] if held is None else [_read(held)])]


@contextmanager
def set_aside(*, schema: pa.Schema, rows: int = RUN_ROWS) -> Iterator["SetAside"]:
    """Give a place for rows that are read once later: in memory, beyond ``rows`` in a temporary file."""
    with tempfile.TemporaryDirectory(prefix="labelport-") as folder:
        place = SetAside(Path(folder) / "rows.arrow", schema, rows)
        try:
            yield place
        finally:
            place.close()


class SetAside:
    """Rows in the order in which they were added."""

    def __init__(self, path: Path, schema: pa.Schema, rows: int) -> None:
        self.num_rows = 0
        self._path = path
        self._schema = schema
        self._limit = rows
        self._tables: list[pa.Table] = []
        self._held = 0
        self._writer: pa.ipc.RecordBatchFileWriter | None = None

    def add(self, table: pa.Table) -> None:
        """Add rows."""
        if not table.num_rows:
            return
        self.num_rows += table.num_rows
        self._tables.append(table)
        self._held += table.num_rows
        if self._held > self._limit:
            self._spill()

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield all rows; nothing can be added afterwards."""
        if self._writer is not None:
            self._spill()
            self.close()
            yield from _read(self._path)
        for table in self._tables:
            yield from table.to_batches(max_chunksize=BATCH_ROWS)

    def close(self) -> None:
        """Close the file."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _spill(self) -> None:
        if self._writer is None:
            self._writer = pa.ipc.new_file(str(self._path), self._schema)
        for table in self._tables:
            self._writer.write_table(table, max_chunksize=BATCH_ROWS)
        self._tables, self._held = [], 0


def _gathered(batches: Iterable[pa.RecordBatch], schema: pa.Schema, rows: int) -> Iterator[pa.Table]:
    held: list[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        if count and count + batch.num_rows > rows:
            yield pa.Table.from_batches(held, schema=schema)
            held, count = [], 0
        held.append(batch)
        count += batch.num_rows
    if count:
        yield pa.Table.from_batches(held, schema=schema)


def _written(path: Path, table: pa.Table) -> Path:
    with pa.ipc.new_file(str(path), table.schema) as writer:
        writer.write_table(table, max_chunksize=BATCH_ROWS)
    return path


def _read(run: pa.Table | Path) -> Iterator[pa.RecordBatch]:
    if isinstance(run, pa.Table):
        yield from run.to_batches(max_chunksize=BATCH_ROWS)
        return
    with pa.OSFile(str(run)) as source, pa.ipc.open_file(source) as reader:
        for number in range(reader.num_record_batches):
            yield reader.get_batch(number)
