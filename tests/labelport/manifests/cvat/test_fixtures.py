"""Byte for byte what CVAT's own tool wrote (shared/fixtures/cvat), and what we say where it failed."""

import json
from pathlib import Path
from typing import Any

import pytest

from labelport.findings import Finding
from labelport.manifests.checking import check_files
from labelport.manifests.contract import Emitted
from labelport.manifests.cvat import Cvat, CvatOptions, lines
from labelport.testing.manifest import emit_to, files_of
from tests.labelport.manifests.cvat.real_clouds import prefix_of_clouds
from tests.labelport.manifests.real_files import prefix_of
from tests.needs import fixtures

IMAGES = {
    "images_lex": ("images", "**/*", {"mode": "exact"}),
    "images_nohash": ("images", "**/*", {"mode": "header"}),
    "odd": ("odd", "**/*", {"mode": "exact"}),
    "images_glob": ("images/b", "**/*1*.jp*", {"mode": "exact"}),
    "related": ("related", "**/*", {"mode": "exact"}),
    "related_glob": ("related", "**/*.png", {"mode": "exact"}),
    "related_nohash": ("related", "**/*", {"mode": "header"}),
}


def emitted_from(source: str, folder: Path, *, pattern: str = "**/*", **options: Any) -> Emitted:
    prefix, bucket = prefix_of(fixtures("cvat", "in") / source, pattern=pattern)
    return emit_to(folder, Cvat(), CvatOptions(**options), prefix, bucket=bucket)


def said(findings: list[Finding], *codes: str) -> dict[str, list[str]]:
    return {code: sorted(f.file for f in findings if f.code == code) for code in codes}


@pytest.mark.parametrize("case", IMAGES)
def test_images_are_byte_equal_to_the_tool_and_pass_our_check(case: str, tmp_path: Path) -> None:
    source, pattern, options = IMAGES[case]
    emitted_from(source, tmp_path, pattern=pattern, **options)
    for name in ("manifest.jsonl", "index.json"):
        assert (tmp_path / "images" / name).read_bytes() == (fixtures("cvat", "out") / case / name).read_bytes()
    assert [f for f in check_files([tmp_path]) if f.severity != "info"] == []


@pytest.mark.parametrize("source", ["custom1", "custom2", "kitti", "sly"])
@pytest.mark.parametrize(("case", "mode"), [("pcd", "header"), ("pcd_hash", "exact")])
@pytest.mark.parametrize("media", ["auto", "pointcloud"])
def test_clouds_are_byte_equal_to_the_tool_and_pass_our_check(
    case: str, mode: str, source: str, media: str, tmp_path: Path
) -> None:
    prefix, bucket = prefix_of_clouds(fixtures("cvat", "in") / "pcd" / source)
    emitted = emit_to(tmp_path, Cvat(), CvatOptions(mode=mode, media=media), prefix, bucket=bucket)
    assert {f.code for f in emitted.findings} <= {"manifest.phi_suspect"}  # KITTI's names are ten digits
    assert sorted(files_of(tmp_path)) == ["cvat.README.txt", "pointcloud/index.json", "pointcloud/manifest.jsonl"]
    for name in ("manifest.jsonl", "index.json"):
        wanted = fixtures("cvat", "out") / case / source / name
        assert (tmp_path / "pointcloud" / name).read_bytes() == wanted.read_bytes()
    assert check_files([tmp_path]) == []


@pytest.mark.parametrize(("case", "mode"), [("pcd", "header"), ("pcd_hash", "exact")])
def test_kittis_clouds_are_known_by_their_place_where_the_probe_knows_no_cloud(
    case: str, mode: str, tmp_path: Path
) -> None:
    prefix, bucket = prefix_of_clouds(fixtures("cvat", "in") / "pcd" / "kitti", bin_kind="unknown")
    emit_to(tmp_path, Cvat(), CvatOptions(mode=mode), prefix, bucket=bucket)
    wanted = fixtures("cvat", "out") / case / "kitti" / "manifest.jsonl"
    assert (tmp_path / "pointcloud" / "manifest.jsonl").read_bytes() == wanted.read_bytes()


def test_the_header_mode_of_clouds_opens_no_object(tmp_path: Path) -> None:
    for source in ("custom1", "kitti", "sly"):
        prefix, _ = prefix_of_clouds(fixtures("cvat", "in") / "pcd" / source)
        nowhere: Any = None
        assert emit_to(tmp_path / source, Cvat(), CvatOptions(), prefix, bucket=nowhere).entries > 0


def test_the_tools_wrong_answers_for_clouds_are_not_copied(tmp_path: Path) -> None:
    for source in ("custom1", "custom2", "kitti"):
        prefix, bucket = prefix_of_clouds(fixtures("cvat", "in") / "pcd" / source)
        emit_to(tmp_path / source, Cvat(), CvatOptions(mode="exact"), prefix, bucket=bucket)
        wrong = (fixtures("cvat", "out") / "pcd_cli" / source / "manifest.jsonl").read_bytes()
        assert wrong not in files_of(tmp_path / source).values()


def video_cases() -> list[tuple[str, str]]:
    names = "audio.mp4 chapters.mp4 cut.mkv gop108_400f.mp4 gop109_400f.mp4 gop12.mp4 gop120_100f.mp4 gop250_250f.mp4 hevc.mp4 intra.mp4 irregular_bad_327f.mp4 irregular_ok_326f.mp4 late_keys_bad.mp4 m.avi m.mkv notvideo.mp4 odd_size.mp4 opengop.mp4 rot180.mp4 rot90.mp4 startoffset.mp4 v.webm vfr.mp4"
    return [(case, name) for case in ("video", "video_force") for name in names.split()]


REFUSED = {
    "gop109_400f.mp4": "cvat.keyframes_too_sparse",
    "gop250_250f.mp4": "cvat.keyframes_too_sparse",
    "irregular_bad_327f.mp4": "cvat.keyframes_too_sparse",
    "late_keys_bad.mp4": "cvat.keyframes_too_sparse",
    "hevc.mp4": "cvat.timestamps_not_increasing",
    "notvideo.mp4": "manifest.skipped",
}


@pytest.mark.parametrize(("case", "name"), video_cases())
def test_a_video_is_byte_equal_to_the_tool_or_refused_for_its_reason(case: str, name: str, tmp_path: Path) -> None:
    emitted = emitted_from("video", tmp_path, pattern=name, force=case == "video_force", index=True)
    wanted = fixtures("cvat", "out") / case / name
    if wanted.is_dir():
        for part in ("manifest.jsonl", "index.json"):
            assert (tmp_path / "video" / name / part).read_bytes() == (wanted / part).read_bytes()
        assert [f for f in check_files([tmp_path / "video"]) if f.severity != "info"] == []
    else:
        assert [(f.code, f.file) for f in emitted.findings if f.file] == [(REFUSED[name], name)]
        assert files_of(tmp_path) == {}


def test_a_folder_of_videos_gives_one_manifest_each(tmp_path: Path) -> None:
    emitted = emitted_from("video", tmp_path, pattern="m.*")
    assert [f for f in emitted.findings if f.severity == "error"] == []
    assert sorted(files_of(tmp_path)) == [
        "cvat.README.txt",
        "video/m.avi.manifest.jsonl",
        "video/m.mkv.manifest.jsonl",
    ]


@pytest.mark.parametrize(
    ("case", "bad", "code"),
    [
        ("empty", "e.png", "manifest.skipped"),
        ("notimage", "n.jpg", "manifest.skipped"),
        ("truncated", "t.jpg", "manifest.decode_failed"),
    ],
)
def test_one_bad_file_leaves_a_complete_manifest_of_the_rest(case: str, bad: str, code: str, tmp_path: Path) -> None:
    emitted = emitted_from(f"bad/{case}", tmp_path, mode="exact")
    written = (tmp_path / "images/manifest.jsonl").read_text().splitlines()
    assert [json.loads(line)["name"] for line in written[2:]] == ["ok"]
    assert [(f.code, f.file) for f in emitted.findings if f.severity == "error"] == [(code, bad)]
    assert (tmp_path / "cvat.skipped.csv").read_text().splitlines()[1].startswith(f"{bad},{code},")


def test_a_header_is_enough_for_an_image_whose_pixels_are_cut_in_header_mode(tmp_path: Path) -> None:
    emitted_from("bad/truncated", tmp_path, mode="header")
    written = (tmp_path / "images/manifest.jsonl").read_text().splitlines()
    assert [json.loads(line)["name"] for line in written[2:]] == ["ok", "t"]


def test_a_folder_without_images_is_an_empty_manifest_and_no_file(tmp_path: Path) -> None:
    emitted = emitted_from("bad/none", tmp_path)
    assert [f.code for f in emitted.findings] == ["manifest.empty"]
    assert files_of(tmp_path) == {}


def test_context_images_at_another_depth_are_left_out_with_a_warning(tmp_path: Path) -> None:
    emitted = emitted_from("related_loose", tmp_path)
    assert said(emitted.findings, "cvat.related_depth") == {
        "cvat.related_depth": ["related_images/00001_png/deep/no.png", "related_images/loose.png"]
    }
    assert [f for f in emitted.findings if f.severity == "error"] == []
    written = (tmp_path / "images/manifest.jsonl").read_text().splitlines()
    assert [json.loads(line)["name"] for line in written[2:]] == ["00001"]


def test_odd_names_and_contents_are_told(tmp_path: Path) -> None:
    emitted = emitted_from("odd", tmp_path)
    codes = ("cvat.backslash", "cvat.no_extension", "cvat.tiff_orientation", "manifest.extension_mismatch")
    assert said(emitted.findings, *codes) == {
        "cvat.backslash": ["back\\slash.png"],
        "cvat.no_extension": ["noext"],
        "cvat.tiff_orientation": ["orient6.tif"],
        "manifest.extension_mismatch": ["wrong_ext.png"],
    }


def test_orphans_are_told(tmp_path: Path) -> None:
    emitted = emitted_from("related", tmp_path)
    assert said(emitted.findings, "cvat.orphan_context") == {
        "cvat.orphan_context": [
            "related_images/00099_png/orphan.png",
            "sub/related_images/f2_a_jpg/c.png",
        ]
    }


def test_header_mode_opens_no_object(tmp_path: Path) -> None:
    prefix, _ = prefix_of(fixtures("cvat", "in") / "images")
    nowhere: Any = None  # a bucket that cannot be asked for anything
    emitted = emit_to(tmp_path, Cvat(), CvatOptions(), prefix, bucket=nowhere)
    assert emitted.entries == 66


@pytest.mark.parametrize("case", ["images_nat", "odd_nat"])
def test_natural_order_of_ascii_names_is_that_of_the_tool(case: str, tmp_path: Path) -> None:
    emitted_from(case.removesuffix("_nat"), tmp_path, mode="header", sorting="natural")

    def names(path: Path) -> list[str]:
        found = [json.loads(line) for line in path.read_text().splitlines()[2:]]
        return [entry["name"] for entry in found if entry["name"].isascii()]

    assert names(tmp_path / "images/manifest.jsonl") == names(fixtures("cvat", "out") / case / "manifest.jsonl")


@pytest.mark.parametrize("name", ["images.manifest.jsonl", "video.manifest.jsonl"])
@pytest.mark.parametrize("level", ["reader", "full"])
def test_the_samples_of_the_page_pass_without_error_or_warning(name: str, level: Any) -> None:
    found = Cvat().check([fixtures("pages", "cvat") / name], level=level)
    assert [f for f in found if f.severity != "info"] == []


def test_version_1_0_is_written_as_the_page_shows_it() -> None:
    images = fixtures("pages", "cvat") / "images.manifest.jsonl"
    written = lines.header("images", version="1.0")
    for entry in map(json.loads, images.read_text().splitlines()[2:]):
        path, sides = entry["name"] + entry["extension"], (entry["width"], entry["height"])
        written += lines.line(lines.image_entry(path, *sides, checksum=entry["checksum"], version="1.0"))
    assert written.splitlines() == images.read_bytes().splitlines()
    video = fixtures("pages", "cvat") / "video.manifest.jsonl"
    head, *frames = map(json.loads, video.read_text().splitlines()[2:])
    given = head["properties"]
    written = lines.video_header(given["name"], given["resolution"], given["length"], [], version="1.0")
    written += b"".join(map(lines.line, frames))
    assert written.splitlines() == video.read_bytes().splitlines()
