"""What a runner is: work on shards, somewhere, so that one poisonous object costs one row."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import pyarrow as pa


@dataclass(frozen=True)
class Work:
    """A function that is importable by name, and its options."""

    function: str
    """``package.module:name``: ``(rows: pa.RecordBatch, options: dict, begin: Begin) -> pa.RecordBatch``, one row out a row in, in that order."""

    options: Mapping[str, Any]
    """JSON values."""

    deadline_s: float = 30.0
    """Wall seconds an object may take."""

    memory_bytes: int = 2 << 30
    """Address space that a worker may take above what it has after its imports (RLIMIT_AS)."""


@dataclass(frozen=True)
class Shard:
    """A batch of objects."""

    number: int
    """Given back with the result."""

    rows: pa.RecordBatch
    """One row an object."""


@dataclass(frozen=True)
class Death:
    """An object that killed its worker, alone."""

    row: int
    """Row of the shard."""

    reason: Literal["crashed", "deadline"]
    """The worker died, or had to be killed at the deadline."""

    detail: str
    """Signal or exit code, in words."""


@dataclass(frozen=True)
class ShardResult:
    """What became of a shard."""

    number: int
    """The shard's."""

    rows: pa.Table
    """One row for each surviving object, in the shard's order."""

    survivors: tuple[int, ...]
    """Row numbers (of the shard) that ``rows`` belong to."""

    deaths: tuple[Death, ...] = field(default=())
    """The others."""


class Begin(Protocol):
    """Called by the function before each row: ``begin(row)`` starts the row's deadline."""

    def __call__(self, row: int, /) -> None:
        """Start the row."""
        ...


class Runner(Protocol):
    """Run work over shards, somewhere."""

    def map(self, work: Work, shards: Iterable[Shard]) -> Iterator[ShardResult]:
        """Yield one result a shard, in the order they finish.

        A shard whose worker died is taken apart and run again; an object that kills its worker alone
        comes back as a ``Death``. Never raises for a shard; raises ``RunnerUnavailable`` when there is
        nothing to run on, ``TooManyCrashes`` when a bucket is hostile. Closing the iterator cancels.
        """
        ...

    def close(self) -> None:
        """End all workers."""
        ...
