"""The whole table: whose series each row is of, and which rows count.

Memory: the cells as Arrow columns, and some 80 bytes a row. Rows are read from the cells when they are asked for.
"""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelport.series.hashes import Mask
from labelport.series.table.cells import Columns, Fault, Listed, columns_of, read_rows
from labelport.series.table.options import TableOptions
from labelport.series.table_findings import Problem, uneven_rows
from labelport.series.user_table import Numbers, RowsByText, UserTable, whole_number_of

CHUNK = 2_000
"""Rows read at once."""


class Listing:
    """The rows of a table by key and by series; of two rows that claim one object the first counts."""

    def __init__(self, options: TableOptions, table: UserTable) -> None:
        """Raise ``TableUnusable`` where the table has no column of keys or of series."""
        self.table = table
        self.columns: Columns = columns_of(options, table)
        self.keys = pa.array(table.texts(self.columns.names["key"]), pa.string())
        self._series = pa.array(table.texts(self.columns.names["series"]), pa.string())
        self._faults: list[tuple[int, Fault]] = []
        good, claims, self._plain = self._read()
        self._claiming: Numbers = np.flatnonzero(good & claims)
        self._by_key = RowsByText(self.keys.take(pa.array(self._claiming)), self._claiming)
        self._doubles = self._find_doubles()
        good[self._doubles] = False
        self._counted: Numbers = np.flatnonzero(good)
        self._by_series = RowsByText(self._series.take(pa.array(self._counted)), self._counted)
        self._said = self._digests()
        others: Numbers = np.flatnonzero(good & ~claims)
        self._by_others = RowsByText(self._series.take(pa.array(others)), others)

    def series_of(self, keys: Sequence[str]) -> list[str | None]:
        """Return the series that claims each object, null where none does."""
        rows = self._by_key.first_rows(keys)
        series = self._series.take(pa.array(rows, pa.int64())).to_pylist()
        return [None if row is None else str(name) for row, name in zip(rows, series, strict=True)]

    def rows_of(self, series: str) -> list[Listed]:
        """Return the rows of a series that count, in the order of the table."""
        rows = self._by_series.rows(series)
        return [listed for _, listed, _ in read_rows(self.table, self.columns, rows) if listed is not None]

    def others_of(self, series: str) -> list[Listed]:
        """Return the rows of a series that claim nothing: context and labels."""
        rows = self._by_others.rows(series)
        if not rows:  # as most series have it
            return []
        return [listed for _, listed, _ in read_rows(self.table, self.columns, rows) if listed is not None]

    def said_of(self, series: str) -> bytes:
        """Return a digest of the rows of a series, wherever in the table they stand; empty where it has none."""
        first = self._by_series.first_rows([series])[0]
        return b"" if first is None else int(self._said[first]).to_bytes(8, "little")

    def series_to_judge(self, usable: Mask) -> Iterator[list[Listed]]:
        """Yield the rows of each series of which one may not count, by the order of the series' names.

        ``usable``: rows whose object is there and can be a member. A series of plain items needs no look.
        """
        doubtful = self._counted[~(self._plain & usable)[self._counted]]
        names = pc.unique(self._series.take(pa.array(doubtful)))
        mine = pc.is_in(self._series.take(pa.array(self._counted)), value_set=names)
        held: list[Listed] = []
        for rows in self._chunks(self._counted[mine.to_numpy(zero_copy_only=False)]):
            for _, listed, _ in read_rows(self.table, self.columns, rows):
                assert listed is not None
                if held and held[0].series != listed.series:
                    yield held
                    held = []
                held.append(listed)
        if held:
            yield held

    def claimed(self) -> Iterator[str]:
        """Yield the key of each object that the table claims, once."""
        for start in range(0, len(self._claiming), CHUNK):
            part = self._claiming[start : start + CHUNK]
            keys = self.keys.take(pa.array(part)).to_pylist()
            firsts = self._by_key.first_rows(keys)
            yield from (key for row, key, first in zip(part.tolist(), keys, firsts, strict=True) if row == first)

    def problems(self) -> Iterator[Problem]:
        """Yield what is wrong with the cells themselves, and with keys that stand twice."""
        yield from self.columns.problems
        yield from uneven_rows(self.table, "table.row_length")
        names = self.columns.names
        for row, (code, words, column) in self._faults:
            yield Problem(code, words, row, names[column])
        key_column = names["key"]
        for row, key in zip(self._doubles.tolist(), self.keys.take(pa.array(self._doubles)).to_pylist(), strict=True):
            where = self.table.pointer(self._by_key.rows(key)[0], key_column)
            yield Problem("table.key_double", f"It stands at {where} already; this row was left out.", row, key_column)

    def _chunks(self, rows: Numbers) -> Iterator[list[int]]:
        """Yield some rows ordered by series and then as in the table, some thousand at once."""
        names = pa.table({"series": self._series.take(pa.array(rows)), "row": pa.array(rows)})
        order = rows[pc.sort_indices(names, sort_keys=[("series", "ascending"), ("row", "ascending")]).to_numpy()]
        for start in range(0, len(order), CHUNK):
            yield order[start : start + CHUNK].tolist()

    def _read(self) -> tuple[Mask, Mask, Mask]:
        """Return which rows can be used, which claim their object, and which are plain items; remember faults."""
        good, claims, plain = (np.zeros(self.table.num_rows, bool) for _ in range(3))
        is_numbered = "index" in self.columns.names
        for start in range(0, self.table.num_rows, CHUNK):
            rows = range(start, min(start + CHUNK, self.table.num_rows))
            for row, listed, faults in read_rows(self.table, self.columns, rows):
                self._faults += [(row, fault) for fault in faults]
                if listed is None:
                    continue
                good[row], claims[row] = True, listed.role == "item"
                has_more = listed.frame is not None or listed.of_index is not None
                plain[row] = claims[row] and not has_more and (listed.index is not None or not is_numbered)
        return good, claims, plain

    def _find_doubles(self) -> Numbers:
        """Return the rows whose object another series claims before them, or their own by the same frame."""
        found: list[int] = []
        seen: set[int] = set()
        frame = self.columns.names.get("frame")
        for start in range(0, len(self._claiming), CHUNK):
            part = self._claiming[start : start + CHUNK]
            keys = self.keys.take(pa.array(part)).to_pylist()
            texts = [None] * len(part) if frame is None else self.table.texts(frame, part)
            mine, first = (
                self._series.take(pa.array(rows, pa.int64())).to_pylist()
                for rows in (part, self._by_key.first_rows(keys))
            )
            for row, key, text, ours, theirs in zip(part.tolist(), keys, texts, mine, first, strict=True):
                place = hash((key, None if text is None else whole_number_of(text)))
                if place in seen or ours != theirs:
                    found.append(row)
                seen.add(place)
        return np.array(found, np.int64)

    def _digests(self) -> np.ndarray[Any, np.dtype[np.uint64]]:
        """Return, at the first row of each series, a digest of the cells of its rows that count."""
        said = np.zeros(self.table.num_rows, np.uint64)
        encode = msgspec.msgpack.Encoder().encode
        ours = list(self.columns.names.values())
        digest, first, last = hashlib.blake2b(digest_size=8), 0, None
        for rows in self._chunks(self._counted):
            names = self._series.take(pa.array(rows)).to_pylist()
            cells = zip(*(self.table.texts(column, rows) for column in [*ours, *self.columns.notes]), strict=True)
            for row, name, texts in zip(rows, names, cells, strict=True):
                if name != last:
                    digest, first, last = hashlib.blake2b(digest_size=8), row, name
                notes = [
                    pair for pair in zip(self.columns.notes, texts[len(ours) :], strict=True) if pair[1] is not None
                ]
                digest.update(encode((texts[: len(ours)], notes)))
                said[first] = int.from_bytes(digest.digest(), "little")
        return said
