"""The whole stage of the platforms whose files are JSON arrays: settings and tables in, files and batches out."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from labelport.catalogue.stage import Stage
from labelport.dataset import Dataset, open_dataset
from labelport.manifests.checking import check_files
from labelport.manifests.sent import confirm_batch
from labelport.manifests.stage import refresh_manifest
from labelport.settings import DatasetSettings
from labelport.testing.manifest import Prefix
from tests.labelport.manifests.encord.prefixes import everything, image
from tests.labelport.manifests.test_stage import publish_rows, shown
from tests.labelport.stages import refreshed_here
from tests.media import clip, photo

PLATFORMS = ["label_studio", "labelbox", "redbrick"]


def dataset_in(folder: Path, platform: str, **options: Any) -> Dataset:
    (folder / "raw").mkdir(exist_ok=True)
    return open_dataset(
        DatasetSettings(
            name="made",
            bucket=str(folder / "raw"),
            publish=str(folder / "derived"),
            url_base="https://media.example/made",
            manifests=[{"platform": platform, **options}],
        )
    )


def codes(dataset: Dataset, platform: str) -> dict[str, int]:
    table = Stage(dataset.publish, f"{platform}_manifest", dataset="made").require().table("findings")
    return dict(zip(table["code"].to_pylist(), table["count"].to_pylist(), strict=True))


@pytest.mark.parametrize("platform", PLATFORMS)
def test_one_series_of_each_kind_is_published_and_recognised_by_its_content(platform: str, tmp_path: Path) -> None:
    dataset = dataset_in(tmp_path, platform)
    publish_rows(dataset, everything())
    outcome = refresh_manifest(dataset, platform)
    files = shown(dataset, platform)
    assert all(verdict.passed for verdict in outcome.verdicts if verdict.blocking)
    assert {f"{platform}.json", f"{platform}.index.json", f"{platform}.README.txt"} <= set(files)
    assert [f for f in check_files([tmp_path / "derived/manifests" / platform]) if f.severity == "error"] == []
    assert not refresh_manifest(dataset, platform).changed


@pytest.mark.slow
@pytest.mark.parametrize("platform", PLATFORMS)
def test_files_of_a_bucket_become_entries_and_the_broken_one_is_listed(platform: str, tmp_path: Path) -> None:
    dataset = dataset_in(tmp_path, platform)
    raw = tmp_path / "raw"
    (raw / "b c.jpg").write_bytes(photo("JPEG", 40, 30))
    (raw / "clip.mp4").write_bytes(clip("mp4", frames=25, rate=25))
    (raw / "broken.png").write_bytes(photo("PNG")[:20])
    refreshed_here(dataset)
    refresh_manifest(dataset, platform)
    files = shown(dataset, platform)
    assert len(json.loads(files[f"{platform}.json"])) == 2
    skipped = files[f"{platform}.skipped.csv"].decode().splitlines()
    assert [line.split(",")[:2] for line in skipped[1:]] == [["broken.png", "manifest.skipped"]]


SENT: dict[str, Any] = {"token": "1", "site": "north", "frames": 2}
DUPLICATES, KEY_KNOWN, NAME_KNOWN = "label_studio.duplicates", "labelbox.global_key_known", "redbrick.name_known"


@pytest.mark.parametrize(
    ("platform", "change", "said"),
    [
        ("label_studio", {"token": "2"}, {DUPLICATES}),
        ("label_studio", {"site": "south"}, {DUPLICATES}),
        ("label_studio", {"frames": 3}, {DUPLICATES}),
        ("labelbox", {"token": "2"}, {KEY_KNOWN}),
        ("labelbox", {"site": "south"}, {KEY_KNOWN}),
        ("labelbox", {"frames": 3}, set()),
        ("redbrick", {"token": "2"}, {NAME_KNOWN}),
        ("redbrick", {"site": "south"}, {NAME_KNOWN}),
        ("redbrick", {"frames": 3}, {NAME_KNOWN}),
    ],
)
def test_a_batch_with_a_changed_series_says_what_the_platform_makes_of_it(
    platform: str, change: dict[str, Any], said: set[str], tmp_path: Path
) -> None:
    dataset = dataset_in(tmp_path, platform, delta=True)
    assert "batch-0001.json" in _refreshed(dataset, **SENT)
    confirm_batch(dataset.publish, platform, 1, dataset="made", now=datetime(2030, 1, 1, tzinfo=UTC))
    assert "batch-0002.json" in _refreshed(dataset, **{**SENT, **change})
    assert {found for found in codes(dataset, platform) if found.startswith(platform)} == said


def _refreshed(dataset: Dataset, *, token: str, site: str, frames: int) -> dict[str, bytes]:
    """Run with one series of so many frames; return what is shown."""
    prefix = Prefix()
    rows = [image(f"{number}.png", token=token) for number in range(frames)]
    prefix.add("x", rows, kind="frames", metadata=[("notes:site", site)])
    publish_rows(dataset, prefix)
    (manifest,) = dataset.settings.manifests
    refresh_manifest(dataset, manifest.platform)
    return shown(dataset, manifest.platform)
