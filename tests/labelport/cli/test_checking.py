"""``labelport check`` as somebody types it: what it says, what machines get, and its exit codes."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from labelport.cli import app
from labelport.manifests.cvat import Cvat, CvatOptions
from labelport.manifests.encord import Encord, EncordOptions
from labelport.testing.manifest import emit_to, made_prefix
from tests.labelport.manifests.encord.prefixes import BAD, GOOD
from tests.needs import fixtures

SLIP = "ObjectUrl,Video title\npath/to/a.mp4,a\n"


def typed(*words: str | Path) -> Result:
    return CliRunner().invoke(app, ["check", *(str(word) for word in words)])


def told(*words: str | Path) -> Any:
    return json.loads(typed(*words, "--json").stdout)


def errors(answer: Any) -> list[tuple[str, str]]:
    return sorted((f["code"], f["pointer"]) for f in answer["findings"] if f["severity"] == "error")


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("platform", [[], ["--platform", "encord"]], ids=["by content", "named"])
def test_each_bad_file_of_encord_has_exactly_its_errors(name: str, platform: list[str]) -> None:
    expected = json.loads((fixtures("encord") / "expected.json").read_bytes())["bad"][name]
    answer = told(fixtures("encord", "bad") / name, *platform)
    assert errors(answer) == sorted((each["code"], each["pointer"]) for each in expected)
    assert answer["exit_code"] == 1


def test_all_good_files_pass_and_each_is_told_for_what_it_is() -> None:
    answer = told(fixtures("encord", "good"))
    assert (answer["exit_code"], answer["files"], errors(answer)) == (0, len(GOOD), [])
    assert {(one["platform"], one["dialect"]) for one in answer["checked"]} == {("encord", "file")}


def test_all_samples_of_the_pages_pass_together() -> None:
    answer = told(fixtures("pages"), "--set", "urls=any")
    assert (answer["exit_code"], errors(answer)) == (0, [])
    assert [one["platform"] for one in answer["checked"]] == ["centaur"] * 2 + ["cvat"] * 2 + ["encord"] * 6
    assert told(fixtures("pages"))["exit_code"] == 1  # placeholders are no URLs


def test_the_sdks_dialect_is_known_by_content_and_can_be_refused() -> None:
    path = fixtures("encord") / "good_dto_dialect.json"
    answer = told(path)
    assert (answer["exit_code"], answer["checked"][0]["dialect"]) == (0, "sdk")
    answer = told(path, "--set", "dialect=file")
    assert (answer["exit_code"], answer["checked"][0]["dialect"]) == (1, "file")
    assert ("encord.unknown_top_key", "/imageGroups") in errors(answer)


def test_people_read_what_each_file_was_taken_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    emit_to(tmp_path / "cvat", Cvat(), CvatOptions(), made_prefix())
    emit_to(tmp_path / "encord", Encord(), EncordOptions(dialect="sdk"), made_prefix())
    monkeypatch.chdir(tmp_path)
    result = typed("cvat", "encord")
    assert result.exit_code == 0, result.stdout
    rows = [line.split() for line in result.stdout.splitlines()[2:6]]
    assert [Path(row[0]).name for row in rows] == [
        "index.json",
        "manifest.jsonl",
        "encord.index.json",
        "encord.sdk.json",
    ]
    assert [row[1:] for row in rows] == [["cvat"], ["cvat"], ["encord", "index"], ["encord", "sdk"]]
    assert "4 files: 0 errors" in result.stdout


def test_a_file_of_nobody_is_told_so_and_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    result = typed(tmp_path / "x.csv")
    assert result.exit_code == 1
    assert "not recognised" in result.stdout
    assert told(tmp_path / "x.csv")["checked"] == [{"file": str(tmp_path / "x.csv"), "platform": None, "dialect": None}]


def test_hundreds_of_files_are_counted_for_people_and_listed_for_machines(tmp_path: Path) -> None:
    for number in range(60):
        (tmp_path / f"{number:02}.json").write_text('{"images":[],"skip_duplicate_urls":true}')
    assert "… and 10 more" in typed(tmp_path).stdout
    assert len(told(tmp_path)["checked"]) == 60


def test_options_reach_the_platforms_that_have_them(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(SLIP)
    (tmp_path / "m.jsonl").write_text(
        '{"version":"1.1"}\n{"type":"images"}\n{"name":"a","extension":".png","width":1,"height":1}\n'
    )
    assert errors(told(tmp_path)) == [("manifest.url_form", "2:1")]
    assert errors(told(tmp_path, "--set", "urls=any")) == []
    assert errors(told(tmp_path / "x.csv", "--platform", "encord", "--set", "urls=any", "--set", "max_entries=1")) == []


def test_our_own_files_beside_a_manifest_are_passed_over_when_a_shell_names_them(tmp_path: Path) -> None:
    emit_to(tmp_path, Encord(), EncordOptions(), made_prefix())
    assert told(*sorted(tmp_path.iterdir()))["exit_code"] == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--set", "urlz=any"], "'urlz' is no option of encord"),
        (["--set", "urls=none"], "urls: input should be 'strict' or 'any'"),
        (["--set", "urls"], "write name=value"),
        (["--set", "dialect=sdk", "--set", "format=csv"], "a CSV has no column for it"),
        (["--platform", "cvat", "--set", "urls=any"], "'urls' is no option of cvat"),
        (["--platform", "cvt"], "there is no platform 'cvt'"),
    ],
)
def test_wrong_options_are_wrong_use(words: list[str], said: str, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(SLIP)
    result = typed(tmp_path / "x.csv", *words)
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stderr.count("\n") == 1


def test_an_option_for_nobody_is_wrong_use(tmp_path: Path) -> None:
    (tmp_path / "x.bin").write_bytes(b"\0")
    result = typed(tmp_path / "x.bin", "--set", "urls=any")
    assert (result.exit_code, "none was recognised" in result.stderr) == (2, True)


def test_nothing_to_check_is_wrong_use_not_a_pass(tmp_path: Path) -> None:
    (tmp_path / "LIVE").write_text("1\n")
    assert typed(tmp_path).exit_code == 2
    assert "nothing to check" in typed(tmp_path).stderr
    assert typed(tmp_path / "LIVE").exit_code == 2
    os.mkfifo(tmp_path / "pipe")
    assert typed(tmp_path / "pipe").exit_code == 2


def test_a_file_name_that_is_no_text_is_shown_escaped(tmp_path: Path) -> None:
    with open(os.fsencode(tmp_path) + b"/\xff\x1b[31m\nx.json", "wb") as file:
        file.write(b'{"images":[7]}')
    (one,) = told(tmp_path)["checked"]
    assert one["file"].endswith("/\\xdcff\\x1b[31m\\x0ax.json")
    assert all("\n" not in f["file"] for f in told(tmp_path)["findings"])
    assert "\x1b" not in typed(tmp_path).stdout
