"""What becomes of each series, and what is said of it."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from labelport.findings import Finding
from labelport.manifests.contract import Emitted
from labelport.manifests.redbrick import Redbrick, RedbrickOptions
from labelport.testing.manifest import Prefix, Row, emit_to, files_of, media_row
from tests.labelport.manifests.encord.prefixes import dicom, image, nifti, pdf, sound, text, video


def emitted(
    prefix: Prefix, folder: Path, *, uri_base: str | None = "s3://made-media", **options: Any
) -> tuple[list[dict[str, Any]], Emitted]:
    """Emit; return all tasks and what was done."""
    done = emit_to(folder, Redbrick(), RedbrickOptions.model_validate(options), prefix, uri_base=uri_base)
    paths = sorted(p for p in folder.glob("*.json") if not p.name.endswith(".index.json"))
    return [task for path in paths for task in json.loads(path.read_bytes())], done


def codes(findings: Sequence[Finding]) -> dict[str, int]:
    found: dict[str, int] = {}
    for each in findings:
        found[each.code] = found.get(each.code, 0) + each.count
    return found


@pytest.mark.parametrize(
    ("kind", "rows"),
    [
        ("frames", [image("f0.png"), image("f1.png")]),
        ("stack", [dicom("1.dcm"), dicom("2.dcm")]),
        ("cine", [dicom("c.dcm", frames=30)]),
        ("volume", [nifti("v.nii.gz")]),
        ("single", [image("i.png")]),
        ("single", [nifti("v.nii.gz")]),
        ("single", [dicom("d.dcm")]),
        ("single", [video("v.mp4")]),
        ("frames", [video("v.mp4")]),
        ("table", [image("t0.png"), image("t1.png")]),
    ],
)
def test_what_is_shown_as_one_is_a_task_of_one_series(kind: str, rows: list[Row], tmp_path: Path) -> None:
    prefix = Prefix()
    identity = prefix.add("x", rows, kind=kind)
    tasks, done = emitted(prefix, tmp_path)
    items = [row["key"] for row in rows]
    assert tasks == [{"name": identity, "series": [{"name": identity, "items": items}]}]
    assert codes(done.findings) == {}


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (sound("r.wav"), "manifest.kind_not_taken"),
        (text("n.txt"), "manifest.kind_not_taken"),
        (pdf("p.pdf"), "manifest.kind_not_taken"),
        (media_row("c.pcd", kind="pointcloud", media_format="pcd"), "manifest.kind_not_taken"),
        (dicom("report.dcm", frames=None), "manifest.kind_not_taken"),
        (image("cut.png", status="truncated"), "manifest.skipped"),
        (image("/rooted.png"), "manifest.url_form"),
    ],
)
def test_what_it_does_not_take_is_said(row: Row, code: str, tmp_path: Path) -> None:
    prefix = Prefix()
    prefix.add("x", [row])
    tasks, done = emitted(prefix, tmp_path)
    assert tasks == []
    assert codes(done.findings) == {code: 1, "manifest.empty": 1}


def test_a_recording_with_a_picture_is_not_taken(tmp_path: Path) -> None:
    prefix = Prefix()
    identity = prefix.add("rec/x", [sound("rec/x.wav")], kind="audio_image")
    prefix.add_item(identity, 0, image("rec/x.png"), role="context", of_index=0)
    _, done = emitted(prefix, tmp_path)
    assert codes(done.findings) == {"manifest.kind_not_taken": 1, "manifest.empty": 1}


def test_a_version_and_a_time_point_are_series_of_one_task(tmp_path: Path) -> None:
    prefix = Prefix()
    versions = prefix.add("v", [], kind="versions", items=2)
    for index, name in enumerate(["bone", "lung"]):
        prefix.add_item(versions, index, image(f"{name}.png"), version=name)
    beating = prefix.add("4d", [], kind="volume4d", items=4)
    for index in range(4):
        prefix.add_item(beating, index, dicom(f"{index}.dcm"), time_index=index // 2)
    tasks, _ = emitted(prefix, tmp_path)
    series = {task["name"]: {one["name"]: one["items"] for one in task["series"]} for task in tasks}
    assert series == {
        versions: {"bone": ["bone.png"], "lung": ["lung.png"]},
        beating: {"t0000": ["0.dcm", "1.dcm"], "t0001": ["2.dcm", "3.dcm"]},
    }


def test_videos_of_one_series_are_series_of_one_task(tmp_path: Path) -> None:
    prefix = Prefix()
    identity = prefix.add("x", [video("a.mp4"), video("b.mp4")], kind="table")
    (task,), _ = emitted(prefix, tmp_path)
    assert [one["name"] for one in task["series"]] == [f"{identity}/0000", f"{identity}/0001"]


def test_a_file_of_which_frames_are_named_stands_once(tmp_path: Path) -> None:
    prefix = Prefix()
    whole = dicom("enhanced.dcm", frames=30)
    identity = prefix.add("x", [], kind="stack", items=2)
    for index, frame in enumerate([7, 3]):
        prefix.add_item(identity, index, whole, frame=frame)
    (task,), _ = emitted(prefix, tmp_path)
    assert task["series"] == [{"name": identity, "items": ["enhanced.dcm"]}]


@pytest.mark.parametrize(
    ("uri_base", "items_root", "expected"),
    [
        ("s3://bucket", "", "dcm/1/a b.dcm"),
        ("s3://bucket/raw", "", "raw/dcm/1/a b.dcm"),
        ("s3://bucket/raw", "raw/", "dcm/1/a b.dcm"),
        ("s3://bucket/raw", "/raw/dcm", "1/a b.dcm"),
        (None, "", "dcm/1/a b.dcm"),
        (None, "dcm", "1/a b.dcm"),
    ],
)
def test_items_are_keys_below_the_bucket_or_the_root(
    uri_base: str | None, items_root: str, expected: str, tmp_path: Path
) -> None:
    prefix = Prefix()
    prefix.add("x", [dicom("dcm/1/a b.dcm")])
    (task,), done = emitted(prefix, tmp_path, uri_base=uri_base, items_root=items_root)
    assert task["series"][0]["items"] == [expected]
    assert codes(done.findings) == {}


def test_an_object_outside_of_the_root_is_said_and_its_series_left_out(tmp_path: Path) -> None:
    prefix = Prefix()
    prefix.add("x", [dicom("dcm2/1.dcm")])
    good = prefix.add("y", [dicom("dcm/1.dcm")])
    tasks, done = emitted(prefix, tmp_path, items_root="dcm")
    assert [task["name"] for task in tasks] == [good]
    (found,) = done.findings
    assert (found.code, found.file, found.severity) == ("redbrick.outside_root", "dcm2/1.dcm", "error")


def test_notes_are_metadata_of_the_task_or_of_the_series_that_they_are_about(tmp_path: Path) -> None:
    prefix = Prefix()
    versions = prefix.add("v", [], kind="versions", metadata=[("notes:site", "north")], items=2)
    for index, name in enumerate(["bone", "lung"]):
        notes = [("notes:reader", f"reader of {name}"), ("notes:device", "one")]
        prefix.add_item(versions, index, image(f"{name}.png"), version=name, notes=notes, label_this=name == "lung")
    (task,), done = emitted(prefix, tmp_path)
    assert task["metaData"] == {"device": "one", "site": "north"}
    assert [one["metaData"] for one in task["series"]] == [
        {"label_this": "none", "reader": "reader of bone"},
        {"label_this": "0", "reader": "reader of lung"},
    ]
    assert codes(done.findings) == {}


def test_notes_of_single_items_of_a_series_are_said_to_be_lost(tmp_path: Path) -> None:
    prefix = Prefix()
    identity = prefix.add("f", [], kind="frames", items=3)
    for index, view in enumerate(["AP", "AP", "lateral"]):
        prefix.add_item(identity, index, image(f"{index}.png"), notes=[("notes:view", view)], label_this=index != 1)
    (task,), done = emitted(prefix, tmp_path)
    assert task["series"][0]["metaData"] == {"label_this": "0,2"}
    (found,) = done.findings
    assert (found.code, found.severity, found.value) == ("manifest.note_not_held", "loss", f"view of {identity}")


def test_a_note_of_an_item_against_that_of_its_series_is_said_to_be_lost(tmp_path: Path) -> None:
    prefix = Prefix()
    prefix.add("f", [], kind="frames", metadata=[("notes:site", "south")], items=2)
    for index, notes in enumerate([[("notes:site", "west")], []]):
        prefix.add_item(prefix.series[0]["series_id"], index, image(f"{index}.png"), notes=notes)
    (task,), done = emitted(prefix, tmp_path)
    assert task["metaData"] == {"site": "south"}
    assert codes(done.findings) == {"manifest.note_not_held": 1}


def test_the_file_is_one_task_a_line_after_the_name_of_the_manifest(tmp_path: Path) -> None:
    prefix = Prefix()
    identity = prefix.add("é", [image("é.png")])
    emitted(prefix, tmp_path, name="second_read")
    body = (tmp_path / "second_read.json").read_text("utf-8")
    assert body == f'[\n{{"name":"{identity}","series":[{{"name":"{identity}","items":["é.png"]}}]}}\n]\n'
    assert set(files_of(tmp_path)) == {"second_read.json", "second_read.index.json", "second_read.README.txt"}
    assert "the bucket made-media" in (tmp_path / "second_read.README.txt").read_text()
