"""Guesses at which rows belong together: one path is the tail of the other, or base names are equal.

A guess stands only where each row fits exactly one of all rows on the other side, those that surer rules
have matched included. Rows that fit several are ambiguous. Where a surer rule has matched a row of a base
name, base names say nothing: ``f000.png`` of a case that the template lacks is not that of another case.
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

_SPOTS = """
CREATE TABLE bases (base TEXT PRIMARY KEY) WITHOUT ROWID;
INSERT INTO bases SELECT base FROM (
    SELECT 0 AS side, base_of(origin) AS base FROM template
    WHERE joinable AND NOT EXISTS (SELECT 1 FROM pairs WHERE pairs.template = template.number)
    UNION ALL SELECT 1, base_of(origin) FROM ours
    WHERE file IS NOT NULL AND NOT EXISTS (SELECT 1 FROM pairs WHERE pairs.ours = ours.number)
) WHERE base <> '' GROUP BY base HAVING min(side) = 0 AND max(side) = 1;
CREATE TABLE spots (side INTEGER, number INTEGER, wanted INTEGER, paired INTEGER, tail TEXT, base TEXT);
INSERT INTO spots SELECT 0, number, pairs.template IS NULL, pairs.template IS NOT NULL,
    tail_first(origin), base_of(origin)
    FROM template LEFT JOIN pairs ON pairs.template = template.number
    WHERE joinable AND base_of(origin) IN (SELECT base FROM bases);
INSERT INTO spots SELECT 1, number, pairs.template IS NULL AND file IS NOT NULL, pairs.template IS NOT NULL,
    tail_first(origin), base_of(origin)
    FROM ours LEFT JOIN pairs ON pairs.ours = ours.number
    WHERE base_of(origin) IN (SELECT base FROM bases);
CREATE TABLE kin (
    tail TEXT, side INTEGER, number INTEGER, candidates INTEGER, wanted INTEGER, example INTEGER,
    PRIMARY KEY (tail, side)
) WITHOUT ROWID;
"""

_NODES = """
SELECT tail, side, count(*), sum(wanted), min(CASE WHEN wanted THEN number END) FROM spots
GROUP BY tail, side ORDER BY tail, side
"""

_BY_TAIL = """
CREATE INDEX kin_by_number ON kin (side, number);
INSERT INTO pairs SELECT a.number, b.number, 'tail'
    FROM kin AS a CROSS JOIN kin AS b ON b.side = 1 AND b.number = a.example
    WHERE a.side = 0 AND a.candidates = 1 AND b.candidates = 1 AND +a.number IS NOT NULL AND +b.number IS NOT NULL;
UPDATE spots SET wanted = 0, paired = 1 WHERE wanted AND (
    (side = 0 AND EXISTS (SELECT 1 FROM pairs WHERE pairs.template = spots.number))
    OR (side = 1 AND EXISTS (SELECT 1 FROM pairs WHERE pairs.ours = spots.number)));
INSERT INTO ambiguous SELECT spots.side, spots.number, 'tail', candidates, example FROM spots
    JOIN kin ON kin.tail = spots.tail AND kin.side = spots.side WHERE spots.wanted AND kin.wanted > 0;
"""

_BY_BASE = """
CREATE TABLE names (
    base TEXT PRIMARY KEY, theirs INTEGER, own INTEGER, template INTEGER, ours INTEGER
) WITHOUT ROWID;
INSERT INTO names SELECT base, sum(side = 0), sum(side = 1),
    min(CASE WHEN side = 0 AND wanted THEN number END) AS template,
    min(CASE WHEN side = 1 AND wanted THEN number END) AS ours
    FROM spots GROUP BY base HAVING sum(paired) = 0 AND template IS NOT NULL AND ours IS NOT NULL;
INSERT INTO pairs SELECT template, ours, 'base name' FROM names WHERE theirs = 1 AND own = 1;
INSERT OR IGNORE INTO ambiguous SELECT side, number, 'base name', CASE side WHEN 0 THEN own ELSE theirs END,
    CASE side WHEN 0 THEN ours ELSE template END
    FROM spots JOIN names USING (base) WHERE wanted AND (theirs > 1 OR own > 1);
"""


@dataclass
class _Node:
    """All rows of one side that have one path."""

    tail: str
    side: int
    rows: int
    wanted: int
    """Of those, rows that have no partner yet and need one."""

    first: int | None
    """Number of the first wanted one."""

    candidates: int = 0
    """Rows of the other side that fit."""

    wanted_candidates: int = 0
    example: int | None = None
    """Number of one of those."""

    def meets(self, other: "_Node") -> None:
        """Count the rows of another node as candidates."""
        self.candidates += other.rows
        self.wanted_candidates += other.wanted
        if self.example is None:
            self.example = other.first

    def kin(self) -> tuple[str, int, int | None, int, int, int | None]:
        """Return its row of the table ``kin``."""
        number = self.first if self.rows == 1 else None
        return self.tail, self.side, number, self.candidates, self.wanted_candidates, self.example


def guess(db: sqlite3.Connection) -> None:
    """Add pairs by tail, then by base name, and the rows that are ambiguous, to the tables of a ``Join``."""
    for statement in _statements(_SPOTS):
        db.execute(statement)
    nodes = (_Node(*row) for row in db.execute(_NODES))
    db.executemany("INSERT INTO kin VALUES (?, ?, ?, ?, ?, ?)", _kin(nodes))
    for statement in _statements(_BY_TAIL + _BY_BASE):
        db.execute(statement)


def _statements(script: str) -> list[str]:
    """Return the statements one by one: ``executescript`` would end the transaction, and each row be one of its own."""
    return [statement for statement in script.split(";") if statement.strip()]


def _kin(nodes: Iterator[_Node]) -> Iterator[tuple[str, int, int | None, int, int, int | None]]:
    """Yield what is related to each path, from the nodes sorted by ``tail``: a path stands before all that it is the tail of."""
    above: list[_Node] = []
    for node in nodes:
        while above and not node.tail.startswith(above[-1].tail):
            yield from _told(above.pop())
        for other in above:
            if other.side != node.side:
                other.meets(node)
                node.meets(other)
        above.append(node)
    while above:
        yield from _told(above.pop())


def _told(node: _Node) -> Iterator[tuple[str, int, int | None, int, int, int | None]]:
    if node.wanted and node.candidates:
        yield node.kin()
