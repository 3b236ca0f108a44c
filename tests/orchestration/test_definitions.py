"""The code location as a whole: what Dagster loads, and what it refuses."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml

from assets.bucket import WATCH
from tests.needs import ROOT
from tests.orchestration.deployment import Deployment

GOOD: dict[str, Any] = {
    "type": "orchestration.components.MediaDataset",
    "attributes": {
        "name": "echo",
        "bucket": "{{ env.LABELPORT_TEST_BUCKET }}",
        "publish": "published/echo",
        "refresh": "0 3 * * *",
        "series": [{"rule": "dicom"}, {"rule": "video"}, {"rule": "single"}],
        "manifests": [{"platform": "cvat", "mode": "exact"}, {"platform": "centaur"}],
        "owners": ["team:imaging"],
    },
}


def dg_check(what: str, project: Path, **env: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "dg"), "check", what]
    return subprocess.run(
        command, cwd=project, env={**os.environ, **env}, capture_output=True, text=True, check=False, timeout=120
    )


def project_with(tmp_path: Path, *datasets: Mapping[str, object]) -> Path:
    """Return a copy of the project's top level with other datasets in orchestration/defs."""
    project = tmp_path / "project"
    (project / "orchestration").mkdir(parents=True)
    for name in ("pyproject.toml", "workspace.yaml", "labelport", "assets", "README.md", "LICENSE"):
        (project / name).symlink_to(ROOT / name)
    for path in (ROOT / "orchestration").glob("*.py"):
        (project / "orchestration" / path.name).write_text(path.read_text())
    defs = project / "orchestration/defs/echo"
    defs.mkdir(parents=True)
    (project / "orchestration/defs/__init__.py").touch()
    (defs / "defs.yaml").write_text("---\n".join(yaml.safe_dump(dataset, sort_keys=False) for dataset in datasets))
    return project


@pytest.mark.slow
def test_dg_check_yaml_and_defs_accept_the_project_as_it_is_shipped() -> None:
    for what in ("yaml", "defs"):
        outcome = dg_check(what, ROOT)
        assert outcome.returncode == 0, outcome.stdout + outcome.stderr


@pytest.mark.slow
def test_dg_check_yaml_accepts_a_dataset_and_names_the_line_of_a_wrong_key(tmp_path: Path) -> None:
    assert dg_check("yaml", project_with(tmp_path / "good", GOOD), LABELPORT_TEST_BUCKET="raw").returncode == 0
    bad = yaml.safe_load(yaml.safe_dump(GOOD))
    bad["attributes"]["manifests"][0]["modus"] = "exact"
    outcome = dg_check("yaml", project_with(tmp_path / "bad", bad), LABELPORT_TEST_BUCKET="raw")
    assert outcome.returncode != 0
    assert "modus" in outcome.stdout + outcome.stderr
    assert "defs.yaml:" in outcome.stdout + outcome.stderr


def load(folder: Path, monkeypatch: pytest.MonkeyPatch) -> dg.Definitions:
    from orchestration.definitions import DATASETS, defs

    monkeypatch.setenv(DATASETS, str(folder))
    return defs()


def test_a_folder_of_datasets_outside_the_project_is_loaded_with_its_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "echo").mkdir()
    (tmp_path / "echo/defs.yaml").write_text(yaml.safe_dump(GOOD))
    monkeypatch.setenv("LABELPORT_TEST_BUCKET", str(tmp_path / "raw"))
    loaded = load(tmp_path, monkeypatch)
    specs = {spec.key.to_user_string(): spec for spec in loaded.resolve_all_asset_specs()}
    assert set(specs) == {
        f"echo/{name}"
        for name in ("bucket", "bucket_inventory", "media_metadata", "series", "cvat_manifest", "centaur_manifest")
    }
    assert specs["echo/bucket"].metadata[WATCH]["bucket"] == str(tmp_path / "raw")
    assert {sensor.name for sensor in loaded.sensors or []} == {"bucket_changes", "rebuild"}
    [schedule] = loaded.schedules or []
    assert schedule.name == "refresh_0_3_any_any_any"


def test_a_folder_of_datasets_that_is_not_there_stops_the_load_with_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Exception, match="LABELPORT_DATASETS"):
        load(tmp_path / "absent", monkeypatch)


def test_the_component_is_listed_for_people_who_look_for_it() -> None:
    from importlib.metadata import entry_points

    [point] = entry_points(group="dagster_dg_cli.registry_modules", name="labelport")
    assert point.value == "orchestration.components"


SHAPE = {
    "bucket": (set(), set()),
    "bucket_inventory": ({"bucket"}, {"removed_share", "not_empty"}),
    "media_metadata": ({"bucket_inventory"}, {"unreadable_share"}),
    "series": ({"media_metadata"}, {"complete"}),
    "cvat_manifest": (
        {"series", "media_metadata"},
        {"valid_for_platform", "media_taken", "addresses", "grouping", "privacy", "batches", "format"},
    ),
}


def test_lineage_checks_group_and_code_versions_are_as_documented(tmp_path: Path) -> None:
    birds = Deployment(tmp_path)
    specs = {spec.key.path[-1]: spec for spec in birds.defs.resolve_all_asset_specs()}
    checks = birds.defs.resolve_asset_graph().asset_check_keys
    assert {
        name: (
            {dep.asset_key.path[-1] for dep in spec.deps},
            {check.name for check in checks if check.asset_key == spec.key},
        )
        for name, spec in specs.items()
    } == SHAPE
    assert {spec.group_name for spec in specs.values()} == {"birds"}
    assert all(spec.code_version for name, spec in specs.items() if name != "bucket")
    assert all(spec.description for spec in specs.values())


def test_no_step_of_the_library_knows_dagster() -> None:
    found = subprocess.run(
        [sys.executable, "-c", "import sys, labelport.cli, labelport.settings, labelport.dataset; print('dagster' in sys.modules)"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert found.stdout.strip() == "False"
