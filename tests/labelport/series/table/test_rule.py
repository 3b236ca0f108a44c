"""Series as a table lists them: order, roles, frames, and every fault with its line and column."""

import io
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from labelport.errors import SettingsError
from labelport.privacy import series_id
from labelport.series import table_findings
from labelport.series.builder import rebuilt
from labelport.series.table import TableOptions
from tests.labelport.series.made import MemoryTables, Row, applied, built, grouper, media_row, media_tables

RULE = {"rule": "table", "path": "t.csv"}
IMAGES = [media_row(f"{name}.png") for name in "abcd"]


def listed(table: str | bytes, media: Sequence[Row] = IMAGES, *more: dict[str, Any], **options: Any) -> MemoryTables:
    return built(media, grouper({**RULE, **options}, *more, files={"t.csv": table}))


def items(tables: MemoryTables, *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in ("index", "role", "key", *columns)) for row in tables.rows("items")]


def found(tables: MemoryTables) -> list[tuple[str, str]]:
    return [(row["code"], row["pointer"]) for row in tables.rows("findings") if row["code"].startswith("table.")]


def test_rows_in_the_order_of_the_table_are_a_series() -> None:
    tables = listed("key,series\nc.png,s\na.png,s\nb.png,t\n")
    assert items(tables) == [(0, "image", "c.png"), (1, "image", "a.png"), (0, "image", "b.png")]
    rows = {row["group_key"]: row for row in tables.rows("series")}
    assert (rows["s"]["kind"], rows["s"]["order_basis"], rows["s"]["items"]) == ("table", "table", 2)
    assert rows["s"]["series_id"] == series_id(dataset="us", rule="table", group_key="s")
    assert found(tables) == []


def test_an_index_orders_and_its_gaps_and_doubles_are_told() -> None:
    tables = listed("key,series,index\nc.png,s,10\na.png,s,2\nb.png,s,2\nd.png,s,3\n")
    assert [row["key"] for row in tables.rows("items")] == ["a.png", "b.png", "d.png", "c.png"]
    (row,) = tables.rows("series")
    assert (row["order_basis"], row["flags"]) == ("index", ["index_duplicate", "index_gap"])
    said = {one["code"]: (one["file"], one["value"]) for one in tables.rows("findings")}
    assert said == {"series.index_gap": ("", "4-9"), "series.index_duplicate": ("b.png", "2")}


def test_cameras_and_versions_share_a_number_without_a_finding() -> None:
    lines = [
        "key,series,index,camera,version",
        "a.png,s,0,left,",
        "b.png,s,0,right,",
        "c.png,s,1,,lung",
        "d.png,s,1,,bone",
    ]
    tables = listed("\n".join(lines))
    assert items(tables, "channel", "version", "of_index") == [
        (0, "image", "a.png", "left", None, None),
        (1, "image", "b.png", "right", None, None),
        (2, "image", "c.png", None, "lung", None),
        (3, "image", "d.png", None, "bone", 2),
    ]
    assert not any(row["code"] == "series.index_duplicate" for row in tables.rows("findings"))


def test_context_and_labels_claim_nothing_and_name_their_item() -> None:
    table = "key,series,index,role,of_index\na.png,s,5,,\nb.png,s,9,,\nc.png,s,,context,9\nd.png,s,1,label,5\nc.png,t,,context,\n"
    tables = listed(table, IMAGES, {"rule": "single"})
    mine = [row for row in tables.rows("items") if row["series_id"].startswith("table-")]
    assert [(row["index"], row["role"], row["key"], row["of_index"], row["label_this"]) for row in mine] == [
        (0, "context", "c.png", 1, False),
        (0, "image", "a.png", None, True),
        (0, "label", "d.png", 0, False),
        (1, "image", "b.png", None, True),
    ]
    claims = {row["key"]: row["rule"] for row in tables.rows("claims")}
    assert claims == {"a.png": "0:table", "b.png": "0:table", "c.png": "1:single", "d.png": "1:single"}
    assert found(tables) == [("table.no_item", "6:2")]


def test_without_an_index_of_index_is_the_place() -> None:
    tables = listed("key,series,role,of_index\nb.png,s,,\na.png,s,,0\nc.png,s,context,1\n")
    assert items(tables, "of_index") == [
        (0, "context", "c.png", 1),
        (0, "image", "b.png", None),
        (1, "image", "a.png", 0),
    ]


def test_that_place_stays_when_an_object_before_it_is_not_there() -> None:
    tables = listed(
        "key,series,role,of_index\nno.png,s,,\nb.png,s,,\na.png,s,,\nc.png,s,context,1\nd.png,s,context,0\n"
    )
    assert items(tables, "of_index")[0] == (0, "context", "c.png", 0)
    assert found(tables) == [("table.key_absent", "2:1"), ("table.of_index", "6:4")]


def test_frames_of_one_video_are_a_series_of_frames_with_the_video_as_parent() -> None:
    clip = media_row("v.mp4", "video", frames=10, frames_exact=True)
    tables = listed("key,series,frame\nv.mp4,s,7\nv.mp4,s,2\n", [clip])
    assert items(tables, "frame") == [(0, "video", "v.mp4", 7), (1, "video", "v.mp4", 2)]
    (row,) = tables.rows("series")
    parent = series_id(dataset="us", rule="video", group_key="v.mp4")
    assert (row["kind"], row["parent_id"], row["items"]) == ("frames", parent, 2)
    mixed = listed("key,series,frame\nv.mp4,s,7\na.png,s,\n", [clip, *IMAGES]).rows("series")
    assert [(row["kind"], row["parent_id"]) for row in mixed] == [("table", None)]


@pytest.mark.parametrize(
    ("media", "frame", "is_told"),
    [
        ({"frames": 5, "frames_exact": True}, 5, True),
        ({"frames": 5, "frames_exact": None}, 5, True),
        ({"frames": 5, "frames_exact": True}, 4, False),
        ({"frames": 5, "frames_exact": False}, 5, False),
        ({"frames": None}, 99, False),
        ({"frames": None}, -1, True),
    ],
)
def test_frames_are_judged_against_what_is_known_for_sure(media: dict[str, Any], frame: int, is_told: bool) -> None:
    tables = listed(f"key,series,frame\nv,s,{frame}\n", [media_row("v", "dicom", **media)])
    assert found(tables) == ([("table.frame_range", "2:3")] if is_told else [])
    assert len(tables.rows("items")) == (0 if is_told else 1)


def test_labels_notes_and_further_columns_go_to_the_items() -> None:
    table = "key,series,label,notes,Operator,empty\na.png,s,YES,first,kim,\nb.png,s,0,,,\nc.png,s,,,,\n"
    tables = listed(table)
    assert [(row["label_this"], row["notes"]) for row in tables.rows("items")] == [
        (True, [("Operator", "kim"), ("notes", "first")]),
        (False, []),
        (True, []),
    ]


def test_columns_may_be_called_otherwise_and_in_any_case() -> None:
    table = "File;CLIP_ID;Shot\na.png;s;2\nb.png;s;1\n"
    tables = listed(table, columns={"key": "file", "series": "clip_id", "index": "shot"})
    assert [row["key"] for row in tables.rows("items")] == ["b.png", "a.png"]
    with pytest.raises(ValidationError, match="columns"):
        TableOptions(path="t.csv", columns={"clip": "x"})


def test_parquet_is_a_table_too_with_rows_and_names_as_places() -> None:
    body = io.BytesIO()
    columns = {"key": ["a.png", "b.png", "no.png"], "series": [7, 7, 7], "index": [2.0, 1.0, None]}
    pq.write_table(pa.table(columns), body)
    tables = listed(body.getvalue())
    assert [row["key"] for row in tables.rows("items")] == ["b.png", "a.png"]
    assert [row["group_key"] for row in tables.rows("series")] == ["7"]
    assert found(tables) == [("table.key_absent", "3:key")]


@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        ("no.png,s,0,,,,", "table.key_absent", 1),
        ("broken.png,s,0,,,,", "table.not_usable", 1),
        (",s,0,,,,", "table.cell_empty", 1),
        ("b.png,,0,,,,", "table.cell_empty", 2),
        ("b.png,s,one,,,,", "table.bad_index", 3),
        ("b.png,s,,,,,", "table.bad_index", 3),
        ("b.png,s,0,x,,,", "table.bad_value", 4),
        ("b.png,s,0,1,,,", "table.frame_range", 4),
        ("b.png,s,0,,picture,,", "table.bad_value", 5),
        ("b.png,s,0,,,4,", "table.of_index", 6),
        ("b.png,s,0,,,x,", "table.of_index", 6),
        ("b.png,s,0,,,,perhaps", "table.bad_value", 7),
        ("a.png,s,1,,,,", "table.key_double", 1),
        ("a.png,t,1,,,,", "table.key_double", 1),
        ("b.png,s,0,,,", "table.row_length", 1),
    ],
)
def test_each_fault_drops_its_row_and_has_its_place(row: str, code: str, column: int) -> None:
    media = [*(media_row(f"{name}.png", frames=1) for name in "ab"), media_row("broken.png", status="unreadable")]
    tables = listed(f"key,series,index,frame,role,of_index,label\na.png,s,0,,,,\n{row}\n", media)
    assert found(tables) == [(code, f"3:{column}")]
    assert [row["key"] for row in tables.rows("items")] == ["a.png"]


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("no.png", "among those that were read; the row"),
        (" b.png", "mind the blanks around its key; the row"),
        ("/b.png", "keys begin below the bucket's prefix, without a slash; the row"),
        ("im\\b.png", "folders of a key end in /, not in a backslash; the row"),
        ("s3://x/b.png", "keys begin below the bucket's prefix, without a slash; the row"),
    ],
)
def test_what_people_overlook_in_a_key_is_said_and_the_key_is_not(key: str, words: str) -> None:
    tables = listed(f"key,series\na.png,s\n{key},s\n")
    (told,) = [row for row in tables.rows("findings") if row["code"] == "table.key_absent"]
    assert words in told["message"]
    assert "b.png" not in str(told)


def test_members_of_two_sizes_are_told_as_those_of_a_pattern_are() -> None:
    tables = listed("key,series\na.png,s\nb.png,s\n", [media_row("a.png"), media_row("b.png", width=9)])
    (row,) = tables.rows("series")
    assert (row["width"], row["flags"]) == (None, ["mixed_size"])
    assert [(one["code"], one["value"]) for one in tables.rows("findings")] == [("series.mixed_size", "8x6, 9x6")]


def test_the_risk_of_a_series_is_that_of_its_context_too() -> None:
    media = [media_row("a.png", phi_risk="none"), media_row("b.png", phi_risk="high")]
    (row,) = listed("key,series,role\na.png,s,\nb.png,s,context\n", media).rows("series")
    assert row["phi_risk"] == "high"


def test_a_key_may_be_context_anywhere_and_its_own_frames_many_times() -> None:
    table = "key,series,frame,role\nv,s,0,\nv,s,1,\nv,s,1.0,\na.png,s,,\na.png,t,,context\nb.png,t,,\n"
    tables = listed(table, [media_row("v", "video", frames=3), *IMAGES])
    assert found(tables) == [("table.key_double", "4:1")]
    assert len(tables.rows("items")) == 5


def test_an_item_that_goes_takes_those_that_name_it_along() -> None:
    table = "key,series,index,of_index,role\na.png,s,0,,\nb.png,s,1,7,\nc.png,s,2,1,\nd.png,s,,2,context\n"
    tables = listed(table)
    assert items(tables) == [(0, "image", "a.png")]
    assert found(tables) == [("table.of_index", f"{line}:4") for line in (3, 4, 5)]


def test_optional_columns_that_are_not_there_are_told_needed_ones_are_refused() -> None:
    tables = listed("key,series\na.png,s\n", columns={"label": "target"})
    assert found(tables) == [("table.column_absent", "1:target")]
    for header in ("key,clip", "file,series"):
        with pytest.raises(SettingsError, match=r"^series rule 1 \(table\): t.csv has no column"):
            listed(f"{header}\na.png,s\n")


def test_a_column_may_not_be_called_as_joined_values_are() -> None:
    tables = listed("key,series,label:x,notes\na.png,s,1,n\n")
    assert found(tables) == [("table.column_reserved", "1:label:x")]
    assert tables.rows("items")[0]["notes"] == [("notes", "n")]
    tables = listed("key,series,remark,notes\na.png,s,mine,other\n", columns={"notes": "remark"})
    assert found(tables) == [("table.column_reserved", "1:notes")]
    assert tables.rows("items")[0]["notes"] == [("notes", "mine")]


def test_an_absent_table_is_refused_with_rule_and_path() -> None:
    with pytest.raises(SettingsError, match=r"series rule 2 \(table\): there is no file u.csv"):
        grouper({"rule": "single"}, {"rule": "table", "path": "u.csv"}, files={})


def test_objects_that_other_rules_have_are_counted() -> None:
    table = "key,series\na.png,s\nb.png,s\nc.png,s\n"
    where = {"rule": "single", "where": {"key": "a.png"}}
    tables = built(IMAGES, grouper(where, {**RULE, "where": {"key": ["a.png", "b.png"]}}, files={"t.csv": table}))
    assert items(tables)[-1] == (0, "image", "b.png")
    (told,) = [row for row in tables.rows("findings") if row["code"] == "table.not_claimed"]
    assert (told["count"], told["file"], told["severity"]) == (2, "t.csv", "warning")


def test_a_thousand_faults_of_a_kind_have_a_place_the_others_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_findings, "MOST", 3)
    tables = listed("key,series\na.png,s\n" + "no.png,s\n" * 7)
    told = {row["pointer"]: row["count"] for row in tables.rows("findings") if row["code"] == "table.key_double"}
    assert told == {"4:1": 1, "5:1": 1, "6:1": 1, "": 3}


def test_the_table_itself_is_in_no_series() -> None:
    media = [*IMAGES, media_row("t.csv", "text")]
    tables = built(media, grouper(RULE, {"rule": "single"}, files={"t.csv": "key,series\na.png,s\nt.csv,s\n"}))
    assert "t.csv" not in {row["key"] for row in tables.rows("items")}
    assert [row["code"] for row in tables.rows("findings")] == ["table.not_claimed"]


def test_only_series_whose_rows_changed_are_built_again() -> None:
    before = "key,series,site\na.png,s,north\nb.png,s,\nc.png,t,\nd.png,u,\n"
    after = "key,series,site\n\nd.png,u,\na.png,s,north\nb.png,s,south\nc.png,t,\n"
    tables = listed(before)
    rules = grouper(RULE, files={"t.csv": after})
    with rebuilt(media_tables(IMAGES), tables, rules, everything=True) as result:
        assert (result.groups_built, result.groups_kept, result.groups_removed) == (1, 2, 0)
        assert applied(tables, result).rows("items") == listed(after).rows("items")


def test_other_context_builds_its_series_alone() -> None:
    before = "key,series,role\na.png,s,\nb.png,t,\nc.png,s,context\nc.png,t,context\n"
    rules = grouper(RULE, files={"t.csv": before.replace("c.png,s", "d.png,s")})
    with rebuilt(media_tables(IMAGES), listed(before), rules, everything=True) as result:
        assert (result.groups_built, result.groups_kept) == (1, 1)


def test_an_object_that_is_context_builds_its_series_when_it_changes() -> None:
    table = "key,series,role\na.png,s,\nb.png,t,\nc.png,s,context\n"
    rules = grouper(RULE, files={"t.csv": table})
    media = [*IMAGES[:2], media_row("c.png", token="t2"), IMAGES[3]]
    with rebuilt(media_tables(media), listed(table), rules) as result:
        assert (result.groups_built, result.groups_kept) == (1, 1)


def test_a_renamed_column_of_notes_is_another_row() -> None:
    before, after = ("key,series,site\na.png,s,x\n", "key,series,place\na.png,s,x\n")
    tables = listed(before)
    with rebuilt(media_tables(IMAGES), tables, grouper(RULE, files={"t.csv": after}), everything=True) as result:
        assert applied(tables, result).rows("items")[0]["notes"] == [("place", "x")]
