"""Incremental equals from nothing for studies and volumes, whatever becomes of their objects, and what is always so."""

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labelport.probing.dicom.classes import IMAGES, LINKED
from labelport.series.builder import rebuilt
from labelport.series.dicom import rule as dicom_rule
from labelport.series.grouping import Grouper
from labelport.tables import USABLE
from tests.labelport.series import made as series_made
from tests.labelport.series.dicom_rows import (
    ALL_KEYS,
    CLIP,
    DICOM,
    VOLUMES,
    dicom_row,
    enhanced_row,
    frame,
    plain_study,
    random_object,
    shuffled,
    volume_row,
)
from tests.labelport.series.made import MemoryTables, Row, applied, built, grouper, media_row, media_tables
from tests.labelport.series.test_builder import same

Rules = tuple[Mapping[str, Any], ...]

DICOM_RULE, SINGLE, VIDEO = {"rule": "dicom"}, {"rule": "single"}, {"rule": "video"}
MERGING = {**DICOM_RULE, "merge_per_slice_series": True}
TABLE = {"rule": "table", "path": "table.csv"}
LISTED = "key,series,index,role\na/0,s,0,\na/1,s,1,\nb/0,t,0,\na/v.nii,s,2,\nx.dcm,t,1,context\n"
RULES: list[Rules] = [
    (DICOM_RULE,),
    (MERGING,),
    (DICOM_RULE, VIDEO, SINGLE),
    ({**SINGLE, "where": {"key": "a/*"}}, MERGING),
    (TABLE, DICOM_RULE, SINGLE),
]
SEEDS = st.integers(0, 1 << 30)
"""Of what is made at random: drawn one by one, objects would take longer to draw than to group."""

QUIET = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]


@pytest.fixture(autouse=True)
def _few_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cross batches, but not at every third row: that takes most of the time."""
    monkeypatch.setattr(series_made, "BATCH_ROWS", 8)


def made(rules: Rules, rows: Mapping[str, Row], *, key: bytes | None = None) -> Grouper:
    return grouper(*rules, key=key, files={"table.csv": LISTED}, media=list(rows.values()))


@pytest.mark.slow
@settings(max_examples=10, deadline=None, suppress_health_check=QUIET)
@given(SEEDS, st.sampled_from(RULES), st.sampled_from([None, b"key"]))
def test_incremental_equals_full_whatever_becomes_of_studies_and_volumes(
    seed: int, rules: Rules, key: bytes | None
) -> None:
    """Objects come, go and are overwritten: other headers, other series, other studies, other statuses."""
    rng = random.Random(seed)
    rows: dict[str, Row] = {}
    tables: MemoryTables | None = None
    keys = rng.sample(ALL_KEYS, rng.randint(4, 16))
    kinds = DICOM if rng.random() < 0.5 else rng.sample(DICOM, 3)
    for step in range(4):
        for touched in keys if not step else rng.sample(keys, rng.randint(1, 3)):
            if rng.random() < 0.75:
                rows[touched] = random_object(rng, touched, kinds)
            else:
                rows.pop(touched, None)
        others = step == 2 and rng.random() < 0.3
        if others:
            rules = rng.choice(RULES)
        grouping = made(rules, rows, key=key)
        full = built(sorted(rows.values(), key=lambda row: str(row["key"])), grouping)
        tables = built(shuffled(rows.values(), rng), grouping, tables, everything=others)
        same(tables, full)
        assert_sound(tables, rows)


def assert_sound(tables: MemoryTables, rows: Mapping[str, Row]) -> None:
    """What holds of every set of objects."""
    series = {row["series_id"]: row for row in tables.rows("series")}
    by_role: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for item in tables.rows("items"):
        by_role[item["series_id"], item["role"]].append(item)
    for (name, _), items in by_role.items():
        assert name in series
        assert [item["index"] for item in items] == list(range(len(items)))
    for name, row in series.items():
        members = [item for role in ("image", "audio", "video") for item in by_role[name, role]]
        assert row["items"] == len(members) > 0
        if row["rule"] == "dicom":
            assert_in_order(row, members, rows)
    for found in tables.rows("findings"):
        assert found["series_id"] is None or found["series_id"] in series
    assert_none_lost(tables, rows)


def assert_in_order(row: Row, members: Sequence[Row], rows: Mapping[str, Row]) -> None:
    """Time-major, positions ascending within a time point, and as many as the axes say."""
    times = [item["time_index"] for item in members]
    if None not in times:
        assert times == sorted(times)
    places: dict[int | None, list[float]] = defaultdict(list)
    for item in members:
        if item["position_mm"] is not None:
            places[item["time_index"]].append(item["position_mm"])
    assert all(numbers == sorted(numbers) for numbers in places.values())
    sizes = [axis["size"] for axis in row["dims"]]
    if row["kind"] in ("stack", "volume4d") and sizes and "mosaic" not in row["flags"]:
        planes = sum(1 if item["frame"] is not None else planes_of(rows[item["key"]]) for item in members)
        assert planes == np.prod(sizes)


def planes_of(row: Row) -> int:
    """Return how many planes a whole file stands for: one where it has frames more or less than it says."""
    listed = len(row["dicom"].get("per_frame") or [None])
    return listed if listed == row["frames"] else 1


def assert_none_lost(tables: MemoryTables, rows: Mapping[str, Row]) -> None:
    """Each image is once, or with each frame once, an item, a partial one or a copy; each label stands somewhere."""
    rules = {row["series_id"]: row["rule"] for row in tables.rows("series")}
    standing: dict[str, list[Row]] = defaultdict(list)
    for item in tables.rows("items"):
        if rules[item["series_id"]] == "dicom":
            standing[item["key"]].append(item)
    absent = {found["file"] for found in tables.rows("findings") if found["code"] == "series.link_absent"}
    claimed = {claim["key"] for claim in tables.rows("claims") if claim["rule"].endswith(":dicom")}
    assert standing.keys() | absent <= claimed
    for key in claimed:
        dicom = rows[key]["dicom"]
        roles = {item["role"] for item in standing[key]}
        if dicom["class"] in LINKED:
            assert roles <= {"label", "duplicate"}
            continue
        assert dicom["class"] in IMAGES
        assert roles <= {"image", "partial", "duplicate"}
        frames = [item["frame"] for item in standing[key]]
        if None in frames:
            assert frames == [None]
        else:
            assert sorted(frames) == list(range(planes_of(rows[key])))


@settings(max_examples=10, deadline=None, suppress_health_check=QUIET)
@given(SEEDS, st.sampled_from(RULES))
def test_the_order_of_rows_says_nothing(seed: int, rules: Rules) -> None:
    rng = random.Random(seed)
    rows = {key: random_object(rng, key) for key in rng.sample(ALL_KEYS, 15)}
    tables = built(shuffled(rows.values(), rng), made(rules, rows))
    same(tables, built(list(rows.values()), made(rules, rows)))
    assert_sound(tables, rows)


# --- plain stacks are made of columns, all others of objects: both say the same


@settings(max_examples=15, deadline=None, suppress_health_check=QUIET)
@given(SEEDS, st.booleans())
def test_stacks_made_of_columns_are_those_made_of_objects(seed: int, merge: bool) -> None:
    rows = plain_study(random.Random(seed))
    grouping = grouper(MERGING if merge else DICOM_RULE)
    fast = built(rows, grouping)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dicom_rule, "plain_stacks", lambda table, _: ([], np.ones(table.num_rows, bool)))
        slow = built(rows, grouping)
    same(fast, slow)
    assert_sound(fast, {str(row["key"]): row for row in rows if row["status"] in USABLE})


def test_a_copy_beside_a_stack_leaves_all_but_the_copy_as_it_was() -> None:
    rows = [dicom_row(f"{n}", f"2.25.1.{n}", at=(0, 0, 2.5 * n)) for n in range(5)]
    plain, more = built(rows, grouper(DICOM_RULE)), built([*rows, {**rows[2], "key": "z"}], grouper(DICOM_RULE))
    assert more.rows("series") == plain.rows("series")
    assert [item for item in more.rows("items") if item["role"] == "image"] == plain.rows("items")
    assert [item["key"] for item in more.rows("items") if item["role"] == "duplicate"] == ["z"]


# --- numbers that no scanner writes, and files that contradict themselves: they cost themselves, never the run

HOSTILE: dict[str, list[Row]] = {
    "a slice far away": [dicom_row(f"{n}", f"2.25.1.{n}", at=(0, 0, z)) for n, z in enumerate([0, 1, 2, 1e8])],
    "a slice at no finite place": [dicom_row(f"{n}", f"2.25.1.{n}", at=(0, 0, z)) for n, z in enumerate([-1e308, 0, 1e308])],
    "huge directions": [dicom_row(f"{n}", f"2.25.1.{n}", at=(0, 0, n), iop=(1e200, 0, 0, 0, 1e200, 0)) for n in range(3)],
    "more frames than there are": [enhanced_row("e", "2.25.1", [frame((0, 0, n)) for n in range(3)], frames=2**31 - 1)],
    "frames of two stacks, and one frame said": [
        enhanced_row("e", "2.25.1", [frame((0, 0, n), stack_id=str(n)) for n in range(2)], frames=1)
    ],
    "a clip of many frames in many parts": [
        dicom_row(f"{n}", f"2.25.1.{n}", at=None, sop_class=CLIP, frames=2**31 - 1, concatenation_uid="2.25.70")
        for n in range(3)
    ],
    "a UID that is a key": [
        dicom_row("2.25.1", None, at=None, sop_class=CLIP, frames=3),
        dicom_row("z", "2.25.1", at=None, sop_class=CLIP, frames=3),
    ],
    "huge spacings": [dicom_row(f"{n}", f"2.25.1.{n}", at=(0, 0, n), pixel_spacing=[1e308, 1e308]) for n in range(3)],
}  # fmt: skip


PART = {"concatenation_uid": "2.25.70", "in_concatenation_number": 2}
HOSTILE["two parts of one number that lie where slices do"] = [
    *(dicom_row(f"{n}", f"2.25.1.{n}", at=(0, 0, n)) for n in range(3)),
    *(enhanced_row(key, f"2.25.2.{key}", [frame((0, 0, 1)), frame((0, 0, 2))], **PART) for key in "45"),
    enhanced_row("6", "2.25.2.5", [frame((0, 0, 1)), frame((0, 0, 2))], **PART),
]


@pytest.mark.parametrize("name", HOSTILE)
def test_what_no_scanner_writes_stops_nothing(name: str) -> None:
    rows = HOSTILE[name]
    tables = built(rows, grouper(DICOM_RULE))
    assert_none_lost(tables, {str(row["key"]): row for row in rows})


# --- the work that is done


def studies(count: int) -> dict[str, Row]:
    """Return studies of two series of three slices."""
    return {
        f"{study}/{series}/{n}": dicom_row(
            f"{study}/{series}/{n}", f"2.25.1.{study}.{series}.{n}", at=(0, 0, n),
            study_uid=f"2.25.{study}", series_uid=f"2.25.{study}.{series}",
        )
        for study in range(count) for series in range(2) for n in range(3)
    }  # fmt: skip


def work(rows: Mapping[str, Row], before: MemoryTables, *, everything: bool = False) -> tuple[int, int, int]:
    """Return how many groups were built, kept and removed, once what came of it is what a full build gives."""
    grouping = grouper(DICOM_RULE, SINGLE)
    with rebuilt(media_tables(list(rows.values())), before, grouping, everything=everything) as result:
        same(applied(before, result), built(list(rows.values()), grouping))
        return result.groups_built, result.groups_kept, result.groups_removed


def test_exactly_the_studies_that_something_touched_are_built() -> None:
    rows = studies(5)
    before = built(list(rows.values()), grouper(DICOM_RULE, SINGLE))
    changed = {
        **rows,
        "0/0/1": dicom_row("0/0/1", "2.25.1.0.0.1", at=(0, 0, 1.5), study_uid="2.25.0", series_uid="2.25.0.0"),
    }
    changed["0/1/1"] = dicom_row("0/1/1", "2.25.1.0.1.1", at=(0, 0, 4), study_uid="2.25.0", series_uid="2.25.0.1")
    assert work(changed, before) == (1, 4, 0)
    moved = {**rows, "0/0/1": dicom_row("0/0/1", "2.25.1.0.0.1", study_uid="2.25.1", series_uid="2.25.1.0")}
    assert work(moved, before) == (2, 3, 0)
    gone = {key: row for key, row in rows.items() if not key.startswith("3/") and key != "4/0/0"}
    assert work(gone, before) == (1, 3, 1)
    fault = {**rows, "2/0/0": {**rows["2/0/0"], "status": "unreadable"}}
    assert work(fault, before) == (1, 4, 0)
    new = {**rows, "x": dicom_row("x", "2.25.9", study_uid="2.25.99")}
    assert work(new, before) == (1, 5, 0)


def test_no_study_is_built_whose_objects_say_the_same_though_they_were_probed_again() -> None:
    rows = studies(3)
    before = built(list(rows.values()), grouper(DICOM_RULE, SINGLE))
    again = {key: {**row, "probe_version": "2", "mime_type": "application/dicom"} for key, row in rows.items()}
    assert work(again, before) == (0, 3, 0)
    assert work(rows, before, everything=True) == (0, 3, 0)
    again["1/0/0"] = {**again["1/0/0"], "dicom": {**again["1/0/0"]["dicom"], "body_part": "HEAD"}}
    assert work(again, before) == (1, 2, 0)


# --- volumes and what stands beside them

BESIDE = [*VOLUMES, "a/v_label.nii.gz", "a/w.nii.gz", "a/w_seg.nii.gz"]


@pytest.mark.slow
@settings(max_examples=6, deadline=None, suppress_health_check=QUIET)
@given(SEEDS, st.sampled_from([SINGLE, {**SINGLE, "label_of": "none"}, {**SINGLE, "where": {"key": "*.nii*"}}]))
def test_incremental_equals_full_where_halves_and_label_volumes_come_and_go(seed: int, rule: Mapping[str, Any]) -> None:
    rng = random.Random(seed)
    rows: dict[str, Row] = {}
    tables: MemoryTables | None = None
    for _ in range(4):
        for key in rng.sample(BESIDE, rng.randint(1, 5)):
            if rng.random() < 0.8:
                rows[key] = random_object(rng, key)
            else:
                rows.pop(key, None)
        tables = built(shuffled(rows.values(), rng), grouper(rule), tables)
        same(tables, built(list(rows.values()), grouper(rule)))
        assert_sound(tables, rows)
        assert_volumes_stand(tables)


def assert_volumes_stand(tables: MemoryTables) -> None:
    """Each volume is a series, or a label of one; no object is claimed for a series of its own twice."""
    roles: dict[str, list[str]] = defaultdict(list)
    for item in tables.rows("items"):
        roles[item["key"]].append(item["role"])
    for claim in tables.rows("claims"):
        if claim["rule"].endswith(":single"):
            stands = roles[claim["key"]]
            assert stands
            assert stands.count("image") <= 1
            assert "label" in stands or "image" in stands


def test_the_other_half_of_a_pair_and_a_label_volume_touch_their_image_only() -> None:
    rows = {key: volume_row(key) for key in ("a/v.nii.gz", "a/w.nii.gz", "a/p.hdr")}
    before = built(list(rows.values()), grouper(DICOM_RULE, SINGLE))
    half = {**rows, "a/p.img": media_row("a/p.img", "unknown", status="not_media")}
    assert work(half, before) == (1, 2, 0)
    label = {**rows, "a/v_seg.nii.gz": volume_row("a/v_seg.nii.gz", dtype="uint8")}
    assert work(label, before) == (2, 2, 0)
