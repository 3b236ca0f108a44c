"""Tables larger than memory: sorted runs in temporary files, and rows set aside until they are needed."""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import IO

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

    The last run is kept in memory, the others are temporary files, which end with the context. They
    have no name: a killed run leaves nothing of them.
    """
    order = [(name, "ascending") for name in key]
    with ExitStack() as stack:
        files: list[IO[bytes]] = []
        held: pa.Table | None = None
        for gathered in _gathered(batches, schema, rows):
            if held is not None:
                files.append(stack.enter_context(tempfile.TemporaryFile()))
                with pa.ipc.new_file(files[-1], held.schema) as writer:
                    writer.write_table(held, max_chunksize=BATCH_ROWS)
            held = gathered.sort_by(order)
        yield [*(_read(file) for file in files), *([] if held is None else [_read(held)])]


@contextmanager
def set_aside(*, schema: pa.Schema, rows: int = RUN_ROWS) -> Iterator["SetAside"]:
    """Give a place for rows that are read once later: in memory, beyond ``rows`` in a temporary file."""
    place = SetAside(schema, rows)
    try:
        yield place
    finally:
        place.close()


class SetAside:
    """Rows in the order in which they were added."""

    def __init__(self, schema: pa.Schema, rows: int) -> None:
        self.num_rows = 0
        self._file: IO[bytes] | None = None
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
        if self._file is not None:
            self._spill()
            self._end_writing()
            yield from _read(self._file)
        for table in self._tables:
            yield from table.to_batches(max_chunksize=BATCH_ROWS)

    def close(self) -> None:
        """Drop the file."""
        self._end_writing()
        if self._file is not None:
            self._file.close()
            self._file = None

    def _end_writing(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _spill(self) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 -- closed by close()
            self._writer = pa.ipc.new_file(self._file, self._schema)
        assert self._writer is not None
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


def _read(run: pa.Table | IO[bytes]) -> Iterator[pa.RecordBatch]:
    if isinstance(run, pa.Table):
        yield from run.to_batches(max_chunksize=BATCH_ROWS)
        return
    run.seek(0)
    with pa.ipc.open_file(pa.PythonFile(run, mode="r")) as reader:
        for number in range(reader.num_record_batches):
            yield reader.get_batch(number)
