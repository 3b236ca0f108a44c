"""What stands alone; NIfTI volumes with their other halves and their labels."""

import json
from pathlib import Path
from typing import Any

import nibabel
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelport.probing.contract import ProbeContext
from labelport.probing.nifti import PROBE
from labelport.probing.sniff import sniff
from labelport.series.nifti.names import is_header, is_other_half
from labelport.tables import USABLE
from tests.labelport.probing.dicom_files import Reads
from tests.labelport.series.made import MemoryTables, Row, built, grouper, media_row
from tests.labelport.series.test_builder import assert_invariants, same
from tests.needs import fixtures

SINGLE = grouper({"rule": "single"})
orientations: Any = nibabel.orientations
affines: Any = nibabel.affines
AFFINE = [2.0, 0, 0, -10, 0, 2, 0, -20, 0, 0, 3, -30, 0, 0, 0, 1]


def volume(key: str, *, dims: list[int] | None = None, dtype: str = "float32", **more: Any) -> Row:
    sizes = dims or [4, 5, 6]
    header = {"dims": sizes, "dtype": dtype, "affine": AFFINE, "pair": is_header(key), "intent": "none"}
    header |= {"pixdim": [2.0, 2.0, 3.0, 1.0, 1.0][: len(sizes)], "sform_code": 1, "qform_code": 0, "compressed": False}
    return media_row(key, "nifti", nifti=header | more.pop("nifti", {}), **more)


def half(key: str, *, size: int = 4 * 5 * 6 * 4, **more: Any) -> Row:
    """Voxels of a pair: bytes of no known kind."""
    return media_row(key, **{"kind": "unknown", "status": "not_media", "size": size, **more})


def nifti_codes(tables: MemoryTables) -> list[tuple[str, str]]:
    return [(row["code"], row["file"]) for row in tables.rows("findings") if row["code"].startswith("nifti")]


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
        volume("a_parcels.nii", dtype="uint8", nifti={"intent": "label"}),
        volume("a_seg.NII", dtype="uint8"),
        volume("a_seg.nii", dtype="uint8", flags=["unit_micron"]),
        volume("a_seg.nii", dtype="rgb24"),
    ],
    ids=[
        "not whole numbers",
        "other shape",
        "other affine",
        "no affine",
        "other stem",
        "other ending",
        "intent without name",
        "other case",
        "other unit",
        "colours",
    ],
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


@pytest.mark.parametrize(
    ("image", "label"),
    [
        ("a.NII.GZ", "a_seg.NII.GZ"),
        ("A.nii", "A_SEG.nii.gz"),
        ("a.Nii", "a_seg.Nii"),
        ("a.hdr", "a_mask.nii.gz"),
        ("a.HDR", "a_mask.HDR"),
    ],
)
def test_the_case_of_names_and_pairs_are_followed(image: str, label: str) -> None:
    halves = [half(key.replace("hdr", "img").replace("HDR", "IMG")) for key in (image, label) if is_header(key)]
    tables = built([volume(image), volume(label, dtype="uint8"), *halves], SINGLE)
    assert shown(tables) == [
        ("volume", image, [("image", image), ("label", label), *(("partial", row["key"]) for row in halves)])
    ]
    assert nifti_codes(tables) == []


def test_a_mask_of_floats_is_a_label_where_its_header_says_so() -> None:
    tables = built([volume("a.nii"), volume("a_seg.nii", nifti={"intent": "label"})], SINGLE)
    assert shown(tables) == [("volume", "a.nii", [("image", "a.nii"), ("label", "a_seg.nii")])]


@pytest.mark.parametrize(
    ("image", "label"),
    [([4, 5, 6, 20], [4, 5, 6]), ([4, 5, 6], [4, 5, 6, 2]), ([4, 5, 6], [4, 5, 6, 1, 2]), ([4, 5], [4, 5, 1])],
    ids=["3-D of 4-D", "one-hot", "one-hot vector", "one slice"],
)
def test_a_label_has_the_shape_of_its_image_in_space(image: list[int], label: list[int]) -> None:
    tables = built([volume("a.nii", dims=image), volume("a_seg.nii", dims=label, dtype="uint8")], SINGLE)
    assert [items for _, _, items in shown(tables)] == [[("image", "a.nii"), ("label", "a_seg.nii")]]


def test_affines_that_differ_by_the_rounding_of_a_writer_are_the_same() -> None:
    rounded = [value + 1e-4 for value in AFFINE[:12]] + AFFINE[12:]
    shifted = [*AFFINE[:3], AFFINE[3] + 0.03, *AFFINE[4:]]
    label: dict[str, Any] = {"dtype": "uint8", "nifti": {"affine": rounded}}
    assert len(shown(built([volume("a.nii"), volume("a_seg.nii", **label)], SINGLE))) == 1
    label["nifti"] = {"affine": shifted}
    assert len(shown(built([volume("a.nii"), volume("a_seg.nii", **label)], SINGLE))) == 2


def test_a_label_that_comes_before_its_image_joins_it_and_is_alone_again_without_it() -> None:
    image, label = volume("a.nii"), volume("a_seg.nii", dtype="uint8")
    first = built([label], SINGLE)
    assert [group for _, group, _ in shown(first)] == ["a_seg.nii"]
    both = built([image, label], SINGLE, first)
    assert [group for _, group, _ in shown(both)] == ["a.nii"]
    assert shown(built([label], SINGLE, both)) == shown(first)
    other = volume("a.nii", dims=[4, 5, 7], token="t2")
    assert len(shown(built([other, label], SINGLE, both))) == 2


def test_a_volume_says_what_it_is() -> None:
    (series,) = built([volume("a.nii", dtype="int16", nifti={"intent": "z score"})], SINGLE).rows("series")
    assert dict(series["attributes"]) == {
        "voxel_mm": "2 x 2 x 3",
        "orientation": "RAS",
        "dtype": "int16",
        "intent": "z score",
    }
    (series,) = built([volume("a.nii", flags=["unit_micron"])], SINGLE).rows("series")
    assert dict(series["attributes"])["voxel_mm"] == "0.002 x 0.002 x 0.003"
    (series,) = built([volume("a.nii", flags=["no_orientation"])], SINGLE).rows("series")
    assert "orientation" not in dict(series["attributes"])


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"flags": ["sform_qform_differ"]}, "sform_qform_differ"),
        ({"flags": ["no_orientation"]}, "no_orientation"),
        ({"flags": ["name_disagrees"]}, "name_disagrees"),
        ({"nifti": {"pixdim": [2.0, 2.0, None]}, "flags": ["bad_number"]}, "bad_number"),
        ({"nifti": {"affine": None}, "flags": ["bad_number"]}, "affine_not_finite"),
        ({"nifti": {"affine": [0.0] * 15 + [1.0]}}, "affine_singular"),
        ({"nifti": {"affine": [2, 1, 0, 0, 0, 2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 1]}}, "affine_sheared"),
        ({"nifti": {"pixdim": [1.0, 2.0, 3.0]}}, "voxel_size_differs"),
    ],
)
def test_what_is_odd_about_a_header_is_a_flag_and_a_finding(changed: dict[str, Any], code: str) -> None:
    tables = built([volume("a.nii", **changed)], SINGLE)
    (series,) = tables.rows("series")
    assert code in series["flags"]
    (found,) = [row for row in tables.rows("findings") if row["code"] == f"nifti.{code}"]
    assert (found["file"], found["series_id"]) == ("a.nii", series["series_id"])
    assert found["message"].endswith(".")
    assert found["hint"]


def test_what_is_odd_about_a_label_is_said_of_the_label_in_the_series_of_its_image() -> None:
    tables = built([volume("a.nii"), volume("a_seg.nii", dtype="uint8", flags=["sform_qform_differ"])], SINGLE)
    (series,) = tables.rows("series")
    assert series["flags"] == []
    (found,) = tables.rows("findings")
    assert (found["code"], found["file"]) == ("nifti.sform_qform_differ", "a_seg.nii")
    assert found["series_id"] == series["series_id"]


@pytest.mark.parametrize(
    ("header", "image"),
    [
        ("b.hdr", "b.img"),
        ("b.HDR", "b.IMG"),
        ("b.hdr.gz", "b.img.gz"),
        ("b.hdr", "b.img.gz"),
        ("b.hdr.gz", "b.img"),
    ],
)
def test_the_halves_of_a_pair_are_one_series(header: str, image: str) -> None:
    media = [volume(header, nifti={"pair": True}), half(image)]
    tables = built(media, SINGLE)
    assert shown(tables) == [("volume", header, [("image", header), ("partial", image)])]
    assert [row["code"] for row in tables.rows("findings")] == ["series.not_usable"]


def test_a_header_alone_is_a_finding_until_its_image_comes() -> None:
    before = built([volume("b.hdr")], SINGLE)
    (found,) = before.rows("findings")
    assert (found["code"], found["file"], found["severity"]) == ("nifti.half_pair", "b.hdr", "error")
    after = built([volume("b.hdr"), half("b.img")], SINGLE, before)
    assert "nifti.half_pair" not in {row["code"] for row in after.rows("findings")}
    assert [item["role"] for item in after.rows("items")] == ["image", "partial"]


def test_voxels_that_look_like_something_else_are_still_those_of_the_pair() -> None:
    media = [volume("b.hdr"), half("b.img", kind="audio", status="ok")]
    assert shown(built([media[1]], SINGLE)) == [("single", "b.img", [("audio", "b.img")])]
    both = built(media, SINGLE)
    assert shown(both) == [("volume", "b.hdr", [("image", "b.hdr"), ("partial", "b.img")])]
    assert shown(built([media[1]], SINGLE, both)) == [("single", "b.img", [("audio", "b.img")])]


def test_a_half_that_is_too_short_is_damaged() -> None:
    tables = built([volume("b.hdr"), half("b.img", size=479)], SINGLE)
    assert nifti_codes(tables) == [("nifti.truncated", "b.hdr")]
    assert tables.rows("series")[0]["flags"] == ["damaged", "truncated"]
    (found,) = [row for row in tables.rows("findings") if row["code"] == "nifti.truncated"]
    assert found["message"] == "1 bytes of its voxels are missing in the .img."


def test_voxels_alone_are_a_half_only_where_the_folder_has_headers() -> None:
    lone = [half("pairs/b.img"), half("pairs/C.IMG"), half("pairs/d.img.gz", kind="archive", status="unsupported")]
    media = [half("disk.img"), half("maps/raster.img"), *lone, volume("pairs/a.hdr"), half("pairs/a.img")]
    tables = built(media, SINGLE)
    (found,) = [row for row in tables.rows("findings") if row["code"] == "nifti.half_pair"]
    assert (found["file"], found["count"]) == ("pairs/C.IMG", 3)
    assert found["value"] == "pairs/C.IMG, pairs/b.img, pairs/d.img.gz"
    after = [*media, volume("pairs/b.hdr"), volume("pairs/c.hdr"), volume("pairs/d.hdr.gz")]
    assert nifti_codes(built(after, SINGLE, tables)) == [("nifti.half_pair", "pairs/c.hdr")]  # C.IMG is not c.img


def test_the_header_of_analyze_counts_as_one() -> None:
    analyze = volume("p/a.hdr", format="analyze", status="unsupported")
    assert nifti_codes(built([analyze, half("p/a.img")], SINGLE)) == []
    assert nifti_codes(built([analyze, half("p/b.img")], SINGLE)) == [("nifti.half_pair", "p/b.img")]
    # ENVI and others name a header of text .hdr: such an .img is not alone.
    assert nifti_codes(built([analyze, half("p/b.img"), media_row("p/b.hdr", "text")], SINGLE)) == []
    elsewhere = grouper({"rule": "single", "where": {"key": "q/*"}})
    assert nifti_codes(built([analyze, half("p/b.img")], elsewhere)) == []


def test_the_fixtures_of_nifti_are_series_with_their_flags() -> None:
    folder = fixtures("nifti")
    tables = built([read_row(file) for file in sorted(folder.iterdir())], SINGLE)
    flags = {row["group_key"]: set(row["flags"]) for row in tables.rows("series") if row["kind"] == "volume"}
    expected = json.loads((folder / "expected.json").read_text())["files"]
    known = {"nifti.sform_qform_differ", "nifti.no_orientation", "nifti.name_disagrees"}
    never = {"not_nifti.nii"}
    for name, case in expected.items():
        if name in never:
            assert name not in flags
            continue
        key = name.replace("index_pair.img", "index_pair.hdr")
        said = {code.rpartition(".")[2] for code in case["findings"] if code in known}
        assert flags[key] == said | ({"damaged"} if name == "declares_4_gib.nii.gz" else set()), name
    assert len(expected) == 36
    assert {items["role"] for items in tables.rows("items") if items["key"] == "index_pair.img"} == {"partial"}
    attributes = {row["group_key"]: dict(row["attributes"]) for row in tables.rows("series")}
    for name in ("ras", "lps", "las", "psr", "ipl"):
        key = f"index_{name}.nii.gz"
        image: Any = nibabel.load(folder / key)
        assert attributes[key]["orientation"] == "".join(orientations.aff2axcodes(image.affine)) == name.upper()
        sizes = [float(size) for size in attributes[key]["voxel_mm"].split(" x ")]
        assert sizes == pytest.approx(affines.voxel_sizes(image.affine))


def read_row(file: Path) -> Row:
    """Return the row of a file as the stage makes it."""
    content = file.read_bytes()
    kind, form, _ = sniff(content[:4096], len(content), file.name)
    found = {"status": "not_media"}
    if kind == "nifti":
        found = PROBE.probe(content[:4096], len(content), Reads(content), PROBE.limits, ProbeContext(file.name))
    return {**media_row(file.name, kind, format=form), "size": len(content), **found}


NAMES = [
    *("a.nii", "a.nii.gz", "a_seg.nii", "a_mask.nii.gz", "a_seg_mask.nii", "a.hdr", "a.img", "a.img.gz", "a.hdr.gz"),
    *("a_seg.hdr", "a_seg.img", "b.NII", "b_SEG.NII", "b.Nii", "b_seg.NII"),
]


@st.composite
def objects(draw: st.DrawFn, key: str) -> Row:
    """An object whose token says its content."""
    if is_other_half(key):
        row = half(key, kind=draw(st.sampled_from(["unknown", "audio"])), size=draw(st.sampled_from([9, 480])))
        row["status"] = "ok" if row["kind"] == "audio" else "not_media"
    else:
        row = volume(
            key,
            dtype=draw(st.sampled_from(["uint8", "uint8", "float32"])),
            dims=draw(st.sampled_from([[4, 5, 6], [4, 5, 6], [4, 5, 7]])),
            status=draw(st.sampled_from(["ok", "ok", "ok", "unreadable"])),
            flags=draw(st.sampled_from([[], ["no_orientation"]])),
            nifti={"intent": draw(st.sampled_from(["none", "label"]))},
        )
    return {**row, "token": repr(sorted(row.items()))}


@st.composite
def buckets(draw: st.DrawFn) -> list[Row]:
    return [draw(objects(key)) for key in sorted(draw(st.sets(st.sampled_from(NAMES))))]


@settings(max_examples=25, deadline=None)
@given(st.lists(buckets(), min_size=2, max_size=4), st.sampled_from(["auto", "none"]))
def test_after_any_changes_series_are_those_of_a_build_from_nothing(history: list[list[Row]], label_of: str) -> None:
    rules = grouper({"rule": "single", "label_of": label_of})
    tables = None
    for media in history:
        tables = built(media, rules, tables)
        same(tables, built(media, rules))
        assert_invariants(tables)
        roles: dict[str, set[str]] = {}
        for item in tables.rows("items"):
            roles.setdefault(item["key"], set()).add(item["role"])
        for row in media:  # nothing that can be shown is lost
            if row["status"] == "ok":
                assert len(roles[row["key"]] - {"partial"} or {"half"}) == 1
