from pathlib import Path

from labelport.manifests.checking import check_files
from labelport.manifests.cvat import Cvat, CvatOptions
from labelport.testing.manifest import emit_to, made_prefix


def test_a_file_of_no_platform_is_told_and_the_others_are_checked(tmp_path: Path) -> None:
    (tmp_path / "notes.csv").write_text("a,b\n1,2\n")
    (tmp_path / "m.jsonl").write_text('{"version":"9"}\n{"type":"images"}\n')
    found = check_files([tmp_path / "notes.csv", tmp_path / "m.jsonl"])
    assert [(Path(f.file).name, f.code) for f in found][:2] == [
        ("notes.csv", "manifest.unknown_platform"),
        ("m.jsonl", "cvat.not_readable"),
    ]


def test_a_folder_stands_for_its_manifests_without_what_lies_beside_them(tmp_path: Path) -> None:
    emit_to(tmp_path, Cvat(), CvatOptions(), made_prefix())
    (tmp_path / "LIVE").write_text("1\n")
    assert (tmp_path / "cvat.README.txt").exists()
    assert check_files([tmp_path]) == []


def test_a_platform_may_be_named(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("nothing of the kind")
    assert [f.code for f in check_files([tmp_path / "x"], platform="cvat")] == ["cvat.not_readable"]
    assert [f.code for f in check_files([tmp_path / "x"], platform="nobody")] == ["manifest.unknown_platform"]
    assert [f.code for f in check_files([tmp_path / "absent"])] == ["manifest.unreadable"]
