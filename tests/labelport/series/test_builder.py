"""The builder: first come, first served; and incremental equals from nothing."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelport.series import building
from labelport.series.builder import SeriesIdTaken, rebuilt
from labelport.series.grouping import Grouper
from labelport.tables import STATUSES
from tests.labelport.series.made import MemoryTables, Row, applied, built, grouper, media_row, media_tables

FRAMES = {"rule": "pattern", "match": r"(?P<series>.+)/f(?P<index>\d+)\.(png|jpg)$"}
WINDOWS = {
    "rule": "pattern",
    "match": r"(?P<series>.+)_(?P<version>lung|bone)(?P<index>\w)?\.png$",
    "versions": ["lung", "bone"],
}
SINGLE = {"rule": "single"}
VIDEO = {"rule": "video"}

TABLES = ("series", "items", "claims", "findings")


def same(one: MemoryTables, two: MemoryTables) -> None:
    for table in TABLES:
        assert one.rows(table) == two.rows(table), table


def claimed_by(tables: MemoryTables) -> dict[str, str]:
    return {row["key"]: row["rule"] for row in tables.rows("claims")}


def codes(tables: MemoryTables) -> list[tuple[str, str]]:
    return [(row["code"], row["pointer"]) for row in tables.rows("findings")]


def test_the_first_rule_that_gives_a_key_claims_the_object() -> None:
    media = [media_row("a/f1.png"), media_row("a/x.png"), media_row("a/c.mp4", "video")]
    tables = built(media, grouper(FRAMES, VIDEO, SINGLE))
    assert claimed_by(tables) == {"a/f1.png": "0:pattern", "a/x.png": "2:single", "a/c.mp4": "1:video"}
    tables = built(media, grouper(SINGLE, FRAMES, VIDEO))
    assert set(claimed_by(tables).values()) == {"0:single"}


def test_objects_with_a_fault_get_no_key_and_damaged_ones_a_flag() -> None:
    media = [media_row(f"{status}.png", status=status) for status in STATUSES]
    tables = built(media, grouper(SINGLE))
    flags = {row["group_key"]: row["flags"] for row in tables.rows("series")}
    assert flags == {"ok.png": [], "partial.png": ["damaged"], "truncated.png": ["damaged"]}
    counted = {row["value"]: row["count"] for row in tables.rows("findings") if row["code"] == "series.not_usable"}
    assert counted == {status: 1 for status in STATUSES if f"{status}.png" not in flags}


def test_what_no_rule_claims_is_counted_by_kind_and_remembered() -> None:
    media = [media_row("a.png"), media_row("b.wav", "audio"), media_row("c.wav", "audio")]
    tables = built(media, grouper(VIDEO))
    assert tables.rows("series") == []
    counted = {row["value"]: row["count"] for row in tables.rows("findings") if row["code"] == "series.ungrouped"}
    assert counted == {"image": 1, "audio": 2}
    with rebuilt(media_tables(media), tables, grouper(VIDEO)) as again:
        assert (again.changes.added, again.changes.changed, again.groups_built) == (0, 0, 0)


@pytest.mark.parametrize(
    ("where", "taken"),
    [
        ({"kind": "image"}, ["a/1.jpg", "a/b/2.png", "c.png"]),
        ({"kind": ["video", "image"], "format": "png"}, ["a/1.jpg", "a/b/2.png", "c.png"]),
        ({"key": "a/*"}, ["a/1.jpg", "a/d.mp4"]),
        ({"key": ["a/**"], "kind": "video"}, ["a/d.mp4"]),
    ],
)
def test_where_keeps_a_rule_from_everything_else(where: Mapping[str, Any], taken: list[str]) -> None:
    media = [media_row("a/1.jpg"), media_row("a/b/2.png"), media_row("c.png"), media_row("a/d.mp4", "video")]
    tables = built(media, grouper({"rule": "single", "where": where}))
    assert sorted(key for key, rule in claimed_by(tables).items() if rule) == taken


def test_two_rules_that_make_one_series_are_refused_with_the_remedy() -> None:
    rules = grouper(FRAMES, {"rule": "pattern", "match": r"(?P<series>.+)/g(?P<index>\d+)\.png$"})
    with pytest.raises(SeriesIdTaken, match="two groups make the series pattern-"):
        built([media_row("a/f1.png"), media_row("a/g1.png")], rules)
    tables = built([media_row("a/f1.png")], rules)
    with pytest.raises(SeriesIdTaken, match="make one rule of them"):
        built([media_row("a/f1.png"), media_row("a/g1.png")], rules, tables)


def test_only_groups_that_something_touched_are_built() -> None:
    rules = grouper(FRAMES, SINGLE)
    media = [media_row(f"{case}/f{n}.png") for case in "abc" for n in range(3)] + [media_row("x.png")]
    before = built(media, rules)
    media[0] = media_row("a/f0.png", token="t2")
    del media[-1]
    with rebuilt(media_tables(media), before, rules) as result:
        assert (result.groups_built, result.groups_kept, result.groups_removed) == (1, 2, 1)
        assert (result.changes.added, result.changes.changed, result.changes.deleted) == (0, 1, 1)
        after = applied(before, result)
    same(after, built(media, rules))


def test_a_row_probed_again_builds_nothing_where_the_rule_reads_the_same() -> None:
    rules = grouper(SINGLE)
    before = built([media_row("a.png")], rules)
    with rebuilt(media_tables([media_row("a.png", probe_version="2", fps=3.0)]), before, rules) as result:
        assert (result.changes.changed, result.groups_built, result.groups_kept) == (1, 0, 1)
    with rebuilt(media_tables([media_row("a.png", probe_version="2", width=9)]), before, rules) as result:
        assert result.groups_built == 1


def test_another_order_of_rules_regroups_all_and_builds_what_moved() -> None:
    media = [media_row("a/f1.png"), media_row("a/c.mp4", "video")]
    before = built(media, grouper(FRAMES, VIDEO))
    rules = grouper(FRAMES, SINGLE)
    with rebuilt(media_tables(media), before, rules, everything=True) as result:
        assert (result.groups_built, result.groups_kept, result.groups_removed) == (1, 1, 1)
        after = applied(before, result)
    same(after, built(media, rules))


def test_other_options_of_a_rule_build_all_its_groups() -> None:
    media = [media_row("a/f1.png"), media_row("b/f1.png"), media_row("c.mp4", "video")]
    before = built(media, grouper(FRAMES, VIDEO))
    rules = grouper({**FRAMES, "duplicates": "first"}, VIDEO)
    with rebuilt(media_tables(media), before, rules, everything=True) as result:
        assert (result.groups_built, result.groups_kept) == (2, 1)


def test_another_key_of_the_project_gives_other_ids_and_leaves_none_behind() -> None:
    media = [media_row("a/f1.png")]
    before = built(media, grouper(FRAMES))
    after = built(media, grouper(FRAMES, key=b"k"), before, everything=True)
    same(after, built(media, grouper(FRAMES, key=b"k")))
    assert after.rows("series") != before.rows("series")


def test_a_group_of_too_many_objects_is_built_and_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "LARGE_GROUP", 3)
    tables = built([media_row(f"a/f{n}.png") for n in range(4)], grouper(FRAMES))
    assert codes(tables) == [("series.group_large", "0:pattern:a")]
    assert len(tables.rows("items")) == 4


def test_a_rule_must_build_series_of_the_group_it_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = grouper(VIDEO)
    rule = rules.rules[0].rule
    good = rule.build
    monkeypatch.setattr(rule, "build", lambda key, rows, context: good("other", rows, context))
    with pytest.raises(ValueError, match="for the group"):
        built([media_row("a.mp4", "video")], rules)


# --- incremental == from nothing, over any history

STEMS = ["a", "a_seg", "a_lung", "a_bone", "a_bonex", "a/f1", "a/f01", "a/f2", "a/f10", "b/f7", "b/a", "z"]
EXTENSIONS = [".png", ".jpg", ".nii", ".nii.gz", ".hdr", ".img", ".mp4"]
KINDS = ["image", "image", "video", "nifti", "audio", "unknown"]
AFFINE = [float(n) for n in range(16)]


def probed(draw: st.DrawFn, row: Row) -> Row:
    """Return a row whose token says its content, as that of a bucket does; another probe may read it otherwise."""
    version = draw(st.sampled_from(["1", "2"]))
    width = row["width"] if version == "1" or row["width"] is None else row["width"] * 2
    return {**row, "token": repr(sorted(row.items())), "width": width, "probe_version": version}


@st.composite
def objects(draw: st.DrawFn, key: str) -> Row:
    kind = draw(st.sampled_from(KINDS))
    more: dict[str, Any] = {}
    if kind == "nifti":
        more["nifti"] = {
            "dims": draw(st.sampled_from([[4, 4, 4], [4, 4, 1], [4, 4, 4, 2]])),
            "dtype": draw(st.sampled_from(["int16", "float32"])),
            "affine": AFFINE,
            "pair": key.endswith(".hdr"),
        }
    if kind == "video":
        more["video"] = {"codec": "h264", "variable_rate": draw(st.booleans())}
    row = media_row(
        key,
        kind,
        status=draw(st.sampled_from(["ok", "ok", "truncated", "empty"])) if kind != "unknown" else "not_media",
        width=draw(st.sampled_from([None, 8, 9])),
        phi_risk=draw(st.sampled_from([None, "none", "high"])),
        **more,
    )
    return probed(draw, row)


KEYS = st.builds(lambda stem, extension: stem + extension, st.sampled_from(STEMS), st.sampled_from(EXTENSIONS))
VOLUMES = st.sampled_from(["a.nii.gz", "a_seg.nii.gz", "a_seg.nii", "a_seg_mask.nii", "b.hdr", "b.img"])


def steps_of(keys: st.SearchStrategy[str]) -> st.SearchStrategy[list[dict[str, bool]]]:
    """Keys that are put (true) or removed (false), step by step."""
    return st.lists(st.dictionaries(keys, st.booleans(), min_size=1, max_size=8), min_size=1, max_size=5)


RULES = [
    (FRAMES, WINDOWS, VIDEO, SINGLE),
    (VIDEO, WINDOWS, FRAMES),
    ({**FRAMES, "duplicates": "first", "where": {"key": "a/*"}}, {"rule": "single", "label_of": "none"}),
    (SINGLE,),
]


@pytest.mark.slow
@settings(max_examples=24, deadline=None)
@given(st.data(), steps_of(KEYS))
def test_incremental_equals_full_after_any_history(data: st.DataObject, steps: list[dict[str, bool]]) -> None:
    live_through(data, steps, RULES, objects)


@pytest.mark.slow
@settings(max_examples=24, deadline=None)
@given(st.data(), steps_of(VOLUMES))
def test_so_it_does_where_groups_refer_to_objects_of_others(data: st.DataObject, steps: list[dict[str, bool]]) -> None:
    live_through(data, steps, [(SINGLE,)], volumes)


@st.composite
def volumes(draw: st.DrawFn, key: str) -> Row:
    """Volumes that fit as labels more often than not."""
    if key.endswith(".img"):
        return media_row(key, "unknown", status="not_media")
    dtype = draw(st.sampled_from(["int16", "int16", "float32"]))
    status = draw(st.sampled_from(["ok", "ok", "empty"]))
    header = {"dims": [4, 4, 4], "dtype": dtype, "affine": AFFINE, "pair": key.endswith(".hdr")}
    return probed(draw, media_row(key, "nifti", status=status, nifti=header))


@st.composite
def slices(draw: st.DrawFn, key: str) -> Row:
    """Slices of two studies and of none, some with one UID, some at one position."""
    header = {
        "study_uid": draw(st.sampled_from(["1.1", "1.2", None])),
        "series_uid": draw(st.sampled_from(["2.1", "2.2"])),
        "sop_uid": draw(st.sampled_from(["3.1", f"3.{len(key)}.{ord(key[0])}"])),
        "sop_class": "1.2.840.10008.5.1.4.1.1.2",
        "modality": "CT",
        "rows": 8,
        "columns": 8,
        "instance_number": draw(st.integers(1, 3)),
        "ipp": [0.0, 0.0, draw(st.sampled_from([0.0, 1.0, 2.0, 5.0]))],
        "iop": [1.0, 0.0, 0.0, 0.0, 1.0, 0.0],
        "pixel_spacing": [1.0, 1.0],
    }
    return probed(draw, media_row(key, "dicom", dicom=header))


@pytest.mark.slow
@settings(max_examples=18, deadline=None)
@given(st.data(), steps_of(st.sampled_from(["a/1", "a/2", "a/3", "b/1", "b/2", "c"])))
def test_so_it_does_for_slices_of_studies(data: st.DataObject, steps: list[dict[str, bool]]) -> None:
    live_through(data, steps, [({"rule": "dicom"}, SINGLE)], slices)


def live_through(
    data: st.DataObject,
    steps: list[dict[str, bool]],
    choices: Sequence[tuple[Mapping[str, Any], ...]],
    made: Callable[[str], st.SearchStrategy[Row]],
) -> None:
    rows: dict[str, Row] = {}
    tables: MemoryTables | None = None
    rules: Grouper = grouper(*data.draw(st.sampled_from(choices)))
    for step in steps:
        for key, is_put in step.items():
            if is_put:
                rows[key] = data.draw(made(key))
            else:
                rows.pop(key, None)
        everything = data.draw(st.integers(0, 4)) == 0
        if everything:
            rules = grouper(*data.draw(st.sampled_from(choices)))
        try:
            full = built(list(rows.values()), rules)
        except SeriesIdTaken:
            with pytest.raises(SeriesIdTaken):
                built(list(rows.values()), rules, tables, everything=everything)
            return
        tables = built(list(rows.values()), rules, tables, everything=everything)
        same(tables, full)
        assert_invariants(tables)


def assert_invariants(tables: MemoryTables) -> None:
    claimed = [row["key"] for row in tables.rows("items") if row["role"] in ("image", "audio", "video")]
    assert len(claimed) == len(set(claimed))
    by_role: dict[tuple[str, str], list[int]] = {}
    for row in tables.rows("items"):
        by_role.setdefault((row["series_id"], row["role"]), []).append(row["index"])
    assert all(numbers == list(range(len(numbers))) for numbers in by_role.values())
    for row in tables.rows("series"):
        assert row["items"] == sum(
            len(by_role.get((row["series_id"], role), ())) for role in ("image", "audio", "video")
        )


@settings(max_examples=14, deadline=None)
@given(st.permutations(["a/f3.png", "a/f1.png", "a/f2.png", "b.mp4", "c.png"]))
def test_the_order_of_input_does_not_matter(keys: list[str]) -> None:
    rules = grouper(FRAMES, VIDEO, SINGLE)

    def kind(key: str) -> str:
        return "video" if key.endswith(".mp4") else "image"

    same(
        built([media_row(key, kind(key)) for key in keys], rules),
        built([media_row(k, kind(k)) for k in sorted(keys)], rules),
    )


def test_groups_come_whole_though_their_members_lie_apart() -> None:
    media = [media_row(f"{n:03d}/{case}.png") for n in range(40) for case in "ab"]
    rules = grouper({"rule": "pattern", "match": r"(?P<index>\d+)/(?P<series>\w)\.png$"})
    tables = built(media, rules)
    assert [
        (row["group_key"], row["items"]) for row in sorted(tables.rows("series"), key=lambda r: str(r["group_key"]))
    ] == [
        ("a", 40),
        ("b", 40),
    ]


def test_tables_have_no_row_of_a_bucket_that_was_emptied() -> None:
    rules = grouper(FRAMES, SINGLE)
    before = built([media_row("a/f1.png"), media_row("x.png")], rules)
    after = built([], rules, before)
    assert [after.rows(table) for table in ("series", "items", "claims")] == [[], [], []]
    assert isinstance(after.tables["series"], pa.Table)
