"""Every situation in which a dataset is rebuilt, or is not: real folders, real runs, no stand-ins."""

import json
import os
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

from assets.running import PROCESS
from tests.orchestration.deployment import Deployment, put_picture, told, versions


@pytest.fixture
def birds(tmp_path: Path) -> Deployment:
    return Deployment(tmp_path)


def test_second_run_probes_nothing_writes_nothing_and_yields_the_same_data_versions(birds: Deployment) -> None:
    first = birds.run()
    assert first.success
    files = {path: path.read_bytes() for path in birds.root.rglob("manifests/**/*") if path.is_file()}
    second = birds.run()
    assert second.success
    assert versions(second) == versions(first)
    assert told(second, "media_metadata").get("labelport/probed", 0) == 0
    for stage in ("bucket_inventory", "media_metadata", "series", "cvat_manifest"):
        assert told(second, stage)["labelport/content_changed"] is False
    assert files == {path: path.read_bytes() for path in birds.root.rglob("manifests/**/*") if path.is_file()}


@pytest.mark.usefixtures("workers")
def test_new_overwritten_and_deleted_files_probe_exactly_two_and_all_three_show(birds: Deployment) -> None:
    put_picture(birds.source() / "dawn/2.png", shade=2)
    for number in range(9):  # so that one vanished object stays below the guard
        put_picture(birds.source() / f"noon/{number}.png")
    birds.run()
    put_picture(birds.source() / "dawn/3.png", shade=3)
    (birds.source() / "dawn/1.png").unlink()
    put_picture(birds.source() / "dawn/2.png", shade=200)
    result = birds.run()
    counts = told(result, "media_metadata")
    assert (counts["labelport/probed"], counts["labelport/deleted"]) == (2, 1)
    assert [line["name"] for line in birds.manifest_lines() if line["name"].startswith("dawn")] == [
        "dawn/0",
        "dawn/2",
        "dawn/3",
    ]
    assert told(result, "series")["labelport/groups_built"] == 1


def test_the_sensor_asks_once_for_a_new_dataset_and_then_only_for_changes(birds: Deployment) -> None:
    assert birds.tick() == ["birds: settings or code changed"]
    assert birds.tick() == []
    put_picture(birds.source() / "dawn/5.png")
    assert birds.tick() == ["birds: bucket changed"]
    assert birds.tick() == []
    (birds.source() / "dawn/5.png").unlink()  # back to what it was before: it must fire again
    birds.describe(limits={"removed_share": 0.9})
    birds.load()
    assert birds.tick() == ["birds: settings or code changed"]
    assert birds.keys() == ["dawn/0.png", "dawn/1.png"]


def test_a_failed_child_is_rebuilt_by_the_next_run_though_its_parent_has_nothing_new(birds: Deployment) -> None:
    birds.run()
    put_picture(birds.source() / "dawn/7.png")
    pointer = birds.root / "birds/publish/catalogue/series/CURRENT"
    good = pointer.read_bytes()
    pointer.write_bytes(b"torn by a bad disk")
    broken = birds.run()
    assert not broken.success
    assert told(broken, "media_metadata")["labelport/probed"] == 1
    pointer.write_bytes(good)
    healed = birds.run()
    assert healed.success
    assert told(healed, "media_metadata").get("labelport/probed", 0) == 0
    assert [line["name"] for line in birds.manifest_lines()] == ["dawn/0", "dawn/1", "dawn/7"]


def test_a_failed_run_is_tried_three_times_with_back_off_then_waits_for_a_change(
    birds: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert birds.tick() == ["birds: settings or code changed"]
    pointer = birds.root / "birds/publish/catalogue/series/CURRENT"
    good = pointer.read_bytes()
    pointer.write_bytes(b"torn")
    put_picture(birds.source() / "dawn/7.png")
    start = time.time()
    later = [start]
    monkeypatch.setattr(time, "time", lambda: later[0])
    seen = []
    for _ in range(12):
        later[0] += 2000
        seen += birds.tick()
    assert seen == ["birds: bucket changed", "birds: retry 1", "birds: retry 2", "birds: retry 3"]
    pointer.write_bytes(good)
    put_picture(birds.source() / "dawn/8.png")
    later[0] += 10
    assert birds.tick() == ["birds: bucket changed"]
    assert [line["name"] for line in birds.manifest_lines()][-1] == "dawn/8"


def test_a_stage_run_by_hand_is_not_done_again_by_the_next_run(birds: Deployment) -> None:
    birds.run()
    put_picture(birds.source() / "dawn/2.png")
    for stage in ("bucket_inventory", "media_metadata", "series"):
        assert birds.run(stage).success
    result = birds.run()
    assert told(result, "series")["labelport/content_changed"] is False
    assert told(result, "cvat_manifest")["labelport/content_changed"] is True
    assert len(birds.manifest_lines()) == 3


def test_a_new_manifest_in_the_yaml_is_written_and_nothing_else_is_done(birds: Deployment) -> None:
    birds.tick()
    before = birds.live("series").id
    birds.describe(manifests=[{"platform": "cvat"}, {"platform": "centaur"}])
    birds.load()
    assert birds.tick() == ["birds: settings or code changed"]
    assert birds.live("series").id == before
    assert (birds.root / "birds/publish/manifests/centaur/centaur.draft.csv").exists()


def test_a_new_code_version_asks_for_a_run(birds: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    birds.tick()
    from labelport.series import stage

    monkeypatch.setattr(stage, "code_version", lambda settings: "another")
    birds.load()
    assert birds.tick() == ["birds: settings or code changed"]
    assert birds.tick() == []


def test_two_datasets_change_at_once_and_each_gets_its_own_run(tmp_path: Path) -> None:
    both = Deployment(tmp_path, "birds", "frogs")
    assert sorted(both.tick()) == ["birds: settings or code changed", "frogs: settings or code changed"]
    put_picture(both.source("birds") / "dawn/5.png")
    put_picture(both.source("frogs") / "dawn/6.png")
    assert sorted(both.tick()) == ["birds: bucket changed", "frogs: bucket changed"]
    assert both.keys("birds")[-1] == "dawn/5.png"
    assert both.keys("frogs")[-1] == "dawn/6.png"
    put_picture(both.source("frogs") / "dawn/7.png")
    assert both.tick() == ["frogs: bucket changed"]


def test_an_emptied_source_is_refused_the_catalogue_is_kept_and_the_guard_lifts_for_one_run(birds: Deployment) -> None:
    birds.run()
    shutil.rmtree(birds.source())
    birds.source().mkdir()
    refused = birds.run()
    assert not refused.success
    checks = {check.check_name: check for check in refused.get_asset_check_evaluations()}
    assert not checks["removed_share"].passed
    assert checks["removed_share"].metadata["share"].value == 1.0
    assert len(birds.keys()) == 2
    assert birds.run("series").success  # reads the old generation
    birds.run(config={"bucket_inventory": {"allow_removed": True}})
    assert birds.live("bucket_inventory").table("inventory").num_rows == 0


def test_too_many_unreadable_files_block_and_can_be_let_through_for_one_run(birds: Deployment) -> None:
    for number in range(3):
        (birds.source() / f"bad{number}.png").write_bytes(b"\x89PNG\r\n\x1a\nand then nothing of the kind")
    refused = birds.run()
    assert not refused.success
    [check] = [c for c in refused.get_asset_check_evaluations() if c.check_name == "unreadable_share"]
    assert not check.passed
    let_through = birds.run(config={"media_metadata": {"allow_errors": True}})
    assert let_through.success
    assert told(let_through, "media_metadata").get("labelport/probed", 0) == 0  # the refused run's work was kept
    assert len(birds.keys()) == 5


def test_a_lost_dagster_home_costs_one_run_that_redoes_nothing(birds: Deployment) -> None:
    birds.tick()
    before = {
        stage: birds.live(stage).id for stage in ("bucket_inventory", "media_metadata", "series", "cvat_manifest")
    }
    birds.forget()
    assert birds.tick() == ["birds: settings or code changed"]
    assert before == {stage: birds.live(stage).id for stage in before}
    assert birds.tick() == []


def test_a_disabled_dataset_keeps_its_assets_and_is_never_run(birds: Deployment) -> None:
    birds.describe(enabled=False)
    birds.load()
    assert birds.watched == []
    assert dg.AssetKey(["birds", "series"]) in birds.defs.resolve_asset_graph().get_all_asset_keys()


def test_a_run_under_way_is_not_doubled(birds: Deployment) -> None:
    run = birds.instance.create_run_for_job(
        birds.defs.resolve_implicit_global_asset_job_def(),
        status=dg.DagsterRunStatus.STARTED,
        asset_selection=frozenset({dg.AssetKey(["birds", "series"])}),
    )
    assert birds.tick() == []
    birds.instance.report_run_canceled(run)
    assert birds.tick() == ["birds: settings or code changed"]


def test_a_run_whose_process_died_is_reported_as_failed_and_tried_again(
    birds: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    birds.run()
    [finished] = birds.instance.get_runs()
    process = json.loads(finished.tags[PROCESS])  # each step says where it runs
    assert process["pid"] == os.getpid()
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    run = birds.instance.create_run_for_job(
        birds.defs.resolve_implicit_global_asset_job_def(),
        status=dg.DagsterRunStatus.STARTED,
        asset_selection=frozenset({dg.AssetKey(["birds", "series"])}),
        tags={"dataset": "birds", PROCESS: json.dumps({**process, "pid": gone.pid})},
    )
    elsewhere = birds.instance.create_run_for_job(
        birds.defs.resolve_implicit_global_asset_job_def(),
        status=dg.DagsterRunStatus.STARTED,
        tags={"dataset": "another", PROCESS: json.dumps({**process, "host": "another", "pid": gone.pid, "seen": 0.0})},
    )
    later = [time.time()]
    monkeypatch.setattr(time, "time", lambda: later[0])
    assert birds.tick() == ["birds: settings or code changed"]
    ended = birds.instance.get_run_by_id(run.run_id)
    assert ended is not None
    assert ended.status == dg.DagsterRunStatus.FAILURE
    untouched = birds.instance.get_run_by_id(elsewhere.run_id)
    assert untouched is not None
    assert untouched.status == dg.DagsterRunStatus.STARTED  # of another host nothing is known


def test_datasets_of_one_cron_share_a_schedule_and_get_a_run_each(tmp_path: Path) -> None:
    both = Deployment(tmp_path, "birds", "frogs")
    [schedule] = both.schedules
    assert schedule.name == "refresh_0_3_any_any_any"
    asked = schedule(
        dg.build_schedule_context(instance=both.instance, scheduled_execution_time=datetime(2026, 1, 2, 3, tzinfo=UTC))
    )
    assert isinstance(asked, list)
    assert [request.tags["dataset"] for request in asked] == ["birds", "frogs"]


def test_every_asset_of_a_dataset_has_its_pool_so_that_two_runs_never_meet(birds: Deployment) -> None:
    pools = {
        definition.op.pool for definition in birds.defs.assets or [] if isinstance(definition, dg.AssetsDefinition)
    }
    assert pools == {"dataset/birds"}


def test_an_unchanged_run_adds_little_to_the_event_log_and_a_changed_one_stays_in_its_budget(birds: Deployment) -> None:
    def bytes_of(result: dg.ExecuteInProcessResult) -> int:
        return sum(len(str(event.materialization.metadata)) for event in result.get_asset_materialization_events())

    assert bytes_of(birds.run()) < 200_000
    assert bytes_of(birds.run()) < 20_000


def test_findings_are_shown_by_code_with_what_to_do_and_keys_that_name_people_are_not(birds: Deployment) -> None:
    for number in range(40):
        put_picture(birds.source() / f"noon/{number}.png")
    (birds.source() / "DOE^JANE.png").write_bytes(b"\x89PNG\r\n\x1a\nand then nothing of the kind")
    result = birds.run()
    assert result.success
    shown = told(result, "media_metadata")["findings"]
    assert "probe.unreadable" in shown or "probe.truncated" in shown
    assert "redacted" in shown
    everything = "".join(str(event.event_specific_data) + str(event.message) for event in result.all_events)
    assert "JANE" not in everything


def test_a_folder_that_is_too_large_for_a_glance_is_watched_and_polled_beside_it(
    birds: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    from orchestration import sensors

    ahead, real = [0.0], time.time
    monkeypatch.setattr(time, "time", lambda: real() + ahead[0])
    monkeypatch.setattr(sensors, "FINGERPRINT_S", -1.0)
    assert birds.tick() == ["birds: settings or code changed"]
    settled(birds)
    put_picture(birds.source() / "dawn/5.png")
    assert eventually(birds) == ["birds: bucket changed"]
    assert birds.keys()[-1] == "dawn/5.png"
    assert birds.tick() == []
    ahead[0] += 310  # what another machine writes to a network file system is not notified of
    assert birds.tick() == ["birds: poll"]
    monkeypatch.setattr(sensors, "FINGERPRINT_S", 5.0)  # near the limit, now it can be read, now it cannot
    birds.tick()
    for seconds in (-1.0, 5.0, -1.0):
        monkeypatch.setattr(sensors, "FINGERPRINT_S", seconds)
        assert birds.tick() == []


def settled(birds: Deployment) -> None:
    """Tick until the watch has begun and nothing is asked for any more."""
    end = time.monotonic() + 30
    quiet = 0
    while quiet < 3:
        assert time.monotonic() < end
        quiet = 0 if birds.tick() else quiet + 1
        time.sleep(0.3)


def eventually(birds: Deployment) -> list[str]:
    """Tick until a run is asked for: the kernel's notifications come in bunches."""
    end = time.monotonic() + 30
    while not (reasons := birds.tick()):
        assert time.monotonic() < end
        time.sleep(0.1)
    return reasons
