"""Sorting more rows than memory holds: sorted runs in a temporary folder, then one merge."""

import heapq
import json
from collections.abc import Callable, Iterator
from tempfile import TemporaryFile
from types import TracebackType
from typing import IO, Any, Self

RUN_ROWS = 200_000
"""Rows in memory; about 60 MB for an object key and a few numbers each."""


class SortedRows:
    """Collects rows (lists of JSON values) and yields them by a key, again and again."""

    def __init__(self, key: Callable[[list[Any]], Any], *, run_rows: int = RUN_ROWS) -> None:
        self._key = key
        self._run_rows = run_rows
        self._rows: list[list[Any]] = []
        self._sorted = True
        self._runs: list[IO[str]] = []
        self.count = 0

    def add(self, row: list[Any]) -> None:
        """Add one row."""
        self._rows.append(row)
        self._sorted = False
        self.count += 1
        if len(self._rows) >= self._run_rows:
            self._spill()

    def __iter__(self) -> Iterator[list[Any]]:
        """Yield all rows in order. One iteration at a time: the runs are files."""
        if not self._sorted:
            self._rows.sort(key=self._key)
            self._sorted = True
        if not self._runs:
            return iter(self._rows)
        return heapq.merge(*(self._read(run) for run in self._runs), iter(self._rows), key=self._key)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for run in self._runs:
            run.close()

    def _spill(self) -> None:
        self._rows.sort(key=self._key)
        run = TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115  -- closed with the rows
        run.writelines(json.dumps(row) + "\n" for row in self._rows)
        self._runs.append(run)
        self._rows = []
        self._sorted = True

    @staticmethod
    def _read(run: IO[str]) -> Iterator[list[Any]]:
        run.seek(0)
        return (json.loads(line) for line in run)
