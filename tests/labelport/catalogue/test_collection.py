import json
import os
from dataclasses import asdict, replace

import pytest

from labelport.catalogue.heartbeat import this_process
from labelport.catalogue.places import generation_folder
from labelport.catalogue.stage import Stage
from labelport.errors import GenerationGone
from labelport.storage.memory import MemoryBucket
from tests.labelport.catalogue.rows import keys_of, numbered, publish, sealed

STAGE = "bucket_inventory"


def there(bucket: MemoryBucket) -> list[str]:
    keys = (key for batch in bucket.list(f"catalogue/{STAGE}/generations/") for key in batch.column("key").to_pylist())
    return sorted({key.split("/")[3] for key in keys})


def age(bucket: MemoryBucket, generation: str, days: float) -> None:
    """Make a generation look as if it had been sealed so long ago."""
    key = f"{generation_folder(STAGE, generation)}/generation.json"
    contents = json.loads(bucket.get(key).body)
    contents["sealed_at"] -= days * 86400
    bucket.put(key, json.dumps(contents).encode())


def write_heartbeat(bucket: MemoryBucket, generation: str, **changed: object) -> None:
    writer = replace(this_process(None), **changed)  # type: ignore[arg-type]
    bucket.put(f"{generation_folder(STAGE, generation)}/DRAFT", json.dumps(asdict(writer)).encode())


def test_the_newest_and_the_young_are_kept(stage: Stage, memory: MemoryBucket) -> None:
    ids = [publish(stage, "inventory", numbered(range(3))).id for _ in range(6)]
    for generation, days in zip(ids, (3, 3, 0.5, 3, 3, 3), strict=True):
        age(memory, generation, days)
    assert stage.collect(generations=2, days=1) == 3
    assert there(memory) == [ids[2], ids[4], ids[5]]
    assert stage.collect(generations=2, days=1) == 0


def test_the_live_one_is_kept_however_old(stage: Stage, memory: MemoryBucket) -> None:
    live = publish(stage, "inventory", numbered(range(3)))
    age(memory, live.id, 1000)
    folder = generation_folder(STAGE, "000099-ffff")
    memory.put(f"{folder}/generation.json", memory.get(f"{generation_folder(STAGE, live.id)}/generation.json").body)
    stage.collect(generations=1, days=1)
    assert live.id in there(memory)
    assert len(keys_of(stage.require())) == 3


def test_a_living_draft_and_its_base_are_kept(stage: Stage, memory: MemoryBucket) -> None:
    base = publish(stage, "inventory", numbered(range(3)))
    draft = stage.draft(base)
    draft.write("inventory", [numbered(range(5))])
    live = publish(stage, "inventory", numbered(range(4)))
    assert stage.collect(generations=1, days=0) == 0
    assert there(memory) == sorted([base.id, draft.id, live.id])


@pytest.mark.parametrize(
    "changed",
    [
        {"pid": 2**22 + 1},
        {"pid": os.getpid(), "started": "another process had this id"},
        {"boot": "before the machine was started again"},
        {"host": "another", "seen": this_process(None).seen - 3700},
    ],
    ids=["no such process", "its id was given anew", "another boot", "silent for an hour"],
)
def test_a_dead_draft_is_deleted(stage: Stage, memory: MemoryBucket, changed: dict[str, object]) -> None:
    live = publish(stage, "inventory", numbered(range(3)))
    draft = stage.draft(live)
    draft.write("inventory", [numbered(range(5))])
    write_heartbeat(memory, draft.id, **changed)
    assert stage.collect(generations=3, days=1) == 1
    assert there(memory) == [live.id]


def test_a_draft_of_another_host_lives_for_an_hour_without_a_sign(stage: Stage, memory: MemoryBucket) -> None:
    draft = stage.draft(None)
    write_heartbeat(memory, draft.id, host="another", seen=this_process(None).seen - 3000)
    assert stage.collect(generations=1, days=0) == 0


def test_a_draft_that_was_taken_for_dead_cannot_be_published(stage: Stage, memory: MemoryBucket) -> None:
    live = publish(stage, "inventory", numbered(range(3)))
    draft = stage.draft(live)
    draft.write("inventory", [numbered(range(5))])
    sealed(draft)
    write_heartbeat(memory, draft.id, host="another", seen=0.0)
    stage.collect(generations=1, days=0)
    with pytest.raises(GenerationGone, match="taken for dead"):
        draft.publish()
    assert stage.require().id == live.id


def test_a_heartbeat_left_in_a_published_generation_does_not_make_it_a_draft(
    stage: Stage, memory: MemoryBucket
) -> None:
    """A run that is killed right after the swap leaves it."""
    first = publish(stage, "inventory", numbered(range(3)))
    write_heartbeat(memory, first.id, pid=2**22 + 1)
    assert stage.collect(generations=3, days=1) == 0
    second = publish(stage, "inventory", numbered(range(4)))
    assert stage.collect(generations=3, days=1) == 0
    assert there(memory) == [first.id, second.id]


def test_what_a_killed_collection_left_is_deleted(stage: Stage, memory: MemoryBucket) -> None:
    first = publish(stage, "inventory", numbered(range(3)))
    publish(stage, "inventory", numbered(range(4)))
    memory.delete(f"{generation_folder(STAGE, first.id)}/generation.json")
    assert stage.collect(generations=3, days=1) == 1
    assert first.id not in there(memory)


def test_collecting_a_stage_that_was_never_published_does_nothing(stage: Stage) -> None:
    assert stage.collect(generations=1, days=0) == 0
