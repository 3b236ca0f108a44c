"""Clouds the whole way, all stages ours: listing, probes, series, manifest."""

from pathlib import Path

import pytest

from labelport.catalogue.inventory import refresh_inventory
from labelport.dataset import open_dataset
from labelport.manifests.stage import refresh_manifest
from labelport.probing.stage import refresh_media
from labelport.series.stage import refresh_series
from labelport.settings import DatasetSettings
from tests.needs import fixtures

pytestmark = pytest.mark.slow


def live_folder(source: Path, folder: Path, **options: str) -> Path:
    """Run all stages over a folder; return the folder of the manifest."""
    settings = DatasetSettings(
        name="clouds",
        bucket=str(source),
        publish=str(folder),
        manifests=[{"platform": "cvat", **options}],
        limits={"errors_block": 1},
    )
    dataset = open_dataset(settings)
    for refresh in (refresh_inventory, refresh_media, refresh_series):
        refresh(dataset)
    refresh_manifest(dataset, "cvat")
    return folder / "manifests" / "cvat"


@pytest.mark.parametrize("source", ["custom1", "custom2", "kitti", "sly"])
@pytest.mark.parametrize(("case", "mode"), [("pcd", "header"), ("pcd_hash", "exact")])
def test_clouds_are_byte_equal_to_cvats_tool(case: str, mode: str, source: str, tmp_path: Path) -> None:
    live = live_folder(fixtures("cvat", "in") / "pcd" / source, tmp_path, mode=mode)
    for name in ("manifest.jsonl", "index.json"):
        wanted = fixtures("cvat", "out") / case / source / name
        assert (live / "pointcloud" / name).read_bytes() == wanted.read_bytes()
    assert not (live / "images").exists()


def test_a_broken_header_costs_one_cloud_and_is_named(tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    good = (fixtures("cvat", "in") / "pcd" / "custom1" / "s1.pcd").read_bytes()
    (source / "good.pcd").write_bytes(good)
    (source / "version.pcd").write_bytes(good.replace(b"VERSION 0.7", b"VERSION 0.9"))
    (source / "junk.pcd").write_bytes(b"\x00\x01\x02" * 50)
    live = live_folder(source, tmp_path / "out")
    assert len((live / "pointcloud" / "manifest.jsonl").read_text().splitlines()) == 3
    skipped = (live / "cvat.skipped.csv").read_text().splitlines()[1:]
    assert [line.split(",")[:2] for line in skipped] == [
        ["junk.pcd", "cvat.pcd_header"],
        ["version.pcd", "cvat.pcd_header"],
    ]
