"""Batches as people run them: the job of one click, the sensor, and files beside the data."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from labelport.manifests.sent import confirm_batch
from tests.orchestration.deployment import Deployment, put_picture, told

LABELBOX = {"platform": "encord", "delta": True}


@pytest.fixture
def birds(tmp_path: Path) -> Deployment:
    made = Deployment(tmp_path)
    made.describe(manifests=[LABELBOX], url_base="https://media.example/birds")
    made.load()
    return made


def files(birds: Deployment) -> set[str]:
    folder = birds.root / "birds/publish/manifests/encord"
    return {path.name for path in folder.iterdir() if path.suffix == ".json" and "index" not in path.name}


def click(birds: Deployment) -> dg.ExecuteInProcessResult:
    """Launch the job as it is, as the UI does."""
    return birds.defs.resolve_job_def("birds_encord_sent").execute_in_process(
        instance=birds.instance, raise_on_error=False
    )


def test_one_click_confirms_what_waits_and_new_uploads_make_the_next_batch(birds: Deployment) -> None:
    first = birds.run()
    assert told(first, "encord_manifest")["labelport/waiting"] == 1
    assert told(first, "encord_manifest")["waits to be sent"] == "batch-0001: 1 series"
    assert files(birds) == {"encord.json", "batch-0001.json"}
    clicked = click(birds)
    assert clicked.success
    assert told(clicked, "encord_manifest")["labelport/waiting"] == 0
    put_picture(birds.source() / "noon/0.png")
    later = birds.run()
    assert told(later, "encord_manifest")["labelport/added"] == 1
    assert files(birds) == {"encord.json", "batch-0001.json", "batch-0002.json"}


def test_a_second_click_confirms_nothing_more(birds: Deployment) -> None:
    birds.run()
    assert click(birds).success
    assert click(birds).success
    put_picture(birds.source() / "noon/0.png")
    birds.run()
    assert "batch-0002.json" in files(birds)
    assert {row["batch"] for row in birds.live("encord_manifest").table("uploads").to_pylist()} == {1, 2}


def test_a_number_can_be_given_and_an_unknown_one_fails_with_words(birds: Deployment) -> None:
    birds.run()
    wrong = birds.run("encord_manifest", config={"encord_manifest": {"sent": 7}})
    assert not wrong.success
    [failure] = [event for event in wrong.all_events if event.is_step_failure]
    assert "batch-0001 waits with 1 series" in str(failure.step_failure_data.error)
    assert birds.run("encord_manifest", config={"encord_manifest": {"sent": 1}}).success
    assert b"Nothing waits" in birds.open().publish.get("manifests/encord/batches.README.txt").body


def test_a_confirmation_by_command_asks_for_no_run(birds: Deployment) -> None:
    birds.tick()
    confirm_batch(birds.open().publish, "encord", 1, dataset="birds", now=datetime.now(UTC))
    assert birds.tick() == []
    again = birds.run()
    assert told(again, "encord_manifest")["labelport/content_changed"] is False


def test_jobs_are_there_for_manifests_with_batches_only(birds: Deployment) -> None:
    birds.describe(manifests=[{"platform": "cvat"}, {"platform": "cvat", "name": "today", "delta": True}])
    birds.load()
    jobs = {job.name for job in birds.defs.resolve_all_job_defs()}
    assert {name for name in jobs if name.endswith("_sent")} == {"birds_today_sent"}


def test_a_manifest_beside_the_data_is_no_media_and_wakes_nobody(tmp_path: Path) -> None:
    birds = Deployment(tmp_path)
    cvat: dict[str, Any] = {"platform": "cvat", "place": "data-root"}
    birds.describe(manifests=[cvat])
    birds.load()
    assert birds.tick() == ["birds: settings or code changed"]
    assert (birds.source() / "manifest.jsonl").read_bytes() == birds.open().publish.get(
        "manifests/cvat/images/manifest.jsonl"
    ).body
    assert birds.tick() == []
    assert birds.keys() == ["dawn/0.png", "dawn/1.png"]
    put_picture(birds.source() / "dawn/2.png")
    assert birds.tick() == ["birds: bucket changed"]
    assert b"dawn/2" in (birds.source() / "manifest.jsonl").read_bytes()
    assert birds.keys() == ["dawn/0.png", "dawn/1.png", "dawn/2.png"]
