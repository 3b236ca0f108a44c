"""Killed, failing and racing writers: a reader sees the old or the new generation, whole."""

import errno
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from labelport.catalogue.stage import Stage
from labelport.errors import BucketError, CatalogueConflict, GenerationGone
from labelport.storage.contract import Bucket, Got, ListedObject
from labelport.storage.folder import FolderBucket
from labelport.storage.memory import MemoryBucket
from labelport.tables import FINDINGS
from tests.labelport.catalogue.rows import keys_of, numbered, publish, sealed

AIM = 10


class Killed(BaseException):
    """Stands for SIGKILL: nothing catches it, and nothing works afterwards."""


class Failing:
    """A bucket that runs ``at`` before its n-th change; ``dead``: everything fails from then on."""

    def __init__(self, bucket: Bucket, nth: int, at: Callable[[str], BaseException], *, dead: bool = False) -> None:
        self.uri = bucket.uri
        self.changes = 0
        self._bucket = bucket
        self._nth = nth
        self._at = at
        self._dead = dead
        self._lock = threading.Lock()

    def _change(self, key: str) -> None:
        with self._lock:
            self.changes += 1
            if self.changes == self._nth or (self._dead and self.changes > self._nth):
                raise self._at(key)

    def _read(self, key: str) -> None:
        if self._dead and self.changes >= self._nth:
            raise self._at(key)

    def list(self, prefix: str = "") -> Iterator[pa.RecordBatch]:
        self._read(prefix)
        return self._bucket.list(prefix)

    def head(self, key: str) -> ListedObject:
        self._read(key)
        return self._bucket.head(key)

    def read_range(self, key: str, start: int, length: int, *, token: str | None = None) -> bytes:
        self._read(key)
        return self._bucket.read_range(key, start, length, token=token)

    def get(self, key: str) -> Got:
        self._read(key)
        return self._bucket.get(key)

    def put(self, key: str, body: bytes, *, if_match: str | None = None, if_none_match: bool = False) -> str:
        self._change(key)
        return self._bucket.put(key, body, if_match=if_match, if_none_match=if_none_match)

    def copy(self, source: str, target: str) -> None:
        self._change(target)
        self._bucket.copy(source, target)

    def delete(self, key: str) -> None:
        self._change(key)
        self._bucket.delete(key)

    def url(self, key: str) -> str:
        return self._bucket.url(key)


def stage_of(bucket: Bucket) -> Stage:
    return Stage(bucket, "bucket_inventory", dataset="birds", shard_rows=AIM)


def next_run(bucket: Bucket, start: int, *, file: bool = False) -> None:
    """Publish the numbers from ``start`` on, changing what is there; collect."""
    stage = stage_of(bucket)
    live = stage.current()
    draft = stage.draft(live)
    there = set() if live is None else set(keys_of(live))
    wanted = {f"k{number:05d}" for number in range(start, start + 55)}
    gone = pa.table({"key": pa.array(sorted(there - wanted), pa.string())})
    new = numbered(int(key[1:]) for key in wanted - there)
    draft.update("inventory", upserts=[new], deletes=[gone])
    draft.write("findings", [FINDINGS.empty()])
    with draft.open_file("report.txt") as out:
        out.write(str(start).encode())
    sealed(draft)
    draft.publish()
    stage.collect(generations=1, days=0)


def seen(bucket: Bucket) -> tuple[int, ...]:
    """Read everything of the live generation; return the first number, after finding that it is whole."""
    live = stage_of(bucket).current()
    if live is None:
        return ()
    numbers = [int(key[1:]) for key in keys_of(live)]
    assert numbers == list(range(numbers[0], numbers[0] + 55))
    assert live.read_file("report.txt") == str(numbers[0]).encode()
    assert live.table("findings").num_rows == 0
    return (numbers[0],)


def changes_of_a_run(fresh: Callable[[], Bucket]) -> int:
    bucket = fresh()
    next_run(bucket, 0)
    counting = Failing(bucket, -1, AssertionError)
    next_run(counting, 5)
    return counting.changes


@pytest.fixture
def fresh(memory: MemoryBucket) -> Callable[[], MemoryBucket]:
    def empty() -> MemoryBucket:
        for batch in memory.list():
            for key in batch.column("key").to_pylist():
                memory.delete(key)
        return memory

    return empty


def test_killed_at_every_step_the_old_or_the_new_generation_is_whole_and_the_next_run_succeeds(
    fresh: Callable[[], MemoryBucket],
) -> None:
    steps = changes_of_a_run(fresh)
    assert steps > 15
    outcomes = []
    for nth in range(1, steps + 1):
        bucket = fresh()
        next_run(bucket, 0)
        with pytest.raises(Killed):
            next_run(Failing(bucket, nth, lambda _: Killed(), dead=True), 5)
        outcomes.append(seen(bucket))
        next_run(bucket, 9)
        assert seen(bucket) == (9,)
    assert set(outcomes) == {(0,), (5,)}
    assert outcomes == sorted(outcomes), "once it is published it stays published"


def test_killed_at_every_step_of_the_very_first_publication(fresh: Callable[[], MemoryBucket]) -> None:
    counting = Failing(fresh(), -1, AssertionError)
    next_run(counting, 0)
    for nth in range(1, counting.changes + 1):
        bucket = fresh()
        with pytest.raises(Killed):
            next_run(Failing(bucket, nth, lambda _: Killed(), dead=True), 0)
        assert seen(bucket) in ((), (0,))
        next_run(bucket, 9)
        assert seen(bucket) == (9,)


def test_a_full_disk_at_every_step_leaves_the_old_generation_and_names_the_key(
    fresh: Callable[[], MemoryBucket],
) -> None:
    def full(key: str) -> OSError:
        return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    for nth in range(1, changes_of_a_run(fresh) + 1):
        bucket = fresh()
        next_run(bucket, 0)
        failing = Failing(bucket, nth, full, dead=True)
        with pytest.raises(OSError, match="No space left on device") as caught:
            next_run(failing, 5)
        published = seen(bucket) == (5,)
        assert published or seen(bucket) == (0,)
        if not published:
            assert isinstance(caught.value, BucketError)
            assert "catalogue/bucket_inventory/" in str(caught.value)
        next_run(bucket, 9)
        assert seen(bucket) == (9,)


def test_the_pointer_moves_although_its_answer_is_lost(memory: MemoryBucket) -> None:
    class Lossy(Failing):
        def put(self, key: str, body: bytes, *, if_match: str | None = None, if_none_match: bool = False) -> str:
            etag = self._bucket.put(key, body, if_match=if_match, if_none_match=if_none_match)
            if key.endswith("CURRENT"):
                raise BucketError("the connection was reset")
            return etag

    lossy = Lossy(memory, -1, AssertionError)
    for start in (0, 5):
        next_run(lossy, start)
        assert seen(memory) == (start,)


def test_a_client_that_asked_again_and_met_its_own_success_is_no_conflict(memory: MemoryBucket) -> None:
    class Twice(Failing):
        def put(self, key: str, body: bytes, *, if_match: str | None = None, if_none_match: bool = False) -> str:
            self._bucket.put(key, body, if_match=if_match, if_none_match=if_none_match)
            if not key.endswith("CURRENT"):
                return self._bucket.get(key).etag
            return self._bucket.put(key, body, if_match=if_match, if_none_match=if_none_match)

    twice = Twice(memory, -1, AssertionError)
    for start in (0, 5):
        next_run(twice, start)
        assert seen(memory) == (start,)


def test_a_pointer_that_was_never_written_is_the_error_that_it_was(memory: MemoryBucket) -> None:
    publish(stage_of(memory), "inventory", numbered(range(3)))

    class Refusing(Failing):
        def put(self, key: str, body: bytes, *, if_match: str | None = None, if_none_match: bool = False) -> str:
            if key.endswith("CURRENT"):
                raise BucketError("500")
            return self._bucket.put(key, body, if_match=if_match, if_none_match=if_none_match)

    before = memory.get("catalogue/bucket_inventory/CURRENT")
    with pytest.raises(BucketError, match="500"):
        publish(stage_of(Refusing(memory, -1, AssertionError)), "inventory", numbered(range(5)))
    assert memory.get("catalogue/bucket_inventory/CURRENT") == before


@pytest.mark.parametrize("first", [True, False], ids=["the first publication", "a later one"])
def test_of_32_writers_one_publishes_and_the_others_learn_who(bucket: Bucket, first: bool) -> None:
    stage = stage_of(bucket)
    base = None if first else publish(stage, "inventory", numbered(range(3)))
    drafts = []
    for number in range(32):
        draft = stage.draft(base)
        draft.write("inventory", [numbered([number])])
        sealed(draft)
        drafts.append(draft)
    won: list[str] = []
    lost: list[str] = []
    ready = threading.Barrier(32)

    def race(number: int) -> None:
        ready.wait()
        try:
            won.append(drafts[number].publish().id)
        except CatalogueConflict as conflict:
            lost.append(str(conflict))

    threads = [threading.Thread(target=race, args=[number]) for number in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(won), len(lost)) == (1, 31)
    assert all(won[0] in words for words in lost)
    live = stage.require()
    assert live.id == won[0]
    folders = {
        key.split("/")[3]
        for batch in bucket.list("catalogue/")
        for key in batch["key"].to_pylist()
        if "/generations/" in key
    }
    assert folders == {won[0], *([base.id] if base else [])}, "those who lost have left nothing"


def test_a_reader_reads_its_generation_whole_or_is_told_that_it_is_gone(bucket: Bucket) -> None:
    stage = stage_of(bucket)
    held = publish(stage, "inventory", numbered(range(40)))
    expected = keys_of(held)
    reading = held.batches("inventory", columns=["key"])
    begun = next(reading).column("key").to_pylist()
    for number in range(10):
        publish(stage, "inventory", numbered(range(number, 90 + number), token="other"))
        assert keys_of(held) == expected
    stage.collect(generations=3, days=0)
    for read in (
        lambda: keys_of(held),
        lambda: held.lookup("inventory", numbered([3]).select(["key"])),
        lambda: begun + [key for batch in reading for key in batch.column("key").to_pylist()],
    ):
        with pytest.raises(GenerationGone, match="open the stage again"):
            read()


WRITER = """
import sys
from labelport.storage.folder import FolderBucket
from tests.labelport.catalogue.test_crashes import next_run
bucket = FolderBucket(sys.argv[1])
start = int(sys.argv[2])
print("ready", flush=True)
while True:
    next_run(bucket, start)
    print(start, flush=True)
    start += 3
"""


@pytest.mark.slow
def test_killed_processes_leave_a_whole_catalogue(tmp_path: Path) -> None:
    bucket = FolderBucket(str(tmp_path))
    start = 0
    for delay_s in (0.0, 0.007, 0.013, 0.029, 0.051):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path), str(start)],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[3],
        )
        assert writer.stdout is not None
        for _ in range(2):
            writer.stdout.readline()
        with pytest.raises(subprocess.TimeoutExpired):
            writer.wait(delay_s)  # into the run that follows the line, or the one after it
        os.kill(writer.pid, signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        found = seen(bucket)
        start = found[0] + 1 if found else 0
        next_run(bucket, start)
        assert seen(bucket) == (start,)
        stage_of(bucket).collect(generations=1, days=0)
        # Not the folders themselves: one that was made for a file that never came is no object.
        generations = {
            key.split("/")[3]
            for batch in bucket.list("catalogue/bucket_inventory/generations/")
            for key in batch.column("key").to_pylist()
        }
        assert generations == {stage_of(bucket).require().id}, "what the killed one left is collected"
        start += 1
