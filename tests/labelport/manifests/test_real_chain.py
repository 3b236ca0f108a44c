"""The whole way on the shared fixtures: listing, probes, series and manifest, all of them ours."""

from pathlib import Path
from typing import Any

import pytest

from labelport.catalogue.inventory import refresh_inventory
from labelport.dataset import Dataset, open_dataset
from labelport.manifests.checking import check_files
from labelport.manifests.stage import refresh_manifest
from labelport.probing.stage import refresh_media
from labelport.series.stage import refresh_series
from labelport.settings import DatasetSettings
from tests.needs import fixtures

pytestmark = pytest.mark.slow

REFUSED_VIDEOS = {
    "gop109_400f.mp4": "cvat.keyframes_too_sparse",
    "gop250_250f.mp4": "cvat.keyframes_too_sparse",
    "irregular_bad_327f.mp4": "cvat.keyframes_too_sparse",
    "late_keys_bad.mp4": "cvat.keyframes_too_sparse",
    "hevc.mp4": "cvat.timestamps_not_increasing",
    "notvideo.mp4": "manifest.skipped",
}


def ran(source: str, folder: Path, *, include: str = "**/*", **options: Any) -> tuple[Dataset, Path]:
    """Run all stages over a folder of the fixtures; return the dataset and the folder of its manifest."""
    settings = DatasetSettings(
        name="fixtures",
        bucket=str(fixtures("cvat", "in") / source),
        publish=str(folder / "derived"),
        include=[include],
        manifests=[{"platform": "cvat", **options}],
        limits={"errors_block": 1},
    )
    dataset = open_dataset(settings)
    refresh_inventory(dataset)
    refresh_media(dataset)
    refresh_series(dataset)
    refresh_manifest(dataset, "cvat")
    return dataset, folder / "derived" / "manifests" / "cvat"


@pytest.mark.parametrize(
    ("case", "source", "include", "mode"),
    [
        ("images_lex", "images", "**/*", "exact"),
        ("images_nohash", "images", "**/*", "header"),
        ("odd", "odd", "**/*", "exact"),
        ("images_glob", "images/b", "**/*1*.jp*", "exact"),
        ("related", "related", "**/*", "exact"),
        ("related_glob", "related", "**/*.png", "exact"),
        ("related_nohash", "related", "**/*", "header"),
    ],
)
def test_images_are_byte_equal_to_cvats_tool(case: str, source: str, include: str, mode: str, tmp_path: Path) -> None:
    _, live = ran(source, tmp_path, include=include, mode=mode)
    for name in ("manifest.jsonl", "index.json"):
        assert (live / "images" / name).read_bytes() == (fixtures("cvat", "out") / case / name).read_bytes()


@pytest.mark.parametrize("mode", ["header", "exact"])
def test_header_mode_says_of_odd_images_what_exact_mode_says_but_the_checksum(mode: str, tmp_path: Path) -> None:
    _, live = ran("odd", tmp_path, mode=mode)
    wanted = (fixtures("cvat", "out") / "odd" / "manifest.jsonl").read_text()
    if mode == "header":
        lines = [line.split(',"checksum"')[0] + "}" if "checksum" in line else line for line in wanted.splitlines()]
        wanted = "\n".join(lines) + "\n"
    assert (live / "images" / "manifest.jsonl").read_text() == wanted


@pytest.mark.parametrize(("case", "force"), [("video", False), ("video_force", True)])
def test_videos_are_byte_equal_to_cvats_tool(case: str, force: bool, tmp_path: Path) -> None:
    dataset, live = ran("video", tmp_path, force=force, index=True)
    wanted = {p.name for p in (fixtures("cvat", "out") / case).iterdir()}
    assert {p.name for p in (live / "video").iterdir()} == wanted
    for name in wanted:
        for part in ("manifest.jsonl", "index.json"):
            theirs = (fixtures("cvat", "out") / case / name / part).read_bytes()
            assert (live / "video" / name / part).read_bytes() == theirs, name
    assert [f for f in check_files([live]) if f.severity != "info"] == []
    assert told(dataset) == {name: code for name, code in REFUSED_VIDEOS.items() if name not in wanted}


@pytest.mark.parametrize(("case", "bad"), [("empty", "e.png"), ("notimage", "n.jpg"), ("truncated", "t.jpg")])
def test_one_bad_file_leaves_the_rest(case: str, bad: str, tmp_path: Path) -> None:
    dataset, live = ran(f"bad/{case}", tmp_path, mode="exact")
    assert len((live / "images" / "manifest.jsonl").read_text().splitlines()) == 3
    assert told(dataset).keys() == {bad}


def told(dataset: Dataset) -> dict[str, str]:
    """Return the code of the error about each object."""
    from labelport.catalogue.stage import Stage

    rows = Stage(dataset.publish, "cvat_manifest", dataset=dataset.name).require().table("findings").to_pylist()
    return {row["file"]: row["code"] for row in rows if row["severity"] == "error"}
