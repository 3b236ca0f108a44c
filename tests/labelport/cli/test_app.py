"""The commands as somebody types them: in a process of their own where imports matter."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

from labelport.cli import app
from labelport.demo import bucket as demo_bucket
from labelport.demo.pictures import numbered_frames, oriented_photos, window_versions
from labelport.demo.volumes import FILE_NUMBERS, stack

HEAVY = ("dagster", "pandas", "matplotlib", "pyarrow", "pydantic", "av", "pydicom", "nibabel", "PIL")


def typed(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def told(*words: str | Path) -> Any:
    return json.loads(typed(*words, "--json").stdout)


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return dict([*oriented_photos(), *numbered_frames(), *window_versions()]) | {
        "bad/random.jpg": bytes(range(256)) * 9
    }


@pytest.fixture
def bucket(tmp_path: Path, files: dict[str, bytes]) -> Path:
    """A small bucket: eight photos, numbered frames with a gap, windows, and bytes that are no picture."""
    folder = tmp_path / "small"
    for key, body in files.items():
        path = folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    return folder


def test_help_is_quick_and_loads_nothing_heavy() -> None:
    script = (
        "import sys, labelport.cli\n"
        "try: labelport.cli.app(['--help'])\n"
        "except SystemExit as end: assert not end.code\n"
        f"sys.stderr.write(' '.join(m for m in {HEAVY!r} if m in sys.modules))\n"
    )
    before = os.times()
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    after = os.times()
    assert "manifest" in done.stdout
    assert done.stderr == ""
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    assert cpu < 0.5


@pytest.mark.slow
def test_no_command_imports_dagster(bucket: Path, tmp_path: Path) -> None:
    script = (
        "import sys, labelport.cli\n"
        f"try: labelport.cli.app(['manifest', 'cvat', {str(bucket)!r}, '-o', {str(tmp_path / 'out')!r}])\n"
        "except SystemExit: pass\n"
        "sys.stderr.write(' '.join(m for m in sys.modules if m.split('.')[0] in ('dagster', 'pandas', 'matplotlib')))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert (tmp_path / "out/images/manifest.jsonl").exists()


def test_version_prints_a_version() -> None:
    assert typed("version").stdout.strip()[0].isdigit()


def test_inventory_writes_a_row_an_object(bucket: Path, tmp_path: Path) -> None:
    result = typed("inventory", bucket, "-o", tmp_path / "objects.parquet")
    assert result.exit_code == 0
    keys = pq.read_table(tmp_path / "objects.parquet")["key"].to_pylist()
    assert keys == sorted(str(path.relative_to(bucket)) for path in bucket.rglob("*") if path.is_file())


def test_globs_are_settings_like_in_the_yaml(bucket: Path) -> None:
    answer = told("inventory", bucket, "--set", "include=['photos/**']", "--set", "exclude=['**/*_3.jpg']")
    assert answer["stages"][0]["rows"]["inventory"] == 7


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["inventory", "/no/such/folder"], "/no/such/folder"),
        (["inventory", "gs://bucket/prefix"], "gs://"),
        (["inventory", ".", "--set", "nmae=x"], "did you mean name?"),
        (["probe", ".", "-o", "media.xlsx"], ".parquet or .csv"),
        (["manifest", "cvt", ".", "-o", "out"], "did you mean cvat?"),
        (["check", "/no/such/file"], "does not exist"),
        (["check", ".", "--platform", "cvt"], "no platform"),
        (["demo", "/etc"], "holds other files"),
    ],
)
def test_wrong_use_is_one_sentence_and_exit_code_2(words: list[str], said: str) -> None:
    result = typed(*words)
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stderr.startswith("labelport: ")
    assert result.stderr.count("\n") == 1
    answer = json.loads(typed(*words, "--json").stdout)
    assert (answer["exit_code"], said in answer["error"]["message"]) == (2, True)


def test_a_missing_argument_is_wrong_use_too() -> None:
    assert typed("inventory").exit_code == 2
    assert typed("manifest", "cvat").exit_code == 2


@pytest.mark.slow
def test_probe_says_what_files_are_and_bad_ones_are_warnings(bucket: Path, tmp_path: Path) -> None:
    result = typed("probe", bucket, "-o", tmp_path / "media.parquet")
    assert result.exit_code == 0
    assert "bad/random.jpg" in result.stdout
    media = {row["key"]: row for row in pq.read_table(tmp_path / "media.parquet").to_pylist()}
    assert media["photos/orientation_6.jpg"]["width"] == 480
    assert media["photos/orientation_6.jpg"]["stored_width"] == 320
    assert media["bad/random.jpg"]["status"] != "ok"


@pytest.mark.slow
@pytest.mark.usefixtures("workers")
def test_keys_that_may_name_a_person_are_redacted_unless_told_otherwise(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "DOE^JANE.png").write_bytes(b"no picture")
    assert "JANE" not in typed("probe", tmp_path / "b").stdout
    assert "JANE" not in typed("probe", tmp_path / "b", "--json").stdout
    assert "JANE" in typed("probe", tmp_path / "b", "--set", "privacy.redact_keys=false").stdout


@pytest.mark.slow
def test_series_are_written_with_their_items_and_shown(bucket: Path, tmp_path: Path) -> None:
    rules = r"""series=[{rule: pattern, match: '(?P<series>.+)/frame_(?P<index>\d+)\.png$'}, {rule: single}]"""
    result = typed("series", bucket, "-o", tmp_path / "out", "--set", rules)
    assert result.exit_code == 0
    assert "series.index_gap" in result.stdout
    items = pq.read_table(tmp_path / "out/items.parquet").to_pylist()
    frames = [row["key"] for row in items if row["key"].startswith("ultrasound/")]
    assert frames == sorted(frames)
    assert len(frames) == 23
    assert (tmp_path / "out/series.parquet").exists()


@pytest.mark.slow
def test_slices_come_in_the_order_of_their_position(tmp_path: Path) -> None:
    (tmp_path / "ct").mkdir()
    for key, body in stack():
        (tmp_path / "ct" / key.rsplit("/", 1)[-1]).write_bytes(body)
    assert typed("series", tmp_path / "ct", "-o", tmp_path / "out").exit_code == 0
    items = pq.read_table(tmp_path / "out/items.parquet").to_pylist()
    assert [row["index"] for row in items] == list(range(12))
    from_the_feet_up = [f"IM{number:04d}.dcm" for number in FILE_NUMBERS]
    assert [row["key"] for row in items] in (from_the_feet_up, from_the_feet_up[::-1])


@pytest.mark.slow
@pytest.mark.usefixtures("workers")
def test_a_manifest_is_written_and_checked(bucket: Path, tmp_path: Path) -> None:
    result = typed("manifest", "cvat", bucket, "-o", tmp_path / "out", "--exact")
    lines = (tmp_path / "out/images/manifest.jsonl").read_text().splitlines()
    assert json.loads(lines[0]) == {"version": "1.1"}
    assert "checksum" in lines[-1]
    assert "wrote" in result.stdout
    assert typed("check", tmp_path / "out").exit_code == 0
    (tmp_path / "out/images/manifest.jsonl").write_text('{"version":"9"}\n')
    assert typed("check", tmp_path / "out").exit_code == 1


@pytest.mark.slow
def test_a_kept_catalogue_makes_the_next_run_do_nothing(bucket: Path, tmp_path: Path) -> None:
    first = told("probe", bucket, "--catalogue", tmp_path / "kept")
    again = told("probe", bucket, "--catalogue", tmp_path / "kept")
    assert first["stages"][1]["counts"]["probed"] == 38
    assert again["stages"][1]["counts"]["probed"] == 0
    assert [stage["changed"] for stage in again["stages"]] == [False, False]
    assert [stage["content_version"] for stage in again["stages"]] == [
        stage["content_version"] for stage in first["stages"]
    ]


def test_a_guard_protects_a_kept_catalogue_and_can_be_lifted(bucket: Path, tmp_path: Path) -> None:
    told("inventory", bucket, "--catalogue", tmp_path / "kept")
    for path in (bucket / "ultrasound").rglob("*.png"):
        path.unlink()
    refused = typed("inventory", bucket, "--catalogue", tmp_path / "kept")
    assert refused.exit_code == 1
    assert "nothing was published" in refused.stderr
    assert told("inventory", bucket, "--catalogue", tmp_path / "kept")["refusals"][0]["name"] == "removed_share"
    assert typed("inventory", bucket, "--catalogue", tmp_path / "kept", "--allow-removed").exit_code == 0


def test_somebody_elses_catalogue_is_wrong_use(bucket: Path, tmp_path: Path) -> None:
    told("inventory", bucket, "--catalogue", tmp_path / "kept")
    result = typed("inventory", bucket, "--catalogue", tmp_path / "kept", "--set", "name=another")
    assert result.exit_code == 2
    assert "small" in result.stderr


def test_nothing_is_left_of_a_catalogue_that_was_not_asked_for(
    bucket: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    assert typed("inventory", bucket).exit_code == 0
    assert list((tmp_path / "temporary").iterdir()) == []


@pytest.mark.slow
def test_the_demo_is_written_and_described_for_dagster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = told("demo", tmp_path / "bucket", "--datasets", tmp_path / "datasets")
    assert answer["files_written"] == answer["files"] > 100
    text = (tmp_path / "datasets/demo/defs.yaml").read_text()
    assert f'bucket: "{tmp_path / "bucket"}"' in text
    assert f'publish: "{tmp_path / "bucket-published"}"' in text
    known = {path.relative_to(tmp_path / "bucket").as_posix(): path for path in (tmp_path / "bucket").rglob("*")}
    made = [(key, path.read_bytes()) for key, path in known.items() if path.is_file()]
    monkeypatch.setattr(demo_bucket, "demo_files", lambda: iter(made))  # to make them again takes seconds
    assert told("demo", tmp_path / "bucket")["files_written"] == 0
