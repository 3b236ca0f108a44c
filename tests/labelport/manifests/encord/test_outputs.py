"""Chunks of real entries, folders by ``split_by``, and what happens to names that are ours."""

import json
from pathlib import Path
from typing import Any

import pytest

from labelport.findings import Finding
from labelport.manifests.encord import Encord, EncordOptions
from labelport.testing.manifest import Prefix, emit_to, files_of
from tests.labelport.manifests.encord.prefixes import image, sound
from tests.labelport.manifests.encord.reading_back import groups


def singles(*keys: str) -> Prefix:
    prefix = Prefix()
    for key in keys:
        prefix.add(key, [image(key)])
    return prefix


def emit(prefix: Prefix, folder: Path, **options: Any) -> list[Finding]:
    return emit_to(folder, Encord(), EncordOptions(**options), prefix).findings


def manifests(folder: Path) -> dict[str, list[str]]:
    """Return the keys of images and groups in each JSON file, by its name."""
    found: dict[str, list[str]] = {}
    for name, body in files_of(folder).items():
        if name.endswith(".json") and not name.endswith((".index.json", ".groups.json")):
            entries = [e for section in json.loads(body).values() if isinstance(section, list) for e in section]
            found[name] = [
                value.split("/made/")[1] for e in entries for n, value in e.items() if n.startswith("objectUrl")
            ]
    return found


def test_entries_are_chunked_and_the_readme_names_the_files(tmp_path: Path) -> None:
    emit(singles(*(f"{n}.png" for n in range(5))), tmp_path, max_entries=2)
    assert {name: len(keys) for name, keys in manifests(tmp_path).items()} == {
        "encord.0001.json": 2,
        "encord.0002.json": 2,
        "encord.0003.json": 1,
    }
    assert b"encord.0001.json, encord.0002.json, encord.0003.json" in files_of(tmp_path)["encord.README.txt"]
    index = json.loads(files_of(tmp_path)["encord.index.json"])
    assert (index["total_entries"], index["total_urls"]) == (5, 5)


@pytest.mark.parametrize("limit", [{"max_urls": 3}, {"max_bytes": 1024}])
def test_a_group_over_a_limit_is_left_out_whole(limit: dict[str, int], tmp_path: Path) -> None:
    prefix = singles("a.png")
    title = prefix.add("g", [image(f"g/{n:0100}.png") for n in range(6)], kind="frames")
    findings = emit(prefix, tmp_path, **limit)
    assert [(f.code, f.series_id, f.file) for f in findings] == [
        ("manifest.group_over_limit", title, f"g/{0:0100}.png")
    ]
    assert manifests(tmp_path) == {"encord.json": ["a.png"]}


@pytest.mark.parametrize("options", [{}, {"dialect": "sdk"}, {"format": "csv"}], ids=str)
@pytest.mark.parametrize("limit", [{"max_entries": 3}, {"max_urls": 7}, {"max_bytes": 1500}], ids=str)
def test_no_series_is_split_and_no_chunk_is_over_a_limit(
    limit: dict[str, int], options: dict[str, str], tmp_path: Path
) -> None:
    prefix = Prefix()
    sizes = {
        prefix.add(f"{n}", [image(f"{n}/{i}.png") for i in range(1 + n % 5)], kind="frames"): 1 + n % 5
        for n in range(20)
    }
    emit(prefix, tmp_path, **limit, **options)
    found = groups(tmp_path)
    assert {title: len(urls) for title, urls in found} == sizes
    assert len(found) == len(sizes)
    chunks = json.loads(files_of(tmp_path)["encord.index.json"])["chunks"]
    assert len(chunks) > 2
    for chunk in chunks:
        reached = {f"max_{what}": chunk[what] for what in ("entries", "urls", "bytes")}
        assert all(reached[name] <= most for name, most in limit.items())
        assert (tmp_path / chunk["file"]).stat().st_size == chunk["bytes"]


def test_a_recording_and_its_picture_stay_in_one_chunk(tmp_path: Path) -> None:
    prefix = Prefix()
    for name in "abc":
        title = prefix.add(name, [sound(f"{name}.wav")], kind="audio_image")
        prefix.add_item(title, 0, image(f"{name}.png"), role="context", of_index=0)
    emit(prefix, tmp_path, max_entries=3)
    assert [sorted({key[0] for key in keys}) for keys in manifests(tmp_path).values()] == [
        [keys[0][0]] for keys in manifests(tmp_path).values()
    ]
    assert len(manifests(tmp_path)) == 3


def test_each_folder_of_the_depth_is_a_chunk_set_of_its_own(tmp_path: Path) -> None:
    prefix = singles("us/site1/a.png", "us/site1/deep/b.png", "us/site2/c.png", "us/d.png", "e.png")
    for name in ("us/site1/r", "us/site2/r"):
        title = prefix.add(name, [sound(f"{name}.wav")], kind="audio_image")
        prefix.add_item(title, 0, image(f"{name}.png"), role="context", of_index=0)
    assert emit(prefix, tmp_path, split_by=2) == []
    assert {name: sorted(keys) for name, keys in manifests(tmp_path).items()} == {
        "encord.json": ["e.png"],
        "us/encord.json": ["us/d.png"],
        "us/site1/encord.json": ["us/site1/a.png", "us/site1/deep/b.png", "us/site1/r.png", "us/site1/r.wav"],
        "us/site2/encord.json": ["us/site2/c.png", "us/site2/r.png", "us/site2/r.wav"],
    }
    assert {name for name in files_of(tmp_path) if "json" not in name} == {"encord.README.txt"}
    assert {name for name in files_of(tmp_path) if name.endswith(".groups.json")} == {
        "us/site1/encord.groups.json",
        "us/site2/encord.groups.json",
    }
    paths = [tmp_path / name for name in files_of(tmp_path) if name.endswith(".json")]
    assert [f for f in Encord().check(paths) if f.severity == "error"] == []


def test_with_and_without_folders_the_entries_are_the_same(tmp_path: Path) -> None:
    prefix = singles(*(f"{n % 3}/{n}.png" for n in range(20)))
    emit(prefix, tmp_path / "whole")
    emit(prefix, tmp_path / "split", split_by=1, max_entries=4)
    whole = sorted(key for keys in manifests(tmp_path / "whole").values() for key in keys)
    assert sorted(key for keys in manifests(tmp_path / "split").values() for key in keys) == whole


@pytest.mark.parametrize(
    "key",
    [
        "/etc/a.png",
        "LIVE/a.png",
        "PLACED/a.png",
        "withdrawn.csv/a.png",
        "encord.json/a.png",
        "a//b.png",
        f"{'x' * 300}/a.png",
    ],
)
def test_a_folder_that_cannot_be_one_of_ours_leaves_its_series_out(key: str, tmp_path: Path) -> None:
    findings = emit(singles(key, "good/a.png"), tmp_path, split_by=2)
    assert [(f.code, f.file) for f in findings] == [("manifest.key_unsafe", key)]
    assert manifests(tmp_path) == {"good/encord.json": ["good/a.png"]}


@pytest.mark.parametrize("name", ["encord.json", "encord.index.json", "encord.groups.json"])
def test_each_file_that_is_cut_short_is_told(name: str, tmp_path: Path) -> None:
    prefix = singles("a.png", "b.png")
    title = prefix.add("r", [sound("r.wav")], kind="audio_image")
    prefix.add_item(title, 0, image("r.png"), role="context", of_index=0)
    emit(prefix, tmp_path)
    paths = [path for path in sorted(tmp_path.iterdir()) if path.suffix == ".json"]
    assert [f for f in Encord().check(paths) if f.severity == "error"] == []
    whole = (tmp_path / name).read_bytes()
    for size in (len(whole) // 3, len(whole) - 3):
        (tmp_path / name).write_bytes(whole[:size])
        assert "manifest.unreadable" in {f.code for f in Encord().check(paths) if f.severity == "error"}


def test_a_manifest_of_another_name_writes_under_it(tmp_path: Path) -> None:
    emit(singles("a.png"), tmp_path, name="half")
    assert sorted(files_of(tmp_path)) == ["half.README.txt", "half.index.json", "half.json"]


def test_a_plan_has_as_many_groups_as_there_are_recordings(tmp_path: Path) -> None:
    path = tmp_path / "x.groups.json"
    plan = {f"r{number}": [f"https://a/{number}.wav", f"https://a/{number}.png"] for number in range(10_050)}
    path.write_text(json.dumps(plan))
    assert Encord().check([path]) == []
    path.write_text(json.dumps(plan)[:-1] + ', "r7": []}')
    assert [(f.code, f.pointer) for f in Encord().check([path])] == [("encord.duplicate_json_key", "/r7")]
