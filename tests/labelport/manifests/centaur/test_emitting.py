from pathlib import Path
from typing import Any

import pytest

from labelport.findings import Finding
from labelport.manifests.centaur import Centaur, CentaurOptions
from labelport.series.notes import entry
from labelport.testing.manifest import Prefix, emit_to, files_of, made_prefix, media_row


def draft(prefix: Prefix, folder: Path, **options: Any) -> tuple[list[str], list[Finding]]:
    emitted = emit_to(folder, Centaur(), CentaurOptions(**options), prefix)
    body = files_of(folder).get("centaur.draft.csv", b"").decode()
    return body.splitlines(), emitted.findings


def codes(findings: list[Finding]) -> set[str]:
    return {f.code for f in findings}


def frames(prefix: Prefix, name: str, keys: list[str], **given: Any) -> str:
    return prefix.add(name, [media_row(key) for key in keys], kind="frames", rule="pattern", **given)


def test_a_row_is_origin_series_and_index_and_content_id_stays_empty(tmp_path: Path) -> None:
    prefix = Prefix()
    identity = frames(prefix, "us/case9", ["us/case9/f000.png", "us/case9/f001.png"], attributes=[("site", "north, 2")])
    lines, findings = draft(prefix, tmp_path, notes=["site"], origin_root="us/")
    assert lines == [
        "content_id,origin,series,series_index,notes",
        f",case9/f000.png,{identity},0,site = north- 2",
        f",case9/f001.png,{identity},1,site = north- 2",
    ]
    assert codes(findings) == {"centaur.no_template"}


def test_only_listed_columns_enter_the_notes(tmp_path: Path) -> None:
    prefix = Prefix()
    frames(prefix, "a", ["a0.png", "a1.png"], attributes=[("site", "north")])
    lines, _ = draft(prefix, tmp_path)
    assert [line.split(",")[4] for line in lines[1:]] == ["", ""]


def test_values_that_were_joined_as_notes_stand_there_and_those_for_other_platforms_do_not(tmp_path: Path) -> None:
    prefix = Prefix()
    frames(prefix, "a", ["a0.png", "a1.png"])
    for series in prefix.series:
        series["metadata"] = [entry("notes", "site", "north"), entry("client_metadata", "age", 54)]
    for item in prefix.items:
        item["notes"] = [entry("notes", "device", f"probe {item['index']}"), ("question", "of the table")]
    lines, _ = draft(prefix, tmp_path, notes=["question"])
    assert [line.split(",")[4] for line in lines[1:]] == [
        "question = of the table - site = north - device = probe 0",
        "question = of the table - site = north - device = probe 1",
    ]


def test_frames_to_label_are_named_where_only_some_are(tmp_path: Path) -> None:
    prefix = Prefix()
    frames(prefix, "ct", [f"s{n}.png" for n in range(4)])
    for item in prefix.items:
        item["label_this"] = item["index"] == 2
    lines, _ = draft(prefix, tmp_path)
    assert [line.split(",")[4] for line in lines[1:]] == [
        "context only - label frames 2",
        "context only - label frames 2",
        "label frames 2",
        "context only - label frames 2",
    ]
    none, _ = draft(prefix, tmp_path / "none", label_frames="none")
    assert none[1].endswith(",")


def test_versions_say_their_name(tmp_path: Path) -> None:
    lines, _ = draft(made_prefix(), tmp_path)
    assert {line.split(",")[4] for line in lines[1:] if ",ct/7_" in line} == {"version = bone", "version = lung"}


def test_a_video_asks_for_frames_in_the_literal_words(tmp_path: Path) -> None:
    prefix = Prefix()
    prefix.add("a.mp4", [media_row("a.mp4", kind="video", media_format="mp4")], kind="frames", rule="video")
    _, findings = draft(prefix, tmp_path)
    (found,) = [f for f in findings if f.code == "manifest.needs_rendition"]
    assert found.message == (
        'centaur takes no video: add "renditions: {frames: {kind: frames, select: all, format: jpeg}}" '
        'to the dataset and "use: frames" to the manifest "centaur"'
    )


@pytest.mark.parametrize(
    ("kind", "media_kind", "frame_count", "code"),
    [
        ("single", "image", 1, "centaur.ungrouped"),
        ("single", "audio", None, "centaur.ungrouped"),
        ("cine", "dicom", 30, "centaur.multiframe"),
        ("stack", "dicom", 12, "centaur.multiframe"),
        ("single", "dicom", 12, "centaur.multiframe"),
        ("volume", "nifti", 9, "manifest.needs_rendition"),
        ("single", "nifti", 9, "manifest.needs_rendition"),
        ("single", "pdf", None, "manifest.kind_not_taken"),
        ("single", "pointcloud", None, "manifest.kind_not_taken"),
    ],
)
def test_each_kind_has_its_place_in_the_table(
    kind: str, media_kind: str, frame_count: int | None, code: str, tmp_path: Path
) -> None:
    prefix = Prefix()
    prefix.add("x", [media_row("x.bin", kind=media_kind, frames=frame_count)], kind=kind)
    lines, findings = draft(prefix, tmp_path)
    assert lines == []
    assert codes(findings) == {code, "manifest.empty"}


def test_a_stack_of_single_slices_goes_to_a_file_of_its_own(tmp_path: Path) -> None:
    emitted = emit_to(tmp_path, Centaur(), CentaurOptions(), made_prefix())
    dicom = files_of(tmp_path)["centaur.dicom.csv"].decode().splitlines()
    assert [line.split(",")[1] for line in dicom[1:]] == ["ct/s/0.dcm", "ct/s/1.dcm", "ct/s/2.dcm"]
    assert "centaur.single_frame_dicom" in codes(emitted.findings)


@pytest.mark.parametrize("key", ["a,b.png", 'a"b.png', "a\nb.png", "=a.png", "+a.png", "-a.png", "@a.png", " a.png"])
def test_a_key_that_a_plain_csv_cannot_hold_leaves_its_whole_series_out(key: str, tmp_path: Path) -> None:
    prefix = Prefix()
    frames(prefix, "bad", ["fine.png", key])
    good = frames(prefix, "good", ["g0.png", "g1.png"])
    lines, findings = draft(prefix, tmp_path)
    assert [line.split(",")[2] for line in lines[1:]] == [good, good]
    assert [f.file for f in findings if f.code == "manifest.csv_unsafe"] == [key]
    assert (tmp_path / "centaur.skipped.csv").exists()


def test_a_bad_member_leaves_its_whole_series_out_and_nothing_is_renumbered(tmp_path: Path) -> None:
    prefix = Prefix()
    prefix.add("a", [media_row("a0.png"), media_row("a1.png", status="truncated"), media_row("a2.png")], kind="frames")
    good = frames(prefix, "b", ["b0.png", "b1.png"])
    lines, findings = draft(prefix, tmp_path)
    assert [line.split(",")[2] for line in lines[1:]] == [good, good]
    assert [f.file for f in findings if f.code == "manifest.skipped"] == ["a1.png"]


def test_origins_that_meet_when_the_root_is_cut_are_told(tmp_path: Path) -> None:
    prefix = Prefix()
    frames(prefix, "a", ["root/x.png", "x.png"])
    frames(prefix, "b", ["y0.png", "y1.png"])
    lines, findings = draft(prefix, tmp_path, origin_root="root/")
    assert len(lines) == 3
    assert "centaur.duplicate_origin" in codes(findings)


def test_names_in_keys_are_counted_in_one_warning(tmp_path: Path) -> None:
    prefix = Prefix()
    frames(prefix, "a", [f"patient/20240131/f{n}.png" for n in range(3)])
    _, findings = draft(prefix, tmp_path)
    assert [f.count for f in findings if f.code == "manifest.phi_suspect"] == [3]


def test_a_recording_stands_with_its_picture(tmp_path: Path) -> None:
    prefix = Prefix()
    recording = prefix.add("r", [media_row("r.wav", kind="audio", media_format="wav")], kind="audio_image")
    prefix.add_item(recording, 0, media_row("r.png"), role="context", of_index=0)
    emit_to(tmp_path, Centaur(), CentaurOptions(), prefix)
    assert files_of(tmp_path)["centaur.audio.csv"] == b"origin,image_id,notes\nr.wav,r.png,\n"


def test_a_long_list_of_frames_to_label_does_not_stand_in_every_row(tmp_path: Path) -> None:
    prefix = Prefix()
    frames(prefix, "ct", [f"s{n}.png" for n in range(2000)])
    for item in prefix.items:
        item["label_this"] = item["index"] % 2 == 1
    lines, findings = draft(prefix, tmp_path)
    assert [line.split(",")[4] for line in lines[1:3]] == ["context only", "label this frame"]
    assert "centaur.labels_unlisted" in codes(findings)


@pytest.mark.parametrize(("media", "left"), [("series", "centaur.draft.csv"), ("audio_image", "centaur.audio.csv")])
def test_one_of_the_two_files_may_be_asked_for_and_the_rest_is_told(media: str, left: str, tmp_path: Path) -> None:
    prefix = Prefix()
    frames(prefix, "a", ["a0.png", "a1.png"])
    recording = prefix.add("r", [media_row("r.wav", kind="audio", media_format="wav")], kind="audio_image")
    prefix.add_item(recording, 0, media_row("r.png"), role="context", of_index=0)
    emitted = emit_to(tmp_path, Centaur(), CentaurOptions(media=media), prefix)
    assert sorted(files_of(tmp_path)) == ["centaur.README.txt", left]
    assert [f.count for f in emitted.findings if f.code == "centaur.media_left_out"] == [1]


@pytest.mark.parametrize("kind", ["cine", "stack", "volume", "volume4d", "single", "frames"])
def test_renditions_are_what_they_are_whatever_the_series_was(kind: str, tmp_path: Path) -> None:
    prefix = Prefix()
    shown = [media_row(f"renditions/x/{n}.jpg", store="publish", media_format="jpeg") for n in range(2)]
    identity = prefix.add("x", [], kind=kind, rule="dicom", items=2)
    for index, row in enumerate(shown):
        prefix.add_item(identity, index, row, frame=index)
    lines, _ = draft(prefix, tmp_path)
    assert [line.split(",")[1:4] for line in lines[1:]] == [
        ["renditions/x/0.jpg", identity, "0"],
        ["renditions/x/1.jpg", identity, "1"],
    ]


def test_archives_and_broken_files_of_no_series_are_told(tmp_path: Path) -> None:
    prefix = Prefix()
    frames(prefix, "a", ["a0.png", "a1.png"])
    prefix.media.append(media_row("z.zip", kind="archive", media_format="zip"))
    prefix.media.append(media_row("cut.png", kind="unknown", status="unreadable"))
    _, findings = draft(prefix, tmp_path)
    assert codes(findings) == {"centaur.no_template", "manifest.archive_not_opened", "manifest.skipped"}
