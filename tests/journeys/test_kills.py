"""SIGKILL at every bad moment: the next run ends complete, nothing is torn, nothing is probed twice."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from labelport.catalogue.stage import Stage
from labelport.dataset import Dataset, open_dataset
from labelport.manifests.stage import refresh_manifest
from labelport.probing.stage import refresh_media
from labelport.series.stage import refresh_series
from labelport.settings import DatasetSettings
from tests.orchestration.deployment import RULES, put_picture

pytestmark = pytest.mark.slow

PICTURES = 600
"""More than two shards of objects."""

DRIVER = """
import os, signal, sys
from labelport.catalogue.inventory import refresh_inventory
from labelport.dataset import open_dataset
from labelport.manifests.stage import refresh_manifest
from labelport.probing.stage import refresh_media
from labelport.series.stage import refresh_series
from labelport.settings import DatasetSettings

dataset = open_dataset(DatasetSettings.model_validate_json(sys.argv[1]))
die_after = sys.argv[2]
for name, stage in [
    ("bucket_inventory", refresh_inventory),
    ("media_metadata", refresh_media),
    ("series", refresh_series),
    ("cvat_manifest", lambda d: refresh_manifest(d, "cvat")),
]:
    outcome = stage(dataset)
    print(name, outcome.changed, outcome.counts.get("probed", 0), outcome.counts.get("resumed", 0), flush=True)
    if name == die_after:
        os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def settings(tmp_path: Path) -> DatasetSettings:
    for number in range(PICTURES):
        put_picture(tmp_path / f"source/night/{number}.png", shade=number % 256)
    return DatasetSettings.model_validate(
        {
            "name": "birds", "bucket": str(tmp_path / "source"), "publish": str(tmp_path / "publish"),
            "series": RULES, "manifests": [{"platform": "cvat"}],
        }
    )  # fmt: skip


def start(settings: DatasetSettings, die_after: str = "never") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", DRIVER, settings.model_dump_json(exclude_unset=True), die_after],
        stdout=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip


def whole(dataset: Dataset) -> dict[str, int]:
    """Read every live stage to its last row; a torn one raises."""
    rows = {}
    for name in ("bucket_inventory", "media_metadata", "series", "cvat_manifest"):
        generation = Stage(dataset.publish, name, dataset=dataset.name).current()
        if generation is not None:
            for table in generation.tables():
                rows[f"{name}.{table}"] = generation.table(table).num_rows
                assert rows[f"{name}.{table}"] == generation.stamp.rows[table]
            for file in generation.files():
                assert len(generation.read_file(file)) == generation.files()[file].size
    return rows


def test_killed_between_media_and_series_the_next_run_goes_on_and_probes_nothing(settings: DatasetSettings) -> None:
    run = start(settings, die_after="media_metadata")
    run.communicate(timeout=120)
    assert run.returncode == -signal.SIGKILL
    dataset = open_dataset(settings)
    assert refresh_media(dataset).counts.get("probed", 0) == 0
    assert refresh_series(dataset).rows["items"] == PICTURES
    assert refresh_manifest(dataset, "cvat").counts["entries"] == PICTURES


def test_killed_at_random_moments_no_stage_is_torn_and_no_finished_object_is_probed_again(
    settings: DatasetSettings,
) -> None:
    chance = random.Random(7)
    dataset = open_dataset(settings)
    for _ in range(6):
        run = start(settings)
        time.sleep(chance.uniform(0.3, 4.0))
        os.killpg(run.pid, signal.SIGKILL)
        run.communicate(timeout=60)
        whole(dataset)
    last = start(settings)
    told, _ = last.communicate(timeout=120)
    assert last.returncode == 0
    probed, resumed = next(
        (int(line.split()[2]), int(line.split()[3])) for line in told.splitlines() if line.startswith("media")
    )
    assert probed + resumed in (0, PICTURES)  # all of it was there, or it was taken up where it stopped
    assert whole(dataset)["series.items"] == PICTURES
    again = start(settings)
    told, _ = again.communicate(timeout=120)
    assert [line.split()[1:3] for line in told.splitlines()] == [["False", "0"]] * 4


def test_nothing_of_a_killed_run_is_alive_five_seconds_later(settings: DatasetSettings) -> None:
    run = start(settings)
    end = time.monotonic() + 30
    while not (children := descendants(run.pid)) and time.monotonic() < end:
        time.sleep(0.05)
    assert children, "the run never started its host"
    run.kill()  # the run alone: host and workers must notice
    run.wait()
    end = time.monotonic() + 5
    while (
        left := [pid for pid in children if Path(f"/proc/{pid}").exists() and not zombie(pid)]
    ) and time.monotonic() < end:
        time.sleep(0.1)
    assert not left


def descendants(pid: int) -> set[int]:
    """Return the processes below a process."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}


def zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True
