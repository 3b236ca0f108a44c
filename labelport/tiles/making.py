"""Small pictures of objects of a bucket, decoded in limited workers alone."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from labelport.runners.contract import Runner, Shard, Work
from labelport.runners.local import LocalRunner
from labelport.storage.access import access_of
from labelport.storage.contract import Bucket
from labelport.tiles.picture import SIDE, Picture, picture_of
from labelport.tiles.work import WANTED, WORK

DEADLINE_S = 15.0
"""Wall seconds for one picture: a sheet has 36 of them, and people wait."""

SHARD_ROWS = 4
"""Pictures that a worker makes at a time."""


def made_pictures(
    bucket: Bucket,
    wanted: Sequence[Mapping[str, Any]],
    *,
    side: int = SIDE,
    grey: bool = False,
    runner: Callable[[], Runner] | None = None,
) -> list[Picture | str]:
    """Return a picture for each row of ``WANTED``, or a few words why there is none.

    Whether a picture may be shown is to be asked before (``showing.py``). Raises ``RunnerUnavailable``, and
    ``BucketError`` where there are no credentials.
    """
    if not wanted:
        return []
    rows = pa.Table.from_pylist([dict(row) for row in wanted], schema=WANTED)
    shards = [Shard(number, batch) for number, batch in enumerate(rows.to_batches(max_chunksize=SHARD_ROWS))]
    work = Work(WORK, {**access_of(bucket), "side": side, "grey": grey}, deadline_s=DEADLINE_S)
    found: list[Picture | str] = ["cannot be decoded"] * rows.num_rows
    workers = (runner or LocalRunner)()
    try:
        for result in workers.map(work, shards):
            first = result.number * SHARD_ROWS
            for at, row in zip(result.survivors, result.rows.to_pylist(), strict=True):
                found[first + at] = picture_of(row) or str(row["why_not"])
            for death in result.deaths:
                found[first + death.row] = "took too long" if death.reason == "deadline" else "broke its decoder"
    finally:
        workers.close()
    return found
