"""Incremental equals from nothing, over any history of objects and of the user's own tables."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labelport.series.builder import SeriesIdTaken
from labelport.series.grouping import Grouper
from tests.labelport.series.made import MemoryTables, Row, built, grouper, media_row
from tests.labelport.series.test_builder import assert_invariants, same

KEYS = [
    *(f"{folder}{name}" for folder in ("rec/", "pics/rec/", "") for name in ("a.wav", "a.png", "a.jpg", "b.png")),
    *("rec/a.mp3", "rec/a.wav.png", "rec/b.mp4", "pics/a.png", "rec/f1.png", "rec/f2.png", "c.mp4", "x.txt"),
]

SINGLE = {"rule": "single"}
VIDEO = {"rule": "video"}
FRAMES = {"rule": "pattern", "match": r"(?P<series>.+)/f(?P<index>\d+)\.png$"}
BESIDE = {"rule": "audio_image"}
BELOW = {"rule": "audio_image", "images": "pics", "recordings": ["audio", "video"]}
BY_STEM = {"rule": "audio_image", "images": "pics/", "by": "stem"}
BY_TABLE = {"rule": "audio_image", "table": {"path": "pairs.csv"}}
TABLE = {"rule": "table", "path": "table.csv"}

RULES = [
    (BESIDE, SINGLE),
    (BELOW, FRAMES, VIDEO),
    (FRAMES, BY_STEM, {"rule": "video", "audio": True}, SINGLE),
    (BY_TABLE, SINGLE),
    (TABLE, BESIDE, SINGLE),
    (BESIDE, TABLE),
    ({**BESIDE, "where": {"key": "rec/*"}}, {**BY_TABLE, "where": {"key": "*"}}, TABLE, VIDEO),
]
METADATA = [
    None,
    {"path": "values.csv", "label": "target", "columns": {"site": "notes", "age": "client_metadata"}},
    {"path": "values.csv", "keyframes": "frames", "columns": {"vector": "embedding"}},
    {"path": "values.csv", "key": "series", "label": "target", "keyframes": "frames", "columns": {"site": "notes"}},
]


@st.composite
def objects(draw: st.DrawFn, key: str) -> Row:
    """An object whose token says its content; another version of the probe may read it otherwise."""
    kind = {"wav": "audio", "mp3": "audio", "mp4": "video", "txt": "text"}.get(key.rpartition(".")[2], "image")
    row = media_row(
        key,
        draw(st.sampled_from([kind, kind, kind, "image"])),
        status=draw(st.sampled_from(["ok", "ok", "ok", "truncated", "empty"])),
        width=draw(st.sampled_from([8, 9])),
        frames=draw(st.sampled_from([None, 1, 5])),
        frames_exact=draw(st.booleans()),
        channels=draw(st.sampled_from([None, 2])),
    )
    version = draw(st.sampled_from(["1", "2"]))
    return {
        **row,
        "token": repr(sorted(row.items())),
        "frames": row["frames"] if version == "1" else 3,
        "probe_version": version,
    }


def some(*values: Any) -> st.SearchStrategy[str]:
    return st.sampled_from(["", *map(str, values)])


Cells = tuple[str, ...]
OF_TABLES = ["rec/a.png", "rec/b.png", "a.png", "rec/a.wav", "c.mp4"]
"""Few, so that rows of tables meet objects."""

COLUMNS: dict[str, dict[str, st.SearchStrategy[str]]] = {
    "table.csv": {
        "key": some(*OF_TABLES, "nowhere.png"),
        "series": some("s", "s", "t"),
        "index": some("", "", 0, 1, "x"),
        "frame": some("", "", 0, 4),
        "role": some("", "context", "label"),
        "of_index": some("", 0, 1),
        "label": some("yes", "no", "perhaps"),
        "notes": some("n"),
    },
    "pairs.csv": {"recording": some("rec/a.wav", "a.wav", "rec/a.mp3"), "image": some(*OF_TABLES)},
    "values.csv": {
        "key": some(*OF_TABLES),
        "series": some("s", "rec/a", "a", "table-xsggrs2ihkfgyddxzl6vohrwre"),
        "target": some("true", "false", "perhaps"),
        "site": some("north", "south"),
        "age": some(1, 2),
        "frames": some("[0]", json.dumps([0, 4]), "[9]", "x"),
        "vector": some("[1]", json.dumps([1, 2]), "[]"),
    },
}
ROWS = {name: st.tuples(*columns.values()) for name, columns in COLUMNS.items()}
TABLES = {name: st.lists(row, max_size=10) for name, row in ROWS.items()}
FULL = {name: st.lists(row, min_size=6, max_size=10) for name, row in ROWS.items()}


def csv_of(name: str, rows: list[Cells]) -> str:
    lines = [tuple(COLUMNS[name]), *rows]
    return "".join(",".join(f'"{cell}"' if "," in cell else cell for cell in row) + "\n" for row in lines)


def edited(draw: Callable[..., Any], name: str, rows: list[Cells]) -> list[Cells]:
    """Return a table with a row more or less, or with one other cell: most of it stays."""
    if not rows or draw(st.booleans()):
        place = draw(st.integers(0, len(rows)))
        return [*rows[:place], draw(ROWS[name]), *rows[place + draw(st.integers(0, 1)) :]]
    place, column = draw(st.integers(0, len(rows) - 1)), draw(st.integers(0, len(COLUMNS[name]) - 1))
    row = list(rows[place])
    row[column] = draw(list(COLUMNS[name].values())[column])
    return [*rows[:place], tuple(row), *rows[place + 1 :]]


PUTS = st.dictionaries(st.sampled_from(KEYS), st.just(True), min_size=8)
CHANGES: st.SearchStrategy[dict[str, bool]] = st.just({}) | st.dictionaries(
    st.sampled_from(KEYS), st.booleans(), max_size=3
)
STEPS = st.builds(lambda first, more: [first, *more], PUTS, st.lists(CHANGES, min_size=1, max_size=6))


@pytest.mark.slow
@settings(max_examples=14, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data(), STEPS)
def test_incremental_equals_full_whatever_becomes_of_objects_and_tables(
    data: st.DataObject, steps: list[dict[str, bool]]
) -> None:
    rows: dict[str, Row] = {}
    tables: MemoryTables | None = None
    lists: dict[str, list[Cells]] = {name: data.draw(made) for name, made in TABLES.items()}
    rules, metadata = data.draw(st.sampled_from(RULES)), data.draw(st.sampled_from(METADATA))

    def made() -> Grouper:
        files = {name: csv_of(name, cells) for name, cells in lists.items()}
        return grouper(*rules, files=files, metadata=metadata, media=list(rows.values()))

    for step in steps:
        for key, is_put in step.items():
            if is_put:
                rows[key] = data.draw(objects(key))
            else:
                rows.pop(key, None)
        name = data.draw(st.sampled_from([None, *TABLES]))
        if name is not None:
            lists[name] = edited(data.draw, name, lists[name])
        everything = name is not None
        if data.draw(st.integers(0, 9)) == 0:
            rules, metadata = data.draw(st.sampled_from(RULES)), data.draw(st.sampled_from(METADATA))
            everything = True
        given = list(rows.values())
        try:
            full = built(given, made())
        except SeriesIdTaken:
            with pytest.raises(SeriesIdTaken):
                built(given, made(), tables, everything=everything)
            return
        tables = built(given, made(), tables, everything=everything)
        same(tables, full)
        if not any(rule["rule"] == "table" for rule in rules):
            assert_invariants(tables)


@pytest.mark.slow
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data(), st.sampled_from([rules for rules in RULES if rules[0] in (TABLE, BY_TABLE)]))
def test_so_it_does_where_tables_alone_are_edited(data: st.DataObject, rules: tuple[dict[str, Any], ...]) -> None:
    rows = [plain_row(key) for key in [*OF_TABLES, "rec/a.mp3", "a.wav"]]
    lists: dict[str, list[Cells]] = {name: data.draw(made) for name, made in FULL.items()}
    metadata = data.draw(st.sampled_from([METADATA[1], METADATA[3]]))
    tables: MemoryTables | None = None
    for _ in range(8):
        name = data.draw(st.sampled_from(list(TABLES)))
        lists[name] = edited(data.draw, name, lists[name])
        files = {name: csv_of(name, cells) for name, cells in lists.items()}
        made = grouper(*rules, files=files, metadata=metadata, media=rows)
        full, tables = built(rows, made), built(rows, made, tables, everything=tables is not None)
        same(tables, full)


def plain_row(key: str) -> Row:
    kind = {"wav": "audio", "mp3": "audio", "mp4": "video", "txt": "text"}.get(key.rpartition(".")[2], "image")
    return media_row(key, kind, channels=1, frames=5)


@pytest.mark.slow
@settings(max_examples=8, deadline=None)
@given(st.permutations(KEYS), st.sampled_from(RULES), st.data())
def test_equal_objects_in_any_order_are_equal_series(
    keys: list[str], rules: tuple[Any, ...], data: st.DataObject
) -> None:
    files = {name: csv_of(name, data.draw(made)) for name, made in TABLES.items()}
    metadata = data.draw(st.sampled_from(METADATA))

    def of(order: list[str]) -> MemoryTables:
        rows = [plain_row(key) for key in order]
        return built(rows, grouper(*rules, files=files, metadata=metadata, media=rows))

    same(of(keys), of(sorted(keys)))


def test_what_was_said_of_a_value_goes_with_the_value() -> None:
    rows = [plain_row(key) for key in ["rec/a.png", "rec/a.wav", "rec/a.mp3"]]
    metadata = {"path": "values.csv", "key": "series", "keyframes": "frames", "columns": {}}

    def run(value: str, tables: MemoryTables | None) -> MemoryTables:
        values = f'series,frames\nrec/a,"{value}"\n'
        files = {"values.csv": values, "pairs.csv": csv_of("pairs.csv", [("", "")])}
        made = grouper(BY_TABLE, {"rule": "single"}, files=files, metadata=metadata, media=rows)
        return built(rows, made, tables, everything=tables is not None)

    def codes(tables: MemoryTables) -> set[str]:
        return {row["code"] for row in tables.rows("findings")}

    first = run("[0, 4]", None)
    assert "metadata.keyframe_range" in codes(first)
    assert "metadata.keyframe_range" not in codes(run("", first))
