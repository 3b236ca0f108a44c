import subprocess
import sys

import pytest

from labelport.catalogue import heartbeat
from labelport.catalogue.heartbeat import Heartbeat, claimed, read_writer, this_process
from labelport.errors import GenerationGone
from labelport.storage.memory import MemoryBucket


def test_a_heartbeat_says_who_writes_and_from_what(memory: MemoryBucket) -> None:
    Heartbeat(memory, "draft", base="000001-abcd")
    writer = read_writer(memory.get("draft/DRAFT").body)
    assert writer is not None
    assert writer.base == "000001-abcd"
    assert writer.is_alive(writer.seen)


def test_it_is_renewed_at_most_every_30_seconds(memory: MemoryBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr("labelport.catalogue.heartbeat.time.monotonic", lambda: clock[0])
    beat = Heartbeat(memory, "draft", base=None)
    first = memory.get("draft/DRAFT").etag
    clock[0] += 29
    beat.renew()
    assert memory.get("draft/DRAFT").etag == first
    clock[0] += 2
    beat.renew()
    second = memory.get("draft/DRAFT").etag
    assert second != first
    beat.renew()
    assert memory.get("draft/DRAFT").etag == second


def test_a_claimed_draft_learns_of_it_and_a_renewed_one_cannot_be_claimed(memory: MemoryBucket) -> None:
    beat = Heartbeat(memory, "draft", base=None)
    seen = memory.get("draft/DRAFT").etag
    beat.renew(now=True)
    assert not claimed(memory, "draft", seen)
    assert claimed(memory, "draft", memory.get("draft/DRAFT").etag)
    with pytest.raises(GenerationGone, match="taken for dead"):
        beat.renew(now=True)


def test_a_process_that_ended_is_dead_though_nobody_has_waited_for_it() -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    started = heartbeat._started(child.pid)
    assert started is not None
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.close()
    child.stdout.read()
    child.kill()
    child.wait()
    assert heartbeat._started(child.pid) is None


def test_what_is_no_heartbeat_is_nobody() -> None:
    assert read_writer(b"") is None
    assert read_writer(b'{"collected": true}') is None
    assert read_writer(b"[]") is None


def test_this_process_is_alive() -> None:
    assert this_process(None).is_alive(0.0)
