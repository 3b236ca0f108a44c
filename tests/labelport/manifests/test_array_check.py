"""The frame of a check of arrays: the file as a whole, what stands in the chunks, bounds; rules made for the test."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from labelport.findings import Finding
from labelport.manifests import array_check
from labelport.manifests.array_check import FileLimits, Seen, Values, check_arrays, manifest_of, pointer_part


@dataclass
class Named:
    """Each entry has a name of its own, and nothing else."""

    values: Values
    seen: Seen
    urls: int = 0

    def check(self, entry: dict[str, Any], pointer: str) -> None:
        name = self.values.text(entry, "name", pointer)
        self.urls += 1
        if name is not None and self.seen.again("name", name):
            self.values.say("manifest.duplicate_title", f"{pointer}/name", "it is there")
        self.values.unknown(entry, ["name"], pointer)


def check(folder: Path, *bodies: bytes | Any, limits: FileLimits | None = None) -> list[Finding]:
    paths = []
    for number, body in enumerate(bodies, start=1):
        paths.append(folder / f"x.{number:04}.json")
        paths[-1].write_bytes(body if isinstance(body, bytes) else json.dumps(body).encode())
    return check_arrays(paths, Named, limits)


def places(found: list[Finding]) -> list[tuple[str, str]]:
    return [(f.code, f.pointer) for f in found]


def test_good_files_are_accepted_and_members_may_stand_in_any_order(tmp_path: Path) -> None:
    assert check(tmp_path, [{"name": "a"}], [{"name": "b"}]) == []


def test_every_fault_of_a_file_is_said_not_only_the_first(tmp_path: Path) -> None:
    found = check(tmp_path, [{"name": 1}, 2, {}, {"name": " "}, {"name": "a", "nam/e": 1}, {"name": "a"}])
    assert places(found) == [
        ("manifest.value_type", "/0/name"),
        ("manifest.value_type", "/1"),
        ("manifest.missing_key", "/2"),
        ("manifest.value_type", "/3/name"),
        ("manifest.unknown_key", "/4/nam~1e"),
        ("manifest.duplicate_title", "/5/name"),
    ]
    assert [f.hint for f in found if f.code == "manifest.unknown_key"] == ["Did you mean name?"]


def test_faults_beyond_the_bound_are_counted(tmp_path: Path) -> None:
    found = check(tmp_path, [{"name": f"{n}", "x": 1} for n in range(2500)])
    assert len(found) == 1001
    assert (found[-1].code, found[-1].count) == ("manifest.unknown_key", 1500)


def test_limits_are_of_entries_and_bytes(tmp_path: Path) -> None:
    limits = FileLimits("label_studio.file_over_limit", entries=1, bytes=20)
    found = check(tmp_path, [{"name": "a"}, {"name": "b"}], limits=limits)
    assert [f.message for f in found] == ["it has 2 entries; 1 are the most", "it has 30 bytes; 20 are the most"]


def test_a_file_too_large_to_read_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(array_check, "MOST_FILE_BYTES", 10)
    assert places(check(tmp_path, [{"name": "a"}])) == [("manifest.unreadable", "")]


def test_entries_beyond_the_bound_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(array_check, "MOST_READ", 2)
    assert places(check(tmp_path, [{"name": "a"}, {"name": "b"}, {}])) == [("manifest.unreadable", "/2")]


def test_more_texts_than_are_remembered_are_no_longer_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(array_check, "MOST_REMEMBERED", 1)
    seen = Seen()
    assert [seen.again("name", text) for text in ("a", "b", "b", "a")] == [False, False, False, True]


def test_an_index_is_checked_against_what_was_read(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_bytes(b'[{"name":"a"}]')
    chunk = {"file": "x.json", "entries": 2, "urls": 1, "bytes": 14, "first": "a", "last": "a"}
    index = tmp_path / "x.index.json"
    index.write_text(json.dumps({"chunks": [chunk], "total_entries": 2, "total_urls": 1}, separators=(",", ":")))
    found = check_arrays([index, tmp_path / "x.json"], Named)
    assert places(found) == [("manifest.index_stale", "/chunks/0/entries")]


def test_pointers_hold_no_control_characters_and_end(tmp_path: Path) -> None:
    (found,) = check(tmp_path, [{"name": "a", "\n" + "x" * 5000: 1}])
    assert len(found.pointer) < 500
    assert "\n" not in found.pointer
    assert pointer_part("a/b~\n") == "a~1b~0\\x0a"


@pytest.mark.parametrize(
    ("path", "name"), [("a/x.json", "a/x.json"), ("a/x.0012.json", "a/x.json"), ("x.12.json", "x.12.json")]
)
def test_chunks_of_one_manifest_are_known_by_their_names(path: str, name: str) -> None:
    assert manifest_of(Path(path)) == name
