"""Recordings with their pictures: every level of pairing, what is ambiguous, and what is handed on."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from pydantic import ValidationError

from labelport.errors import SettingsError
from labelport.series.audio_image import AudioImageOptions
from labelport.series.builder import rebuilt
from tests.labelport.series.made import MemoryTables, Row, applied, built, grouper, media_row, media_tables

SINGLE = {"rule": "single"}
VIDEO = {"rule": "video"}
RULE = {"rule": "audio_image"}
BY_TABLE = {**RULE, "table": {"path": "pairs.csv"}}


def media(*keys: str, **more: Any) -> list[Row]:
    return [
        media_row(key, "audio", width=None, height=None, channels=1, **more)
        if key.endswith((".wav", ".mp3"))
        else media_row(key, "video" if key.endswith(".mp4") else "image", **more)
        for key in keys
    ]


def paired(
    keys: Sequence[str], *more: Mapping[str, Any], files: Mapping[str, str] | None = None, **options: Any
) -> MemoryTables:
    return built(media(*keys), grouper({**RULE, **options}, *more, files=files))


def shown(tables: MemoryTables) -> list[tuple[str, str]]:
    """Return role and key of the items of audio_image series."""
    return sorted(
        (row["role"], row["key"]) for row in tables.rows("items") if row["series_id"].startswith("audio_image")
    )


def claims(tables: MemoryTables) -> dict[str, str]:
    return {row["key"]: row["rule"] for row in tables.rows("claims")}


def found(tables: MemoryTables) -> list[tuple[str, str]]:
    return [(row["code"], row["file"]) for row in tables.rows("findings")]


def test_sound_and_picture_of_one_name_are_a_series() -> None:
    rows = [media_row("rec/abs1234.mp4", "audio", width=None, height=None), media_row("rec/abs1234.jpeg")]
    tables = built(rows, grouper(RULE, dataset="rec"))
    (series,) = tables.rows("series")
    assert series["series_id"] == "audio_image-wxsy6ob73zbywau4zzhp73qlpa"
    assert (series["kind"], series["order_basis"], series["items"], series["flags"]) == (
        "audio_image",
        "natural",
        1,
        [],
    )
    assert (series["width"], series["height"]) == (8, 6)
    columns = ("index", "role", "key", "of_index", "label_this")
    assert [tuple(row[name] for name in columns) for row in tables.rows("items")] == [
        (0, "audio", "rec/abs1234.mp4", None, True),
        (0, "context", "rec/abs1234.jpeg", 0, False),
    ]


@pytest.mark.parametrize(
    ("keys", "options", "picture"),
    [
        (["rec/a.wav", "rec/a.png", "pics/rec/a.png"], {"images": "pics"}, "rec/a.png"),
        (["rec/a.wav", "rec/a.wav.png"], {}, "rec/a.wav.png"),
        (["rec/a.wav", "pics/rec/a.png", "pics/a.png"], {"images": "pics/"}, "pics/rec/a.png"),
        (["rec/a.wav", "pics/x/a.png"], {"images": "pics", "by": "stem"}, "pics/x/a.png"),
        (["rec/a.wav", "rec/a.png", "rec/a.jpg", "pics/rec/a.png"], {"images": "pics"}, "pics/rec/a.png"),
    ],
)
def test_the_first_level_that_gives_exactly_one_picture_wins(
    keys: list[str], options: dict[str, Any], picture: str
) -> None:
    assert shown(paired(keys, **options)) == [("audio", "rec/a.wav"), ("context", picture)]


def test_several_pictures_are_told_and_none_is_chosen() -> None:
    tables = paired(["rec/a.wav", "rec/a.png", "rec/a.jpg"], SINGLE)
    assert shown(tables) == [("audio", "rec/a.wav")]
    (row,) = tables.rows("series")
    assert row["flags"] == ["picture_ambiguous"]
    (told,) = tables.rows("findings")
    assert (told["code"], told["file"], told["value"]) == (
        "series.picture_ambiguous",
        "rec/a.wav",
        "rec/a.jpg, rec/a.png",
    )
    assert told["series_id"] == row["series_id"]


def test_a_recording_alone_is_a_series_of_one_with_a_warning() -> None:
    tables = paired(["rec/a.wav", "rec/b.png"])
    assert shown(tables) == [("audio", "rec/a.wav")]
    assert found(tables) == [("series.ungrouped", ""), ("series.no_picture", "rec/a.wav")]
    assert tables.rows("series")[0]["flags"] == ["no_picture"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "No picture of its name lies beside it."),
        ({"images": "pics"}, "No picture of its name lies beside it or below pics/."),
    ],
)
def test_where_a_picture_was_looked_for_is_said(options: dict[str, Any], words: str) -> None:
    (told,) = paired(["rec/a.wav"], **options).rows("findings")
    assert (told["message"], told["hint"]) == (words, "Add one, or the spectrogram rendition.")


def test_a_stem_and_a_whole_name_are_candidates_of_one_level() -> None:
    tables = paired(["rec/a.wav", "rec/a.png", "rec/a.wav.png", "pics/rec/a.png"], images="pics")
    assert ("context", "pics/rec/a.png") in shown(tables)
    tables = paired(["rec/a.wav", "rec/a.png", "rec/a.wav.png"])
    assert ("series.picture_ambiguous", "rec/a.wav") in found(tables)


def test_one_stem_in_two_folders_is_one_group_by_stem_and_that_is_an_error() -> None:
    tables = paired(["x/a.wav", "y/a.wav", "pics/a.png"], images="pics", by="stem")
    assert shown(tables) == [("audio", "x/a.wav"), ("audio", "y/a.wav")]
    assert ("series.recording_ambiguous", "") in found(tables)


def test_fifty_pictures_that_are_not_shown_are_named_and_the_others_counted() -> None:
    keys = [f"{n}/a.{ending}" for n in range(60) for ending in ("wav", "png")]
    told = [row for row in paired(keys, by="stem").rows("findings") if row["code"] == "series.picture_unused"]
    assert (len(told), sum(row["count"] for row in told)) == (51, 60)


def test_names_without_an_extension_or_of_dots_alone_pair_as_others() -> None:
    rows = [media_row(key, kind) for key, kind in (("rec/a", "audio"), ("rec/a.png", "image"), ("rec/.wav", "audio"))]
    tables = built([*rows, media_row("rec/.png")], grouper(RULE))
    assert shown(tables) == [
        ("audio", "rec/.wav"),
        ("audio", "rec/a"),
        ("context", "rec/.png"),
        ("context", "rec/a.png"),
    ]


def test_several_recordings_of_one_name_are_one_series_without_a_picture() -> None:
    tables = paired(["rec/a.wav", "rec/a.mp3", "rec/a.png"], SINGLE)
    assert [(row["index"], row["role"], row["key"]) for row in tables.rows("items")] == [
        (0, "audio", "rec/a.mp3"),
        (1, "audio", "rec/a.wav"),
    ]
    assert tables.rows("series")[0]["flags"] == ["recording_ambiguous"]
    assert found(tables) == [("series.recording_ambiguous", ""), ("series.picture_unused", "rec/a.png")]


def test_a_picture_without_a_recording_goes_to_the_next_rules() -> None:
    keys = ["rec/a.wav", "rec/a.png", "rec/b.png", "rec/f1.png"]
    frames = {"rule": "pattern", "match": r"(?P<series>.+)/f(?P<index>\d+)\.png$"}
    assert claims(paired(keys, frames, SINGLE)) == {
        "rec/a.png": "0:audio_image",
        "rec/a.wav": "0:audio_image",
        "rec/b.png": "2:single",
        "rec/f1.png": "1:pattern",
    }
    assert claims(paired(keys))["rec/b.png"] == ""


def test_a_picture_comes_and_goes_with_its_recording() -> None:
    rules = grouper(RULE, SINGLE)
    alone = built(media("rec/a.png", "rec/b.png", "rec/c.wav"), rules)
    with rebuilt(media_tables(media("rec/a.png", "rec/b.png", "rec/c.wav", "rec/a.wav")), alone, rules) as result:
        assert (result.changes.added, result.changes.changed, result.changes.deleted) == (1, 0, 0)
        assert (result.groups_built, result.groups_kept, result.groups_removed) == (1, 2, 1)
        both = applied(alone, result)
    assert shown(both) == [("audio", "rec/a.wav"), ("audio", "rec/c.wav"), ("context", "rec/a.png")]
    with rebuilt(media_tables(media("rec/a.png", "rec/b.png", "rec/c.wav")), both, rules) as result:
        assert (result.groups_built, result.groups_kept, result.groups_removed) == (1, 2, 1)
        again = applied(both, result)
    assert [again.rows(name) for name in ("series", "items", "claims", "findings")] == [
        alone.rows(name) for name in ("series", "items", "claims", "findings")
    ]


def test_a_recording_that_another_rule_has_founds_nothing() -> None:
    rules = grouper({"rule": "single", "where": {"key": "rec/a.wav"}}, RULE)
    assert claims(built(media("rec/a.wav", "rec/a.png"), rules)) == {"rec/a.wav": "0:single", "rec/a.png": ""}


def test_a_recording_that_cannot_be_used_founds_nothing() -> None:
    rows = [*media("rec/a.wav", status="unreadable"), *media("rec/a.png")]
    assert claims(built(rows, grouper(RULE, SINGLE))) == {"rec/a.wav": "", "rec/a.png": "1:single"}


@pytest.mark.parametrize(
    ("rules", "claimed"),
    [
        (({**RULE, "recordings": ["audio", "video"]}, VIDEO), "0:audio_image"),
        ((RULE, {**VIDEO, "audio": True}), "0:audio_image"),
        ((RULE, VIDEO), "1:video"),
        (({**VIDEO, "audio": True}, RULE), "0:video"),
    ],
)
def test_a_clip_with_sound_may_be_a_recording(rules: tuple[dict[str, Any], ...], claimed: str) -> None:
    rows = [media_row("a.mp4", "video", channels=2), media_row("a.png"), media_row("b.mp4", "video", channels=None)]
    tables = built(rows, grouper(*rules))
    assert claims(tables)["a.mp4"] == claimed
    assert claims(tables)["b.mp4"].endswith(":video")
    if claimed == "0:audio_image":
        assert shown(tables) == [("context", "a.png"), ("video", "a.mp4")]


def test_a_table_wins_over_names_and_may_share_a_picture() -> None:
    files = {"pairs.csv": "recording,image\nrec/a.wav,pics/x.png\nrec/b.wav,pics/x.png\n"}
    tables = built(
        media("rec/a.wav", "rec/a.png", "rec/b.wav", "rec/c.wav", "rec/c.png", "pics/x.png"),
        grouper(BY_TABLE, SINGLE, files=files),
    )
    assert shown(tables) == [
        ("audio", "rec/a.wav"),
        ("audio", "rec/b.wav"),
        ("audio", "rec/c.wav"),
        ("context", "pics/x.png"),
        ("context", "pics/x.png"),
        ("context", "rec/c.png"),
    ]
    basis = {row["group_key"]: row["order_basis"] for row in tables.rows("series") if row["rule"] == "audio_image"}
    assert basis == {"rec/a": "table", "rec/b": "table", "rec/c": "natural"}
    assert found(tables) == [("series.picture_unused", "rec/a.png")]


def test_a_table_says_which_of_several_recordings_is_meant() -> None:
    files = {"pairs.csv": "recording,image\nrec/a.wav,rec/a.png\n"}
    tables = built(media("rec/a.wav", "rec/a.mp3", "rec/a.png"), grouper(BY_TABLE, files=files))
    assert shown(tables) == [("audio", "rec/a.wav"), ("context", "rec/a.png"), ("duplicate", "rec/a.mp3")]
    (told,) = tables.rows("findings")
    assert (told["code"], told["severity"]) == ("series.recording_ambiguous", "info")


def test_a_table_that_names_no_picture_that_is_there_leaves_the_recording_alone() -> None:
    files = {
        "pairs.csv": "recording,image\nrec/a.wav,gone.png\nrec/b.wav,rec/b.mp3\nrec/b.wav,\nno.wav,rec/a.png\nbroken.wav,rec/a.png\nrec/a.png,rec/a.png,\n"
    }
    rows = [*media("rec/a.wav", "rec/a.png", "rec/b.wav", "rec/b.mp3"), *media("broken.wav", status="empty")]
    tables = built(rows, grouper(BY_TABLE, files=files))
    told = [(row["code"], row["pointer"]) for row in tables.rows("findings") if row["file"] == "pairs.csv"]
    assert told == [
        ("table.key_absent", "2:2"),
        ("table.bad_value", "3:2"),
        ("table.cell_empty", "4:2"),
        ("table.key_absent", "5:1"),
        ("table.not_usable", "6:1"),
        ("table.row_length", "7:1"),
    ]
    assert ("series.no_picture", "rec/a.wav") in found(tables)
    assert ("context", "rec/a.png") not in shown(tables)


def test_two_pictures_of_a_table_are_ambiguous() -> None:
    files = {"pairs.csv": "recording,image\na.wav,x.png\na.wav,y.png\na.wav,x.png\n"}
    tables = built(media("a.wav", "x.png", "y.png"), grouper(BY_TABLE, files=files))
    assert [row["value"] for row in tables.rows("findings") if row["code"] == "series.picture_ambiguous"] == [
        "x.png, y.png"
    ]


def test_another_row_of_the_table_builds_its_recording_alone() -> None:
    rows = media("a.wav", "b.wav", "x.png", "y.png")
    before = grouper(BY_TABLE, files={"pairs.csv": "recording,image\na.wav,x.png\nb.wav,x.png\n"})
    after = grouper(BY_TABLE, files={"pairs.csv": "recording,image\nb.wav,x.png\na.wav,y.png\n"})
    tables = built(rows, before)
    with rebuilt(media_tables(rows), tables, after, everything=True) as result:
        assert (result.groups_built, result.groups_kept) == (1, 1)
        assert applied(tables, result).rows("items") == built(rows, after).rows("items")


def test_a_shared_picture_builds_its_recordings_when_it_changes() -> None:
    rules = grouper(BY_TABLE, files={"pairs.csv": "recording,image\na.wav,x.png\nb.wav,x.png\n"})
    tables = built(media("a.wav", "b.wav", "c.wav", "x.png"), rules)
    rows = [*media("a.wav", "b.wav", "c.wav"), media_row("x.png", width=99, token="t2")]
    with rebuilt(media_tables(rows), tables, rules) as result:
        assert (result.groups_built, result.groups_kept) == (2, 1)
        assert {row["width"] for row in applied(tables, result).rows("series")} == {99, None}


def test_what_cannot_be_is_refused() -> None:
    for images in ("", "/", "/pics"):
        with pytest.raises(ValidationError, match="images"):
            AudioImageOptions(images=images)
    assert AudioImageOptions(images="pics").images == AudioImageOptions(images="pics/").images == "pics/"
    with pytest.raises(ValidationError, match="recordings"):
        AudioImageOptions(recordings=[])
    with pytest.raises(SettingsError, match=r"series rule 1 \(audio_image\): pairs.csv has no column image"):
        grouper(BY_TABLE, files={"pairs.csv": "recording,picture\n"})
