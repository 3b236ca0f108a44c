"""The whole stage: tables of a catalogue in, chunks under fixed names out, with real probes too."""

import json
from pathlib import Path
from typing import Any

import pytest

from labelport.catalogue.outcome import DraftRefused
from labelport.catalogue.stage import Stage
from labelport.dataset import Dataset, open_dataset
from labelport.manifests.checking import check_files
from labelport.manifests.stage import refresh_manifest
from labelport.settings import DatasetSettings
from tests.labelport.manifests.encord.prefixes import everything
from tests.labelport.manifests.encord.sdk import refusals
from tests.labelport.manifests.test_stage import publish_rows, shown
from tests.labelport.stages import refreshed_here
from tests.media import clip, photo

BASE = "https://media.example/us"


def dataset_in(folder: Path, *, url_base: str | None = BASE, **options: Any) -> Dataset:
    (folder / "raw").mkdir(exist_ok=True)
    return open_dataset(
        DatasetSettings(
            name="made",
            bucket=str(folder / "raw"),
            publish=str(folder / "derived"),
            url_base=url_base,
            manifests=[{"platform": "encord", **options}],
        )
    )


def test_the_stage_gives_urls_and_the_columns_of_media_metadata(tmp_path: Path) -> None:
    dataset = dataset_in(tmp_path, media_metadata=True, unconfirmed=True)
    publish_rows(dataset, everything())
    outcome = refresh_manifest(dataset, "encord")
    files = shown(dataset, "encord")
    written = json.loads(files["encord.json"])
    assert all(v.passed for v in outcome.verdicts if v.blocking)
    assert written["videos"][0]["objectUrl"] == f"{BASE}/clips/a.mp4"
    assert written["videos"][0]["videoMetadata"]["fps"] == 29.97
    assert written["audio"][0]["audioMetadata"]["codec"] == "pcm"
    assert {"encord.json", "encord.index.json", "encord.groups.json", "encord.README.txt"} <= set(files)
    assert [f for f in check_files([tmp_path / "derived/manifests/encord"]) if f.severity == "error"] == []
    assert not refresh_manifest(dataset, "encord").changed


def test_a_folder_without_url_base_is_refused_in_words_that_say_what_to_set(tmp_path: Path) -> None:
    dataset = dataset_in(tmp_path, url_base=None)
    publish_rows(dataset, everything())
    with pytest.raises(DraftRefused, match="url_base"):
        refresh_manifest(dataset, "encord")


def test_files_of_a_bucket_become_a_manifest_that_the_sdk_takes(tmp_path: Path) -> None:
    dataset = dataset_in(tmp_path, media_metadata=True)
    raw = tmp_path / "raw"
    (raw / "b c.jpg").write_bytes(photo("JPEG", 40, 30, orientation=6))
    (raw / "clip.mp4").write_bytes(clip("mp4", frames=25, rate=25))
    (raw / "broken.png").write_bytes(photo("PNG")[:20])
    refreshed_here(dataset)
    refresh_manifest(dataset, "encord")
    written = json.loads(shown(dataset, "encord")["encord.json"])
    assert refusals(written) == []
    (film,), (picture,) = written["videos"], written["images"]
    assert film["videoMetadata"] == {
        "fps": 25.0,
        "duration": 1.0,
        "width": 96,
        "height": 64,
        "file_size": (raw / "clip.mp4").stat().st_size,
        "mime_type": "video/mp4",
    }
    assert picture["objectUrl"] == f"{BASE}/b%20c.jpg"
    assert (picture["imageMetadata"]["width"], picture["imageMetadata"]["height"]) == (30, 40)
    skipped = shown(dataset, "encord")["encord.skipped.csv"].decode().splitlines()
    assert [line.split(",")[:2] for line in skipped[1:]] == [["broken.png", "manifest.skipped"]]


def test_strict_refuses_what_only_a_warning_leaves_out(tmp_path: Path) -> None:
    dataset = dataset_in(tmp_path, strict=True)
    publish_rows(dataset, everything())
    with pytest.raises(DraftRefused, match="strict"):
        refresh_manifest(dataset, "encord")
    generation = Stage(dataset.publish, "encord_manifest", dataset="made").current()
    assert generation is None
