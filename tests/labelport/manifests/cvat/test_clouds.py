"""Point clouds: what is taken, what belongs to them, and what is said of the rest; bytes are in test_fixtures."""

import json
from hashlib import md5
from pathlib import Path
from typing import Any

import pytest

from labelport.findings import Finding
from labelport.manifests.checking import check_files
from labelport.manifests.cvat import Cvat, CvatOptions
from labelport.storage.opening import open_bucket
from labelport.testing.manifest import Prefix, Row, emit_to, files_of, media_row


def cloud(key: str, **given: Any) -> Row:
    form = "kitti" if key.lower().endswith(".bin") else "pcd"
    sides = {"width": 10, "height": 1} if form == "kitti" else {"width": 20, "height": 2}
    return media_row(key, kind="pointcloud", media_format=form, **{"size": 160, **sides, **given})


def prefix_of(*rows: Row) -> Prefix:
    prefix = Prefix()
    for row in rows:
        prefix.add(row["key"], [row])
    return prefix


def entries(folder: Path, kind: str = "pointcloud") -> list[dict[str, Any]]:
    body = files_of(folder).get(f"{kind}/manifest.jsonl", b"")
    return [json.loads(line) for line in body.splitlines()[2:]]


def told(findings: list[Finding], *left_out: str) -> list[tuple[str, str]]:
    return sorted((f.code, f.file) for f in findings if f.code not in left_out)


def test_images_that_no_cloud_claims_become_a_manifest_of_their_own(tmp_path: Path) -> None:
    prefix = prefix_of(cloud("s1.pcd"), media_row("s1.png"), media_row("other.png"), media_row("x/other.png"))
    emitted = emit_to(tmp_path, Cvat(), CvatOptions(), prefix)
    assert [entry["meta"] for entry in entries(tmp_path)] == [{"related_images": ["s1.png"]}]
    assert [entry["name"] for entry in entries(tmp_path, "images")] == ["other", "x/other"]
    assert [(f.code, f.count) for f in emitted.findings] == [("cvat.mixed_media", 2)]
    readme = files_of(tmp_path)["cvat.README.txt"]
    assert b"pointcloud/manifest.jsonl\n  copy it to <data root>/pointcloud.jsonl" in readme
    assert b"has no place in <data root>" in readme
    assert check_files([tmp_path]) == []


def test_with_clouds_asked_for_alone_the_other_images_are_left_out_and_counted(tmp_path: Path) -> None:
    prefix = prefix_of(
        cloud("s1.pcd"), media_row("s1.png"), media_row("other.png"), media_row("related_images/q_png/c.png")
    )
    emitted = emit_to(tmp_path, Cvat(), CvatOptions(media="pointcloud"), prefix)
    assert sorted(files_of(tmp_path)) == ["cvat.README.txt", "pointcloud/index.json", "pointcloud/manifest.jsonl"]
    (found,) = emitted.findings
    assert (found.code, found.count) == ("cvat.mixed_media", 2)
    assert "left out" in found.message


def test_with_images_asked_for_alone_no_image_belongs_to_a_cloud(tmp_path: Path) -> None:
    prefix = prefix_of(cloud("s1.pcd"), media_row("s1.png"))
    emitted = emit_to(tmp_path, Cvat(), CvatOptions(media="images"), prefix)
    assert [entry["name"] for entry in entries(tmp_path, "images")] == ["s1"]
    assert emitted.findings == []


def test_the_order_of_the_layouts_decides_whose_context_an_image_is(tmp_path: Path) -> None:
    prefix = prefix_of(
        cloud("a/a.pcd"), cloud("a/front.pcd"), media_row("a/front.png"), media_row("a/back.png"), media_row("a/a.jpg")
    )
    emit_to(tmp_path, Cvat(), CvatOptions(), prefix)
    assert {entry["name"]: entry["meta"]["related_images"] for entry in entries(tmp_path)} == {
        "a/a": ["a/a.jpg", "a/back.png"],
        "a/front": ["a/front.png"],
    }


@pytest.mark.parametrize("sorting", ["lexicographical", "natural", "predefined"])
def test_context_images_find_their_cloud_in_any_order_of_the_task(sorting: str, tmp_path: Path) -> None:
    keys = ["10.pcd", "9.pcd", "9.x.pcd", "1/1.pcd"]
    prefix = prefix_of(*(cloud(key) for key in keys), *(media_row(key.replace("pcd", "png")) for key in keys))
    emit_to(tmp_path, Cvat(), CvatOptions.model_validate({"sorting": sorting}), prefix)
    found = {entry["name"]: entry["meta"]["related_images"] for entry in entries(tmp_path)}
    assert found == {key[:-4]: [f"{key[:-4]}.png"] for key in keys}
    if sorting == "lexicographical":
        assert list(found) == ["1/1", "10", "9", "9.x"]


def test_one_image_may_serve_two_clouds_of_one_stem_and_a_cloud_keeps_the_case_of_its_extension(tmp_path: Path) -> None:
    emit_to(tmp_path, Cvat(), CvatOptions(), prefix_of(cloud("s.PCD"), cloud("s.pcd"), media_row("s.png")))
    assert [(entry["extension"], entry["meta"]["related_images"]) for entry in entries(tmp_path)] == [
        (".PCD", ["s.png"]),
        (".pcd", ["s.png"]),
    ]


def test_a_bin_needs_its_length_alone_and_says_its_own_name(tmp_path: Path) -> None:
    emit_to(tmp_path, Cvat(), CvatOptions(), prefix_of(cloud("a/1.bin", size=320, width=None, height=None)))
    assert entries(tmp_path) == [
        {
            "name": "a/1",
            "extension": ".pcd",
            "width": 20,
            "height": 1,
            "meta": {"related_images": [], "original_name": "a/1.bin"},
        }
    ]


def test_a_bin_and_a_pcd_of_one_name_are_not_both_written(tmp_path: Path) -> None:
    emitted = emit_to(tmp_path, Cvat(), CvatOptions(), prefix_of(cloud("1.bin"), cloud("1.pcd")))
    assert [entry["width"] for entry in entries(tmp_path)] == [20]
    assert told(emitted.findings) == [("manifest.key_unsafe", "1.bin")]
    assert check_files([tmp_path]) == []


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (media_row("velodyne_points/data/1.bin", kind="unknown", status="not_media", size=17), "cvat.bin_size"),
        (media_row("velodyne_points/data/1.bin", kind="unknown", status="empty", size=0), "cvat.bin_size"),
        (media_row("a.pcd", kind="unknown", status="empty", size=0), "cvat.pcd_header"),
        (media_row("a.pcd", kind="unknown", status="not_media"), "cvat.pcd_header"),
        (cloud("a.pcd", status="unsupported", width=None, height=None), "cvat.pcd_header"),
        (cloud("a.pcd", status="unreadable", width=None, height=None), "cvat.pcd_header"),
        (media_row("weights.bin", kind="unknown", status="not_media", size=17), None),
    ],
)
def test_a_broken_cloud_is_named_with_its_reason(row: Row, code: str | None, tmp_path: Path) -> None:
    prefix = prefix_of(cloud("good.pcd"))
    prefix.media.append(row)
    emitted = emit_to(tmp_path, Cvat(), CvatOptions(), prefix)
    assert told(emitted.findings) == ([(code, row["key"])] if code else [])
    assert len(entries(tmp_path)) == 1


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (cloud("a.pcd", width=0), "cvat.pcd_header"),
        (cloud("a.pcd", status="truncated"), "manifest.skipped"),
        (cloud("a.bin", format="pcd"), "cvat.extension_unlisted"),
        (cloud("a.ply", format="pcd"), "cvat.extension_unlisted"),
        (cloud("../a.pcd"), "manifest.key_unsafe"),
    ],
)
def test_a_cloud_that_cvat_cannot_use_is_left_out(row: Row, code: str, tmp_path: Path) -> None:
    emitted = emit_to(tmp_path, Cvat(), CvatOptions(), prefix_of(cloud("good.pcd"), row))
    assert told(emitted.findings) == [(code, row["key"])]
    assert [entry["name"] for entry in entries(tmp_path)] == ["good"]


def test_version_1_0_has_no_sizes_of_clouds_and_our_check_takes_it(tmp_path: Path) -> None:
    emit_to(tmp_path, Cvat(), CvatOptions(version="1.0"), prefix_of(cloud("s.pcd"), cloud("t.bin")))
    assert files_of(tmp_path)["pointcloud/manifest.jsonl"].splitlines() == [
        b'{"version":"1.0"}',
        b'{"type":"images"}',
        b'{"name":"s","extension":".pcd","meta":{"related_images":[]}}',
        b'{"name":"t","extension":".pcd","meta":{"related_images":[],"original_name":"t.bin"}}',
    ]
    for level in ("reader", "full"):
        assert Cvat().check([tmp_path / "pointcloud" / "manifest.jsonl"], level=level) == []


def test_exact_mode_hashes_the_bytes_of_the_file_and_remembers_them(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    body = b"VERSION 0.7\nWIDTH 1\nHEIGHT 1\nPOINTS 1\nDATA ascii\n1 2 3\n"
    (tmp_path / "in" / "a.pcd").write_bytes(body)
    bucket = open_bucket(str(tmp_path / "in"))
    listed = bucket.head("a.pcd")
    prefix = prefix_of(cloud("a.pcd", size=listed.size, token=listed.token), cloud("gone.pcd"))
    options = CvatOptions(mode="exact")
    emitted = emit_to(tmp_path / "out", Cvat(), options, prefix, bucket=bucket)
    (entry,) = entries(tmp_path / "out")
    assert list(entry) == ["name", "extension", "width", "height", "checksum"]
    assert (entry["checksum"], entry["width"]) == (md5(body).hexdigest(), 20)
    assert told(emitted.findings) == [("manifest.decode_failed", "gone.pcd")]
    (tmp_path / "in" / "a.pcd").unlink()
    emit_to(tmp_path / "again", Cvat(), options, prefix_of(prefix.media[0]), bucket=bucket, cache=emitted.cache)
    assert entries(tmp_path / "again") == [entry]


@pytest.mark.parametrize(
    ("where", "clouds", "images"),
    [
        ({"kind": "image"}, [], ["s", "t"]),
        ({"kind": "pointcloud"}, ["s"], []),
        ({"kind": "single"}, ["s"], ["t"]),
        ({"format": "pcd"}, ["s"], []),
        ({"key": "*.pcd"}, ["s"], []),
        ({"key": "*.png"}, [], ["s", "t"]),
        ({"rule": "single"}, ["s"], ["t"]),
    ],
)
def test_an_image_belongs_to_a_cloud_only_where_the_manifest_takes_clouds(
    where: dict[str, str], clouds: list[str], images: list[str], tmp_path: Path
) -> None:
    prefix = prefix_of(cloud("s.pcd"), media_row("s.png"), media_row("t.png"))
    emit_to(tmp_path, Cvat(), CvatOptions.model_validate({"where": where}), prefix)
    assert [entry["name"] for entry in entries(tmp_path)] == clouds
    assert [entry["name"] for entry in entries(tmp_path, "images")] == images
    if clouds:
        assert entries(tmp_path)[0]["meta"] == {"related_images": ["s.png"]}


def test_a_cloud_that_only_its_place_tells_is_left_to_manifests_of_the_whole_prefix(tmp_path: Path) -> None:
    prefix = prefix_of(cloud("velodyne_points/data/1.bin"))
    prefix.media.append(media_row("velodyne_points/data/2.bin", kind="unknown", status="not_media", size=160))
    heard: list[str] = []
    whole = emit_to(tmp_path / "whole", Cvat(), CvatOptions(), prefix, wrote=heard.append)
    assert [entry["name"] for entry in entries(tmp_path / "whole")] == [
        "velodyne_points/data/1",
        "velodyne_points/data/2",
    ]
    assert heard == [prefix.series[0]["series_id"]]
    assert told(whole.findings) == []
    sampled = emit_to(tmp_path / "part", Cvat(), CvatOptions.model_validate({"sample": {"n": 1}}), prefix)
    assert told(sampled.findings) == [("manifest.skipped", "velodyne_points/data/2.bin")]
    emit_to(tmp_path / "batch", Cvat(), CvatOptions().model_copy(update={"name": "batch-0001"}), prefix)
    assert [entry["name"] for entry in entries(tmp_path / "batch")] == ["velodyne_points/data/1"]
    assert "batch-0001.README.txt" in files_of(tmp_path / "batch")


def test_an_image_whose_extension_cvat_does_not_take_is_no_context(tmp_path: Path) -> None:
    prefix = prefix_of(cloud("s/s.pcd"), media_row("s/cam.raw"), media_row("s/cam.png"))
    emitted = emit_to(tmp_path, Cvat(), CvatOptions(), prefix)
    assert entries(tmp_path)[0]["meta"] == {"related_images": ["s/cam.png"]}
    assert told(emitted.findings) == [("cvat.extension_unlisted", "s/cam.raw")]
