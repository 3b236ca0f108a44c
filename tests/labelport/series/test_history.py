"""Incremental equals from nothing, over any history of objects and of the user's own tables."""

import json
from collections.abc import Mapping
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
GROUPS = ["rec/a", "rec/b", "rec/", "a", "s", "t", "c.mp4"]

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


def csv_of(columns: Mapping[str, st.SearchStrategy[str]]) -> st.SearchStrategy[str]:
    """Tables of these columns; cells hold no delimiter but within JSON, which is quoted."""

    def lines(rows: list[tuple[str, ...]]) -> str:
        cells = [[f'"{cell}"' if "," in cell else cell for cell in row] for row in rows]
        return "\n".join([",".join(columns), *(",".join(row) for row in cells)]) + "\n"

    return st.lists(st.tuples(*columns.values()), max_size=8).map(lines)


TABLES = {
    "table.csv": csv_of(
        {
            "key": some(*KEYS, "nowhere.png"),
            "series": some(*GROUPS),
            "index": some(0, 1, 2, "x"),
            "frame": some(0, 4),
            "role": some("context", "label", "audio"),
            "of_index": some(0, 1),
            "label": some("yes", "no", "perhaps"),
            "notes": some("n"),
        }
    ),
    "pairs.csv": csv_of({"recording": some(*KEYS), "image": some(*KEYS)}),
    "values.csv": csv_of(
        {
            "key": some(*KEYS),
            "series": some(*GROUPS, "table-xsggrs2ihkfgyddxzl6vohrwre"),
            "target": some("true", "false", "perhaps"),
            "site": some("north", "south"),
            "age": some(1, 2),
            "frames": some("[0]", json.dumps([0, 4]), "[9]", "x"),
            "vector": some("[1]", json.dumps([1, 2]), "[]"),
        }
    ),
}
PUTS = st.dictionaries(st.sampled_from(KEYS), st.just(True), min_size=8)
CHANGES = st.just({}) | st.dictionaries(st.sampled_from(KEYS), st.booleans(), max_size=3)
STEPS = st.builds(lambda first, more: [first, *more], PUTS, st.lists(CHANGES, min_size=1, max_size=6))


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data(), STEPS)
def test_incremental_equals_full_whatever_becomes_of_objects_and_tables(
    data: st.DataObject, steps: list[dict[str, bool]]
) -> None:
    rows: dict[str, Row] = {}
    tables: MemoryTables | None = None
    files: dict[str, str] = {name: data.draw(made) for name, made in TABLES.items()}
    rules, metadata = data.draw(st.sampled_from(RULES)), data.draw(st.sampled_from(METADATA))

    def made() -> Grouper:
        return grouper(*rules, files=files, metadata=metadata, media=list(rows.values()))

    for step in steps:
        for key, is_put in step.items():
            if is_put:
                rows[key] = data.draw(objects(key))
            else:
                rows.pop(key, None)
        edited = data.draw(st.sampled_from([None, None, *TABLES]))
        if edited is not None:
            files[edited] = data.draw(TABLES[edited])
        everything = edited is not None
        if data.draw(st.integers(0, 5)) == 0:
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
