"""Tables larger than memory: sorted runs in temporary files, and rows set aside until they are needed."""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
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
    with Runs(schema=schema, key=key, rows=rows) as runs:
        for batch in batches:
            runs.add(batch)
        yield runs.sorted()


class Runs:
    """Sorted runs that grow as rows come: what ``sorted_runs`` makes of rows that come from several places."""

    def __init__(
        self,
        *,
        schema: pa.Schema,
        key: Sequence[str],
        rows: int = RUN_ROWS,
        batch: int = BATCH_ROWS,
        aside: bool = False,
    ) -> None:
        """``rows`` are sorted at once, and read back ``batch`` at a time: a merge holds that many of each run.

        ``aside``: runs are sorted and written by a thread while the next one is gathered, so two are in memory.
        """
        self._schema = schema
        self._order = [(name, "ascending") for name in key]
        self._limit = rows
        self._batch = batch
        self._held: list[pa.RecordBatch] = []
        self._rows = 0
        self._stack = ExitStack()
        self._files: list[IO[bytes]] = []
        self._writing: Future[None] | None = None
        self._thread = self._stack.enter_context(ThreadPoolExecutor(1)) if aside else None

    def __enter__(self) -> "Runs":
        return self

    def __exit__(self, *_: object) -> None:
        self._held = []
        self._stack.close()

    def add(self, rows: pa.RecordBatch | pa.Table) -> None:
        """Add rows."""
        for batch in rows.to_batches() if isinstance(rows, pa.Table) else [rows]:
            if self._rows and self._rows + batch.num_rows > self._limit:
                self._spill()
            self._held.append(batch)
            self._rows += batch.num_rows

    def sorted(self) -> list[Iterator[pa.RecordBatch]]:
        """Return the runs; nothing can be added afterwards."""
        self._written()
        held = [self._read(self._order_of(self._taken()))] if self._rows else []
        return [*(self._read(file) for file in self._files), *held]

    def _taken(self) -> list[pa.RecordBatch]:
        held, self._held, self._rows = self._held, [], 0
        return held

    def _order_of(self, batches: list[pa.RecordBatch]) -> pa.Table:
        return pa.Table.from_batches(batches, schema=self._schema).sort_by(self._order)

    def _spill(self) -> None:
        self._written()
        file = self._stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 -- closed by the stack
        self._files.append(file)
        if self._thread is None:
            self._write(self._taken(), file)
        else:
            self._writing = self._thread.submit(self._write, self._taken(), file)

    def _write(self, batches: list[pa.RecordBatch], file: IO[bytes]) -> None:
        with pa.ipc.new_file(file, self._schema) as writer:
            writer.write_table(self._order_of(batches), max_chunksize=self._batch)

    def _written(self) -> None:
        """Wait for the run that is being written; raises what went wrong there."""
        writing, self._writing = self._writing, None
        if writing is not None:
            writing.result()

    def _read(self, run: pa.Table | IO[bytes]) -> Iterator[pa.RecordBatch]:
        return _read(run, self._batch)


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


def _read(run: pa.Table | IO[bytes], rows: int = BATCH_ROWS) -> Iterator[pa.RecordBatch]:
    if isinstance(run, pa.Table):
        yield from run.to_batches(max_chunksize=rows)
        return
    run.seek(0)
    with pa.ipc.open_file(pa.PythonFile(run, mode="r")) as reader:
        for number in range(reader.num_record_batches):
            yield reader.get_batch(number)
