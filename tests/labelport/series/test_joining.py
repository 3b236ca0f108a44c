"""The user's own values: joined by object and by series, judged cell by cell."""

import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from labelport.privacy import series_id
from labelport.series.builder import rebuilt
from labelport.series.notes import joined, of_rule
from tests.labelport.probing.dicom_files import data_set, saved
from tests.labelport.series.dicom_groups import media
from tests.labelport.series.made import MemoryTables, Row, applied, built, grouper, media_row, media_tables

FRAMES = {"rule": "pattern", "match": r"(?P<series>.+)_(?P<index>\d+)\.png$"}
SINGLE = {"rule": "single"}
SLICES = [media_row(f"ct/case7_0{n}.png") for n in range(4)]
CLIP = media_row("v.mp4", "video", frames=20, frames_exact=True)


def values(
    table: str | bytes,
    *rules: Mapping[str, Any],
    media: Sequence[Row] = SLICES,
    files: Mapping[str, str] | None = None,
    **metadata: Any,
) -> MemoryTables:
    given = {"path": "extra.csv", **metadata}
    made = grouper(
        *(rules or (FRAMES,)),
        dataset="stroke",
        files={**(files or {}), "extra.csv": table},
        metadata=given,
        media=media,
    )
    return built(media, made)


def notes(tables: MemoryTables) -> dict[str, dict[str, str]]:
    return {row["key"]: dict(row["notes"]) for row in tables.rows("items")}


def labels(tables: MemoryTables) -> list[bool]:
    return [row["label_this"] for row in tables.rows("items")]


def found(tables: MemoryTables) -> list[tuple[str, str, str]]:
    return [
        (row["code"], row["severity"], row["pointer"])
        for row in tables.rows("findings")
        if row["code"].startswith("metadata.")
    ]


def parquet(**columns: Any) -> bytes:
    body = io.BytesIO()
    pq.write_table(pa.table(columns), body)
    return body.getvalue()


def test_ischemia_one_target() -> None:
    tables = values("key,target\nct/case7_02.png,true\n", key="key", label="target")
    assert [row["series_id"] for row in tables.rows("series")] == ["pattern-tg3tz3x4l3c36btobgbmv2id2q"]
    assert [(row["index"], row["key"], row["label_this"]) for row in tables.rows("items")] == [
        (n, f"ct/case7_0{n}.png", n == 2) for n in range(4)
    ]
    assert notes(tables)["ct/case7_02.png"] == {}


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({}, [True, True, True, True]),
        ({0: "no"}, [False, True, True, True]),
        ({0: "no", 1: "1"}, [False, True, False, False]),
        ({1: "yes", 2: "TRUE"}, [False, True, True, False]),
        ({1: ""}, [True, True, True, True]),
    ],
)
def test_items_without_a_row_are_shown_only_once_their_series_has_a_target(
    cells: dict[int, str], expected: list[bool]
) -> None:
    rows = "".join(f"ct/case7_0{n}.png,{cell}\n" for n, cell in cells.items())
    assert labels(values(f"key,target\n{rows}", label="target")) == expected


def test_targets_of_one_series_say_nothing_of_another() -> None:
    media = [*SLICES[:2], media_row("ct/case8_00.png")]
    assert labels(values("key,t\nct/case7_01.png,1\n", media=media, label="t")) == [False, True, True]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("a/f1.png,true\n", [True, False]),
        ("a/f1.png,true\na/f1.jpg,false\n", [False, True]),
        ("a/f1.png,false\n", [False, True]),
        ("a/f1.png,true\na/f2.png,true\n", [True, True]),
    ],
)
def test_what_is_said_of_a_copy_is_said_of_what_is_shown_in_its_place(rows: str, expected: list[bool]) -> None:
    rule = {"rule": "pattern", "match": r"(?P<series>.+)/f(?P<index>\d+)", "duplicates": "first"}
    media = [media_row(f"a/{name}") for name in ("f1.jpg", "f1.png", "f2.png")]
    tables = values(f"key,t\n{rows}", rule, media=media, label="t")
    assert [row["label_this"] for row in tables.rows("items") if row["role"] == "image"] == expected


def test_a_target_that_is_the_copy_of_a_slice_is_the_slice() -> None:
    files = {name: saved(data_set(int(name[-1]), at=(0, 0, 3 * int(name[-1])))) for name in ("a1", "a2", "a3")}
    rows = media({**files, "copy/b2": files["a2"]}, tokens={"copy/b2": "token a2"}).to_pylist()
    tables = values("key,t\ncopy/b2,true\n", {"rule": "dicom"}, media=rows, label="t")
    shown = [(row["role"], row["key"], row["label_this"]) for row in tables.rows("items")]
    assert sorted(shown) == [
        ("duplicate", "copy/b2", False),
        ("image", "a1", False),
        ("image", "a2", True),
        ("image", "a3", False),
    ]


def test_labels_of_a_rules_table_stay_where_metadata_says_nothing() -> None:
    table = "key,series,label,role\na.png,s,no,\nb.png,s,,\nc.png,s,,context\n"
    media = [media_row(f"{name}.png") for name in "abc"]
    rule = {"rule": "table", "path": "t.csv"}
    for rows, expected in (
        ("", [False, False, True]),
        ("a.png,1\n", [False, True, False]),
        ("c.png,1\n", [False, False, True]),
    ):
        tables = values(f"key,t\n{rows}", rule, media=media, files={"t.csv": table}, label="t")
        assert labels(tables) == expected  # context, a, b


def test_values_of_csv_are_text_by_kind() -> None:
    table = 'Key;Site;age;vector;left out\nct/case7_01.png;north, wing;54;"[0.5, 1]";x\n'
    columns = {"site": "notes", "age": "client_metadata", "vector": "embedding"}
    (said,) = (pairs for pairs in notes(values(table, columns=columns)).values() if pairs)
    assert joined(said, "notes") == {"site": "north, wing"}
    assert joined(said, "client_metadata") == {"age": "54"}
    assert joined(said, "embedding") == {"vector": [0.5, 1.0]}


def test_values_of_parquet_keep_their_types() -> None:
    table = parquet(
        key=["ct/case7_00.png"],
        age=pa.array([54], pa.int32()),
        score=pa.array([0.1], pa.float32()),
        treated=[True],
        tags=[["a", "b"]],
        gap=pa.array([None], pa.float64()),
        nan=[float("nan")],
        vector=pa.array([[0.1, 2.0]], pa.list_(pa.float32(), 2)),
    )
    columns = dict.fromkeys(["age", "score", "treated", "tags", "gap", "nan"], "client_metadata")
    said = notes(values(table, columns={**columns, "vector": "embedding"}))["ct/case7_00.png"]
    assert joined(said, "client_metadata") == {"age": 54, "score": 0.1, "treated": True, "tags": ["a", "b"]}
    assert said["embedding:vector"] == "[0.1,2.0]"


def test_notes_of_a_rules_table_stand_beside_joined_ones() -> None:
    tables = values(
        "key,site\na.png,north\n",
        {"rule": "table", "path": "t.csv"},
        media=[media_row("a.png")],
        files={"t.csv": "key,series,site\na.png,s,mine\n"},
        columns={"site": "notes"},
    )
    (said,) = notes(tables).values()
    assert (of_rule(said), joined(said, "notes")) == ({"site": "mine"}, {"site": "north"})


def test_context_has_the_values_of_its_object_too() -> None:
    media = [media_row("a.wav", "audio"), media_row("a.png")]
    tables = values("key,site\na.png,north\n", {"rule": "audio_image"}, media=media, columns={"site": "notes"})
    assert notes(tables) == {"a.png": {"notes:site": "north"}, "a.wav": {}}


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("[1, 2]", None),
        ("[1e0, -2]", None),
        ("[1]", "metadata.embedding_length"),
        ("[]", "metadata.embedding_invalid"),
        ("[1, NaN]", "metadata.embedding_invalid"),
        ("[1, Infinity]", "metadata.embedding_invalid"),
        ("[1, 1e999]", "metadata.embedding_invalid"),
        ("[1, true]", "metadata.embedding_invalid"),
        ('[1, "2"]', "metadata.embedding_invalid"),
        ("1, 2", "metadata.embedding_invalid"),
        ('{"a": 1}', "metadata.embedding_invalid"),
        ("[" * 60_000, "metadata.embedding_invalid"),
        (json.dumps([1] * 4_097), "metadata.embedding_invalid"),
        (f"[1, {10**400}]", "metadata.embedding_invalid"),
    ],
)
def test_a_vector_is_1_to_4096_finite_numbers_of_one_length(cell: str, code: str | None) -> None:
    quoted = cell.replace('"', '""')
    table = f'key,v\nct/case7_00.png,"[0, 0]"\nct/case7_01.png,"{quoted}"\n'
    tables = values(table, columns={"v": "embedding"})
    assert found(tables) == ([(code, "error", "3:2")] if code else [])
    assert ("embedding:v" in notes(tables)["ct/case7_01.png"]) == (code is None)


@pytest.mark.parametrize(
    ("cell", "frames", "expected"),
    [
        ("[17,13,13]", 20, [13, 17]),
        ("[19]", 20, [19]),
        ("[20]", 20, "metadata.keyframe_range"),
        ("[-1]", None, "metadata.keyframe_range"),
        ("[999]", None, [999]),
        ("[1.0]", 20, [1]),
        ("[1.5]", 20, "metadata.bad_value"),
        ("[true]", 20, "metadata.bad_value"),
        ('["1"]', 20, "metadata.bad_value"),
        ("13-17", 20, "metadata.bad_value"),
    ],
)
def test_key_frames_are_numbers_of_frames_that_are_there(cell: str, frames: int | None, expected: Any) -> None:
    clip = media_row("v.mp4", "video", frames=frames, frames_exact=frames is not None)
    quoted = cell.replace('"', '""')
    tables = values(f'key,k\nv.mp4,"{quoted}"\n', {"rule": "video"}, media=[clip], keyframes="k")
    if isinstance(expected, list):
        assert (joined(notes(tables)["v.mp4"], "keyframes"), found(tables)) == ({"k": expected}, [])
    else:
        assert (notes(tables)["v.mp4"], found(tables)) == ({}, [(expected, "error", "2:2")])


def test_what_is_wrong_with_the_table_has_its_place() -> None:
    table = "key,t,site\nct/case7_00.png,maybe,x\nno.png,1,x\n,1,x\nct/case7_00.png,1,y\nct/case7_01.png,1\n"
    tables = values(table, label="t", columns={"site": "notes", "age": "client_metadata", "sex": "client_metadata"})
    assert found(tables) == [
        ("metadata.column_absent", "error", "1:age"),
        ("metadata.column_absent", "error", "1:sex"),
        ("metadata.bad_value", "error", "2:2"),
        ("metadata.key_absent", "warning", "3:1"),
        ("metadata.bad_value", "error", "4:1"),
        ("metadata.double_key", "warning", "5:1"),
        ("metadata.row_length", "error", "6:1"),
    ]
    assert notes(tables)["ct/case7_00.png"] == {"notes:site": "x"}
    assert labels(tables) == [True] * 4
    assert not any("maybe" in str(row) for row in tables.rows("findings"))


def test_values_join_by_group_key_and_the_id_of_a_series_wins() -> None:
    case8 = series_id(dataset="stroke", rule="pattern", group_key="ct/case8")
    table = f"series,site,age,t\nct/case7,north,1,yes\nct/case8,south,2,no\n{case8},,3,\ngone,x,4,\n"
    media = [*SLICES[:1], media_row("ct/case8_00.png"), media_row("ct/case9_00.png")]
    tables = values(table, media=media, key="series", label="t", columns={"site": "notes", "age": "client_metadata"})
    said = {row["group_key"]: row["metadata"] for row in tables.rows("series")}
    assert joined(said["ct/case8"], "notes") == {"site": "south"}
    assert joined(said["ct/case8"], "client_metadata") == {"age": "3"}
    assert joined(said["ct/case7"], "label") == {"t": True}
    assert said["ct/case9"] == []
    by_key = {row["key"]: row["label_this"] for row in tables.rows("items")}
    assert by_key == {"ct/case7_00.png": True, "ct/case8_00.png": False, "ct/case9_00.png": True}
    assert found(tables) == [("metadata.key_absent", "warning", "5:1")]


@pytest.mark.parametrize(("cell", "is_good"), [("[19]", True), ("[20]", False)])
def test_key_frames_by_series_are_those_of_its_clip_or_of_its_items(cell: str, is_good: bool) -> None:
    tables = values(f"series,k\nv.mp4,{cell}\n", {"rule": "video"}, media=[CLIP], key="series", keyframes="k")
    (row,) = tables.rows("series")
    assert bool(row["metadata"]) == is_good
    assert [one[0] for one in found(tables)] == ([] if is_good else ["metadata.keyframe_range"])
    four = values("series,k\nct/case7,[3]\n", key="series", keyframes="k").rows("series")
    assert joined(four[0]["metadata"], "keyframes") == {"k": [3]}


EDITS = [
    ({"columns": {"v": "notes"}}, "key,v\nct/case7_00.png,1\nct/case8_00.png,1\n"),
    ({"label": "v"}, "key,v\nct/case7_00.png,1\nct/case8_00.png,1\n"),
    ({"key": "series", "columns": {"v": "client_metadata"}}, "series,v\nct/case7,1\nct/case8,1\n"),
    ({"key": "series", "label": "v"}, "series,v\nct/case7,1\nct/case8,1\n"),
    ({"key": "series", "keyframes": "v"}, "series,v\nct/case7,[0]\nct/case8,[0]\n"),
]


@pytest.mark.parametrize(("metadata", "before"), EDITS)
def test_another_row_rejoins_its_own_series_alone(metadata: dict[str, Any], before: str) -> None:
    media = [*SLICES, *(media_row(f"ct/case8_0{n}.png") for n in range(3)), media_row("ct/case9_00.png")]

    def made(table: str) -> Any:
        return grouper(FRAMES, files={"x.csv": table}, metadata={"path": "x.csv", **metadata}, media=media)

    header, one, two = before.splitlines()
    one = one.replace("[0]", "[1]").replace(",1", ",0")
    tables = built(media, made(before))
    for after, count in (
        (before, 0),
        (f"{header}\n\n{two}\n{one}\n", 1),
        (f"{header}\n{two}\n", 1),
        (f"{header}\n", 2),
    ):
        with rebuilt(media_tables(media), tables, made(after), everything=True) as result:
            assert (result.groups_built, result.groups_kept) == (count, 3 - count)
            assert applied(tables, result).rows("items") == built(media, made(after)).rows("items")


@pytest.mark.parametrize("rest", [(), (SINGLE,)])
def test_another_row_of_an_object_rejoins_the_series_that_show_it(rest: tuple[dict[str, Any], ...]) -> None:
    listed = "key,series,role\na.png,s,\nb.png,t,\nc.png,s,context\n"
    media = [media_row(f"{name}.png") for name in "abc"]

    def made(site: str) -> Any:
        files = {"t.csv": listed, "x.csv": f"key,site\nc.png,{site}\n"}
        metadata = {"path": "x.csv", "columns": {"site": "notes"}}
        return grouper({"rule": "table", "path": "t.csv"}, *rest, files=files, metadata=metadata, media=media)

    tables = built(media, made("north"))
    with rebuilt(media_tables(media), tables, made("south"), everything=True) as result:
        assert (result.groups_built, result.groups_kept) == (1 + len(rest), 1)
        assert applied(tables, result).rows("items") == built(media, made("south")).rows("items")


def test_values_that_are_no_longer_joined_go() -> None:
    before = values("series,v\nct/case7,1\n", key="series", columns={"v": "notes"})
    rules = grouper(FRAMES, dataset="stroke")
    with rebuilt(media_tables(SLICES), before, rules, everything=True) as result:
        assert applied(before, result).rows("series")[0]["metadata"] == []


def test_the_table_itself_is_in_no_series() -> None:
    media = [media_row("a.png"), media_row("extra.csv", "text")]
    tables = values("key,v\na.png,1\n", SINGLE, media=media, columns={"v": "notes"})
    assert notes(tables) == {"a.png": {"notes:v": "1"}}
    assert tables.rows("findings") == []
