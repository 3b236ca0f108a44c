"""deploy/dagster.yaml on a real Postgres: runs and events are kept there."""

import shutil
from pathlib import Path

import dagster as dg
import pytest

from tests.needs import ROOT
from tests.postgres import postgres

pytestmark = pytest.mark.slow


def test_an_instance_of_the_deployment_keeps_runs_in_postgres_and_finds_them_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(ROOT / "deploy/dagster.yaml", tmp_path / "dagster.yaml")

    @dg.asset
    def anything() -> dg.MaterializeResult[None]:
        return dg.MaterializeResult(data_version=dg.DataVersion("7"))

    with postgres() as environment:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
            assert dg.materialize([anything], instance=instance).success
            assert not instance.telemetry_enabled
            assert not instance.nux_enabled
        with dg.DagsterInstance.from_config(str(tmp_path)) as again:
            event = again.get_latest_materialization_event(dg.AssetKey("anything"))
            assert event is not None
            assert event.asset_materialization is not None
            assert (event.asset_materialization.tags or {})["dagster/data_version"] == "7"
    assert not list(tmp_path.glob("**/*.db")), "nothing of SQLite beside it"
