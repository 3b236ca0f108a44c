import hashlib
import json
from pathlib import Path

import pytest

from labelport.catalogue.stage import Stage
from labelport.errors import GenerationGone, PublishTaken
from labelport.findings import finding, findings_table
from labelport.storage.folder import FolderBucket
from labelport.storage.memory import MemoryBucket
from labelport.tables import FINDINGS
from tests.labelport.catalogue.rows import change, inventory, keys_of, numbered, publish, sealed


def everything(bucket: MemoryBucket) -> dict[str, bytes]:
    return {key: bucket.get(key).body for batch in bucket.list() for key in batch.column("key").to_pylist()}


def test_nobody_sees_a_draft_before_it_is_published(stage: Stage) -> None:
    draft = stage.draft(None)
    draft.write("inventory", [numbered(range(3))])
    readable = sealed(draft)
    assert keys_of(readable) == ["k00000", "k00001", "k00002"], "the checks can read it"
    assert stage.current() is None
    published = draft.publish()
    live = stage.require()
    assert live.id == published.id == readable.id
    assert live.stamp == readable.stamp


def test_a_dropped_draft_leaves_nothing(stage: Stage, memory: MemoryBucket) -> None:
    publish(stage, "inventory", numbered(range(150)))
    before = everything(memory)
    draft = stage.draft(stage.current())
    draft.update("inventory", upserts=[inventory({"new": "t"})])
    with draft.open_file("a/b.csv") as out:
        out.write(b"x")
    sealed(draft)
    draft.drop()
    draft.drop()
    assert everything(memory) == before


def test_a_published_draft_is_not_dropped(stage: Stage) -> None:
    """A caller that drops on every exception may be interrupted right after the swap."""
    draft = stage.draft(None)
    draft.write("inventory", [numbered(range(3))])
    sealed(draft)
    draft.publish()
    draft.drop()
    assert len(keys_of(stage.require())) == 3


def test_ids_count_up_and_end_in_something_random(stage: Stage) -> None:
    ids = [publish(stage, "inventory", numbered(range(3))).id for _ in range(3)]
    assert [generation.split("-")[0] for generation in ids] == ["000001", "000002", "000003"]
    assert all(len(generation.split("-")[1]) == 8 for generation in ids)


def test_the_stamp_says_what_a_generation_was_made_from(stage: Stage) -> None:
    draft = stage.draft(None)
    draft.write("inventory", [numbered(range(3))])
    draft.write("findings", [FINDINGS.empty()])
    draft.seal(inputs={"raw": "v1"}, code_version="2", settings_hash="abc", extras={"listed_at": "now", "é": [1]})
    draft.publish()
    live = stage.require()
    assert live.stamp.equals(inputs={"raw": "v1"}, code_version="2", settings_hash="abc")
    assert not live.stamp.equals(inputs={"raw": "v2"}, code_version="2", settings_hash="abc")
    assert not live.stamp.equals(inputs={"raw": "v1"}, code_version="3", settings_hash="abc")
    assert not live.stamp.equals(inputs={"raw": "v1"}, code_version="2", settings_hash="abd")
    assert live.stamp.rows == {"inventory": 3, "findings": 0}
    assert live.extras == {"listed_at": "now", "é": [1]}


def test_findings_are_no_content(stage: Stage) -> None:
    one = publish(stage, "inventory", numbered(range(3)))
    draft = stage.draft(one)
    draft.keep("inventory")
    draft.write("findings", [findings_table([finding("inventory.vanished", stage="bucket_inventory")])])
    sealed(draft)
    two = draft.publish()
    assert two.stamp.rows["findings"] == 1
    assert two.stamp.content_version == one.stamp.content_version


def test_columns_that_are_only_shown_are_no_content(stage: Stage) -> None:
    one = publish(stage, "inventory", inventory({"a": "t"}))
    same_token = inventory({"a": "t"}).set_column(1, "size", [[99]])
    assert change(stage, "inventory", upserts=same_token).stamp.content_version == one.stamp.content_version
    other_token = change(stage, "inventory", upserts=inventory({"a": "u"}))
    assert other_token.stamp.content_version != one.stamp.content_version


def test_files_are_part_of_the_generation_and_of_its_content(stage: Stage) -> None:
    versions = []
    for text in (b"one", b"one", b"two"):
        draft = stage.draft(stage.current())
        with draft.open_file("images/manifest.jsonl") as out:
            out.write(text)
        sealed(draft)
        live = draft.publish()
        entry = live.files()["images/manifest.jsonl"]
        assert (entry.size, entry.sha256) == (3, hashlib.sha256(text).hexdigest())
        assert live.read_file("images/manifest.jsonl") == text
        versions.append(live.stamp.content_version)
    assert versions[0] == versions[1] != versions[2]
    with pytest.raises(KeyError, match="no file 'other'"):
        live.read_file("other")


def test_a_file_that_failed_half_way_is_no_file(stage: Stage) -> None:
    draft = stage.draft(None)

    def half() -> None:
        with draft.open_file("half.csv") as out:
            out.write(b"half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half()
    assert sealed(draft).files() == {}


@pytest.mark.parametrize("name", ["", "/etc/passwd", "../CURRENT", "a/../../b", "a//b", "."])
def test_a_file_cannot_leave_its_generation(stage: Stage, name: str) -> None:
    with pytest.raises(ValueError, match="no name of a file"), stage.draft(None).open_file(name):
        pass


def test_tables_and_files_come_once_and_only_before_sealing(stage: Stage) -> None:
    draft = stage.draft(None)
    draft.write("inventory", [])
    with pytest.raises(ValueError, match="written already"):
        draft.write("inventory", [])
    with draft.open_file("a"):
        pass
    with pytest.raises(ValueError, match="written already"), draft.open_file("a"):
        pass
    with pytest.raises(RuntimeError, match="seal the draft"):
        draft.publish()
    sealed(draft)
    with pytest.raises(RuntimeError, match="sealed"):
        draft.write("findings", [])


def test_keeping_what_the_base_does_not_have_gives_an_empty_table(stage: Stage) -> None:
    draft = stage.draft(None)
    draft.keep("inventory")
    assert sealed(draft).table("inventory").num_rows == 0


def test_a_base_that_was_collected_meanwhile_is_said(stage: Stage) -> None:
    base = publish(stage, "inventory", numbered(range(150)))
    publish(stage, "inventory", numbered(range(150)))
    stage.collect(generations=1, days=0)
    draft = stage.draft(base)
    with pytest.raises(GenerationGone):
        draft.keep("inventory")


def test_a_publish_folder_belongs_to_one_dataset(stage: Stage, memory: MemoryBucket) -> None:
    publish(stage, "inventory", numbered(range(3)))
    assert memory.get("DATASET").body == b"birds\n"
    other = Stage(memory, "media_metadata", dataset="whales")
    for refused in (other.current, other.require, lambda: other.draft(None)):
        with pytest.raises(PublishTaken, match="belongs to the dataset 'birds', not to 'whales'"):
            refused()


def test_of_two_datasets_that_draft_into_one_folder_the_second_is_refused(stage: Stage, memory: MemoryBucket) -> None:
    other = Stage(memory, "bucket_inventory", dataset="whales")
    draft = other.draft(None)
    draft.write("inventory", [])
    sealed(draft)
    publish(stage, "inventory", numbered(range(3)))
    with pytest.raises(PublishTaken):
        draft.publish()
    assert len(keys_of(stage.require())) == 3


def test_the_layout_is_that_of_the_specification(tmp_path: Path) -> None:
    stage = Stage(FolderBucket(str(tmp_path)), "bucket_inventory", dataset="birds", shard_rows=2)
    live = publish(stage, "inventory", numbered(range(4)))
    files = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file())
    folder = f"catalogue/bucket_inventory/generations/{live.id}"
    assert [file for file in files if not file.startswith(".")] == [
        "DATASET",
        "catalogue/bucket_inventory/CURRENT",
        f"{folder}/findings/part-00000.parquet",
        f"{folder}/generation.json",
        f"{folder}/inventory/part-00000.parquet",
        f"{folder}/inventory/part-00001.parquet",
    ]
    assert json.loads((tmp_path / "catalogue/bucket_inventory/CURRENT").read_text()) == {"generation": live.id}


def test_carried_over_shards_are_hard_links(tmp_path: Path) -> None:
    stage = Stage(FolderBucket(str(tmp_path)), "bucket_inventory", dataset="birds", shard_rows=2)
    base = publish(stage, "inventory", numbered(range(4)))
    after = change(stage, "inventory", upserts=numbered([3], token="new"))
    inodes = [
        [(Path(live.uri) / "inventory" / name).stat().st_ino for name in ("part-00000.parquet", "part-00001.parquet")]
        for live in (base, after)
    ]
    assert inodes[0][0] == inodes[1][0]
    assert inodes[0][1] != inodes[1][1]
