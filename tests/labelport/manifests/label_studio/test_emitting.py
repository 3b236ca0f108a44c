"""What becomes of each series, and what is said of it."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from labelport.findings import Finding
from labelport.manifests.contract import Emitted
from labelport.manifests.label_studio import LabelStudio, LabelStudioOptions
from labelport.testing.manifest import Prefix, Row, emit_to, files_of, media_row
from tests.labelport.manifests.encord.prefixes import dicom, everything, image, nifti, pdf, sound, text, video

S3 = "s3://made-media"
DERIVED = ["s3://derived-media/w0.png", "s3://derived-media/w1.png"]
HTTPS = "https://media.example/made"


def emitted(
    prefix: Prefix, folder: Path, *, uri_base: str | None = S3, url_base: str | None = HTTPS, **options: Any
) -> tuple[list[dict[str, Any]], Emitted]:
    """Emit; return the data of all tasks and what was done."""
    chosen = LabelStudioOptions.model_validate(options)
    done = emit_to(folder, LabelStudio(), chosen, prefix, uri_base=uri_base, url_base=url_base)
    paths = sorted(p for p in folder.glob("*.json") if not p.name.endswith(".index.json"))
    return [task["data"] for path in paths for task in json.loads(path.read_bytes())], done


def codes(findings: Sequence[Finding]) -> dict[str, int]:
    found: dict[str, int] = {}
    for each in findings:
        found[each.code] = found.get(each.code, 0) + each.count
    return found


@pytest.mark.parametrize(
    ("kind", "rows", "key", "value"),
    [
        ("frames", [image("f0.png"), image("f1.png")], "image", [f"{S3}/f0.png", f"{S3}/f1.png"]),
        ("frames", [image("alone.png")], "image", [f"{S3}/alone.png"]),
        ("versions", [image("lung.png"), image("bone.png")], "image", [f"{S3}/lung.png", f"{S3}/bone.png"]),
        ("table", [image("t0.png"), image("t1.png")], "image", [f"{S3}/t0.png", f"{S3}/t1.png"]),
        ("table", [image("t0.png")], "image", f"{S3}/t0.png"),
        ("single", [image("i.png")], "image", f"{S3}/i.png"),
        ("frames", [video("v.mp4")], "video", f"{S3}/v.mp4"),
        ("single", [sound("r.wav")], "audio", f"{S3}/r.wav"),
        ("single", [text("n.txt")], "text", f"{S3}/n.txt"),
        ("stack", [image("w0.png", store="publish"), image("w1.png", store="publish")], "image", DERIVED),
    ],
)
def test_each_kind_of_series_is_one_task(kind: str, rows: list[Row], key: str, value: Any, tmp_path: Path) -> None:
    prefix = Prefix()
    identity = prefix.add("x", rows, kind=kind)
    tasks, done = emitted(prefix, tmp_path)
    assert tasks == [{key: value, "series": identity}]
    assert codes(done.findings) == {}


@pytest.mark.parametrize(
    ("kind", "row", "code"),
    [
        ("stack", dicom("1.dcm"), "manifest.needs_rendition"),
        ("volume4d", dicom("1.dcm"), "manifest.needs_rendition"),
        ("cine", dicom("1.dcm", frames=30), "manifest.needs_rendition"),
        ("volume", nifti("v.nii"), "manifest.needs_rendition"),
        ("single", nifti("v.nii"), "manifest.needs_rendition"),
        ("single", dicom("report.dcm", frames=None), "manifest.kind_not_taken"),
        ("single", pdf("p.pdf"), "manifest.kind_not_taken"),
        ("single", media_row("c.pcd", kind="pointcloud", media_format="pcd"), "manifest.kind_not_taken"),
        ("single", image("cut.png", status="truncated"), "manifest.skipped"),
    ],
)
def test_what_it_does_not_take_is_said(kind: str, row: Row, code: str, tmp_path: Path) -> None:
    prefix = Prefix()
    prefix.add("x", [row], kind=kind)
    tasks, done = emitted(prefix, tmp_path)
    assert tasks == []
    assert codes(done.findings) == {code: 1, "manifest.empty": 1}
    assert files_of(tmp_path) == {}


def test_a_recording_and_its_picture_are_one_task(tmp_path: Path) -> None:
    prefix = Prefix()
    identity = prefix.add("rec/x", [sound("rec/x.wav")], kind="audio_image", rule="audio_image")
    prefix.add_item(identity, 0, image("rec/x.png"), role="context", of_index=0)
    tasks, done = emitted(prefix, tmp_path)
    assert tasks == [{"audio": f"{S3}/rec/x.wav", "image": f"{S3}/rec/x.png", "series": identity}]
    assert codes(done.findings) == {}


def test_several_pictures_of_a_recording_are_a_list(tmp_path: Path) -> None:
    prefix = Prefix()
    identity = prefix.add("rec/x", [sound("rec/x.wav")], kind="audio_image")
    for number in range(2):
        prefix.add_item(identity, number, image(f"rec/{number}.png"), role="context", of_index=0)
    (task,), _ = emitted(prefix, tmp_path)
    assert task["image"] == [f"{S3}/rec/0.png", f"{S3}/rec/1.png"]


def test_a_picture_may_be_shown_with_many_recordings(tmp_path: Path) -> None:
    prefix = Prefix()
    for number in range(2):
        identity = prefix.add(f"rec/{number}", [sound(f"rec/{number}.wav")], kind="audio_image")
        prefix.add_item(identity, 0, image("map.png"), role="context", of_index=0)
    tasks, done = emitted(prefix, tmp_path)
    assert [task["image"] for task in tasks] == [f"{S3}/map.png"] * 2
    assert codes(done.findings) == {}
    assert LabelStudio().check([tmp_path / "label_studio.json"]) == []


def test_recordings_of_one_series_are_tasks_of_their_own_with_the_series_name(tmp_path: Path) -> None:
    prefix = Prefix()
    identity = prefix.add("x", [sound("a.wav"), sound("b.wav")], kind="table")
    prefix.add_item(identity, 0, image("of-b.png"), role="context", of_index=1)
    tasks, done = emitted(prefix, tmp_path)
    assert tasks == [
        {"audio": f"{S3}/a.wav", "series": identity},
        {"audio": f"{S3}/b.wav", "image": f"{S3}/of-b.png", "series": identity},
    ]
    assert codes(done.findings) == {"manifest.ungrouped": 1, "label_studio.mixed_tasks": 1}


def test_kinds_mixed_in_one_series_name_the_stranger(tmp_path: Path) -> None:
    prefix = Prefix()
    prefix.add("x", [image("a.png"), video("b.mp4")], kind="table")
    _, done = emitted(prefix, tmp_path)
    (found,) = [f for f in done.findings if f.code == "manifest.wrong_type"]
    assert (found.file, found.message.split(",")[0]) == ("b.mp4", "its content is video")


def test_single_frames_of_a_video_need_a_rendition(tmp_path: Path) -> None:
    prefix = Prefix()
    identity = prefix.add("x", [], kind="frames", items=1)
    prefix.add_item(identity, 0, video("v.mp4"), role="video", frame=7)
    _, done = emitted(prefix, tmp_path)
    assert codes(done.findings) == {"manifest.needs_rendition": 1, "manifest.empty": 1}


@pytest.mark.parametrize(
    ("uri_base", "address", "expected"),
    [
        (S3, "auto", f"{S3}/a b.png"),
        (None, "auto", f"{HTTPS}/a%20b.png"),
        (S3, "url", f"{HTTPS}/a%20b.png"),
        (S3, "uri", f"{S3}/a b.png"),
    ],
)
def test_an_object_is_called_by_bucket_and_key_or_by_url(
    uri_base: str | None, address: str, expected: str, tmp_path: Path
) -> None:
    prefix = Prefix()
    prefix.add("x", [image("a b.png")])
    (task,), done = emitted(prefix, tmp_path, uri_base=uri_base, address=address)
    assert task["image"] == expected
    assert codes(done.findings) == {}


@pytest.mark.parametrize(("url_base", "address"), [(None, "auto"), (None, "url"), (HTTPS, "uri")])
def test_a_folder_that_nobody_else_can_reach_is_said_once(url_base: str | None, address: str, tmp_path: Path) -> None:
    _, done = emitted(everything(), tmp_path, uri_base=None, url_base=url_base, address=address)
    assert codes(done.findings) == {"manifest.no_public_url": 1, "manifest.empty": 1}


@pytest.mark.parametrize("key", ["a?b.png", "/rooted.png", "a/../b.png", "tab\t.png"])
def test_a_key_that_label_studio_would_not_find_is_left_out(key: str, tmp_path: Path) -> None:
    prefix = Prefix()
    prefix.add("x", [image(key)])
    prefix.add("good", [image("good.png")])
    tasks, done = emitted(prefix, tmp_path)
    assert [task["image"] for task in tasks] == [f"{S3}/good.png"]
    assert {f.file for f in done.findings if f.severity == "error"} == {key}


def test_keys_are_those_of_the_labeling_config(tmp_path: Path) -> None:
    prefix = Prefix()
    identity = prefix.add("x", [image("a.png")])
    tasks, _ = emitted(prefix, tmp_path, image_key="slide", series_key="case_id")
    assert tasks == [{"slide": f"{S3}/a.png", "case_id": identity}]
    with pytest.raises(ValueError, match="must all differ"):
        LabelStudioOptions(image_key="video")
    with pytest.raises(ValueError, match="pattern"):
        LabelStudioOptions(image_key="$image")


def test_notes_of_the_user_stand_in_the_data(tmp_path: Path) -> None:
    prefix = Prefix()
    prefix.add("one", [image("one.png")], metadata=[("notes:site", "north"), ("client_metadata:age", "54")])
    two = prefix.add("two", [], kind="frames", metadata=[("notes:site", "south")], items=2)
    prefix.add_item(two, 0, image("two/0.png"), notes=[("notes:view", "AP")])
    prefix.add_item(two, 1, image("two/1.png"), notes=[("notes:site", "west")], label_this=False)
    tasks, done = emitted(prefix, tmp_path)
    notes = {task["series"]: {n: v for n, v in task.items() if n not in {"image", "series"}} for task in tasks}
    assert notes == {
        next(name for name in notes if name != two): {"site": "north"},
        two: {"label_this": ["true", "false"], "site": ["south", "west"], "view": ["AP", None]},
    }
    assert codes(done.findings) == {"label_studio.mixed_tasks": 1}


def test_a_note_that_has_the_name_of_a_key_is_left_out_and_said(tmp_path: Path) -> None:
    prefix = Prefix()
    identity = prefix.add("x", [image("a.png")], metadata=[("notes:image", "no"), ("notes:site", "north")])
    tasks, done = emitted(prefix, tmp_path)
    assert tasks == [{"image": f"{S3}/a.png", "series": identity, "site": "north"}]
    (found,) = done.findings
    assert (found.code, found.severity, found.pointer) == ("manifest.note_name_taken", "loss", "column=image")


def test_a_note_that_looks_like_a_name_is_said(tmp_path: Path) -> None:
    prefix = Prefix()
    prefix.add("x", [image("a.png")], metadata=[("notes:reader", "doe^jane")])
    _, done = emitted(prefix, tmp_path)
    assert codes(done.findings) == {"manifest.phi_suspect": 1}
    assert "doe" not in "".join(f.message + (f.value or "") for f in done.findings)


def test_chunks_are_full_and_a_task_that_alone_is_over_the_limit_is_left_out(tmp_path: Path) -> None:
    prefix = Prefix()
    for number in range(5):
        prefix.add(f"{number}", [image(f"{number}.png")])
    big = prefix.add("big", [image(f"big/{n:04}.png") for n in range(100)], kind="frames")
    tasks, done = emitted(prefix, tmp_path, max_entries=2, max_bytes=1024)
    index = json.loads((tmp_path / "label_studio.index.json").read_bytes())
    assert [chunk["entries"] for chunk in index["chunks"]] == [2, 2, 1]
    assert len(tasks) == 5
    (found,) = [f for f in done.findings if f.code == "label_studio.file_over_limit"]
    assert (found.series_id, found.severity) == (big, "error")


def test_the_file_is_one_task_a_line_after_the_name_of_the_manifest(tmp_path: Path) -> None:
    prefix = Prefix()
    first = prefix.add("é", [image("é.png")])
    emitted(prefix, tmp_path, name="second_read")
    body = (tmp_path / "second_read.json").read_text("utf-8")
    assert body == f'[\n{{"data":{{"image":"{S3}/é.png","series":"{first}"}}}}\n]\n'
    assert set(files_of(tmp_path)) == {"second_read.json", "second_read.index.json", "second_read.README.txt"}


def test_formats_that_a_browser_may_not_show_are_counted(tmp_path: Path) -> None:
    prefix = Prefix()
    prefix.add("x", [image("a.tif", format="tiff"), image("b.tif", format="tiff")], kind="frames")
    tasks, done = emitted(prefix, tmp_path)
    assert len(tasks) == 1
    assert codes(done.findings) == {"label_studio.format_unlisted": 2}


def test_the_readme_holds_a_labeling_config_for_each_kind_of_task(tmp_path: Path) -> None:
    emitted(everything(), tmp_path)
    lines = (tmp_path / "label_studio.README.txt").read_text().splitlines()
    views = [ElementTree.fromstring(line.strip()) for line in lines if line.strip().startswith("<View>")]
    shown = [{tag.tag: tag.get("value") or tag.get("valueList") for tag in view} for view in views]
    assert {"Audio": "$audio", "Image": "$image"} in shown
    assert {"Text": "$text"} in shown
    assert len(shown) == 6


@pytest.mark.parametrize(
    ("keys", "good"),
    [
        (["site=north/f0.png", "site=north/f1.png"], False),
        (["site=north/f0.png", "f1.png"], True),
        (["f0.png", "f1.png"], True),
    ],
)
def test_a_list_whose_addresses_all_hold_an_equals_sign_is_not_found_by_the_server(
    keys: list[str], good: bool, tmp_path: Path
) -> None:
    prefix = Prefix()
    prefix.add("x", [image(key) for key in keys], kind="frames")
    tasks, done = emitted(prefix, tmp_path / "uri")
    assert (len(tasks), codes(done.findings)) == (
        (1, {}) if good else (0, {"manifest.url_form": 1, "manifest.empty": 1})
    )
    assert len(emitted(prefix, tmp_path / "url", address="url")[0]) == 1


def test_a_single_address_may_hold_an_equals_sign_and_no_key_may_end_in_a_blank(tmp_path: Path) -> None:
    prefix = Prefix()
    prefix.add("a", [image("site=north/f0.png")])
    prefix.add("b", [image("blank.png ", extension_mismatch=False)])
    tasks, done = emitted(prefix, tmp_path)
    assert [task["image"] for task in tasks] == [f"{S3}/site=north/f0.png"]
    assert codes(done.findings) == {"manifest.url_form": 1}
