"""Names with numbers and versions in them: the worked examples of the specification, and what is odd."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from natsort import natsort_keygen
from pydantic import ValidationError

from labelport.series.pattern import PatternOptions
from labelport.series.pattern.names import NameReader, PatternTooSlow
from labelport.series.pattern.options import written_out
from tests.labelport.series.made import MemoryTables, built, grouper, media_row

FRAMES = r"(?P<series>.+)/f(?P<index>-?\w+)\.\w+$"
ENDLESS = r"(?P<series>(?:a|aa)+)$"
ENDLESS_KEY = "a" * 40 + "!"


def series_of(keys: Sequence[str], match: str, *, dataset: str = "us", **options: Any) -> MemoryTables:
    rules = grouper({"rule": "pattern", "match": match, **options}, dataset=dataset)
    return built([media_row(key) for key in keys], rules)


def items(tables: MemoryTables, *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in ("index", "role", "key", *columns)) for row in tables.rows("items")]


def order(tables: MemoryTables) -> list[str]:
    return [row["key"] for row in tables.rows("items")]


def found(tables: MemoryTables) -> dict[str, str | None]:
    return {row["code"]: row["value"] for row in tables.rows("findings")}


def the_series(tables: MemoryTables) -> Mapping[str, Any]:
    (row,) = tables.rows("series")
    return row


def test_frames_of_a_video() -> None:
    keys = [f"us/case9/f{n}.png" for n in ("0", "1", "10", "2")]
    tables = series_of(keys, r"(?P<series>.+)/f(?P<index>\d+)\.png$")
    row = the_series(tables)
    assert (row["series_id"], row["kind"]) == ("pattern-kmctwlqskvutbrl7tm7kjr5dea", "frames")
    assert (row["order_basis"], row["items"], row["flags"]) == ("index", 4, ["index_gap"])
    assert items(tables) == [(place, "image", f"us/case9/f{number}.png") for place, number in enumerate((0, 1, 2, 10))]
    assert found(tables) == {"series.index_gap": "3-9"}


def test_window_levels_of_one_image() -> None:
    match = r"(?P<series>ct/.+)_(?P<version>lung|bone)\.png$"
    tables = series_of(["ct/a_bone.png", "ct/a_lung.png"], match, dataset="ct", versions=["lung", "bone"])
    row = the_series(tables)
    assert (row["series_id"], row["kind"], row["items"]) == ("pattern-h7m75ac2ta2qrfl4ilx3tv5cbu", "versions", 2)
    assert items(tables, "version", "of_index") == [
        (0, "image", "ct/a_lung.png", "lung", None),
        (1, "image", "ct/a_bone.png", "bone", 0),
    ]
    assert found(tables) == {}


def test_ischemia_without_its_metadata() -> None:
    keys = [f"ct/case7_0{n}.png" for n in range(4)]
    tables = series_of(keys, r"(?P<series>.+)_(?P<index>\d+)\.png$", dataset="stroke")
    assert the_series(tables)["series_id"] == "pattern-tg3tz3x4l3c36btobgbmv2id2q"
    assert items(tables, "label_this") == [(n, "image", key, True) for n, key in enumerate(keys)]


@pytest.mark.parametrize(
    ("numbers", "missing", "stride"),
    [
        (["1000", "1001", "1002"], None, None),
        (["0", "10", "20", "30"], None, "10"),
        (["0", "10", "20", "40"], "1-9, 11-19, 21-39", None),
        (["-2", "-1", "1"], "0", None),
        (["1", "2", "6", "8"], "3-5, 7", None),
        (["7"], None, None),
        (["1", "3", "1" + "0" * 30], "2, 4-" + "9" * 30, None),
    ],
)
def test_missing_numbers_are_listed_and_a_constant_stride_is_no_gap(
    numbers: list[str], missing: str | None, stride: str | None
) -> None:
    tables = series_of([f"a/f{number}.png" for number in numbers], FRAMES)
    assert found(tables).get("series.index_gap") == missing
    assert dict(the_series(tables)["attributes"]).get("stride") == stride


def test_at_most_fifty_runs_of_missing_numbers_are_listed_with_their_count() -> None:
    tables = series_of([f"a/f{n}.png" for n in [*range(0, 400, 2), 401]], FRAMES)
    (row,) = tables.rows("findings")
    assert row["value"].endswith("97, 99, …")
    assert row["message"].endswith("(201 in all).")


def test_gaps_are_judged_for_each_camera_and_version() -> None:
    match = r"(?P<series>.+)/(?P<camera>\w)_(?P<index>\d+)_(?P<version>\w)\.png$"
    keys = [f"a/{name}.png" for name in ("l_1_x", "l_2_x", "l_4_x", "r_3_x", "r_4_x", "l_1_y", "l_2_y", "l_3_y")]
    tables = series_of(keys, match)
    gaps = [(row["pointer"].partition(" ")[2], row["value"]) for row in tables.rows("findings") if "gap" in row["code"]]
    assert gaps == [("camera=l version=x", "3")]
    assert found(tables)["series.version_missing"] == "3:l:x, 3:r:y, 4:l:y, 4:r:y"


def test_order_is_by_index_then_camera_then_version() -> None:
    match = r"(?P<series>.+)/(?P<camera>c\d+)_(?P<index>\d+)(_(?P<version>\w+))?\.png$"
    names = ["c10_1", "c2_1", "c2_2_new", "c2_2_bone", "c2_2_lung", "c2_2", "c2_2_alpha"]
    tables = series_of([f"a/{name}.png" for name in names], match, versions=["lung", "bone"])
    ordered = ["c2_1", "c10_1", "c2_2", "c2_2_lung", "c2_2_bone", "c2_2_alpha", "c2_2_new"]
    assert items(tables, "channel", "of_index") == [
        (place, "image", f"a/{name}.png", name.partition("_")[0], 3 if place > 3 else None)
        for place, name in enumerate(ordered)
    ]


def test_without_an_index_the_order_is_natural() -> None:
    tables = series_of(["a/x10.png", "a/x9.png", "a/x09.png"], r"(?P<series>.+)/")
    assert order(tables) == ["a/x9.png", "a/x09.png", "a/x10.png"]
    assert (the_series(tables)["order_basis"], the_series(tables)["kind"]) == ("natural", "frames")


def test_an_index_that_is_no_number_goes_last_and_is_an_error() -> None:
    tables = series_of(["a/f2.png", "a/fx10.png", "a/fx9.png", "a/f1.png"], FRAMES)
    assert order(tables) == ["a/f1.png", "a/f2.png", "a/fx9.png", "a/fx10.png"]
    errors = [(row["file"], row["value"]) for row in tables.rows("findings") if row["code"] == "pattern.bad_index"]
    assert errors == [("a/fx10.png", "x10"), ("a/fx9.png", "x9")]


def test_one_number_twice_is_a_finding_and_both_stay() -> None:
    keys = ["a/f01.png", "a/f1.jpg", "a/f1.png", "a/f2.png"]
    tables = series_of(keys, FRAMES)
    assert order(tables) == keys
    doubles = [
        (row["file"], row["value"]) for row in tables.rows("findings") if row["code"] == "series.index_duplicate"
    ]
    assert doubles == [("a/f1.jpg", "1"), ("a/f1.png", "1")]
    assert the_series(tables)["flags"] == ["index_duplicate", "mixed_padding"]


def test_the_later_ones_of_a_number_can_be_duplicates() -> None:
    tables = series_of(["a/f1.jpg", "a/f1.png", "a/f2.png"], FRAMES, duplicates="first")
    assert items(tables, "of_index", "label_this") == [
        (0, "duplicate", "a/f1.png", 0, False),
        (0, "image", "a/f1.jpg", None, True),
        (1, "image", "a/f2.png", None, True),
    ]
    assert the_series(tables)["items"] == 2


@pytest.mark.parametrize(
    ("numbers", "mixed"),
    [
        (["7", "007"], True),
        (["01", "001"], True),
        (["9", "10"], False),
        (["099", "100", "1000"], False),
        (["0", "1"], False),
        (["08", "9"], True),
    ],
)
def test_two_styles_of_padding_are_flagged(numbers: list[str], mixed: bool) -> None:
    tables = series_of([f"a/f{number}.png" for number in numbers], FRAMES)
    assert ("mixed_padding" in the_series(tables)["flags"]) is mixed
    assert ("pattern.mixed_padding" in found(tables)) is mixed


def test_a_version_of_the_settings_that_an_image_lacks_is_named() -> None:
    match = r"(?P<series>.+)_(?P<version>lung|bone)\.png$"
    assert found(series_of(["a_lung.png"], match, versions=["lung", "bone"])) == {"series.version_missing": "bone"}
    assert found(series_of(["a_lung.png"], match)) == {}


def test_members_of_two_sizes_leave_the_series_without_one() -> None:
    rules = grouper({"rule": "pattern", "match": FRAMES})
    tables = built([media_row("a/f1.png"), media_row("a/f2.png", width=9)], rules)
    row = the_series(tables)
    assert (row["width"], row["height"], row["flags"]) == (None, None, ["mixed_size"])
    assert found(tables) == {"series.mixed_size": "8x6, 9x6"}
    unknown = built([media_row("a/f1.png"), media_row("a/f2.png", width=None)], rules)
    assert (the_series(unknown)["width"], the_series(unknown)["flags"]) == (None, [])


def test_the_risk_of_a_series_is_the_highest_of_its_members() -> None:
    rules = grouper({"rule": "pattern", "match": FRAMES})
    media = [media_row(f"a/f{n}.png", phi_risk=risk) for n, risk in enumerate(("none", "high", None, "text"))]
    assert the_series(built(media, rules))["phi_risk"] == "high"


def test_folders_that_fall_into_one_series_are_told_unless_the_expression_names_them() -> None:
    joined = series_of(["a/case_1.png", "b/case_2.png"], r"(?:.*/)?(?P<series>[^/]+)_(?P<index>\d+)")
    assert found(joined) == {"pattern.folders_joined": "2"}
    cameras = series_of(["x/left/1.png", "x/right/1.png"], r"(?P<series>.+)/(?P<camera>\w+)/(?P<index>\d+)")
    assert found(cameras) == {}


def test_other_kinds_that_match_are_counted_and_left_to_later_rules() -> None:
    rules = grouper({"rule": "pattern", "match": FRAMES}, {"rule": "single"})
    media = [media_row("a/f1.png"), media_row("a/f2.mp4", "video"), media_row("a/f3.txt", "text")]
    tables = built(media, rules)
    assert found(tables) == {"pattern.kind_not_taken": "1 text, 1 video"}
    assert {row["rule"] for row in tables.rows("series")} == {"pattern", "single"}
    texts = built(media[2:], grouper({"rule": "pattern", "match": FRAMES, "kinds": ["text"]}))
    assert order(texts) == ["a/f3.txt"]


@pytest.mark.parametrize(
    ("kind", "hint"), [("text", "Name the kind in `kinds`."), ("video", "Narrow the expression ($ is its end)")]
)
def test_a_kind_that_the_rule_can_never_take_is_not_to_be_named(kind: str, hint: str) -> None:
    tables = built([media_row("a/f1.png", kind)], grouper({"rule": "pattern", "match": FRAMES}))
    (told,) = [row for row in tables.rows("findings") if row["code"] == "pattern.kind_not_taken"]
    assert told["hint"].startswith(hint)


def test_an_expression_that_matches_nothing_is_a_finding_and_an_empty_bucket_is_none() -> None:
    assert "pattern.no_match" in found(series_of(["b.png"], FRAMES))
    assert found(series_of([], FRAMES)) == {}


def test_an_expression_that_backtracks_without_end_is_stopped() -> None:
    tables = series_of([ENDLESS_KEY, "aa"], ENDLESS)
    (row,) = [row for row in tables.rows("findings") if row["code"] == "pattern.too_slow"]
    assert (row["severity"], row["count"], row["pointer"], row["value"]) == ("error", 1, "0:pattern", ENDLESS)
    assert order(tables) == ["aa"]


def test_an_expression_that_is_too_slow_on_many_keys_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labelport.series.pattern.names.MOST_TIMEOUTS", 3)
    reader = NameReader(ENDLESS)
    for _ in range(2):
        with pytest.raises(TimeoutError):
            reader.read(ENDLESS_KEY, timeout_s=0.001)
    with pytest.raises(PatternTooSlow, match="backtracks without end"):
        reader.read(ENDLESS_KEY, timeout_s=0.001)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"match": "("}, "no regular expression"),
        ({"match": "(?P<index>.)"}, "needs the group"),
        ({"match": "(?P<series>.)(?P<frame>.)"}, "no group frame"),
        ({"match": "(?P<series>.)", "versions": ["a", "a"]}, "named twice"),
        ({"match": "(?P<series>a{1000000000})"}, "more than 10,000 times"),
        ({"match": "(?P<series>(?:(?:a{999}){999}){9,})"}, "more than 10,000 times"),
        ({"match": "(?P<series>" + "(" * 5_000 + ")" * 5_000 + ")"}, "no regular expression"),
        ({"match": "(?P<series>.)", "kinds": ["video"]}, "'image', 'text' or 'pointcloud'"),
        ({"match": "(?P<series>.)", "kind": "image"}, "Extra inputs"),
    ],
)
def test_impossible_options_are_refused_with_words(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        PatternOptions(**given)


@pytest.mark.parametrize(
    ("expression", "characters"),
    [
        ("a{3}b", 4),
        (r"\d{4}-\d{2}-\d{2}", 10),
        ("(?:ab{2}){3}c", 10),
        ("[a{9}]{2}", 2),
        (r"\{9}", 3),
        ("a{0}", 0),
        ("a{2,}|b{,9}", 8),
        ("a{1,1000000}", 1),
        (")(", 0),
        ("[]a]{2}x", 3),
    ],
)
def test_repetitions_are_written_out_before_an_expression_is_compiled(expression: str, characters: int) -> None:
    assert written_out(expression) == characters


# --- names that nobody thought of


VERSIONS = r"(?P<series>\w)_(?P<index>\d+)(_(?P<version>\w+))?\.\w+$"


def said(tables: MemoryTables, code: str) -> list[tuple[str, str, int]]:
    return [
        (row["file"] or row["pointer"].partition(" ")[2], row["message"], row["count"])
        for row in tables.rows("findings")
        if row["code"] == code
    ]


def test_every_object_without_a_number_goes_last_and_fifty_of_a_series_are_named() -> None:
    tables = series_of(["a/f1.png", *(f"a/fx{n:03}.png" for n in range(70))], FRAMES)
    told = said(tables, "pattern.bad_index")
    assert len(told) == 51
    assert ("others", "20 more objects of the series have no number.", 20) in told
    assert ("a/fx049.png", "The index is no number: x049.", 1) in told
    assert [row["key"] for row in tables.rows("items")][:2] == ["a/f1.png", "a/fx000.png"]
    assert sum(count for *_, count in told) == 70


def test_fifty_doubles_of_a_series_are_named_and_the_others_counted() -> None:
    tables = series_of([f"a/f{n}.{end}" for n in range(60) for end in ("jpg", "png")], FRAMES)
    told = said(tables, "series.index_duplicate")
    assert len(told) == 51
    assert ("others", "10 more objects of the series are there twice.", 10) in told


def test_fifty_cameras_with_gaps_are_named_and_the_others_counted() -> None:
    match = r"(?P<series>.+)/(?P<camera>c\d+)_(?P<index>\d+)"
    tables = series_of([f"a/c{camera}_{n}.png" for camera in range(60) for n in (1, 2, 4)], match)
    told = said(tables, "series.index_gap")
    assert len(told) == 51
    assert ("others", "10 more cameras and versions of the series have gaps.", 10) in told


def test_a_version_that_is_another_one_in_each_name_costs_no_more_than_others() -> None:
    tables = series_of([f"a_{n}_v{n}.png" for n in range(1_000)], VERSIONS)
    (told,) = [row for row in tables.rows("findings") if row["code"] == "series.version_missing"]
    assert told["message"].endswith(", … (999,000 in all).")
    assert told["value"].startswith("0:v1, 0:v2")
    assert len(told["value"]) < 1_000


def test_a_missing_version_is_said_with_its_image() -> None:
    match = r"(?P<series>\w)_(?P<camera>[lr])_(?P<index>\d+)_(?P<version>\w+)\.png$"
    tables = series_of(["a_l_1_lung.png", "a_l_1_bone.png", "a_r_1_lung.png"], match)
    assert said(tables, "series.version_missing")[0][1] == "Missing versions: bone at 1 of r (1 in all)."


def test_an_image_that_has_no_version_and_is_there_twice() -> None:
    tables = series_of(["a_1.jpg", "a_1.png", "a_1_lung.png"], VERSIONS)
    assert said(tables, "series.index_duplicate") == [("a_1.png", "1 is there twice: a_1.jpg has it as well.", 1)]
    windows = r"(?P<series>\w)(_(?P<version>lung|bone))?\.\w+$"
    tables = series_of(["a.jpg", "a.png", "a_lung.png"], windows)
    assert said(tables, "series.index_duplicate") == [
        ("a.png", "The image without a version is there twice: a.jpg has it as well.", 1)
    ]


def test_numbers_of_nine_hundred_digits_are_compared_whole_and_shown_in_short() -> None:
    keys = [f"a/f{digit * 900}.png" for digit in "139"]
    tables = series_of(keys, FRAMES)
    assert order(tables) == keys
    ((_, words, _),) = said(tables, "series.index_gap")
    assert words.startswith("Missing between 1111111…1111111 (900 digits) and 9999999…9999999 (900 digits): ")
    assert len(words) < 400


def test_digits_of_other_scripts_are_no_number() -> None:
    tables = series_of(["a_\u0661.png", "a_2.png"], VERSIONS)
    assert said(tables, "pattern.bad_index") == [("a_\u0661.png", "The index is no number: \u0661.", 1)]


def test_the_group_may_be_nothing_and_still_is_one() -> None:
    tables = series_of(["_1.png", "_2.png"], r"(?P<series>[a-z]*)_(?P<index>\d+)")
    assert (the_series(tables)["group_key"], order(tables)) == ("", ["_1.png", "_2.png"])


def test_an_index_that_only_some_names_have_is_empty_in_the_others() -> None:
    tables = series_of(["a.png", "a_2.png", "a_3.png"], r"(?P<series>[a-z]+)(_(?P<index>\d+))?\.png$")
    assert order(tables) == ["a_2.png", "a_3.png", "a.png"]
    assert said(tables, "pattern.bad_index") == [("a.png", "The index is empty.", 1)]


def test_the_folders_that_were_joined_are_named() -> None:
    keys = ["case_0.png", *(f"{folder}/case_{n}.png" for n, folder in enumerate("abc", 1))]
    tables = series_of(keys, r"(?:.*/)?(?P<series>[^/]+)_(?P<index>\d+)")
    ((_, words, _),) = said(tables, "pattern.folders_joined")
    assert words == "4 objects of 4 folders are one series: the top, a/, b/, …."


NAME = st.tuples(
    st.sampled_from(["0", "1", "01", "10", "-2"]),
    st.sampled_from(["", "-c1", "-c10", "-c2"]),
    st.sampled_from(["", "~lung", "~bone", "~v10", "~v2"]),
    st.sampled_from(["png", "jpg"]),
)
by_nature = natsort_keygen()


def expected_place(name: tuple[str, str, str, str]) -> tuple[Any, ...]:
    """Return what orders a name by the words of the specification, natural order by natsort."""
    index, camera, version, _ = name
    rank = ["", "~lung", "~bone"].index(version) if version in ("", "~lung", "~bone") else 3
    return int(index), by_nature(camera[1:]), rank, by_nature(version[1:]), f"a/{''.join(name[:3])}.{name[3]}".encode()


@settings(max_examples=40, deadline=None)
@given(st.lists(NAME, min_size=1, max_size=12, unique=True))
def test_any_names_come_in_the_order_of_number_camera_and_version(names: list[tuple[str, str, str, str]]) -> None:
    match = r"(?P<series>a)/(?P<index>-?\d+)(-(?P<camera>c\d+))?(~(?P<version>\w+))?\.\w+$"
    keys = {name: f"a/{''.join(name[:3])}.{name[3]}" for name in names}
    tables = series_of(list(keys.values()), match, versions=["lung", "bone"])
    assert order(tables) == [keys[name] for name in sorted(names, key=expected_place)]
    rows = tables.rows("items")
    assert [row["index"] for row in rows] == list(range(len(names)))
    of_name = {key: name for name, key in keys.items()}
    first: dict[tuple[int, str], int] = {}
    for row in rows:
        index, camera, version, _ = of_name[row["key"]]
        head = first.setdefault((int(index), camera), row["index"]) if version else row["index"]
        assert row["of_index"] == (None if head == row["index"] else head)
