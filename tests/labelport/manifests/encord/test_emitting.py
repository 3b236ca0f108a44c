"""What becomes of each series, and what is said of it."""

import json
from pathlib import Path
from typing import Any

import pytest

from labelport.errors import SettingsError
from labelport.findings import Finding
from labelport.manifests.contract import Emitted
from labelport.manifests.encord import Encord, EncordOptions
from labelport.testing.manifest import Prefix, emit_to, files_of, media_row
from tests.labelport.manifests.encord.prefixes import dicom, everything, image, nifti, pdf, sound, text, video

BASE = "https://media.example/made"


def emitted(prefix: Prefix, folder: Path, **options: Any) -> tuple[dict[str, Any], Emitted]:
    """Emit; return the JSON (empty where there is none) and what was done."""
    done = emit_to(folder, Encord(), EncordOptions(**options), prefix)
    path = folder / "encord.json"
    return (json.loads(path.read_bytes()) if path.exists() else {}), done


def codes(findings: list[Finding]) -> dict[str, int]:
    found: dict[str, int] = {}
    for each in findings:
        found[each.code] = found.get(each.code, 0) + each.count
    return found


def urls(entry: dict[str, Any]) -> list[str]:
    return [value.removeprefix(f"{BASE}/") for name, value in entry.items() if name.startswith("objectUrl")]


@pytest.mark.parametrize(
    ("kind", "rows", "section", "objects"),
    [
        ("frames", [image("f0.png"), image("f1.png")], "image_groups", ["f0.png", "f1.png"]),
        ("frames", [image("alone.png")], "image_groups", ["alone.png"]),
        ("versions", [image("lung.png"), image("bone.png")], "image_groups", ["lung.png", "bone.png"]),
        ("table", [image("t0.png"), image("t1.png")], "image_groups", ["t0.png", "t1.png"]),
        ("table", [image("t0.png")], "images", ["t0.png"]),
        ("single", [image("i.png")], "images", ["i.png"]),
        ("frames", [video("v.mp4")], "videos", ["v.mp4"]),
        ("single", [sound("r.wav")], "audio", ["r.wav"]),
        ("single", [text("n.txt")], "text", ["n.txt"]),
        ("stack", [dicom("1.dcm"), dicom("2.dcm")], "dicom_series", ["1.dcm", "2.dcm"]),
        ("volume4d", [dicom("t0.dcm"), dicom("t1.dcm")], "dicom_series", ["t0.dcm", "t1.dcm"]),
        ("cine", [dicom("c.dcm", frames=30)], "dicom_series", ["c.dcm"]),
        ("single", [dicom("x.dcm")], "dicom_series", ["x.dcm"]),
    ],
)
def test_each_kind_of_series_has_its_section(
    kind: str, rows: list[Any], section: str, objects: list[str], tmp_path: Path
) -> None:
    prefix = Prefix()
    identity = prefix.add("x", rows, kind=kind)
    file, done = emitted(prefix, tmp_path)
    (entry,) = file[section]
    assert urls(entry) == objects
    assert entry["title"] == identity
    assert list(file) == [section, "skip_duplicate_urls"]
    assert codes(done.findings) == {}


def test_frames_become_a_group_unless_sequences_are_asked_for_and_versions_never(tmp_path: Path) -> None:
    prefix = Prefix()
    frames = prefix.add("f", [image("f0.png"), image("f1.png")], kind="frames")
    versions = prefix.add("v", [image("v0.png"), image("v1.png")], kind="versions")
    for sequences in (False, True):
        file, _ = emitted(prefix, tmp_path / str(sequences), sequences=sequences)
        assert {entry["title"]: entry["createVideo"] for entry in file["image_groups"]} == {
            frames: sequences,
            versions: False,
        }


def test_a_sequence_of_mixed_sizes_is_split_by_size_and_a_group_is_not(tmp_path: Path) -> None:
    prefix = Prefix()
    rows = [image("0.png"), image("1.png", width=320, height=240), image("2.png")]
    title = prefix.add("f", rows, kind="frames")
    file, done = emitted(prefix, tmp_path / "sequences", sequences=True)
    assert [(entry["title"], urls(entry)) for entry in file["image_groups"]] == [
        (f"{title}/640x480", ["0.png", "2.png"]),
        (f"{title}/320x240", ["1.png"]),
    ]
    assert codes(done.findings) == {"encord.sequence_mixed_size": 1}
    file, done = emitted(prefix, tmp_path / "group")
    assert [urls(entry) for entry in file["image_groups"]] == [["0.png", "1.png", "2.png"]]


def test_a_recording_and_its_picture_are_two_items_and_stand_in_the_plan(tmp_path: Path) -> None:
    prefix = Prefix()
    title = prefix.add("r", [sound("r.wav")], kind="audio_image")
    prefix.add_item(title, 0, image("r.png"), role="context", of_index=0)
    file, done = emitted(prefix, tmp_path)
    assert [(e["title"], urls(e)) for e in file["audio"]] == [(title, ["r.wav"])]
    assert [(e["title"], urls(e)) for e in file["images"]] == [(f"{title}/0000", ["r.png"])]
    plan = (tmp_path / "encord.groups.json").read_bytes()
    assert plan == f'{{\n  "{title}": ["{BASE}/r.wav", "{BASE}/r.png"]\n}}\n'.encode()
    assert codes(done.findings) == {}
    assert b"encord.groups.json" in (tmp_path / "encord.README.txt").read_bytes()


def test_a_picture_of_two_recordings_is_one_item_and_in_both_groups_of_the_plan(tmp_path: Path) -> None:
    prefix, picture = Prefix(), image("both.png")
    titles = [prefix.add(name, [sound(f"{name}.wav")], kind="audio_image") for name in "ab"]
    for title in titles:
        prefix.add_item(title, 0, picture, role="context", of_index=0)
    file, done = emitted(prefix, tmp_path)
    assert len(file["images"]) == 1
    plan = json.loads((tmp_path / "encord.groups.json").read_bytes())
    assert sorted(plan) == sorted(titles)
    assert all(f"{BASE}/both.png" in objects for objects in plan.values())
    assert codes(done.findings) == {}


def test_a_recording_without_a_picture_stands_alone(tmp_path: Path) -> None:
    prefix = Prefix()
    prefix.add("r", [sound("r.wav")], kind="audio_image")
    file, done = emitted(prefix, tmp_path)
    assert len(file["audio"]) == 1
    assert not (tmp_path / "encord.groups.json").exists()
    assert codes(done.findings) == {}


def test_several_videos_of_one_series_are_items_of_their_own_and_that_is_said_or_planned(tmp_path: Path) -> None:
    prefix = Prefix()
    title = prefix.add("t", [video("a.mp4"), video("b.mp4")], kind="table")
    file, done = emitted(prefix, tmp_path / "said")
    assert [entry["title"] for entry in file["videos"]] == [f"{title}/0000", f"{title}/0001"]
    assert codes(done.findings) == {"manifest.ungrouped": 1}
    _, done = emitted(prefix, tmp_path / "planned", groups_plan=True)
    assert list(json.loads((tmp_path / "planned/encord.groups.json").read_bytes())) == [title]
    assert codes(done.findings) == {}


def test_pdf_and_nifti_wait_until_somebody_takes_the_risk(tmp_path: Path) -> None:
    prefix = Prefix()
    prefix.add("p", [pdf("p.pdf")])
    prefix.add("n", [nifti("n.nii.gz")], kind="volume")
    file, done = emitted(prefix, tmp_path / "no")
    assert file == {}
    assert codes(done.findings) == {"encord.unconfirmed_key": 2, "manifest.empty": 1}
    file, done = emitted(prefix, tmp_path / "yes", unconfirmed=True)
    assert list(file) == ["pdfs", "nifti", "skip_duplicate_urls"]
    assert codes(done.findings) == {}


@pytest.mark.parametrize(
    ("row", "kind", "code", "words"),
    [
        (video("a.avi", format="avi"), "frames", "manifest.needs_rendition", "encord takes no avi video: add"),
        (sound("a.ogg", format="ogg"), "single", "manifest.needs_rendition", "encord takes no ogg audio: add"),
        (image("a.gif", format="gif"), "single", "manifest.kind_not_taken", "encord takes no gif image"),
        (text("a.csv", format="csv"), "single", "manifest.kind_not_taken", "encord takes no csv text"),
        (media_row("a.pcd", kind="pointcloud"), "single", "manifest.kind_not_taken", "encord takes no pointcloud"),
    ],
)
def test_what_encord_does_not_list_is_left_out_and_counted(
    row: dict[str, Any], kind: str, code: str, words: str, tmp_path: Path
) -> None:
    prefix = Prefix()
    prefix.add("bad", [row], kind=kind)
    prefix.add("good", [image("good.png")])
    file, done = emitted(prefix, tmp_path)
    assert list(file) == ["images", "skip_duplicate_urls"]
    (found,) = done.findings
    assert found.code == code
    assert words in found.message


def test_single_frames_of_a_video_need_a_rendition(tmp_path: Path) -> None:
    prefix, row = Prefix(), video("v.mp4")
    title = prefix.add("t", [], kind="table", items=2)
    for index in range(2):
        prefix.add_item(title, index, row, role="video", frame=index * 10)
    _, done = emitted(prefix, tmp_path)
    assert codes(done.findings) == {"manifest.needs_rendition": 1, "manifest.empty": 1}


def test_frames_of_dicom_files_name_each_file_once(tmp_path: Path) -> None:
    prefix, row = Prefix(), dicom("enhanced.dcm", frames=4)
    first, second = (prefix.add(name, [], kind="stack", items=2) for name in "ab")
    for title, frames in ((first, (1, 0)), (second, (3, 2))):
        for index, frame in enumerate(frames):
            prefix.add_item(title, index, row, frame=frame)
    file, done = emitted(prefix, tmp_path)
    assert [urls(entry) for entry in file["dicom_series"]] == [["enhanced.dcm"]]
    assert codes(done.findings) == {"manifest.duplicate_url": 1}


@pytest.mark.parametrize("status", ["partial", "truncated", "unreadable"])
def test_a_bad_member_leaves_its_whole_series_out_and_stands_in_the_list(status: str, tmp_path: Path) -> None:
    prefix = Prefix()
    prefix.add("bad", [image("b0.png"), image("b1.png", status=status), image("b2.png")], kind="frames")
    good = prefix.add("good", [image("g0.png"), image("g1.png")], kind="frames")
    file, done = emitted(prefix, tmp_path)
    assert [entry["title"] for entry in file["image_groups"]] == [good]
    assert {f.file for f in done.findings if f.code == "manifest.skipped"} == {"b1.png"}
    assert (tmp_path / "encord.skipped.csv").read_text().splitlines()[1].startswith("b1.png,manifest.skipped,")


def test_a_bad_picture_leaves_its_recording_out(tmp_path: Path) -> None:
    prefix = Prefix()
    title = prefix.add("r", [sound("r.wav")], kind="audio_image")
    prefix.add_item(title, 0, image("r.png", status="truncated"), role="context", of_index=0)
    file, done = emitted(prefix, tmp_path)
    assert file == {}
    assert codes(done.findings) == {"manifest.skipped": 1, "manifest.empty": 1}


@pytest.mark.parametrize(
    ("rows", "kind", "wrong"),
    [
        ([image("0.png"), video("1.mp4"), image("2.png")], "frames", ["1.mp4"]),
        ([dicom("0.dcm"), dicom("report.dcm", frames=None)], "stack", ["report.dcm"]),
        ([dicom("report.dcm", frames=None)], "cine", ["report.dcm"]),
    ],
)
def test_members_of_another_kind_are_named_and_leave_their_series_out(
    rows: list[Any], kind: str, wrong: list[str], tmp_path: Path
) -> None:
    prefix = Prefix()
    prefix.add("x", rows, kind=kind)
    file, done = emitted(prefix, tmp_path)
    assert file == {}
    assert [f.file for f in done.findings if f.code == "manifest.wrong_type"] == wrong


def test_a_dicom_report_alone_is_not_taken(tmp_path: Path) -> None:
    prefix = Prefix()
    prefix.add("sr", [dicom("sr.dcm", frames=None)])
    _, done = emitted(prefix, tmp_path)
    assert codes(done.findings) == {"manifest.kind_not_taken": 1, "manifest.empty": 1}


def test_a_name_that_says_another_kind_is_left_out_and_one_of_the_same_kind_only_told(tmp_path: Path) -> None:
    prefix = Prefix()
    prefix.add("film.jpg", [video("film.jpg", extension_mismatch=True)], kind="frames")
    prefix.add("photo.png", [image("photo.png", format="jpeg", extension_mismatch=True)])
    file, done = emitted(prefix, tmp_path)
    assert [urls(entry) for entry in file["images"]] == [["photo.png"]]
    assert {(f.file, f.severity) for f in done.findings} == {("film.jpg", "error"), ("photo.png", "warning")}
    assert {f.code for f in done.findings} == {"manifest.extension_mismatch"}
    assert (tmp_path / "encord.skipped.csv").read_text().count("\n") == 2


@pytest.mark.parametrize("key", ["../a.png", "a/./b.png", f"{'long' * 5000}.png"])
def test_a_key_that_makes_no_good_url_leaves_its_series_out(key: str, tmp_path: Path) -> None:
    prefix = Prefix()
    prefix.add("bad", [image(key), image("fine.png")], kind="frames")
    prefix.add("good", [image("good.png")])
    file, done = emitted(prefix, tmp_path)
    assert [urls(entry) for entry in file["images"]] == [["good.png"]]
    assert [f.file for f in done.findings if f.severity == "error"] == [key]


def test_a_blank_is_percent_encoded_in_a_url_and_refused_in_an_arn(tmp_path: Path) -> None:
    prefix = Prefix()
    prefix.add("a b.mp4", [video("a b.mp4")], kind="frames")
    file, _ = emitted(prefix, tmp_path / "url")
    assert urls(file["videos"][0]) == ["a%20b.mp4"]
    arn = "arn:aws:s3::123456789012:accesspoint/x.mrap"
    done = emit_to(
        tmp_path / "arn",
        Encord(),
        EncordOptions(url_form="mrap", mrap=arn),
        prefix,
        url_base="https://acme.s3.eu-west-2.amazonaws.com",
    )
    assert codes(done.findings) == {"manifest.url_whitespace": 1, "manifest.empty": 1}


def test_the_same_object_twice_in_a_group_is_written_once(tmp_path: Path) -> None:
    prefix, row = Prefix(), image("a.png")
    prefix.add("t", [row, image("b.png"), row], kind="table")
    file, done = emitted(prefix, tmp_path)
    assert urls(file["image_groups"][0]) == ["a.png", "b.png"]
    assert codes(done.findings) == {"manifest.duplicate_url": 1}


def test_a_folder_without_url_base_has_no_public_url_and_nothing_is_written(tmp_path: Path) -> None:
    done = emit_to(tmp_path, Encord(), EncordOptions(), everything(), url_base=None)
    assert codes(done.findings) == {"manifest.no_public_url": 1, "manifest.empty": 1}
    assert files_of(tmp_path) == {}


@pytest.mark.parametrize(
    ("base", "code"),
    [
        ("http://plain.example", "manifest.url_form"),
        ("https://user:secret@a.example", "manifest.url_form"),
        ("https://a.example/get?X-Amz-Signature=secret&key=", "manifest.url_signed"),
        ("https://a.example/a b", "manifest.url_whitespace"),
    ],
)
def test_a_base_that_spoils_every_url_is_said_once_and_not_shown(base: str, code: str, tmp_path: Path) -> None:
    done = emit_to(tmp_path, Encord(), EncordOptions(), everything(), url_base=base)
    assert codes(done.findings) == {code: 1, "manifest.empty": 1}
    assert not any("secret" in f"{f.message}{f.value}" for f in done.findings)


def test_media_metadata_are_written_whole_or_not_at_all(tmp_path: Path) -> None:
    prefix = Prefix()
    prefix.add("a", [video("a.mp4")], kind="frames")
    prefix.add("b", [video("b.mp4", duration_exact=False)], kind="frames")
    file, done = emitted(prefix, tmp_path / "asked", media_metadata=True)
    assert {urls(entry)[0]: "videoMetadata" in entry for entry in file["videos"]} == {"a.mp4": True, "b.mp4": False}
    assert codes(done.findings) == {"encord.media_metadata_incomplete": 1}
    file, done = emitted(prefix, tmp_path / "not")
    assert not any("videoMetadata" in entry for entry in file["videos"])
    assert done.findings == []


def test_client_only_leaves_out_what_lacks_media_metadata_and_what_cannot_hold_them(tmp_path: Path) -> None:
    prefix = everything()
    prefix.add("guess.mp4", [video("guess.mp4", fps=None)], kind="frames")
    file, done = emitted(prefix, tmp_path, client_only=True)
    assert set(file) == {"videos", "images", "audio", "text", "skip_duplicate_urls"}
    found = [f for f in done.findings if f.code == "encord.client_only_incomplete"]
    assert [(f.file, f.count) for f in found] == [("guess.mp4", 1), ("", 5)]
    assert Encord().check([tmp_path / "encord.json"], EncordOptions(client_only=True))[0].severity == "info"


def test_client_only_in_the_sdks_dialect_has_a_place_for_the_images_of_a_group(tmp_path: Path) -> None:
    prefix = everything()
    bad = prefix.add("guess", [image("x/0.png"), image("x/1.png", mime_type=None)], kind="frames")
    done = emit_to(tmp_path, Encord(), EncordOptions(client_only=True, dialect="sdk"), prefix)
    written = json.loads((tmp_path / "encord.sdk.json").read_bytes())
    groups = [image for group in written["imageGroups"] for image in group["images"]]
    assert len(groups) == 4
    assert all(image["imageMetadata"]["fileSize"] == 20480 for image in groups)
    assert "dicomSeries" not in written
    found = {(f.file, f.series_id or "", f.count) for f in done.findings if f.code == "encord.client_only_incomplete"}
    assert found == {("x/1.png", bad, 1), ("", "", 3)}
    assert [f.severity for f in Encord().check([tmp_path / "encord.sdk.json"], EncordOptions(client_only=True))] == []


def test_the_readme_of_the_sdks_dialect_says_that_the_page_does_not_take_it(tmp_path: Path) -> None:
    emit_to(tmp_path, Encord(), EncordOptions(dialect="sdk"), everything())
    text = (tmp_path / "encord.README.txt").read_text()
    assert 'DataUploadItems.from_dict(json.loads(Path("encord.sdk.json")' in text
    assert "page takes no file of this dialect" in text


def test_large_objects_and_suspicious_keys_are_counted(tmp_path: Path) -> None:
    prefix = Prefix()
    prefix.add("big", [video("big.mp4", size=2_000_000_000)], kind="frames")
    prefix.add("tall", [image("tall.png", width=2200, height=3000)])
    prefix.add("4k", [image("4k.png", width=2160, height=3840)])
    prefix.add("deep", [sound("deep.wav", sample_rate=4000)])
    prefix.add("coarse", [sound("coarse.wav", bit_depth=8)])
    prefix.add("who", [image("patient/doe^jane.png")])
    _, done = emitted(prefix, tmp_path)
    assert codes(done.findings) == {"encord.media_over_limit": 4, "manifest.phi_suspect": 1}


def test_values_of_the_users_own_are_judged_by_their_names(tmp_path: Path) -> None:
    prefix = Prefix()
    own = [(f"client_metadata:{name}", "1") for name in ("$x", "a/b", "ok")]
    prefix.add("a", [image("a.png")], metadata=own)
    prefix.add("b", [image("b.png")], metadata=own)
    group = prefix.add("g", [image("g0.png"), image("g1.png")], kind="frames")
    for item in prefix.items:
        if item["series_id"] == group:
            item["notes"] = [("client_metadata:age", "5")]
    file, done = emitted(prefix, tmp_path)
    assert all(entry["clientMetadata"].keys() >= {"a/b", "ok"} for entry in file["images"])
    assert not any("$x" in entry["clientMetadata"] for entry in file["images"])
    assert {f.code: (f.count, f.value) for f in done.findings} == {
        "encord.metadata_key_reserved": (2, "$x"),
        "encord.metadata_key": (2, "a/b"),
        "encord.metadata_not_held": (1, group),
    }


def test_a_csv_holds_what_it_has_columns_for_and_says_what_it_leaves_out(tmp_path: Path) -> None:
    prefix = everything()
    prefix.series[0]["metadata"] = [("client_metadata:site", '"north"')]
    done = emit_to(tmp_path, Encord(), EncordOptions(format="csv"), prefix)
    lines = (tmp_path / "encord.csv").read_text().splitlines()
    assert [line for line in lines if line.startswith("ObjectUrl")] == [
        "ObjectUrl,Image group title,Create video",
        "ObjectUrl,Image title",
        "ObjectUrl,Video title",
        "ObjectUrl,Series title",
    ]
    assert codes(done.findings) == {
        "encord.csv_unsupported": 5,
        "encord.csv_not_idempotent": 1,
        "encord.metadata_not_held": 1,
    }
    assert done.entries == 7
    assert not (tmp_path / "encord.groups.json").exists()
    assert b"cannot be imported twice" in (tmp_path / "encord.README.txt").read_bytes()


def test_the_dicom_heading_can_be_the_other_one(tmp_path: Path) -> None:
    prefix = Prefix()
    prefix.add("d", [dicom("1.dcm")], kind="stack")
    emit_to(tmp_path, Encord(), EncordOptions(format="csv", dicom_header="Dicom title"), prefix)
    assert (tmp_path / "encord.csv").read_text().startswith("ObjectUrl,Dicom title\n")


def test_broken_objects_and_archives_of_the_prefix_are_named_though_they_are_in_no_series(tmp_path: Path) -> None:
    prefix = Prefix()
    prefix.add("good.png", [image("good.png")])
    prefix.media += [
        media_row("broken.png", status="unreadable"),
        media_row("empty.dcm", kind="unknown", status="empty"),
        media_row("notes.bin", kind="unknown", status="not_media"),
        media_row("a.zip", kind="archive", media_format="zip"),
        media_row("b.zip", kind="archive", media_format="zip"),
    ]
    _, done = emitted(prefix, tmp_path / "all")
    assert {(f.code, f.file, f.count) for f in done.findings} == {
        ("manifest.skipped", "broken.png", 1),
        ("manifest.skipped", "empty.dcm", 1),
        ("manifest.archive_not_opened", "", 2),
    }
    _, done = emitted(prefix, tmp_path / "where", where={"key": "good*"})
    assert done.findings == []
    _, done = emitted(prefix, tmp_path / "flags", where={"without_flags": ["damaged"]})
    assert done.findings == []


def test_pictures_shown_beside_frames_have_no_place(tmp_path: Path) -> None:
    prefix = Prefix()
    title = prefix.add("f", [image("f0.png"), image("f1.png")], kind="frames")
    prefix.add_item(title, 0, image("camera.png"), role="context", of_index=0)
    file, done = emitted(prefix, tmp_path)
    assert urls(file["image_groups"][0]) == ["f0.png", "f1.png"]
    assert codes(done.findings) == {"manifest.ungrouped": 1}


def test_flags_of_the_file_are_written_out(tmp_path: Path) -> None:
    prefix = Prefix()
    prefix.add("a.png", [image("a.png")])
    assert emitted(prefix, tmp_path / "1")[0]["skip_duplicate_urls"] is True
    assert emitted(prefix, tmp_path / "2", skip_duplicate_urls=False)[0]["skip_duplicate_urls"] is False
    assert emitted(prefix, tmp_path / "3", upsert=True, unconfirmed=True)[0]["upsert_metadata"] is True


def test_a_form_of_aws_for_another_store_is_a_settings_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="url_form: path"):
        emitted(everything(), tmp_path, url_form="path")
