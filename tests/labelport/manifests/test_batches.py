"""Batches through the stage: what is written on which day, and what somebody's confirmation does."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from labelport.catalogue.stage import Stage
from labelport.dataset import Dataset
from labelport.errors import StageAbsent
from labelport.manifests.sent import BatchUnknown, Sent, confirm_batch
from labelport.manifests.stage import refresh_manifest
from labelport.testing.manifest import Prefix, media_row
from tests.labelport.manifests.test_stage import dataset_in, publish_rows, shown, writes

ENCORD = {"platform": "encord", "delta": True}
NOW = datetime(2030, 1, 1, tzinfo=UTC)


def made(folder: Path, **options: Any) -> Dataset:
    found = dataset_in(folder, {**ENCORD, **options})
    settings = found.settings.model_copy(update={"url_base": "https://media.example/made"})
    return Dataset(settings, found.bucket, found.publish)


def refreshed(dataset: Dataset, **frames: int | tuple[int, str]) -> dict[str, list[str]]:
    """Run with series of so many frames (and of such bytes); return the titles in each file of entries."""
    prefix = Prefix()
    for name, given in frames.items():
        number, token = given if isinstance(given, tuple) else (given, "1")
        rows = [media_row(f"{name}/f{n}.png", token=f"{token}-{n}") for n in range(number)]
        prefix.add(name, rows, kind="frames", rule="pattern")
    publish_rows(dataset, prefix)
    refresh_manifest(dataset, "encord")
    return titles(dataset, {row["series_id"]: row["group_key"] for row in prefix.series})


def titles(dataset: Dataset, names: dict[str, str]) -> dict[str, list[str]]:
    found = {}
    for file, body in shown(dataset, "encord").items():
        if file.endswith(".json") and not file.endswith(".index.json"):
            groups = json.loads(body).get("image_groups", [])
            found[file] = sorted(names.get(group["title"], "gone") for group in groups)
    return found


def confirm(dataset: Dataset, batch: int | None = None, **given: Any) -> Sent:
    return confirm_batch(dataset.publish, "encord", batch, dataset="made", now=NOW, **given)


def codes(dataset: Dataset) -> set[str]:
    return set(
        Stage(dataset.publish, "encord_manifest", dataset="made").require().table("findings")["code"].to_pylist()
    )


def test_the_days_of_the_specification(tmp_path: Path) -> None:
    dataset = made(tmp_path)
    monday = refreshed(dataset, a=2, b=2, c=2)
    assert monday == {"encord.json": ["a", "b", "c"], "batch-0001.json": ["a", "b", "c"]}
    assert confirm(dataset, 1) == Sent(1, 3, again=False)
    sent = shown(dataset, "encord")["batch-0001.json"]

    tuesday = refreshed(dataset, a=2, b=3, d=1)
    assert tuesday["encord.json"] == ["a", "b", "d"]
    assert tuesday["batch-0002.json"] == ["b", "d"]
    assert shown(dataset, "encord")["batch-0001.json"] == sent
    assert "encord.group_changed" in codes(dataset)
    withdrawn = shown(dataset, "encord")["withdrawn.csv"].decode().splitlines()
    assert withdrawn[0] == "series_id,title,batch,last_state"
    assert [line.split(",")[2:] for line in withdrawn[1:]] == [["1", "same"]]

    wednesday = refreshed(dataset, a=2, b=3, d=1, e=1)
    assert wednesday["batch-0002.json"] == ["b", "d", "e"]
    assert "batch-0003.json" not in wednesday
    confirm(dataset)
    thursday = refreshed(dataset, a=2, b=3, d=1, e=1, f=1)
    assert thursday["batch-0003.json"] == ["f"]
    assert thursday["batch-0002.json"] == ["b", "d", "e"]


def test_new_bytes_under_an_old_address_are_a_change_that_the_platform_will_not_see(tmp_path: Path) -> None:
    dataset = made(tmp_path)
    refreshed(dataset, a=1)
    confirm(dataset, 1)
    assert refreshed(dataset, a=(1, "2"))["batch-0002.json"] == ["a"]
    assert "encord.bytes_changed" in codes(dataset)


def test_where_nothing_is_new_there_is_no_batch_and_a_second_run_writes_nothing(tmp_path: Path) -> None:
    dataset = made(tmp_path)
    refreshed(dataset, a=1, b=1)
    confirm(dataset, 1)
    assert set(refreshed(dataset, a=1, b=1)) == {"encord.json", "batch-0001.json"}
    assert b"Nothing waits" in shown(dataset, "encord")["batches.README.txt"]
    writes(dataset).clear()
    assert not refresh_manifest(dataset, "encord").changed
    assert writes(dataset) == []


def test_an_unconfirmed_batch_is_written_again_as_it_was(tmp_path: Path) -> None:
    dataset = made(tmp_path)
    refreshed(dataset, a=1, b=2)
    before = shown(dataset, "encord")
    refreshed(dataset, a=1, b=2)
    after = shown(dataset, "encord")
    assert {k: v for k, v in before.items() if k != "LIVE"} == {k: v for k, v in after.items() if k != "LIVE"}
    assert set(refreshed(dataset, a=1)) == {"encord.json", "batch-0001.json"}


def test_the_second_confirmation_is_no_error_and_an_unknown_number_names_the_batches(tmp_path: Path) -> None:
    dataset = made(tmp_path)
    with pytest.raises(StageAbsent):
        confirm(dataset, 1)
    refreshed(dataset, a=1, b=1)
    with pytest.raises(BatchUnknown, match="no batch 2: batch-0001 waits with 2 series"):
        confirm(dataset, 2)
    confirm(dataset, 1)
    writes(dataset).clear()
    assert confirm(dataset, 1) == Sent(1, 2, again=True)
    assert writes(dataset) == []
    with pytest.raises(BatchUnknown, match="no batch of encord waits: batch-0001 is confirmed"):
        confirm(dataset)


def test_a_manifest_without_delta_has_no_batches_and_says_what_to_write(tmp_path: Path) -> None:
    dataset = made(tmp_path, delta=False)
    assert set(refreshed(dataset, a=1)) == {"encord.json"}
    with pytest.raises(BatchUnknown, match="delta: true"):
        confirm(dataset, 1)


def test_what_came_after_the_files_were_taken_stays_due(tmp_path: Path) -> None:
    dataset = made(tmp_path)
    refreshed(dataset, a=1, b=1)
    taken = datetime.now(UTC)
    refreshed(dataset, a=1, b=2, e=1)
    assert confirm(dataset, 1, before=taken) == Sent(1, 1, again=False, left=2)
    assert b"2 series came later" in shown(dataset, "encord")["batches.README.txt"]
    refresh_manifest(dataset, "encord")
    groups = json.loads(shown(dataset, "encord")["batch-0002.json"])["image_groups"]
    assert len(groups) == 2
    with pytest.raises(BatchUnknown, match="came later"):
        confirm(dataset, 2, before=taken)


def test_a_killed_confirmation_changes_nothing_and_can_be_said_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = made(tmp_path)
    refreshed(dataset, a=1)

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("labelport.catalogue.draft.Draft.publish", killed)
        with pytest.raises(KeyboardInterrupt):
            confirm(dataset, 1)
    assert confirm(dataset, 1) == Sent(1, 1, again=False)


def test_what_the_platform_does_not_take_is_never_given_to_it(tmp_path: Path) -> None:
    dataset = made(tmp_path)
    prefix = Prefix()
    prefix.add("good", [media_row("good.png")])
    prefix.add("clouds", [media_row("a.pcd", kind="pointcloud", media_format="pcd")])
    prefix.add("cut", [media_row("cut.png", status="truncated")])
    publish_rows(dataset, prefix)
    outcome = refresh_manifest(dataset, "encord")
    assert outcome.rows["uploads"] == 1
    assert outcome.counts["waiting"] == 1
    assert confirm(dataset, 1).series == 1


@pytest.mark.parametrize(
    ("options", "files"),
    [
        ({"split": {"train": 0.5, "val": 0.5}}, {"train/batch-0001.json", "val/batch-0001.json"}),
        ({"max_entries": 3}, {"batch-0001.0001.json", "batch-0001.0002.json"}),
    ],
)
def test_a_batch_has_the_parts_and_chunks_of_its_manifest(
    tmp_path: Path, options: dict[str, Any], files: set[str]
) -> None:
    dataset = made(tmp_path, **options)
    names = {f"s{n}": 1 for n in range(6)}
    found = refreshed(dataset, **names)
    assert files <= set(found)
    assert sum(len(found[file]) for file in found if "batch-" in file) == 6
    confirm(dataset, 1)
    again = refreshed(dataset, **names, late=2)
    assert [file for file in again if "batch-0002" in file]


def test_the_list_of_what_was_left_out_stands_once_beside_the_full_manifest(tmp_path: Path) -> None:
    dataset = made(tmp_path)
    prefix = Prefix()
    prefix.add("good", [media_row("good.png")])
    prefix.add("cut", [media_row("cut.png", status="truncated")])
    publish_rows(dataset, prefix)
    refresh_manifest(dataset, "encord")
    assert [file for file in shown(dataset, "encord") if file.endswith(".skipped.csv")] == ["encord.skipped.csv"]


@pytest.mark.parametrize(
    ("depth", "file", "folder"),
    [
        (1, "a.png", "batch-0001.json"),
        (2, "us/a.png", "us/batch-0002.0001.json"),
        (2, "us/a.png", "us/encord.json"),
        (1, "a.png", "batches.README.txt"),
    ],
)
def test_a_folder_of_the_bucket_that_is_called_like_a_file_of_ours_costs_its_series_alone(
    tmp_path: Path, depth: int, file: str, folder: str
) -> None:
    dataset = made(tmp_path, split_by=depth)
    prefix = Prefix()
    for key in (file, f"{folder}/b.png"):
        prefix.add(key, [media_row(key)])
    publish_rows(dataset, prefix)
    assert refresh_manifest(dataset, "encord").counts["entries"] == 1
    found = Stage(dataset.publish, "encord_manifest", dataset="made").require().table("findings").to_pylist()
    assert [(row["code"], row["file"]) for row in found] == [("manifest.key_unsafe", f"{folder}/b.png")]


def test_a_run_tells_what_was_added_changed_and_removed(tmp_path: Path) -> None:
    dataset = made(tmp_path, delta=False)
    refreshed(dataset, a=1, b=1, c=1)
    prefix = Prefix()
    for name, token in (("a", "1"), ("b", "2"), ("d", "1"), ("e", "1")):
        prefix.add(name, [media_row(f"{name}/f0.png", token=f"{token}-0")], kind="frames", rule="pattern")
    publish_rows(dataset, prefix)
    counts = refresh_manifest(dataset, "encord").counts
    assert {name: counts[name] for name in ("added", "changed", "removed")} == {"added": 2, "changed": 1, "removed": 1}
    counts = refresh_manifest(dataset, "encord").counts
    assert {name: counts[name] for name in ("added", "changed", "removed")} == {"added": 0, "changed": 0, "removed": 0}
