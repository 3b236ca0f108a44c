"""A clip is a series of its frames."""

from typing import Any

import pytest

from tests.labelport.series.made import built, grouper, media_row

VIDEO = grouper({"rule": "video"})


def test_a_clip_is_one_series_of_one_item() -> None:
    tables = built([media_row("clips/a.mp4", "video", frames=300, frames_exact=True, video={"codec": "h264"})], VIDEO)
    (series,) = tables.rows("series")
    assert series["series_id"] == "video-b4rmpo4pie2iniua4526bwvcai"
    shown = {name: series[name] for name in ("kind", "order_basis", "items", "width", "height", "flags", "attributes")}
    assert shown == {
        "kind": "frames",
        "order_basis": "pts",
        "items": 1,
        "width": 8,
        "height": 6,
        "flags": [],
        "attributes": [("codec", "h264")],
    }
    (item,) = tables.rows("items")
    assert (item["index"], item["role"], item["key"], item["frame"], item["label_this"]) == (
        0,
        "video",
        "clips/a.mp4",
        None,
        True,
    )


@pytest.mark.parametrize(
    ("row", "flags"),
    [
        ({"video": {"variable_rate": True, "edit_list": False}}, ["variable_rate"]),
        ({"video": {"edit_list": True}}, ["edit_list"]),
        ({"video": {}, "frames_exact": False}, ["frames_estimated"]),
        ({"video": {}, "status": "truncated"}, ["damaged"]),
        ({"video": None, "frames_exact": None}, []),
    ],
)
def test_what_is_odd_about_a_clip_is_a_flag(row: dict[str, Any], flags: list[str]) -> None:
    (series,) = built([media_row("a.mp4", "video", **row)], VIDEO).rows("series")
    assert series["flags"] == flags


def test_sound_and_pictures_are_not_claimed() -> None:
    tables = built([media_row("a.mp4", "audio"), media_row("b.gif")], VIDEO)
    assert tables.rows("series") == []


def test_a_risk_of_names_in_the_pixels_stays_with_the_series() -> None:
    (series,) = built([media_row("a.mp4", "video", phi_risk="high")], VIDEO).rows("series")
    assert series["phi_risk"] == "high"
