"""The rows of the template and ours, joined by origin, on disk (specification 6.5).

Two rows belong together by the first of these rules that says so of exactly one row on either side: equal
origins; equal paths in normal form; the template's path is that of the object in its bucket; then the
guesses of ``guessing.py``. Objects of the dataset that stand in no row of ours take part as well, so that
what a row of the template names does not depend on what a manifest takes.
"""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from labelport.manifests.centaur.guessing import guess
from labelport.manifests.centaur.paths import base_of, path_of, tail_first
from labelport.manifests.centaur.rows import OurRow
from labelport.manifests.centaur.template import TemplateRow

CACHE_KB = 16_000
"""Memory of the tables; the rest of them lies in a temporary file that has no name."""

_SCHEMA = f"""
PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA secure_delete = OFF; PRAGMA cache_size = -{CACHE_KB};
CREATE TABLE template (
    number INTEGER PRIMARY KEY, line INTEGER, content_id TEXT, origin TEXT, series TEXT, extra TEXT, joinable INTEGER
);
CREATE TABLE ours (
    number INTEGER PRIMARY KEY, origin TEXT, series TEXT, place INTEGER, notes TEXT, file INTEGER, address TEXT
);
CREATE TABLE pairs (template INTEGER PRIMARY KEY, ours INTEGER UNIQUE, rule TEXT);
CREATE TABLE ambiguous (
    side INTEGER, number INTEGER, rule TEXT, candidates INTEGER, example INTEGER, PRIMARY KEY (side, number)
) WITHOUT ROWID;
CREATE TABLE states (series TEXT PRIMARY KEY, file INTEGER, total INTEGER, matched INTEGER, written INTEGER);
"""

_PAIRS = """
INSERT INTO pairs SELECT template, ours, ? FROM (
    SELECT max(CASE side WHEN 0 THEN number END) AS template, max(CASE side WHEN 1 THEN number END) AS ours
    FROM (
        SELECT 0 AS side, number, {template} AS path FROM template
        WHERE joinable AND NOT EXISTS (SELECT 1 FROM pairs WHERE pairs.template = template.number)
        UNION ALL SELECT 1, number, {ours} FROM ours
        WHERE NOT EXISTS (SELECT 1 FROM pairs WHERE pairs.ours = ours.number)
    )
    WHERE path <> '' GROUP BY path HAVING count(*) = 2 AND sum(side) = 1
)
"""

_SURE = (
    ("path", "path_of(origin)", "path_of(origin)"),
    ("path in the bucket", "path_of(origin)", "path_of(address)"),
)

_UNMATCHED = (
    "SELECT count(*) FROM template WHERE joinable"
    " AND NOT EXISTS (SELECT 1 FROM pairs WHERE pairs.template = template.number)",
    "SELECT count(*) FROM ours WHERE file IS NOT NULL AND NOT EXISTS (SELECT 1 FROM pairs WHERE pairs.ours = ours.number)",
)


class Filled(NamedTuple):
    """One row of the template with what was found for it."""

    line: int
    content_id: str
    origin: str
    series_before: str
    """What the template says of the series."""

    extra: str
    """JSON array of the cells of unknown columns."""

    series: str | None
    """Our series, or null where the row is of none."""

    place: int | None
    """The index in it."""

    notes: str | None
    file: int | None
    """Which file it is for (``rows``); null: the template's row is of no row of ours."""

    written: int | None
    """Whether its series is written."""

    ambiguous: int
    """Whether it fits several objects."""


class Tally(NamedTuple):
    """What the template has of the series of one file."""

    series: int
    """All series."""

    written: int
    """Series that are written."""

    matched: int
    """Rows that the template has."""


class Join:
    """The rows of a template and ours. Memory is bounded; use as a context, its file goes at the end."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.executescript(_SCHEMA)
        self._db.execute("BEGIN")
        for function in (path_of, base_of, tail_first):
            self._db.create_function(function.__name__, 1, _of_text(function), deterministic=True)

    def __enter__(self) -> "Join":
        return self

    def __exit__(self, *error: object) -> None:
        self._db.close()

    def add_template(self, rows: Iterable[TemplateRow]) -> None:
        """Add rows of the template, in their order; those that cannot stand with a series are never matched."""
        self._db.executemany(
            "INSERT INTO template (line, content_id, origin, series, extra, joinable) VALUES (?, ?, ?, ?, ?, ?)",
            ((r.line, r.content_id, r.origin, r.series, json.dumps(r.extra), r.is_plain) for r in rows),
        )

    def add_ours(self, file: int, series: str, rows: Sequence[OurRow]) -> None:
        """Add the rows of one series; their origins stand in no other row of ours."""
        self._db.executemany(
            "INSERT INTO ours (origin, series, place, notes, file, address) VALUES (?, ?, ?, ?, ?, ?)",
            ((r.origin, series, r.place, r.notes, file, r.address) for r in rows),
        )

    def match(self, others: Callable[[], Iterator[tuple[str, str | None]]], *, guesses: bool, partial: bool) -> None:
        """Find what belongs together, and which series are written.

        ``others``: (origin, address) of all objects of the dataset, asked for where equal origins are not
        enough. ``guesses``: tails and base names are asked too. ``partial``: series with gaps are written.
        """
        self._db.execute(_PAIRS.format(template="origin", ours="origin"), ("origin",))
        if self._both_unmatched():
            self._add_others(others())
            self._db.execute(_PAIRS.format(template="origin", ours="origin"), ("origin",))
            for rule, template, ours in _SURE:
                self._db.execute(_PAIRS.format(template=template, ours=ours), (rule,))
            if guesses and self._both_unmatched():
                guess(self._db)
        self._db.execute(
            "INSERT INTO states SELECT series, file, count(*), count(template),"
            " CASE WHEN ? THEN count(template) > 0 ELSE count(template) = count(*) END FROM ours"
            " LEFT JOIN pairs ON pairs.ours = ours.number WHERE file IS NOT NULL GROUP BY series, file",
            (partial,),
        )

    def filled(self) -> Iterator[Filled]:
        """Yield the template's rows in their order, with what was found."""
        found = self._db.execute(
            "SELECT line, content_id, template.origin, template.series, extra, ours.series, place, notes, ours.file,"
            " written, ambiguous.number IS NOT NULL FROM template"
            " LEFT JOIN pairs ON pairs.template = template.number LEFT JOIN ours ON ours.number = pairs.ours"
            " LEFT JOIN states ON states.series = ours.series"
            " LEFT JOIN ambiguous ON ambiguous.side = 0 AND ambiguous.number = template.number"
            " ORDER BY template.number"
        )
        return map(Filled._make, found)

    def draft(self, file: int) -> Iterator[tuple[str, str, int, str]]:
        """Yield (origin, series, index, notes) of our rows for a file, in our order."""
        return self._db.execute("SELECT origin, series, place, notes FROM ours WHERE file = ? ORDER BY number", (file,))

    def only_in_ours(self, file: int) -> Iterator[tuple[str, str, int, bool]]:
        """Yield (origin, series, index, whether the template has it) of our rows for a file that are not written.

        Those that are ambiguous are told by ``ambiguous``.
        """
        return self._db.execute(
            "SELECT origin, ours.series, place, pairs.template IS NOT NULL FROM ours"
            " LEFT JOIN pairs ON pairs.ours = ours.number JOIN states ON states.series = ours.series"
            " WHERE ours.file = ? AND NOT (written AND pairs.template IS NOT NULL) AND NOT EXISTS"
            " (SELECT 1 FROM ambiguous WHERE side = 1 AND ambiguous.number = ours.number) ORDER BY ours.number",
            (file,),
        )

    def ambiguous_in_template(self) -> Iterator[tuple[Any, ...]]:
        """Yield the template's rows that fit several of ours.

        (line, content_id, origin, "", "", rule, number of candidates, origin of the first candidate).
        """
        return self._db.execute(
            "SELECT line, content_id, template.origin, '', '', rule, candidates, ours.origin FROM ambiguous"
            " JOIN template ON template.number = ambiguous.number JOIN ours ON ours.number = example"
            " WHERE side = 0 ORDER BY template.number"
        )

    def ambiguous_in_ours(self, file: int) -> Iterator[tuple[Any, ...]]:
        """Yield our rows for a file that fit several of the template.

        ("", "", origin, series, index, rule, number of candidates, origin of the first candidate).
        """
        return self._db.execute(
            "SELECT '', '', ours.origin, ours.series, place, rule, candidates, template.origin FROM ambiguous"
            " JOIN ours ON ours.number = ambiguous.number JOIN template ON template.number = example"
            " WHERE side = 1 AND ours.file = ? ORDER BY ours.number",
            (file,),
        )

    def series_of(self, file: int, *, all_of_them: bool) -> Iterator[str]:
        """Yield the series of a file that are written, or all of them, in the order of their ids."""
        query = "SELECT series FROM states WHERE file = ? AND (written OR ?) ORDER BY series"
        return (series for (series,) in self._db.execute(query, (file, all_of_them)))

    def tally(self, file: int) -> Tally:
        """Return what the template has of a file's series."""
        query = "SELECT count(*), total(written), total(matched) FROM states WHERE file = ?"
        return Tally(*map(int, self._db.execute(query, (file,)).fetchone()))

    def by_rule(self) -> dict[str, int]:
        """Return how many rows of ours were matched by each rule."""
        return dict(
            self._db.execute(
                "SELECT rule, count(*) FROM pairs JOIN ours ON ours.number = pairs.ours"
                " WHERE file IS NOT NULL GROUP BY rule ORDER BY rule"
            )
        )

    def _both_unmatched(self) -> bool:
        return all(self._db.execute(query).fetchone()[0] for query in _UNMATCHED)

    def _add_others(self, others: Iterator[tuple[str, str | None]]) -> None:
        self._db.execute("CREATE INDEX ours_by_origin ON ours (origin)")
        self._db.executemany(
            "INSERT INTO ours (origin, address) SELECT ?1, ?2 WHERE NOT EXISTS (SELECT 1 FROM ours WHERE origin = ?1)",
            others,
        )


def _of_text(function: Callable[[str], str]) -> Callable[[str | None], str | None]:
    return lambda text: None if text is None else function(text)
