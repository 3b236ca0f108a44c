"""What becomes of each series, and what is said of it."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from labelport.findings import Finding
from labelport.manifests.contract import Emitted
from labelport.manifests.labelbox import Labelbox, LabelboxOptions
from labelport.testing.manifest import Prefix, Row, emit_to, files_of, media_row
from tests.labelport.manifests.encord.prefixes import dicom, everything, image, nifti, pdf, sound, text, video

HTTPS = "https://media.example/made"


def emitted(
    prefix: Prefix, folder: Path, *, url_base: str | None = HTTPS, **options: Any
) -> tuple[list[dict[str, Any]], Emitted]:
    """Emit; return all rows and what was done."""
    done = emit_to(folder, Labelbox(), LabelboxOptions.model_validate(options), prefix, url_base=url_base)
    paths = sorted(p for p in folder.glob("*.json") if not p.name.endswith(".index.json"))
    return [row for path in paths for row in json.loads(path.read_bytes())], done


def codes(findings: Sequence[Finding]) -> dict[str, int]:
    found: dict[str, int] = {}
    for each in findings:
        found[each.code] = found.get(each.code, 0) + each.count
    return found


def fields(row: dict[str, Any]) -> dict[str, str]:
    return {field["name"]: field["value"] for field in row["metadata_fields"]}


@pytest.mark.parametrize(
    ("kind", "row", "media_type"),
    [
        ("single", image("i.png"), "IMAGE"),
        ("frames", video("v.mp4"), "VIDEO"),
        ("single", video("v.mp4"), "VIDEO"),
        ("single", sound("r.wav"), "AUDIO"),
        ("single", text("n.txt"), "TEXT"),
        ("single", pdf("p.pdf"), "PDF"),
    ],
)
def test_an_object_is_a_row_with_the_hash_of_its_url(kind: str, row: Row, media_type: str, tmp_path: Path) -> None:
    prefix = Prefix()
    identity = prefix.add("x", [row], kind=kind)
    rows, done = emitted(prefix, tmp_path)
    url = f"{HTTPS}/{row['key']}"
    assert rows == [
        {
            "row_data": url,
            "global_key": hashlib.sha256(url.encode()).hexdigest(),
            "external_id": identity,
            "media_type": media_type,
            "metadata_fields": [{"name": "series", "value": identity}],
        }
    ]
    assert codes(done.findings) == {}


@pytest.mark.parametrize(
    ("kind", "row", "code"),
    [
        ("stack", dicom("1.dcm"), "manifest.needs_rendition"),
        ("volume4d", dicom("1.dcm"), "manifest.needs_rendition"),
        ("cine", dicom("1.dcm", frames=30), "manifest.needs_rendition"),
        ("volume", nifti("v.nii"), "manifest.needs_rendition"),
        ("single", nifti("v.nii"), "manifest.needs_rendition"),
        ("single", media_row("c.pcd", kind="pointcloud", media_format="pcd"), "manifest.kind_not_taken"),
        ("single", image("cut.png", status="truncated"), "manifest.skipped"),
        ("single", image("a/../b.png"), "manifest.url_form"),
    ],
)
def test_what_it_does_not_take_is_said(kind: str, row: Row, code: str, tmp_path: Path) -> None:
    prefix = Prefix()
    prefix.add("x", [row], kind=kind)
    rows, done = emitted(prefix, tmp_path)
    assert rows == []
    assert codes(done.findings) == {code: 1, "manifest.empty": 1}
    assert files_of(tmp_path) == {}


def test_frames_are_rows_of_their_own_that_name_their_series_and_place(tmp_path: Path) -> None:
    prefix = Prefix()
    identity = prefix.add("f", [image("f0.png"), image("f1.png")], kind="frames")
    rows, done = emitted(prefix, tmp_path)
    assert [(row["row_data"], row["external_id"]) for row in rows] == [
        (f"{HTTPS}/f0.png", f"{identity}/0000"),
        (f"{HTTPS}/f1.png", f"{identity}/0001"),
    ]
    assert [fields(row) for row in rows] == [{"series": identity}] * 2
    assert codes(done.findings) == {"manifest.ungrouped": 1}


def test_versions_are_one_row_with_the_others_attached(tmp_path: Path) -> None:
    prefix = Prefix()
    identity = prefix.add("v", [], kind="versions", items=3)
    for index, name in enumerate(["bone", "lung", "soft"]):
        prefix.add_item(identity, index, image(f"{name}.png"), version=name)
    (row,), done = emitted(prefix, tmp_path)
    assert row["row_data"] == f"{HTTPS}/bone.png"
    assert row["attachments"] == [
        {"type": "IMAGE", "value": f"{HTTPS}/lung.png", "name": "lung"},
        {"type": "IMAGE", "value": f"{HTTPS}/soft.png", "name": "soft"},
    ]
    assert codes(done.findings) == {}


def test_a_recording_has_its_picture_attached(tmp_path: Path) -> None:
    prefix = Prefix()
    identity = prefix.add("rec/x", [sound("rec/x.wav")], kind="audio_image")
    prefix.add_item(identity, 0, image("rec/x.png"), role="context", of_index=0)
    (row,), done = emitted(prefix, tmp_path)
    assert (row["media_type"], row["attachments"]) == ("AUDIO", [{"type": "IMAGE", "value": f"{HTTPS}/rec/x.png"}])
    assert codes(done.findings) == {}


def test_notes_of_the_user_are_metadata_fields(tmp_path: Path) -> None:
    prefix = Prefix()
    two = prefix.add("two", [], kind="frames", metadata=[("notes:site", "south"), ("notes:series", "no")], items=2)
    prefix.add_item(two, 0, image("two/0.png"), notes=[("notes:view", "AP")])
    prefix.add_item(two, 1, image("two/1.png"), label_this=False)
    rows, done = emitted(prefix, tmp_path)
    assert [fields(row) for row in rows] == [
        {"series": two, "label_this": "true", "site": "south", "view": "AP"},
        {"series": two, "label_this": "false", "site": "south"},
    ]
    assert codes(done.findings) == {"manifest.ungrouped": 1, "manifest.note_name_taken": 1}
    assert "label_this, site, view" in (tmp_path / "labelbox.README.txt").read_text()


def test_notes_of_attachments_have_no_place_and_are_said_to_be_lost(tmp_path: Path) -> None:
    prefix = Prefix()
    identity = prefix.add("v", [], kind="versions", items=2)
    for index, name in enumerate(["bone", "lung"]):
        notes = [("notes:reader", f"reader of {name}"), ("notes:site", "north")]
        prefix.add_item(identity, index, image(f"{name}.png"), version=name, notes=notes)
    (row,), done = emitted(prefix, tmp_path)
    assert fields(row) == {"series": identity, "reader": "reader of bone", "site": "north"}
    (found,) = done.findings
    assert (found.code, found.severity, found.value) == ("manifest.note_not_held", "loss", f"reader of {identity}")


def test_notes_of_a_picture_have_no_place_and_are_said_to_be_lost(tmp_path: Path) -> None:
    prefix = Prefix()
    identity = prefix.add("rec/x", [sound("rec/x.wav")], kind="audio_image")
    prefix.add_item(identity, 0, image("x.png"), role="context", of_index=0, notes=[("notes:drawn_by", "hand")])
    _, done = emitted(prefix, tmp_path)
    assert codes(done.findings) == {"manifest.note_not_held": 1}


def test_a_folder_that_nobody_else_can_reach_is_said_once(tmp_path: Path) -> None:
    _, done = emitted(everything(), tmp_path, url_base=None)
    assert codes(done.findings) == {"manifest.no_public_url": 1, "manifest.empty": 1}


def test_a_bucket_in_the_path_of_the_urls_is_said_once(tmp_path: Path) -> None:
    prefix = Prefix()
    for key in ("a.png", "b.png"):
        prefix.add(key, [image(key)])
    _, done = emitted(prefix, tmp_path, url_base="https://s3.eu-west-2.amazonaws.com/my.bucket")
    assert codes(done.findings) == {"labelbox.path_style": 1}


def test_the_file_is_one_row_a_line_after_the_name_of_the_manifest(tmp_path: Path) -> None:
    prefix = Prefix()
    identity = prefix.add("é", [image("é.png")])
    emitted(prefix, tmp_path, name="second_read")
    key = hashlib.sha256(f"{HTTPS}/%C3%A9.png".encode()).hexdigest()
    assert (tmp_path / "second_read.json").read_text("utf-8") == (
        f'[\n{{"row_data":"{HTTPS}/%C3%A9.png","global_key":"{key}","external_id":"{identity}",'
        f'"media_type":"IMAGE","metadata_fields":[{{"name":"series","value":"{identity}"}}]}}\n]\n'
    )
    assert set(files_of(tmp_path)) == {"second_read.json", "second_read.index.json", "second_read.README.txt"}
