import pytest

from labelport.catalogue.contents import GenerationUnreadable
from labelport.catalogue.stage import Stage
from labelport.errors import BucketError, GenerationGone, StageAbsent
from labelport.storage.memory import MemoryBucket
from tests.labelport.catalogue.rows import keys_of, numbered, publish


def test_a_stage_that_was_never_published_has_no_generation(stage: Stage) -> None:
    assert stage.current() is None
    with pytest.raises(StageAbsent, match="bucket_inventory of birds was never published in memory://"):
        stage.require()


def test_a_lost_generation_is_said_with_the_remedy(stage: Stage, memory: MemoryBucket) -> None:
    live = publish(stage, "inventory", numbered(range(3)))
    memory.delete(f"catalogue/bucket_inventory/generations/{live.id}/generation.json")
    with pytest.raises(GenerationGone, match="Delete CURRENT"):
        stage.current()
    memory.delete("catalogue/bucket_inventory/CURRENT")
    assert len(keys_of(publish(stage, "inventory", numbered(range(4))))) == 4


def test_a_reader_that_was_overtaken_between_pointer_and_folder_opens_the_newer_one(memory: MemoryBucket) -> None:
    class Overtaken(MemoryBucket):
        """Publishes and collects once, right after the pointer was read."""

        busy = False

        def get(self, key: str):  # type: ignore[no-untyped-def]
            got = super().get(key)
            if key.endswith("CURRENT") and not self.busy:
                self.busy = True
                newer = Stage(memory, "bucket_inventory", dataset="birds")
                publish(newer, "inventory", numbered(range(9)))
                newer.collect(generations=1, days=0)
            return got

    publish(Stage(memory, "bucket_inventory", dataset="birds"), "inventory", numbered(range(3)))
    reader = Stage(Overtaken(memory.uri.removeprefix("memory://")), "bucket_inventory", dataset="birds")
    assert len(keys_of(reader.require())) == 9


@pytest.mark.parametrize("body", [b"", b"{}", b'{"format": 99}', b"[1]"])
def test_a_damaged_generation_is_an_error_with_its_place(stage: Stage, memory: MemoryBucket, body: bytes) -> None:
    live = publish(stage, "inventory", numbered(range(3)))
    memory.put(f"catalogue/bucket_inventory/generations/{live.id}/generation.json", body)
    with pytest.raises(GenerationUnreadable, match=rf"generations/{live.id}/generation.json"):
        stage.current()


def test_a_damaged_pointer_is_said_with_the_remedy(stage: Stage, memory: MemoryBucket) -> None:
    memory.put("catalogue/bucket_inventory/CURRENT", b"")
    with pytest.raises(BucketError, match="names no generation"):
        stage.current()
