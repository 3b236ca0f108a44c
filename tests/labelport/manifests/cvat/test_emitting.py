"""What goes into CVAT's manifests and what is said of the rest, on made rows."""

import json
from dataclasses import replace
from hashlib import md5
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from labelport.codes import CODES
from labelport.errors import SettingsError
from labelport.findings import Finding
from labelport.manifests.checking import check_files
from labelport.manifests.contract import EmitContext
from labelport.manifests.cvat import Cvat, CvatOptions
from labelport.manifests.cvat.placing import video_outputs
from labelport.manifests.reading import TableSeries
from labelport.manifests.sink import FolderSink
from labelport.storage.opening import open_bucket
from labelport.testing.manifest import InlineRunner, Prefix, emit_to, files_of, made_prefix, media_row
from tests.labelport.manifests.cvat.answering import Answering
from tests.labelport.manifests.cvat.reading_back import groups

MD5 = "0123456789abcdef" * 2


def images_of(folder: Path) -> list[dict[str, Any]]:
    body = files_of(folder).get("images/manifest.jsonl", b"")
    return [json.loads(line) for line in body.splitlines()[2:]]


def paths_of(folder: Path) -> list[str]:
    return [entry["name"] + entry["extension"] for entry in images_of(folder)]


def about(findings: list[Finding], code: str) -> list[str]:
    return sorted(f.file for f in findings if f.code == code)


def singles(*keys: str, **given: Any) -> Prefix:
    prefix = Prefix()
    for key in keys:
        prefix.add(key, [media_row(key, **given)])
    return prefix


def test_names_are_ordered_by_code_points_of_the_whole_path(tmp_path: Path) -> None:
    keys = ["a/b.png", "a.png", "B.png", "a-1.png", "img10.png", "img2.png", "é.png"]
    emit_to(tmp_path, Cvat(), CvatOptions(), singles(*keys))
    assert paths_of(tmp_path) == ["B.png", "a-1.png", "a.png", "a/b.png", "img10.png", "img2.png", "é.png"]


def test_predefined_order_is_that_of_the_series(tmp_path: Path) -> None:
    prefix = Prefix()
    prefix.add("x", [media_row("x/9.png"), media_row("x/10.png"), media_row("x/1.png")], kind="frames", rule="pattern")
    emit_to(tmp_path, Cvat(), CvatOptions(sorting="predefined"), prefix)
    assert paths_of(tmp_path) == ["x/9.png", "x/10.png", "x/1.png"]
    assert b"sorting must be predefined" in files_of(tmp_path)["cvat.README.txt"]


def test_natural_order_counts(tmp_path: Path) -> None:
    emit_to(tmp_path, Cvat(), CvatOptions(sorting="natural"), singles("img10.png", "img9.png", "img1.png"))
    assert paths_of(tmp_path) == ["img1.png", "img9.png", "img10.png"]


@pytest.mark.parametrize(
    ("kind", "media_kind", "code", "words"),
    [
        ("stack", "dicom", "manifest.needs_rendition", "cvat takes no stack: add"),
        ("volume", "nifti", "manifest.needs_rendition", "cvat takes no volume: add"),
        ("cine", "dicom", "manifest.needs_rendition", '"use: frames" to the manifest "cvat"'),
        ("single", "audio", "manifest.kind_not_taken", "cvat takes no audio"),
        ("audio_image", "audio", "manifest.kind_not_taken", "cvat takes no audio"),
        ("single", "text", "manifest.kind_not_taken", "cvat takes no text"),
        ("single", "pdf", "manifest.kind_not_taken", "cvat takes no pdf"),
    ],
)
def test_what_cvat_does_not_take_is_told_once_a_kind(
    kind: str, media_kind: str, code: str, words: str, tmp_path: Path
) -> None:
    prefix = singles("good.png")
    for name in ("a.x", "b.x"):
        prefix.add(name, [media_row(name, kind=media_kind)], kind=kind)
    emitted = emit_to(tmp_path, Cvat(), CvatOptions(), prefix)
    (found,) = [f for f in emitted.findings if f.code.startswith("manifest.")]
    assert (found.code, found.count) == (code, 2)
    assert words in found.message
    assert paths_of(tmp_path) == ["good.png"]


def test_versions_of_an_image_are_entries_of_their_own_and_that_is_told(tmp_path: Path) -> None:
    emitted = emit_to(tmp_path, Cvat(), CvatOptions(), made_prefix())
    assert {"ct/7_bone.png", "ct/7_lung.png"} <= set(paths_of(tmp_path))
    assert [f.count for f in emitted.findings if f.code == "manifest.ungrouped"] == [1]


def test_svg_and_unlisted_extensions_are_left_out(tmp_path: Path) -> None:
    emitted = emit_to(tmp_path, Cvat(), CvatOptions(), singles("a.png", "b.raw", "c", "D.JPG"))
    assert paths_of(tmp_path) == ["D.JPG", "a.png"]
    assert about(emitted.findings, "cvat.extension_unlisted") == ["b.raw"]
    assert about(emitted.findings, "cvat.no_extension") == ["c"]


def test_a_backslash_never_makes_two_objects_one_name(tmp_path: Path) -> None:
    emitted = emit_to(tmp_path, Cvat(), CvatOptions(), singles("a/b.png", "a\\b.png", "c\\d.png", "..\\x.png"))
    assert paths_of(tmp_path) == ["a/b.png", "c/d.png"]
    assert about(emitted.findings, "manifest.key_unsafe") == ["..\\x.png", "a\\b.png"]
    assert check_files([tmp_path]) == []


def test_version_1_0_writes_meta_before_checksum_and_no_chapters(tmp_path: Path) -> None:
    emit_to(tmp_path, Cvat(), CvatOptions(version="1.0"), singles("a.png"))
    assert files_of(tmp_path)["images/manifest.jsonl"].splitlines()[2] == (
        b'{"name":"a","extension":".png","width":8,"height":6,"meta":{"related_images":[]}}'
    )
    assert check_files([tmp_path]) == []


@pytest.mark.parametrize(("index", "there"), [("auto", True), (True, True), (False, False)])
def test_an_index_lies_beside_the_images_unless_it_is_switched_off(index: Any, there: bool, tmp_path: Path) -> None:
    emit_to(tmp_path, Cvat(), CvatOptions(index=index), singles("a.png"))
    assert ("images/index.json" in files_of(tmp_path)) is there


def test_broken_objects_of_the_prefix_are_listed_and_never_entries(tmp_path: Path) -> None:
    prefix = singles("a.png")
    prefix.media += [
        media_row("bomb.png", status="too_large", error="more pixels than the limit"),
        media_row("junk.jpg", kind="unknown", status="not_media"),
        media_row("junk.mp4", kind="unknown", status="not_media"),
        media_row("code.ts", kind="text", status="ok"),
        media_row("notes.txt", kind="text", status="ok"),
        media_row("x.dcm", kind="dicom", status="unreadable"),
        media_row("all.zip", kind="archive", status="ok"),
    ]
    emitted = emit_to(tmp_path, Cvat(), CvatOptions(), prefix)
    assert about(emitted.findings, "manifest.skipped") == ["bomb.png", "junk.jpg", "junk.mp4"]
    assert about(emitted.findings, "manifest.archive_not_opened") == ["all.zip"]
    assert paths_of(tmp_path) == ["a.png"]
    skipped = files_of(tmp_path)["cvat.skipped.csv"].decode().splitlines()
    assert skipped[0] == "key,code,message"
    assert [line.split(",")[0] for line in skipped[1:]] == ["bomb.png", "junk.jpg", "junk.mp4"]
    only = CvatOptions.model_validate({"media": "images", "where": {"key": "b*"}})
    named = emit_to(tmp_path / "where", Cvat(), only, prefix)
    assert about(named.findings, "manifest.skipped") == ["bomb.png"]


def test_a_spreadsheet_runs_no_key_of_the_skipped_list(tmp_path: Path) -> None:
    prefix = singles("a.png")
    prefix.media.append(media_row("=cmd.png", status="unreadable"))
    emit_to(tmp_path, Cvat(), CvatOptions(), prefix)
    assert b"\n'=cmd.png," in files_of(tmp_path)["cvat.skipped.csv"]


def test_an_image_that_kills_its_worker_costs_its_own_entry(tmp_path: Path) -> None:
    facts = {"width": 3, "height": 2, "checksum": MD5, "error": None}
    runner = Answering(facts, deadly="b.png")
    emitted = emit_to(tmp_path, Cvat(), CvatOptions(mode="exact"), singles("a.png", "b.png", "c.png"), runner=runner)
    assert images_of(tmp_path) == [
        {"name": name, "extension": ".png", "width": 3, "height": 2, "checksum": MD5} for name in ("a", "c")
    ]
    assert about(emitted.findings, "manifest.decode_failed") == ["b.png"]
    again = Answering(facts)
    emit_to(
        tmp_path / "again",
        Cvat(),
        CvatOptions(mode="exact"),
        singles("a.png", "b.png", "c.png"),
        cache=emitted.cache,
        runner=again,
    )
    assert again.asked == ["b.png"]


def test_what_the_last_run_decoded_is_not_decoded_again_unless_the_tools_changed(tmp_path: Path) -> None:
    facts = {"width": 3, "height": 2, "checksum": MD5, "error": None}
    prefix, options = singles("a.png", "b.png"), CvatOptions(mode="exact")
    first = emit_to(tmp_path / "1", Cvat(), options, prefix, runner=Answering(facts))
    kept = json.loads(json.dumps(first.cache))
    second = emit_to(tmp_path / "2", Cvat(), options, prefix, cache=kept, runner=Answering({}))
    assert files_of(tmp_path / "1") == files_of(tmp_path / "2")
    assert second.cache == first.cache
    other = Answering(facts)
    emit_to(tmp_path / "3", Cvat(), options, prefix, cache={**kept, "toolchain": {"Pillow": "0"}}, runner=other)
    assert len(other.works) == 1


def videos(*keys: str, **given: Any) -> Prefix:
    prefix = Prefix()
    for key in keys:
        row = media_row(key, kind="video", media_format="mp4", **given)
        prefix.add(key, [row], kind="frames", rule="video")
    return prefix


VIDEO = {"facts": json.dumps({"resolution": [4, 2], "length": 5, "chapters": [], "frames": [[0, 7, MD5]]})}


def test_each_video_gets_a_manifest_named_after_its_path(tmp_path: Path) -> None:
    emit_to(tmp_path, Cvat(), CvatOptions(), videos("a/x.mp4", "b/x.mp4"), runner=Answering(VIDEO))
    files = files_of(tmp_path)
    assert sorted(files) == ["cvat.README.txt", "video/a/x.mp4.manifest.jsonl", "video/b/x.mp4.manifest.jsonl"]
    assert json.loads(files["video/b/x.mp4.manifest.jsonl"].splitlines()[2])["properties"]["name"] == "x.mp4"
    assert b"<data root>/a/x.mp4.manifest.jsonl" in files["cvat.README.txt"]
    assert groups(tmp_path) == [("", ["a/x.mp4"]), ("", ["b/x.mp4"])]
    assert check_files([tmp_path]) == []


def test_version_1_0_of_a_video_has_no_chapters_and_our_check_takes_it(tmp_path: Path) -> None:
    emit_to(tmp_path, Cvat(), CvatOptions(version="1.0"), videos("x.mp4"), runner=Answering(VIDEO))
    assert files_of(tmp_path)["video/x.mp4.manifest.jsonl"].splitlines()[:3] == [
        b'{"version":"1.0"}',
        b'{"type":"video"}',
        b'{"properties":{"name":"x.mp4","resolution":[4,2],"length":5}}',
    ]
    assert check_files([tmp_path]) == []


def test_with_an_index_each_video_has_a_folder() -> None:
    assert video_outputs("a/x.mp4", index=True) == ("video/a/x.mp4/manifest.jsonl", "video/a/x.mp4/index.json")


def test_videos_may_be_skipped_and_are_counted(tmp_path: Path) -> None:
    prefix = videos("a.mp4", "b.mp4")
    prefix.add("i.png", [media_row("i.png")])
    emitted = emit_to(tmp_path, Cvat(), CvatOptions(video="skip"), prefix, runner=Answering({}))
    assert [(f.count, f.severity) for f in emitted.findings if f.code == "cvat.video_skipped"] == [(2, "info")]
    assert paths_of(tmp_path) == ["i.png"]


@pytest.mark.parametrize("key", ["../a.mp4", "/etc/a.mp4", "a//b.mp4", "nul\0.mp4", "line\n.mp4", f"{'x' * 250}.mp4"])
def test_a_video_whose_key_cannot_be_a_path_is_left_out_with_its_reason(key: str, tmp_path: Path) -> None:
    emitted = emit_to(tmp_path, Cvat(), CvatOptions(), videos(key, "good.mp4"), runner=Answering(VIDEO))
    assert about(emitted.findings, "manifest.key_unsafe") == [key]
    assert sorted(name for name in files_of(tmp_path) if name.startswith("video/")) == ["video/good.mp4.manifest.jsonl"]


def test_a_large_video_has_a_longer_deadline(tmp_path: Path) -> None:
    prefix = videos("small.mp4", size=1 << 20)
    prefix.add("large.mp4", [media_row("large.mp4", kind="video", size=4 << 30)], kind="frames", rule="video")
    runner = Answering(VIDEO)
    emit_to(tmp_path, Cvat(), CvatOptions(), prefix, runner=runner)
    small, large = (work.deadline_s for work in runner.works)
    assert small < 120
    assert large > 2 * 3600


def test_a_rendition_that_nobody_made_leaves_all_out(tmp_path: Path) -> None:
    emitted = emit_to(tmp_path, Cvat(), CvatOptions(use="frames"), made_prefix())
    assert [f.code for f in emitted.findings] == ["manifest.rendition_missing", "manifest.empty"]
    assert files_of(tmp_path) == {}


def test_chosen_frames_of_a_file_need_a_rendition_and_one_file_is_one_entry(tmp_path: Path) -> None:
    prefix = singles("good.png")
    row = media_row("a.gif")
    chosen = prefix.add("a", [], kind="table", rule="table", items=2)
    for index in range(2):
        prefix.add_item(chosen, index, row, frame=index)
    twice = media_row("b.png")
    prefix.add("b", [twice, twice], kind="table", rule="table")
    emitted = emit_to(tmp_path, Cvat(), CvatOptions(), prefix)
    assert paths_of(tmp_path) == ["b.png", "good.png"]
    assert about(emitted.findings, "manifest.duplicate_url") == ["b.png"]
    (found,) = [f for f in emitted.findings if f.code == "manifest.needs_rendition"]
    assert found.message.startswith("cvat takes no single frames of a file: add")


@pytest.mark.parametrize("part", ["../x", "LIVE", "", "a/b", ".hidden"])
def test_a_part_of_a_split_must_be_a_plain_name(part: str, tmp_path: Path) -> None:
    options = CvatOptions(split={part: 0.5, "val": 0.5})
    with pytest.raises(SettingsError, match="cannot be a folder"):
        emit_to(tmp_path, Cvat(), options, made_prefix())


def test_versions_in_the_folder_that_cvat_reads_are_shown_together(tmp_path: Path) -> None:
    prefix = Prefix()
    lies_so = ["a/7.png", "a/related_images/7_png/bone.png", "a/related_images/7_png/lung.png"]
    together = prefix.add("7", [], kind="versions", rule="pattern", items=3)
    for index, key in enumerate(lies_so):
        prefix.add_item(together, index, media_row(key), version=f"v{index}")
    told: list[str] = []
    emitted = emit_to(tmp_path, Cvat(), CvatOptions(), prefix, wrote=told.append)
    assert images_of(tmp_path) == [
        {"name": "a/7", "extension": ".png", "width": 8, "height": 6, "meta": {"related_images": lies_so[1:]}}
    ]
    assert [f.code for f in emitted.findings] == []
    assert told == [together]


def test_a_series_is_told_once_however_many_entries_it_has_and_not_for_its_context_alone(tmp_path: Path) -> None:
    prefix = Prefix()
    two = prefix.add("two", [media_row("a.png"), media_row("b.png")], kind="frames", rule="pattern")
    prefix.add("context", [media_row("related_images/a_png/c.png")])
    prefix.add("named badly", [media_row("x.raw")])
    told: list[str] = []
    emit_to(tmp_path, Cvat(), CvatOptions(), prefix, wrote=told.append)
    assert told == [two]


def test_an_object_in_two_series_is_one_entry(tmp_path: Path) -> None:
    prefix = Prefix()
    row = media_row("a.png")
    for name in ("one", "two"):
        prefix.add(name, [row], kind="table", rule="table")
    told: list[str] = []
    emitted = emit_to(tmp_path, Cvat(), CvatOptions(sorting="predefined"), prefix, wrote=told.append)
    assert paths_of(tmp_path) == ["a.png"]
    assert about(emitted.findings, "manifest.duplicate_url") == ["a.png"]
    assert len(told) == 1
    assert check_files([tmp_path]) == []


def test_without_a_list_of_all_media_the_objects_of_the_series_serve(tmp_path: Path) -> None:
    prefix = singles("a.png", "related_images/a_png/c.png", "related_images/b_png/c.png")
    prefix.add("lost", [media_row("lost.png")])
    prefix.media.pop()  # its object has no row
    context = EmitContext("made", bucket=None, runner=Answering, media=None)  # type: ignore[arg-type]
    series = TableSeries(prefix.series, prefix.items, prefix.media)
    emitted = Cvat().emit(series, CvatOptions(), FolderSink(tmp_path), context)
    assert images_of(tmp_path)[0]["meta"] == {"related_images": ["related_images/a_png/c.png"]}
    assert about(emitted.findings, "cvat.orphan_context") == ["related_images/b_png/c.png"]
    assert about(emitted.findings, "manifest.skipped") == ["lost.png"]


def test_an_image_that_is_cut_short_has_no_entry_and_may_still_be_decoded_in_exact_mode(tmp_path: Path) -> None:
    prefix = singles("a.png")
    prefix.add("cut.png", [media_row("cut.png", status="truncated")])
    emitted = emit_to(tmp_path / "header", Cvat(), CvatOptions(), prefix)
    assert about(emitted.findings, "manifest.skipped") == ["cut.png"]
    facts = {"width": 3, "height": 2, "checksum": MD5, "error": None}
    emit_to(tmp_path / "exact", Cvat(), CvatOptions(mode="exact"), prefix, runner=Answering(facts))
    assert (paths_of(tmp_path / "header"), paths_of(tmp_path / "exact")) == (["a.png"], ["a.png", "cut.png"])


def test_manifests_that_were_put_among_the_data_are_no_media(tmp_path: Path) -> None:
    prefix = singles("a.png")
    for key in ("manifest.jsonl", "index.json", "pointcloud.jsonl", "v/x.mp4.manifest.jsonl"):
        prefix.add(key, [media_row(key, kind="text", media_format="text")])
    assert emit_to(tmp_path, Cvat(), CvatOptions(strict=True), prefix).findings == []


def test_with_a_rendition_names_are_below_its_folder_and_exact_mode_reads_the_publish_store(tmp_path: Path) -> None:
    raw, publish = tmp_path / "raw", tmp_path / "publish"
    raw.mkdir()
    folder = publish / "renditions" / "frames" / "video-1"
    folder.mkdir(parents=True)
    prefix = Prefix()
    clip = prefix.add("clip", [], kind="cine", rule="dicom", items=2)
    bucket = open_bucket(str(publish))
    for index in range(2):
        key = f"renditions/frames/video-1/{index:06d}.png"
        Image.new("L", (4, 3), index).save(publish / key)
        body = (publish / key).read_bytes()  # the token of a rendition is the md5 of its file
        row = media_row(key, store="publish", size=len(body), token=md5(body).hexdigest(), width=4, height=3)
        prefix.add_item(clip, index, row, frame=index)
    context = EmitContext("made", open_bucket(str(raw)), InlineRunner, publish=bucket, media=prefix.media_in_order)
    series = TableSeries(prefix.series, prefix.items, prefix.media)
    told: list[str] = []
    options = CvatOptions(use="frames", mode="exact")
    emitted = Cvat().emit(series, options, FolderSink(tmp_path / "out"), replace(context, wrote=told.append))
    assert emitted.findings == []
    assert told == [clip]
    assert images_of(tmp_path / "out") == [
        {
            "name": f"video-1/{index:06d}",
            "extension": ".png",
            "width": 4,
            "height": 3,
            "checksum": md5(bytes([index] * 12)).hexdigest(),
        }
        for index in range(2)
    ]
    (publish / "renditions/frames/video-1/000001.png").write_bytes(body[:-1] + b"\0")
    changed = Cvat().emit(series, options, FolderSink(tmp_path / "changed"), context)
    assert about(changed.findings, "manifest.decode_failed") == ["renditions/frames/video-1/000001.png"]
    assert {f.store for f in changed.findings} == {"publish"}
    readme = files_of(tmp_path / "out")["cvat.README.txt"].decode()
    assert "<data root> is the folder renditions/frames/ of publish." in readme


def test_windows_of_one_item_are_entries_of_their_own_and_that_is_told(tmp_path: Path) -> None:
    prefix = Prefix()
    stack = prefix.add("s", [], kind="stack", rule="dicom", items=2)
    for index, window in enumerate(("bone", "lung")):
        row = media_row(f"renditions/w/stack-1/000000_{window}.png", store="publish")
        prefix.add_item(stack, index, row, version=window)
    series = TableSeries(prefix.series, prefix.items, prefix.media)
    context = EmitContext("made", bucket=None, runner=Answering, media=prefix.media_in_order)  # type: ignore[arg-type]
    emitted = Cvat().emit(series, CvatOptions(use="w"), FolderSink(tmp_path), context)
    assert paths_of(tmp_path) == ["stack-1/000000_bone.png", "stack-1/000000_lung.png"]
    assert [f.code for f in emitted.findings] == ["manifest.ungrouped"]


def test_an_object_outside_of_the_datas_root_is_refused(tmp_path: Path) -> None:
    series = TableSeries(*(getattr(singles("a.png"), name) for name in ("series", "items", "media")))
    context = EmitContext("made", bucket=None, runner=Answering)  # type: ignore[arg-type]
    emitted = Cvat().emit(series, CvatOptions(use="frames"), FolderSink(tmp_path), context)
    assert about(emitted.findings, "manifest.key_unsafe") == ["a.png"]
    assert files_of(tmp_path) == {}


def test_whatever_changed_a_batch_makes_a_new_task() -> None:
    assert Cvat().fixed_names
    assert dict(Cvat().of_changed) == dict.fromkeys(["addresses", "bytes", "values"], "cvat.task_is_fixed")
    assert CODES["cvat.task_is_fixed"].severity == "info"


def test_a_manifest_of_a_part_says_that_it_needs_a_prefix_of_its_own(tmp_path: Path) -> None:
    whole, part = CvatOptions(), CvatOptions.model_validate({"where": {"key": "b/*"}})
    for name, options in (("whole", whole), ("part", part)):
        emit_to(tmp_path / name, Cvat(), options, made_prefix())
    assert b"prefix of their own" not in files_of(tmp_path / "whole")["cvat.README.txt"]
    assert b"prefix of their own" in files_of(tmp_path / "part")["cvat.README.txt"]


def test_an_object_of_another_kind_in_a_series_is_left_out_by_its_name(tmp_path: Path) -> None:
    prefix = Prefix()
    sound = media_row("x/take.wav", kind="audio", media_format="wav")
    prefix.add("x", [media_row("x/a.png"), sound], kind="table", rule="table")
    emitted = emit_to(tmp_path, Cvat(), CvatOptions(), prefix)
    assert [(f.code, f.file) for f in emitted.findings] == [("manifest.wrong_type", "x/take.wav")]
    assert emitted.entries == 1


@pytest.mark.parametrize("index", ["auto", True])
@pytest.mark.parametrize("folder", ["a.mp4.manifest.jsonl", "deep/manifest.jsonl"])
def test_a_video_in_a_folder_called_like_a_manifest_costs_itself_alone(
    folder: str, index: str | bool, tmp_path: Path
) -> None:
    key = f"{folder}/b.mp4"
    prefix = Prefix()
    prefix.add(key, [media_row(key, kind="video", media_format="mp4")], kind="frames", rule="video")
    prefix.add("c.png", [media_row("c.png")])
    emitted = emit_to(tmp_path, Cvat(), CvatOptions.model_validate({"index": index}), prefix)
    assert [(f.code, f.file) for f in emitted.findings] == [("manifest.key_unsafe", key)]
    assert emitted.entries == 1
