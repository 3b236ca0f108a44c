"""All rules together on a folder of real files, and what the page for users says of them."""

import re
from pathlib import Path
from typing import Any

import yaml

from labelport.settings import DatasetSettings
from tests.labelport.probing.dicom_files import data_set, saved
from tests.labelport.series.made import built, grouper, media_row
from tests.labelport.series.real_folder import series_in
from tests.media import clip, photo, recording
from tests.needs import ROOT

DEFAULT: list[dict[str, Any]] = [{"rule": "dicom"}, {"rule": "video"}, {"rule": "single"}]
BLOCK = re.compile(r"^```yaml\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def test_the_examples_of_the_page_are_settings() -> None:
    blocks = [yaml.safe_load(block) for block in BLOCK.findall((ROOT / "docs" / "series.md").read_text("utf-8"))]
    assert len(blocks) >= 5
    for given in blocks:
        named = {"series": given} if isinstance(given, list) else given
        made = DatasetSettings(name="made", bucket="raw", publish="derived", **named)
        assert [rule.rule for rule in made.series] == [rule["rule"] for rule in named.get("series", DEFAULT)]


def test_the_page_says_what_comes_of_its_pattern() -> None:
    keys = ["ct/a_00_bone.png", "ct/a_00_lung.png", "ct/a_01_lung.png"]
    match = r"(?P<series>.+)_(?P<index>\d+)_(?P<version>lung|bone)\.png$"
    tables = built([media_row(key) for key in keys], grouper({"rule": "pattern", "match": match, "versions": ["lung"]}))
    assert [(row["index"], row["key"], row["version"], row["of_index"]) for row in tables.rows("items")] == [
        (0, "ct/a_00_lung.png", "lung", None),
        (1, "ct/a_00_bone.png", "bone", 0),
        (2, "ct/a_01_lung.png", "lung", None),
    ]
    (told,) = tables.rows("findings")
    assert told["message"] == "Missing versions: bone at 1 (1 in all)."


def test_the_page_says_what_comes_of_its_table() -> None:
    page = (ROOT / "docs" / "series.md").read_text("utf-8")
    (listed,) = re.findall(r"^```csv\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    rows = [*(media_row(f"us/{name}.png") for name in ("a", "b", "map")), media_row("clips/c.mp4", "video", frames=20)]
    rule = {"rule": "table", "path": "t.csv", "columns": {"series": "clip_id"}}
    tables = built(rows, grouper(rule, files={"t.csv": listed}))
    shown = {(row["role"], row["key"], row["frame"], row["label_this"], *row["notes"]) for row in tables.rows("items")}
    assert shown == {
        ("image", "us/a.png", None, True, ("site", "north")),
        ("image", "us/b.png", None, False, ("site", "north")),
        ("context", "us/map.png", None, False),
        ("video", "clips/c.mp4", 17, True),
        ("video", "clips/c.mp4", 3, True),
    }
    assert [row["code"] for row in tables.rows("findings")] == ["series.ungrouped"]  # the map is context and no more


def test_all_rules_on_one_folder_take_each_object_once(tmp_path: Path) -> None:
    png = photo("PNG")
    files = {
        **{f"ct/{n}": saved(data_set(n, at=(0, 0, 3 * n))) for n in (1, 2, 3)},
        **{f"us/case9/f{n}.png": png for n in (0, 1, 2)},
        **{f"xr/a_{window}.png": png for window in ("lung", "bone")},
        "rec/a.wav": recording("wav", samples=900),
        "rec/a.png": png,
        "rec/lonely.png": png,
        "mine/1.png": png,
        "mine/2.png": png,
        "mine/map.png": png,
        "clip.mp4": clip("mp4", frames=3),
        "empty.png": b"",
        "Thumbs.db": bytes(40),
        "lists/t.csv": b"key,series,role\nmine/2.png,m,\nmine/1.png,m,\nmine/map.png,m,context\nus/case9/f2.png,m,\n",
    }
    rules: list[dict[str, Any]] = [
        {"rule": "table", "path": "lists/t.csv"},
        {"rule": "dicom"},
        {"rule": "pattern", "match": r"(?P<series>.+)/f(?P<index>\d+)\.png$"},
        {"rule": "pattern", "match": r"(?P<series>xr/.+)_(?P<version>lung|bone)\.png$", "versions": ["lung", "bone"]},
        {"rule": "audio_image"},
        {"rule": "video"},
        {"rule": "single"},
    ]
    made = series_in(tmp_path, files, rules)
    names = {row["series_id"]: (row["kind"], row["items"]) for row in made.rows("series")}
    shown: dict[tuple[str, int], list[str]] = {}
    for row in sorted(made.rows("items"), key=lambda item: (item["role"] == "context", item["index"])):
        shown.setdefault(names[row["series_id"]], []).append(row["key"])
    singles = shown.pop(("single", 1))
    assert shown == {
        ("table", 3): ["mine/2.png", "mine/1.png", "us/case9/f2.png", "mine/map.png"],
        ("stack", 3): ["ct/1", "ct/2", "ct/3"],
        ("frames", 2): ["us/case9/f0.png", "us/case9/f1.png"],
        ("versions", 2): ["xr/a_lung.png", "xr/a_bone.png"],
        ("audio_image", 1): ["rec/a.wav", "rec/a.png"],
        ("frames", 1): ["clip.mp4"],
    }
    assert sorted(singles) == ["mine/map.png", "rec/lonely.png"]
    told = {row["value"]: row["count"] for row in made.rows("findings") if row["code"] == "series.not_usable"}
    assert told == {"empty": 1, "not_media": 1}
    members = [row["key"] for row in made.rows("items") if row["role"] != "context"]
    out = ["empty.png", "Thumbs.db", "lists/t.csv", "rec/a.png"]
    assert sorted([*members, *out]) == sorted(files)
