"""Outputs beside the data: put there, kept fresh, taken away; and nothing of anybody else's is touched."""

from pathlib import Path
from typing import Any

import pytest

from labelport.catalogue.stage import Stage
from labelport.manifests.cvat import Cvat
from labelport.manifests.stage import refresh_manifest
from labelport.options import ManifestOptions
from labelport.testing.manifest import Prefix, media_row
from tests.labelport.manifests.test_stage import dataset_in, publish_rows, writes


@pytest.fixture(autouse=True)
def beside_the_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let CVAT place what lies in folders of images, each below its own name."""

    def placements(self: Cvat, options: ManifestOptions, names: list[str]) -> dict[str, str]:
        return {name: name.removeprefix("images/") for name in names if name.startswith("images/")}

    monkeypatch.setattr(Cvat, "placements", placements, raising=False)


def prefix_of(*keys: str) -> Prefix:
    prefix = Prefix()
    for key in keys:
        prefix.add(key, [media_row(key)])
    return prefix


def raw(folder: Path) -> dict[str, bytes]:
    root = folder / "raw"
    files = {p.relative_to(root).as_posix(): p for p in sorted(root.rglob("*")) if p.is_file()}
    return {key: path.read_bytes() for key, path in files.items() if not key.startswith(".labelport/")}


def test_outputs_lie_beside_the_data_and_follow_it(tmp_path: Path) -> None:
    dataset = dataset_in(tmp_path)
    publish_rows(dataset, prefix_of("a.png"))
    refresh_manifest(dataset, "cvat")
    live = Stage(dataset.publish, "cvat_manifest", dataset="made").require()
    assert raw(tmp_path) == {
        "index.json": live.read_file("images/index.json"),
        "manifest.jsonl": live.read_file("images/manifest.jsonl"),
    }
    publish_rows(dataset, prefix_of("a.png", "b.png"))
    refresh_manifest(dataset, "cvat")
    assert b'"name":"b"' in raw(tmp_path)["manifest.jsonl"]


def test_an_object_of_another_hand_is_left_and_told(tmp_path: Path) -> None:
    dataset = dataset_in(tmp_path)
    dataset.bucket.put("manifest.jsonl", b"mine")
    publish_rows(dataset, prefix_of("a.png"))
    outcome = refresh_manifest(dataset, "cvat")
    assert raw(tmp_path)["manifest.jsonl"] == b"mine"
    found = Stage(dataset.publish, "cvat_manifest", dataset="made").require().table("findings").to_pylist()
    assert [(row["code"], row["file"]) for row in found] == [("manifest.place_taken", "manifest.jsonl")]
    assert {v.name: v.passed for v in outcome.verdicts}["addresses"] is False


def test_what_is_no_more_is_taken_away_unless_somebody_changed_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = dataset_in(tmp_path)
    publish_rows(dataset, prefix_of("a.png"))
    refresh_manifest(dataset, "cvat")
    dataset.bucket.put("index.json", b"changed by hand")
    monkeypatch.setattr(Cvat, "placements", lambda *_: {})
    publish_rows(dataset, prefix_of("a.png", "b.png"))
    refresh_manifest(dataset, "cvat")
    assert raw(tmp_path) == {"index.json": b"changed by hand"}
    publish_rows(dataset, prefix_of("a.png"))
    refresh_manifest(dataset, "cvat")
    live = Stage(dataset.publish, "cvat_manifest", dataset="made").require()
    assert "unplaced" not in live.extras


def test_a_killed_run_is_repeated_and_a_second_one_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = dataset_in(tmp_path)
    publish_rows(dataset, prefix_of("a.png"))

    def killed(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("labelport.manifests.stage.place", killed)
        with pytest.raises(KeyboardInterrupt):
            refresh_manifest(dataset, "cvat")
    assert raw(tmp_path) == {}
    assert not refresh_manifest(dataset, "cvat").changed
    assert sorted(raw(tmp_path)) == ["index.json", "manifest.jsonl"]
    writes(dataset).clear()
    refresh_manifest(dataset, "cvat")
    assert writes(dataset) == []


def test_a_huge_object_in_the_place_of_a_manifest_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labelport.manifests.placing.MOST_BYTES", 3)
    dataset = dataset_in(tmp_path)
    dataset.bucket.put("manifest.jsonl", b"huge")
    publish_rows(dataset, prefix_of("a.png"))

    def read(*_: Any) -> None:
        raise AssertionError("it was read")

    monkeypatch.setattr(dataset.bucket, "get", read)
    refresh_manifest(dataset, "cvat")
    assert raw(tmp_path)["manifest.jsonl"] == b"huge"
