"""Taking a shard apart when its worker dies, until the object that kills is alone.

Pure bookkeeping: every runner feeds it deaths and results and runs the pieces that it names. A row
is condemned only after it died twice, the last time alone: memory pressure of a whole batch, or a
SIGKILL from outside, must not condemn a good row. Every death makes smaller pieces, so the repeats
are bounded; a row before the culprit runs once more.
"""

from dataclasses import dataclass, field
from typing import Literal

import pyarrow as pa

from labelport.runners.contract import Death, Shard, ShardResult

STRIKES = 2
"""Deaths of a row before it is condemned."""


@dataclass(frozen=True)
class Piece:
    """Rows ``start`` to ``stop`` (exclusive) of a shard."""

    start: int
    stop: int

    def __len__(self) -> int:
        return self.stop - self.start


@dataclass
class Salvage:
    """What is known of one shard while it is run."""

    shard: Shard
    _open: int = 1
    _done: list[tuple[Piece, pa.RecordBatch]] = field(default_factory=list)
    _strikes: dict[int, int] = field(default_factory=dict)
    _deaths: list[Death] = field(default_factory=list)

    def whole(self) -> Piece:
        """Return the first piece: all rows."""
        return Piece(0, self.shard.rows.num_rows)

    @property
    def finished(self) -> bool:
        """Nothing of the shard is still to be run."""
        return self._open == 0

    def done(self, piece: Piece, rows: pa.RecordBatch) -> None:
        """Take the rows of a piece."""
        self._open -= 1
        self._done.append((piece, rows))

    def died(
        self, piece: Piece, at: int | None, *, reason: Literal["crashed", "deadline"], detail: str
    ) -> tuple[Piece, ...]:
        """Take a death; return the pieces to run next.

        ``at``: row of the piece that was begun last, null where that is not known.
        """
        again = self._apart(piece, at, reason=reason, detail=detail)
        self._open += len(again) - 1
        return again

    def _apart(
        self, piece: Piece, at: int | None, *, reason: Literal["crashed", "deadline"], detail: str
    ) -> tuple[Piece, ...]:
        alone = len(piece) == 1
        if len(piece) == 0 or (at is None and not alone):
            middle = (piece.start + piece.stop) // 2
            halves = (Piece(piece.start, middle), Piece(middle, piece.stop))
            return tuple(half for half in halves if len(half))
        culprit = piece.start + (0 if at is None else min(at, len(piece) - 1))
        self._strikes[culprit] = self._strikes.get(culprit, 0) + 1
        if alone and self._strikes[culprit] >= STRIKES:
            self._deaths.append(Death(culprit, reason, detail))
            return ()
        parts = (Piece(culprit, culprit + 1), Piece(piece.start, culprit), Piece(culprit + 1, piece.stop))
        return tuple(part for part in parts if len(part))

    def result(self) -> ShardResult:
        """Return what became of the shard, its rows in its own order."""
        done = sorted((part for part in self._done if len(part[0])), key=lambda part: part[0].start)
        batches = [rows for _, rows in done] or [rows for _, rows in self._done]
        return ShardResult(
            number=self.shard.number,
            # Pieces may bring dictionaries of their own.
            rows=pa.Table.from_batches(batches).unify_dictionaries() if batches else pa.table({}),
            survivors=tuple(row for piece, _ in done for row in range(piece.start, piece.stop)),
            deaths=tuple(sorted(self._deaths, key=lambda death: death.row)),
        )
