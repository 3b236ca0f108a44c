"""What the rows of one file say together: origins that stand twice, indices that are missing. On disk."""

import sqlite3
from collections.abc import Iterator
from hashlib import blake2b

CACHE_KB = 16_000
BLOCK = 5_000

_SCHEMA = f"""
PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA secure_delete = OFF; PRAGMA cache_size = -{CACHE_KB};
CREATE TABLE rows (line INTEGER PRIMARY KEY, origin BLOB, series BLOB, position INTEGER);
"""


class Together:
    """Remembers the rows of a file. Memory is bounded; use as a context, its file goes at the end."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.executescript(_SCHEMA)
        self._db.execute("BEGIN")
        self._rows: list[tuple[int, bytes | None, bytes | None, int | None]] = []

    def __enter__(self) -> "Together":
        return self

    def __exit__(self, *error: object) -> None:
        self._db.close()

    def add(self, line: int, origin: str, series: str, position: int | None) -> None:
        """Add a row; empty texts are compared with none."""
        self._rows.append((line, _digest(origin), _digest(series), position))
        if len(self._rows) == BLOCK:
            self._flush()

    def doubles(self) -> Iterator[tuple[int, int]]:
        """Yield (line, line of the first) of origins that stand above already, by line."""
        self._flush()
        return self._db.execute(
            "SELECT line, first FROM (SELECT line, min(line) OVER (PARTITION BY origin) AS first FROM rows"
            " WHERE origin IS NOT NULL) WHERE first < line ORDER BY line"
        )

    def doubles_of_series(self) -> Iterator[tuple[int, int, bool]]:
        """Yield the doubles, and whether a row of that origin has a series: else the template has it twice, as well."""
        self._flush()
        return self._db.execute(
            "SELECT line, first, has_series FROM (SELECT line, min(line) OVER same AS first, count(series) OVER same > 0"
            " AS has_series FROM rows WHERE origin IS NOT NULL WINDOW same AS (PARTITION BY origin))"
            " WHERE first < line ORDER BY line"
        )

    def steps(self) -> Iterator[tuple[int, int, int | None, int | None]]:
        """Yield (line, index, index before it in its series, line of that) where they do not follow each other, by line.

        A series that does not start at 0 has nothing before its first row.
        """
        self._flush()
        return self._db.execute(
            "SELECT line, position, before, line_before FROM (SELECT line, position, lag(position) OVER series_in_order AS before,"
            " lag(line) OVER series_in_order AS line_before FROM rows WHERE position IS NOT NULL"
            " WINDOW series_in_order AS (PARTITION BY series ORDER BY position, line))"
            " WHERE coalesce(position - before <> 1, position <> 0) ORDER BY line"
        )

    def _flush(self) -> None:
        self._db.executemany("INSERT INTO rows VALUES (?, ?, ?, ?)", self._rows)
        self._rows = []


def _digest(text: str) -> bytes | None:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest() if text else None
