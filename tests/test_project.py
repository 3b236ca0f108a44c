"""The ground: what a stranger finds at the top of the checkout is true."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml

from tests.needs import ROOT

PACKAGES = ("labelport", "assets", "orchestration")


def test_the_lock_pins_every_version_by_hash_and_names_no_index() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    assert "://" not in lock
    assert "--index" not in lock
    assert "--find-links" not in lock
    blocks = re.split(r"\n(?=[a-zA-Z0-9])", "\n".join(line for line in lock.splitlines() if not line.startswith("#")))
    for block in blocks:
        assert re.match(r"[A-Za-z0-9._\-\[\]]+==[^ ]+", block), block
        assert "--hash=sha256:" in block, block


def test_the_lock_holds_every_dependency_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    lock = (ROOT / "requirements.lock").read_text().lower()
    for requirement in wanted:
        name = re.split(r"[<>=\[ ]", requirement)[0].lower()
        assert re.search(rf"^{re.escape(name)}==", lock, re.MULTILINE), name


@pytest.mark.parametrize("path", ["deploy/local/dagster.yaml", "deploy/dagster.yaml"])
def test_a_shipped_dagster_yaml_is_valid_and_switches_telemetry_and_the_mail_dialog_off(path: str) -> None:
    from dagster._config import process_config  # no public way validates this file
    from dagster._core.instance.config import dagster_instance_config_schema

    given = yaml.safe_load((ROOT / path).read_text())
    assert given["telemetry"] == {"enabled": False}
    assert given["nux"] == {"enabled": False}
    assert given["concurrency"]["pools"] == {"granularity": "run", "default_limit": 1}
    if "postgres" in given.get("storage", {}):
        return  # the Postgres settings are tried on a real server in tests/journeys
    outcome = process_config(dagster_instance_config_schema(), given)
    assert outcome.success, outcome.errors


@pytest.mark.slow
def test_the_wheel_holds_all_three_packages_and_labelport_works_beside_a_stranger_called_assets(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        assert {name.split("/")[0] for name in archive.namelist()} - {
            f"{wheel.stem.split('-')[0]}-0.1.0.dist-info"
        } == set(PACKAGES)
        archive.extractall(tmp_path / "installed")
    stranger = tmp_path / "project"
    (stranger / "assets").mkdir(parents=True)
    (stranger / "assets/__init__.py").write_text("MINE = True\n")
    found = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = [{str(stranger)!r}, {str(tmp_path / 'installed')!r}]; import assets, labelport; print(assets.MINE, labelport.__version__)"],
        cwd=stranger, check=True, capture_output=True, text=True,
    )  # fmt: skip
    # The project's own `assets` wins; the library does not care, and the component then says what is missing.
    assert found.stdout.split() == ["True", "0.1.0"]


def test_no_file_of_the_project_is_a_module_of_two_ideas() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if (lines := len(path.read_text().splitlines())) > 320 and path.name != "tables.py"  # one line a column
    }
    assert long == {}
