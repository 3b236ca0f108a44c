"""What becomes of objects that kill their worker."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa

from labelport.runners.contract import Death, Shard, ShardResult, Work
from labelport.storage.opening import open_bucket
from labelport.tiles.making import DEADLINE_S, SHARD_ROWS, made_pictures
from labelport.tiles.picture import RESULT


class Deadly:
    """A runner whose first object of each shard kills its worker; shards come back the last one first."""

    def map(self, work: Work, shards: Iterable[Shard]) -> Iterator[ShardResult]:
        assert work.deadline_s == DEADLINE_S
        for shard in reversed(list(shards)):
            keys = shard.rows.column("key").to_pylist()
            rows = pa.Table.from_pylist([{"why_not": f"seen {key}"} for key in keys[1:]], schema=RESULT)
            death = Death(0, "deadline", "SIGALRM") if shard.number else Death(0, "crashed", "SIGSEGV")
            yield ShardResult(shard.number, rows, tuple(range(1, len(keys))), (death,))

    def close(self) -> None:
        """Nothing to end."""


def test_an_object_that_kills_its_worker_says_so_and_the_others_keep_their_places(tmp_path: Path) -> None:
    rows = [{"key": str(number), "size": 1, "token": "", "kind": "image"} for number in range(SHARD_ROWS + 3)]
    found = made_pictures(open_bucket(tmp_path.as_uri()), rows, runner=Deadly)
    assert found[0] == "broke its decoder"
    assert found[SHARD_ROWS] == "took too long"
    rest = [number for number in range(len(rows)) if number % SHARD_ROWS]
    assert [found[number] for number in rest] == [f"seen {number}" for number in rest]


def test_where_nothing_is_wanted_no_worker_is_started(tmp_path: Path) -> None:
    def never() -> Deadly:
        raise AssertionError

    assert made_pictures(open_bucket(tmp_path.as_uri()), [], runner=never) == []
