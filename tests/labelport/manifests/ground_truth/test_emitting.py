import json
from pathlib import Path
from typing import Any

import pytest

from labelport.manifests.contract import EmitContext
from labelport.manifests.ground_truth import GroundTruth, GroundTruthOptions
from labelport.manifests.reading import TableSeries
from labelport.manifests.sink import FolderSink
from labelport.storage.opening import open_bucket
from labelport.testing.manifest import InlineRunner, Prefix, Row, emit_to, files_of, media_row
from tests.labelport.manifests.encord.prefixes import dicom, nifti, pdf, sound, video
from tests.labelport.manifests.ground_truth.reading_back import groups
from tests.labelport.manifests.texts import add_text, text_in


def emit(folder: Path, prefix: Prefix, given: dict[str, Any] | None = None, **more: Any) -> Any:
    return emit_to(folder, GroundTruth(), GroundTruthOptions(**(given or {})), prefix, **more)


def codes(emitted: Any) -> list[str]:
    return [f.code for f in emitted.findings]


def frames(folder: str, names: list[str]) -> list[Row]:
    return [media_row(f"{folder}/{name}") for name in names]


def test_an_image_is_a_line_that_names_it_in_s3_with_its_key_as_it_is(tmp_path: Path) -> None:
    prefix = Prefix()
    title = prefix.add("a", [media_row("img/é 1%.png")])
    assert codes(emit(tmp_path, prefix)) == []
    lines = (tmp_path / "ground_truth.jsonl").read_text(encoding="utf-8")
    assert lines == f'{{"source-ref":"s3://made-media/img/é 1%.png","series":"{title}"}}\n'


def test_frames_are_a_sequence_file_and_a_line_that_says_where_it_will_lie(tmp_path: Path) -> None:
    prefix = Prefix()
    title = prefix.add("us/case9", frames("us/case9", ["f000.png", "f001.png"]), kind="frames", rule="pattern")
    emit(tmp_path, prefix)
    written = files_of(tmp_path)
    assert json.loads(written["ground_truth.jsonl"]) == {
        "source-ref": f"s3://derived-media/ground_truth.sequences/{title}.json",
        "series": title,
    }
    assert json.loads(written[f"ground_truth.sequences/{title}.json"]) == {
        "seq-no": 1,
        "prefix": "s3://made-media/us/case9/",
        "number-of-frames": 2,
        "frames": [{"frame-no": 1, "frame": "f000.png"}, {"frame-no": 2, "frame": "f001.png"}],
    }


def test_sequences_of_a_part_of_a_split_are_named_where_the_part_lies(tmp_path: Path) -> None:
    prefix = Prefix()
    for number in range(8):
        prefix.add(f"{number}", frames(f"{number}", ["0.png", "1.png"]), kind="frames", rule="pattern")
    emit(tmp_path, prefix, {"split": {"train": 0.5, "val": 0.5}})
    for part in ("train", "val"):
        for line in (tmp_path / part / "ground_truth.jsonl").read_text().splitlines():
            below = json.loads(line)["source-ref"].removeprefix("s3://derived-media/")
            assert below.startswith(f"{part}/ground_truth.sequences/")
            assert (tmp_path / below).is_file()


def test_a_text_stands_in_its_line(tmp_path: Path) -> None:
    bucket, prefix = open_bucket("memory://gt-text-line"), Prefix()
    title = add_text(prefix, bucket, "n.txt", 'tab\t "é"\u2028 end\n'.encode())
    emit(tmp_path, prefix, bucket=bucket)
    body = (tmp_path / "ground_truth.jsonl").read_text(encoding="utf-8")
    assert len(body.splitlines()) == 1
    assert json.loads(body) == {"source": 'tab\t "é"\u2028 end\n', "series": title}
    assert "é" in body


def test_texts_need_no_s3(tmp_path: Path) -> None:
    bucket, prefix = open_bucket("memory://gt-text-folder"), Prefix()
    title = add_text(prefix, bucket, "n.txt", b"words")
    assert codes(emit(tmp_path, prefix, bucket=bucket, uri_base=None)) == []
    assert groups(tmp_path) == [(title, ["words"])]


def test_a_text_that_is_too_long_or_no_utf_8_is_left_out_with_its_key(tmp_path: Path) -> None:
    bucket, prefix = open_bucket("memory://gt-text-bad"), Prefix()
    add_text(prefix, bucket, "long.txt", b"x" * 20_001)
    add_text(prefix, bucket, "escapes.txt", b"\x01" * 20_000)
    add_text(prefix, bucket, "latin.txt", "é".encode("latin-1"))
    fits = add_text(prefix, bucket, "fits.txt", ("é" * 20_000).encode())
    prefix.add("gone.txt", [media_row("gone.txt", kind="text", media_format="text")])
    emitted = emit(tmp_path, prefix, bucket=bucket)
    assert {(f.code, f.file) for f in emitted.findings} == {
        ("ground_truth.line_too_long", "long.txt"),
        ("ground_truth.line_too_long", "escapes.txt"),
        ("ground_truth.text_unreadable", "latin.txt"),
        ("ground_truth.text_unreadable", "gone.txt"),
    }
    assert groups(tmp_path) == [(fits, ["é" * 20_000])]
    assert (tmp_path / "ground_truth.skipped.csv").read_text().count("\n") == 5


def test_frames_whose_bytes_order_otherwise_are_left_out(tmp_path: Path) -> None:
    prefix = Prefix()
    prefix.add("c", frames("c", ["f8.png", "f9.png", "f10.png"]), kind="frames", rule="pattern")
    emitted = emit(tmp_path, prefix)
    assert [(f.code, f.file) for f in emitted.findings] == [
        ("ground_truth.frame_order", "c/f10.png"),
        ("manifest.empty", ""),
    ]
    assert "f10" not in emitted.findings[0].message
    assert files_of(tmp_path) == {}


def test_frames_in_the_order_of_their_own_numbers_can_be_written_as_images(tmp_path: Path) -> None:
    prefix = Prefix()
    title = prefix.add("c", frames("c", ["f9.png", "f10.png"]), kind="frames", rule="pattern")
    assert codes(emit(tmp_path, prefix, {"media": "images"})) == ["manifest.ungrouped"]
    assert groups(tmp_path) == [(title, [f"s3://made-media/c/{name}"]) for name in ("f9.png", "f10.png")]


def test_versions_are_images_that_are_not_shown_together(tmp_path: Path) -> None:
    prefix = Prefix()
    title = prefix.add("7", frames("ct", ["7_lung.png", "7_bone.png"]), kind="versions", rule="pattern")
    assert codes(emit(tmp_path, prefix)) == ["manifest.ungrouped"]
    assert [name for name, _ in groups(tmp_path)] == [title, title]


@pytest.mark.parametrize(
    ("media", "kept"), [("images", ["1", "2", "v"]), ("sequences", ["f"]), ("text", ["t"]), ("auto", list("12fvt"))]
)
def test_media_chooses_what_is_written_and_counts_the_rest(tmp_path: Path, media: str, kept: list[str]) -> None:
    bucket, prefix = open_bucket("memory://gt-media"), Prefix()
    titles = {
        "1": prefix.add("1", [media_row("1.png")]),
        "2": prefix.add("2", [media_row("2.jpg", media_format="jpeg")]),
        "v": prefix.add("v", frames("v", ["a.png", "b.png"]), kind="versions"),
        "t": add_text(prefix, bucket, "t.txt", b"words"),
    }
    if media != "images":
        titles["f"] = prefix.add("f", frames("f", ["0.png", "1.png"]), kind="frames")
    emitted = emit(tmp_path, prefix, {"media": media}, bucket=bucket)
    assert {name for name, _ in groups(tmp_path)} == {titles[name] for name in kept}
    left = [f.count for f in emitted.findings if f.code == "ground_truth.media_left_out"]
    assert left == ([len(titles) - len(kept)] if media != "auto" else [])
    assert ("ground_truth.mixed" in codes(emitted)) is (media == "auto")


@pytest.mark.parametrize(
    ("kind", "media", "code"),
    [
        ("frames", [video("a.mp4")], "manifest.needs_rendition"),
        ("stack", [dicom("1.dcm"), dicom("2.dcm")], "manifest.needs_rendition"),
        ("volume4d", [dicom("1.dcm")], "manifest.needs_rendition"),
        ("cine", [dicom("1.dcm", frames=9)], "manifest.needs_rendition"),
        ("volume", [nifti("1.nii.gz")], "manifest.needs_rendition"),
        ("single", [nifti("1.nii.gz")], "manifest.needs_rendition"),
        ("audio_image", [sound("1.wav")], "manifest.kind_not_taken"),
        ("single", [sound("1.wav")], "manifest.kind_not_taken"),
        ("single", [pdf("1.pdf")], "manifest.kind_not_taken"),
        ("single", [media_row("1.pcd", kind="pointcloud", media_format="pcd")], "manifest.kind_not_taken"),
        ("table", [media_row("1.png"), media_row("n.txt", kind="text")], "manifest.wrong_type"),
        ("frames", [media_row("1.png", status="truncated")], "manifest.skipped"),
    ],
)
def test_what_ground_truth_does_not_take_is_said_in_the_words_of_all_platforms(
    tmp_path: Path, kind: str, media: list[Row], code: str
) -> None:
    prefix = Prefix()
    prefix.add("a", media, kind=kind)
    assert codes(emit(tmp_path, prefix)) == [code, "manifest.empty"]


def test_a_folder_without_an_address_is_one_finding(tmp_path: Path) -> None:
    prefix = Prefix()
    for number in range(3):
        prefix.add(f"{number}", [media_row(f"{number}.png")])
    emitted = emit(tmp_path, prefix, uri_base=None)
    assert [(f.code, f.count) for f in emitted.findings] == [("manifest.no_public_url", 3), ("manifest.empty", 1)]


def test_sequence_files_that_would_lie_in_a_folder_are_one_finding_and_images_are_written(tmp_path: Path) -> None:
    prefix = Prefix()
    prefix.add("a", frames("a", ["0.png", "1.png"]), kind="frames", rule="pattern")
    prefix.add("b", frames("b", ["0.png", "1.png"]), kind="frames", rule="pattern")
    prefix.add("c", [media_row("c.png")])
    context = EmitContext(
        dataset="made",
        bucket=open_bucket("memory://gt-homeless"),
        runner=InlineRunner,
        uri=lambda store, key: f"s3://made-media/{key}" if store == "raw" else None,
    )
    series = TableSeries(prefix.series, prefix.items, prefix.media)
    emitted = GroundTruth().emit(series, GroundTruthOptions(), FolderSink(tmp_path), context)
    assert [(f.code, f.pointer, f.count) for f in emitted.findings] == [("manifest.no_public_url", "publish", 2)]
    assert [addresses for _, addresses in groups(tmp_path)] == [["s3://made-media/c.png"]]


def test_frames_in_two_buckets_have_no_common_prefix(tmp_path: Path) -> None:
    prefix = Prefix()
    rows = [media_row("0.png"), media_row("renditions/1.png", store="publish")]
    prefix.add("a", rows, kind="frames", rule="pattern")
    emitted = emit(tmp_path, prefix)
    assert [(f.code, f.file) for f in emitted.findings][:1] == [("ground_truth.frames_apart", "0.png")]


def test_one_version_of_frames_is_a_sequence_and_two_are_images(tmp_path: Path) -> None:
    prefix = Prefix()
    for name, versions in (("one", ["lung", "lung"]), ("two", ["bone", "lung"])):
        title = prefix.add(name, [], kind="stack", rule="dicom", items=2)
        for index, version in enumerate(versions):
            prefix.add_item(title, index, media_row(f"{name}/{index}.png"), version=version)
    assert codes(emit(tmp_path, prefix)) == ["manifest.ungrouped", "ground_truth.mixed"]
    assert sorted(len(addresses) for _, addresses in groups(tmp_path)) == [1, 1, 2]


def test_a_bucket_of_another_store_is_no_s3(tmp_path: Path) -> None:
    prefix = Prefix()
    prefix.add("a", [media_row("a.png")])
    assert codes(emit(tmp_path, prefix, uri_base="gs://acme")) == ["manifest.no_public_url", "manifest.empty"]


def test_a_series_that_alone_is_over_the_limit_leaves_no_file_behind(tmp_path: Path) -> None:
    prefix = Prefix()
    prefix.add("v", frames("v", ["a.png", "b.png"]), kind="versions")
    assert codes(emit(tmp_path, prefix, {"max_entries": 1})) == ["manifest.group_over_limit", "manifest.empty"]
    assert files_of(tmp_path) == {}


def test_numbers_of_sequences_go_on_over_chunks(tmp_path: Path) -> None:
    prefix = Prefix()
    for number in range(3):
        prefix.add(f"{number}", frames(f"{number}", ["0.png", "1.png"]), kind="frames", rule="pattern")
    emit(tmp_path, prefix, {"max_entries": 1, "name": "batch_1"})
    written = files_of(tmp_path)
    assert [name for name in written if name.endswith(".jsonl")] == [f"batch_1.000{n}.jsonl" for n in (1, 2, 3)]
    assert {name.split(".")[0] for name in written} == {"batch_1"}
    sequences = [json.loads(body)["seq-no"] for name, body in written.items() if ".sequences/" in name]
    assert sorted(sequences) == [1, 2, 3]


def test_other_formats_than_those_listed_are_written_and_counted(tmp_path: Path) -> None:
    prefix = Prefix()
    prefix.add("a", [media_row("a.tif", media_format="tiff")])
    emitted = emit(tmp_path, prefix)
    assert [(f.code, f.severity, f.count) for f in emitted.findings] == [("ground_truth.format_unlisted", "warning", 1)]
    assert emitted.entries == 1


def test_an_object_of_two_series_is_named_once(tmp_path: Path) -> None:
    prefix = Prefix()
    shared = media_row("a.png")
    prefix.add("a", [shared])
    prefix.add("b", [shared])
    emitted = emit(tmp_path, prefix)
    assert codes(emitted) == ["manifest.duplicate_url"]
    assert emitted.entries == 1


def test_a_frame_that_stands_twice_is_said(tmp_path: Path) -> None:
    prefix = Prefix()
    row = media_row("a/1.png")
    prefix.add("a", [row, row], kind="frames")
    assert "ground_truth.frame_order" in codes(emit(tmp_path, prefix))


def test_the_readme_names_where_the_manifest_lies_and_that_texts_are_in_it(tmp_path: Path) -> None:
    bucket, prefix = open_bucket("memory://gt-readme"), Prefix()
    prefix.add("n", [text_in(bucket, "n.txt", b"words")])
    emit(tmp_path, prefix, {"split": {"train": 1.0}}, bucket=bucket)
    words = (tmp_path / "train" / "ground_truth.README.txt").read_text()
    assert "s3://derived-media/train/ground_truth.jsonl" in words
    assert "Whoever may read this manifest reads them all." in words
    assert "ManifestS3Uri" in words


def test_without_a_key_for_the_series_lines_hold_the_source_alone(tmp_path: Path) -> None:
    prefix = Prefix()
    prefix.add("a", [media_row("a.png")])
    emit(tmp_path, prefix, {"series_key": None})
    assert (tmp_path / "ground_truth.jsonl").read_bytes() == b'{"source-ref":"s3://made-media/a.png"}\n'


@pytest.mark.parametrize("name", ["$x", "source", "source-ref", "x-metadata", "", "1", "ü", "a b"])
def test_names_that_have_a_meaning_there_cannot_be_chosen(name: str) -> None:
    with pytest.raises(ValueError, match="it must be letters"):
        GroundTruthOptions(series_key=name)
