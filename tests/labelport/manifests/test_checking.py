import json
from pathlib import Path

import pytest

from labelport.manifests.checking import check_files, dialect_in, files_below, recognised
from labelport.manifests.cvat import Cvat, CvatOptions
from labelport.manifests.encord import Encord, EncordOptions
from labelport.testing.manifest import emit_to, made_prefix


def test_a_file_of_no_platform_is_told_and_the_others_are_checked(tmp_path: Path) -> None:
    (tmp_path / "notes.csv").write_text("a,b\n1,2\n")
    (tmp_path / "m.jsonl").write_text('{"version":"9"}\n{"type":"images"}\n')
    found = check_files([tmp_path / "notes.csv", tmp_path / "m.jsonl"])
    assert [(Path(f.file).name, f.code) for f in found][:2] == [
        ("notes.csv", "manifest.unknown_platform"),
        ("m.jsonl", "cvat.not_readable"),
    ]


BESIDE = [
    "LIVE",
    "PLACED",
    "README.md",
    "cvat.README.txt",
    "batches.README.txt",
    "cvat.skipped.csv",
    "withdrawn.csv",
    "centaur.only_in_template.csv",
    "centaur.only_in_ours.csv",
    "centaur.ambiguous.csv",
]


def test_a_folder_stands_for_its_manifests_without_what_lies_beside_them(tmp_path: Path) -> None:
    emit_to(tmp_path, Cvat(), CvatOptions(), made_prefix())
    manifests = {path.name for path in files_below([tmp_path])}
    for name in BESIDE:
        (tmp_path / name).write_text("a,b\n1,2\n")
    assert {path.name for path in files_below([tmp_path])} == manifests == {"manifest.jsonl", "index.json"}
    assert check_files([tmp_path]) == []


def test_an_index_and_a_plan_of_groups_are_no_unknown_files(tmp_path: Path) -> None:
    emit_to(tmp_path, Encord(), EncordOptions(max_entries=2, groups_plan=True), made_prefix())
    assert (tmp_path / "encord.index.json").exists()
    assert [f for f in check_files([tmp_path]) if f.severity == "error"] == []
    (tmp_path / "encord.0001.json").unlink()
    assert {f.code for f in check_files([tmp_path]) if f.severity == "error"} == {"manifest.index_stale"}


def test_an_index_alone_is_compared_with_what_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "gone.index.json"
    path.write_text(json.dumps({"chunks": [{"file": "gone.json"}], "total_entries": 0, "total_urls": 0}))
    assert {f.code for f in check_files([path])} == {"manifest.index_stale"}


def test_a_platform_may_be_named(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("nothing of the kind")
    assert [f.code for f in check_files([tmp_path / "x"], platform="cvat")] == ["cvat.not_readable"]
    assert [f.code for f in check_files([tmp_path / "x"], platform="nobody")] == ["manifest.unknown_platform"]
    assert [f.code for f in check_files([tmp_path / "absent"])] == ["manifest.unreadable"]


def test_options_go_to_their_platform(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("ObjectUrl,Video title\npath/to/a.mp4,a\n")
    assert [f.code for f in check_files([path])] == ["manifest.url_form"]
    assert check_files([path], options={"encord": EncordOptions(urls="any")}) == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"\xef\xbb\xbf{}", "a byte order mark"),
        ('{"images":[]}'.encode("utf-16"), "the mark of UTF-16"),
        (b"\xfe\xff\x00{", "the mark of UTF-16"),
    ],
)
def test_a_mark_before_nothing_that_is_known_is_said_for_what_it_is(body: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_bytes(body)
    (found,) = check_files([tmp_path / "x.json"])
    assert (found.code, found.pointer) == ("manifest.unreadable", "")
    assert said in found.message


def test_a_byte_order_mark_hides_no_platform(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(b'\xef\xbb\xbf{"images":[{"objectUrl":"https://a/b.png"}]}')
    assert [one.platform for one in recognised([path])] == ["encord"]
    assert [f.code for f in check_files([path])] == ["manifest.unreadable"]


def test_the_dialect_is_told_where_a_platform_has_several(tmp_path: Path) -> None:
    bodies = {
        "a.json": '{"images":[{"objectUrl":"https://a/b.png"}]}',
        "b.json": '{"imageGroups":[]}',
        "c.csv": "ObjectUrl\n",
        "d.jsonl": '{"version":"1.1"}\n{"type":"images"}\n',
        "e.txt": "?",
        "f.index.json": '{"chunks":[]}',
    }
    for name, body in bodies.items():
        (tmp_path / name).write_text(body)
    told = {one.path.name: dialect_in(one) for one in recognised([tmp_path])}
    assert told == {
        "a.json": "file",
        "b.json": "sdk",
        "c.csv": "csv",
        "d.jsonl": None,
        "e.txt": None,
        "f.index.json": "index",
    }
    as_files = {"encord": EncordOptions(dialect="file")}
    assert [dialect_in(one, as_files) for one in recognised([tmp_path / "b.json"])] == ["file"]
