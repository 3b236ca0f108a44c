"""Run a probe on bytes in memory, and see what it asked for."""

from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa

from labelport.probing.contract import MediaRow, Probe, ProbeContext
from labelport.tables import MEDIA, STATUSES


@dataclass
class Asked:
    """The ranges that a probe read behind its head."""

    ranges: list[tuple[int, int]] = field(default_factory=list)

    @property
    def bytes(self) -> int:
        return sum(length for _, length in self.ranges)


def probed(
    probe: Probe, content: bytes, *, key: str = "x", head: int | None = None, **limits: Any
) -> tuple[MediaRow, Asked]:
    """Return the row of an object, and what was read of it."""
    asked = Asked()

    def read(start: int, length: int, /) -> bytes:
        asked.ranges.append((start, length))
        return content[start : start + length]

    budget = replace(probe.limits, **limits)
    first = content[: budget.head_bytes if head is None else head]
    return probe.probe(first, len(content), read, budget, ProbeContext(key)), asked


def fits_the_table(row: MediaRow) -> bool:
    """Return whether a row has a status of the list and every value fits its column."""
    given = {"store": "raw", "key": "x", "token": "x", "size": 1, "probe_version": "x"}
    pa.RecordBatch.from_pylist([{**given, **row}], schema=MEDIA.schema)
    return row["status"] in STATUSES and not set(row) - set(MEDIA.schema.names)
