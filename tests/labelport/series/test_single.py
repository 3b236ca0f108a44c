"""What stands alone; NIfTI volumes with their other halves and their labels."""

from typing import Any

import pytest

from labelport.tables import USABLE
from tests.labelport.series.made import MemoryTables, Row, built, grouper, media_row

SINGLE = grouper({"rule": "single"})
AFFINE = [2.0, 0, 0, -10, 0, 2, 0, -20, 0, 0, 3, -30, 0, 0, 0, 1]


def volume(key: str, *, dims: list[int] | None = None, dtype: str = "float32", **more: Any) -> Row:
    header = {"dims": dims or [4, 5, 6], "dtype": dtype, "affine": AFFINE, "pair": key.endswith(".hdr")}
    return media_row(key, "nifti", nifti=header | more.pop("nifti", {}), **more)


def shown(tables: MemoryTables) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Kind and group key of each series, role and key of its items."""
    rows = []
    for series in sorted(tables.rows("series"), key=lambda row: str(row["group_key"])):
        items = [(i["role"], i["key"]) for i in tables.rows("items") if i["series_id"] == series["series_id"]]
        rows.append((series["kind"], series["group_key"], items))
    return rows


@pytest.mark.parametrize(
    ("kind", "role"),
    [
        ("image", "image"),
        ("dicom", "image"),
        ("text", "image"),
        ("pdf", "image"),
        ("pointcloud", "image"),
        ("audio", "audio"),
        ("video", "video"),
    ],
)
def test_one_object_is_one_series(kind: str, role: str) -> None:
    tables = built([media_row("a/b.x", kind)], SINGLE)
    assert shown(tables) == [("single", "a/b.x", [(role, "a/b.x")])]
    assert tables.rows("series")[0]["items"] == 1


def test_archives_and_unknown_bytes_are_not_claimed() -> None:
    media = [media_row(f"{kind}.{status}", kind, status=status) for kind in ("unknown", "archive") for status in USABLE]
    assert built(media, SINGLE).rows("series") == []


@pytest.mark.parametrize(
    ("dims", "kind", "named"),
    [
        ([4, 5, 6], "volume", [("x", 4), ("y", 5), ("z", 6)]),
        ([4, 5, 6, 7], "volume", [("x", 4), ("y", 5), ("z", 6), ("t", 7)]),
        ([4, 5, 1, 7], "volume", [("x", 4), ("y", 5), ("z", 1), ("t", 7)]),
        ([4, 5, 6, 1, 1], "volume", [("x", 4), ("y", 5), ("z", 6)]),
        ([4, 5, 1], "single", []),
        ([4, 5], "single", []),
    ],
)
def test_a_nifti_of_more_than_a_slice_is_a_volume(dims: list[int], kind: str, named: list[tuple[str, int]]) -> None:
    (series,) = built([volume("a.nii", dims=dims)], SINGLE).rows("series")
    assert series["kind"] == kind
    assert [(dim["name"], dim["size"]) for dim in series["dims"]] == named


def test_a_label_volume_is_a_row_of_its_image() -> None:
    tables = built(
        [volume("a.nii.gz"), volume("a_seg.nii.gz", dtype="uint8"), volume("a_mask.nii", dtype="int16")], SINGLE
    )
    assert shown(tables) == [
        ("volume", "a.nii.gz", [("image", "a.nii.gz"), ("label", "a_mask.nii"), ("label", "a_seg.nii.gz")])
    ]
    assert tables.rows("series")[0]["items"] == 1
    assert [item["of_index"] for item in tables.rows("items")] == [None, 0, 0]
    assert {row["key"] for row in tables.rows("claims") if row["rule"]} == {"a.nii.gz", "a_seg.nii.gz", "a_mask.nii"}


@pytest.mark.parametrize(
    "label",
    [
        volume("a_seg.nii", dtype="float32"),
        volume("a_seg.nii", dtype="uint8", dims=[4, 5, 7]),
        volume("a_seg.nii", dtype="uint8", nifti={"affine": [-value for value in AFFINE]}),
        volume("a_seg.nii", dtype="uint8", nifti={"affine": None}),
        volume("b_seg.nii", dtype="uint8"),
        volume("a-seg.nii", dtype="uint8"),
    ],
    ids=["not whole numbers", "other shape", "other affine", "no affine", "other stem", "other ending"],
)
def test_where_it_is_not_sure_both_are_volumes(label: Row) -> None:
    tables = built([volume("a.nii"), label], SINGLE)
    assert len(shown(tables)) == 2
    assert {item["role"] for item in tables.rows("items")} == {"image"}


def test_labels_are_volumes_where_the_settings_say_so_or_the_image_is_not_claimed() -> None:
    media = [volume("a.nii"), volume("a_seg.nii", dtype="uint8")]
    assert len(shown(built(media, grouper({"rule": "single", "label_of": "none"})))) == 2
    alone = built(media, grouper({"rule": "single", "where": {"key": "*_seg.nii"}}))
    assert shown(alone) == [("volume", "a_seg.nii", [("image", "a_seg.nii")])]
    broken = built([volume("a.nii", status="unreadable"), media[1]], SINGLE)
    assert shown(broken) == [("volume", "a_seg.nii", [("image", "a_seg.nii")])]


def test_a_mask_of_a_mask_vanishes_nowhere() -> None:
    media = [volume("a.nii"), volume("a_seg.nii", dtype="uint8"), volume("a_seg_mask.nii", dtype="uint8")]
    assert shown(built(media, SINGLE)) == [
        ("volume", "a.nii", [("image", "a.nii"), ("label", "a_seg.nii")]),
        ("volume", "a_seg_mask.nii", [("image", "a_seg_mask.nii")]),
    ]


@pytest.mark.parametrize(("header", "image"), [("b.hdr", "b.img"), ("b.HDR", "b.IMG"), ("b.hdr.gz", "b.img.gz")])
def test_the_halves_of_a_pair_are_one_series(header: str, image: str) -> None:
    media = [volume(header, nifti={"pair": True}), media_row(image, "unknown", status="not_media")]
    tables = built(media, SINGLE)
    assert shown(tables) == [("volume", header, [("image", header), ("partial", image)])]
    assert [row["code"] for row in tables.rows("findings")] == ["series.not_usable"]


def test_a_header_alone_is_a_finding_until_its_image_comes() -> None:
    before = built([volume("b.hdr")], SINGLE)
    (found,) = before.rows("findings")
    assert (found["code"], found["file"], found["severity"]) == ("nifti.half_pair", "b.hdr", "error")
    after = built([volume("b.hdr"), media_row("b.img", "unknown", status="not_media")], SINGLE, before)
    assert "nifti.half_pair" not in {row["code"] for row in after.rows("findings")}
    assert [item["role"] for item in after.rows("items")] == ["image", "partial"]
